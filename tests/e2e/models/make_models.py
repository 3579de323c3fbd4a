#!/usr/bin/env python3
"""Makes the small models of tests/e2e.

Usage: pip install -r tests/e2e/models/requirements.txt && python tests/e2e/models/make_models.py

branches.onnx       a convnet of branches, the way hand-made and converted graphs come: unnamed nodes, a node named like
                    another's output, names with slashes, spaces and letters beyond ASCII, several outputs a node,
                    outputs of int64 and bool
channels-last.onnx  a convnet between transpositions, the way TensorFlow's come, with an open batch size, shape arithmetic
                    and Keras's names
data-files.onnx     a convolution whose weights are in two files of their own, one in a folder
ranks.onnx          outputs of every rank and of all sizes, from no value to more than are drawn
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent


def save(name, nodes, inputs, outputs, weights):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(*value) for value in inputs],
        [helper.make_tensor_value_info(*value) for value in outputs],
        [numpy_helper.from_array(value, key) for key, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, HERE / f"{name}.onnx")


def make_branches():
    random = np.random.default_rng(1)

    def normal(*shape):
        return random.normal(0, 0.5, shape).astype("float32")

    weights = {
        "stem.weight": normal(8, 2, 3, 3),
        "stem.bias": normal(8),
        "bn.scale": np.abs(normal(8)) + 0.5,
        "bn.shift": normal(8),
        "bn.mean": normal(8),
        "bn.variance": np.abs(normal(8)) + 0.5,
        "left.weight": normal(6, 8, 1, 1),
        "right.weight": normal(8, 1, 3, 3),
        "right.bias": normal(8),
        "slope": np.abs(normal(6, 1, 1)),
        "two": np.array([1, 1, 2, 2], "float32"),
        "sizes": np.array([1, 20, 9, 7], "int64"),
        "parts": np.array([8, 12], "int64"),
        "zero": np.zeros((), "float32"),
        "head.weight": normal(10, 20),
        "head.bias": normal(10),
    }
    nodes = [
        # Grouped, strided, dilated, padded unevenly; unnamed.
        helper.make_node(
            "Conv",
            ["bild 1/画像", "stem.weight", "stem.bias"],
            ["stem/Conv"],
            group=2,
            strides=[2, 1],
            dilations=[1, 2],
            pads=[1, 2, 0, 2],
        ),
        helper.make_node(
            "BatchNormalization",
            ["stem/Conv", "bn.scale", "bn.shift", "bn.mean", "bn.variance"],
            ["stem/bn out"],
            name="stem/Normalisierung für alle",
        ),
        # Named like the output of the first node.
        helper.make_node("LeakyRelu", ["stem/bn out"], ["stem/act"], name="stem/Conv", alpha=0.1),
        helper.make_node("Conv", ["stem/act", "left.weight"], ["left/1x1"], name="left"),
        helper.make_node("PRelu", ["left/1x1", "slope"], ["left/prelu"]),
        helper.make_node("MaxPool", ["left/prelu"], ["left/max"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Resize", ["left/max", "", "two"], ["left/nearest"], mode="nearest"),
        # Depthwise.
        helper.make_node(
            "Conv", ["stem/act", "right.weight", "right.bias"], ["right/dw"], name="right", group=8, auto_pad="SAME_UPPER"
        ),
        helper.make_node("Sigmoid", ["right/dw"], ["right/sigmoid"]),
        helper.make_node("Mul", ["right/dw", "right/sigmoid"], ["right/swish"]),
        helper.make_node(
            "AveragePool",
            ["right/swish"],
            ["right/average"],
            kernel_shape=[3, 3],
            pads=[1, 1, 1, 1],
            count_include_pad=1,
        ),
        helper.make_node("Slice", ["right/average", "from", "to", "axes"], ["right/slice"]),
        helper.make_node("Slice", ["left/nearest", "from", "to", "axes"], ["left/slice"]),
        helper.make_node("Add", ["stem/act", "right/average"], ["residual"]),
        helper.make_node("Slice", ["residual", "from", "to", "axes"], ["residual/slice"]),
        helper.make_node("Concat", ["left/slice", "right/slice", "left/slice"], ["concat"], axis=1),
        helper.make_node(
            "Resize",
            ["concat", "", "", "sizes"],
            ["linear"],
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        ),
        helper.make_node("Split", ["linear", "parts"], ["split.a", "split.b"], name="split", axis=1),
        helper.make_node("Greater", ["split.a", "zero"], ["is positive"]),
        helper.make_node("Where", ["is positive", "split.a", "zero"], ["where"]),
        helper.make_node("ArgMax", ["split.b"], ["strongest"], axis=1, keepdims=1),
        helper.make_node("GlobalAveragePool", ["linear"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "head.weight", "head.bias"], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=-1),
        helper.make_node("TopK", ["probabilities", "k"], ["top/values", "top/classes"], axis=-1),
    ]
    weights |= {
        "from": np.array([0, 0], "int64"),
        "to": np.array([8, 12], "int64"),
        "axes": np.array([2, 3], "int64"),
        "k": np.array([3], "int64"),
    }
    save(
        "branches",
        nodes,
        [("bild 1/画像", TensorProto.FLOAT, [1, 4, 17, 13])],
        [("top/values", TensorProto.FLOAT, [1, 3]), ("top/classes", TensorProto.INT64, [1, 3])],
        weights,
    )


def make_channels_last():
    random = np.random.default_rng(2)

    def normal(*shape):
        return random.normal(0, 0.5, shape).astype("float32")

    weights = {
        "conv/kernel": normal(12, 3, 5, 5),
        "conv/bias": normal(12),
        "shift": normal(12),
        "dense/kernel": normal(12 * 6 * 5, 4),
        "index": np.array(0, "int64"),
        "axis": np.array([0], "int64"),
        "minus one": np.array([-1], "int64"),
    }
    prefix = "StatefulPartitionedCall/model"
    nodes = [
        helper.make_node("Transpose", ["images:0"], [f"{prefix}/conv/Conv2D__6:0"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "Conv",
            [f"{prefix}/conv/Conv2D__6:0", "conv/kernel", "conv/bias"],
            [f"{prefix}/conv/BiasAdd:0"],
            name=f"{prefix}/conv/BiasAdd",
            strides=[2, 2],
            auto_pad="SAME_UPPER",
        ),
        helper.make_node("Relu", [f"{prefix}/conv/BiasAdd:0"], [f"{prefix}/relu:0"], name=f"{prefix}/relu"),
        helper.make_node("Transpose", [f"{prefix}/relu:0"], [f"{prefix}/relu__9:0"], perm=[0, 2, 3, 1]),
        helper.make_node("Add", [f"{prefix}/relu__9:0", "shift"], [f"{prefix}/shifted:0"], name=f"{prefix}/add"),
        helper.make_node("ReduceMean", [f"{prefix}/shifted:0"], [f"{prefix}/mean:0"], axes=[1, 2], keepdims=0),
        helper.make_node("Shape", ["images:0"], ["shape:0"], name="shape"),
        helper.make_node("Gather", ["shape:0", "index"], ["batch:0"], name="batch"),
        helper.make_node("Unsqueeze", ["batch:0", "axis"], ["batch vector:0"]),
        helper.make_node("Concat", ["batch vector:0", "minus one"], ["new shape:0"], axis=0),
        helper.make_node("Reshape", [f"{prefix}/shifted:0", "new shape:0"], [f"{prefix}/flatten:0"]),
        helper.make_node("MatMul", [f"{prefix}/flatten:0", "dense/kernel"], [f"{prefix}/dense:0"], name="dense"),
        helper.make_node("Softmax", [f"{prefix}/dense:0"], ["Identity:0"], axis=-1),
    ]
    save(
        "channels-last",
        nodes,
        [("images:0", TensorProto.FLOAT, ["batch", 12, 10, 3])],
        [("Identity:0", TensorProto.FLOAT, ["batch", 4]), (f"{prefix}/mean:0", TensorProto.FLOAT, ["batch", 12])],
        weights,
    )


def make_data_files():
    random = np.random.default_rng(3)
    weights = {
        "kernel": random.normal(0, 0.5, (3, 2, 3, 3)).astype("float32"),
        "bias": random.normal(0, 0.5, 3).astype("float32"),
    }
    nodes = [helper.make_node("Conv", ["data", "kernel", "bias"], ["conv"], pads=[1, 1, 1, 1])]
    values = [("data", TensorProto.FLOAT, [1, 2, 5, 4])], [("conv", TensorProto.FLOAT, [1, 3, 5, 4])]
    save("data-files", nodes, *values, weights)
    # Some bytes before the kernel; of the other file all is the bias.
    places = {
        "kernel": {"location": "data files/kernel#1.bin", "offset": 16, "length": 3 * 2 * 3 * 3 * 4},
        "bias": {"location": "data-files.onnx.data"},
    }
    path = HERE / "data-files.onnx"
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        place = places[tensor.name]
        file = HERE / place["location"]
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(bytes(place.get("offset", 0)) + tensor.raw_data)
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
    path.write_bytes(model.SerializeToString())


def make_ranks():
    weights = {
        "ramp": np.linspace(-1, 1, 2048, dtype="float32").reshape(1, 2048, 1, 1),
        "slices shape": np.array([1, 3, 4, 16, 64], "int64"),
        "row shape": np.array([1, 1, 12288], "int64"),
        "tokens shape": np.array([1, 64, 192], "int64"),
        "repeats": np.array([1, 1, 512, 512], "int64"),
        "many repeats": np.array([1, 5, 512, 512], "int64"),
        "half": np.array(0.5, "float32"),
        "zero": np.array([0], "int64"),
        "one": np.array([1], "int64"),
    }
    nodes = [
        helper.make_node("AveragePool", ["picture"], ["pooled"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("ReduceMean", ["pooled"], ["one channel"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["one channel", "ramp"], ["2048 channels"]),
        helper.make_node("Tile", ["one channel", "repeats"], ["4096 by 4096"]),
        helper.make_node("Greater", ["one channel", "half"], ["one mask"]),
        helper.make_node("Tile", ["one mask", "many repeats"], ["5 by 4096 by 4096"]),
        helper.make_node("Reshape", ["picture", "slices shape"], ["slices"]),
        helper.make_node("Reshape", ["picture", "row shape"], ["row"]),
        helper.make_node("Reshape", ["picture", "tokens shape"], ["tokens"]),
        helper.make_node("Transpose", ["tokens"], ["tokens, transposed"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["tokens", "tokens, transposed"], ["attention"]),
        helper.make_node("Greater", ["picture", "half"], ["is bright"]),
        helper.make_node("ReduceMean", ["tokens"], ["vector"], axes=[0, 2], keepdims=0),
        helper.make_node("ArgMax", ["tokens"], ["strongest"], axis=2, keepdims=0),
        helper.make_node("ReduceMean", ["tokens"], ["scalar"], keepdims=0),
        helper.make_node("Slice", ["pooled", "zero", "zero", "one"], ["nothing"]),
        helper.make_node("ReduceMean", ["pooled"], ["three values"], axes=[2, 3], keepdims=0),
        helper.make_node("Sin", ["three values"], ["a name that is far too long for any outline or heading/" * 4]),
    ]
    save(
        "ranks",
        nodes,
        [("picture", TensorProto.FLOAT, [1, 3, 64, 64])],
        [("scalar", TensorProto.FLOAT, [])],
        weights,
    )


if __name__ == "__main__":
    make_branches()
    make_channels_last()
    make_data_files()
    make_ranks()
