"""Writes the trained digit convnet as ONNX, from models/train.

    python -m digits.export OUT.pt ../digits.onnx      # OUT.pt as train.py writes it
"""

import argparse
from pathlib import Path

import onnx
import torch

from digits.mnist import SIDE
from digits.network import CONVOLUTIONS, POOLINGS, TrainingNet, fold
from graph import Graph

TITLE = "Handwritten digits"
LICENCE = "MIT OR Apache-2.0"


def build(net):
    """The ONNX model of a ConvNet."""
    graph = Graph("digits", [1, 1, SIDE, SIDE])

    def parameters(layer):
        module = net.get_submodule(layer)
        kernel = graph.weight(f"{layer}/kernel", module.weight.detach().numpy())
        return kernel, graph.weight(f"{layer}/bias", module.bias.detach().numpy())

    x = "input"
    for name in CONVOLUTIONS:
        inputs = [x, *parameters(name)]
        x = graph.node("Conv", inputs, f"{name}_preactivation", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        x = graph.node("Relu", [x], name)
        if name in POOLINGS:
            x = graph.node("MaxPool", [x], POOLINGS[name], kernel_shape=[2, 2], strides=[2, 2])
    x = graph.node("Flatten", [x], "flatten", axis=1)
    x = graph.node("Gemm", [x, *parameters("dense1")], "dense1_preactivation", transB=1)
    x = graph.node("Relu", [x], "dense1")
    x = graph.node("Gemm", [x, *parameters("dense2")], "dense2", transB=1)
    probabilities = graph.node("Softmax", [x], "probabilities", axis=1)
    return graph.model(probabilities, TITLE, LICENCE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="train.py's weights")
    parser.add_argument("onnx", type=Path, help="the file to write")
    args = parser.parse_args()
    trained = TrainingNet()
    trained.load_state_dict(torch.load(args.weights, weights_only=True))
    onnx.save(build(fold(trained.eval())), args.onnx)
    print(f"{args.onnx}: {args.onnx.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
