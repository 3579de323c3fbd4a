#!/usr/bin/env python3
"""Makes the goldens of tests/preprocessing.rs with Pillow and numpy.

Usage: pip install -r tests/preprocessing/requirements.txt && python tests/preprocessing/make_goldens.py

Three folders, which this script empties first:

resampling/CASE/   source.png, and for each FILTER-WIDTHxHEIGHT.png what Pillow resamples it to.
fitting/CASE/      source.png, manifest.json, and tensor.npy, which that manifest makes of it.
decoding/          picture files of every kind, and for each FILE what it should decode to, FILE.png.
"""

import io
import json
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "www" / "samples"
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def main():
    for folder in "resampling", "fitting", "decoding":
        shutil.rmtree(HERE / folder, ignore_errors=True)
        (HERE / folder).mkdir()
    make_resampling(HERE / "resampling")
    make_fitting(HERE / "fitting")
    make_decoding(HERE / "decoding")


# Sources


def noise(width, height, seed=0):
    """A picture of random bytes."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def extremes(width, height):
    """A picture of random black and white channels, so that filters overshoot."""
    return Image.fromarray((np.asarray(noise(width, height)) >> 7) * np.uint8(255))


def indices(width, height):
    """A picture whose pixels tell where they are, for `nearest`."""
    y, x = np.mgrid[:height, :width]
    return Image.fromarray(np.dstack([x % 256, y % 256, x // 256 * 16 + y // 256]).astype(np.uint8))


def photo(name, width, height):
    """A photo on `width` x `height` pixels."""
    return Image.open(SAMPLES / f"{name}.jpg").convert("RGB").resize((width, height), Image.Resampling.BOX)


# Resampling


def make_resampling(folder):
    cases = {
        "noise": (noise(41, 29), [(150, 150), (17, 40), (60, 7), (41, 60), (1, 1)]),
        "extremes": (extremes(23, 31), [(50, 47), (9, 8), (31, 23)]),
        "one-pixel": (noise(1, 1), [(1, 1), (5, 3)]),
        "wide": (noise(700, 2), [(31, 31), (2, 9)]),
        "tall": (noise(2, 700), [(31, 31), (9, 2)]),
        # Pillow takes the vertical pass first where the height shrinks by more than twice as much as the width.
        "vertical-first": (extremes(30, 80), [(20, 60), (20, 59), (40, 70), (10, 39)]),
        "photo": (photo("kitten", 160, 120), [(150, 150), (75, 75), (224, 30)]),
    }
    for name, (source, sizes) in cases.items():
        (folder / name).mkdir()
        source.save(folder / name / "source.png", optimize=True)
        for size in sizes:
            for filter_name, resampling in FILTERS.items():
                if name == "photo" and resampling in (FILTERS["nearest"], FILTERS["bicubic"]):
                    continue
                path = folder / name / "{}-{}x{}.png".format(filter_name, *size)
                source.resize(size, resampling).save(path, optimize=True)
    # Lengths from and to which the accumulated coordinate and its closed form differ, 500 to 150 among them.
    (folder / "nearest").mkdir()
    source = indices(500, 375)
    source.save(folder / "nearest" / "source.png", optimize=True)
    for size in (150, 150), (224, 224), (299, 1), (1, 333), (1499, 3), (7, 1000):
        path = folder / "nearest" / "nearest-{}x{}.png".format(*size)
        source.resize(size, Image.Resampling.NEAREST).save(path, optimize=True)


# Fitting


def make_fitting(folder):
    one_255th = {"scale": 0.00392156862745098, "mean": [0, 0, 0], "std": [1, 1, 1]}
    imagenet = {"scale": 0.00392156862745098, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    caffe = {"scale": 1, "mean": [103.939, 116.779, 123.68], "std": [1, 1, 1]}
    symmetric = {"scale": 0.00784313725490196, "mean": [1], "std": [1]}
    # name: source, width, height, fit, resampling, channels, layout, values
    cases = {
        "squash-keras": (noise(57, 31), 24, 24, "squash", "nearest", "rgb", "NHWC", one_255th),
        "squash-grey": (noise(31, 57), 28, 20, "squash", "bicubic", "grey", "NHWC", symmetric),
        "crop-landscape": (noise(61, 40), 24, 24, "crop", "bilinear", "rgb", "NCHW", imagenet),
        "crop-portrait": (noise(40, 61), 24, 24, "crop", "bilinear", "rgb", "NCHW", imagenet),
        "crop-to-wide": (noise(40, 40), 31, 20, "crop", "bicubic", "bgr", "NHWC", caffe),
        "crop-enlarged": (noise(9, 5), 20, 24, "crop", "lanczos", "rgb", "NCHW", one_255th),
        "crop-strip": (noise(500, 3), 16, 16, "crop", "bilinear", "grey", "NCHW", symmetric),
        "crop-tall": (noise(12, 90), 10, 12, "crop", "lanczos", "rgb", "NCHW", one_255th),
        "pad-landscape": (noise(61, 40), 24, 24, "pad", "bicubic", "bgr", "NCHW", caffe),
        "pad-portrait": (noise(40, 61), 24, 24, "pad", "bilinear", "rgb", "NHWC", imagenet),
        "pad-odd": (noise(50, 31), 16, 17, "pad", "lanczos", "rgb", "NCHW", one_255th),
        "pad-enlarged": (noise(5, 7), 24, 21, "pad", "nearest", "rgb", "NCHW", one_255th),
        "pad-half": (noise(4, 8), 10, 5, "pad", "bilinear", "grey", "NCHW", symmetric),
    }
    for name, (source, width, height, fit, resampling, channels, layout, values) in cases.items():
        picture = source.convert("L") if channels == "grey" else source
        picture = FITS[fit](picture, width, height, FILTERS[resampling])
        pixels = np.atleast_3d(np.asarray(picture))
        if channels == "bgr":
            pixels = pixels[..., ::-1]
        if values is one_255th:
            tensor = pixels.astype(np.float32) / np.float32(255)
        else:
            tensor = (pixels.astype(np.float64) * values["scale"] - values["mean"]) / values["std"]
        if layout == "NCHW":
            tensor = tensor.transpose(2, 0, 1)
        tensor = np.ascontiguousarray(tensor[None], np.float32)
        (folder / name).mkdir()
        source.save(folder / name / "source.png", optimize=True)
        np.save(folder / name / "tensor.npy", tensor)
        manifest = {
            "version": 1,
            "input": {
                "name": "input",
                "layout": layout,
                "width": width,
                "height": height,
                "fit": fit,
                "resampling": resampling,
                "channels": channels,
                **values,
            },
        }
        (folder / name / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def squash(picture, width, height, resampling):
    return picture.resize((width, height), resampling)


def crop(picture, width, height, resampling):
    """torchvision's Resize and CenterCrop; where those know squares only, the side that just covers is resized to."""
    if picture.width * height > width * picture.height:
        full = int(height * picture.width / picture.height), height
    else:
        full = width, int(width * picture.height / picture.width)
    left = int(round((full[0] - width) / 2.0))
    top = int(round((full[1] - height) / 2.0))
    return picture.resize(full, resampling).crop((left, top, left + width, top + height))


def pad(picture, width, height, resampling):
    return ImageOps.pad(picture, (width, height), resampling)


FITS = {"squash": squash, "crop": crop, "pad": pad}


# Decoding


def make_decoding(folder):
    def save(name, picture, expected=None, **options):
        """Saves a picture, and what Pillow makes of the file again if it is not `expected`."""
        picture.save(folder / name, **options)
        if expected is None:
            with Image.open(folder / name) as file:
                expected = over_white(ImageOps.exif_transpose(file))
        expected.save(folder / f"{name}.png", optimize=True)

    small, odd = photo("kitten", 48, 36), photo("german-shepherd", 75, 53)
    for name, subsampling in ("444", 0), ("422", 1), ("420", 2):
        save(f"{name}.jpg", odd, quality=90, subsampling=subsampling)
    save("progressive.jpg", odd, quality=75, progressive=True)
    save("restart-markers.jpg", odd, quality=75, restart_marker_blocks=2)
    save("grey.jpg", odd.convert("L"), quality=90)
    save("cmyk.jpg", odd.convert("CMYK"), quality=95)
    save("tiny.jpg", photo("koala", 1, 1))

    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"exif-{orientation}.jpg", small, quality=90, exif=exif)
    exif = Image.Exif()
    exif[0x0112] = 6
    save("exif.png", noise(7, 5), exif=exif)
    save("exif.webp", noise(7, 5), exif=exif, lossless=True)

    # Every value under every opacity.
    value, opacity = np.meshgrid(np.arange(256), np.arange(256))
    every = Image.fromarray(np.dstack([value, 255 - value, value ^ 85, opacity]).astype(np.uint8), "RGBA")
    save("opacity.png", every, optimize=True)
    save("rgb.png", noise(13, 9))
    save("grey.png", noise(13, 9).convert("L"))
    save("grey-alpha.png", noise(13, 9).convert("LA"))
    save("bilevel.png", noise(13, 9).convert("1"))
    palette = small.quantize(11)
    save("palette.png", palette)
    save("palette-colour-key.png", palette, transparency=3)
    save("palette-alpha.png", palette, transparency=bytes(range(0, 242, 22)))
    save("colour-key.png", Image.fromarray(np.asarray(noise(13, 9)) & 1), transparency=(0, 1, 0))
    for name, channels in ("grey", 1), ("rgb", 3), ("rgba", 4):
        wide = np.random.default_rng(1).integers(0, 65536, (9, 13, channels))
        wide[0, 0], wide[0, 1] = 65535, 128
        (folder / f"{name}-16-bit.png").write_bytes(png_of_16_bit(wide))
        rounded = np.floor(wide / 257 + 0.5).astype(np.uint8)
        rounded = np.broadcast_to(rounded, (9, 13, max(3, channels)))
        over_white(Image.fromarray(rounded)).save(folder / f"{name}-16-bit.png.png")

    frames = [noise(13, 9, seed).quantize(32) for seed in range(3)]
    save("animated.gif", frames[0], save_all=True, append_images=frames[1:], duration=100)
    save("transparent.gif", palette, transparency=3)
    animated = [noise(13, 9, seed) for seed in range(3)]
    save("animated.webp", animated[0], save_all=True, append_images=animated[1:], lossless=True)
    save("animated.png", animated[0], save_all=True, append_images=animated[1:])
    save("lossy.webp", odd, quality=80)
    save("lossless.webp", small, lossless=True)
    save("alpha.webp", every.resize((40, 40)), lossless=True, exact=True)
    save("lossy-alpha.webp", Image.merge("RGBA", (*odd.split(), every.resize(odd.size).getchannel("A"))), quality=80)

    save("rgb.bmp", noise(13, 9))
    save("palette.bmp", palette)
    save("bilevel.bmp", noise(13, 9).convert("1"))


def over_white(picture):
    """A picture as RGB, transparency over white."""
    picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def png_of_16_bit(pixels):
    """A PNG of 16 bits a channel, which Pillow does not write, of height x width x channels values."""
    height, width, channels = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    colour_type = {1: 0, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    file = io.BytesIO()
    file.write(b"\x89PNG\r\n\x1a\n")
    for kind, data in (b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""):
        file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
    return file.getvalue()


if __name__ == "__main__":
    main()
