#!/usr/bin/env python3
"""Makes the golden renderings of tests/render.rs with numpy and matplotlib.

Usage: pip install -r tests/render/requirements.txt && python tests/render/make_goldens.py

Each case is a folder beside this script:
    input.npy     an activation, float32 or float16
    case.json     {"channelAxis": "first" or "last", "options": the options as a page gives them}
    expected.png  the picture, RGBA
"""

import json
import shutil
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.colors import Normalize
from matplotlib.image import imsave

HERE = Path(__file__).parent
COLORMAPS = {
    "viridis": "viridis",
    "magma": "magma",
    "inferno": "inferno",
    "cividis": "cividis",
    "turbo": "turbo",
    "grey": "gray",
    "rdbu": "RdBu_r",
}
NON_FINITE = (1, 0, 1, 1)
BOOK_COLUMNS = 16


def book_image(channel):
    """The notebook's uint8 image of one channel, as numbers of dtype uint8. Works in place, as the notebook does.

    Where all values are equal the notebook divides by zero, or by a rounding residue: here that is 0 for a dead channel,
    as there, and else 128, the level of a channel's mean.
    """
    first = channel.flat[0]
    if (channel == first).all():
        return np.full(channel.shape, 0 if first == 0 else 128, "uint8")
    channel -= channel.mean()
    channel /= channel.std()
    channel *= 64
    channel += 128
    return np.clip(channel, 0, 255).astype("uint8")


def book_picture(activation, selected, colormap):
    """The notebook's figure of an N x H x W x C activation, with a last row that may be incomplete."""
    _, height, width, channels = activation.shape
    rows = -(-channels // BOOK_COLUMNS)
    grid = np.ma.zeros((rows * height, BOOK_COLUMNS * width))
    tiles = []
    for channel in range(channels):
        image = activation[0, :, :, channel]
        finite = np.isfinite(image)
        tile = np.ma.array(np.zeros(image.shape), mask=~finite)
        if finite.all():
            tile[:] = book_image(image)
        elif finite.any():
            tile[finite] = book_image(image[finite])
        row, column = divmod(channel, BOOK_COLUMNS)
        grid[row * height : (row + 1) * height, column * width : (column + 1) * width] = tile
        tiles.append(tile)
    # What plt.imshow(grid) does: limits are the grid's own.
    norm = Normalize()
    norm.autoscale(grid)
    if selected is None:
        return colormap(norm(grid), bytes=True)
    return tiled([colormap(norm(tiles[channel]), bytes=True) for channel in selected], BOOK_COLUMNS, 0)


def linear_picture(activation, view, limits, selected, colormap, columns, gap):
    """Each channel of an N x H x W x C activation as plt.imshow colours it, given the view's limits."""
    maps = [np.ascontiguousarray(activation[0, :, :, channel]) for channel in range(activation.shape[-1])]
    maps = [np.ma.masked_invalid(values) for values in maps]
    low = min(values.min() for values in maps if values.count())
    high = max(values.max() for values in maps if values.count())
    magnitude = max(abs(low), abs(high))
    norms = {
        "channels": Normalize,
        "layer": lambda: Normalize(low, high),
        "symmetric": lambda: Normalize(-magnitude, magnitude),
        "fixed": lambda: Normalize(*limits),
    }
    tiles = [colormap(norms[view]()(values), bytes=True) for values in maps]
    drawn = range(len(tiles)) if selected is None else selected
    return tiled([tiles[channel] for channel in drawn], columns, gap)


def tiled(tiles, columns, gap):
    """RGBA tiles in rows, transparent between and after them."""
    height, width, _ = tiles[0].shape
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    picture = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 4), "uint8")
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        top, left = row * (height + gap), column * (width + gap)
        picture[top : top + height, left : left + width] = tile
    return picture


def picture_of(activation, options):
    """The expected picture of an N x H x W x C activation, which it may overwrite."""
    view = options.get("view", "book")
    name = options.get("colormap", "rdbu" if view == "symmetric" else "viridis")
    colormap = matplotlib.colormaps[COLORMAPS[name]].with_extremes(bad=NON_FINITE)
    selected = options.get("channels")
    if view == "book":
        return book_picture(activation, selected, colormap)
    limits = options.get("range", [0, 1])
    columns, gap = options.get("columns", 16), options.get("gap", 1)
    return linear_picture(activation, view, limits, selected, colormap, columns, gap)


def write_case(name, activation, axis, options):
    folder = HERE / name
    folder.mkdir()
    np.save(folder / "input.npy", activation)
    (folder / "case.json").write_text(json.dumps({"channelAxis": axis, "options": options}) + "\n")
    activation = activation.astype("float32")
    if axis == "first":
        activation = np.moveaxis(activation, 1, -1)
    imsave(folder / "expected.png", picture_of(activation.copy(), options))


def blobs(random, height, width, channels):
    """A 1 x height x width x channels activation, smooth over space as a convolution's output is, each channel on a scale
    of its own."""
    noise = random.standard_normal((1, height + 4, width + 4, channels))
    smooth = sum(
        noise[:, row : row + height, column : column + width] for row in range(5) for column in range(5)
    )
    return (smooth * random.lognormal(-2, 1, channels) + random.normal(0, 0.5, channels)).astype("float32")


def relu(activation):
    return np.maximum(activation, 0)


def make_cases():
    random = np.random.default_rng(20)

    write_case("book-relu", relu(blobs(random, 37, 37, 32)), "last", {"view": "book"})
    write_case("book-large-maps", relu(blobs(random, 148, 148, 2)), "last", {"view": "book"})
    write_case("book-128-channels", relu(blobs(random, 7, 7, 128)), "last", {"view": "book"})
    write_case("book-preactivation", blobs(random, 23, 23, 16), "last", {"view": "book"})
    write_case("book-oblong-maps", relu(blobs(random, 9, 31, 48)), "last", {"view": "book"})
    write_case("book-20-channels", blobs(random, 13, 8, 20), "last", {"view": "book"})
    write_case("book-3-channels", blobs(random, 11, 17, 3), "last", {"view": "book"})
    write_case("book-1x1-maps", blobs(random, 1, 1, 32), "last", {"view": "book"})

    channels_first = np.moveaxis(relu(blobs(random, 17, 19, 32)), -1, 1).astype("float16")
    write_case("book-float16-channels-first", channels_first, "first", {"view": "book"})

    # Constants of which numpy's float32 mean is exact, and of which it is not.
    degenerate = relu(blobs(random, 9, 9, 16))
    for channel, value in enumerate([0, -0.0, 0.1, 0.3, 1, -3, 1e-30, 123456.7]):
        degenerate[..., channel] = value
    degenerate[0, 4, 4, 8:10] = 1e4
    degenerate[..., 10] = 0
    degenerate[0, 0, 0, 10] = 0.5
    write_case("book-dead-and-constant-channels", degenerate, "last", {"view": "book"})
    write_case("book-all-dead", np.zeros((1, 5, 5, 32), "float32"), "last", {"view": "book"})

    non_finite = blobs(random, 9, 10, 16)
    non_finite[0, 2, 3, 0] = np.nan
    non_finite[0, 4:6, 3, 1] = np.inf
    non_finite[0, 1, :, 2] = -np.inf
    non_finite[..., 3] = np.nan
    non_finite[..., 4] = 2.5
    non_finite[0, 0, 0, 4] = np.nan
    for view in ["book", "channels", "layer", "symmetric"]:
        write_case(f"{view}-non-finite", non_finite, "last", {"view": view})

    signed = np.moveaxis(blobs(random, 9, 10, 20), -1, 1)
    signed[:, 7] = 0.25
    selection = [19, 0, 7, 0]
    for view in ["book", "channels", "layer", "symmetric"]:
        write_case(f"{view}-selection", signed, "first", {"view": view, "channels": selection, "colormap": "magma"})
        if view != "book":
            write_case(f"{view}", signed, "first", {"view": view})
            write_case(f"{view}-columns-and-gap", signed, "first", {"view": view, "columns": 6, "gap": 3})

    # Values at the boundaries of levels, and their neighbours, where rounding decides.
    lows, highs = random.normal(0, 1, (2, 8, 1)).astype("float32")
    boundaries = lows + (highs - lows) * np.linspace(0, 1, 257, dtype="float32")
    boundaries = np.stack([np.nextafter(boundaries, -np.inf), boundaries, np.nextafter(boundaries, np.inf)], axis=1)
    for view in ["channels", "layer", "symmetric"]:
        write_case(f"{view}-boundaries", boundaries[np.newaxis], "first", {"view": view, "columns": 1, "gap": 0})

    fixed = {"view": "fixed", "range": [-0.5, 1.25]}
    write_case("fixed", signed, "first", fixed)
    write_case("fixed-unit-range", signed, "first", {"view": "fixed", "colormap": "turbo"})
    write_case("fixed-non-finite", non_finite, "last", fixed)
    levels = np.linspace(-0.5, 1.25, 257, dtype="float32").reshape(1, 1, 1, -1)
    levels = np.concatenate([np.nextafter(levels, -np.inf), levels, np.nextafter(levels, np.inf)], axis=2)
    write_case("fixed-boundaries", levels, "first", {**fixed, "columns": 1, "gap": 0})

    # An entry a value.
    ramp = np.arange(256, dtype="float32").reshape(1, 1, 16, 16)
    for colormap in COLORMAPS:
        write_case(f"colormap-{colormap}", ramp, "first", {"view": "layer", "colormap": colormap})


def main():
    for case in HERE.glob("*/case.json"):
        shutil.rmtree(case.parent)
    make_cases()


if __name__ == "__main__":
    main()
