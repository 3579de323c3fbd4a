#!/usr/bin/env python3
"""Writes tables.rs, the colour tables of src/colormap.rs, from matplotlib's colour maps.

Usage: python src/colormap/make_tables.py
Needs tests/render/requirements.txt.
"""

from pathlib import Path

import matplotlib
import numpy as np

# matplotlib's name, and what a reader of the table should know of its origin.
TABLES = [
    ("viridis", "Nathaniel Smith, Stéfan van der Walt and Eric Firing, 2015 (CC0)."),
    ("magma", "Nathaniel Smith and Stéfan van der Walt, 2015 (CC0)."),
    ("inferno", "Nathaniel Smith and Stéfan van der Walt, 2015 (CC0)."),
    ("cividis", "Jamie Nuñez, Christopher Anderton and Ryan Renslow, 2018 (CC0)."),
    ("turbo", "Anton Mikhailov, Google, 2019 (Apache-2.0)."),
    ("gray", "Black to white. Matplotlib truncates to 8 bits, so that 24 entries are one less than their index."),
    (
        "RdBu_r",
        "ColorBrewer's RdBu, reversed, in linear interpolation: colour specifications and designs developed by "
        "Cynthia Brewer, <https://colorbrewer2.org> (Apache-2.0).",
    ),
]

HEADER = """\
//! Colour tables, 256 entries `0xRRGGBB` each, equal to matplotlib's `colormap(i / 255, bytes=True)`.
//!
//! Written by make_tables.py: change that, not this.
"""


def main():
    parts = [HEADER]
    for name, origin in TABLES:
        # Integers index the table itself.
        rgb = matplotlib.colormaps[name](np.arange(256), bytes=True)[:, :3].astype(int)
        entries = [f"0x{red:02x}{green:02x}{blue:02x}" for red, green, blue in rgb]
        rows = [", ".join(entries[i : i + 8]) for i in range(0, 256, 8)]
        parts.append(
            f"/// Matplotlib's `{name}`. {origin}\n"
            "#[rustfmt::skip]\n"
            f"pub(super) const {name.upper()}: [u32; 256] = [\n"
            + "".join(f"    {row},\n" for row in rows)
            + "];\n"
        )
    Path(__file__).with_name("tables.rs").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
