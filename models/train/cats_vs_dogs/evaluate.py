"""Checks an exported convnet on the validation photos, as a user runs it: onnxruntime, and the preprocessing that
the manifest beside the .onnx describes.

    python -m cats_vs_dogs.evaluate DATA ../cats-vs-dogs.onnx                          # accuracy
    python -m cats_vs_dogs.evaluate DATA ../cats-vs-dogs.onnx --original OUT/best.pt   # and how far it is from its float32 original

With --original it fails if any output of any photo is further than 1e-2 from the original's or any decision differs.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tqdm import tqdm

import manifest
from cats_vs_dogs import photos
from cats_vs_dogs.export import restore

TOLERANCE = 1e-2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of validation.zip")
    parser.add_argument("onnx", type=Path, help="the model; its manifest lies beside it as .json")
    parser.add_argument("--original", type=Path, help="the checkpoint that the model was exported from, OUT/best.pt")
    parser.add_argument("--split", default="validation", help="which archive (%(default)s)")
    args = parser.parse_args()

    described = manifest.beside(args.onnx)
    # One thread each: those of the two libraries would wait for each other actively.
    torch.set_num_threads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(args.onnx, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    answer = described["prediction"]["output"]
    original = restore(args.original) if args.original else None

    total = len(photos.members(args.data, args.split))
    probabilities = np.empty(total)
    original_probabilities = np.empty(total)
    labels = np.empty(total, int)
    deviation = dict.fromkeys(names, 0.0)
    largest = dict.fromkeys(names, 0.0)
    for index, (picture, label) in enumerate(tqdm(photos.pictures(args.data, args.split), total=total, mininterval=5)):
        tensor = manifest.preprocess(picture, described)
        outputs = names if original else [answer]
        got = dict(zip(outputs, session.run(outputs, {described["input"]["name"]: tensor})))
        probabilities[index], labels[index] = got[answer].item(), label
        if original:
            with torch.no_grad():
                expected = original.activations(torch.from_numpy(tensor))
            for name in names:
                value = expected[name].numpy()
                deviation[name] = max(deviation[name], float(np.abs(got[name] - value).max()))
                largest[name] = max(largest[name], float(np.abs(value).max()))
            original_probabilities[index] = expected[answer].item()

    decided = probabilities > 0.5
    right = decided == labels.astype(bool)
    print(f"{args.split}: {right.sum()} of {total} right, accuracy {right.mean():.2%}")
    for label, name in enumerate(described["labels"]):
        print(f"  {name}: {right[labels == label].mean():.2%} of {(labels == label).sum()}")
    if not original:
        return
    original_decided = original_probabilities > 0.5
    differing = int((decided != original_decided).sum())
    print(f"float32 original: accuracy {(original_decided == labels.astype(bool)).mean():.2%}")
    print(f"{'output':24}{'largest deviation':>18}{'largest value':>15}")
    for name in names:
        print(f"{name:24}{deviation[name]:18.2e}{largest[name]:15.4g}")
    print(f"largest deviation {max(deviation.values()):.2e}, differing decisions {differing}")
    print(f"decision nearest to even: {np.abs(probabilities - 0.5).min():.2e}")
    if max(deviation.values()) > TOLERANCE or differing:
        sys.exit("the exported model does not match its original")


if __name__ == "__main__":
    main()
