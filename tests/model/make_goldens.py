#!/usr/bin/env python3
"""Makes the goldens of tests/model.rs: what onnxruntime computes for every node of the models here, which make_models.py
makes, and of some in tests/e2e/models; and shaped-by-input.onnx, of which an input is a shape, for tests/scope.rs.

Usage: pip install -r tests/model/requirements.txt && python tests/model/make_goldens.py

A golden is a JSON object {"inputs": {NAME: TENSOR}, "outputs": {NAME: TENSOR}}, outputs in the order of the graph, in
which a TENSOR is {"dtype", "shape", "data"} with dtypes as numpy spells them, bool data as 0 and 1.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper

HERE = Path(__file__).parent
MODELS = HERE.parent / "e2e" / "models"
# The size of an open dimension: the batch's.
OPEN = 1


def as_json(array):
    shape = list(array.shape)
    # A float32's shortest decimal that reads back as the same float32.
    data = [float(str(value)) if array.dtype.kind == "f" else int(value) for value in array.ravel()]
    return {"dtype": str(array.dtype), "shape": shape, "data": data}


def computed(graph):
    """Names of the nodes' outputs, less those that weights alone determine."""
    constant = {weight.name for weight in graph.initializer}
    names = []
    for node in graph.node:
        if all(name in constant for name in node.input if name):
            constant.update(node.output)
        else:
            names.extend(name for name in node.output if name)
    return names


def make_golden(path):
    model = onnx.load(path)
    names = computed(model.graph)
    del model.graph.output[:]
    model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    inputs = {}
    weights = {weight.name for weight in model.graph.initializer}
    for value in model.graph.input:
        if value.name in weights:
            continue
        shape = [dim.dim_value or OPEN for dim in value.type.tensor_type.shape.dim]
        # From -1 to 1, without a pattern that a wrong order would leave as it is.
        dtype = helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
        inputs[value.name] = np.sin(np.arange(np.prod(shape)) ** 2.0).astype(dtype).reshape(shape)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    outputs = session.run(names, inputs)
    golden = {
        "inputs": {name: as_json(array) for name, array in inputs.items()},
        "outputs": {name: as_json(array) for name, array in zip(names, outputs)},
    }
    text = json.dumps(golden, ensure_ascii=False, separators=(",", ":"))
    (HERE / f"{path.stem}.json").write_text(text + "\n", encoding="utf-8")


def make_shaped_by_input():
    graph = helper.make_graph(
        [helper.make_node("Neg", ["data"], ["negated"]), helper.make_node("Reshape", ["negated", "shape"], ["reshaped"])],
        "shaped-by-input",
        [
            helper.make_tensor_value_info("data", onnx.TensorProto.FLOAT, ["n", 2]),
            helper.make_tensor_value_info("shape", onnx.TensorProto.INT64, [3]),
        ],
        [helper.make_tensor_value_info("reshaped", onnx.TensorProto.FLOAT, ["a", "b", "c"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, HERE / "shaped-by-input.onnx")


if __name__ == "__main__":
    make_shaped_by_input()
    for path in sorted(HERE.glob("*.onnx")):
        if path.stem != "shaped-by-input":
            make_golden(path)
    for name in ["branches", "channels-last", "data-files"]:
        make_golden(MODELS / f"{name}.onnx")
