"""The package's scripts, its engine and its page, which tools/python.mjs makes."""

from __future__ import annotations

from importlib.resources import files

_FOLDER = files("convscope") / "static"


def read(name: str) -> str:
    """Read one of the texts."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def read_bytes(name: str) -> bytes:
    """Read one of the files."""
    return (_FOLDER / name).read_bytes()


def runtime() -> dict[str, bytes]:
    """Read what a page with widgets loads once."""
    names = {
        "script": "page.js",
        "html": "page.html",
        "page": "shell.html",
        "worker": "worker.js",
        "engine": "convscope_bg.wasm.gz",
        "relaxed": "relaxed.patch",
        "imagenet": "imagenet.json",
        "notices": "notices.txt.gz",
    }
    return {name: read_bytes(file) for name, file in names.items()}
