"""Output in several formats: to a file by its suffix, in a notebook by MIME type."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Mapping


def save(
    path: str | os.PathLike[str], formats: Mapping[str, Callable[[], str | bytes]], what: str
) -> None:
    """Write something to a file, in the format that the file's suffix names.

    Args:
        path: the file.
        formats: by suffix, such as ".svg", what gives the contents of the file.
        what: what it is, for messages, with its article: "a drawing".

    Raises:
        ValueError: for a suffix that is not among the formats.
        OSError: if the file cannot be written.

    Example:
        >>> save("notes.pdf", {".txt": lambda: "one line"}, "a note")
        Traceback (most recent call last):
        ValueError: cannot save a note as 'notes.pdf': '.pdf' names no format. Known: .txt
    """
    target = os.fspath(path)
    suffix = os.path.splitext(target)[1]
    write = formats.get(suffix.lower())
    if write is None:
        raise ValueError(_unknown_suffix(target, suffix, formats, what))
    written = write()
    try:
        with open(target, "wb") as file:
            file.write(written.encode() if isinstance(written, str) else written)
    except OSError as error:
        reason = f"cannot write {what}: {error.strerror}"
        raise type(error)(error.errno, reason, target) from error


def _unknown_suffix(path: str, suffix: str, known: Mapping[str, object], what: str) -> str:
    import difflib

    near = difflib.get_close_matches(suffix.lower(), list(known), n=1)
    guess = f" (did you mean {near[0]!r}?)" if near else ""
    reason = f"{suffix!r} names no format{guess}" if suffix else "it has no suffix"
    return f"cannot save {what} as {path!r}: {reason}. Known: {', '.join(known)}"


class Displayed:
    """A base of what a notebook shows, in those of its forms that the notebook asks for."""

    __slots__ = ()

    def _displayed(self) -> dict[str, str]:
        """Return all forms by MIME type."""
        raise NotImplementedError

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, str]:
        """Return the forms that are included, all unless given, and not excluded."""
        return {
            kind: data
            for kind, data in self._displayed().items()
            if (include is None or kind in include) and (exclude is None or kind not in exclude)
        }
