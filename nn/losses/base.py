"""Loss: the base of losses, which reduce the loss of each sample to one number."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from autograd_lite import Tensor, record
from autograd_lite.extend import (
    Fields,
    MaskedTensor,
    current_context,
    define,
    enter_scope,
    leaf,
    leave,
    mask_of,
    unwrap,
)
from nn._core.identifiers import snake_case
from nn._core.masks import over_features, warn_if_lost
from nn._core.tracking import Tracked
from nn._core.validation import require_fields
from nn.activations.operation import floating
from nn.distribution.collectives import average, sum_of_ranks
from nn.distribution.share import current_share
from nn.losses.targets import (
    align,
    columns,
    predictions,
    refuse_nan,
    same_dtype,
    same_rank,
)

AVERAGES = ("sum_over_batch_size", "mean", "mean_with_sample_weight")


class Loss(Tracked, Fields):
    """The base of all losses; a loss of your own overrides `call`.

    Args:
        name: its name in pictures and messages; by default the class name in snake_case.
        reduction: the reduction of the samples' values to one number.
            "sum_over_batch_size" or "mean": their sum, each times its weight, over how many
            there are. "mean_with_sample_weight": that sum over the sum of the weights. "sum":
            the sum. None or "none": no reduction.
        dtype: predictions are cast to it; by default float16 becomes float32, others stay.

    Raises:
        ValueError: for an unknown reduction.

    Example:
        >>> import numpy as np
        >>> class Quartic(Loss):
        ...     def call(self, y_true, y_pred):
        ...         return np.mean((y_pred - y_true) ** 4, axis=-1)
        >>> Quartic()(np.zeros((2, 1)), np.array([[1.0], [2.0]])).item()
        8.5
    """

    name: str
    reduction: str | None
    dtype: Any

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.reduction = reduction
        self.dtype = dtype
        self.__post_init__()

    def __post_init__(self) -> None:
        """Check the arguments; the losses of this package are dataclasses, which call this."""
        require_fields(self)
        self.reduction = None if self.reduction == "none" else self.reduction
        if self.reduction not in (*AVERAGES, "sum", None):
            known = ", ".join(map(repr, AVERAGES))
            raise ValueError(f"reduction is one of {known}, 'sum' or None, got {self.reduction!r}")
        if self.dtype is not None:
            self.dtype = np.dtype(self.dtype).name

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each sample: the shape of y_pred without its last axis.

        Args:
            y_true: array or Tensor, in y_pred's dtype.
            y_pred: Tensor.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method call(self, y_true, y_pred) that returns the "
            "loss of each sample"
        )

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """Compute the reduced loss, to be differentiated.

        Predictions with a mask (`nn.layers.Masking`) are weighted by it, and an average is over
        those that count; it is 0 if none does.

        Args:
            y_true: the targets.
            y_pred: the predictions, Tensor or array.
            sample_weight: a weight for each sample, or for each value of the unreduced loss.

        Raises:
            ValueError: for shapes that do not fit, NaN in targets or weights, and targets or
                predictions that the loss refuses.
        """
        mask = mask_of(y_pred) if y_pred.__class__ is MaskedTensor else None
        context = enter_scope(self.name)
        try:
            y_true, y_pred = self.prepare(y_true, self._prediction(y_pred))
            weights = self._weights(y_true, y_pred, sample_weight, mask)
            loss = self.compute(y_true, y_pred, weights)
        finally:
            leave(context)
        if current_context().tracing is not None:
            return loss
        data = loss._array
        if math.isnan(data) if data.ndim == 0 else np.isnan(data).any():
            refuse_nan(y_true, sample_weight)
        return loss

    def counts(self, y_true: Any) -> Any:
        """Return the mask of the losses, True where a target counts; None if all do."""
        return None

    def _weights(self, y_true: Any, y_pred: Tensor, sample_weight: Any, mask: Any) -> Any:
        """Return the weights of the losses, with the mask in them: Keras's rule."""
        if mask is None and y_pred.__class__ is MaskedTensor:
            warn_if_lost(y_pred, self.name)
        if mask is not None and mask.ndim >= max(y_pred.ndim, 2):
            raise ValueError(
                f"the loss {self.name} is averaged over the last axis of predictions of shape "
                f"{y_pred.shape}, which their mask of shape {mask.shape} tells apart. Give the "
                "predictions an axis more, (samples, steps, 1)"
            )
        counted = self.counts(y_true)
        if mask is None:
            mask = counted
        elif counted is not None:
            mask = counted & over_features(mask, counted)
        if mask is None:
            return sample_weight
        return mask_as_weights(mask, sample_weight, y_pred.dtype, self.reduction)

    def compute(self, y_true: Any, y_pred: Tensor, sample_weight: Any) -> Tensor:
        """Compute the reduced loss from prepared targets."""
        values = self.call(y_true, y_pred)
        if not isinstance(values, Tensor):
            raise TypeError(
                f"the loss {self.name} returned {type(values).__name__}, through which no "
                "gradient flows. Compute it from y_pred with NumPy's functions, "
                "without .data, .item() or float()"
            )
        _refuse_outer(values._array.shape, y_pred._array.shape, self.name)
        return reduced(values, sample_weight, self.reduction)

    def prepare(self, y_true: Any, y_pred: Tensor) -> tuple[Any, Tensor]:
        """Return the targets that `call` receives: in y_pred's dtype, (N,) expanded to match (N,
        1).
        """
        return same_rank(same_dtype(y_true, y_pred), y_pred)

    def _prediction(self, y_pred: Any) -> Tensor:
        tensor = y_pred if isinstance(y_pred, Tensor) else leaf(floating(y_pred))
        if self.dtype is None:
            tensor = predictions(tensor)
        elif tensor._array.dtype != self.dtype:
            tensor = tensor.astype(self.dtype)
        return tensor

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, as `from_config` takes them."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create the loss that `get_config` described."""
        return cls(**config)


class ElementwiseLoss(Loss):
    """A loss that compares each predicted number with one target, then averages.

    The loss of a sample is the average over its last axis. Predictions of shape (N,) are N
    samples of one number each.
    """

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each predicted number; both arrays have one shape and dtype."""
        raise NotImplementedError

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.elements(y_true, y_pred).mean(axis=-1)

    def compute(self, y_true: Any, y_pred: Tensor, sample_weight: Any) -> Tensor:
        if sample_weight is None and self.reduction in AVERAGES:
            # All samples have equally many elements: the average of averages is the average.
            return reduced(self.elements(y_true, y_pred), None, self.reduction)
        return super().compute(y_true, y_pred, sample_weight)

    def prepare(self, y_true: Any, y_pred: Tensor) -> tuple[Any, Tensor]:
        return columns(y_true, y_pred)


@define
class LossFunction(Loss):
    """A plain function as a loss.

    Args:
        fn: ``fn(y_true, y_pred)``, which returns the loss of each sample, or one number.
        reduction: as in `Loss`.
        name: by default the function's name.
        dtype: as in `Loss`.
    """

    fn: Callable[[Any, Any], Any]
    reduction: str | None = "sum_over_batch_size"
    name: str = ""
    dtype: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.name = self.name or getattr(self.fn, "__name__", "loss")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        values = self.fn(y_true, y_pred)
        if current_share() is not None and np.ndim(values) == 0:
            raise ValueError(
                f"the loss {self.name} returned one number. Of a distributed model it has to "
                "return the loss of each sample, np.mean(..., axis=-1) say: one number a rank "
                "does not tell the loss of the whole batch"
            )
        return values


def _refuse_outer(values: tuple[int, ...], predicted: tuple[int, ...], loss: str) -> None:
    """Raise ValueError if broadcasting compared every target with every prediction."""
    samples = predicted[0] if predicted[1:] in ((), (1,)) and predicted else 1
    if samples > 1 and values == (samples, samples):
        raise ValueError(
            f"the loss {loss} returned shape {values} for predictions of shape {predicted}: it "
            "compared every target with every prediction. Give both one shape, "
            "y_true.reshape(y_pred.shape)"
        )


def averaged(elements: Callable[[Any, Any], Any], y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Compute the loss of each sample: elements averaged over an axis.

    Raises:
        ValueError: for shapes that do not fit, and for targets that are NaN.
    """
    y_true, y_pred = align(y_true, y_pred)
    return without_nan(elements(y_true, y_pred).mean(axis=axis), y_true)


def without_nan(values: Any, y_true: Any) -> Any:
    """Return `values`; raise ValueError where a NaN target made them NaN."""
    if current_context().tracing is None and np.isnan(unwrap(values)).any():
        refuse_nan(y_true)
    return values


def reduced(values: Tensor, sample_weight: Any, reduction: str | None) -> Tensor:
    """Reduce the values of the samples, weighted, to one number.

    Raises:
        ValueError: if there are no values, or the weights do not fit.
    """
    if not values._array.size:
        raise ValueError(f"a loss of no samples (y_pred gave shape {values.shape}) has no value")
    if sample_weight is None:
        return _summed_up(values, reduction)
    weights = broadcast_weights(sample_weight, values)
    weighted = values * weights
    if reduction != "mean_with_sample_weight":
        return _summed_up(weighted, reduction)
    total = average(sum_of_ranks(np.sum(weights * np.ones_like(values))))
    mean: Tensor = sum_of_ranks(weighted.sum()) / np.where(total == 0, 1, total).astype(
        values.dtype
    )
    return mean


def _summed_up(values: Tensor, reduction: str | None) -> Tensor:
    if reduction is None:
        return values
    return sum_of_ranks(np.sum(values)) if reduction == "sum" else record(np.mean, values)


def mask_as_weights(mask: Any, sample_weight: Any, dtype: Any, reduction: str | None) -> Any:
    """Return a mask times the sample weights. For an average over all it is scaled, so that it is
    the average over what counts.
    """
    weights = mask.astype(dtype)
    if reduction in ("sum_over_batch_size", "mean"):
        counted = average(sum_of_ranks(np.sum(weights)))
        weights = weights * (sum_of_ranks(weights.size) / np.maximum(counted, 1))
    if sample_weight is None:
        return weights
    if np.ndim(sample_weight) > weights.ndim:
        return sample_weight * broadcast_weights(weights, sample_weight)
    return weights * broadcast_weights(sample_weight, weights)


def broadcast_weights(sample_weight: Any, values: Any) -> Any:
    """Return weights in the dtype of `values`, with axes of length 1 where `values` has more."""
    weights = same_dtype(sample_weight, values)
    given, wanted = weights.shape, values.shape
    if given == (*wanted, 1):
        return weights.reshape(wanted)
    if given[:1] == wanted[:1] and given[1:] == (1,) * (len(wanted) - 1):
        return weights  # a column of weights, one for each sample
    if given != wanted[: len(given)]:
        raise ValueError(
            f"sample_weight has shape {given}, but the losses have shape {wanted}: "
            "give one weight for each sample, or one for each loss"
        )
    return weights.reshape(given + (1,) * (len(wanted) - len(given)))
