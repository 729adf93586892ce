"""Ctrl-C while a model trains: put off until the step under way is done."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType

__all__ = ["Interrupts"]

SAID = b"\nCtrl-C: training ends after the step under way. Once more ends it at once.\n"


class Interrupts:
    """A block in which the first Ctrl-C is remembered, and the second one raises at once.

    A KeyboardInterrupt can come up between any two lines, so a step could be left with half of the
    weights updated. In the block a loop looks at `pending` where it can be left, and raises then.
    What nobody has raised is raised at the end of the block.

    Outside of the main thread, and where the program has a handler of its own for Ctrl-C, nothing
    changes.

    Attributes:
        pending: whether Ctrl-C was pressed.
    """

    def __init__(self) -> None:
        self.pending = False
        self._installed = False

    def __enter__(self) -> Interrupts:
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._remember)
            self._installed = True
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self._installed and signal.getsignal(signal.SIGINT) == self._remember:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.pending and error is None:
            raise KeyboardInterrupt

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self.pending:
            signal.default_int_handler(number, frame)
        self.pending = True
        with contextlib.suppress(OSError):
            os.write(2, SAID)  # sys.stderr may be in the middle of a write
