"""Files that are replaced in one step: after a crash there is the old one or the new one."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil

__all__ = ["remove_leftovers", "replace"]

TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.tmp")


def replace(target: str, data: bytes, previous: str | None = None) -> None:
    """Let a file hold some bytes, or leave everything as it is.

    The bytes go into a new file beside the old one and from there to the disk; then the new file
    takes the place of the old one. The folder is written to the disk too.

    Args:
        target: the path of the file.
        data: what it is to hold.
        previous: a path under which the old file is kept, in the same folder; None drops it. A
            crash may leave the old file there, and none at `target`.

    Raises:
        OSError: if the folder cannot be written to, the disk is full, ...
    """
    folder = os.path.dirname(target) or "."
    temporary = os.path.join(folder, f".{secrets.token_hex(8)}.tmp")
    try:
        file = open(temporary, "xb")  # noqa: SIM115 - closed below
    except OSError as error:
        reason = f"{error.strerror}: nothing can be written into this folder"
        raise type(error)(error.errno, reason, folder) from None
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(target):
            shutil.copymode(target, temporary)
            if previous is not None:
                os.replace(target, previous)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Have the new entry of a folder survive a power failure, where the system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_leftovers(folder: str) -> None:
    """Remove what processes that were killed while they wrote have left in a folder.

    Nobody may be writing there at this moment.
    """
    for name in os.listdir(folder):
        if TEMPORARY.fullmatch(name):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, name))
