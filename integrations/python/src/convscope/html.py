"""One HTML page with everything inside, as www/js/page/single-file.js makes it."""

from __future__ import annotations

import html
import json
import mimetypes
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from convscope import static
from convscope.look import attributes
from convscope.models import ManifestSource, ModelFile, ModelSource, model_file
from convscope.pictures import PictureFile, PictureSource, picture_file

# The parts of a page that has nothing open, in their order: elements' names, and files.
_PARTS = {
    "page": "shell.html",
    "engine": "convscope_bg.wasm.gz",
    "relaxed": "relaxed.patch",
    "worker": "worker.js",
    "imagenet": "imagenet.json",
    "notices": "notices.txt.gz",
}


def to_html(
    model: ModelSource,
    picture: PictureSource | None = None,
    *,
    manifest: ManifestSource | None = None,
    example: Any = None,
    **look: Any,
) -> str:
    """Make one HTML page of a model, a picture and how they are looked at, with the engine in it.

    The page needs neither a server nor a kernel. It is as large as the engine (5 MB) and a third more than the model.

    Args:
        model: as in `Scope`.
        picture: as in `Scope`.
        manifest: as in `Scope`.
        example: as in `Scope`.
        **look: `layer`, `channel`, `cell`, `view`, `range`, `colormap`, `layout` (here "full" by default), `channels` and
            `controls`, as in `Scope`.

    Raises:
        TypeError: the model or the picture is of no such kind, or there is no such option.
        ValueError: an array or an option has another value.
        OSError: a file cannot be read.

    """
    return fill(
        model_file(model, manifest, example),
        None if picture is None else picture_file(picture),
        attributes(look),
    )


class Frame:
    """A page of `to_html` in a frame, as a cell's output that needs no kernel, nor a widget manager.

    It shows in what nbconvert and Quarto make of a notebook. The notebook grows by the page.
    """

    def __init__(self, page: str, height: int = 600) -> None:
        """Make a frame.

        Args:
            page: an HTML page, of `to_html`.
            height: in pixels.

        """
        self._page = page
        self._height = height

    def _repr_html_(self) -> str:
        style = f"width: 100%; height: {self._height:d}px; border: 0"
        page = html.escape(self._page)
        return f'<iframe title="Convscope" style="{style}" srcdoc="{page}"></iframe>'


def fill(model: ModelFile, picture: PictureFile | None, look: Mapping[str, str]) -> str:
    """Fill the page.

    Args:
        model: the model.
        picture: the picture; None for none.
        look: attributes of the element.

    """
    index = {
        "model": model.name,
        "manifest": model.manifest,
        "labels": None,
        "data": list(model.data),
        "picture": picture and _describe(picture),
        "tensors": [],
        "attributes": look,
    }
    contents = {
        "content": json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode(),
        "model": model.content,
        **{f"data-{position}": data for position, data in enumerate(model.data.values())},
    }
    if picture:
        contents["picture"] = picture.content
    parts = {name: static.read_bytes(file) for name, file in _PARTS.items()} | contents
    return static.read("page.html") + "".join(map(_inline, parts, parts.values()))


def _describe(picture: PictureFile) -> dict[str, Any]:
    name = picture.name
    return {"name": name, "type": _media_type(name), "size": None, "crop": None, "credit": name}


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or ""


def _inline(name: str, content: bytes) -> str:
    # As base64, nothing of it can be markup.
    encoded = b64encode(content).decode()
    return f'<script type="application/octet-stream" id="{name}">{encoded}</script>\n'
