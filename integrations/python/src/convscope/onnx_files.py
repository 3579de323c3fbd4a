"""What of an ONNX file has to be known before it is run: which files it keeps weights in."""

from __future__ import annotations

from collections.abc import Iterator

# Field numbers of onnx.proto.
_MODEL_GRAPH = 7
_GRAPH_INITIALIZER = 5
_TENSOR_EXTERNAL_DATA = 13
_ENTRY_KEY = 1
_ENTRY_VALUE = 2

_VARINT, _FIXED_64, _LENGTH_DELIMITED, _FIXED_32 = 0, 1, 2, 5


def data_file_names(model: bytes) -> list[str]:
    """List the files beside a model that it keeps weights in.

    Args:
        model: an ONNX file. What is none has no such files: the engine says what is wrong with it.

    Returns:
        Names relative to the model's folder, each once.

    """
    names: dict[str, None] = {}
    try:
        for graph in _messages(memoryview(model), _MODEL_GRAPH):
            for tensor in _messages(graph, _GRAPH_INITIALIZER):
                for entry in _messages(tensor, _TENSOR_EXTERNAL_DATA):
                    key, value = (b"".join(_messages(entry, field)) for field in (_ENTRY_KEY, _ENTRY_VALUE))
                    if key == b"location":
                        names[value.decode()] = None
    except (IndexError, ValueError):
        return []
    return list(names)


def _messages(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """Yield a field's contents, for fields that have a length."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        field, wire_type = tag >> 3, tag & 7
        if wire_type == _VARINT:
            _, position = _varint(message, position)
        elif wire_type == _FIXED_64:
            position += 8
        elif wire_type == _FIXED_32:
            position += 4
        elif wire_type == _LENGTH_DELIMITED:
            length, position = _varint(message, position)
            if position + length > len(message):
                raise ValueError
            if field == wanted:
                yield message[position : position + length]
            position += length
        else:
            raise ValueError


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
