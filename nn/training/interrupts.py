"""Interrupts: Ctrl-C during training, deferred to the end of the current step."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType

SAID = b"\nCtrl-C: training stops after this step. Press it again to stop at once.\n"


class Interrupts:
    """A block that remembers the first Ctrl-C; the second one raises at once.

    A KeyboardInterrupt can occur between any two lines and leave a step with half of the weights
    updated. In the block, a loop checks `pending` between steps and raises there; otherwise the end
    of the block raises.

    Outside of the main thread, or with a Ctrl-C handler of your own, nothing changes.

    Attributes:
        pending: True once Ctrl-C was pressed.
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
