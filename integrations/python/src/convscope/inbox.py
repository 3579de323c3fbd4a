"""What the page answers to questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any
from uuid import uuid4


class Inbox:
    """Answers that are waited for, each a number of bytes that come in parts.

    They may be received in another thread than the one that waits.
    """

    def __init__(self) -> None:
        self._answers: dict[str, Future[bytes]] = {}
        self._parts: dict[str, list[bytes]] = {}

    def expect(self) -> tuple[str, Future[bytes]]:
        """Begin to wait for an answer.

        Returns:
            The question's id, which the answer has to have, and the answer.

        """
        question, answer = uuid4().hex, Future[bytes]()
        self._parts[question] = []
        self._answers[question] = answer
        return question, answer

    def forget(self, question: str) -> None:
        """Wait no longer."""
        self._answers.pop(question, None)
        self._parts.pop(question, None)

    def receive(self, content: Mapping[str, Any], buffers: Iterable[memoryview]) -> None:
        """Take a message: a part of an answer, or what went wrong instead."""
        question = content.get("id", "")
        answer, parts = self._answers.get(question), self._parts.get(question)
        if answer is None or parts is None or answer.done():
            return
        if "error" in content:
            answer.set_exception(ValueError(content["error"]))
            return
        parts.extend(map(bytes, buffers))
        if content["isLast"]:
            answer.set_result(b"".join(parts))
