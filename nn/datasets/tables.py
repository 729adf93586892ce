"""Tables of numbers in text files, comma-separated."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn._core.identifiers import lookup
from nn.datasets.dataset import Dataset
from nn.datasets.reading import DataFileError, opened

MOST_BYTES = 2**28
MOST_COLUMNS = 10_000
LONGEST_CELL = 1000  # characters


def load_csv(
    path: str | os.PathLike[str],
    target: str | int = -1,
    *,
    separator: str = ",",
    most_bytes: int = MOST_BYTES,
) -> Dataset:
    r"""Read a table: a line of names, then a line of numbers for each sample.

    Args:
        path: of the file, in UTF-8, compressed with gzip or not.
        target: the column that is to be predicted, by name or by position; the last one unless
            given. It may hold words, which become labels 0, 1, ... in alphabetic order.
        separator: between two cells.
        most_bytes: what the file may take, 256 MB unless given.

    Returns:
        A Dataset. X: float32 (n, d), the other columns; y: (n,), float32, or int64 where all
        targets are whole numbers or words. `feature_names` and `target_names` are set.

    Raises:
        DataFileError: for an empty cell, a word among numbers, a line of another length, NaN or
            infinity; says in which line and column. It is a ValueError.
        ValueError: for an unknown target.
        OSError: if the file cannot be read.

    >>> import tempfile, os
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "flowers.csv")
    ...     with open(path, "w") as file:
    ...         _ = file.write("length,width,kind\n5.1,3.5,rose\n4.9,3.0,aster\n")
    ...     flowers = load_csv(path, target="kind")
    >>> flowers.feature_names, flowers.y.tolist(), flowers.target_names
    (('length', 'width'), [1, 0], ('aster', 'rose'))
    """
    with opened(path, most_bytes) as stream:
        try:
            text = stream.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DataFileError(f"no text in UTF-8: {error.reason} at byte {error.start}") from None
        rows = _rows(text, separator)
        names = next(rows, [])
        _check_names(names)
        column = _position(target, names)
        table = _Table(names, column)
        for number, row in enumerate(rows, start=2):
            table.add(number, row)
        return table.dataset()


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    if not isinstance(separator, str) or len(separator) != 1 or separator in '"\r\n':
        raise ValueError(f"separator is one character, ',' say; got {separator!r}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataFileError(f"line {reader.line_num} is no line of a table: {error}") from None
        if row:
            yield row


def _check_names(names: list[str]) -> None:
    if len(names) < 2:
        raise DataFileError("the first line names two columns or more: features, and a target")
    if len(names) > MOST_COLUMNS:
        raise DataFileError(f"more than {MOST_COLUMNS} columns")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataFileError(f"two columns have one name, {twice!r:.80}")
    if all(_number(name) is not None for name in names):
        raise DataFileError(
            f"the first line holds numbers, {', '.join(names)[:80]}: write a line of names above it"
        )


def _position(target: str | int, names: list[str]) -> int:
    if isinstance(target, str):
        return int(lookup("column", target, {name: i for i, name in enumerate(names)}))
    if isinstance(target, bool) or not isinstance(target, (int, np.integer)):
        raise TypeError(f"target is the name of a column, or its position; got {target!r}")
    if not -len(names) <= target < len(names):
        raise ValueError(f"target={target}: the table has {len(names)} columns")
    return int(target) % len(names)


class _Table:
    """Lines that are checked as they come."""

    def __init__(self, names: list[str], target: int) -> None:
        self._names, self._target = names, target
        self._X: list[list[float]] = []
        self._y: list[str] = []

    def add(self, line: int, row: list[str]) -> None:
        if len(row) != len(self._names):
            raise DataFileError(
                f"line {line} has {len(row)} cells, and there are {len(self._names)} columns"
            )
        self._y.append(row.pop(self._target).strip())
        if not self._y[-1] or len(self._y[-1]) > LONGEST_CELL:
            raise DataFileError(f"line {line} has no target, or one that is too long")
        values = [_number(cell) for cell in row]
        if None in values:
            features = [n for i, n in enumerate(self._names) if i != self._target]
            i = values.index(None)
            raise DataFileError(
                f"line {line}, column {features[i]!r:.80}: {row[i]!r:.80} is no finite number"
            )
        self._X.append([value for value in values if value is not None])

    def dataset(self) -> Dataset:
        if not self._X:
            raise DataFileError("the table has no line below the names")
        y, target_names = _targets(self._y)
        features = (name for i, name in enumerate(self._names) if i != self._target)
        with np.errstate(over="ignore"):
            X = np.array(self._X).astype(np.float32)
        if not np.isfinite(X).all():
            i, j = (int(place[0]) for place in np.nonzero(~np.isfinite(X)))
            raise DataFileError(f"sample {i}: {self._X[i][j]!r} is too large for float32")
        return Dataset((X, y), tuple(features), target_names)


def _targets(cells: list[str]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Labels or numbers, and what the labels are called."""
    values = [_number(cell) for cell in cells]
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        if numbers:
            i = values.index(None)
            raise DataFileError(f"the targets are numbers, but sample {i} has {cells[i]!r:.80}")
        words, labels = np.unique(np.array(cells), return_inverse=True)
        return labels.astype(np.int64), tuple(words.tolist())
    if all(value.is_integer() and abs(value) < 2**53 for value in numbers):
        return np.array(numbers).astype(np.int64), ()
    with np.errstate(over="ignore"):
        y = np.array(numbers).astype(np.float32)
    if not np.isfinite(y).all():
        raise DataFileError("a target is too large for float32")
    return y, ()


def _number(cell: str) -> float | None:
    """The finite number that a cell holds; None if it holds none."""
    if len(cell) > LONGEST_CELL or "_" in cell:  # Python reads 1_000
        return None
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
