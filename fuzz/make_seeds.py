#!/usr/bin/env python3
"""Makes the files that fuzzing starts from, in seeds/.

Usage: pip install -r tests/e2e/models/requirements.txt && python fuzz/make_seeds.py

Models are small ones that hold most operators of convnets; the others are the project's own test files.
"""

import shutil
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

HERE = Path(__file__).parent
TESTS = HERE.parent / "tests"
MODELS = HERE.parent / "models"
FLOAT = TensorProto.FLOAT
MAX_PICTURE_BYTES = 3000


def ramp(*shape):
    return (np.arange(np.prod(shape), dtype="float32").reshape(shape) % 7 - 3) / 4


def ints(*values):
    return np.array(values, "int64")


def node(op, inputs, outputs, **attributes):
    """A node; an input that it leaves out is called `-`."""
    inputs = [name.strip("-") for name in inputs.split()]
    return helper.make_node(op, inputs, outputs.split(), **attributes)


# By name: version of the operator set, shape of the input `x` (float32), weights, nodes.
MODELS_OF_NODES = {
    "convnet": (
        13,
        [1, 3, 8, 8],
        {"w": ramp(4, 3, 3, 3), "b": ramp(4), "dw": ramp(4, 1, 3, 3), "fc": ramp(4, 5), "fb": ramp(5)},
        [
            node("Conv", "x w b", "conv", pads=[1, 1, 1, 1], strides=[2, 2]),
            node("Relu", "conv", "relu"),
            node("Conv", "relu dw", "depthwise", group=4, dilations=[2, 2], auto_pad="SAME_UPPER"),
            node("Sigmoid", "depthwise", "gate"),
            node("Mul", "depthwise gate", "swish"),
            node("GlobalAveragePool", "swish", "pool"),
            node("Flatten", "pool", "flat", axis=1),
            node("Gemm", "flat fc fb", "logits", alpha=0.5),
            node("Softmax", "logits", "y", axis=-1),
        ],
    ),
    "poolings": (
        13,
        [1, 2, 7, 7],
        {},
        [
            node("MaxPool", "x", "max index", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
            node("AveragePool", "x", "average", kernel_shape=[2, 2], count_include_pad=1, pads=[1, 0, 0, 1]),
            node("LRN", "average", "lrn", size=3),
            node("GlobalMaxPool", "lrn", "global"),
            node("Add", "global max", "y"),
        ],
    ),
    "normalisations": (
        9,
        [1, 4, 5, 5],
        {"s": ramp(4) + 2, "b": ramp(4), "m": ramp(4), "v": ramp(4) + 2, "slope": ramp(4, 1, 1)},
        [
            node("BatchNormalization", "x s b m v", "bn", epsilon=1e-3),
            node("PRelu", "bn slope", "prelu"),
            node("InstanceNormalization", "prelu s b", "instance"),
            node("LeakyRelu", "instance", "leaky", alpha=0.2),
            node("Elu", "leaky", "elu"),
            node("Dropout", "elu", "y", ratio=0.5),
        ],
    ),
    "shapes": (
        13,
        [2, 3, 4, 4],
        {
            "zero": ints(0),
            "two": ints(2),
            "minus": ints(-1),
            "starts": ints(0, 1),
            "ends": ints(2, 9),
            "axes": ints(1, 3),
            "steps": ints(1, 2),
            "pads": ints(0, 0, 1, 1, 0, 0, 1, 1),
            "half": np.array(0.5, "float32"),
            "repeats": ints(1, 2, 1, 1),
        },
        [
            node("Shape", "x", "shape"),
            node("Gather", "shape zero", "batch", axis=0),
            node("Concat", "batch minus", "target", axis=0),
            node("Reshape", "x target", "rows"),
            node("Unsqueeze", "rows zero", "cube"),
            node("Squeeze", "cube zero", "square"),
            node("Slice", "x starts ends axes steps", "slice"),
            node("Tile", "slice repeats", "tile"),
            node("Pad", "x pads half", "padded", mode="constant"),
            node("Split", "x", "left right", axis=0),
            node("Transpose", "left", "transposed", perm=[0, 2, 3, 1]),
            node("ReduceMean", "transposed", "mean", axes=[1, 2], keepdims=0),
            node("Concat", "left right", "y", axis=1),
        ],
    ),
    "constants": (
        13,
        [1, 1, 4, 4],
        {
            "dims": ints(1, 1, 4, 4),
            "dim": np.array(4, "int64"),
            "start": np.array(0, "int64"),
            "step": np.array(1, "int64"),
            "values": np.array([0.0, 1.0], "float32"),
            "index": ints(1),
            "one": np.array([[[[1.0]]]], "float32"),
        },
        [
            node("ConstantOfShape", "dims", "filled", value=numpy_helper.from_array(ramp(1))),
            node("Expand", "one dims", "ones"),
            node("Tile", "one dims", "tiles"),
            node("Range", "start dim step", "range"),
            node("Cast", "range", "floats", to=FLOAT),
            node("OneHot", "index dim values", "hot", axis=-1),
            node("Constant", "", "constant", value=numpy_helper.from_array(ramp(4))),
            node("Add", "x filled", "a"),
            node("Add", "a ones", "b"),
            node("Add", "b tiles", "c"),
            node("Add", "c floats", "d"),
            node("Add", "d hot", "e"),
            node("Mul", "e constant", "y"),
        ],
    ),
    "upscaling": (
        13,
        [1, 2, 3, 3],
        {"scales": np.array([1, 1, 2, 2], "float32"), "sizes": ints(1, 2, 5, 7), "w": ramp(2, 3, 3, 3)},
        [
            node("Resize", "x - scales", "nearest", mode="nearest", nearest_mode="floor"),
            node("Resize", "nearest - - sizes", "linear", mode="linear", coordinate_transformation_mode="half_pixel"),
            node("ConvTranspose", "nearest w", "deconv", strides=[2, 2], output_padding=[1, 1], pads=[1, 1, 1, 1]),
            node("SpaceToDepth", "deconv", "deep", blocksize=2),
            node("DepthToSpace", "deep", "y", blocksize=2, mode="CRD"),
        ],
    ),
    "quantised": (
        13,
        [1, 2, 5, 5],
        {
            "scale": np.array(0.1, "float32"),
            "zero": np.array(3, "uint8"),
            "wq": np.arange(-9, 9, dtype="int8").reshape(1, 2, 3, 3),
            "ws": np.array([0.2], "float32"),
            "wz": np.array([0], "int8"),
            "wh": np.ones((1, 1, 1, 1), "float16"),
        },
        [
            node("QuantizeLinear", "x scale zero", "q"),
            node("DequantizeLinear", "q scale zero", "dq"),
            node("DequantizeLinear", "wq ws wz", "w", axis=0),
            node("Conv", "dq w", "conv"),
            node("Cast", "wh", "w2", to=FLOAT),
            node("Conv", "conv w2", "conv2"),
            node("Clip", "conv2", "clip"),
            node("ArgMax", "clip", "class", axis=1, keepdims=0),
            node("HardSigmoid", "clip", "y"),
        ],
    ),
    "arithmetic": (
        13,
        [2, 3],
        {"w": ramp(3, 2), "i": ints(0, 1), "k": ints(1)},
        [
            node("MatMul", "x w", "product"),
            node("Exp", "product", "exp"),
            node("Div", "exp product", "quotient"),
            node("Log", "quotient", "log"),
            node("Sqrt", "log", "sqrt"),
            node("Erf", "sqrt", "erf"),
            node("Pow", "erf erf", "power"),
            node("TopK", "x k", "values indices", axis=1),
            node("Gather", "x i", "gathered", axis=1),
            node("Greater", "gathered power", "mask"),
            node("Where", "mask gathered power", "chosen"),
            node("ReduceSum", "chosen", "sum", keepdims=1),
            node("Einsum", "x w", "einsum", equation="ij,jk->ik"),
            node("Max", "sum einsum", "y"),
        ],
    ),
}


def make_model(name, version, shape, weights, nodes):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", FLOAT, shape)],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        [numpy_helper.from_array(value, key) for key, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=8)
    save(model, folder("model") / f"{name}.onnx")


def make_manifests():
    for path in [*MODELS.glob("*.json"), *TESTS.glob("preprocessing/fitting/*/manifest.json")]:
        if path.name != "manifest.schema.json":
            name = path.stem if path.parent == MODELS else path.parent.name
            shutil.copy(path, folder("manifest") / f"{name}.json")


def make_pictures():
    for path in TESTS.glob("preprocessing/decoding/*"):
        # The expected pixels lie beside each file under its name and `.png`.
        if path.suffixes[1:] != [".png"] and path.stat().st_size < MAX_PICTURE_BYTES:
            shutil.copy(path, folder("picture") / path.name)


def make_preprocessings():
    """A manifest, a zero and a picture."""
    for manifest in TESTS.glob("preprocessing/fitting/*/manifest.json"):
        source = manifest.parent / "source.png"
        if source.stat().st_size < MAX_PICTURE_BYTES:
            seed = manifest.read_bytes() + b"\0" + source.read_bytes()
            (folder("preprocessing") / manifest.parent.name).write_bytes(seed)


def folder(target):
    path = HERE / "seeds" / target
    path.mkdir(parents=True, exist_ok=True)
    return path


if __name__ == "__main__":
    for name, model in MODELS_OF_NODES.items():
        make_model(name, *model)
    for path in [*TESTS.glob("e2e/models/*.onnx"), TESTS / "model/shaped-by-input.onnx"]:
        shutil.copy(path, folder("model") / path.name)
    make_manifests()
    make_pictures()
    make_preprocessings()
