"""Tracebacks of a notebook that begin with the message and show the user's own lines alone."""

from __future__ import annotations

import functools
import linecache
import sys
from types import FrameType, TracebackType
from typing import Any, TypeVar

Error = TypeVar("Error", bound=BaseException)

OWN = ("autograd_lite", "nn", "numpy")
REST = "(without lines of the packages; with: traceback.print_exception(sys.last_value))"


def shorten(error: Error) -> Error:
    """Have a notebook show an error by its message and the lines of users that led to it.

    IPython asks an error for `_render_traceback_`. What that returns is found now, and as text: an
    error that held frames would keep their arrays alive.

    Args:
        error: about to be raised, or caught.

    Returns:
        The error itself.

    Example:
        >>> shorten(ValueError("shapes do not fit"))._render_traceback_()[0]
        'ValueError: shapes do not fit'
    """
    if not hasattr(error, "_render_traceback_"):
        lines = _lines(sys._getframe(1))
        any_error: Any = error
        any_error._render_traceback_ = functools.partial(_rendered, _named(error), lines)
    return error


def is_ours(traceback: TracebackType | None) -> bool:
    """Return whether an error was raised by a statement of these packages, called by them alone."""
    frame = None
    while traceback is not None:
        if not _is_own(traceback.tb_frame) or "numpy" in _root(traceback.tb_frame):
            return False
        frame, traceback = traceback, traceback.tb_next
    if frame is None:
        return False
    line = linecache.getline(frame.tb_frame.f_code.co_filename, frame.tb_lineno)
    return line.strip().startswith("raise ")


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _root(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _is_own(frame: FrameType) -> bool:
    return _root(frame) in OWN


def _lines(frame: FrameType | None) -> tuple[tuple[str, int, str], ...]:
    """The file, the number and the function of each line of users, the outermost first."""
    found: list[tuple[str, int, str]] = []
    while frame is not None:
        code = frame.f_code
        if not _is_own(frame):
            found.append((code.co_filename, frame.f_lineno, code.co_name))
            if code.co_name == "<module>":
                break
        frame = frame.f_back
    return tuple(reversed(found))


def _rendered(message: str, lines: tuple[tuple[str, int, str], ...]) -> list[str]:
    shown = [message, ""]
    for file, number, function in lines:
        cell = "ipykernel" in file or file.startswith("<")
        place = f"cell, line {number}" if cell else f"{file}, line {number}"
        inside = "" if function == "<module>" else f", in {function}"
        shown += [f"{place}{inside}", f"----> {linecache.getline(file, number).strip()}"]
    return [*shown, "", REST]
