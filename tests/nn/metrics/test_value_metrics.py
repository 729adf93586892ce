"""Metrics of predicted values, and the crossentropies as metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import r2_score

from nn import metrics

TRUE = np.array([0, 1, 1, 0, 1, 0, 1, 1.0])[:, None]
PRED = np.array([0.1, 0.4, 0.35, 0.8, 0.9, 0.05, 0.65, 0.5])[:, None]
WEIGHTS = np.array([1, 2, 0.5, 1, 1, 3, 1, 0.25])
P = np.array(
    [
        [0.2, 0.3, 0.5],
        [0.6, 0.1, 0.3],
        [0.1, 0.1, 0.8],
        [0.3, 0.4, 0.3],
        [0.25, 0.5, 0.25],
        [0.7, 0.2, 0.1],
    ]
)
LABELS = np.array([2, 0, 1, 1, 2, 0])
HOT = np.eye(3)[LABELS]
ROW_WEIGHTS = np.array([1, 2, 0.5, 1, 1, 3])

ONE, THREE, SPARSE = (TRUE, PRED, WEIGHTS), (HOT, P, ROW_WEIGHTS), (LABELS, P, ROW_WEIGHTS)

CASES: list[tuple[metrics.Metric, Any, Any, Any]] = [
    # Keras 3.15.1, JAX backend, float32, over two batches: without and with weights.
    (metrics.MeanSquaredError(), ONE, 0.22718749940395355, 0.18294870853424072),
    (metrics.RootMeanSquaredError(), ONE, 0.4766418933868408, 0.42772504687309265),
    (metrics.MeanAbsoluteError(), ONE, 0.39375001192092896, 0.32307693362236023),
    (metrics.MeanAbsolutePercentageError(), ONE, 118750024.0, 107692328.0),
    (metrics.CosineSimilarity(), ONE, 0.625, 0.4871794879436493),
    (metrics.BinaryCrossentropy(), ONE, 0.6201869249343872, 0.506215512752533),
    (
        metrics.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        ONE,
        0.6260175704956055,
        0.6485463380813599,
    ),
    (metrics.CategoricalCrossentropy(), THREE, 1.0276364088058472, 0.7339648008346558),
    (metrics.SparseCategoricalCrossentropy(), SPARSE, 1.0276364088058472, 0.7339648008346558),
    # Without weights the four labels that count, by the formula: Keras divides by all six.
    (
        metrics.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0),
        SPARSE,
        np.mean((np.log(np.exp(P).sum(1)) - P[np.arange(6), LABELS])[[0, 2, 3, 4]]),
        1.101952314376831,
    ),
    (metrics.R2Score(), ONE, 0.030666649341583252, 0.2677236795425415),
    (metrics.R2Score(), THREE, 0.0862499475479126, 0.22433607280254364),
    (
        metrics.R2Score("variance_weighted_average"),
        THREE,
        0.0862499549984932,
        0.28164634108543396,
    ),
    (
        metrics.R2Score(None),
        THREE,
        [0.6606249809265137, -0.1700000762939453, -0.23187506198883057],
        [0.6175000071525574, -0.007857203483581543, 0.0633653998374939],
    ),
]


@pytest.mark.parametrize(("metric", "data", "plain", "weighted"), CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_over_two_batches(
    metric: Any, data: Any, plain: Any, weighted: Any, dtype: type
) -> None:
    y_true, y_pred, weights = data
    for given, expected in ((None, plain), (weights, weighted)):
        metric.reset_state()
        for part in (slice(0, 5), slice(5, None)):
            weight = None if given is None else given[part]
            metric.update_state(y_true[part], y_pred[part].astype(dtype), sample_weight=weight)
        np.testing.assert_allclose(metric.result(), expected, rtol=1e-5, atol=1e-6)


def test_one_axis_is_the_axis_of_samples() -> None:
    for metric in (
        metrics.MeanSquaredError(),
        metrics.RootMeanSquaredError(),
        metrics.MeanAbsoluteError(),
        metrics.R2Score(),
        metrics.BinaryCrossentropy(),
    ):
        flat = type(metric)()(TRUE[:, 0], PRED[:, 0], sample_weight=WEIGHTS)
        assert flat == pytest.approx(metric(TRUE, PRED, sample_weight=WEIGHTS), rel=1e-12)


def test_r2_against_another_library() -> None:
    rng = np.random.default_rng(0)
    y, p, w = rng.normal(size=(50, 3)) + 1e4, rng.normal(size=(50, 3)) + 1e4, rng.uniform(size=50)
    result = metrics.R2Score(None)(y, p, sample_weight=w)
    expected = r2_score(y, p, sample_weight=w, multioutput="raw_values")
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_r2_of_constant_targets() -> None:
    # As scikit-learn: 1 for perfect predictions, else 0.
    y = np.full((4, 2), 3.0)
    p = np.array([[3.0, 3.0]] * 3 + [[3.0, 4.0]])
    np.testing.assert_array_equal(metrics.R2Score(None)(y, p), [1.0, 0.0])
    assert metrics.R2Score("variance_weighted_average")(y, p) == 0.5


def test_r2_before_anything_was_seen() -> None:
    assert metrics.R2Score().result() == 0.0
    assert metrics.R2Score()([[1.0]], [[2.0]], sample_weight=[0.0]) == 0.0


def test_adjusted_r2() -> None:
    plain = metrics.R2Score()(TRUE, PRED)
    # Keras 3.15.1's formula, n = 8 samples, p = 2 regressors.
    assert metrics.R2Score(num_regressors=2)(TRUE, PRED) == pytest.approx(
        1 - (1 - plain) * (8 - 1) / (8 - 2 - 1)
    )
    with pytest.warns(UserWarning, match="8 samples are too few for the adjusted R2 score of 7"):
        assert metrics.R2Score(num_regressors=7)(TRUE, PRED) == plain


def test_r2_errors() -> None:
    with pytest.raises(ValueError, match=r"class_aggregation is 'uniform_average', .*'mean'"):
        metrics.R2Score("mean")
    with pytest.raises(ValueError, match="num_regressors is a number from 0 up, got -1"):
        metrics.R2Score(num_regressors=-1)
    with pytest.raises(ValueError, match=r"takes \(samples,\) or \(samples, outputs\), got shape"):
        metrics.R2Score()(np.zeros((2, 2, 2)), np.zeros((2, 2, 2)))


@pytest.mark.parametrize("name", ["mse", "root_mean_squared_error", "mae", "mape", "r2_score"])
def test_shapes_that_do_not_fit(name: str) -> None:
    with pytest.raises(ValueError, match="nothing is broadcast"):
        metrics.get(name)(np.zeros((4, 3)), np.zeros((4, 1)))


@pytest.mark.parametrize("name", ["mse", "mae", "mape"])
def test_missing_targets_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="y_true is NaN in 1 of 2 places"):
        metrics.get(name)([np.nan, 1.0], [0.0, 1.0])


def test_crossentropies_say_what_the_losses_say() -> None:
    with pytest.raises(ValueError, match=r"BinaryCrossentropy\(from_logits=True\)"):
        metrics.BinaryCrossentropy()([1, 0], [3.0, -2.0])
    with pytest.raises(ValueError, match="y_true holds the label 3"):
        metrics.SparseCategoricalCrossentropy()([3], [[0.5, 0.5]])
