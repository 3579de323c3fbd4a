"""Files as people name them."""

from __future__ import annotations

import os
from pathlib import Path


def read_file(path: str | os.PathLike[str]) -> tuple[str, bytes]:
    """Read a file.

    Returns:
        Its name, and what it holds.

    Raises:
        ValueError: the path is an address.
        OSError: the file cannot be read.

    """
    if isinstance(path, str) and path.startswith(("http://", "https://")):
        message = f"{path} is an address, not a path: download it, and give what it holds as bytes"
        raise ValueError(message)
    return Path(path).name, Path(path).read_bytes()
