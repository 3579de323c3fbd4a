#!/usr/bin/env python3
"""Makes cases.json, what numpy says of the feature maps in it, for tests/summary.rs.

Usage: pip install numpy==2.4.6 && python tests/summary/make_goldens.py
"""

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def numbers(values):
    """As JSON has them: null for what is not finite."""
    return [float(value) if np.isfinite(value) else None for value in np.ravel(values)]


def principal_components(maps):
    channels, height, width = maps.shape
    cells = maps.reshape(channels, -1).astype("float64")
    finite = np.isfinite(cells).all(axis=0)
    centered = cells[:, finite] - cells[:, finite].mean(axis=1, keepdims=True)
    eigenvalues, eigenvectors = np.linalg.eigh(centered @ centered.T)
    count = min(3, channels, finite.sum())
    planes = []
    for vector in eigenvectors.T[::-1][:count]:
        scores = vector @ centered
        scores *= np.sign(scores[np.argmax(np.abs(scores))])
        plane = np.full(height * width, np.nan)
        plane[finite] = scores
        planes.append(numbers(plane))
    return {"scores": planes, "explained": numbers(eigenvalues[::-1][:count] / eigenvalues.sum())}


def case(name, maps, bins):
    maps = maps.astype("float32")
    masked = np.ma.masked_invalid(maps.astype("float64"))
    first = maps[0][np.isfinite(maps[0])]
    counts, edges = np.histogram(first, bins)
    similarities = []
    for other in masked:
        both = ~(np.ma.getmaskarray(masked[0]) | np.ma.getmaskarray(other))
        a, b = masked.data[0][both], other.data[both]
        is_constant = a.std() == 0 or b.std() == 0
        similarities.append(None if is_constant else float(np.corrcoef(a, b)[0, 1]))
    return {
        "name": name,
        "shape": maps.shape,
        # NaN, as JSON has no other.
        "values": numbers(maps),
        "means": numbers(masked.mean(axis=(1, 2)).filled(np.nan)),
        "deviations": numbers(masked.std(axis=(1, 2)).filled(np.nan)),
        "similarities": similarities,
        "histogram": {"range": [float(edges[0]), float(edges[-1])], "counts": counts.tolist()},
        "mean": numbers(masked.mean(axis=0).filled(np.nan)),
        "maximum": numbers(masked.max(axis=0).filled(np.nan)),
        "components": principal_components(maps),
    }


def mixed(random, channels, height, width):
    """Channels that are mixtures of a few patterns of unlike strength."""
    patterns = random.standard_normal((5, height * width)) * np.array([[9], [5], [3], [1], [0.3]])
    return (random.standard_normal((channels, 5)) @ patterns).reshape(channels, height, width) + 2


def main():
    random = np.random.default_rng(7)
    with_holes = mixed(random, 4, 5, 6)
    with_holes[1, 2, 3] = np.nan
    with_holes[2, 0, :2] = np.nan
    with_dead = np.maximum(mixed(random, 6, 4, 4), 0)
    with_dead[2] = 0
    cases = [
        case("more cells than channels", mixed(random, 6, 7, 9), 8),
        case("more channels than cells", mixed(random, 40, 3, 4), 5),
        case("cells that are not finite", with_holes, 4),
        case("a dead channel", with_dead, 6),
        case("one channel", mixed(random, 1, 3, 5), 3),
        case("two channels", mixed(random, 2, 4, 3), 3),
    ]
    (HERE / "cases.json").write_text(json.dumps(cases, indent=None) + "\n")


if __name__ == "__main__":
    main()
