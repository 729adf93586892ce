"""A loss or gradient that is NaN or infinite: refused before it spoils the weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite import Tensor, Variable
from autograd_lite.extend import tracing

if TYPE_CHECKING:
    from autograd_lite.extend import Anomaly

__all__ = [
    "NonFiniteGradientError",
    "NonFiniteLossError",
    "is_finite",
    "refuse_nonfinite_loss",
    "require_finite",
    "require_finite_gradients",
]


class NonFiniteLossError(FloatingPointError):
    """The loss became NaN or infinite, and training stopped before it could spoil the weights.

    Attributes:
        anomaly: the first operation that made a NaN or infinity, an
            `autograd_lite.anomaly.report.Anomaly`; None if it was not found.
    """

    anomaly: Anomaly | None = None

    def located(self, epoch: int, batch: int) -> NonFiniteLossError:
        """The same, with the place: epoch and batch, counted from 0, are shown from 1."""
        return self.saying(f"in epoch {epoch + 1}, batch {batch + 1}: {self}")

    def saying(self, message: str) -> NonFiniteLossError:
        """The same with another message."""
        error = type(self)(message)
        error.anomaly = self.anomaly
        return error


class NonFiniteGradientError(NonFiniteLossError):
    """A gradient became NaN or infinite, of a loss that was finite still."""


def refuse_nonfinite_loss(logs: dict[str, Any]) -> dict[str, Any]:
    """Return the logs of a training step if the loss is finite; for steps that users write.

    Raises:
        NonFiniteLossError: if it is not.
    """
    if "loss" in logs and not math.isfinite(float(logs["loss"])):
        raise NonFiniteLossError(
            f"train_step reported a loss of {float(logs['loss'])}. Write `with "
            "autograd_lite.detect_anomaly():` around what it computes, and the operation that made "
            "it will be named"
        )
    return logs


def require_finite(loss: Tensor) -> None:
    """Refuse a loss, a Tensor with one element, that is NaN or infinite; a guard while tracing.

    Raises:
        NonFiniteLossError: if it is.
    """
    tape = tracing()
    if tape is not None:
        tape.guard = loss
        return
    value = float(loss)
    if not math.isfinite(value):
        raise NonFiniteLossError(f"the loss became {value}")


def require_finite_gradients(variables: Sequence[Variable], gradients: Sequence[Any]) -> None:
    """Look at the gradients of a step before the weights are updated by them.

    While tracing there is nothing to look at: a fused update looks, behind the guard.

    Raises:
        NonFiniteGradientError: if one has a NaN or infinity.
    """
    if tracing() is not None:
        return
    with np.errstate(over="ignore", invalid="ignore"):
        if all(g is None or _is_finite_quickly(g) for g in gradients):
            return
    spoiled = [
        variable.name or "a weight"
        for variable, g in zip(variables, gradients, strict=True)
        if g is not None and not is_finite(g)
    ]
    raise NonFiniteGradientError(
        f"the loss is finite, but its gradient for {', '.join(spoiled)} became NaN or infinite"
    )


def _is_finite_quickly(array: Any) -> bool:
    """By the dot product, the fastest pass over an array; exactly only where that overflows."""
    elements = array.reshape(-1)
    return math.isfinite(elements.dot(elements)) or is_finite(array)


def is_finite(x: Any) -> bool:
    return bool(np.isfinite(x.data if isinstance(x, Tensor) else x).all())
