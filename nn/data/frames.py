"""Data frames: columns of numbers as one array, and errors that name the column.

pandas, polars and kin are known by what they share: ``columns``, ``frame[name]``, ``to_numpy``.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def is_tabular(value: Any) -> bool:
    """Return if a value is a data frame, or a series, a column of one."""
    kind = type(value)
    return hasattr(kind, "to_numpy") and (
        hasattr(kind, "columns") or len(getattr(value, "shape", ())) == 1
    )


def names_of(value: Any) -> tuple[Any, ...] | None:
    """Return the names of a frame's columns; None for anything else.

    >>> names_of(np.ones(3))
    """
    is_frame = is_tabular(value) and hasattr(value, "columns")
    return tuple(value.columns) if is_frame else None


def names_to_keep(x: Any, validation_data: Any) -> tuple[Any, ...] | None:
    """Return the names of the columns that a model is trained on; None if x is no frame.

    Raises:
        ValueError: if the validation data have others.
    """
    names = names_of(x)
    if isinstance(validation_data, (list, tuple)) and validation_data:
        require_same_columns(validation_data[0], names, "X in validation_data")
    return names


def require_same_columns(x: Any, known: tuple[Any, ...] | None, name: str = "X") -> None:
    """Refuse a frame whose columns are not those that the model was trained on.

    Raises:
        ValueError: for other names, and for another order.
    """
    given = names_of(x)
    if given is None or known is None or given == known:
        return
    if sorted(map(str, given)) == sorted(map(str, known)):
        raise ValueError(
            f"the columns of {name} are {_list(given)}; the model was trained on the same in "
            f"another order: give {name}[{_list(known)}]"
        )
    raise ValueError(
        f"the columns of {name} are {_list(given)}, but the model was trained on {_list(known)}. "
        f"Select those, or give {name}.to_numpy() if they mean the same"
    )


def warn_of_other_rows(x: Any, y: Any) -> None:
    """Warn if the rows of x and y have the same labels in another order: they are paired by
    position, as everywhere in this field.
    """
    of_x, of_y = _row_labels(x), _row_labels(y)
    if of_x is None or of_y is None or of_x.equals(of_y) or not of_x.is_unique:
        return
    if of_x.sort_values().equals(of_y.sort_values()):
        warnings.warn(
            "X and y have the same row labels in another order, and row i of y is taken for row i "
            "of X. If the labels tell which belong together, give y.loc[X.index]; if not, "
            "y.to_numpy()",
            stacklevel=3,
        )


def _row_labels(value: Any) -> Any:
    """The index of a frame or series of pandas; polars has none."""
    index = getattr(value, "index", None) if is_tabular(value) else None
    return index if hasattr(index, "sort_values") else None


def _list(names: tuple[Any, ...]) -> str:
    shown = ", ".join(map(repr, names[:20]))
    return f"[{shown}{', ...' if len(names) > 20 else ''}]"


def frame_array(value: Any, name: str) -> Array:
    """Convert a frame (samples, columns) or a series (samples,) to an array of numbers.

    Args:
        value: a frame or a series.
        name: its name in messages.

    Raises:
        TypeError: for text, categories, dates and objects, with the column and what to write.
        ValueError: for missing values, likewise.
    """
    names = names_of(value)
    if names is None:
        label = getattr(value, "name", None)
        return _numbers(value, name, f"{name}" if label in (None, "") else f"{name} ({label!r})")
    if len(set(names)) < len(names) or not names:
        return np.asarray(value)  # columns cannot be told apart by name
    return np.column_stack([_numbers(value[n], name, f"column {n!r} of {name}", n) for n in names])


def _numbers(column: Any, name: str, what: str, label: Any = None) -> Array:
    """Return a column as an array, of which nothing is missing."""
    array = np.asarray(column)
    kind = array.dtype.kind
    if kind == "O":
        array = _of_objects(array, column, name, what, label)
    elif kind in "mM":
        part = f"{name}[{label!r}]" if label is not None else name
        days = "total_days()" if hasattr(column, "to_physical") else "days"
        raise TypeError(
            f"{what} holds {'dates' if kind == 'M' else 'durations'} ({column.dtype}); a network "
            f"computes with numbers. Make days of them: ({part} - {part}.min()).dt.{days}"
        )
    elif kind not in "fiub":
        raise TypeError(_of_text(array.tolist()[0], 0, column, name, what, label))
    missing = ~np.isfinite(array)
    if missing.any():
        raise ValueError(_missing(array, missing, column, name, what, label))
    return array


def _of_objects(array: Array, column: Any, name: str, what: str, label: Any) -> Array:
    """Return a column of Python objects as floating numbers, NaN where one is missing."""
    for row, element in enumerate(array.tolist()):
        lacks = element is None or type(element).__name__ in ("NAType", "NaTType")
        if not lacks and not isinstance(element, (int, float, np.number)):
            raise TypeError(_of_text(element, row, column, name, what, label))
    return np.array([float(x) if isinstance(x, (int, float, np.number)) else np.nan for x in array])


def _of_text(element: Any, row: int, column: Any, name: str, what: str, label: Any) -> str:
    """Return the message for what is no number."""
    if not isinstance(element, (str, bytes)):
        part = f"{name}[{label!r}]" if label is not None else name
        plain = "cast(float)" if hasattr(column, "to_physical") else "astype(float)"
        advice = (
            f"Write {part}.{plain}"
            if hasattr(element, "__float__")
            else "Make a column of each number in them"
        )
        return (
            f"{what} holds objects ({column.dtype}; {element!r:.40} in row {row}); a network "
            f"computes with numbers. {advice}"
        )
    found = f"{what} holds text ({element!r:.40} in row {row}); a network computes with numbers. "
    if label is None:
        return found + (
            f"For categories take their positions: names, {name} = np.unique({name}, "
            "return_inverse=True)"
        )
    if hasattr(column, "to_physical"):  # polars
        one_hot, codes = f"{name}.to_dummies({label!r})", "cast(polars.Categorical).to_physical()"
    else:
        one_hot = f"pandas.get_dummies({name}, columns=[{label!r}])"
        codes = "astype('category').cat.codes"
    return found + (
        f"For categories make a column of each: {one_hot}; or take their positions, for an "
        f"Embedding: {name}[{label!r}].{codes}. Words of texts become numbers by "
        "nn.layers.TextVectorization()"
    )


def _missing(array: Array, missing: Array, column: Any, name: str, what: str, label: Any) -> str:
    """Return the message for missing values."""
    count, row = int(np.count_nonzero(missing)), int(np.argmax(missing))
    if hasattr(column, "to_physical"):  # polars
        fill = f"{name}.fill_nan(None).fill_null(strategy='mean')"
        drop = f"{name}.fill_nan(None).drop_nulls()"
    else:
        of_column = f"{{{label!r}: {name}[{label!r}].mean()}}" if label is not None else "0"
        fill, drop = f"{name}.fillna({of_column})", f"{name}.dropna()"
    values = "value that is" if count == 1 else "values that are"
    return (
        f"{what} has {count} {values} missing or infinite, the first ({array[row]}) in row {row}. "
        f"A single one turns the loss into NaN. Fill them in, {fill} say, or leave such samples "
        f"out of X and y: {drop}"
    )
