"""SparseRows: a sparse matrix of SciPy, of which a batch becomes an array when it is needed."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def is_sparse(value: Any) -> bool:
    """Return if a value is a sparse matrix, which can be read row by row."""
    return hasattr(value, "tocsr") and hasattr(value, "toarray")


class SparseRows:
    """The rows of a sparse matrix, (samples, features).

    Args:
        matrix: of SciPy, in any format. Its numbers are checked, its shape is that of an array.
        name: its name in messages.
        dtype: floating numbers are cast to it.

    Raises:
        TypeError: for complex numbers and objects.
        ValueError: for another number of axes, for indices beyond the shape, which SciPy does not
            check, for NaN and infinities, and for numbers too large for `dtype`.
    """

    def __init__(self, matrix: Any, name: str, dtype: np.dtype[Any]) -> None:
        if len(matrix.shape) != 2:
            raise ValueError(
                f"{name} is a sparse array of shape {matrix.shape}; only those of two axes are "
                f"made arrays batch by batch. Give {name}.toarray()"
            )
        rows = matrix.tocsr()
        try:
            rows.check_format(full_check=True)
        except ValueError as error:
            raise ValueError(f"{name} is a broken sparse matrix: {error}") from None
        if rows.dtype.kind not in "fiub":
            raise TypeError(f"{name} has dtype {rows.dtype}; a network computes with real numbers")
        if rows.dtype.kind == "f":
            with np.errstate(over="ignore"):
                rows = rows.astype(dtype)
        if not np.isfinite(rows.data).all():
            row, column = (int(i[0]) for i in _at(rows, ~np.isfinite(rows.data)))
            raise ValueError(
                f"{name} has a value in row {row}, column {column} that is NaN, infinite or too "
                f"large for {dtype}. Leave such samples out, or scale the data"
            )
        self._rows = rows
        self.shape: tuple[int, ...] = rows.shape
        self.ndim = len(rows.shape)
        self.size = int(np.prod(rows.shape))
        self.dtype: np.dtype[Any] = rows.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> SparseRows:
        part = object.__new__(SparseRows)
        part.__dict__.update(self.__dict__, _rows=self._rows[rows])
        part.shape = part._rows.shape
        return part

    def toarray(self) -> Array:
        """Return all rows as an array; by this method `is_array` knows it for one."""
        return self.dense(slice(None))

    def dense(self, rows: Any) -> Array:
        """Return some rows as an array."""
        made: Array = self._rows[rows].toarray()
        return made


def _at(rows: Any, chosen: Array) -> tuple[Array, Array]:
    """Return the rows and the columns of some of the numbers stored."""
    places = np.flatnonzero(chosen)
    return np.searchsorted(rows.indptr, places, side="right") - 1, rows.indices[places]
