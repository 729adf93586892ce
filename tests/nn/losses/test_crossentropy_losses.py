"""Crossentropies: values, a - y, second order, extremes, smoothing, ignored labels, errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from nn import losses
from nn.activations import sigmoid, softmax
from nn.losses import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    KLDivergence,
    SparseCategoricalCrossentropy,
)

WEIGHTS = np.array([1.0, 2.0, 0.5])

# Binary: targets, probabilities, logits.
T = np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
P = np.array([[0.2, 0.7], [0.9, 1.0], [0.0, 0.4]])
Z = np.array([[1.0, -1.5], [0.5, 0.5], [-0.5, 4.0]])

# Three classes: one-hot targets, scores that do not add up to 1, logits.
HOT = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
LABELS = np.array([2, 0, 1])
S = np.array([[0.2, 0.3, 0.5], [0.6, 0.6, 0.6], [0.1, 0.0, 0.9]])
L = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0], [20.0, -20.0, 0.0]])

LOGITS = {"from_logits": True}
SMOOTH = {"label_smoothing": 0.2}

VALUES: list[tuple[losses.Loss, Any, Any, float, float]] = [
    # Keras 3.15.1, JAX backend, float64: without and with WEIGHTS.
    (BinaryCrossentropy(), T, P, 0.1993341421087583, 0.17432543138662973),
    (BinaryCrossentropy(**LOGITS), T, Z, 1.4091759125391643, 1.1928493579228718),
    (BinaryCrossentropy(**SMOOTH), T, P, 0.8172086874643961, 0.959758977095286),
    (BinaryCrossentropy(True, 0.2), T, Z, 1.3258427182833354, 1.1553494532903035),
    (BinaryFocalCrossentropy(), T, P, 0.020635365799535066, 0.013999958173371851),
    (BinaryFocalCrossentropy(**LOGITS), T, Z, 0.9861280719439188, 0.6801125009854635),
    (BinaryFocalCrossentropy(**SMOOTH), T, P, 0.035918861317137875, 0.030912313610315323),
    (
        BinaryFocalCrossentropy(**LOGITS, **SMOOTH),
        T,
        Z,
        0.7571734537680944,
        0.5418717960516611,
    ),
    (
        BinaryFocalCrossentropy(True, alpha=0.3, gamma=1.5),
        T,
        P,
        0.020502282519980024,
        0.013130467191028098,
    ),
    (CategoricalCrossentropy(), HOT, S, 5.969951706728792, 3.649806527791775),
    (CategoricalCrossentropy(**LOGITS), HOT, L, 14.690160269386956, 9.04545490362924),
    (CategoricalCrossentropy(**SMOOTH), HOT, S, 5.338815499226023, 3.3500952724363926),
    (CategoricalCrossentropy(True, 0.2), HOT, L, 13.356826936053622, 8.334343792518128),
    (CategoricalFocalCrossentropy(), HOT, S, 1.3983042792313565, 0.7674064387836282),
    (CategoricalFocalCrossentropy(**SMOOTH), HOT, S, 1.23665636825136, 0.6901197425930676),
    (SparseCategoricalCrossentropy(), LABELS, S, 5.969951706728792, 3.649806527791775),
    (SparseCategoricalCrossentropy(**LOGITS), LABELS, L, 14.690160269386956, 9.04545490362924),
    (
        SparseCategoricalCrossentropy(**LOGITS, ignore_class=0),
        LABELS,
        L,
        20.50229845220172,
        10.50229845168643,
    ),
    (KLDivergence(), S / S.sum(1, keepdims=True), HOT, 10.823063563047555, 11.406489989411595),
]


@pytest.mark.parametrize(("loss", "y_true", "y_pred", "plain", "weighted"), VALUES)
def test_values(loss: losses.Loss, y_true: Any, y_pred: Any, plain: float, weighted: float) -> None:
    assert loss(y_true, y_pred).item() == pytest.approx(plain, rel=1e-7)
    assert loss(y_true, y_pred, WEIGHTS).item() == pytest.approx(weighted, rel=1e-7)


def test_the_categorical_focal_loss_of_logits_by_its_formula() -> None:
    # Keras cuts off at 1e-7 here too (1.609 for L); this does not.
    a = np.exp(L) / np.exp(L).sum(1, keepdims=True)
    expected = -np.sum(0.25 * (1 - a) ** 2 * HOT * np.log(a), axis=1)
    loss = CategoricalFocalCrossentropy(from_logits=True, reduction=None)
    np.testing.assert_allclose(loss(HOT, L).data, expected, rtol=1e-9)
    alphas = CategoricalFocalCrossentropy(alpha=[1.0, 2.0, 4.0], gamma=0, reduction=None)
    crossentropy = CategoricalCrossentropy(reduction=None)(HOT, S)
    np.testing.assert_allclose(alphas(HOT, S).data, crossentropy.data * [4, 1, 2], rtol=1e-12)
    with pytest.raises(ValueError, match="alpha has 2 weights, but there are 3 classes"):
        CategoricalFocalCrossentropy(alpha=[1.0, 2.0])(HOT, S)


def test_focal_losses_with_gamma_zero_are_the_plain_ones() -> None:
    for y, x, plain, focal in (
        (T, Z, BinaryCrossentropy, BinaryFocalCrossentropy),
        (HOT, L, CategoricalCrossentropy, CategoricalFocalCrossentropy),
    ):
        scale = 0.25 if focal is CategoricalFocalCrossentropy else 1
        value = focal(gamma=0.0, from_logits=True)(y, x).item()
        assert value == pytest.approx(scale * plain(from_logits=True)(y, x).item(), rel=1e-12)


# -- gradients ------------------------------------------------------------------------------


def slope(loss: losses.Loss, y_true: Any, y_pred: Any) -> np.ndarray[Any, Any]:
    p = ag.Tensor(y_pred, requires_grad=True)
    loss(y_true, p).backward()
    gradient: np.ndarray[Any, Any] = p.grad
    return gradient


def test_from_logits_the_gradient_is_prediction_minus_target() -> None:
    a = 1 / (1 + np.exp(-Z))
    np.testing.assert_allclose(slope(BinaryCrossentropy(**LOGITS), T, Z), (a - T) / T.size)
    a = np.exp(L) / np.exp(L).sum(1, keepdims=True)
    expected = (a - HOT) / 3
    for loss, y in (
        (CategoricalCrossentropy(**LOGITS), HOT),
        (SparseCategoricalCrossentropy(**LOGITS), LABELS),
    ):
        np.testing.assert_allclose(slope(loss, y, L), expected, rtol=1e-12, atol=1e-17)


def test_through_sigmoid_or_softmax_the_gradient_is_the_same() -> None:
    moderate = L.clip(-3, 3)
    for activation, loss, y, z in (
        (sigmoid, BinaryCrossentropy, T, Z),
        (softmax, CategoricalCrossentropy, HOT, moderate),
        (softmax, SparseCategoricalCrossentropy, LABELS, moderate),
    ):
        np.testing.assert_allclose(
            ag.grad(lambda z, f=activation, m=loss, y=y: m()(y, f(z)))(z),
            slope(loss(from_logits=True), y, z),
            rtol=1e-8,
            atol=1e-12,
        )


GENTLE = np.array([[0.2, 0.3, 0.5], [0.6, 0.7, 0.5], [0.15, 0.05, 0.9]])
SOFT = np.array([[0.1, 0.2, 0.7], [0.0, 1.0, 0.0], [0.3, 0.3, 0.4]])

DIFFERENTIATED: list[tuple[losses.Loss, Any, Any]] = [
    (BinaryCrossentropy(), SOFT, GENTLE),
    (BinaryCrossentropy(True, 0.1), SOFT, L.clip(-3, 3)),
    (BinaryFocalCrossentropy(True), SOFT, GENTLE),
    (BinaryFocalCrossentropy(gamma=3.0, from_logits=True), SOFT, L.clip(-3, 3)),
    (CategoricalCrossentropy(), SOFT, GENTLE),
    (CategoricalCrossentropy(**LOGITS), SOFT, L.clip(-3, 3)),
    (CategoricalCrossentropy(axis=0), SOFT, GENTLE),
    (CategoricalCrossentropy(**LOGITS, axis=0), SOFT, L.clip(-3, 3)),
    (CategoricalCrossentropy(**LOGITS), 3 * SOFT, L.clip(-3, 3)),
    (CategoricalFocalCrossentropy(), SOFT, GENTLE),
    (CategoricalFocalCrossentropy(alpha=[1.0, 2.0, 3.0], from_logits=True), SOFT, L.clip(-3, 3)),
    (SparseCategoricalCrossentropy(), LABELS, GENTLE),
    (SparseCategoricalCrossentropy(**LOGITS), LABELS, L.clip(-3, 3)),
    (SparseCategoricalCrossentropy(**LOGITS, axis=0), LABELS, L.clip(-3, 3)),
    (SparseCategoricalCrossentropy(**LOGITS, ignore_class=2), LABELS, L.clip(-3, 3)),
    (SparseCategoricalCrossentropy(ignore_class=2, axis=0), LABELS, GENTLE),
    (KLDivergence(), SOFT, GENTLE),
]


@pytest.mark.parametrize(("loss", "y_true", "y_pred"), DIFFERENTIATED)
def test_gradients_to_second_order(loss: losses.Loss, y_true: Any, y_pred: Any) -> None:
    if y_true is not LABELS and np.max(y_true) > 1:
        y_true = y_true / 6  # need not add up to 1
    ag.check_gradients(lambda p: loss(y_true, p), y_pred)
    ag.check_gradients(lambda p: loss(y_true, p, WEIGHTS), y_pred)


def test_second_order_at_saturation_is_zero_and_not_nan() -> None:
    z = ag.Tensor(np.array([[800.0, -800.0]]), requires_grad=True)
    for loss, y in (
        (BinaryCrossentropy(**LOGITS), [[1.0, 0.0]]),
        (CategoricalCrossentropy(**LOGITS), [[1.0, 0.0]]),
        (SparseCategoricalCrossentropy(**LOGITS), [0]),
    ):
        (first,) = ag.gradients(loss(y, z), [z])
        assert first is not None
        (second,) = ag.gradients(np.sum(first**2), [z])
        assert second is not None
        np.testing.assert_array_equal(second.data, np.zeros((1, 2)))


# -- extremes -------------------------------------------------------------------------------

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@DTYPES
def test_binary_logits_never_saturate(dtype: type) -> None:
    z = np.array([[-1e4], [-50.0], [50.0], [1e4]], dtype)
    loss = BinaryCrossentropy(from_logits=True, reduction=None)
    np.testing.assert_allclose(loss(np.ones(4), z).data, [1e4, 50, np.exp(-50), 0], rtol=1e-6)
    np.testing.assert_allclose(loss(np.zeros(4), z).data, [0, np.exp(-50), 50, 1e4], rtol=1e-6)
    assert loss(np.ones(4), z).dtype == dtype
    np.testing.assert_allclose(
        slope(BinaryCrossentropy(from_logits=True, reduction="sum"), np.ones(4), z).ravel(),
        [-1, -1, 0, 0],
        atol=1e-6,
    )


@DTYPES
def test_categorical_logits_never_saturate(dtype: type) -> None:
    z = np.array([[1e4, -1e4, 0.0]] * 3, dtype)
    expected = [0, 2e4, 1e4]
    sparse = SparseCategoricalCrossentropy(from_logits=True, reduction=None)
    dense = CategoricalCrossentropy(from_logits=True, reduction=None)
    np.testing.assert_array_equal(sparse([0, 1, 2], z).data, expected)
    np.testing.assert_array_equal(dense(np.eye(3), z).data, expected)
    assert sparse([0, 1, 2], z).dtype == dense(np.eye(3), z).dtype == dtype
    gradient = slope(SparseCategoricalCrossentropy(True, reduction="sum"), [0, 1, 2], z)
    np.testing.assert_array_equal(gradient, [[0, 0, 0], [1, -1, 0], [1, 0, -1]])


@DTYPES
def test_masked_logits(dtype: type) -> None:
    z = np.array([[-np.inf, 0.0, 0.0]], dtype)
    for loss, y in (
        (CategoricalCrossentropy(**LOGITS), [[0.0, 1.0, 0.0]]),
        (SparseCategoricalCrossentropy(**LOGITS), [1]),
    ):
        assert loss(y, z).item() == pytest.approx(math.log(2))
        np.testing.assert_allclose(slope(loss, y, z), [[0.0, -0.5, 0.5]])
    focal = CategoricalFocalCrossentropy(from_logits=True)
    assert focal([[0.0, 1.0, 0.0]], z).item() == pytest.approx(math.log(2) / 16)


@DTYPES
def test_probabilities_are_cut_off_as_in_keras(dtype: type) -> None:
    loss = BinaryCrossentropy(reduction=None)
    # Keras 3.15.1, JAX backend: -log(1e-7), and -log(1 - float(1 - 1e-7)) in each precision.
    low, high = -math.log(1e-7), -math.log(1 - float(dtype(1) - dtype(1e-7)))
    result = loss([1, 0, 1, 0], np.array([0, 1, 1, 0], dtype)).data
    np.testing.assert_allclose(result, [low, high, 0, 0], rtol=1e-6, atol=2e-7)
    assert not slope(loss.__class__(), [1, 0, 1, 0], np.array([0, 1, 1, 0], dtype)).any()
    rows = np.array([[0.0, 1.0]], dtype)
    assert CategoricalCrossentropy()([[1, 0]], rows).item() == pytest.approx(low, rel=1e-6)


# -- shapes and axes ------------------------------------------------------------------------


def test_labels_may_be_a_column_and_floats() -> None:
    loss = SparseCategoricalCrossentropy(from_logits=True)
    expected = loss(LABELS, L).item()
    for labels in (LABELS[:, None], LABELS.astype(np.float32), LABELS.astype(">i2"), [2, 0, 1]):
        assert loss(labels, L).item() == expected
    assert loss(ag.Tensor(LABELS), L).item() == expected
    assert loss(LABELS[::-1][::-1], L[::-1][::-1]).item() == expected


def test_axes_other_than_the_last() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(2, 3, 4))
    labels = rng.integers(0, 3, (2, 4))
    hot = np.moveaxis(np.eye(3)[labels], -1, 1)
    rows = np.moveaxis(z, 1, -1)
    for from_logits in (True, False):
        y_pred, by_rows = (z, rows) if from_logits else (np.exp(z) / 100, np.exp(rows) / 100)
        sparse = SparseCategoricalCrossentropy(from_logits, reduction=None)(labels, by_rows)
        along = SparseCategoricalCrossentropy(from_logits, axis=1, reduction=None)(labels, y_pred)
        dense = CategoricalCrossentropy(from_logits, axis=1, reduction=None)(hot, y_pred)
        assert sparse.shape == (2, 4)
        np.testing.assert_allclose(along.data, sparse.data, rtol=1e-12)
        np.testing.assert_allclose(dense.data, sparse.data, rtol=1e-12)
    shape = BinaryCrossentropy(axis=1, reduction=None)(hot, np.full((2, 3, 4), 0.5)).shape
    assert shape == (2, 4)


def test_one_sample_without_an_axis_of_samples() -> None:
    assert losses.sparse_categorical_crossentropy(2, [0.25, 0.25, 0.5]) == pytest.approx(
        math.log(2)
    )
    assert losses.categorical_crossentropy([0, 0, 1], [0.25, 0.25, 0.5]) == pytest.approx(
        math.log(2)
    )


IGNORED: list[tuple[str | None, Any, Any]] = [
    # Keras 3.15.1, JAX backend, float64: label 0 ignored, without and with WEIGHTS.
    ("sum_over_batch_size", 20.50229845220172, 10.50229845168643),
    ("mean", 20.50229845220172, 10.50229845168643),
    ("mean_with_sample_weight", 20.50229845220172, 14.003064602248573),
    ("sum", 41.00459690440344, 21.00459690337286),
    (None, [1.0045969023422834, 0.0, 40.00000000206116], [1.0045969023422834, 0.0, 20.0]),
]


@pytest.mark.parametrize(("reduction", "plain", "weighted"), IGNORED)
def test_ignored_labels_do_not_count(reduction: str | None, plain: Any, weighted: Any) -> None:
    loss = SparseCategoricalCrossentropy(True, ignore_class=0, reduction=reduction)
    np.testing.assert_allclose(loss(LABELS, L).data, plain, rtol=1e-9)
    np.testing.assert_allclose(loss(LABELS, L, WEIGHTS).data, weighted, rtol=1e-9)


@pytest.mark.parametrize("ignored", [-1, 255])
def test_an_ignored_label_may_lie_outside_the_classes(ignored: int) -> None:
    loss = SparseCategoricalCrossentropy(from_logits=True, ignore_class=ignored)
    labels = np.array([2, ignored, 1])
    assert loss(labels, L).item() == pytest.approx(20.50229845220172)
    gradient = slope(loss, labels, L)
    np.testing.assert_array_equal(gradient[1], 0)
    assert loss([ignored] * 3, L).item() == 0
    with pytest.raises(ValueError, match="y_true holds the label 7, but y_pred has 3 classes"):
        loss([ignored, 7, 1], L)


# -- errors ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1, 3], r"the label 3, but y_pred has 3 classes, with labels 0 to 2"),
        ([1, 2, 3], r"Labels count from 0: subtract 1"),
        ([0, -1, 2], r"the label -1, but"),
        ([0.0, 1.5, 2.0], r"y_true holds 1\.5, but a class label is a whole number"),
        ([0.0, np.nan, 2.0], r"y_true is NaN in 1 of 3 places"),
        ([[0, 1], [1, 2], [2, 0]], r"y_true has shape \(3, 2\), .* have shape \(3,\)\.$"),
        ([0, 1], r"integer labels for it have shape \(3,\)"),
        (HOT, r"One-hot targets go with CategoricalCrossentropy"),
    ],
)
def test_labels_that_cannot_be(labels: Any, message: str) -> None:
    for call in (
        SparseCategoricalCrossentropy(from_logits=True),
        losses.sparse_categorical_crossentropy,
    ):
        with pytest.raises(ValueError, match=message):
            call(labels, S)
    with pytest.raises(ValueError, match=message):
        SparseCategoricalCrossentropy()(ag.Tensor(labels), S)


@pytest.mark.parametrize("cls", [BinaryCrossentropy, BinaryFocalCrossentropy])
def test_targets_outside_the_unit_interval(cls: type) -> None:
    name = cls.__name__
    with pytest.raises(ValueError, match=rf"{name} takes targets in \[0, 1\], got values from -1"):
        cls()([-1.0, 1.0], [0.5, 0.5])
    with pytest.raises(ValueError, match=r"become 0 and 1 by \(y_true \+ 1\) / 2; or use a Hinge"):
        cls(from_logits=True)([-1.0, 1.0], [0.5, 0.5])
    with pytest.raises(ValueError, match=r"to 7\. For labels 0 to C - 1 of C classes use Sparse"):
        cls()([0.0, 7.0], [0.5, 0.5])


@pytest.mark.parametrize(
    ("loss", "y", "p"),
    [
        (BinaryCrossentropy(), [0, 1], [-2.0, 3.0]),
        (BinaryFocalCrossentropy(), [0, 1], [-2.0, 3.0]),
        (CategoricalCrossentropy(), [[0, 1]], [[-2.0, 3.0]]),
        (CategoricalFocalCrossentropy(), [[0, 1]], [[-2.0, 3.0]]),
        (SparseCategoricalCrossentropy(), [1], [[-2.0, 3.0]]),
    ],
)
def test_logits_in_place_of_probabilities(loss: losses.Loss, y: Any, p: Any) -> None:
    name = type(loss).__name__
    message = rf"{name} takes probabilities.* from -2 to 3; .* {name}\(from_logits=True\)"
    with pytest.raises(ValueError, match=message):
        loss(y, p)
    function = getattr(losses, loss.name)
    with pytest.raises(ValueError, match=message):
        function(y, p)


def test_rounding_beyond_one_is_no_error() -> None:
    p = np.array([1 + 1e-7, -1e-7])
    assert BinaryCrossentropy()([1, 0], p).item() == pytest.approx(1e-7, rel=1e-3)


@pytest.mark.parametrize(
    ("loss", "activation", "y", "z"),
    [
        (BinaryCrossentropy, sigmoid, T, Z),
        (BinaryFocalCrossentropy, sigmoid, T, Z),
        (CategoricalCrossentropy, softmax, HOT, L),
        (CategoricalFocalCrossentropy, softmax, HOT, L),
        (SparseCategoricalCrossentropy, softmax, LABELS, L),
    ],
)
def test_probabilities_in_place_of_logits(loss: Any, activation: Any, y: Any, z: Any) -> None:
    name = activation.__name__
    with pytest.raises(ValueError, match=rf"applies {name} itself, but y_pred is the output of a"):
        loss(from_logits=True)(y, activation(ag.Tensor(z, requires_grad=True)))


@pytest.mark.parametrize(
    "loss",
    [CategoricalCrossentropy, CategoricalFocalCrossentropy, SparseCategoricalCrossentropy],
)
def test_a_single_class(loss: Any) -> None:
    with pytest.raises(ValueError, match=r"at least 2 classes.*\(4, 1\).*use BinaryCrossentropy"):
        loss()(np.zeros((4, 1)), np.full((4, 1), 0.5))


@pytest.mark.parametrize("smoothing", [-0.1, 1.1])
def test_label_smoothing_is_a_fraction(smoothing: float) -> None:
    for loss in (
        BinaryCrossentropy,
        BinaryFocalCrossentropy,
        CategoricalCrossentropy,
        CategoricalFocalCrossentropy,
    ):
        with pytest.raises(ValueError, match="label_smoothing is between 0 and 1, got"):
            loss(label_smoothing=smoothing)
    with pytest.raises(ValueError, match="label_smoothing is between 0 and 1, got"):
        losses.binary_crossentropy([[0.0]], [[0.5]], label_smoothing=smoothing)


def test_a_divergence_of_what_is_no_distribution() -> None:
    with pytest.raises(ValueError, match=r'y_pred goes from -1 to 0.5; .*activation="softmax"'):
        KLDivergence()([[0.5, 0.5]], [[-1.0, 0.5]])
    with pytest.raises(ValueError, match=r"KLDivergence takes targets in \[0, 1\]"):
        KLDivergence()([[0.5, 2.0]], [[0.5, 0.5]])
