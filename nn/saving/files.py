"""Safetensors files: written whole or not at all, and read with distrust.

The format (https://github.com/huggingface/safetensors) is a JSON header and the bytes of the
tensors. It holds no code, so a file from anywhere can be read.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Contents", "ModelFileError", "checked_path", "read", "write"]

Array = np.ndarray[Any, Any]
Path = str | os.PathLike[str]

SUFFIX = ".safetensors"


class ModelFileError(ValueError):
    """A file that is damaged, or does not say what it would have to say."""


@dataclass(frozen=True)
class Contents:
    """What is in a file.

    Attributes:
        tensors: arrays by name.
        metadata: strings by name.
    """

    tensors: dict[str, Array]
    metadata: dict[str, str]


def checked_path(path: Path) -> str:
    """The path as a string.

    Raises:
        TypeError: for what is no path.
        ValueError: if it does not end with ".safetensors".
        IsADirectoryError: for a folder.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"a path is a string, 'model{SUFFIX}' say; got {path!r}")
    name = os.fsdecode(path)
    if os.path.isdir(name):
        raise IsADirectoryError(
            f"{name!r} is a folder; a model is one file: {os.path.join(name, 'model' + SUFFIX)!r}"
        )
    if not name.endswith(SUFFIX):
        stem = os.path.splitext(name)[0] or "model"
        raise ValueError(
            f"models and weights are kept in safetensors files: write {stem + SUFFIX!r} in place "
            f"of {name!r}"
        )
    return name


# -- writing ---------------------------------------------------------------------------------------


def write(
    path: Path, tensors: Mapping[str, Array], metadata: Mapping[str, str], overwrite: bool = True
) -> None:
    """Write a file, or leave everything as it is.

    The bytes go into a new file beside the old one, which then takes its place in one step. So
    after a crash there is the old file or the new one, never a part of it.

    Args:
        path: ends with ".safetensors". A link is followed.
        tensors: arrays by name.
        metadata: strings by name.
        overwrite: False refuses to replace a file.

    Raises:
        ValueError, TypeError: as `checked_path`; and for a dtype that the format does not have.
        OSError: if the folder does not exist or cannot be written to, the disk is full, ...
    """
    from safetensors.numpy import save

    target = os.path.realpath(checked_path(path))
    if not overwrite and os.path.lexists(target):
        raise FileExistsError(f"{path!r} exists already, and overwrite=False was given")
    if not os.path.isdir(os.path.dirname(target)):
        folder = os.path.dirname(target)
        raise FileNotFoundError(
            f"there is no folder {folder!r} to write into. Make it first: os.makedirs({folder!r})"
        )
    for name, array in tensors.items():
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            raise ValueError(f"{name} has dtype {array.dtype}, which safetensors does not have")
    in_order = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    _replace(target, save(in_order, dict(metadata)))


def _replace(target: str, data: bytes) -> None:
    """Let `target` hold `data`, in one step."""
    folder = os.path.dirname(target)
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
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _sync_folder(folder: str) -> None:
    """Have the new entry of a folder survive a power failure, where the system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# -- reading ---------------------------------------------------------------------------------------


def read(path: Path) -> Contents:
    """All that is in a file.

    Raises:
        ValueError, TypeError: as `checked_path`.
        ModelFileError: for a file that is damaged, or no safetensors file.
        OSError: if there is no such file, or it cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    name = checked_path(path)
    if not stat.S_ISREG(os.stat(name).st_mode):  # a pipe would be waited for, /dev/zero never ends
        raise OSError(f"{name!r} is not a regular file")
    try:
        with safe_open(name, framework="numpy") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            return Contents(tensors, file.metadata() or {})
    except SafetensorError as error:
        raise ModelFileError(
            f"{name}: not a whole safetensors file; it is damaged, cut off, or of another kind "
            f"({error})"
        ) from None
    except (AttributeError, KeyError, TypeError) as error:
        raise ModelFileError(
            f"{name}: a tensor has a dtype that NumPy does not have ({error})"
        ) from None
