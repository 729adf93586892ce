"""A loss or gradient that is NaN or infinite: training stops there, and says where it began.

The batch is run once more under `autograd_lite.detect_anomaly`, with the same random draws: that
finds the operation, its layer and the user's line, the likely cause and a remedy. What only a
training knows is added: the weights, the scale of the data, the learning rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite import Tensor, Variable
from autograd_lite.anomaly import AnomalyError, detect_anomaly
from autograd_lite.tape import tracing
from nn._core.nest import named_leaves

if TYPE_CHECKING:
    from autograd_lite.anomaly.report import Anomaly
    from nn.models.model import Model

__all__ = [
    "Draws",
    "NonFiniteGradientError",
    "NonFiniteLossError",
    "explained",
    "refuse_nonfinite_loss",
    "require_finite",
    "require_finite_gradients",
]

LARGE_WEIGHT = 1e3
LARGE_DATA = 100.0


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
    """What a training step has reported, if its loss is finite; for steps that users write.

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
        if g is not None and not _is_finite(g)
    ]
    raise NonFiniteGradientError(
        f"the loss is finite, but its gradient for {', '.join(spoiled)} became NaN or infinite"
    )


class Draws:
    """The states of the generators that a step draws from (Dropout), to draw the same again."""

    def __init__(self, generators: Sequence[np.random.Generator]) -> None:
        self._states = [(each.bit_generator, each.bit_generator.state) for each in generators]

    def rewind(self) -> None:
        """Go back to before the step."""
        for bits, state in self._states:
            bits.state = state


def explained(
    error: NonFiniteLossError, model: Model, batch: Any, draws: Draws
) -> NonFiniteLossError:
    """The error of a training step, with what one more run of the same batch tells about it.

    Args:
        error: of the first run.
        model: its weights are still those before the step, and stay so.
        batch: (x,), (x, y) or (x, y, sample_weight).
        draws: of before the step.
    """
    from autograd_lite.anomaly.report import layout

    given = batch if isinstance(batch, tuple) else (batch,)
    x, y, sample_weight = (*given, None, None)[:3]
    error.anomaly = _first_anomaly(model, x, y, sample_weight, draws)
    message = str(error)
    details = []
    if error.anomaly is not None:
        message += f"\n{error.anomaly.headline()}"
        details += error.anomaly.details()
    details += _of_the_training(model, [*named_leaves(x, "X"), *named_leaves(y, "y")])
    return error.saying("\n".join([message, "", *layout(details)]))


def _first_anomaly(
    model: Model, x: Any, y: Any, sample_weight: Any, draws: Draws
) -> Anomaly | None:
    """Run a step once more, watched, up to its gradients; nothing in the model is changed by it."""
    values = [(variable, variable.data.copy()) for variable in model.variables]
    draws.rewind()
    try:
        with detect_anomaly():
            y_pred = model(x, training=True)
            model._cost(x, y, y_pred, sample_weight, training=True).backward()
    except AnomalyError as error:
        return error.anomaly
    except Exception:
        return None  # it has failed before, and that is what is to be reported
    finally:
        for variable, value in values:
            variable.data[...] = value
            variable.grad = None
    return None


def _of_the_training(model: Model, data: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """What a training knows beyond the operation, as pairs (title, text)."""
    spoiled = [v.name or "a weight" for v in model.variables if not _is_finite(v.data)]
    if spoiled:
        state = (
            f"The weights {', '.join(spoiled)} already hold NaN or infinities: the gradient of the "
            "step before was too large, or a weight was assigned them."
        )
        return [("weights", state), *_learning_rate(model), *_scale(data)]
    sizes = [(float(np.max(np.abs(v.data))), v.name) for v in model.trainable_variables if v.size]
    largest, name = max(sizes, default=(0.0, ""))
    state = f"are still those before this batch; the largest is {largest:.3g}, in {name}"
    hints = _learning_rate(model) if largest > LARGE_WEIGHT else []
    return [("weights", state), *hints, *_scale(data)]


def _learning_rate(model: Model) -> list[tuple[str, str]]:
    """The usual suspect, once a step was made."""
    steps = model.optimizer.iterations.item()
    if not steps:
        return []
    rate = model.optimizer.learning_rate
    return [
        (
            "steps",
            f"After {steps} step{'s' * (steps > 1)} with a learning rate of {rate:g}, that rate is "
            f"the first suspect: try {min(rate / 10, 0.1):g} or less. nn.diagnose(model, X, y) "
            "tests a range of them",
        )
    ]


def _scale(data: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Inputs and targets that are far from the size that networks are made for."""
    hints = []
    for name, array in data:
        largest = float(np.max(np.abs(array), initial=0.0)) if array.dtype.kind == "f" else 0.0
        if largest > LARGE_DATA:
            hints.append(
                (
                    "scale",
                    f"{name} reaches {largest:.4g}. Scale it to about -1 to 1, "
                    f"{name} = ({name} - {name}.mean(axis=0)) / {name}.std(axis=0)"
                    + ("; or begin with an nn.Normalization() layer" if name[0] == "X" else ""),
                )
            )
    return hints


def _is_finite_quickly(array: Any) -> bool:
    """By the dot product, the fastest pass over an array; exactly only where that overflows."""
    elements = array.reshape(-1)
    return math.isfinite(elements.dot(elements)) or _is_finite(array)


def _is_finite(x: Any) -> bool:
    return bool(np.isfinite(x.data if isinstance(x, Tensor) else x).all())
