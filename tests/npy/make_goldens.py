#!/usr/bin/env python3
"""Makes the golden archive of tests/npy.rs with numpy and Python's zipfile.

Usage: pip install -r tests/render/requirements.txt && python tests/npy/make_goldens.py
"""

import io
import zipfile
from pathlib import Path

import numpy as np

# tests/npy.rs has the same.
ARRAYS = {
    "bool": np.array([[True, False, True]]),
    "uint8": np.array([0, 255], "uint8"),
    "uint16": np.array([0, 65535], "uint16"),
    "uint32": np.array([0, 2**32 - 1], "uint32"),
    "uint64": np.array([0, 2**64 - 1], "uint64"),
    "int8": np.array([-128, 127], "int8"),
    "int16": np.array([-(2**15), 2**15 - 1], "int16"),
    "int32": np.array([-(2**31), 2**31 - 1], "int32"),
    "int64": np.array([-(2**63), 2**63 - 1], "int64"),
    "float16": np.array([0.5, -np.inf], "float16"),
    "float32": np.array([0.1, -0.0], "float32"),
    "float64": np.array([0.1, np.inf], "float64"),
    "scalar": np.array(7.5, "float32"),
    "empty": np.zeros((0, 3), "float32"),
    # Headers of every length up to the next multiple of 64 and beyond.
    **{f"rank {rank}": np.zeros([1] * rank, "uint8") for rank in range(1, 24)},
    "rank 64": np.zeros([1] * 64, "uint8"),
    "block1/conv:0": np.arange(12, dtype="float32").reshape(1, 3, 2, 2),
    "couche_é": np.zeros(1, "uint8"),
    "": np.zeros(1, "uint8"),
}


def main():
    path = Path(__file__).with_name("arrays.npz")
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in ARRAYS.items():
            npy = io.BytesIO()
            np.save(npy, array)
            info = zipfile.ZipInfo(name + ".npy")
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, npy.getvalue())
    with np.load(path) as loaded:
        for name, array in ARRAYS.items():
            assert loaded[name].dtype == array.dtype
            np.testing.assert_array_equal(loaded[name], array, strict=True)


if __name__ == "__main__":
    main()
