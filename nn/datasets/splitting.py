"""train_test_split: hold out part of the samples for testing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
Indices = NDArray[np.intp]


def train_test_split(
    X: ArrayLike,
    y: ArrayLike,
    test_size: float = 0.2,
    seed: int | None = 0,
    stratify: bool = False,
) -> tuple[Array, Array, Array, Array]:
    """Shuffle samples and split them in two: ``X_train, X_test, y_train, y_test``, fresh arrays.

    Args:
        X: array of any shape and dtype whose first axis counts the samples.
        y: array with as many samples on its first axis.
        test_size: the fraction of samples in the test part, between 0 and 1, rounded to whole
            samples.
        seed: the same seed gives the same split; None gives a new one at each call.
        stratify: keep the proportion of each class in both parts, with at least one sample of
            each. A class is a value of ``y``, or a row of it where y is one-hot or (n, 1).

    Raises:
        ValueError: if the lengths differ, test_size is not a fraction, a part would be empty, or
            (when stratifying) a class has a single sample.

    The names and the order of the results are those of scikit-learn's function.

    >>> X, y = np.arange(20).reshape(10, 2), np.array([0, 1] * 5)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, stratify=True)
    >>> X_train.shape, np.bincount(y_test).tolist()
    ((6, 2), [2, 2])
    """
    inputs, targets = np.asarray(X), np.asarray(y)
    _check_lengths(inputs, targets)
    _check_test_size(test_size, len(inputs))
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(inputs))
    if stratify:
        train, test = _cut_each_class(order, targets, test_size)
        train, test = rng.permutation(train), rng.permutation(test)  # they come class by class
    else:
        test, train = np.split(order, [round(len(order) * test_size)])
    return inputs[train], inputs[test], targets[train], targets[test]


def _cut_each_class(order: Indices, y: Array, test_size: float) -> tuple[Indices, Indices]:
    """Deal every class's samples, in the order given, to (train, test)."""
    classes, label, counts = np.unique(
        y, axis=None if y.ndim == 1 else 0, return_inverse=True, return_counts=True
    )
    _check_counts(classes, counts)
    by_class = order[np.argsort(label.reshape(-1)[order], kind="stable")]
    # Rounding the running total, not each class, keeps the sum right: ten classes with 0.4 of a
    # sample each give 4 test samples, not none.
    running_total = np.round(np.cumsum(counts) * test_size).astype(np.intp)
    n_test = np.clip(np.diff(running_total, prepend=0), 1, counts - 1)
    members = np.split(by_class, np.cumsum(counts)[:-1])
    test = [samples[:n] for samples, n in zip(members, n_test, strict=True)]
    train = [samples[n:] for samples, n in zip(members, n_test, strict=True)]
    return np.concatenate(train), np.concatenate(test)


def _check_lengths(X: Array, y: Array) -> None:
    if X.ndim == 0 or y.ndim == 0:
        raise ValueError(f"X and y need a first axis of samples, got shapes {X.shape}, {y.shape}.")
    if len(X) != len(y):
        raise ValueError(
            f"X and y must have one row a sample: X has {len(X)} (shape {X.shape}), y has "
            f"{len(y)} (shape {y.shape})."
        )


def _check_test_size(test_size: float, n_samples: int) -> None:
    if not 0 < test_size < 1:
        count = f" For {test_size} samples write test_size={test_size}/{n_samples}."
        raise ValueError(
            f"test_size is a fraction, between 0 and 1, got {test_size!r}."
            + (count if 1 <= test_size < n_samples else "")
        )
    n_test = round(n_samples * test_size)
    if not 0 < n_test < n_samples:
        part = "test" if n_test == 0 else "training"
        raise ValueError(
            f"test_size={test_size} of {n_samples} samples leaves the {part} part empty: take "
            "another test_size, or more samples."
        )


def _check_counts(classes: Array, counts: NDArray[np.intp]) -> None:
    if counts.min() > 1:
        return
    lonely = classes[counts.argmin()]
    raise ValueError(
        f"stratify=True puts every class in both parts, which takes 2 samples of each: class "
        f"{lonely.tolist()!r} has 1. Leave that class out, or leave stratify out"
        f"{' (as you must if y is not labels)' if classes.dtype.kind == 'f' else ''}."
    )
