"""Table: a user's CSV file, and the points in three of its columns."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nn.playground.settings import MAX_CLASSES, SettingError

MAX_CHARACTERS = 2_000_000
MAX_ROWS = 5000
DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Table:
    """The cells of a CSV file, as text.

    Attributes:
        name: the file's name.
        delimiter: what stands between its cells.
        header: the names of the columns, from the first row; None if that holds data.
        rows: all other rows that are not blank, of equal length.
    """

    name: str
    delimiter: str
    header: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.rows[0])

    def column_name(self, column: int) -> str:
        """Return the name of a column."""
        name = self.header[column].strip() if self.header else ""
        return name or f"column {column + 1}"

    def points(
        self, columns: tuple[int, ...]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
        """Two columns of numbers as X (n, 2), one of labels as y (n,); and the labels' names.

        Args:
            columns: the positions of x1, x2 and the class; () for the first two and the last.

        Raises:
            SettingError: for columns that do not exist, cells that are no finite numbers, a column
                of one value only, and too few or too many classes.
        """
        first, second, label = self._checked(columns)
        X = np.array([self._numbers(first), self._numbers(second)]).T
        texts = [row[label].strip() for row in self.rows]
        self._check_classes(texts, label)
        names, y = np.unique(texts, return_inverse=True)
        return X, y.astype(np.int64), [str(name) for name in names]

    def _checked(self, columns: tuple[int, ...]) -> tuple[int, int, int]:
        chosen = columns or (0, 1, self.width - 1)
        if len(chosen) != 3 or max(chosen) >= self.width:
            raise _refused(
                f"x1, x2 and the class are three columns, 0 to {self.width - 1} in {self.name!r}; "
                f"got {list(chosen)}"
            )
        if len(set(chosen)) < 3:
            raise _refused("x1, x2 and the class are the same column: choose three different ones")
        first, second, label = chosen
        return first, second, label

    def _numbers(self, column: int) -> list[float]:
        numbers = [self._number(row, column) for row in range(len(self.rows))]
        if max(numbers) == min(numbers):
            raise _refused(
                f"{self.column_name(column)!r} is {numbers[0]:g} in all rows: there is nothing to "
                "learn from it. Choose another column"
            )
        return numbers

    def _number(self, row: int, column: int) -> float:
        text = self.rows[row][column].strip()
        where = f"row {row + 1}, {self.column_name(column)!r}"
        if not text:
            raise _refused(f"{where} is empty. Leave such rows out, or fill them in")
        try:
            number = float(text)
        except ValueError:
            raise _refused(
                f"{where}: {text[:40]!r} is no number. Choose two columns of numbers for x1 and x2"
            ) from None
        if not math.isfinite(number) or abs(number) > 1e30:
            raise _refused(f"{where} is {text[:40]}. Leave such rows out, or fill them in")
        return number

    def _check_classes(self, labels: list[str], column: int) -> None:
        counts = Counter(labels)
        name = self.column_name(column)
        if "" in counts:
            raise _refused(f"row {labels.index('') + 1}, {name!r} is empty: it has no class")
        if len(counts) == 1:
            raise _refused(
                f"all rows are of one class: {name!r} is always {labels[0][:40]!r}. There is "
                "nothing to tell apart: choose another column for the class"
            )
        if len(counts) > MAX_CLASSES:
            raise _refused(
                f"{name!r} has {len(counts)} different values; the playground shows 2 to "
                f"{MAX_CLASSES} classes. Choose the column that holds the class"
            )


def read_table(text: str, name: str) -> Table:
    r"""The table in the text of a CSV file; commas, semicolons or tabs separate its cells.

    The first row is taken for a header if none of its cells is a number.

    Raises:
        SettingError: for a file that is empty, too large, no text, or no table of three columns.

    Example:
        >>> read_table("x,y,kind\n1,2,a\n3,4,b\n", "points.csv").header
        ('x', 'y', 'kind')
    """
    if len(text) > MAX_CHARACTERS:
        raise _refused(
            f"{name!r} has {len(text) / 1e6:.0f} MB; the playground takes {MAX_CHARACTERS / 1e6:g} "
            f"MB, and {MAX_ROWS} rows"
        )
    if "\0" in text or "\ufffd" in text:
        raise _refused(f"{name!r} is no text in UTF-8. Save the table as CSV, with UTF-8")
    text = text.removeprefix("\ufeff")
    delimiter = _delimiter(text)
    rows = _rows(text, name, delimiter)
    header = rows.pop(0) if not any(map(_is_number, rows[0])) else None
    if not rows:
        raise _refused(f"{name!r} has a header, but no rows below it")
    return Table(name, delimiter, header, tuple(rows))


def _rows(text: str, name: str, delimiter: str) -> list[tuple[str, ...]]:
    """All rows but blank ones, if they make a table."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[str, ...]] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            rows.append(tuple(row))
            if len(rows[0]) != len(row):
                raise _refused(
                    f"line {reader.line_num} of {name!r} has {len(row)} columns, the first row "
                    f"has {len(rows[0])}"
                )
            if len(rows) > MAX_ROWS + 1:
                raise _refused(f"{name!r} has more than {MAX_ROWS} rows. Take a part of them")
    except csv.Error as error:
        raise _refused(f"line {reader.line_num} of {name!r} is not CSV: {error}") from None
    if not rows:
        raise _refused(f"{name!r} is empty")
    if len(rows[0]) < 3:
        raise _refused(
            f"{name!r} has {len(rows[0])} column{'s' * (len(rows[0]) > 1)}; the playground needs "
            "three: x1, x2 and the class, separated by commas, semicolons or tabs"
        )
    return rows


def _delimiter(text: str) -> str:
    """The separator that the first line has most of; a comma if none."""
    first_line = text.lstrip().partition("\n")[0]
    return max(DELIMITERS, key=first_line.count)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _refused(message: str) -> SettingError:
    return SettingError("csv", message)
