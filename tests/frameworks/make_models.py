"""Makes ONNX files of models of PyTorch and Keras with the Python package, and what they compute there:

    python make_models.py FOLDER

FOLDER gets NAME.onnx and NAME.json, the input's and the output's values, flat, with their shapes.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import torch
from convscope.models import model_file

RANDOM = np.random.default_rng(7)


def write(folder: Path, name: str, model: object, example: object, x: np.ndarray, y: np.ndarray) -> None:
    """Write a model and what it computes."""
    (folder / f"{name}.onnx").write_bytes(model_file(model, example=example).content)
    values = {"input": x, "output": y}
    content = {
        key: {"shape": array.shape, "data": array.ravel().tolist()} for key, array in values.items()
    }
    (folder / f"{name}.json").write_text(json.dumps(content))


def torch_network() -> torch.nn.Module:
    """Return a network that differs between training and evaluation, in training mode."""
    torch.manual_seed(7)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, padding=1),
        torch.nn.BatchNorm2d(8),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Dropout(0.5),
        torch.nn.Flatten(),
        torch.nn.Linear(8 * 8 * 8, 4),
    )
    with torch.no_grad():
        network(torch.rand(4, 3, 16, 16))
    return network.train()


def keras_network() -> keras.Model:
    """Return a network, channels last."""
    keras.utils.set_random_seed(7)
    return keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )


def main() -> None:
    """Make all."""
    folder = Path(sys.argv[1])
    network = torch_network()
    x = RANDOM.random((1, 3, 16, 16), np.float32)
    for name, example in {"torch-tensor": torch.from_numpy(x), "torch-shape": x.shape}.items():
        model = model_file(network, example=example)
        assert network.training, "exporting has changed the module"
        assert model.name == "Sequential.onnx", model.name
        with torch.no_grad():
            y = network.eval()(torch.from_numpy(x)).numpy()
        network.train()
        write(folder, name, network, example, x, y)
    network = keras_network()
    x = RANDOM.random((1, 16, 16, 3), np.float32)
    write(folder, "keras", network, None, x, network.predict(x, verbose=0))


main()
