"""Class labels in targets, for class_weight and for checks of a split by position."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from nn._core.nest import only

Array = np.ndarray[Any, Any]


def labels_of(y: Any) -> Array | None:
    """Return the class of each sample, (samples,); None if the targets are not classes.

    Args:
        y: labels, (samples,) or (samples, 1), whole numbers; or one-hot rows, (samples, classes).

    >>> labels_of(np.array([[0.0, 1.0], [1.0, 0.0]])), labels_of(np.array([0.5, 1.5]))
    (array([1, 0]), None)
    """
    y = only(y)
    if not isinstance(y, np.ndarray) or y.ndim not in (1, 2):
        return None
    if y.ndim == 2 and y.shape[1] > 1:
        one_hot = bool(np.all((y == 0) | (y == 1)) and np.all(np.sum(y, axis=1) == 1))
        return np.argmax(y, axis=1) if one_hot else None
    flat: Array = np.reshape(y, -1)
    if flat.dtype.kind != "f":
        return flat.astype(np.int64)
    return flat.astype(np.int64) if bool(np.all(flat == np.floor(flat))) else None


def weights_by_class(y: Any, class_weight: Mapping[int, float], dtype: Any) -> Array:
    """Return the weight of each sample's class, 1 for a class that is not named.

    Raises:
        TypeError: if class_weight is not a dict from labels to numbers.
        ValueError: if the targets are not classes.
    """
    if not isinstance(class_weight, Mapping):
        raise TypeError(
            f"class_weight is a dict from a label to its weight, {{0: 1.0, 1: 5.0}}; got "
            f"{type(class_weight).__name__}"
        )
    labels = labels_of(y)
    if labels is None:
        raise ValueError(
            "class_weight needs targets that are classes: labels (samples,), or one-hot rows. For "
            "other targets give sample_weight, an array (samples,)"
        )
    weights = np.ones(len(labels), dtype)
    for label, weight in class_weight.items():
        weights[labels == label] = weight
    return weights


def check_classes_occur(y: Any, class_weight: Mapping[int, float]) -> None:
    """Refuse the weight of a class that no sample has.

    Raises:
        ValueError: names the class, and the existing ones.
    """
    labels = labels_of(y)
    for label in class_weight:
        if labels is not None and not np.any(labels == label):
            raise ValueError(
                f"class_weight names the class {label!r}, which does not occur in y; there are "
                f"{np.unique(labels).tolist()}"
            )


def warn_if_sorted(y: Any, kept: int) -> None:
    """Warn if the samples are sorted by class, so that the last ones differ from the others.

    Args:
        y: all targets.
        kept: the number of samples before the split.
    """
    labels = labels_of(y)
    if labels is None:
        return
    runs = 1 + int(np.count_nonzero(labels[1:] != labels[:-1]))
    classes = len(np.unique(labels))
    if not (1 < classes == runs <= len(labels) // 2):
        return
    held_out = np.unique(labels[kept:]).tolist()
    warnings.warn(
        f"y is sorted by class, and validation_split takes the last samples: only class"
        f"{'es' if len(held_out) > 1 else ''} {', '.join(map(str, held_out))}. What is measured on "
        "them means little. Shuffle first, order = np.random.default_rng(0).permutation(len(X)), "
        "X[order] and y[order], or use nn.datasets.train_test_split(X, y, stratify=True)",
        UserWarning,
        stacklevel=4,
    )
