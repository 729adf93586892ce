"""Hinge losses: values, labels in both conventions, gradients, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from nn import losses

T = np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
Y_PRED = np.array([[1.0, -1.5], [0.5, 0.5], [-0.5, 4.0]])
WEIGHTS = np.array([1.0, 2.0, 0.5])


@pytest.mark.parametrize("labels", [T, 2 * T - 1, T.astype(int), (2 * T - 1).astype(np.int8)])
@pytest.mark.parametrize(
    ("loss", "plain", "weighted"),
    # Keras 3.15.1, JAX backend, float64: without and with WEIGHTS.
    [
        (losses.Hinge(), 1.8333333333333333, 1.5416666666666667),
        (losses.SquaredHinge(), 6.0, 3.9791666666666665),
    ],
)
def test_values_for_labels_of_both_conventions(
    loss: losses.Loss, plain: float, weighted: float, labels: Any
) -> None:
    assert loss(labels, Y_PRED).item() == pytest.approx(plain)
    assert loss(labels, Y_PRED, WEIGHTS).item() == pytest.approx(weighted)
    assert getattr(losses, loss.name)(labels, Y_PRED).mean() == pytest.approx(plain)
    assert loss(ag.Tensor(labels), Y_PRED).item() == pytest.approx(plain)


def test_a_batch_of_one_kind_of_label_means_the_same_in_both() -> None:
    assert losses.Hinge()([1, 1], [0.5, 2.0]).item() == 0.25
    assert losses.Hinge()([0, 0], [0.5, 2.0]).item() == 2.25
    assert losses.Hinge()([-1, -1], [0.5, 2.0]).item() == 2.25


def test_categorical_hinge() -> None:
    # Keras 3.15.1, JAX backend, float64.
    hot = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
    scores = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0], [20.0, -20.0, 0.0]])
    loss = losses.CategoricalHinge()
    assert loss(hot, scores).item() == pytest.approx(15.5)
    assert loss(hot, scores, WEIGHTS).item() == pytest.approx(10.0)
    with pytest.raises(ValueError, match=r"CategoricalHinge takes targets in \[0, 1\]"):
        loss(2 * hot - 1, scores)


@pytest.mark.parametrize("name", ["hinge", "squared_hinge", "categorical_hinge"])
def test_gradients_to_second_order(name: str) -> None:
    labels = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    scores = np.array([[0.3, -0.2, 1.7], [0.4, 1.9, -2.0]])
    ag.check_gradients(lambda p: losses.get(name)(labels, p), scores)


def test_at_the_margin_there_is_no_slope() -> None:
    p = ag.Tensor([1.0, -1.0], requires_grad=True)
    losses.Hinge()([1, -1], p).backward()
    np.testing.assert_array_equal(p.grad, [0.0, 0.0])


@pytest.mark.parametrize("labels", [[0.0, 2.0], [0.5, 1.0], [-1.0, 0.0]])
def test_other_labels_are_refused(labels: list[float]) -> None:
    for name in ("hinge", "squared_hinge"):
        with pytest.raises(ValueError, match="a hinge loss takes labels -1 and 1, or 0 and 1, got"):
            losses.get(name)(labels, [0.5, 0.5])
