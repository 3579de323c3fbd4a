"""The widget."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Literal

import anywidget
import ipywidgets
import numpy as np
import traitlets

from convscope import static
from convscope.html import fill
from convscope.inbox import Inbox
from convscope.look import attributes
from convscope.models import ManifestSource, ModelFile, ModelSource, model_file
from convscope.pictures import PictureFile, PictureSource, picture_file

Size = int | str


class Files(anywidget.AnyWidget):
    """Files in the browser, by name.

    A widget of their own, since Jupyter Server limits the rate of all messages but those that make a widget.
    """

    _esm = "export default {};"

    contents = traitlets.Dict().tag(sync=True)
    about = traitlets.Dict().tag(sync=True)
    """What else is to be known of them."""


class _Option(traitlets.Any):
    """An attribute of the element, with a value of Python's here and its text in the browser."""

    def __init__(self, parse: Any = str) -> None:
        super().__init__(default_value=None, allow_none=True)
        self.tag(
            sync=True,
            to_json=lambda value, _: next(iter(attributes({str(self.name): value}).values()), None),
            from_json=lambda text, _: None if text is None else parse(text),
        )

    def validate(self, _: Any, value: Any) -> Any:
        attributes({str(self.name): value})
        return value


def _parse_channel(text: str) -> int | str:
    return text if text == "all" else int(text)


def _parse_cell(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


def _parse_range(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split(",")))


class Scope(anywidget.AnyWidget):
    """Shows what a convnet sees in a picture, live in the notebook's page.

    `layer`, `channel`, `cell`, `view`, `range` and `colormap` can be set, and follow what a reader chooses; `prediction` and
    `error` tell what came of it. All can be observed: `scope.observe(f, "layer")`.
    """

    _esm = static.read("widget.js")
    _shared: ClassVar[Files | None] = None

    layer = _Option()
    """Name of the output that is open; None for none."""
    channel = _Option(_parse_channel)
    """Number of the channel that is open, from 0, or "all" for the layer by itself."""
    cell = _Option(_parse_cell)
    """Row and column of the cell that is open, from 0."""
    view = _Option()
    """"book" (if None), "channels", "layer", "fixed" or "symmetric"."""
    range = _Option(_parse_range)
    """Lowest and highest value of the view "fixed"."""
    colormap = _Option()
    """"viridis", "magma", "inferno", "cividis", "turbo", "grey" or "rdbu"; None for the view's own."""
    prediction = traitlets.List(traitlets.Dict(), allow_none=True, default_value=None).tag(sync=True)
    """What the network answers: a dict with `index`, `label` and `probability` for each class, best first. None as long as
    there is none."""
    error = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    """What went wrong last: a dict with `code` and `message`. None if nothing did since a model or picture was opened."""

    _runtime = anywidget.WidgetTrait().tag(sync=True)
    _model = anywidget.WidgetTrait().tag(sync=True)
    _picture = anywidget.WidgetTrait().tag(sync=True)
    _fixed = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        model: ModelSource,
        picture: PictureSource | None = None,
        *,
        manifest: ManifestSource | None = None,
        example: Any = None,
        layer: str | None = None,
        channel: int | Literal["all"] | None = None,
        cell: tuple[int, int] | None = None,
        view: str | None = None,
        range: tuple[float, float] | None = None,  # noqa: A002
        colormap: str | None = None,
        layout: str | ipywidgets.Layout = "compact",
        channels: str | Iterable[int] | None = None,
        controls: str | Iterable[str] | None = None,
        height: Size | None = None,
    ) -> None:
        """Make a widget.

        Args:
            model: a path, the bytes of an ONNX file, an `onnx.ModelProto`, a `torch.nn.Module` (in evaluation mode, with an
                `example`), or a `keras.Model`.
            picture: a path, the bytes of a file, a Pillow image, or an array, height x width or height x width x 1, 3 or 4,
                of whole numbers from 0 to 255 or floats from 0 to 1. None for one that the reader chooses.
            manifest: path or content of the model's manifest; without it, the one beside the model's file.
            example: what a torch module is run on to be exported: a tensor, an array or a shape.
            layer: name of the output to open.
            channel: number of one of its channels, from 0, or "all" to see the layer by itself.
            cell: row and column of one of the channel's cells, from 0.
            view: "book" (the default), "channels", "layer", "fixed" or "symmetric".
            range: lowest and highest value of the view "fixed".
            colormap: a colour map; the view's own if not given.
            layout: "compact" (picture, prediction, layers), "full", or "layer" (that one).
            channels: with the layout "layer", those that are drawn: numbers, or text such as "0,3,8-15".
            controls: what a reader can choose: some of "model", "picture", "view" and "share", or "all" or "none".
            height: pixels, or a length of CSS's; 600 if not given, and for the layout "layer" as high as what it shows.

        Raises:
            TypeError: the model or the picture is none of these.
            ValueError: an array or an option has another value.
            OSError: a file cannot be read.

        """
        is_widgets = isinstance(layout, ipywidgets.Layout)
        shown = "compact" if is_widgets else str(layout)
        fixed = {
            "layout": shown,
            "channels": channels,
            "controls": controls,
        }
        look = {
            "layer": layer,
            "channel": channel,
            "cell": cell,
            "view": view,
            "range": range,
            "colormap": colormap,
        }
        self._model_file = model_file(model, manifest, example)
        self._picture_file = None if picture is None else picture_file(picture)
        super().__init__(
            _runtime=_runtime(),
            _model=_model_files(self._model_file),
            _picture=_picture_files(self._picture_file),
            _fixed={**attributes(fixed), "height": _css_height(height, shown)},
            **look,
            **({"layout": layout} if is_widgets else {}),
        )
        self._inbox = Inbox()
        self.on_msg(lambda _, content, buffers: self._inbox.receive(content, buffers))

    def open_model(self, model: ModelSource, manifest: ManifestSource | None = None, example: Any = None) -> None:
        """Open another model, which takes what `Scope` takes, and raises the same."""
        self._model_file = model_file(model, manifest, example)
        previous = self._model
        self.set_trait("error", None)
        self._model = _model_files(self._model_file)
        previous.close()

    def open_image(self, picture: PictureSource) -> None:
        """Open another picture, which is what `Scope` takes, and raises the same."""
        self._picture_file = picture_file(picture)
        previous = self._picture
        self.set_trait("error", None)
        self._picture = _picture_files(self._picture_file)
        if previous:
            previous.close()

    async def activation(self, output: str, timeout: float = 30) -> np.ndarray:
        """Read what the network has computed in the page, for the picture that is open there.

        The widget has to be displayed, and the kernel to take messages while a cell awaits one, as ipykernel 7.4 does.

        Args:
            output: name of a node's output.
            timeout: how long to wait for it, in seconds.

        Returns:
            The activation, in the shape and the type that the graph gives it.

        Raises:
            ValueError: there is no such output, or nothing to compute it of.
            TimeoutError: nothing came.

        """
        question, answer = self._inbox.expect()
        # ipykernel sends what has the same id on to where it is awaited.
        self.send({"id": question, "output": output})
        try:
            content = await asyncio.wait_for(asyncio.wrap_future(answer), timeout)
        except asyncio.TimeoutError:
            message = (
                f"the page has not answered in {timeout:g} s: either the widget is not displayed,"
                " or the kernel takes no messages until the cell has run, as ipykernel before 7.4"
            )
            raise TimeoutError(message) from None
        finally:
            self._inbox.forget(question)
        array: np.ndarray = np.load(io.BytesIO(content))
        return array

    def to_html(self) -> str:
        """Make one HTML page of the model, the picture and how they are looked at, with the engine in it.

        The page needs neither a server nor a kernel. It is as large as the engine (5 MB) and a third more than the model.
        """
        look = {name: getattr(self, name) for name in ("layer", "channel", "cell", "view", "range", "colormap")}
        fixed = {name: value for name, value in self._fixed.items() if name != "height"}
        return fill(self._model_file, self._picture_file, {**fixed, **attributes(look)})

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Save `to_html` as a file.

        Raises:
            OSError: it cannot be written.

        """
        Path(path).write_text(self.to_html(), encoding="utf-8")

    def close(self) -> None:
        """Take the widget, its model and its picture out of the browser."""
        for files in (self._model, self._picture):
            if files:
                files.close()
        super().close()


def _runtime() -> Files:
    """Return what all scopes of a kernel share: the scripts and the engine."""
    if Scope._shared is None or Scope._shared.comm is None:
        Scope._shared = Files(contents=static.runtime())
    return Scope._shared


def _model_files(model: ModelFile) -> Files:
    # The model's own name may be that of one of the data files.
    contents = {"": model.content, **model.data}
    return Files(contents=contents, about={"name": model.name, "manifest": model.manifest})


def _picture_files(picture: PictureFile | None) -> Files | None:
    return picture and Files(contents={"": picture.content}, about={"name": picture.name})


def _css_height(height: Size | None, layout: str) -> str | None:
    if height is None:
        return None if layout == "layer" else "600px"
    return height if isinstance(height, str) else f"{height}px"
