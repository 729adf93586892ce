"""What all losses share: reductions, weights, shapes, dtypes, names, configs, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from nn import losses

# Losses per sample are 0.25, 3.15625 and 0.125.
Y_TRUE = np.array([[1.5, -2.0], [0.25, 3.0], [0.0, 4.0]])
Y_PRED = np.array([[1.0, -1.5], [0.5, 0.5], [-0.5, 4.0]])
WEIGHTS = np.array([1.0, 2.0, 0.5])

REDUCED: list[tuple[str | None, Any, Any]] = [
    # Keras 3.15.1, JAX backend, float64: MeanSquaredError without and with WEIGHTS.
    ("sum_over_batch_size", 1.1770833333333333, 2.2083333333333335),
    ("mean", 1.1770833333333333, 2.2083333333333335),
    ("mean_with_sample_weight", 1.1770833333333333, 1.8928571428571428),
    ("sum", 3.53125, 6.625),
    (None, [0.25, 3.15625, 0.125], [0.25, 6.3125, 0.0625]),
]


@pytest.mark.parametrize(("reduction", "plain", "weighted"), REDUCED)
def test_reductions(reduction: str | None, plain: Any, weighted: Any) -> None:
    loss = losses.MeanSquaredError(reduction=reduction)
    np.testing.assert_allclose(loss(Y_TRUE, Y_PRED).data, plain, rtol=1e-15)
    np.testing.assert_allclose(loss(Y_TRUE, Y_PRED, WEIGHTS).data, weighted, rtol=1e-15)
    column = loss(Y_TRUE, Y_PRED, sample_weight=WEIGHTS[:, None])
    np.testing.assert_allclose(column.data, weighted, rtol=1e-15)
    ag.check_gradients(lambda p: loss(Y_TRUE, p, WEIGHTS), Y_PRED)


def test_integer_weights_and_one_weight_for_all() -> None:
    loss = losses.MeanSquaredError()
    np.testing.assert_allclose(loss(Y_TRUE, Y_PRED, [1, 0, 0]).item(), 0.25 / 3)
    np.testing.assert_allclose(loss(Y_TRUE, Y_PRED, 2.0).item(), 2 * 1.1770833333333333)
    mean = losses.MeanSquaredError("mean_with_sample_weight")
    np.testing.assert_allclose(mean(Y_TRUE, Y_PRED, 2.0).item(), 1.1770833333333333)


def test_no_weight_at_all_gives_zero() -> None:
    loss = losses.MeanSquaredError("mean_with_sample_weight")
    p = ag.Tensor(Y_PRED, requires_grad=True)
    value = loss(Y_TRUE, p, np.zeros(3))
    value.backward()
    assert value.item() == 0
    np.testing.assert_array_equal(p.grad, np.zeros_like(Y_PRED))


def test_weights_of_sequences() -> None:
    # (samples, steps, values): a weight for each sample, or for each step of each sample.
    y_true, y_pred = np.zeros((2, 3, 4)), np.ones((2, 3, 4))
    y_pred[1] = 2.0
    loss = losses.MeanSquaredError()
    assert loss(y_true, y_pred, [1.0, 0.5]).item() == 1.5
    assert loss(y_true, y_pred, [[1.0, 0, 0], [0, 0, 0.5]]).item() == 0.5
    mean = losses.MeanSquaredError("mean_with_sample_weight")
    assert mean(y_true, y_pred, [1.0, 0.5]).item() == 2.0
    with pytest.raises(
        ValueError, match=r"sample_weight has shape \(3,\), but the losses .* shape \(2, 3\)"
    ):
        loss(y_true, y_pred, [1.0, 1.0, 1.0])


def test_shapes_that_differ_by_an_axis_of_one() -> None:
    loss = losses.MeanSquaredError()
    # Keras 3.15.1: 3.5 both ways; broadcasting would give 14.
    assert loss(np.zeros((4, 1)), np.arange(4.0)).item() == 3.5
    assert loss(np.arange(4.0), np.zeros((4, 1))).item() == 3.5
    assert loss(np.zeros((2, 3, 1)), np.ones((2, 3))).item() == 1.0
    assert loss(np.zeros((2, 3)), np.ones((2, 3, 1))).item() == 1.0


def test_one_axis_is_the_axis_of_samples() -> None:
    y_true, y_pred = np.zeros(3), np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(
        losses.MeanSquaredError(reduction=None)(y_true, y_pred).data, [1, 4, 9]
    )
    assert losses.MeanSquaredError("sum")(y_true, y_pred, [1, 1, 0]).item() == 5.0
    # The function averages over the last axis, as Keras's does.
    assert losses.mean_squared_error(y_true, y_pred) == pytest.approx(14 / 3)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ((4, 3), (4, 1), r"y_true has shape \(4, 3\), y_pred has shape \(4, 1\); .*broadcast$"),
        ((4,), (4, 3), "For 3 classes and labels 0 to 2 use SparseCategoricalCrossentropy"),
        ((4, 1), (4, 3), "let the last layer have 1 unit"),
        ((5, 1), (4, 1), "their numbers of samples differ"),
        ((5,), (4, 1), "their numbers of samples differ"),
        ((), (4, 1), "nothing is broadcast"),
    ],
)
@pytest.mark.parametrize("loss", ["mse", "mae", "bce", "hinge", "cosine_similarity", "kld"])
def test_shapes_that_do_not_fit(
    loss: str, y_true: tuple[int, ...], y_pred: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        losses.get(loss)(np.zeros(y_true), np.full(y_pred, 0.5))


def test_no_samples_have_no_loss() -> None:
    with pytest.raises(ValueError, match=r"a loss of no samples .* has no value"):
        losses.MeanSquaredError()(np.zeros((0, 1)), np.zeros((0, 1)))


FINITE: list[tuple[str, Any, Any]] = [
    (name, [[0.0, 1.0], [1.0, 0.0]], [[0.25, 0.75], [0.5, 0.5]])
    for name in sorted(losses._BY_NAME)
    if "sparse" not in name
]
FINITE.append(("sparse_categorical_crossentropy", [1, 0], [[0.25, 0.75], [0.5, 0.5]]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "y_true", "y_pred"), FINITE)
def test_the_dtype_is_that_of_the_predictions(
    name: str, y_true: Any, y_pred: Any, dtype: type
) -> None:
    loss = losses.get(name)
    function: Callable[..., Any] = getattr(losses, type(loss).name, losses.huber)
    targets = [np.array(y_true, t) for t in (np.float64, np.float32, np.int64, np.uint8, bool)]
    if "sparse" in name:
        targets.pop()
    values = []
    for y in [*targets, y_true, ag.Tensor(y_true)]:
        p = ag.Tensor(np.array(y_pred, dtype), requires_grad=True)
        value = loss(y, p)
        value.backward()
        assert value.dtype == p.grad.dtype == dtype
        assert function(y, p).dtype == dtype
        values.append(value.item())
    np.testing.assert_allclose(values, values[0], rtol=1e-6)
    per_sample = function(y_true, np.array(y_pred, dtype))
    assert isinstance(per_sample, np.ndarray)
    assert per_sample.shape == (2,)
    assert per_sample.mean() == pytest.approx(values[0], rel=1e-6)


def test_the_dtype_can_be_chosen() -> None:
    loss = losses.MeanSquaredError(dtype=np.float32)
    p = ag.Tensor(Y_PRED, requires_grad=True)
    value = loss(Y_TRUE, p)
    value.backward()
    assert value.dtype == np.float32
    assert p.grad.dtype == np.float64
    with pytest.raises(TypeError, match="floaty"):
        losses.MeanSquaredError(dtype="floaty")


def test_integer_predictions_are_taken_as_numbers() -> None:
    assert losses.MeanSquaredError()([1, 2], [1, 4]).item() == 2.0
    assert losses.MeanSquaredError()([1, 2], ag.Tensor([1, 4])).item() == 2.0


@pytest.mark.parametrize(("name", "y_true", "y_pred"), FINITE)
def test_missing_targets_and_weights_are_refused(name: str, y_true: Any, y_pred: Any) -> None:
    loss = losses.get(name)
    broken = np.array(y_true, dtype=float)
    broken[0] = np.nan
    with pytest.raises(ValueError, match=r"y_true is NaN in [12] of [24] places.*keep = ~np.isnan"):
        loss(broken, y_pred)
    with pytest.raises(ValueError, match="y_true is NaN"):
        getattr(losses, type(loss).name, losses.huber)(broken, y_pred)
    with pytest.raises(ValueError, match="sample_weight is NaN in 1 of 2 places"):
        loss(y_true, y_pred, [1.0, np.nan])


@pytest.mark.parametrize(("name", "y_true", "y_pred"), FINITE)
def test_predictions_that_are_not_numbers_show_in_the_loss(
    name: str, y_true: Any, y_pred: Any
) -> None:
    assert np.isnan(losses.get(name)(y_true, np.full((2, 2), np.nan)).item())


def test_names_of_classes_are_no_targets() -> None:
    with pytest.raises(TypeError, match=r"y_true has dtype <U3.*np.unique\(y_true, return_inv"):
        losses.MeanSquaredError()(["cat", "dog"], [0.5, 0.5])
    with pytest.raises(TypeError, match=r"labels are integers from 0"):
        losses.SparseCategoricalCrossentropy()(["cat", "dog"], [[0.5, 0.5], [0.5, 0.5]])


def test_a_target_may_be_differentiated_too() -> None:
    y = np.random.default_rng(0).uniform(0.2, 0.8, size=(3, 2))
    p = y[::-1] * 0.9
    for name in ("mse", "bce", "categorical_crossentropy", "kld", "log_cosh", "cosine_similarity"):
        ag.check_gradients(losses.get(name), y, p)
    for loss in (
        losses.BinaryCrossentropy(from_logits=True),
        losses.CategoricalCrossentropy(from_logits=True),
    ):
        ag.check_gradients(loss, y, p)


# -- losses of one's own ------------------------------------------------------------


def test_a_function_as_a_loss() -> None:
    def quartic(y_true: Any, y_pred: Any) -> Any:
        return np.mean((y_pred - y_true) ** 4, axis=-1)

    loss = losses.get(quartic)
    assert loss.name == "quartic"
    p = ag.Tensor(np.array([[1.0], [2.0]], np.float32), requires_grad=True)
    value = loss(np.zeros(2), p, sample_weight=[1.0, 0.5])  # (2,) is given the axis of (2, 1)
    assert value.dtype == np.float32
    assert value.item() == (1 + 0.5 * 16) / 2
    value.backward()
    np.testing.assert_array_equal(p.grad, [[2.0], [8.0]])


def test_a_function_may_give_one_number() -> None:
    loss = losses.LossFunction(lambda y, p: np.mean(np.abs(y - p)), name="gap")
    assert loss.name == "gap"
    assert loss([0.0, 0.0], [1.0, 2.0]).item() == 1.5
    with pytest.raises(ValueError, match=r"sample_weight has shape \(2,\), but .* shape \(\)"):
        loss([0.0, 0.0], [1.0, 2.0], [1.0, 1.0])


def test_a_loss_that_leaves_the_record_is_refused() -> None:
    loss = losses.LossFunction(lambda y, p: float(np.mean(p.data)), name="gap")
    with pytest.raises(TypeError, match=r"the loss gap returned float, through which no gradient"):
        loss([0.0], [1.0])


def test_a_class_of_ones_own() -> None:
    class HalfSquaredError(losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return np.mean(0.5 * (y_pred - y_true) ** 2, axis=-1)

    loss = HalfSquaredError(reduction="sum")
    assert loss.name == "half_squared_error"
    assert loss(Y_TRUE, Y_PRED).item() == pytest.approx(3.53125 / 2)
    assert losses.get(HalfSquaredError).reduction == "sum_over_batch_size"
    with pytest.raises(NotImplementedError, match=r"Loss needs a method call\(self, y_true"):
        losses.Loss()(Y_TRUE, Y_PRED)


# -- names and configs ------------------------------------------------------------

ALIASES = {
    "mse": losses.MeanSquaredError,
    "MSE": losses.MeanSquaredError,
    "MeanSquaredError": losses.MeanSquaredError,
    "mean_squared_error": losses.MeanSquaredError,
    "mae": losses.MeanAbsoluteError,
    "mape": losses.MeanAbsolutePercentageError,
    "msle": losses.MeanSquaredLogarithmicError,
    "bce": losses.BinaryCrossentropy,
    "kld": losses.KLDivergence,
    "log_cosh": losses.LogCosh,
    "huber": losses.Huber,
    "sparse_categorical_crossentropy": losses.SparseCategoricalCrossentropy,
}


@pytest.mark.parametrize(("name", "cls"), ALIASES.items())
def test_get_by_name(name: str, cls: type) -> None:
    assert type(losses.get(name)) is cls


def test_get_by_other_means() -> None:
    loss = losses.Huber(delta=2.0)
    assert losses.get(loss) is loss
    assert type(losses.get(losses.Huber)) is losses.Huber
    assert type(losses.get(losses.binary_crossentropy)) is losses.BinaryCrossentropy
    described = {"class_name": "Huber", "config": loss.get_config()}
    again = losses.get(described)
    assert isinstance(again, losses.Huber)
    assert again.delta == 2.0
    with pytest.raises(ValueError, match=r"unknown loss 'mean_square_error'\. Did you mean 'mean_"):
        losses.get("mean_square_error")
    with pytest.raises(TypeError, match=r"a loss is a name, a Loss or a function.*got int"):
        losses.get(3)  # type: ignore[call-overload]
    assert losses.get(None) is None  # as in Keras


def test_configs_hold_every_argument_in_kerass_order() -> None:
    # Keras 3.15.1's signatures.
    loss = losses.BinaryFocalCrossentropy(True, 0.3, 1.5, True, 0.1, -1, "sum", "focal", "float32")
    config = {
        "apply_class_balancing": True,
        "alpha": 0.3,
        "gamma": 1.5,
        "from_logits": True,
        "label_smoothing": 0.1,
        "axis": -1,
        "reduction": "sum",
        "name": "focal",
        "dtype": "float32",
    }
    assert loss.get_config() == config
    assert list(loss.get_config()) == list(config)
    assert losses.BinaryFocalCrossentropy.from_config(config).get_config() == config
    assert repr(losses.MeanSquaredError()) == (
        "MeanSquaredError(reduction='sum_over_batch_size', name='mean_squared_error', dtype=None)"
    )
    assert losses.SparseCategoricalCrossentropy(True, 255, "sum", 1).axis == 1


def test_an_unknown_reduction() -> None:
    with pytest.raises(ValueError, match=r"reduction is one of 'sum_over_batch_size', .*'avg'"):
        losses.MeanSquaredError(reduction="avg")


def test_losses_are_grouped_in_a_scope_and_record_few_nodes() -> None:
    def names(loss: losses.Loss, y: Any, p: Any) -> list[str]:
        node = loss(y, ag.Tensor(np.array(p, np.float32), requires_grad=True))
        assert node.scope is not None
        assert node.scope.path == loss.name
        found = []
        while node.function is not None:
            found.append(node.function.__name__)
            (node,) = [x for x in node.inputs if isinstance(x, ag.Tensor)]
        return found

    logits, labels = [[1.0, 2.0]], [1]
    sparse = losses.SparseCategoricalCrossentropy(from_logits=True)
    assert names(sparse, labels, logits) == ["mean", "sparse_softmax_crossentropy"]
    assert names(losses.MeanSquaredError(), logits, logits) == ["mean", "squared_error"]
    binary = losses.BinaryCrossentropy(from_logits=True)
    assert names(binary, [[0, 1]], logits) == ["mean", "sigmoid_crossentropy"]


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "expected"),
    [
        # Keras 3.15.1, which computes every loss in float32.
        (losses.BinaryCrossentropy(), [[1, 0]], [[1, 1]], 7.9711924),
        (losses.BinaryFocalCrossentropy(), [[1, 0]], [[1, 1]], 7.9711905),
        (losses.CosineSimilarity(), [[0, 0]], [[1, 1]], 0.0),
        (losses.KLDivergence(), [[1, 0]], [[0, 1]], 16.118095),
        (losses.MeanAbsolutePercentageError(), [[0, 0]], [[1, 1]], 1e9),
    ],
)
def test_of_float16_a_loss_is_computed_in_float32(loss, y_true, y_pred, expected):
    y_true, y_pred = np.array(y_true, np.float16), np.array(y_pred, np.float16)
    assert loss(y_true, y_pred).item() == pytest.approx(expected, rel=1e-6)
    assert ag.grad(loss, 1)(y_true, y_pred).dtype == np.float16


def test_no_reduction_has_keras_two_spellings():
    loss = losses.MeanSquaredError(reduction="none")
    assert loss(np.zeros((2, 1)), np.array([[1.0], [2.0]])).tolist() == [1, 4]
    assert loss.get_config()["reduction"] is None
