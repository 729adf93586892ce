"""Errors and checks for a loss or gradient that is NaN or infinite."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite import Tensor, Variable
from autograd_lite.extend import current_context

if TYPE_CHECKING:
    from autograd_lite.extend import Anomaly


class NonFiniteLossError(FloatingPointError):
    """The loss became NaN or infinite; training stopped before the weights were affected.

    Attributes:
        anomaly: the first operation that produced a NaN or infinity; None if it was not found.
    """

    anomaly: Anomaly | None = None

    def located(self, epoch: int, batch: int) -> NonFiniteLossError:
        """Return this error with epoch and batch, counted from 0 and shown from 1."""
        return self.saying(f"in epoch {epoch + 1}, batch {batch + 1}: {self}")

    def saying(self, message: str) -> NonFiniteLossError:
        """Return this error with another message."""
        error = type(self)(message)
        error.anomaly = self.anomaly
        return error


class NonFiniteGradientError(NonFiniteLossError):
    """A gradient became NaN or infinite although the loss was finite."""


def refuse_nonfinite_loss(logs: dict[str, Any]) -> dict[str, Any]:
    """Return the logs of a training step if the loss is finite; for steps that users write.

    Raises:
        NonFiniteLossError: if it is not.
    """
    if "loss" in logs and not math.isfinite(float(logs["loss"])):
        raise NonFiniteLossError(
            f"train_step reported a loss of {float(logs['loss'])}. Write `with "
            "autograd_lite.detect_anomaly():` around its computation to learn which operation "
            "produced it"
        )
    return logs


def require_finite(loss: Tensor) -> None:
    """Refuse a loss, a Tensor with one element, that is NaN or infinite; a guard while tracing.

    Raises:
        NonFiniteLossError: if it is.
    """
    tape = current_context().tracing
    if tape is not None:
        tape.guard = loss
        return
    value = float(loss._array) if isinstance(loss, Tensor) else float(loss)
    if not math.isfinite(value):
        raise NonFiniteLossError(f"the loss became {value}")


@np.errstate(over="ignore", invalid="ignore")
def require_finite_gradients(variables: Sequence[Variable], gradients: Sequence[Any]) -> None:
    """Check the gradients of a step before the weights are updated.

    While tracing nothing is checked here: the fused update checks, after the guard.

    Raises:
        NonFiniteGradientError: if one has a NaN or infinity.
    """
    if current_context().tracing is not None:
        return
    squares = 0.0
    for g in gradients:
        if g is not None:
            elements = g.reshape(-1)
            squares += float(elements.dot(elements))  # the fastest pass over an array
    if math.isfinite(squares) or all(g is None or is_finite(g) for g in gradients):
        return
    spoiled = [
        variable.name or "a weight"
        for variable, g in zip(variables, gradients, strict=True)
        if g is not None and not is_finite(g)
    ]
    raise NonFiniteGradientError(
        f"the loss is finite, but its gradient for {', '.join(spoiled)} became NaN or infinite"
    )


def is_finite(x: Any) -> bool:
    return bool(np.isfinite(x.data if isinstance(x, Tensor) else x).all())
