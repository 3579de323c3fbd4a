import asyncio
import html
import io
import json
import re
import unittest
from base64 import b64decode

import ipywidgets
import numpy as np

import convscope
from convscope.look import attributes


class Looks(unittest.TestCase):
    def test_values_are_written_as_the_element_reads_them(self):
        self.assertEqual(
            attributes(
                {
                    "layer": "relu_3",
                    "channel": np.int64(7),
                    "cell": [3, 14],
                    "view": "fixed",
                    "range": (-0.5, 1e-7),
                    "colormap": None,
                    "channels": range(3),
                    "controls": ["picture", "view"],
                }
            ),
            {
                "layer": "relu_3",
                "channel": "7",
                "cell": "3,14",
                "view": "fixed",
                "range": "-0.5,1e-07",
                "channels": "0,1,2",
                "controls": "picture view",
            },
        )
        self.assertEqual(attributes({"channel": "all", "controls": "none", "channels": "0,8-15"})["channels"], "0,8-15")

    def test_errors_say_what_is_wrong(self):
        for look, error, message in (
            ({"view": "xray"}, ValueError, "no view 'xray': it is one of book, channels"),
            ({"colormap": "jet"}, ValueError, "no colormap 'jet'"),
            ({"layout": "wide"}, ValueError, "no layout 'wide'"),
            ({"controls": "view zoom"}, ValueError, "no control 'zoom'"),
            ({"layer": 3}, ValueError, "name of an output, not 3"),
            ({"channel": -1}, ValueError, "a channel is a whole number from 0, not -1"),
            ({"channels": [0, 1.5]}, ValueError, "a channel is a whole number from 0, not 1.5"),
            ({"cell": 3}, ValueError, "a cell is a row and a column, not 3"),
            ({"cell": (1, "a")}, ValueError, "a column is a whole number from 0, not 'a'"),
            ({"range": (1, 0)}, ValueError, "is less than the second: not 1, 0"),
            ({"colour": "red"}, TypeError, "no option 'colour': the options are layer, channel"),
        ):
            with self.subTest(message), self.assertRaisesRegex(error, message):
                attributes(look)


class Scopes(unittest.TestCase):
    def tearDown(self):
        ipywidgets.Widget.close_all()

    def test_the_browser_gets_texts_and_files(self):
        scope = convscope.Scope(b"model", np.zeros((2, 3)), channel=7, cell=(1, 2), range=(0, 1))
        state = scope.get_state()
        self.assertEqual([state[name] for name in ("channel", "cell", "range")], ["7", "1,2", "0.0,1.0"])
        self.assertEqual(state["_fixed"], {"layout": "compact", "height": "600px"})
        self.assertEqual(scope._model.contents, {"": b"model"})
        self.assertEqual(scope._picture.about, {"name": "picture.png"})

    def test_what_the_browser_says_has_values_of_python(self):
        scope = convscope.Scope(b"model")
        said = {"layer": "relu", "channel": "3", "cell": "4,5", "range": "-1,2.5", "view": None}
        scope.set_state(said)
        self.assertEqual(
            (scope.layer, scope.channel, scope.cell, scope.range, scope.view),
            ("relu", 3, (4, 5), (-1.0, 2.5), None),
        )

    def test_scopes_share_the_engine(self):
        first, second = convscope.Scope(b"one"), convscope.Scope(b"two")
        self.assertIs(first._runtime, second._runtime)
        ipywidgets.Widget.close_all()
        self.assertIsNot(convscope.Scope(b"three")._runtime, first._runtime)

    def test_what_was_open_leaves_the_browser(self):
        scope = convscope.Scope(b"model", b"picture")
        model, picture = scope._model, scope._picture
        scope.open_model(b"other", {"version": 1})
        scope.open_image(b"another")
        self.assertEqual((model.comm, picture.comm), (None, None))
        self.assertEqual(scope._model.about["manifest"], {"version": 1})
        scope.close()
        self.assertIsNone(scope._picture.comm)

    def test_what_cannot_be_opened_leaves_what_is_open(self):
        scope = convscope.Scope(b"model", b"picture")
        model, picture = scope._model, scope._picture
        self.assertRaises(TypeError, scope.open_model, 7)
        self.assertRaises(ValueError, scope.open_image, np.zeros(3))
        self.assertRaises(ValueError, setattr, scope, "view", "xray")
        self.assertEqual((scope._model, scope._picture, scope.view), (model, picture, None))

    def test_layouts_of_widgets_are_widgets(self):
        layout = ipywidgets.Layout(width="50%")
        scope = convscope.Scope(b"model", layout=layout)
        self.assertEqual((scope.layout, scope._fixed["layout"]), (layout, "compact"))

    def test_pages_hold_what_is_open(self):
        scope = convscope.Scope(b"model", b"picture", manifest={"title": "</script>"}, layer="relu")
        scope.channel = 2
        page = scope.to_html()
        parts = dict(re.findall(r'id="([\w-]+)">([^<]*)</script>\n', page))
        content = json.loads(b64decode(parts["content"]))
        self.assertEqual(content["manifest"], {"title": "</script>"})
        self.assertEqual(content["attributes"], {"layout": "compact", "layer": "relu", "channel": "2"})
        self.assertEqual(b64decode(parts["model"]), b"model")
        self.assertEqual(b64decode(parts["picture"]), b"picture")

    def test_frames_hold_pages(self):
        page = convscope.to_html(b"model", layer='"><script>')
        frame = convscope.Frame(page, height=300)._repr_html_()
        (source,) = re.findall('srcdoc="([^"]*)"', frame)
        self.assertEqual(html.unescape(source), page)
        self.assertIn("height: 300px", frame)


class Activations(unittest.TestCase):
    def answered(self, *messages):
        scope = convscope.Scope(b"model")
        scope.send = lambda content: [
            scope._handle_custom_msg({"id": content["id"], **message}, buffers) for message, buffers in messages
        ]
        return asyncio.run(scope.activation("relu", timeout=0.01))

    def test_parts_make_an_array(self):
        array = np.arange(24, dtype=np.float16).reshape(1, 2, 3, 4)
        file = io.BytesIO()
        np.save(file, array)
        content = memoryview(file.getvalue())
        read = self.answered(({"isLast": False}, [content[:50]]), ({"isLast": True}, [content[50:]]))
        np.testing.assert_array_equal(read, array)
        self.assertEqual(read.dtype, np.float16)

    def test_errors_say_what_is_wrong(self):
        with self.assertRaisesRegex(ValueError, "there is no output relu"):
            self.answered(({"error": "there is no output relu"}, []))
        with self.assertRaisesRegex(TimeoutError, r"not answered in 0\.01 s"):
            self.answered()
        with self.assertRaisesRegex(TimeoutError, "not answered"):
            self.answered(({"id": "another", "isLast": True}, [b""]))
