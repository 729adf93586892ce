"""Labels and vectors prepared for training."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["normalize", "to_categorical"]


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray[Any, Any]:
    """Return labels one-hot: 1 in the column of the label, else 0.

    Args:
        x: labels, whole numbers from 0, of any shape; a last axis of length 1 goes.
        num_classes: the number of columns; by default the largest label plus 1.

    Returns:
        float64 (as in Keras) of the shape of x and (num_classes,).

    Raises:
        ValueError: for labels that are not whole numbers from 0 to num_classes - 1.

    Example:
        >>> to_categorical([0, 2])
        array([[1., 0., 0.],
               [0., 0., 1.]])
    """
    given = np.asarray(x)
    labels = given.astype(np.intp) if given.dtype.kind in "iubf" else None
    if labels is None or (labels != given).any() or labels.min(initial=0) < 0:
        raise ValueError(f"labels are whole numbers from 0 up, got {_sample(given)}")
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    classes = int(labels.max(initial=-1)) + 1 if num_classes is None else int(num_classes)
    if labels.max(initial=-1) >= classes:
        raise ValueError(
            f"there is a label {labels.max()}, but num_classes={num_classes}: labels begin with 0"
        )
    return np.eye(classes)[labels]


def _sample(values: Any) -> str:
    return np.array2string(values.reshape(-1)[:5], threshold=5)


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray[Any, Any]:
    """Return an array divided by its norm along an axis; where that is 0 it stays.

    Args:
        x: an array.
        axis: along which the norm is computed.
        order: of the norm; 2 for Euclid's.

    Example:
        >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]]))
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    array = np.atleast_1d(np.asarray(x))
    norm = np.atleast_1d(np.linalg.norm(array, order, axis, keepdims=True))
    return array / np.where(norm == 0, 1, norm)
