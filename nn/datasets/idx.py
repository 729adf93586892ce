"""IDX files, in which MNIST and its relatives come: one array, its type and its shape before it."""

from __future__ import annotations

import math
import os
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.datasets.reading import DataFileError, Limited, opened

DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST_AXES = 64  # of a NumPy array
MOST_BYTES = 2**30


def load_idx(path: str | os.PathLike[str], most_bytes: int = MOST_BYTES) -> NDArray[Any]:
    """Read an IDX file, compressed with gzip or not.

    Args:
        path: of the file.
        most_bytes: what the array may take, a gigabyte unless given. The file says how large it
            is, and says so before its first number.

    Returns:
        A new array of the type and shape that the file says, in the byte order of this machine.

    Raises:
        DataFileError: for a file that is damaged, cut off, too large or no IDX file; a ValueError.
        OSError: if it cannot be read.

    Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database, "File formats".

    >>> import tempfile, os
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "three.idx")
    ...     with open(path, "wb") as file:
    ...         _ = file.write(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
    ...     load_idx(path)
    array([7, 8, 9], dtype=uint8)
    """
    header = 4 + 4 * MOST_AXES
    with opened(path, most_bytes + header) as stream:
        assert isinstance(stream, Limited)
        return _array(stream, most_bytes)


def _array(stream: Limited, most_bytes: int) -> NDArray[Any]:
    zero, code, axes = struct.unpack(">HBB", stream.read_exactly(4, "the start of an IDX file"))
    if zero != 0 or code not in DTYPES or axes > MOST_AXES:
        raise DataFileError("no IDX file: it does not begin with two zeros and a type of number")
    shape = struct.unpack(f">{axes}I", stream.read_exactly(4 * axes, "its shape"))
    dtype = np.dtype(DTYPES[code])
    size = math.prod(shape) * dtype.itemsize
    if size > most_bytes:
        raise DataFileError(
            f"it says that it holds an array of shape {shape}, which takes {size} bytes, and "
            f"most_bytes={most_bytes} are allowed"
        )
    data = stream.read_exactly(size, f"an array of shape {shape}")
    if stream.read(1):
        raise DataFileError(f"there is something behind its array of shape {shape}")
    try:
        array = np.frombuffer(data, dtype).reshape(shape)
    except ValueError as error:  # empty, with axes whose product no array can have
        raise DataFileError(f"no array has the shape {shape}: {error}") from None
    return array.astype(dtype.newbyteorder("="))
