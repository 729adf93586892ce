"""Safe reading of npz and tar archives, without pickle.

Python's `tarfile` has been made to loop for ever, and to take memory without bound, by archives
that were made for it. What is needed of the format here is little.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nn.datasets.reading import DataFileError, Limited, regular_file

if TYPE_CHECKING:
    import zipfile

BLOCK = 512
LONGEST_HEADER = 10_000  # characters of a npy file's


def npz_arrays(
    path: str | os.PathLike[str], most_bytes: Mapping[str, int]
) -> dict[str, NDArray[Any]]:
    """Read numeric arrays from an npz file.

    Args:
        path: of the file.
        most_bytes: the names of the arrays, and what each may take.

    Raises:
        DataFileError: for a file that is damaged or no npz file, lacks an array, or holds one that
            is too large, or of Python objects.
        OSError: if it cannot be read.
    """
    import zipfile

    name = regular_file(path)
    with open(name, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return {member: _npy(archive, member, most) for member, most in most_bytes.items()}
        except DataFileError as error:
            raise DataFileError(f"{name}: {error}") from None
        except KeyError as error:
            raise DataFileError(f"{name}: it lacks an array: {error}") from None
        except Exception as error:  # a damaged zip fails in a dozen ways, OSError among them
            raise DataFileError(f"{name}: damaged, or no npz file ({error!s:.200})") from None


def _npy(archive: zipfile.ZipFile, member: str, most_bytes: int) -> NDArray[Any]:
    info = archive.getinfo(f"{member}.npy")
    if info.file_size > most_bytes + LONGEST_HEADER:
        raise DataFileError(f"{member} takes {info.file_size} bytes, {most_bytes} are allowed")
    with archive.open(info) as file:
        version = npy.read_magic(file)
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, in_columns, dtype = read_header[version](file, max_header_size=LONGEST_HEADER)
        if dtype.kind not in "biuf":
            raise DataFileError(f"{member} has dtype {dtype}, which is no number")
        data = file.read(most_bytes + 1)
    if len(data) != math.prod(shape) * dtype.itemsize or len(data) > most_bytes:
        raise DataFileError(f"{member} has {len(data)} bytes, which is not shape {shape}, {dtype}")
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if in_columns else "C")
    return array.astype(dtype.newbyteorder("="), order="C")


def tar_files(stream: Limited, most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """The names and contents of the plain files in a tar archive, one after the other.

    Args:
        stream: of the archive.
        most_bytes: what one file may take; others are passed by.

    Raises:
        DataFileError: for an archive that is damaged or cut off, and beyond the stream's limit.
    """
    while True:
        header = stream.read_exactly(BLOCK, "a header of the archive")
        if not any(header):
            return
        if _octal(header[148:156]) != sum(header[:148]) + 8 * ord(" ") + sum(header[156:]):
            raise DataFileError("no tar archive, or a damaged one: a header's sum is wrong")
        name = header[:100].partition(b"\0")[0].decode("utf-8", "replace")
        size = _octal(header[124:136])
        padded = -(-size // BLOCK) * BLOCK
        is_plain = header[156:157] in (b"0", b"\0")
        if is_plain and size <= most_bytes:
            yield name, stream.read_exactly(padded, name)[:size]
            continue
        while padded:
            padded -= len(stream.read_exactly(min(padded, 2**20), name))


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0")
    if not digits.isdigit() or not set(digits) <= set(b"01234567"):
        raise DataFileError(f"no tar archive, or a damaged one: {field!r} is no octal number")
    return int(digits, 8)
