"""MNIST as its four files have it: `{train,t10k}-images-idx3-ubyte` and `-labels-idx1-ubyte`."""

from pathlib import Path

import numpy as np

SPLITS = {"train": ("train", 60_000), "test": ("t10k", 10_000)}
SIDE = 28


def load(data, split):
    """(pictures, labels) of `train` or `test`: uint8 N x 28 x 28, white on black, and uint8 N."""
    name, count = SPLITS[split]
    pictures = read(Path(data) / f"{name}-images-idx3-ubyte", (count, SIDE, SIDE))
    return pictures, read(Path(data) / f"{name}-labels-idx1-ubyte", (count,))


def read(path, shape):
    """An IDX file of bytes: two zeros, the element type (8), the number of dimensions, each dimension as a big-endian
    32-bit number, the elements. Raises ValueError if it is not of `shape`."""
    content = path.read_bytes()
    header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes()
    if not content.startswith(header) or len(content) != len(header) + np.prod(shape):
        raise ValueError(f"{path} is no IDX file of {shape} bytes")
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape).copy()
