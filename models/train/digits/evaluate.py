"""Accuracy of the exported digit convnet on MNIST's test set, as a user runs it: onnxruntime, and the preprocessing that
the manifest beside the .onnx describes. From models/train:

    python -m digits.evaluate DATA ../digits.onnx
"""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

import manifest
from digits import mnist


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of MNIST's files")
    parser.add_argument("onnx", type=Path, help="the model; its manifest lies beside it")
    args = parser.parse_args()
    described = manifest.beside(args.onnx)
    session = onnxruntime.InferenceSession(args.onnx)
    pictures, labels = mnist.load(args.data, "test")
    answers = np.empty(len(labels), int)
    for index, picture in enumerate(pictures):
        tensor = manifest.preprocess(Image.fromarray(picture), described)
        [probabilities] = session.run([described["prediction"]["output"]], {described["input"]["name"]: tensor})
        answers[index] = probabilities.argmax()
    right = answers == labels
    print(f"{right.sum():,} of {len(labels):,} right, accuracy {right.mean():.2%}")
    for digit in range(10):
        print(f"  {digit}: {right[labels == digit].mean():.2%} of {(labels == digit).sum():,}")


if __name__ == "__main__":
    main()
