"""Sessions without a browser: a page that keeps what it is told."""

from __future__ import annotations

import asyncio
import threading
import time

import numpy as np
import pytest


class FakePage:
    """Stands where a session's Outbox stands; draws every frame at once, unless told not to."""

    def __init__(self):
        self.messages = []
        self.frames = []
        self.wants_frame = True
        self._changed = threading.Condition()

    def post(self, message):
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def show(self, frame):
        with self._changed:
            self.frames.append(frame)
            self._changed.notify_all()

    def wait(self, condition, seconds=10.0):
        """Wait until `condition()` is true, and return what it gives."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not (found := condition()):
                left = deadline - time.monotonic()
                assert left > 0, f"nothing of the kind came: {self.messages[-3:]}"
                self._changed.wait(min(left, 0.02))  # a condition may be about other things
        return found

    def of(self, kind):
        return [message for message in self.messages if message["type"] == kind]

    def error(self):
        """The next error, waited for."""
        seen = len(self.of("error"))
        return self.wait(lambda: self.of("error")[seen:])[0]


@pytest.fixture
def page():
    return FakePage()


@pytest.fixture
def session(page):
    """A session with the settings of the page's first moment, trained as fast as it can be."""
    from nn.playground.session import Session

    made = Session(page)
    made.receive({"type": "pace", "pace": "fast"})
    made.receive({"type": "settings", "settings": {}})
    page.wait(lambda: page.frames)
    yield made
    made.close()
    assert made.join(5)


@pytest.fixture
def playground():
    """A server in a thread of its own."""
    pytest.importorskip("websockets", minversion="14", reason="websockets is not installed")
    from nn.playground.server import Playground, run

    served = Playground()
    loop = asyncio.new_event_loop()
    listening = threading.Event()
    task = loop.create_task(run(served, lambda _: listening.set()))

    def serve():
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert listening.wait(5)
    yield served
    loop.call_soon_threadsafe(task.cancel)
    thread.join(10)
    assert not thread.is_alive()


def weights_of(model):
    return np.concatenate([variable.data.ravel() for variable in model.variables])
