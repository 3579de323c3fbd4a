"""The photos: decoded once from `SPLIT.zip` (members `SPLIT/cats/N.jpg`, `SPLIT/dogs/N.jpg`) into one array."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm


def members(data, split):
    """[(member name, label)] of a split in a fixed order; label 0 cat, 1 dog."""
    with zipfile.ZipFile(Path(data) / f"{split}.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.lower().endswith(".jpg"))
    return [(name, int("/dogs/" in name)) for name in names]


def pictures(data, split):
    """Yields (PIL RGB picture, label) in the order of `members`."""
    with zipfile.ZipFile(Path(data) / f"{split}.zip") as archive:
        for name, label in members(data, split):
            yield Image.open(io.BytesIO(archive.read(name))).convert("RGB"), label


def load(data, split, size, cache):
    """(photos, labels): uint8 N x 3 x size x size, squashed with Pillow's bilinear, and float32 N.

    The decoded photos are kept as .npy files in the folder `cache` for the next run.
    """
    labels = np.array([label for _, label in members(data, split)], np.float32)
    path = Path(cache) / f"{split}-{size}.npy"
    if path.exists():
        return np.load(path), labels
    photos = np.empty((len(labels), 3, size, size), np.uint8)
    for index, (picture, _) in enumerate(tqdm(pictures(data, split), f"{split} at {size}", len(labels), leave=False)):
        picture = picture.resize((size, size), Image.Resampling.BILINEAR)
        photos[index] = np.asarray(picture).transpose(2, 0, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, photos)
    return photos, labels
