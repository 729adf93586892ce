"""Atomic writes: after a crash a file is either the old one or the new one."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat

TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.tmp")


def replace(target: str, data: bytes, previous: str | None = None) -> None:
    """Write bytes to a file atomically, or leave everything as it is.

    The bytes go to a new file beside the old one and are synced to disk; then the new file replaces
    the old one, and the folder is synced too.

    Args:
        target: the path of the file.
        data: the new contents.
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
        reason = f"{error.strerror}: this folder is not writable"
        raise type(error)(error.errno, reason, folder) from None
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(target):
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
            if previous is not None:
                os.replace(target, previous)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Sync a folder, so that a new entry survives a power failure, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_leftovers(folder: str) -> None:
    """Remove the temporary files that killed processes left in a folder.

    Nobody may be writing there at this moment.
    """
    for name in os.listdir(folder):
        if TEMPORARY.fullmatch(name):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, name))
