"""A Tensor as a notebook shows it: the card that drawings have for it."""

from __future__ import annotations

from typing import Any

from autograd_lite.context import current_context
from autograd_lite.graphs.labels import number_text, printable
from autograd_lite.graphs.summary import sample, statistics
from autograd_lite.tensor import Tensor, made_by
from autograd_lite.visualize.heat import heatmap
from autograd_lite.visualize.notebook import image
from autograd_lite.visualize.picture import Box
from autograd_lite.visualize.svg import card_svg

LONGEST_NAME = 40


def shown(tensor: Tensor) -> dict[str, str]:
    """Return what a notebook shows of a Tensor: its values, those of its gradient, and its repr."""
    found = {"text/plain": repr(tensor)}
    array = tensor._array
    if current_context().tracing is not None or array.__class__ is tuple or not array.size:
        return found
    box = _box(tensor, array)
    found["text/html"] = image(card_svg(box, "A Tensor", repr(tensor)), repr(tensor))
    return found


def _box(tensor: Tensor, array: Any) -> Box:
    kind: Any = "operation" if tensor.function else "parameter" if tensor.requires_grad else "input"
    made = f"made by {made_by(tensor)}" if tensor.function else ""
    missing = "no gradient: call backward()" if kind == "parameter" else ""
    gradient = tensor._grad
    shape = str(array.shape) if array.shape else "scalar"
    return Box(
        "#0",
        kind,
        printable(tensor.name or type(tensor).__name__, LONGEST_NAME),
        shape=f"{shape} {array.dtype}",
        value=number_text(array.item()) if array.size == 1 else "",
        gradient=_of_gradient(gradient),
        remark=made if gradient is not None or made else missing,
        values=heatmap(sample(array), statistics(array)),
        gradients=None if gradient is None else heatmap(sample(gradient), statistics(gradient)),
    )


def _of_gradient(gradient: Any) -> str:
    if gradient is None:
        return ""
    if gradient.size == 1:
        return f"gradient {number_text(gradient.item())}"
    mean = statistics(gradient).mean_absolute
    return "" if mean is None else f"mean |gradient| {number_text(mean)}"
