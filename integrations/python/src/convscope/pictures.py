"""Pictures as people have them in Python: files, their bytes, arrays, Pillow's images."""

from __future__ import annotations

import io
import os
import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convscope.paths import read_file

if TYPE_CHECKING:
    from typing import TypeAlias

PictureSource: TypeAlias = "str | os.PathLike[str] | bytes | np.ndarray | Any"
"""A path, the bytes of a JPEG, PNG, WebP, GIF or BMP file, an array, or a Pillow image."""

# PNG's colour types by the number of channels.
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}


class PictureFile(NamedTuple):
    """A picture as a file."""

    name: str
    content: bytes


def picture_file(picture: PictureSource) -> PictureFile:
    """Make a file of a picture.

    Args:
        picture: a path or the bytes of a file, which are taken as they are; a Pillow image; or an array, height x width or
            height x width x 1, 3 or 4 channels (grey, RGB, RGBA), of whole numbers from 0 to 255 or of floats from 0 to 1.

    Returns:
        The file; of an array or an image, a PNG without loss.

    Raises:
        TypeError: it is none of these.
        ValueError: an array of another shape, or with values out of range; or an address.
        OSError: the file cannot be read.

    """
    if isinstance(picture, (str, os.PathLike)):
        return PictureFile(*read_file(picture))
    if isinstance(picture, (bytes, bytearray, memoryview)):
        return PictureFile("picture", bytes(picture))
    if _is_pillow_image(picture):
        return PictureFile("picture.png", _encode_image(picture))
    if hasattr(picture, "__array__"):
        return PictureFile("picture.png", _encode_png(_to_bytes(np.asarray(picture))))
    message = f"a picture is a path, bytes, an array or a Pillow image, not {_kind(picture)}"
    raise TypeError(message)


def _is_pillow_image(picture: object) -> bool:
    return any(kind.__module__.startswith("PIL.") and kind.__name__ == "Image" for kind in type(picture).__mro__)


def _encode_image(image: Any) -> bytes:
    # The others that PNG has, a palette's among them, are the browser's to decode.
    if image.mode not in {"1", "L", "LA", "P", "RGB", "RGBA"}:
        image = image.convert("RGB")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _to_bytes(array: np.ndarray) -> np.ndarray:
    """Return height x width x channels of uint8."""
    planes = array[..., np.newaxis] if array.ndim == 2 else array
    if planes.ndim != 3 or planes.shape[2] not in _COLOUR_TYPES or 0 in planes.shape:
        shape = " x ".join(map(str, array.shape)) or "a single value"
        message = f"a picture is height x width, or height x width x 1, 3 or 4 channels, not {shape}"
        if array.ndim == 3 and array.shape[0] in _COLOUR_TYPES:
            message += ": move the channels to the end, as numpy.moveaxis(picture, 0, -1) does"
        if array.ndim == 4:
            message += ": choose one of the batch, as picture[0] does"
        raise ValueError(message)
    if np.issubdtype(planes.dtype, np.integer):
        _check_range(planes, 255)
        return planes.astype(np.uint8)
    if np.issubdtype(planes.dtype, np.floating):
        _check_range(planes, 1)
        return np.rint(planes * 255.0).astype(np.uint8)
    message = f"a picture's values are whole numbers or floats, not {array.dtype}"
    raise TypeError(message)


def _check_range(planes: np.ndarray, highest: int) -> None:
    low, high = planes.min(), planes.max()
    # NaN is not within, either.
    if low >= 0 and high <= highest:
        return
    kind = "whole numbers" if highest == 255 else "floats"
    message = f"a picture of {kind} has values from 0 to {highest}, this one from {low} to {high}"
    if highest == 1 and low >= 0 and high <= 255:
        message += ": divide it by 255"
    raise ValueError(message)


def _encode_png(planes: np.ndarray) -> bytes:
    height, width, channels = planes.shape
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    # Each row begins with its filter: none.
    rows = np.zeros((height, 1 + width * channels), np.uint8)
    rows[:, 1:] = planes.reshape(height, width * channels)
    chunks = [
        _chunk(b"IHDR", header),
        _chunk(b"IDAT", zlib.compress(rows.tobytes())),
        _chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def _kind(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
