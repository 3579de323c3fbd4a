import io
import tempfile
import unittest
from pathlib import Path

import numpy as np
from PIL import Image

from convscope.pictures import picture_file


def decoded(picture):
    return Image.open(io.BytesIO(picture_file(picture).content))


class Pictures(unittest.TestCase):
    def test_arrays_are_pngs_without_loss(self):
        random = np.random.default_rng(1)
        for shape, mode in {
            (3, 5): "L",
            (3, 5, 1): "L",
            (4, 2, 3): "RGB",
            (1, 1, 4): "RGBA",
        }.items():
            array = random.integers(0, 256, shape, np.uint8)
            image = decoded(array)
            self.assertEqual(image.mode, mode)
            np.testing.assert_array_equal(np.asarray(image), array.reshape(np.asarray(image).shape))

    def test_arrays_need_not_be_contiguous(self):
        array = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(3, 7, 5).transpose(2, 1, 0)
        np.testing.assert_array_equal(np.asarray(decoded(array)), array)

    def test_values_of_other_types_become_bytes(self):
        for array, expected in (
            (np.array([[0, 128, 255]]), [0, 128, 255]),
            (np.array([[0.0, 0.5, 1.0]], np.float16), [0, 128, 255]),
            (np.array([[0.25, 0.998]], np.float32), [64, 254]),
        ):
            np.testing.assert_array_equal(np.asarray(decoded(array)), [expected])

    def test_what_numpy_can_read_is_an_array(self):
        class Tensor:
            def __array__(self, dtype=None, copy=None):
                return np.zeros((2, 3), np.uint8)

        self.assertEqual(decoded(Tensor()).size, (3, 2))

    def test_pillow_images_are_pngs(self):
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK"):
            image = Image.new(mode, (3, 2))
            expected = image.convert("RGBA") if mode != "CMYK" else image.convert("RGB")
            self.assertEqual(decoded(image).convert(expected.mode).tobytes(), expected.tobytes())

    def test_files_are_taken_as_they_are(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cat.jpg"
            path.write_bytes(b"a JPEG")
            for picture in (path, str(path)):
                self.assertEqual(picture_file(picture), ("cat.jpg", b"a JPEG"))
        self.assertEqual(picture_file(memoryview(b"a JPEG")).content, b"a JPEG")

    def test_errors_say_what_is_wrong(self):
        for picture, error, message in (
            (np.zeros((3, 8, 9)), ValueError, "not 3 x 8 x 9: move the channels to the end"),
            (np.zeros((1, 8, 9, 3)), ValueError, "not 1 x 8 x 9 x 3: choose one of the batch"),
            (np.zeros((8, 9, 2)), ValueError, "height x width x 1, 3 or 4 channels, not 8 x 9 x 2"),
            (np.zeros((0, 9)), ValueError, "not 0 x 9"),
            (np.float32(1), ValueError, "not a single value"),
            (np.full((2, 2), 256), ValueError, "values from 0 to 255, this one from 256 to 256"),
            (np.full((2, 2), -1), ValueError, "from -1 to -1"),
            (np.full((2, 2), 255.0), ValueError, "from 255.0 to 255.0: divide it by 255"),
            (np.array([[0, np.nan]]), ValueError, "from nan to nan"),
            (np.zeros((2, 2), bool), TypeError, "whole numbers or floats, not bool"),
            (7, TypeError, "not int"),
            ("https://example.org/a.png", ValueError, "is an address, not a path: download it"),
            ("missing.png", FileNotFoundError, "missing.png"),
        ):
            with self.subTest(message), self.assertRaisesRegex(error, message):
                picture_file(picture)
