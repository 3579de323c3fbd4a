#!/usr/bin/env python3
"""Makes the small models of tests/scope.rs and tests/e2e/preprocessing.test.js.

Usage: pip install -r tests/scope/requirements.txt && python tests/scope/make_models.py

any-size.onnx   tells four classes apart in RGB pictures of any size; it has no softmax
noted.onnx      the same, with metadata that say what it takes and name its classes
thousand.onnx   the same for a thousand classes
bytes.onnx      takes uint8, one pixel
halves.onnx     takes float16, one pixel
masked.onnx     takes a picture of any size, a mask of the same and a flag, and has weights that are computed from others
resized.onnx    takes a picture, and the size that it is to get
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent


def save(name, nodes, element_type, shape, output, weights=None, metadata=None):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("image", element_type, shape)],
        [helper.make_tensor_value_info(*output)],
        [numpy_helper.from_array(value, key) for key, value in (weights or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, HERE / f"{name}.onnx")


def save_classifier(name, classes, metadata=None):
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["conv"]),
        helper.make_node("GlobalAveragePool", ["conv"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["scores"]),
    ]
    kernel = np.sin(np.arange(classes * 3) ** 2.0).astype("float32").reshape(classes, 3, 1, 1)
    shape = ["batch", 3, "height", "width"]
    save(name, nodes, TensorProto.FLOAT, shape, ("scores", TensorProto.FLOAT, ["batch", classes]), {"kernel": kernel}, metadata)


def save_inputs(name, nodes, inputs, outputs, weights):
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


def save_masked():
    offset = numpy_helper.from_array(np.float32([[[0.5]]]))
    picture = ["batch", 3, "height", "width"]
    save_inputs(
        "masked",
        [
            helper.make_node("Cast", ["halves"], ["scale"], name="widen", to=TensorProto.FLOAT),
            helper.make_node("Constant", [], ["offset"], value=offset),
            helper.make_node("Add", ["scale", "offset"], ["gain"]),
            helper.make_node("Mul", ["picture", "gain"], ["lit"]),
            helper.make_node("Mul", ["lit", "mask"], ["masked"]),
            helper.make_node("Where", ["is masked", "masked", "lit"], ["chosen"]),
        ],
        [
            ("is masked", TensorProto.BOOL, []),
            ("picture", TensorProto.FLOAT, picture),
            ("mask", TensorProto.FLOAT, ["batch", 1, "height", "width"]),
        ],
        [("chosen", TensorProto.FLOAT, picture), ("masked", TensorProto.FLOAT, picture)],
        {"halves": np.float16([0.5, 1.5, 2.5]).reshape(3, 1, 1)},
    )


def save_resized():
    save_inputs(
        "resized",
        [helper.make_node("Resize", ["picture", "", "", "sizes"], ["resized"], mode="nearest")],
        [("picture", TensorProto.FLOAT, [1, 3, 4, 4]), ("sizes", TensorProto.INT64, [4])],
        [("resized", TensorProto.FLOAT, [1, 3, "height", "width"])],
        {},
    )


if __name__ == "__main__":
    save_masked()
    save_resized()
    save_classifier("any-size", 4)
    save_classifier("thousand", 1000)
    names = "{0: 'north', 1: 'east', 2: 'south', 3: 'west'}"
    metadata = {"Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "Normalized_1_1", "names": names}
    save_classifier("noted", 4, metadata | {"imgsz": "[24, 32]"})
    for name, element_type in [("bytes", TensorProto.UINT8), ("halves", TensorProto.FLOAT16)]:
        shape = [1, 3, 1, 1]
        identity = [helper.make_node("Identity", ["image"], ["same"])]
        save(name, identity, element_type, shape, ("same", element_type, shape))
