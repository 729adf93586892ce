"""What all metrics share: state, means, weights, names, configs; what "accuracy" means."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from nn import losses, metrics


def test_mean() -> None:
    mean = metrics.Mean()
    assert mean.result() == 0.0
    # Keras 3.15.1's Mean: rows count as samples, their values are averaged.
    mean.update_state([[1, 3], [5, 7.0]], sample_weight=[1, 0.5])
    assert mean.result() == pytest.approx(10 / 3)
    mean.update_state(4.0)
    assert mean.result() == pytest.approx(3.6)
    mean.update_state([])
    mean.update_state(np.zeros((0, 3)))
    assert mean.result() == pytest.approx(3.6)
    mean.reset_state()
    assert mean.result() == 0.0
    assert mean([True, False, True, True]) == 0.75
    assert mean.name == "mean"


def test_mean_with_weights_for_each_value() -> None:
    mean = metrics.Mean()
    mean.update_state([[1.0, 3.0], [5.0, 7.0]], [[1.0, 0.0], [0.0, 1.0]])
    assert mean.result() == 4.0
    with pytest.raises(ValueError, match=r"sample_weight has shape \(3,\).*shape \(2, 2\)"):
        mean.update_state([[1.0, 3.0], [5.0, 7.0]], [1, 1, 1])


def test_sum() -> None:
    total = metrics.Sum()
    # Keras 3.15.1.
    total.update_state([[1, 3], [5, 7.0]], sample_weight=[1, 0.5])
    assert total.result() == 10.0
    total.update_state(ag.Tensor([1.0, 2.0]))
    assert total.result() == 13.0


def test_a_long_count_stays_exact() -> None:
    mean = metrics.Mean()
    mean.count.assign(2.0**24)
    mean.total.assign(2.0**24)
    mean.update_state(np.ones(1, np.float32))
    assert mean.count.item() == 2**24 + 1  # float32 would stay at 2**24
    assert metrics.Mean(dtype="float32").count.dtype == np.float32


def test_state_is_in_variables_that_are_assigned() -> None:
    accuracy = metrics.SparseCategoricalAccuracy()
    total, count = accuracy.variables
    assert (total.name, count.name) == ("total", "count")
    assert not total.trainable
    before = total.changed
    accuracy.update_state([1, 0], [[0.2, 0.8], [0.1, 0.9]])
    assert total.changed > before
    assert (total.item(), count.item()) == (1, 2)
    accuracy.reset_state()
    assert (total.item(), count.item()) == (0, 0)


def test_tensors_that_require_a_gradient_are_fine() -> None:
    p = ag.Tensor([[0.9], [0.2]], requires_grad=True)
    for metric in (
        metrics.BinaryAccuracy(),
        metrics.MeanSquaredError(),
        metrics.AUC(),
        metrics.BinaryCrossentropy(),
        metrics.R2Score(),
        metrics.F1Score(threshold=0.5),
        metrics.MeanMetricWrapper(losses.huber),
    ):
        result = metric(ag.Tensor([1.0, 0.0]), p, sample_weight=ag.Tensor([1.0, 0.5]))
        assert not isinstance(result, ag.Tensor)


def test_weights_are_heeded_over_batches() -> None:
    accuracy = metrics.BinaryAccuracy()
    accuracy.update_state([1, 0], [0.9, 0.9], sample_weight=[3.0, 1.0])
    accuracy.update_state([1], [0.1], sample_weight=[4.0])
    assert accuracy.result() == 3 / 8


def test_a_function_as_a_metric() -> None:
    def worst(y_true: Any, y_pred: Any) -> Any:
        return np.max(np.abs(y_true - y_pred))

    metric = metrics.get(worst)
    assert metric.name == "worst"
    # One number for a batch counts for each sample of it.
    metric.update_state([0.0, 0.0, 0.0], [1.0, 2.0, 3.0])
    metric.update_state([0.0], [7.0])
    assert metric.result() == (3 * 3 + 7) / 4
    with pytest.raises(ValueError, match="the metric worst gives one number for a whole batch"):
        metric.update_state([0.0], [7.0], sample_weight=[1.0])


def test_losses_and_partial_functions_as_metrics() -> None:
    half = metrics.get(functools.partial(losses.huber, delta=0.5))
    assert half.name == "huber"
    assert half([[0.0]], [[2.0]]) == 0.5 * (2 - 0.25)
    loss = metrics.get(losses.MeanSquaredError())
    assert loss.name == "mean_squared_error"
    assert loss([0.0, 0.0], [1.0, 3.0]) == 5.0
    squared = metrics.MeanMetricWrapper(lambda y, p: (y - p) ** 2, "squared")
    assert squared([1.0, 2.0], [2.0, 4.0], sample_weight=[1.0, 0.0]) == 1.0


def test_a_class_of_ones_own() -> None:
    class Range(metrics.Metric):
        def __init__(self, name: str | None = None) -> None:
            super().__init__(name=name)
            self.low = self.add_variable(initializer="ones", dtype="float32", name="low")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.low.assign(min(self.low.item(), float(np.min(y_pred))))

        def result(self) -> float:
            return float(self.low.data)

    metric = metrics.get(Range)
    assert metric.name == "range"
    assert metric([0.0], [-3.0]) == -3.0
    assert metric.variables[0].dtype == np.float32
    with pytest.raises(NotImplementedError, match="Metric needs update_state and result"):
        metrics.Metric().update_state([0], [0])
    with pytest.raises(NotImplementedError, match="Metric needs update_state and result"):
        metrics.Metric().result()


# -- names and configs ----------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(metrics._BY_NAME))
def test_every_name_makes_a_metric_with_a_config(name: str) -> None:
    metric = metrics.get(name)
    again = type(metric).from_config(metric.get_config())
    assert again.get_config() == metric.get_config()
    assert again.name == metric.name
    described = {"class_name": type(metric).__name__, "config": metric.get_config()}
    assert type(metrics.get(described)) is type(metric)


def test_get() -> None:
    auc = metrics.AUC()
    assert metrics.get(auc) is auc
    assert isinstance(metrics.get(metrics.AUC), metrics.AUC)
    assert isinstance(metrics.get("RootMeanSquaredError"), metrics.RootMeanSquaredError)
    with pytest.raises(ValueError, match=r"unknown metric 'acuracy'\. Did you mean 'accuracy'"):
        metrics.get("acuracy")
    with pytest.raises(TypeError, match=r'got int: write metrics=\["accuracy"\]'):
        metrics.get(3)  # type: ignore[arg-type]


def test_arguments_stand_in_kerass_order() -> None:
    # Keras 3.15.1's signatures.
    assert metrics.TopKCategoricalAccuracy(3, "top3").name == "top3"
    assert metrics.BinaryAccuracy("half", None, 0.3).threshold == 0.3
    assert metrics.Precision(0.7, None, 2, "p").class_id == 2
    assert metrics.AUC(50, "PR", "minoring", "area").curve == "PR"
    assert metrics.F1Score("macro", 0.4).threshold == 0.4
    assert metrics.R2Score(None, 2).num_regressors == 2
    assert metrics.SparseCategoricalCrossentropy("ce", None, True, 3).ignore_class == 3
    assert metrics.MeanMetricWrapper(losses.huber, "h").name == "h"


# -- names that depend on the model ------------------------------------------------------------

# y_true, y_pred, accuracy, crossentropy
SHAPES = [
    ((8, 1), (8, 1), metrics.BinaryAccuracy, metrics.BinaryCrossentropy),
    ((8,), (8, 1), metrics.BinaryAccuracy, metrics.BinaryCrossentropy),
    ((8,), (8,), metrics.BinaryAccuracy, metrics.BinaryCrossentropy),
    (
        (8,),
        (8, 3),
        metrics.SparseCategoricalAccuracy,
        metrics.SparseCategoricalCrossentropy,
    ),
    (
        (8, 1),
        (8, 3),
        metrics.SparseCategoricalAccuracy,
        metrics.SparseCategoricalCrossentropy,
    ),
    ((8, 5), (8, 5, 3), metrics.SparseCategoricalAccuracy, metrics.SparseCategoricalCrossentropy),
    ((8, 3), (8, 3), metrics.CategoricalAccuracy, metrics.CategoricalCrossentropy),
]


@pytest.mark.parametrize(("y_true", "y_pred", "accuracy", "crossentropy"), SHAPES)
def test_names_resolved_by_shapes(
    y_true: Any, y_pred: Any, accuracy: type, crossentropy: type
) -> None:
    for name in ("accuracy", "acc", "Accuracy"):
        metric = metrics.resolve(name, np.zeros(y_true), ag.Tensor(np.zeros(y_pred)))
        assert type(metric) is accuracy
        assert metric.name == name
    for name in ("crossentropy", "ce"):
        metric = metrics.resolve(name, np.zeros(y_true), np.zeros(y_pred))
        assert type(metric) is crossentropy
        assert metric.name == name


def test_names_resolved_for_logits() -> None:
    one, three = np.zeros((4, 1)), np.zeros((4, 3))
    logits: Any = losses.BinaryCrossentropy(from_logits=True)
    accuracy = metrics.resolve("accuracy", one, one, loss=logits)
    assert accuracy([1, 0], [0.3, -0.3]) == 1.0
    logits = losses.CategoricalCrossentropy(from_logits=True)
    crossentropy = metrics.resolve("crossentropy", three, three, loss=logits)
    assert isinstance(crossentropy, metrics.CategoricalCrossentropy)
    assert crossentropy.from_logits
    plain = metrics.resolve("accuracy", one, one, loss=losses.BinaryCrossentropy())
    assert isinstance(plain, metrics.BinaryAccuracy)
    assert plain.threshold == 0.5


def test_other_identifiers_are_resolved_as_by_get() -> None:
    y = np.zeros((4, 1))
    metric = metrics.resolve("mae", y, y)
    assert isinstance(metric, metrics.MeanAbsoluteError)
    assert metric.name == "mae"  # as Keras's logs call it
    auc = metrics.AUC()
    assert metrics.resolve(auc, y, y) is auc
    assert auc.name == "auc"
    with pytest.raises(ValueError, match="unknown metric 'accurate'"):
        metrics.resolve("accurate", y, y)
