"""Points in the plane, drawn from a seed: the shapes that show what a model can separate.

Every generator returns ``X`` float32 (n_samples, 2) and ``y`` int64 (n_samples,), shuffled, with
classes as equal in size as ``n_samples`` allows. The same arguments give the same points;
``seed=None`` gives new ones at each call.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float32]
Labels = NDArray[np.int64]

_BLOB_CIRCLE_RADIUS = 5.0
_SPIRAL_START = 0.1


def make_circles(
    n_samples: int = 200, *, noise: float = 0.1, seed: int | None = 0, factor: float = 0.5
) -> tuple[Points, Labels]:
    """Draw a circle inside a circle: no straight line separates them, a hidden layer does.

    Class 0 lies on the circle of radius 1, class 1 on that of radius ``factor`` (between 0 and
    1), both around the origin. ``noise`` is the standard deviation added to each coordinate.
    Raises ValueError for numbers out of range.

    >>> X, y = make_circles(100, noise=0)
    >>> bool(np.allclose(np.hypot(*X[y == 1].T), 0.5))
    True
    """
    if not 0 < factor < 1:
        raise ValueError(
            f"factor is the inner circle's radius, the outer one's being 1: it must lie between "
            f"0 and 1, got {factor!r}."
        )
    rng, y = _begin(n_samples, noise, seed, n_classes=2)
    radius = np.where(y == 0, 1.0, factor)
    return _polar(radius, rng.uniform(0, 2 * np.pi, n_samples), noise, rng), y


def make_moons(
    n_samples: int = 200, *, noise: float = 0.1, seed: int | None = 0
) -> tuple[Points, Labels]:
    """Draw two half circles of radius 1 that reach into each other.

    Class 0 is the upper half of the circle around (0, 0); class 1 is the lower half of the one
    around (1, 0.5). ``noise`` is the standard deviation added to each coordinate.
    Raises ValueError for numbers out of range.

    >>> X, y = make_moons(100, noise=0)
    >>> X.shape, bool(np.all(X[y == 0, 1] >= 0))
    ((100, 2), True)
    """
    rng, y = _begin(n_samples, noise, seed, n_classes=2)
    angle = rng.uniform(0, np.pi, n_samples) + np.pi * y
    center = np.outer(y, [1.0, 0.5])
    return _add_noise(center + np.stack([np.cos(angle), np.sin(angle)], axis=1), noise, rng), y


def make_blobs(
    n_samples: int = 200,
    *,
    spread: float = 1.0,
    seed: int | None = 0,
    centers: int | ArrayLike = 3,
) -> tuple[Points, Labels]:
    """Draw round clouds of points, one a class.

    ``centers`` is how many, spaced evenly on the circle of radius 5; or the centers themselves,
    (n_classes, d), and then X is (n_samples, d). ``spread`` is each cloud's standard deviation.
    Raises ValueError for numbers or shapes out of range.

    >>> X, y = make_blobs(90, spread=0.5, centers=[[0, 0], [4, 4], [0, 4]])
    >>> np.bincount(y).tolist()
    [30, 30, 30]
    """
    middle = _blob_centers(centers)
    rng, y = _begin(n_samples, spread, seed, n_classes=len(middle), noise_name="spread")
    return _add_noise(middle[y], spread, rng), y


def make_xor(
    n_samples: int = 200, *, noise: float = 0.1, seed: int | None = 0
) -> tuple[Points, Labels]:
    """Draw the four quadrants of a square: the problem that one neuron cannot solve.

    Points are uniform in [-1, 1]^2; class 1 where the coordinates' signs differ, else class 0.
    ``noise`` is the standard deviation added to each coordinate, after labelling.
    Raises ValueError for numbers out of range.

    Source: M. Minsky and S. Papert, Perceptrons, 1969.

    >>> X, y = make_xor(100, noise=0)
    >>> bool(np.all((X[:, 0] * X[:, 1] < 0) == (y == 1)))
    True
    """
    rng, y = _begin(n_samples, noise, seed, n_classes=2)
    sign = rng.choice([-1.0, 1.0], n_samples)
    signs = np.stack([sign, np.where(y == 1, -sign, sign)], axis=1)
    return _add_noise(signs * rng.uniform(0, 1, (n_samples, 2)), noise, rng), y


def make_spirals(
    n_samples: int = 200,
    *,
    noise: float = 0.02,
    seed: int | None = 0,
    n_classes: int = 2,
    turns: float = 1.0,
) -> tuple[Points, Labels]:
    """Draw spiral arms around the origin, one a class: the hardest of these shapes.

    An arm's point at radius r, 0.1 to 1, has gone ``turns * r`` times around the origin; the
    arms are copies of one, rotated. ``noise`` is the standard deviation added to each
    coordinate. Raises ValueError for numbers out of range.

    Source: after the two spirals of K. Lang and M. Witbrock, 1988 (which make three turns).

    >>> X, y = make_spirals(300, n_classes=3)
    >>> X.shape, np.bincount(y).tolist()
    ((300, 2), [100, 100, 100])
    """
    if not 0 < turns < math.inf:
        raise ValueError(f"turns must be a positive number, got {turns!r}.")
    rng, y = _begin(n_samples, noise, seed, n_classes)
    radius = rng.uniform(_SPIRAL_START, 1.0, n_samples)
    angle = 2 * np.pi * (turns * radius + y / n_classes)
    return _polar(radius, angle, noise, rng), y


def _begin(
    n_samples: int, noise: float, seed: int | None, n_classes: int, noise_name: str = "noise"
) -> tuple[np.random.Generator, Labels]:
    """Check what every generator takes; return its random stream and shuffled, balanced labels.

    Labels come first and points follow from them, so balance never depends on the drawing.
    """
    _check_count("n_classes", n_classes, minimum=1)
    _check_count("n_samples", n_samples, minimum=n_classes)
    if not 0 <= noise < math.inf:
        raise ValueError(
            f"{noise_name} is a standard deviation: it must be 0 or more, got {noise!r}."
        )
    rng = np.random.default_rng(seed)
    return rng, rng.permutation(np.arange(n_samples, dtype=np.int64) % n_classes)


def _check_count(name: str, count: int, minimum: int) -> None:
    if not isinstance(count, (int, np.integer)):
        raise TypeError(f"{name} is a count: it must be an integer, got {count!r}.")
    if count < minimum:
        reason = " (one for each class)" if name == "n_samples" else ""
        raise ValueError(f"{name} must be at least {minimum}{reason}, got {count}.")


def _blob_centers(centers: int | ArrayLike) -> NDArray[np.float64]:
    if isinstance(centers, (int, np.integer)):
        _check_count("centers", int(centers), minimum=1)
        angle = 2 * np.pi * np.arange(centers) / centers
        return _BLOB_CIRCLE_RADIUS * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = np.asarray(centers, dtype=np.float64)
    if points.ndim != 2 or 0 in points.shape:
        raise ValueError(
            f"centers is a count, or an array of shape (n_classes, d), one center a row, such "
            f"as [[0, 0], [4, 4]]; got shape {points.shape}."
        )
    return points


def _polar(
    radius: NDArray[np.float64],
    angle: NDArray[np.float64],
    noise: float,
    rng: np.random.Generator,
) -> Points:
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return _add_noise(points, noise, rng)


def _add_noise(points: NDArray[np.float64], noise: float, rng: np.random.Generator) -> Points:
    return (points + noise * rng.standard_normal(points.shape)).astype(np.float32)
