"""Outbox: a session's queue of messages to its page, with only the latest frame."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from nn.playground.frame import Frame, packed


class Outbox:
    """Passes messages from the training thread to the page, as fast as the page takes them.

    A frame is sent when the page has said that it has drawn the one before: a page that is slow,
    or hidden, gets fewer frames, and none of them late.

    Args:
        loop: the event loop in which `deliver` runs.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._messages: deque[dict[str, Any]] = deque()
        self._frame: Frame | None = None
        self._drawn = True
        self._wake = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()

    # -- for any thread --------------------------------------------------------------------------

    def post(self, message: dict[str, Any]) -> None:
        """Send a message, after those before it."""
        self._soon(self._add, message)

    def show(self, frame: Frame) -> None:
        """Send a frame, unless a newer one comes before its turn."""
        self._soon(self._replace, frame)

    @property
    def wants_frame(self) -> bool:
        """True if a frame would be sent at once; an estimate when read from another thread."""
        return self._drawn and self._frame is None

    def _soon(self, function: Callable[[Any], None], argument: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the program ends, and its loop is closed
            self._loop.call_soon_threadsafe(function, argument)

    # -- for the event loop ----------------------------------------------------------------------

    def drawn(self) -> None:
        """Note that the page has drawn the latest frame."""
        self._drawn = True
        self._wake.set()

    async def emptied(self) -> None:
        """Wait until all messages are sent."""
        await self._emptied.wait()

    async def deliver(self, send: Callable[[str | bytes], Awaitable[None]]) -> None:
        """Send messages for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._messages:
                await send(json.dumps(self._messages.popleft(), allow_nan=False))
            self._emptied.set()
            if self._frame is not None and self._drawn:
                frame, self._frame, self._drawn = self._frame, None, False
                await send(packed(frame))

    def _add(self, message: dict[str, Any]) -> None:
        self._messages.append(message)
        self._emptied.clear()
        self._wake.set()

    def _replace(self, frame: Frame) -> None:
        if self._frame is not None:
            frame.replace(self._frame)
        self._frame = frame
        self._wake.set()
