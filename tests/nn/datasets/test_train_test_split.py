"""train_test_split: nothing lost, nothing twice, proportions kept, errors that teach."""

from __future__ import annotations

import numpy as np
import pytest

from nn.datasets import load_diabetes, load_digits, load_iris, train_test_split


def rows(n: int) -> np.ndarray:
    return np.arange(2 * n, dtype=np.float32).reshape(n, 2)


@pytest.mark.parametrize("stratify", [False, True])
def test_every_sample_is_in_exactly_one_part(stratify: bool) -> None:
    X, y = rows(50), np.arange(50) % 4
    X_train, X_test, y_train, y_test = train_test_split(X, y, 0.3, stratify=stratify)
    assert len(X_train) == 35
    assert len(X_test) == 15
    together = np.concatenate([X_train, X_test])
    np.testing.assert_array_equal(together[np.argsort(together[:, 0])], X)
    # Labels stay with their rows: row i began with 2 * i.
    np.testing.assert_array_equal(X_train[:, 0] // 2 % 4, y_train)
    np.testing.assert_array_equal(X_test[:, 0] // 2 % 4, y_test)


@pytest.mark.parametrize("stratify", [False, True])
def test_a_seed_fixes_the_split(stratify: bool) -> None:
    X, y = rows(60), np.arange(60) % 2
    one = train_test_split(X, y, seed=1, stratify=stratify)
    for again, first in zip(train_test_split(X, y, seed=1, stratify=stratify), one, strict=True):
        np.testing.assert_array_equal(again, first)
    assert not np.array_equal(train_test_split(X, y, seed=2, stratify=stratify)[1], one[1])
    fresh, fresher = (train_test_split(X, y, seed=None, stratify=stratify)[1] for _ in range(2))
    assert not np.array_equal(fresh, fresher)


@pytest.mark.parametrize("stratify", [False, True])
def test_both_parts_are_shuffled(stratify: bool) -> None:
    X, y = load_iris()  # sorted by class
    _, _, y_train, y_test = train_test_split(X, y, 0.5, stratify=stratify)
    for part in (y_train, y_test):
        assert np.count_nonzero(np.diff(part)) > 30


def test_parts_are_fresh_arrays_of_the_same_dtype() -> None:
    X, y = rows(10), np.arange(10, dtype=np.int8)
    parts = train_test_split(X, y)
    assert [part.dtype for part in parts] == [np.float32, np.float32, np.int8, np.int8]
    for part in parts:
        part[:] = -1
    np.testing.assert_array_equal(X, rows(10))
    np.testing.assert_array_equal(y, np.arange(10))


def test_iris_splits_evenly() -> None:
    # 0.2 of 50 is 10 of each species.
    _, _, y_train, y_test = train_test_split(*load_iris(), test_size=0.2, stratify=True)
    assert np.bincount(y_train).tolist() == [40, 40, 40]
    assert np.bincount(y_test).tolist() == [10, 10, 10]


@pytest.mark.parametrize("test_size", [0.05, 0.1, 0.25, 0.37, 0.9])
def test_stratifying_keeps_every_proportion_within_one_sample(test_size: float) -> None:
    X, y = load_digits()
    _, _, _, y_test = train_test_split(X, y, test_size, stratify=True)
    assert len(y_test) == round(1797 * test_size)
    np.testing.assert_allclose(np.bincount(y_test), test_size * np.bincount(y), atol=1)


def test_small_classes_add_up() -> None:
    # Ten classes of 4: 0.1 of each is 0.4 of a sample. At least one of each goes to both parts.
    y = np.repeat(np.arange(10), 4)
    _, _, y_train, y_test = train_test_split(rows(40), y, 0.1, stratify=True)
    assert np.bincount(y_test).tolist() == [1] * 10
    assert np.bincount(y_train).tolist() == [3] * 10


def test_a_pair_is_torn_apart_whatever_the_fraction() -> None:
    y = np.array([0] * 98 + [1] * 2)
    for test_size in (0.02, 0.98):
        _, _, y_train, y_test = train_test_split(rows(100), y, test_size, stratify=True)
        assert np.bincount(y_train)[1] == np.bincount(y_test)[1] == 1


def test_labels_may_be_columns_one_hot_or_words() -> None:
    label = np.arange(40) % 4
    for y in (label[:, None], np.eye(4)[label], np.array(["a", "b", "c", "d"])[label]):
        _, X_test, _, y_test = train_test_split(rows(40), y, 0.5, stratify=True)
        assert y_test.shape == (20, *y.shape[1:])
        assert np.bincount((X_test[:, 0] // 2 % 4).astype(int)).tolist() == [5, 5, 5, 5]


def test_images_and_lists_are_welcome() -> None:
    X_train, X_test, _, _ = train_test_split(np.zeros((10, 8, 8)), list(range(10)))
    assert X_train.shape == (8, 8, 8)
    assert X_test.shape == (2, 8, 8)


# ---------------------------------------------------------------- errors


def test_mismatched_lengths() -> None:
    with pytest.raises(ValueError, match=r"X has 5 \(shape \(5, 2\)\), y has 4 \(shape \(4,\)\)"):
        train_test_split(rows(5), np.arange(4))


def test_no_axis_of_samples() -> None:
    with pytest.raises(ValueError, match="need a first axis of samples"):
        train_test_split(np.float32(1), np.float32(2))


@pytest.mark.parametrize("test_size", [0, 1, -0.2, 1.5, np.nan])
def test_a_size_that_is_no_fraction(test_size: float) -> None:
    with pytest.raises(ValueError, match="test_size is a fraction, between 0 and 1, got"):
        train_test_split(rows(10), np.arange(10), test_size)


def test_a_count_in_place_of_a_fraction_is_told_what_to_write() -> None:
    with pytest.raises(ValueError, match="For 30 samples write test_size=30/150"):
        train_test_split(*load_iris(), test_size=30)


def test_an_empty_part_is_named() -> None:
    with pytest.raises(ValueError, match=r"test_size=0\.1 of 4 samples leaves the test part empty"):
        train_test_split(rows(4), np.arange(4), 0.1)
    with pytest.raises(ValueError, match=r"test_size=0\.9 of 4 samples leaves the training part"):
        train_test_split(rows(4), np.arange(4), 0.9)
    with pytest.raises(ValueError, match="of 0 samples leaves the test part empty"):
        train_test_split(rows(0), np.arange(0))


def test_a_class_of_one_cannot_be_stratified() -> None:
    with pytest.raises(
        ValueError, match=r"class 7 has 1\. Leave that class out, or leave stratify"
    ):
        train_test_split(rows(5), [0, 0, 0, 0, 7], 0.4, stratify=True)
    with pytest.raises(ValueError, match=r"class 'lonely' has 1\."):
        train_test_split(rows(3), ["many", "many", "lonely"], 0.4, stratify=True)


def test_stratifying_a_regression_says_that_it_is_one() -> None:
    with pytest.raises(ValueError, match=r"leave stratify out \(as you must if y is not labels\)"):
        train_test_split(*load_diabetes(), stratify=True)
