"""The picture that `model.plot()` draws."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_lite as ag
from nn.layers.base import Layer

__all__ = ["plot"]

OPEN = 32  # for a length that is open: long enough for a few windows

# The defaults of `ag.draw` for a function of several numbers. A model with one output unit returns
# one number for one sample, which draw would take for a loss.
LAYERS = {"gradients": False, "depth": 1, "show": "shapes"}


def plot(model: Layer, path: Any, inputs: Any, options: dict[str, Any]) -> ag.Drawing:
    """Draw a model by calling it on inputs, or on zeros of the shape that it was built for."""
    arguments = _zeros_for(model) if inputs is None else (inputs,)
    if options.get("gradients") is None and options.get("upstream") is None:
        options = LAYERS | {name: given for name, given in options.items() if given is not None}
    drawing = ag.draw(model, *arguments, **options)
    if path is not None:
        drawing.save(path)
    return drawing


def _zeros_for(model: Layer) -> tuple[Any, ...]:
    """Return one sample of zeros for each input."""
    recipe = getattr(model, "_recipe", None)
    if recipe is not None:
        return (recipe.zeros(OPEN),)
    first = getattr(model, "_input", None)
    if first is not None:
        return (first.zeros(),)
    if model._input_shapes is None:
        raise RuntimeError(
            f"{model.name} is not built, so its shapes are not known. Give some "
            "inputs, model.plot(inputs=X[:4]), or start the model with Input(shape)"
        )
    return tuple(_zeros(shape, model.dtype) for shape in model._input_shapes)


def _zeros(shape: Any, dtype: Any) -> Any:
    """Return zeros of a shape, or of each shape in a list, tuple or dict; None becomes 1."""
    if isinstance(shape, dict):
        return {name: _zeros(each, dtype) for name, each in shape.items()}
    if all(length is None or isinstance(length, int) for length in shape):
        return np.zeros([1 if length is None else length for length in shape], dtype)
    return type(shape)(_zeros(each, dtype) for each in shape)
