"""Training points: generated from a seed, drawn by hand, or read from a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.datasets import train_test_split
from nn.playground import recipe
from nn.playground.settings import DATA, SettingError, Settings
from nn.playground.table import Table

Array = NDArray[Any]

CANVAS = 3.0  # the page lets points be drawn from -3 to 3 in both directions
MARGIN = 1.1
PREVIEWED = 90

Feature = Callable[[Array, Array], Array]
# How each feature is computed of the columns x1 and x2, and how that is written.
FORMULAS: dict[str, tuple[Feature, str]] = {
    "x1": (lambda x1, x2: x1, "x1"),
    "x2": (lambda x1, x2: x2, "x2"),
    "x1²": (lambda x1, x2: x1**2, "x1**2"),
    "x2²": (lambda x1, x2: x2**2, "x2**2"),
    "x1·x2": (lambda x1, x2: x1 * x2, "x1 * x2"),
    "sin 2x1": (lambda x1, x2: np.sin(2 * x1), "np.sin(2 * x1)"),
    "sin 2x2": (lambda x1, x2: np.sin(2 * x2), "np.sin(2 * x2)"),
}


@dataclass(frozen=True)
class Data:
    """Points in the plane and their classes, split into train and test.

    Attributes:
        X_train, X_test: (n, 2), as they are drawn.
        y_train, y_test: (n,), classes from 0.
        axes: what x1 and x2 are called.
        classes: what the classes are called.
        reach: the plane is shown from -reach to reach.
    """

    X_train: Array
    X_test: Array
    y_train: Array
    y_test: Array
    axes: list[str]
    classes: list[str]
    reach: float


def load(settings: Settings, table: Table | None) -> Data:
    """Load the points of the settings.

    Args:
        settings: as the page has sent them.
        table: the latest CSV file, if there was one.

    Raises:
        SettingError: for points that cannot be learned from.
    """
    axes = ["x1", "x2"]
    if settings.data == "points":
        X, y, classes = _drawn(settings)
    elif settings.data == "csv":
        if table is None:
            raise SettingError(
                "csv", "choose a CSV file: two columns of numbers, and one of classes"
            )
        X, y, classes = table.points(settings.columns)
        axes = [table.column_name(column) for column in (settings.columns or (0, 1))[:2]]
        X = standardized(X)
    else:
        X, y = recipe.generator(settings).make()
        X = standardized(X)
        classes = [str(label) for label in range(int(y.max()) + 1)]
    _check_sizes(y, classes)
    parts = train_test_split(X, y, settings.test_share, seed=settings.seed, stratify=True)
    reach = CANVAS if settings.data == "points" else float(np.abs(X).max()) * MARGIN
    return Data(*parts, axes, classes, reach)


def previews() -> dict[str, list[list[float]]]:
    """A few points of each kind of data that is drawn from a seed, scaled to lie in -1 to 1."""
    return {name: _preview(name) for name in DATA if name not in ("points", "csv")}


def _preview(name: str) -> list[list[float]]:
    classes = 2 if name == "spiral" else 3
    settings = Settings(data=name, samples=PREVIEWED, classes=classes, noise=0.05)
    data = load(settings, None)
    X = np.concatenate([data.X_train, data.X_test]) / data.reach
    y = np.concatenate([data.y_train, data.y_test])
    return [[float(x1), float(x2), int(c)] for (x1, x2), c in zip(X.round(2), y, strict=True)]


def standardized(X: Array) -> Array:
    """Standardize each column."""
    scaled: Array = (X - X.mean(axis=0)) / X.std(axis=0)
    return scaled


def features(X: Array, names: tuple[str, ...]) -> Array:
    """Compute the network's inputs from points (n, 2): one column for each feature."""
    return np.column_stack([FORMULAS[name][0](X[:, 0], X[:, 1]) for name in names])


def one_hot(y: Array, classes: int) -> Array:
    """Encode labels as one-hot rows."""
    return np.eye(classes, dtype=np.float32)[y]


def _drawn(settings: Settings) -> tuple[Array, Array, list[str]]:
    """Points drawn with the mouse; classes without a point are left out."""
    if not settings.points:
        raise SettingError("points", "click into the output to draw points of at least two classes")
    drawn = np.array(settings.points)
    labels, y = np.unique(drawn[:, 2].astype(np.int64), return_inverse=True)
    return drawn[:, :2], y.astype(np.int64), [str(label) for label in labels]


def _check_sizes(y: Array, classes: list[str]) -> None:
    if len(classes) < 2:
        raise SettingError("points", "all points are of one class: draw some of another one too")
    counts = np.bincount(y)
    if counts.min() < 2:
        lonely = classes[int(counts.argmin())]
        raise SettingError(
            "points",
            f"class {lonely!r} has a single point; one is needed to train on, and one to test on",
        )
