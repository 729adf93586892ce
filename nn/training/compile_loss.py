"""CompileLoss: the loss that training minimises, a weighted sum over the outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite import Tensor
from nn import losses
from nn._core.tracking import Tracked
from nn._core.validation import require_finite
from nn.training.outputs import ALONE, Output, outputs_of, per_output, refuse_surplus

Loss = Callable[..., Any]


class CompileLoss(Tracked):
    """The losses given as ``compile(loss=, loss_weights=)``.

    Args:
        loss: a name, a loss or a function of (y_true, y_pred). For several outputs: one for all, a
            list, or a dict by output name. None for a model that only has penalties
            (`Layer.add_loss`).
        loss_weights: a number for the only output, or one for each output in the same structure;
            1 unless given.
        output_names: of the outputs in a list, where the model has some.

    Attributes:
        parts: the loss of each of several outputs in the latest call, by name: "digit_loss".

    Raises:
        ValueError, TypeError: for unknown names, for objects that are not losses, and for weights
            that are not numbers.
    """

    def __init__(
        self, loss: Any, loss_weights: Any = None, output_names: list[str] | None = None
    ) -> None:
        self.given = loss
        self.output_names = output_names
        self.weights = _numbers(loss_weights)
        self.loss = _resolved(loss)
        self.parts: dict[str, float] = {}

    def __call__(self, y: Any, y_pred: Any, sample_weight: Any) -> Any:
        """Compute the weighted sum, a Tensor with one element; None if there is no loss.

        Raises:
            ValueError: for targets that do not fit, and for losses that do not fit the outputs.
        """
        if self.loss is None:
            return None
        if self.weights is None and callable(self.loss) and isinstance(y_pred, Tensor):
            return self.loss(ALONE.of(y, "y"), y_pred, ALONE.of(sample_weight))
        outputs = outputs_of(y_pred, self.output_names)
        refuse_surplus(y, outputs, "y")
        refuse_surplus(sample_weight, outputs, "sample_weight")
        weights = per_output(self.weights, outputs, "loss_weights", one_for_all=False)
        total: Any = None
        for output, loss, weight in zip(outputs, self.by_output(outputs), weights, strict=True):
            if loss is None:
                continue
            value = loss(output.of(y, "y"), output.of(y_pred, "outputs"), output.of(sample_weight))
            if output.key is not None:
                self.parts[output.prefixed("loss")] = value
            weighted = value if weight is None else value * weight
            total = weighted if total is None else total + weighted
        return total

    def by_output(self, outputs: list[Output]) -> list[Any]:
        """Return the loss of each output; None where there is none."""
        return per_output(self.loss, outputs, "loss", one_for_all=True)


def _numbers(weights: Any) -> Any:
    """Convert the loss weights to Python numbers, in the structure given.

    Raises:
        TypeError: for anything else.
    """
    if weights is None:
        return None
    if isinstance(weights, dict):
        return {name: _number(weight) for name, weight in weights.items()}
    if isinstance(weights, (list, tuple)):
        return [_number(weight) for weight in weights]
    return _number(weights)


def _number(weight: Any) -> float | None:
    if weight is None:
        return None
    if isinstance(weight, bool) or not isinstance(weight, (int, float, np.number)):
        hint = ". For metrics write metrics=[...]" if isinstance(weight, str) else ""
        raise TypeError(f"a weight in loss_weights is a number, got {weight!r}{hint}")
    require_finite("a weight in loss_weights", weight)
    return float(weight)


def _resolved(loss: Any) -> Any:
    """Replace names by losses, in the structure given."""
    if loss is None:
        return None
    if isinstance(loss, dict) and "class_name" not in loss:
        return {name: _resolved(part) for name, part in loss.items()}
    if isinstance(loss, (list, tuple)):
        return [_resolved(part) for part in loss]
    return losses.get(loss)
