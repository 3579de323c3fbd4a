"""Checks the exported EfficientNet-Lite0 in onnxruntime, preprocessed as its manifest says, from models/train.

    python -m efficientnet_lite0.evaluate DATA ../efficientnet-lite0.onnx --original OUT/float32.onnx

DATA holds validation.zip of the cats-vs-dogs photos: a photo counts as right if the most probable class is one of
ImageNet's cats or dogs. The original is the same network with its weights as they were.
"""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
from tqdm import tqdm

import manifest
from cats_vs_dogs import photos

DOGS = range(151, 269)
"""Chihuahua to Mexican hairless."""

CATS = range(281, 286)
"""Tabby to Egyptian cat."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of validation.zip")
    parser.add_argument("onnx", type=Path, help="the model; its manifest lies beside it")
    parser.add_argument("--original", type=Path, required=True, help="the model that export.py writes with --float32")
    args = parser.parse_args()
    described = manifest.beside(args.onnx)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = [onnxruntime.InferenceSession(path, options) for path in (args.original, args.onnx)]

    total = len(photos.members(args.data, "validation"))
    answers = np.empty((len(sessions), total, len(described["labels"])), np.float32)
    is_dog = np.empty(total, bool)
    for index, (picture, label) in enumerate(tqdm(photos.pictures(args.data, "validation"), total=total, mininterval=5)):
        tensor = manifest.preprocess(picture, described)
        is_dog[index] = label
        for answer, session in zip(answers, sessions):
            [probabilities] = session.run(["probabilities"], {"input": tensor})
            answer[index] = probabilities[0]

    best = answers.argmax(2)
    for name, classes in zip(("float32 original", "8-bit weights"), best):
        right = np.where(is_dog, np.isin(classes, DOGS), np.isin(classes, CATS))
        print(f"{name}: a cat for {right[~is_dog].mean():.2%} of {(~is_dog).sum()} cats, ", end="")
        print(f"a dog for {right[is_dog].mean():.2%} of {is_dog.sum()} dogs")
    original, quantized = answers
    print(f"same class: {(best[0] == best[1]).mean():.2%} of {total}")
    sure = original.max(1) >= 0.5
    print(f"  where the original's probability is at least 0.5: {(best[0] == best[1])[sure].mean():.2%} of {sure.sum()}")
    deviation = np.abs(quantized - original).max(1)
    print(f"largest deviation of a probability: {deviation.max():.3f}, mean over the photos {deviation.mean():.4f}")


if __name__ == "__main__":
    main()
