"""Models as people have them in Python: ONNX files, and networks of PyTorch and Keras, which are exported."""

from __future__ import annotations

import inspect
import io
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from convscope.onnx_files import data_file_names
from convscope.paths import read_file

if TYPE_CHECKING:
    from typing import TypeAlias

ModelSource: TypeAlias = "str | os.PathLike[str] | bytes | Any"
"""A path, the bytes of an ONNX file, an onnx.ModelProto, a torch.nn.Module or a keras.Model."""
ManifestSource: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any]"
"""A path, or what a manifest's JSON says."""


class ModelFile(NamedTuple):
    """A model as a file."""

    name: str
    content: bytes
    data: Mapping[str, bytes]
    """Files that the model keeps weights in, by name."""
    manifest: Mapping[str, Any] | None


def model_file(model: ModelSource, manifest: ManifestSource | None = None, example: Any = None) -> ModelFile:
    """Make an ONNX file of a model.

    Args:
        model: a path, with the files beside it that it keeps weights in; the bytes of an ONNX file; an `onnx.ModelProto`; a
            `torch.nn.Module`; or a `keras.Model`.
        manifest: how a picture becomes the model's input and what its answer means. For a path, `net.json` beside
            `net.onnx` is taken if there is one and nothing is given.
        example: for a `torch.nn.Module`, what it is run on to be exported: a tensor, an array or a shape, such as
            `(1, 3, 224, 224)`.

    Raises:
        TypeError: the model is none of these.
        ValueError: a torch module without an example, an example without a torch module, or a manifest that is no JSON object.
        ImportError: a package that exports the model is missing.
        OSError: a file cannot be read.

    """
    is_torch = _is_instance(model, "torch", "nn", "Module")
    if example is not None and not is_torch:
        message = "an example is of use for a torch.nn.Module only: other models have the shape of their input"
        raise ValueError(message)
    described = None if manifest is None else _read_manifest(manifest)
    if isinstance(model, (str, os.PathLike)):
        return _from_path(model, described)
    if isinstance(model, (bytes, bytearray, memoryview)):
        return ModelFile("model.onnx", bytes(model), {}, described)
    if is_torch:
        return ModelFile(_name_of(model), _export_torch(model, example), {}, described)
    if _is_instance(model, "keras", "Model") or _is_instance(model, "tf_keras", "Model"):
        return ModelFile(_name_of(model), _export_keras(model), {}, described)
    # onnx's own, whichever version of protobuf made its class.
    if type(model).__name__ == "ModelProto" and hasattr(model, "SerializeToString"):
        return ModelFile("model.onnx", model.SerializeToString(), {}, described)
    kind = f"{type(model).__module__}.{type(model).__qualname__}".removeprefix("builtins.")
    message = (
        "a model is a path, the bytes of an ONNX file, an onnx.ModelProto, a torch.nn.Module or a keras.Model,"
        f" not {kind}"
    )
    raise TypeError(message)


def _is_instance(value: object, package: str, *names: str) -> bool:
    # Who has an instance has imported the package.
    found: Any = sys.modules.get(package)
    for name in names:
        found = getattr(found, name, None)
    return isinstance(found, type) and isinstance(value, found)


def _from_path(model: str | os.PathLike[str], manifest: Mapping[str, Any] | None) -> ModelFile:
    name, content = read_file(model)
    path = Path(model)
    beside = path.with_suffix(".json")
    if manifest is None and path.suffix == ".onnx" and beside.is_file():
        manifest = _read_manifest(beside)
    data = {}
    for data_name in data_file_names(content):
        file = path.parent / data_name
        # As ONNX says; a model must not read files elsewhere.
        if not file.resolve().is_relative_to(path.parent.resolve()):
            message = f"{path} keeps weights in {data_name}, which does not lie beside it"
            raise ValueError(message)
        data[data_name] = file.read_bytes()
    return ModelFile(name, content, data, manifest)


def _read_manifest(manifest: ManifestSource) -> Mapping[str, Any]:
    if isinstance(manifest, Mapping):
        return manifest
    path = Path(manifest)
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        message = f"the manifest {path} is no JSON: {error}"
        raise ValueError(message) from error
    if not isinstance(content, dict):
        message = f"the manifest {path} is no JSON object"
        raise ValueError(message)
    return content


def _name_of(model: object) -> str:
    name = getattr(model, "name", None)
    return f"{name if isinstance(name, str) else type(model).__name__}.onnx"


def _export_torch(module: Any, example: Any) -> bytes:
    torch: Any = sys.modules["torch"]
    if example is None:
        message = "a torch.nn.Module needs an example: a tensor, or a shape such as (1, 3, 224, 224)"
        raise ValueError(message)
    if isinstance(example, (tuple, list, torch.Size)):
        example = torch.zeros(*example)
    place = next(module.parameters(), torch.zeros(()))
    tensor = torch.as_tensor(example).to(device=place.device)
    options: dict[str, Any] = {"input_names": ["input"], "output_names": ["output"]}
    # The exporter whose nodes have the names of their modules.
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        options["dynamo"] = False
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(module, (tensor,), file, **options)
    return file.getvalue()


def _export_keras(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(str(path), format="onnx", verbose=False)
        return path.read_bytes()
