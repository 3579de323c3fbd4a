import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from convscope.models import model_file
from convscope.onnx_files import data_file_names


def network(*initializers):
    value = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1])
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1])
    node = helper.make_node("Identity", ["input"], ["output"])
    return helper.make_model(helper.make_graph([node], "graph", [value], [output], initializers))


def kept_in(location):
    tensor = numpy_helper.from_array(np.zeros(2, np.float32), location)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": "0", "length": "8"}.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


class Models(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def save(self, name, model):
        path = self.folder / name
        path.write_bytes(model.SerializeToString())
        return path

    def test_files_come_with_what_lies_beside_them(self):
        model = network(kept_in("weights/a.bin"), kept_in("b.bin"), kept_in("b.bin"))
        path = self.save("net.onnx", model)
        (self.folder / "weights").mkdir()
        (self.folder / "weights/a.bin").write_bytes(bytes(8))
        (self.folder / "b.bin").write_bytes(bytes(range(8)))
        (self.folder / "net.json").write_text('{"version": 1}')
        opened = model_file(path)
        self.assertEqual(opened.name, "net.onnx")
        self.assertEqual(opened.content, model.SerializeToString())
        self.assertEqual(opened.data, {"weights/a.bin": bytes(8), "b.bin": bytes(range(8))})
        self.assertEqual(opened.manifest, {"version": 1})

    def test_a_manifest_that_is_given_goes_before_the_one_beside_the_file(self):
        path = self.save("net.onnx", network())
        (self.folder / "net.json").write_text('{"version": 1}')
        other = self.folder / "other.json"
        other.write_text('{"version": 1, "title": "Other"}')
        for manifest in (other, str(other), json.loads(other.read_text())):
            self.assertEqual(model_file(str(path), manifest).manifest["title"], "Other")

    def test_models_in_memory_are_written(self):
        model = network()
        for source in (model, model.SerializeToString(), bytearray(model.SerializeToString())):
            opened = model_file(source)
            self.assertEqual(onnx.load_model_from_string(opened.content), model)
            self.assertEqual((opened.data, opened.manifest), ({}, None))

    def test_what_is_no_model_has_no_files(self):
        model = network(kept_in("a.bin")).SerializeToString()
        for end in range(len(model)):
            data_file_names(model[:end])
        self.assertEqual(data_file_names(b"\x3a\xff\xff\xff\xff\x0f"), [])
        self.assertEqual(data_file_names(b"no model"), [])

    def test_errors_say_what_is_wrong(self):
        path = self.save("net.onnx", network())
        elsewhere = self.save("elsewhere.onnx", network(kept_in("../secret")))
        (self.folder / "list.json").write_text("[]")
        (self.folder / "bad.json").write_text("{")
        for arguments, error, message in (
            ((7,), TypeError, "an onnx.ModelProto, a torch.nn.Module or a keras.Model, not int"),
            ((self.folder / "missing.onnx",), FileNotFoundError, "missing.onnx"),
            (("https://example.org/a.onnx",), ValueError, "is an address, not a path: download it"),
            ((elsewhere,), ValueError, "weights in ../secret, which does not lie beside it"),
            ((path, self.folder / "list.json"), ValueError, "list.json is no JSON object"),
            ((path, self.folder / "bad.json"), ValueError, "bad.json is no JSON: .* column 2"),
            ((path, None, (1, 3)), ValueError, "an example is of use for a torch.nn.Module only"),
        ):
            with self.subTest(message), self.assertRaisesRegex(error, message):
                model_file(*arguments)
