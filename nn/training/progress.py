"""Progress: the display of `fit`, `evaluate` and `predict` while they run.

In a terminal and in a notebook one line is redrawn in place, at most ten times a second; elsewhere
(a file, a pipe) each epoch is one line of text. The display never slows training down: frequent
lines are written together.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from nn.distribution.data_parallel import is_chief

Logs = dict[str, Any]

SECONDS_BETWEEN_UPDATES = 0.1
BAR_WIDTH = 20
SHORTEST_BAR = 4


class Progress:
    """A display that shows nothing, and the base of the others."""

    def begin(self, title: str, steps: int | None) -> None:
        """Start a pass over the data: "Epoch 3/10", of so many steps (None if unknown)."""

    def step(self, done: int, logs: Callable[[], Logs]) -> None:
        """Show that so many steps are done; `logs()` computes the values so far."""

    def end(self, logs: Logs) -> None:
        """End the pass; `logs` are its values."""

    def close(self) -> None:
        """Close the display, at the end or after an exception."""

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Lines(Progress):
    """A line of text for each pass: "Epoch 3/10 - 0.2s - loss: 0.1234"."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._written = float("-inf")

    def begin(self, title: str, steps: int | None) -> None:
        self._title, self._steps = title, steps
        self._started = time.perf_counter()

    def end(self, logs: Logs) -> None:
        seconds = time.perf_counter() - self._started
        self._waiting.append(
            " - ".join(filter(None, (self._title, f"{seconds:.1f}s", format_logs(logs))))
        )
        if time.perf_counter() - self._written >= SECONDS_BETWEEN_UPDATES:
            self._flush()

    def close(self) -> None:
        self._flush()

    def _around(self, done: int, logs: Logs, seconds: float) -> tuple[float, str, str]:
        """The part that is done, and the text before and after a bar."""
        part = min(1.0, done / self._steps) if self._steps else 1.0
        left = seconds / part - seconds
        after = [
            f" {done}/{self._steps or '?'}",
            f" - {left:.0f}s left" if left >= 1 else "",
            f" - {format_logs(logs)}" if logs else "",
        ]
        return part, f"{self._title} ", "".join(after)

    def _flush(self) -> None:
        if self._waiting:
            self._write("\n".join(self._waiting) + "\n")
            self._waiting = []
            self._written = time.perf_counter()

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


class Bar(Lines):
    """The lines of `Lines` in a terminal, and below them a bar for the current pass.

    Args:
        console: a `rich.console.Console`.
    """

    def __init__(self, console: Any) -> None:
        super().__init__()
        from rich.live import Live

        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._drawn = float("-inf")

    def step(self, done: int, logs: Callable[[], Logs]) -> None:
        now = time.perf_counter()
        if now - max(self._drawn, self._started) < SECONDS_BETWEEN_UPDATES:
            return
        self._flush()
        self._live.start()
        self._live.update(self._bar(done, logs(), now - self._started), refresh=True)
        self._drawn = time.perf_counter()

    def end(self, logs: Logs) -> None:
        self._live.update("")  # or it would remain below the line of the finished pass
        super().end(logs)

    def close(self) -> None:
        super().close()
        self._live.stop()

    def _write(self, text: str) -> None:
        if self._live.is_started:
            self._live.console.print(text, end="", markup=False, highlight=False, soft_wrap=True)
        else:
            super()._write(text)

    def _bar(self, done: int, logs: Logs, seconds: float) -> Any:
        """Draw one line, no wider than the terminal: the bar shrinks if needed."""
        from rich.text import Text

        part, before, after = self._around(done, logs, seconds)
        room = self._live.console.width - len(before) - len(after) - 1
        width = max(SHORTEST_BAR, min(BAR_WIDTH, room))
        full = round(width * part)
        bar = ("━" * full, "green"), ("━" * (width - full), "bright_black")
        return Text.assemble(before, *bar, after, no_wrap=True, overflow="ellipsis")


class NotebookBar(Lines):
    """The lines of `Lines`, and below them a bar that is written over itself.

    Carriage returns do that, which every kind of notebook follows, and which leave nothing of the
    bar in the file.
    """

    def __init__(self) -> None:
        super().__init__()
        self._drawn = float("-inf")
        self._shown = 0

    def step(self, done: int, logs: Callable[[], Logs]) -> None:
        now = time.perf_counter()
        if now - max(self._drawn, self._started) < SECONDS_BETWEEN_UPDATES:
            return
        self._flush()
        part, before, after = self._around(done, logs(), now - self._started)
        full = round(BAR_WIDTH * part)
        bar = f"{before}{'━' * full}{'╌' * (BAR_WIDTH - full)}{after}"
        super()._write("\r" + bar.ljust(self._shown))
        self._shown = max(self._shown, len(bar))
        self._drawn = time.perf_counter()

    def close(self) -> None:
        super().close()
        if self._shown:  # training was interrupted
            self._write("")

    def _write(self, text: str) -> None:
        over = f"\r{' ' * self._shown}\r" if self._shown else ""
        self._shown = 0
        super()._write(over + text)


def progress_for(verbose: Any) -> Progress:
    """Return the progress display for ``verbose=``.

    Args:
        verbose: 0, nothing; 1, a live bar in a terminal or notebook; 2, lines; "auto", as 1.
            Where there is neither, 1 gives lines.

    Raises:
        ValueError: for anything else.
    """
    if verbose is False or (verbose == 0 and verbose is not True):
        return Progress()
    if verbose in (True, 1, 2, "auto") and not is_chief():
        return Progress()
    if verbose == 2:
        return Lines()
    if verbose is True or verbose in (1, "auto"):
        if type(sys.stdout).__module__.startswith("ipykernel."):
            return NotebookBar()
        if not sys.stdout.isatty():
            return Lines()
        from rich.console import Console

        console = Console(file=sys.stdout)
        return Bar(console) if console.is_terminal else Lines()
    raise ValueError(
        f"verbose is 0 (silent), 1 (live progress), 2 (a line an epoch) or 'auto', got {verbose!r}"
    )


def format_logs(logs: Logs) -> str:
    """Format names and values in a line, sorted by name.

    >>> format_logs({"loss": 0.12345, "accuracy": 1.0, "val_loss": 0.00012345})
    'accuracy: 1.0000 - loss: 0.1235 - val_loss: 1.2345e-04'
    """
    ordered = sorted(logs.items(), key=lambda item: (item[0].startswith("val_"), item[0]))
    return " - ".join(f"{name}: {_format(value)}" for name, value in ordered)


def _format(value: Any) -> str:
    if isinstance(value, (int, float)):
        return f"{value:.4f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.4e}"
    return str(value).replace("\n", "")
