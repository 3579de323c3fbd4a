"""Writing of ONNX graphs whose nodes and outputs have names for people."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
"""Old enough for every reader, and the first whose DequantizeLinear has a scale a channel."""


class Graph:
    """A graph under construction: one float32 input `input`, and nodes of one output that bears the node's name."""

    def __init__(self, name, shape):
        self.name = name
        self.input = helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)
        self.nodes = []
        self.weights = []

    def node(self, operator, inputs, name, **attributes):
        """Adds a node and returns its output's name."""
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def weight(self, name, values):
        """Adds a constant and returns its name."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def quantized(self, name, kernel):
        """Adds a kernel as 8-bit integers with a scale for each output channel, behind a DequantizeLinear. Returns its
        name and the float32 kernel that is left of it."""
        values, scales = quantize(kernel)
        inputs = [self.weight(f"{name}_int8", values), self.weight(f"{name}_scale", scales)]
        inputs.append(self.weight(f"{name}_zero", np.zeros(len(scales), np.int8)))
        kept = values * scales.reshape(-1, *[1] * (kernel.ndim - 1))
        return self.node("DequantizeLinear", inputs, name, axis=0), kept

    def halved(self, name, kernel):
        """Adds a kernel as float16, behind a Cast. Returns its name and the float32 kernel that is left of it."""
        kept = kernel.astype(np.float16)
        stored = self.weight(f"{name}_float16", kept)
        return self.node("Cast", [stored], name, to=TensorProto.FLOAT), kept.astype(np.float32)

    def model(self, output, title, licence):
        """The checked model, whose answer is `output` and in which every value has its shape."""
        answer = helper.make_empty_tensor_value_info(output)
        graph = helper.make_graph(self.nodes, self.name, [self.input], [answer], self.weights)
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], producer_name="convscope", ir_version=8)
        helper.set_model_props(model, {"title": title, "licence": licence})
        model = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        onnx.checker.check_model(model, full_check=True)
        return model


def quantize(kernel):
    """(int8 values, float32 scales) of a float kernel, symmetric, with a scale for each output channel (axis 0): of 41
    scales from 0.8 to 1 times that which reaches the channel's largest weight, the one of the least squared error."""
    channels = kernel.reshape(len(kernel), -1).astype(np.float64)
    full = np.abs(channels).max(1) / 127
    full[full == 0] = 1
    best = np.full(len(full), np.inf)
    scales = full.copy()
    for factor in np.linspace(0.8, 1, 41):
        candidate = (full * factor).astype(np.float32).astype(np.float64)[:, None]
        error = ((rounded(channels, candidate) * candidate - channels) ** 2).sum(1)
        better = error < best
        best[better], scales[better] = error[better], candidate[better, 0]
    values = rounded(channels, scales[:, None]).astype(np.int8)
    return values.reshape(kernel.shape), scales.astype(np.float32)


def rounded(values, scale):
    return np.clip(np.rint(values / scale), -127, 127)
