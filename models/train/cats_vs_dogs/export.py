"""Writes the trained convnet as ONNX.

    python -m cats_vs_dogs.export DATA OUT ../cats-vs-dogs.onnx     # DATA and OUT as for train.py; exports OUT/best.pt

The graph is the source's, one node a layer, and every node's output is an output of the graph under the node's
name. The large layers' kernels are stored in float16, each behind a Cast to float32, so that every operator computes
in float32. Rounding moves logits by some thousandths; `settle` keeps that from turning a decision.
"""

import argparse
import copy
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from cats_vs_dogs import photos
from cats_vs_dogs.network import CHANNELS, CONVOLUTIONS, MAP, POOLINGS, SIZE, TrainingNet, fold

TITLE = "Cats vs dogs"
LICENCE = "MIT OR Apache-2.0"

FLOAT16 = ("conv2d_6", "conv2d_7", "dense")
"""The layers whose kernels are rounded: 99% of the weights, and a tenth of the error that rounding all would make.
The first layer's alone would make nearly all of it, since its filters are differences of large weights."""


MARGIN = 1e-3
"""How far `settle` keeps logits from zero, where it has to act: far more than runtimes differ by."""


def rounded(net):
    """A copy of a ConvNet with FLOAT16's kernels rounded to values that float16 has."""
    net = copy.deepcopy(net)
    for layer in FLOAT16:
        weight = net.get_submodule(layer).weight
        weight.data = weight.data.half().float()
    return net


@torch.no_grad()
def settle(net, original, data, cache):
    """Moves the last bias of `net` as little as gives it the decisions of `original` on every validation photo.
    Returns the logits' shift; raises ValueError if there is none."""

    def logits(of):
        return torch.cat([of(part.float() / 255) for part in images.split(64)])

    images = torch.from_numpy(photos.load(data, "validation", SIZE, cache)[0])
    dog, got = logits(original) > 0, logits(net)
    if torch.equal(got > 0, dog):
        return 0.0
    low, high = (-got[dog]).max().item() + MARGIN, (-got[~dog]).min().item() - MARGIN
    if low > high:
        raise ValueError(f"no shift of the last bias restores all decisions: {low} > {high}")
    shift = min(max(0.0, low), high)
    net.dense_1.bias.add_(shift)
    return shift


def build(net):
    """The ONNX model of a ConvNet."""
    nodes, outputs, initializers = [], [], []

    def node(operator, inputs, name, shape, **attributes):
        nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    values = []

    def weights(layer, module):
        """Adds a layer's kernel and bias and returns their names."""
        kernel, bias = f"{layer}/kernel", f"{layer}/bias"
        weight = module.weight.detach().numpy()
        if layer in FLOAT16:
            stored = f"{kernel}_float16"
            initializers.append(numpy_helper.from_array(weight.astype(np.float16), stored))
            nodes.append(helper.make_node("Cast", [stored], [kernel], name=kernel, to=TensorProto.FLOAT))
            values.append(helper.make_tensor_value_info(kernel, TensorProto.FLOAT, weight.shape))
        else:
            initializers.append(numpy_helper.from_array(weight, kernel))
        initializers.append(numpy_helper.from_array(module.bias.detach().numpy(), bias))
        return kernel, bias

    x, side = "input", SIZE
    for convolution, pooling, channels in zip(CONVOLUTIONS, POOLINGS, CHANNELS[1:]):
        parameters = weights(convolution, net.get_submodule(convolution))
        side -= 2
        shape = [1, channels, side, side]
        x = node("Conv", [x, *parameters], f"{convolution}_preactivation", shape, kernel_shape=[3, 3])
        x = node("Relu", [x], convolution, shape)
        side //= 2
        shape = [1, channels, side, side]
        x = node("MaxPool", [x], pooling, shape, kernel_shape=[2, 2], strides=[2, 2])
    x = node("Flatten", [x], "flatten", [1, CHANNELS[-1] * MAP * MAP], axis=1)
    x = node("Gemm", [x, *weights("dense", net.dense)], "dense_preactivation", [1, 512], transB=1)
    x = node("Relu", [x], "dense", [1, 512])
    x = node("Gemm", [x, *weights("dense_1", net.dense_1)], "dense_1_preactivation", [1, 1], transB=1)
    node("Sigmoid", [x], "dense_1", [1, 1])

    picture = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, SIZE, SIZE])
    graph = helper.make_graph(nodes, "cats-vs-dogs", [picture], outputs, initializers, value_info=values)
    opset = helper.make_opsetid("", 13)
    model = helper.make_model(graph, opset_imports=[opset], producer_name="convscope", ir_version=8)
    helper.set_model_props(model, {"title": TITLE, "licence": LICENCE})
    onnx.checker.check_model(model, full_check=True)
    return model


def restore(checkpoint):
    """The float32 ConvNet of a checkpoint that train.py wrote."""
    trained = TrainingNet()
    trained.load_state_dict(torch.load(checkpoint, map_location="cpu")["net"])
    return fold(trained.eval())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of validation.zip")
    parser.add_argument("out", type=Path, help="train.py's folder of checkpoints")
    parser.add_argument("onnx", type=Path, help="the file to write")
    args = parser.parse_args()
    original = restore(args.out / "best.pt")
    net = rounded(original)
    shift = settle(net, original, args.data, args.out / "photos")
    onnx.save(build(net), args.onnx)
    print(f"{args.onnx}: {args.onnx.stat().st_size:,} bytes, logits shifted by {shift:.2e}")


if __name__ == "__main__":
    main()
