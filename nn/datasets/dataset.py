"""Dataset: the pair ``(X, y)`` that a loader returns, and the names of its columns and classes."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


class Dataset(tuple[NDArray[Any], NDArray[Any]]):
    """A plain tuple ``(X, y)`` that also knows its names, for the labels of a plot.

    ``X`` is float32 of shape (n_samples, n_features), or uint8 images (n_samples, height, width)
    or (n_samples, height, width, 3); ``y`` has shape (n_samples,), int64 labels or float32 values.
    ``feature_names`` has one name a column of ``X``, and is empty for images; ``target_names[k]``
    is what label ``k`` means, and is empty for a regression.

    >>> from nn.datasets import load_iris
    >>> X, y = load_iris()
    >>> iris = load_iris()
    >>> iris.X.shape, iris.target_names[iris.y[0]]
    ((150, 4), 'setosa')
    """

    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]

    # It is a tuple, not a record of four fields, so that `X, y = load_iris()`, `load_iris()[0]`
    # and `train_test_split(*load_iris())` all do what they would do with a bare pair.
    def __new__(
        cls,
        pair: tuple[NDArray[Any], NDArray[Any]],
        feature_names: tuple[str, ...] = (),
        target_names: tuple[str, ...] = (),
    ) -> Dataset:
        """Make one from ``(X, y)``; the names are kept untouched."""
        self = super().__new__(cls, pair)
        self.feature_names = feature_names
        self.target_names = target_names
        return self

    @property
    def X(self) -> NDArray[Any]:
        """The inputs, (n_samples, n_features), or images."""
        return self[0]

    @property
    def y(self) -> NDArray[Any]:
        """The targets, (n_samples,)."""
        return self[1]

    def __repr__(self) -> str:
        """Shapes and class names: ten thousand numbers tell a reader nothing."""
        classes = f", classes: {', '.join(self.target_names)}" if self.target_names else ""
        return (
            f"Dataset(X: {self.X.shape} {self.X.dtype}, y: {self.y.shape} {self.y.dtype}{classes})"
        )
