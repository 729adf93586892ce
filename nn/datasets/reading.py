"""Reading untrusted files within a size limit."""

from __future__ import annotations

import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

Path = str | os.PathLike[str]
GZIP = b"\x1f\x8b"


class DataFileError(ValueError):
    """A data file is damaged or of the wrong kind."""


def regular_file(path: Path) -> str:
    """The path as a string, if there is a file.

    Raises:
        TypeError: for what is no path.
        OSError: if there is none, or something else: a pipe would be waited for.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"a path is a string, 'data/train.gz' say; got {path!r}")
    name = os.fsdecode(path)
    if not stat.S_ISREG(os.stat(name).st_mode):
        raise OSError(f"{name!r} is not a regular file")
    return name


@contextmanager
def opened(path: Path, most_bytes: int) -> Iterator[BinaryIO]:
    """A file to read from, decompressed if it is gzip; whatever is wrong with it has one name.

    Args:
        path: of the file.
        most_bytes: what may be read from it, decompressed.

    Raises:
        DataFileError: in the block, for damaged compression, and beyond `most_bytes`.
        OSError, TypeError: as `regular_file`.
    """
    name = regular_file(path)
    with open(name, "rb") as file:
        compressed = file.read(2) == GZIP
        file.seek(0)
        content = gzip.GzipFile(fileobj=file) if compressed else file
        try:
            yield Limited(content, most_bytes)  # type: ignore[misc]
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise DataFileError(f"{name}: damaged or cut off: {error}") from None
        except DataFileError as error:
            raise DataFileError(f"{name}: {error}") from None


class Limited(io.RawIOBase):
    """A stream that refuses to give more than so many bytes.

    A compressed file of a megabyte can hold a gigabyte of zeros.

    Args:
        stream: what is read.
        most_bytes: the limit.
    """

    def __init__(self, stream: BinaryIO | gzip.GzipFile, most_bytes: int) -> None:
        self._stream = stream
        self._left = self._most = most_bytes

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, fewer only at the end.

        Raises:
            DataFileError: if that is beyond the limit.
        """
        wanted = self._left + 1 if size < 0 else size
        data = self._stream.read(min(wanted, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise DataFileError(f"it holds more than the {self._most} bytes that are allowed")
        return data

    def read_exactly(self, size: int, what: str) -> bytes:
        """So many bytes.

        Raises:
            DataFileError: if there are fewer; says what they were to be.
        """
        data = self.read(size)
        if len(data) < size:
            raise DataFileError(f"cut off: {what} takes {size} bytes, there are {len(data)}")
        return data
