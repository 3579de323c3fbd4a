"""From a picture to the input tensor, as a manifest says: the arithmetic of the engine's preprocessing, in Pillow."""

import json
from pathlib import Path

import numpy as np
from PIL import Image


def beside(model):
    """The manifest beside an .onnx file."""
    return json.loads(Path(model).with_suffix(".json").read_text(encoding="utf-8"))


def preprocess(picture, manifest):
    """The input tensor of a Pillow picture, float32, as manifest["input"] says; `pad` is not supported."""
    want = manifest["input"]
    picture = picture.convert("L" if want["channels"] == "grey" else "RGB")
    picture = fit(picture, want["fit"], (want["width"], want["height"]), want["resampling"])
    pixels = np.asarray(picture, np.float64).reshape(want["height"], want["width"], -1)
    if want["channels"] == "bgr":
        pixels = pixels[:, :, ::-1]
    tensor = ((pixels * want["scale"] - want["mean"]) / want["std"]).astype(np.float32)
    if want["layout"] == "NCHW":
        tensor = tensor.transpose(2, 0, 1)
    return np.ascontiguousarray(tensor[None])


def fit(picture, how, size, resampling):
    resampling = Image.Resampling[resampling.upper()]
    if how == "squash":
        return picture.resize(size, resampling)
    if how != "crop":
        raise SystemExit(f"fit {how!r} is not supported here")
    (width, height), (target_width, target_height) = picture.size, size
    if width * target_height <= height * target_width:
        full = target_width, target_width * height // width
    else:
        full = target_height * width // height, target_height
    left, top = (round((a - b) / 2) for a, b in zip(full, size))
    return picture.resize(full, resampling).crop((left, top, left + target_width, top + target_height))
