"""Safetensors files: written whole or not at all, sealed, and read with distrust.

The format (https://github.com/huggingface/safetensors) is a JSON header and the bytes of the
tensors. It holds no code, so a file from anywhere can be read.

The metadata of our own files has a format number, 2, and a seal: the SHA-256 of the whole file, as
it is with zeros in the place of the seal. So every damaged byte is found. Files of format 1 have
neither, nor have files of other programs: these are read as they are.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn._core import atomic_files
from nn.distribution.data_parallel import on_chief

Array = np.ndarray[Any, Any]
Path = str | os.PathLike[str]

SUFFIX = ".safetensors"
KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")
KERAS_MODEL, KERAS_WEIGHTS = ".keras", ".weights.h5"  # what Keras 3 reads and writes
LONGEST_MESSAGE = 4000
LONGEST = 2**24  # characters of JSON: what is longer becomes gigabytes when it is read
FORMAT, FORMAT_KEY, SEAL_KEY = 2, "nn:format", "nn:sha256"  # of the metadata
UNSEALED = "0" * 64
SEAL = re.compile(rb'"%s":"([0-9a-f]{64})"' % SEAL_KEY.encode())


class ModelFileError(ValueError):
    """A file is damaged or has the wrong contents."""

    def __init__(self, message: str) -> None:
        super().__init__(_shortened(message))


def _shortened(message: str) -> str:
    # What a class says about a value from a file may repeat the value, however long it is.
    if len(message) > LONGEST_MESSAGE:
        return f"{message[:LONGEST_MESSAGE]}... ({len(message)} characters)"
    return message


def listed(mismatches: Iterable[str]) -> str:
    """Return what of a file does not fit, on a line each."""
    return _shortened("".join(f"\n  {mismatch}" for mismatch in mismatches))


def require_none(mismatches: Sequence[str], skip_mismatch: bool) -> None:
    """Raise ModelFileError with a list of what does not fit, unless that is to be skipped."""
    if mismatches and not skip_mismatch:
        raise ModelFileError(listed(mismatches))


@dataclass(frozen=True)
class Contents:
    """The contents of a file.

    Attributes:
        tensors: arrays by name.
        metadata: strings by name.
    """

    tensors: dict[str, Array]
    metadata: dict[str, str]


def is_keras_path(path: Path, weights: bool = False) -> bool:
    """Return if a file of this name is written in Keras's format: of a model, or of weights."""
    return isinstance(path, (str, os.PathLike)) and os.fsdecode(path).endswith(
        KERAS_WEIGHTS if weights else KERAS_MODEL
    )


def checked_path(path: Path, writing: bool = True) -> str:
    """Return the path as a string.

    Args:
        path: of a file.
        writing: True for a safetensors file to be written.

    Raises:
        TypeError: for anything but a path.
        ValueError: if it does not end with ".safetensors". The endings of Keras's files (".keras",
            ".h5") are taken too, with a warning while writing, since Keras will not read it.
        IsADirectoryError: for a folder.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"a path is a string, 'model{SUFFIX}' say; got {path!r}")
    name = os.fsdecode(path)
    if os.path.isdir(name):
        raise IsADirectoryError(
            f"{name!r} is a folder; a model is one file: {os.path.join(name, 'model' + SUFFIX)!r}"
        )
    if name.endswith(KERAS_SUFFIXES):
        stem = os.path.splitext(name)[0]
        if not writing:
            return name
        warnings.warn(
            f"{name!r} is written as a safetensors file, which `nn` reads and Keras does not: "
            f"{stem + SUFFIX!r} would say so. Keras reads models from {stem + KERAS_MODEL!r}, "
            f"weights from {stem + KERAS_WEIGHTS!r}",
            stacklevel=3,
        )
    elif not name.endswith(SUFFIX):
        stem = os.path.splitext(name)[0] or "model"
        raise ValueError(
            f"models and weights are kept in safetensors files: write {stem + SUFFIX!r} in place "
            f"of {name!r}"
        )
    return name


# -- writing ---------------------------------------------------------------------------------------


def write(
    path: Path,
    tensors: Mapping[str, Array],
    metadata: Mapping[str, str],
    overwrite: bool = True,
    previous: str | None = None,
) -> None:
    """Write a file, or leave everything as it is.

    The bytes go into a new file beside the old one, which then takes its place in one step. So
    after a crash there is the old file or the new one, never a part of it. Where models are
    distributed, rank 0 writes, and the others wait for it.

    Args:
        path: ends with ".safetensors". A link is followed.
        tensors: arrays by name.
        metadata: strings by name.
        overwrite: False refuses to replace a file.
        previous: where the file that is replaced is kept; None drops it.

    Raises:
        ValueError, TypeError: as `checked_path`; and for a dtype that the format does not have.
        OSError: if the folder does not exist or cannot be written to, the disk is full, ...
    """
    on_chief(
        lambda: _write(checked_path(path), lambda: sealed(tensors, metadata), overwrite, previous)
    )


def write_keras(path: Path, content: bytes, overwrite: bool) -> None:
    """Write a file of Keras's, as `write` does one of ours.

    Args:
        path: ends as `is_keras_path` says.
        content: of the file.
        overwrite: False refuses to replace a file.

    Raises:
        OSError: as `write`.
    """
    on_chief(_write, checked_path(path, writing=False), lambda: content, overwrite)


def _write(
    path: str, content: Callable[[], bytes], overwrite: bool, previous: str | None = None
) -> None:
    target = os.path.realpath(path)
    if not overwrite and os.path.lexists(target):
        raise FileExistsError(f"{path!r} exists already, and overwrite=False was given")
    if not os.path.isdir(os.path.dirname(target)):
        folder = os.path.dirname(target)
        raise FileNotFoundError(
            f"there is no folder {folder!r} to write into. Create it first: os.makedirs({folder!r})"
        )
    atomic_files.replace(target, content(), previous)


def sealed(tensors: Mapping[str, Array], metadata: Mapping[str, str]) -> bytes:
    """Return the bytes of a file. The same contents give the same bytes.

    Raises:
        ValueError: for a dtype that the format does not have.
    """
    from safetensors.numpy import save

    for name, array in tensors.items():
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            raise ValueError(f"{name} has dtype {array.dtype}, which safetensors does not have")
    in_order = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    data = save(in_order, {"": ""})
    start = 8 + int.from_bytes(data[:8], "little")
    # safetensors has the metadata in another order in each process.
    fields = json.loads(data[8:start])
    fields["__metadata__"] = {**metadata, FORMAT_KEY: str(FORMAT), SEAL_KEY: UNSEALED}
    header = json.dumps(fields, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    whole = bytearray(len(header).to_bytes(8, "little") + header + data[start:])
    place = SEAL.search(whole)
    assert place is not None
    whole[slice(*place.span(1))] = hashlib.sha256(whole).hexdigest().encode()
    return bytes(whole)


# -- reading ---------------------------------------------------------------------------------------


def read(path: Path) -> Contents:
    """Read a file.

    Raises:
        ValueError, TypeError: as `checked_path`.
        ModelFileError: for a file that is damaged, of a later format, or no safetensors file.
        OSError: if there is no such file, or it cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    name = existing_file(path)
    try:
        with safe_open(name, framework="numpy") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except SafetensorError as error:
        raise ModelFileError(
            f"{name}: not a whole safetensors file; it is damaged, cut off, or of another kind "
            f"({error})"
        ) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelFileError(
            f"{name}: a tensor has a dtype or a shape that NumPy does not have ({error})"
        ) from None
    _require_intact(name, metadata)
    return Contents(tensors, metadata)


def existing_file(path: Path) -> str:
    """Return the path of a file to read as a string.

    Raises:
        ValueError, TypeError: as `checked_path`.
        OSError: if there is no such file, or it is no regular file.
    """
    name = checked_path(path, writing=False)
    if not stat.S_ISREG(os.stat(name).st_mode):  # a pipe would be waited for, /dev/zero never ends
        raise OSError(f"{name!r} is not a regular file")
    return name


def _require_intact(name: str, metadata: Mapping[str, str]) -> None:
    """Refuse a file whose seal does not match."""
    if FORMAT_KEY not in metadata and SEAL_KEY not in metadata:
        return
    version = metadata.get(FORMAT_KEY, "")
    if version.isascii() and version.isdigit() and int(version[:4]) > FORMAT:
        raise ModelFileError(
            f"{name}: it has format {version[:4]}, and this nn reads formats up to {FORMAT}. A "
            "later nn may read it"
        )
    if version != str(FORMAT) or _seal_of(name) != metadata.get(SEAL_KEY):
        raise ModelFileError(
            f"{name}: the file is damaged: it is not what was written, its SHA-256 differs. Take "
            "an earlier copy"
        )


def _seal_of(name: str) -> str:
    """Return the seal that a file should have."""
    with open(name, "rb") as file:
        length = file.read(8)
        header = file.read(int.from_bytes(length, "little"))
        digest = hashlib.sha256(length)
        digest.update(SEAL.sub(b'"%s":"%s"' % (SEAL_KEY.encode(), UNSEALED.encode()), header))
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()
