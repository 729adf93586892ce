"""`Located`: the base of encoders, which knows where a value stands that no file can hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Located:
    """The base of encoders. A subclass has `_encoded`, which turns a value into JSON.

    Args:
        refused: begins the message for what is refused.
    """

    def __init__(self, refused: str) -> None:
        self._refused = refused
        self._where: list[str] = []

    def encode(self, value: Any, where: str) -> Any:
        """A value as JSON.

        Args:
            value: what a config holds.
            where: what it is, for messages: "the loss".

        Raises:
            ValueError: for what no file can hold, functions above all; says where it was.
        """
        with self._inside(where):
            return self._encoded(value)

    def _encoded(self, value: Any) -> Any:
        raise NotImplementedError

    @contextmanager
    def _inside(self, where: str) -> Iterator[None]:
        self._where.append(where)
        try:
            yield
        finally:
            self._where.pop()

    def refusal(self, what: str) -> ValueError:
        """The error for what a file cannot hold."""
        return ValueError(f"{self._refused}: {', '.join(self._where)} is {what}")
