"""The drawn data sets: geometry from the formulas, balance, seeds, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nn.datasets import make_blobs, make_circles, make_moons, make_spirals, make_xor

Generator = Callable[..., Any]

GENERATORS: list[Generator] = [make_blobs, make_circles, make_moons, make_spirals, make_xor]
NOISY: list[Generator] = [make_circles, make_moons, make_spirals, make_xor]
every_generator = pytest.mark.parametrize("make", GENERATORS)
every_noisy = pytest.mark.parametrize("make", NOISY)


@every_generator
def test_shapes_and_dtypes(make: Generator) -> None:
    X, y = make(101)
    assert X.shape == (101, 2)
    assert y.shape == (101,)
    assert X.dtype == np.float32
    assert y.dtype == np.int64
    assert X.flags.c_contiguous
    assert np.isfinite(X).all()


@every_generator
def test_classes_are_balanced_and_shuffled(make: Generator) -> None:
    _, y = make(301)
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 1
    # Keras's validation_split takes the last samples: they must not be of one class.
    assert set(y[-60:]) == set(y)


@every_generator
def test_a_seed_fixes_the_points(make: Generator) -> None:
    X, y = make(50, seed=3)
    X_same, y_same = make(50, seed=3)
    X_other, _ = make(50, seed=4)
    np.testing.assert_array_equal(X, X_same)
    np.testing.assert_array_equal(y, y_same)
    assert not np.array_equal(X, X_other)
    assert not np.array_equal(make(50, seed=None)[0], make(50, seed=None)[0])


@every_generator
def test_numpys_global_generator_is_left_alone(make: Generator) -> None:
    np.random.seed(0)
    expected = np.random.random()
    np.random.seed(0)
    make()
    assert np.random.random() == expected


@every_noisy
def test_noise_is_the_standard_deviation_of_a_coordinate(make: Generator) -> None:
    clean, y_clean = make(20_000, noise=0)
    noisy, y_noisy = make(20_000, noise=0.3)
    np.testing.assert_array_equal(y_clean, y_noisy)
    # The standard error of a standard deviation is 0.3 / sqrt(2 * 40,000) = 0.0011.
    assert (noisy - clean).std() == pytest.approx(0.3, abs=0.006)
    assert abs((noisy - clean).mean()) < 0.008


def test_circles_have_radius_one_and_factor() -> None:
    X, y = make_circles(400, noise=0, factor=0.3)
    radius = np.hypot(X[:, 0], X[:, 1])
    np.testing.assert_allclose(radius, np.where(y == 0, 1, 0.3), rtol=1e-6)
    # All the way around: every quadrant has about a quarter of the points.
    quadrant = np.bincount(2 * (X[:, 0] > 0) + (X[:, 1] > 0), minlength=4)
    assert quadrant.min() > 70


def test_moons_are_half_circles() -> None:
    X, y = make_moons(400, noise=0)
    upper, lower = X[y == 0], X[y == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-6)
    assert upper[:, 1].min() >= 0
    assert lower[:, 1].max() <= 0.5


def test_moons_lie_where_scikit_learns_do() -> None:
    real = pytest.importorskip("sklearn.datasets", reason="compares with scikit-learn itself")
    theirs, label = real.make_moons(400, noise=None, random_state=0)
    X, y = make_moons(4000, noise=0)
    for cls in (0, 1):
        gaps = np.linalg.norm(theirs[label == cls][:, None] - X[y == cls][None], axis=2).min(axis=1)
        assert gaps.max() < 0.02


def test_blobs_have_the_given_centers_and_spread() -> None:
    centers = np.array([[0.0, 0.0], [10.0, -4.0]])
    X, y = make_blobs(20_000, centers=centers, spread=0.5)
    for cls, center in enumerate(centers):
        np.testing.assert_allclose(X[y == cls].mean(axis=0), center, atol=0.02)
        np.testing.assert_allclose(X[y == cls].std(axis=0), 0.5, atol=0.02)


def test_a_count_of_blobs_puts_them_on_a_circle_of_radius_5() -> None:
    X, y = make_blobs(8, centers=4, spread=0)
    np.testing.assert_allclose(
        [X[y == cls][0] for cls in range(4)], [[5, 0], [0, 5], [-5, 0], [0, -5]], atol=1e-6
    )


def test_blobs_may_live_in_any_dimension() -> None:
    X, _ = make_blobs(10, centers=np.eye(5))
    assert X.shape == (10, 5)


def test_xor_labels_quadrants() -> None:
    X, y = make_xor(400, noise=0)
    np.testing.assert_array_equal(y == 1, np.sign(X[:, 0]) != np.sign(X[:, 1]))
    assert np.abs(X).max() <= 1
    # Uniform on [-1, 1]: variance 1/3 each.
    np.testing.assert_allclose(make_xor(20_000, noise=0)[0].var(axis=0), 1 / 3, atol=0.01)


@pytest.mark.parametrize("n_classes", [1, 2, 3])
def test_spiral_angle_grows_with_radius(n_classes: int) -> None:
    X, y = make_spirals(300, noise=0, n_classes=n_classes, turns=2)
    radius, angle = np.hypot(X[:, 0], X[:, 1]), np.arctan2(X[:, 1], X[:, 0])
    assert radius.min() >= 0.1 - 1e-6
    assert radius.max() <= 1 + 1e-6
    off = angle - 2 * np.pi * (2 * radius + y / n_classes)
    np.testing.assert_allclose(np.cos(off), 1, atol=1e-5)


def test_a_line_cannot_separate_the_curved_shapes_but_can_the_blobs() -> None:
    def best_linear_accuracy(X: np.ndarray, y: np.ndarray) -> float:
        design = np.column_stack([X, np.ones(len(X))]).astype(np.float64)
        weights, *_ = np.linalg.lstsq(design, 2.0 * y - 1)
        return float(np.mean((design @ weights > 0) == (y == 1)))

    assert best_linear_accuracy(*make_xor(1000)) < 0.7
    assert best_linear_accuracy(*make_circles(1000)) < 0.7
    assert best_linear_accuracy(*make_spirals(1000)) < 0.8
    assert best_linear_accuracy(*make_blobs(1000, centers=2)) > 0.99


# ---------------------------------------------------------------- errors


@every_generator
def test_too_few_samples(make: Generator) -> None:
    with pytest.raises(ValueError, match=r"n_samples must be at least \d \(one for each class\)"):
        make(1)


@every_generator
def test_a_fractional_count_is_refused(make: Generator) -> None:
    with pytest.raises(TypeError, match=r"n_samples is a count: it must be an integer, got 10\.5"):
        make(10.5)


@every_noisy
@pytest.mark.parametrize("noise", [-0.1, np.nan, np.inf])
def test_impossible_noise(make: Generator, noise: float) -> None:
    with pytest.raises(ValueError, match="noise is a standard deviation: it must be 0 or more"):
        make(10, noise=noise)


def test_impossible_spread_is_called_spread() -> None:
    with pytest.raises(ValueError, match=r"spread is a standard deviation.* got -1"):
        make_blobs(10, spread=-1)


@pytest.mark.parametrize("factor", [0, 1, -0.5, np.nan])
def test_impossible_factor(factor: float) -> None:
    with pytest.raises(ValueError, match="factor is the inner circle's radius"):
        make_circles(10, factor=factor)


@pytest.mark.parametrize("centers", [[1.0, 2.0], [], np.zeros((3, 0))])
def test_centers_of_the_wrong_shape(centers: Any) -> None:
    with pytest.raises(
        ValueError, match=r"centers is a count, or .*\[\[0, 0\], \[4, 4\]\]; got shape"
    ):
        make_blobs(10, centers=centers)


def test_impossible_counts() -> None:
    with pytest.raises(ValueError, match="centers must be at least 1, got 0"):
        make_blobs(10, centers=0)
    with pytest.raises(ValueError, match="n_classes must be at least 1, got 0"):
        make_spirals(10, n_classes=0)
    with pytest.raises(ValueError, match="turns must be a positive number, got 0"):
        make_spirals(10, turns=0)


@every_generator
def test_settings_go_by_name(make: Generator) -> None:
    # scikit-learn's second positional argument means something else for blobs.
    with pytest.raises(TypeError):
        make(10, 2)
