"""Regression losses: squared, absolute, relative, robust to outliers, by direction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite import gradient, primitive
from autograd_lite.extend import define, unwrap
from nn.losses.base import ElementwiseLoss, Loss, averaged, without_nan
from nn.losses.targets import EPSILON, align, required

# -- element by element ----------------------------------------------------------------------------


@primitive(inlinable=True)
def squared_error(a: Any, y: Any) -> Any:
    """(a - y)**2 of the prediction a and the target y."""
    return np.square(a - y)


gradient(
    squared_error,
    lambda g, J, a, y: 2 * g * (a - y),
    lambda g, J, a, y: -2 * g * (a - y),
    maths=("(a - y)^2", "2 (a - y)", "-2 (a - y)"),
)


@primitive(inlinable=True)
def huber_error(error: Any, delta: float) -> Any:
    """error**2 / 2 up to delta, then the straight line that continues it."""
    size = np.abs(error)
    near = np.minimum(size, delta)
    return near * (size - 0.5 * near)


gradient(
    huber_error,
    lambda g, y, error, *, delta: g * np.clip(error, -delta, delta),
    maths=(
        r"\begin{cases} \frac{1}{2} \mathrm{error}^2 & \lvert \mathrm{error} \rvert \le \delta"
        r" \\ \delta (\lvert \mathrm{error} \rvert - \frac{1}{2} \delta) & \text{else} \end{cases}",
        r"\min(\max(\mathrm{error}, -\delta), \delta)",
    ),
)


@primitive(inlinable=True)
def log_cosh_error(error: Any) -> Any:
    """log(cosh(error)): of small errors by sinh, which keeps their digits; of others by
    exp(-2 abs(error)), which cannot overflow.
    """
    size = np.abs(error)
    half = np.sinh(0.5 * np.minimum(size, 1))
    far = size + np.log1p(0.5 * np.expm1(-2 * size))
    return np.where(size < 1, np.log1p(2 * half * half), far)


gradient(
    log_cosh_error,
    lambda g, y, error: g * np.tanh(error),
    maths=(r"\log \cosh \mathrm{error}", r"\tanh \mathrm{error}"),
)


def _absolute_error(y_true: Any, y_pred: Any) -> Any:
    return np.abs(y_pred - y_true)


def _percentage_error(y_true: Any, y_pred: Any) -> Any:
    return 100 * np.abs((y_pred - y_true) / np.maximum(np.abs(y_true), EPSILON))


def _squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    return squared_error(
        np.log1p(np.maximum(y_pred, EPSILON)), np.log1p(np.maximum(y_true, EPSILON))
    )


def _poisson(y_true: Any, y_pred: Any) -> Any:
    smallest = 0.0 if required(lambda: ~(y_pred < 0)) else np.min(unwrap(y_pred), initial=0)
    if smallest < 0:
        raise ValueError(
            f"Poisson takes predicted rates, which are positive, got {smallest:g}. Give the last "
            'layer activation="softplus" or "exponential"'
        )
    return y_pred - y_true * np.log(y_pred + EPSILON)


# -- classes ---------------------------------------------------------------------------------------


@define
class MeanSquaredError(ElementwiseLoss):
    """The mean of ``(y_pred - y_true)**2``.

    Arguments as in `Loss`.

    Example:
        >>> MeanSquaredError()([0.0, 0.0], [1.0, 3.0]).item()
        5.0
    """

    reduction: str | None = "sum_over_batch_size"
    name: str = "mean_squared_error"
    dtype: Any = None

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        return squared_error(y_pred, y_true)


@define
class MeanAbsoluteError(ElementwiseLoss):
    """The mean of ``abs(y_pred - y_true)``.

    Arguments as in `Loss`.
    """

    reduction: str | None = "sum_over_batch_size"
    name: str = "mean_absolute_error"
    dtype: Any = None

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        return _absolute_error(y_true, y_pred)


@define
class MeanAbsolutePercentageError(ElementwiseLoss):
    """The mean of ``100 * abs(y_pred - y_true) / max(abs(y_true), 1e-7)``.

    Arguments as in `Loss`.
    """

    reduction: str | None = "sum_over_batch_size"
    name: str = "mean_absolute_percentage_error"
    dtype: Any = None

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        return _percentage_error(y_true, y_pred)


@define
class MeanSquaredLogarithmicError(ElementwiseLoss):
    """The mean of ``(log(1 + y_pred) - log(1 + y_true))**2``; values below 1e-7 count as 1e-7.

    Arguments as in `Loss`.
    """

    reduction: str | None = "sum_over_batch_size"
    name: str = "mean_squared_logarithmic_error"
    dtype: Any = None

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        return _squared_logarithmic_error(y_true, y_pred)


@define
class Huber(ElementwiseLoss):
    """The mean of ``e**2 / 2`` where ``abs(e) <= delta``, else ``delta * (abs(e) - delta / 2)``,
    with e = y_pred - y_true: squared for small errors, absolute for outliers.

    Args:
        delta: the error at which the loss turns linear.
        reduction, name, dtype: as in `Loss`.

    Example:
        >>> Huber(delta=1.0)([0.0, 0.0], [0.5, 10.0]).item()
        4.8125
    """

    delta: float = 1.0
    reduction: str | None = "sum_over_batch_size"
    name: str = "huber_loss"
    dtype: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_positive(self.delta)

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        return huber_error(y_pred - y_true, delta=self.delta)


@define
class LogCosh(ElementwiseLoss):
    """The mean of ``log(cosh(y_pred - y_true))``: near e**2 / 2 for a small error e, near
    ``abs(e) - log(2)`` for a large one.

    Arguments as in `Loss`.
    """

    reduction: str | None = "sum_over_batch_size"
    name: str = "log_cosh"
    dtype: Any = None

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        return log_cosh_error(y_pred - y_true)


@define
class Poisson(ElementwiseLoss):
    """The mean of ``y_pred - y_true * log(y_pred + 1e-7)``: for counts y_true and predicted
    rates y_pred, up to a constant the negative log-likelihood.

    Arguments as in `Loss`.

    Raises:
        ValueError: when called with a negative prediction.
    """

    reduction: str | None = "sum_over_batch_size"
    name: str = "poisson"
    dtype: Any = None

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        return _poisson(y_true, y_pred)


@define
class CosineSimilarity(Loss):
    """Minus the cosine of the angle between y_true and y_pred: -1 for one direction, 1 for
    opposite ones, 0 for right angles and for a vector of zeros.

    Args:
        axis: along which the vectors lie.
        reduction, name, dtype: as in `Loss`.

    Example:
        >>> CosineSimilarity()([[0.0, 2.0]], [[0.0, 5.0]]).item()
        -1.0
    """

    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str = "cosine_similarity"
    dtype: Any = None

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return cosine_similarity(y_true, y_pred, self.axis)


# -- functions -------------------------------------------------------------------------------------


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """`MeanSquaredError` of each sample: averaged over the last axis.

    Args:
        y_true: the targets.
        y_pred: the predictions; an array gives an array, a Tensor a Tensor.

    Example:
        >>> mean_squared_error([[0.0, 0.0], [1.0, 1.0]], [[1.0, 3.0], [1.0, 1.0]])
        array([5., 0.])
    """
    return averaged(lambda y, a: squared_error(a, y), y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """`MeanAbsoluteError` of each sample; as `mean_squared_error`."""
    return averaged(_absolute_error, y_true, y_pred)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """`MeanAbsolutePercentageError` of each sample; as `mean_squared_error`."""
    return averaged(_percentage_error, y_true, y_pred)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """`MeanSquaredLogarithmicError` of each sample; as `mean_squared_error`."""
    return averaged(_squared_logarithmic_error, y_true, y_pred)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """`Huber` of each sample; as `mean_squared_error`."""
    _require_positive(delta)
    return averaged(lambda y, a: huber_error(a - y, delta=delta), y_true, y_pred)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """`LogCosh` of each sample; as `mean_squared_error`."""
    return averaged(lambda y, a: log_cosh_error(a - y), y_true, y_pred)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """`Poisson` of each sample; as `mean_squared_error`."""
    return averaged(_poisson, y_true, y_pred)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """`CosineSimilarity` of each sample: minus the cosine, along `axis`."""
    y_true, y_pred = align(y_true, y_pred)
    cosine = np.sum(_unit(y_true, axis) * _unit(y_pred, axis), axis=axis)
    return without_nan(-cosine, y_true)


def _unit(x: Any, axis: int) -> Any:
    """x with length 1 along an axis; lengths below 1e-7 count as 1e-7."""
    squared = np.sum(x * x, axis=axis, keepdims=True)
    return x / np.sqrt(np.maximum(squared, EPSILON**2))


def _require_positive(delta: float) -> None:
    if not (delta > 0 and math.isfinite(delta)):
        raise ValueError(f"delta, where Huber turns linear, is positive, got {delta!r}")
