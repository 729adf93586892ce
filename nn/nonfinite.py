"""A loss that is NaN or infinite: training stops there, and says what it knows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_lite import Tensor, Variable

__all__ = ["NonFiniteLossError", "finite", "refuse_nonfinite_loss"]


class NonFiniteLossError(FloatingPointError):
    """The loss became NaN or infinite, and training stopped before it could spoil the weights."""

    def located(self, epoch: int, batch: int) -> NonFiniteLossError:
        """The same, with the place: epoch and batch, counted from 0, are shown from 1."""
        return type(self)(f"in epoch {epoch + 1}, batch {batch + 1}: {self}")


def refuse_nonfinite_loss(logs: dict[str, Any]) -> dict[str, Any]:
    """What a training step has reported, if its loss is finite; for steps that users write.

    Raises:
        NonFiniteLossError: if it is not.
    """
    if "loss" in logs and not math.isfinite(float(logs["loss"])):
        raise NonFiniteLossError(f"train_step reported a loss of {float(logs['loss'])}")
    return logs


def finite(loss: Any, variables: Iterable[Variable]) -> float:
    """The loss as a number.

    Args:
        loss: with one element.
        variables: the weights that it was computed with.

    Raises:
        NonFiniteLossError: if it is NaN or infinite.
    """
    value = float(loss)
    if math.isfinite(value):
        return value
    spoiled = [v.name or "a weight" for v in variables if not np.all(np.isfinite(v.data))]
    raise NonFiniteLossError(
        f"the loss became {value}. {_origin(loss)}"
        + (
            f"The weights {', '.join(spoiled)} already hold such values: the gradient of the step "
            "before was too large, or a weight was assigned them. "
            if spoiled
            else "The weights are still those before this batch. "
        )
        + "Usual causes: a learning rate that is too large, inputs that are not scaled to about "
        "-1 to 1, the logarithm of a probability of 0 (let the last layer give logits, and the "
        "loss take from_logits=True)"
    )


def _origin(loss: Any) -> str:
    """Where it comes from, as a sentence: the first operation that made it of finite inputs.

    The graph of the loss still holds every value that was computed on the way.
    """
    found: Any = None
    seen: set[int] = set()
    waiting = [loss]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Tensor) or node.function is None or id(node) in seen:
            continue
        seen.add(id(node))
        inputs = node.inputs or ()
        waiting += inputs
        if (found is None or node.stamp < found.stamp) and _is_finite(*inputs):
            found = found if _is_finite(node) else node
    if found is None:
        return ""
    where = f" in {found.scope.path}" if found.scope else ""
    of = ", ".join(map(_described, found.inputs))
    return f"It began with {found.function.__name__}{where}, of {of}. "


def _is_finite(*values: Any) -> bool:
    return all(np.all(np.isfinite(_array(value))) for value in values)


def _array(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else value


def _described(value: Any) -> str:
    array = np.asarray(_array(value))
    if array.size < 2:
        return f"{array.item():.4g}" if array.size else "nothing"
    name = f" {value.name}" if getattr(value, "name", None) else ""
    return f"an array{name} {array.shape} from {array.min():.4g} to {array.max():.4g}"
