#!/usr/bin/env python3
"""Makes the models of tests/model.rs whose goldens are beside them; run make_goldens.py after it.

Usage: pip install -r tests/model/requirements.txt && python tests/model/make_models.py

quantised.onnx   a convnet whose activations go through 8 bits, with 8-bit weights by channel and 32-bit biases
integers.onnx    one that computes with 8-bit integers
halves.onnx      one of float16
wrapped.onnx     a tensor that goes on at its other ends
resized.onnx     nearest neighbours as before version 11, in shrinking, growing, and both
opset-N.onnx     a convnet of the operators that ONNX has changed over time, in version N of its operator set
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
FLOAT = TensorProto.FLOAT
OPSETS = [7, 9, 10, 11, 13, 15, 18, 21, 24]


class Builder:
    """Nodes and weights of a graph. Outputs are named for their operators."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes = []
        self.weights = []

    def weight(self, value):
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def normal(self, *shape):
        return self.random.normal(0, 0.5, shape).astype("float32")

    def bytes(self, *shape, dtype="int8"):
        info = np.iinfo(dtype)
        return self.random.integers(info.min, info.max, shape, dtype, endpoint=True)

    def node(self, op, *inputs, outputs=1, **attributes):
        """Weights among the inputs may be arrays."""
        names = [value if isinstance(value, str) else self.weight(value) for value in inputs]
        made = [f"{op}_{len(self.nodes)}{'abc'[index] if outputs > 1 else ''}" for index in range(outputs)]
        self.nodes.append(helper.make_node(op, names, made, **attributes))
        return made if outputs > 1 else made[0]

    def save(self, name, element_type, shape, output, opset):
        graph = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info("input", element_type, shape)],
            [helper.make_empty_tensor_value_info(output)],
            self.weights,
        )
        # Before IR version 4 weights are inputs, too.
        if opset < 9:
            values = [helper.make_tensor_value_info(w.name, w.data_type, w.dims) for w in self.weights]
            graph.input.extend(values)
        opsets = [helper.make_opsetid("", opset)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=helper.find_min_ir_version_for(opsets))
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        types = {value.name: value for value in inferred.graph.value_info}
        types |= {value.name: value for value in inferred.graph.output}
        graph.output[0].CopyFrom(types[output])
        model.graph.CopyFrom(graph)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, HERE / f"{name}.onnx")


def make_quantised():
    b = Builder(1)
    zero = np.uint8(128)
    x = b.node("QuantizeLinear", "input", np.float32(0.01), zero)
    x = b.node("DequantizeLinear", x, np.float32(0.01), zero)
    scales = np.float32([0.01, 0.003, 0.02, 0.007])
    kernel = b.node("DequantizeLinear", b.bytes(4, 3, 3, 3), scales, np.int8([0, 1, -2, 3]), axis=0)
    bias = b.node("DequantizeLinear", np.int32([100, -200, 3, 40]), scales, axis=0)
    x = b.node("Conv", x, kernel, bias, pads=[1, 1, 1, 1])
    x = b.node("Relu", x)
    x = b.node("QuantizeLinear", x, np.float32(0.02), np.int8(-128))
    x = b.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = b.node("DequantizeLinear", x, np.float32(0.02), np.int8(-128))
    # By channel, which is axis 1.
    x = b.node("QuantizeLinear", x, np.float32([0.02, 0.03, 0.04, 0.05]), np.uint8([0, 1, 2, 3]))
    x = b.node("DequantizeLinear", x, np.float32([0.02, 0.03, 0.04, 0.05]), np.uint8([0, 1, 2, 3]))
    x = b.node("GlobalAveragePool", x)
    x = b.node("Flatten", x)
    matrix = b.node("DequantizeLinear", b.bytes(4, 5, dtype="uint8"), np.float32([0.01] * 5), zero.repeat(5), axis=-1)
    x = b.node("MatMul", x, matrix)
    b.save("quantised", FLOAT, [1, 3, 8, 8], x, 13)


def make_integers():
    b = Builder(2)
    bytes_, scale, zero = b.node("DynamicQuantizeLinear", "input", outputs=3)
    sums = b.node("ConvInteger", bytes_, b.bytes(4, 3, 3, 3, dtype="uint8"), zero, np.uint8(120), strides=[2, 2])
    x = b.node("Mul", b.node("Cast", sums, to=FLOAT), b.node("Mul", scale, np.float32(0.01)))
    x = b.node("QuantizeLinear", x, np.float32(0.1), np.uint8(100))
    scales = np.float32([0.01, 0.02, 0.03])
    kernel, offsets = b.bytes(3, 4, 1, 1), np.zeros(3, "int8")
    x = b.node(
        "QLinearConv", x, np.float32(0.1), np.uint8(100), kernel, scales, offsets, np.float32(0.5), np.uint8(128), np.int32([5, -6, 7])
    )
    x = b.node("Reshape", x, np.int64([3, 9]))
    x = b.node(
        "QLinearMatMul", x, np.float32(0.5), np.uint8(128), b.bytes(9, 2), np.float32(0.01), np.int8(0), np.float32(1), np.uint8(90)
    )
    x = b.node("MatMulInteger", x, b.bytes(2, 4), np.uint8(90), np.int8(1))
    b.save("integers", FLOAT, [1, 3, 7, 7], x, 13)


def make_halves():
    b = Builder(3)
    half = lambda *shape: b.normal(*shape).astype("float16")
    x = b.node("Conv", "input", half(4, 3, 3, 3), half(4), pads=[1, 1, 1, 1])
    x = b.node("BatchNormalization", x, half(4), half(4), half(4), np.abs(half(4)) + np.float16(0.5))
    x = b.node("Relu", x)
    x = b.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = b.node("Add", x, half(4, 1, 1))
    x = b.node("Flatten", b.node("GlobalMaxPool", x))
    x = b.node("Gemm", x, half(4, 5), half(5))
    x = b.node("Softmax", x)
    b.save("halves", TensorProto.FLOAT16, [1, 3, 6, 6], x, 15)


def make_wrapped():
    b = Builder(5)
    x = b.node("Pad", "input", np.int64([0, 0, 1, 4, 0, 0, 3, 0]), mode="wrap")
    x = b.node("Pad", x, np.int64([2, 0, 0, 1]), "", np.int64([-1, 1]), mode="wrap")
    b.save("wrapped", FLOAT, [1, 2, 3, 4], x, 19)


def make_opset(opset):
    b = Builder(4)

    def moved(op, x, *values, since, names):
        """A node whose attributes have become inputs in the version `since`."""
        if opset >= since:
            return b.node(op, x, *values)
        plain = [np.asarray(value).tolist() for value in values if not isinstance(value, str)]
        return b.node(op, x, **dict(zip(names, plain)))

    x = moved("Pad", "input", np.int64([0, 0, 1, 2, 0, 0, 2, 1]), since=11, names=["pads"])
    x = b.node("Conv", x, b.normal(4, 3, 3, 3), b.normal(4), strides=[2, 1])
    x = b.node("BatchNormalization", x, b.normal(4), b.normal(4), b.normal(4), np.abs(b.normal(4)) + 0.5)
    x = moved("Clip", x, np.float32(-0.5), np.float32(1.5), since=11, names=["min", "max"])
    x = b.node("PRelu", x, np.abs(b.normal(4, 1, 1)))
    x, _ = b.node("Dropout", x, outputs=2)
    scales = np.float32([1, 1, 2, 2])
    if opset < 10:
        x = moved("Upsample", x, scales, since=9, names=["scales"])
    elif opset < 11:
        x = b.node("Resize", x, scales)
    else:
        no_region = "" if opset >= 13 else np.float32([])
        x = b.node("Resize", x, no_region, scales, coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    x = moved("Slice", x, np.int64([1, 0]), np.int64([8, 9]), np.int64([2, 3]), since=10, names=["starts", "ends", "axes"])
    x = b.node("MaxPool", x, kernel_shape=[2, 2], strides=[1, 2])
    y = b.node("AveragePool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    x = b.node("Sum", x, y)
    split = np.int64([1, 3])
    if opset >= 13:
        first, rest = b.node("Split", x, split, outputs=2, axis=1)
    else:
        first, rest = b.node("Split", x, outputs=2, axis=1, split=split.tolist())
    x = b.node("Concat", rest, first, axis=1)
    y = moved("ReduceMean", x, np.int64([2, 3]), since=18, names=["axes"])
    y = moved("Squeeze", y, np.int64([2, 3]), since=13, names=["axes"])
    y = moved("Unsqueeze", y, np.int64([2, 3]), since=13, names=["axes"])
    x = b.node("Mul", x, y)
    x = b.node("Flatten", b.node("GlobalAveragePool", x))
    x = b.node("Gemm", x, b.normal(5, 4), b.normal(5), transB=1)
    x = b.node("Softmax", x)
    b.save(f"opset-{opset}", FLOAT, [1, 3, 9, 7], x, opset)


def make_resized():
    b = Builder(8)
    for scales in ([0.6, 0.6], [1.5, 1.7], [0.4, 2.0]):
        x = b.node("Resize", "input", np.float32([1, 1, *scales]), mode="nearest")
    b.save("resized", FLOAT, [1, 2, 7, 8], x, 10)


if __name__ == "__main__":
    make_quantised()
    make_integers()
    make_halves()
    make_wrapped()
    make_resized()
    for opset in OPSETS:
        make_opset(opset)
