"""How a model is looked at, as the attributes of the element `<conv-scope>`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import index
from typing import Any

VIEWS = ("book", "channels", "layer", "fixed", "symmetric")
COLORMAPS = ("viridis", "magma", "inferno", "cividis", "turbo", "grey", "rdbu")
LAYOUTS = ("full", "compact", "layer")
CONTROLS = ("model", "picture", "view", "share")


def attributes(look: Mapping[str, Any]) -> dict[str, str]:
    """Write values as attributes.

    Args:
        look: of `layer`, `channel`, `cell`, `view`, `range`, `colormap`, `layout`, `channels` and `controls`, those that
            are not None, as `convscope.Scope` takes them.

    Raises:
        TypeError: there is no such option.
        ValueError: an option has no such value.

    """
    unknown = set(look) - set(_WRITERS)
    if unknown:
        message = f"there is no option {min(unknown)!r}: the options are {', '.join(_WRITERS)}"
        raise TypeError(message)
    return {name: _WRITERS[name](value) for name, value in look.items() if value is not None}


def _one_of(name: str, choices: tuple[str, ...], value: Any) -> str:
    if value not in choices:
        message = f"there is no {name} {value!r}: it is one of {', '.join(choices)}"
        raise ValueError(message)
    return str(value)


def _write_layer(layer: Any) -> str:
    if not isinstance(layer, str):
        message = f"a layer is the name of an output, not {layer!r}"
        raise ValueError(message)
    return layer


def _write_channel(channel: Any) -> str:
    return "all" if channel == "all" else str(_whole("channel", channel))


def _write_cell(cell: Any) -> str:
    row, column = _pair("cell", "a row and a column", cell)
    return f"{_whole('row', row)},{_whole('column', column)}"


def _write_range(limits: Any) -> str:
    low, high = _pair("range", "its lowest and its highest value", limits)
    if not float(low) < float(high):
        message = f"the first value of a range is less than the second: not {low}, {high}"
        raise ValueError(message)
    return f"{float(low)!r},{float(high)!r}"


def _write_channels(channels: Any) -> str:
    if isinstance(channels, str):
        return channels
    return ",".join(str(_whole("channel", channel)) for channel in channels)


def _write_controls(controls: Any) -> str:
    names: Iterable[str] = controls.split() if isinstance(controls, str) else controls
    if controls in ("all", "none"):
        return str(controls)
    return " ".join(_one_of("control", CONTROLS, name) for name in names)


def _pair(name: str, what: str, value: Any) -> tuple[Any, Any]:
    try:
        first, second = value
    except (TypeError, ValueError):
        message = f"a {name} is {what}, not {value!r}"
        raise ValueError(message) from None
    return first, second


def _whole(name: str, value: Any) -> int:
    try:
        number = index(value)
    except TypeError:
        number = -1
    if number < 0:
        message = f"a {name} is a whole number from 0, not {value!r}"
        raise ValueError(message)
    return number


_WRITERS = {
    "layer": _write_layer,
    "channel": _write_channel,
    "cell": _write_cell,
    "view": lambda view: _one_of("view", VIEWS, view),
    "range": _write_range,
    "colormap": lambda colormap: _one_of("colormap", COLORMAPS, colormap),
    "layout": lambda layout: _one_of("layout", LAYOUTS, layout),
    "channels": _write_channels,
    "controls": _write_controls,
}
