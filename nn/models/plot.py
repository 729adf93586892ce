"""The picture that `model.plot()` draws."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_lite as ag
from nn.layers.base import Layer
from nn.models.layer_picture import Labels, layer_picture, recipe_for

OPEN = 32  # for a length that is open: long enough for a few windows
EVERY_LEVEL = 99
RECORDED = "as recorded from one call: what changes nothing in inference, Dropout say, is not drawn"

# The defaults of `ag.draw` for a function of several numbers. A model with one output unit returns
# one number for one sample, which draw would take for a loss.
LAYERS = {"gradients": False, "depth": 1, "show": "shapes"}


# What only the recorded computation shows: given one of these, it is drawn instead of the layers.
OF_COMPUTATION = {
    *("gradients", "upstream", "names", "learning_rate", "depth", "show", "limit", "fold"),
}
RANKDIR = {"TB": "down", "LR": "right"}


def plot(model: Layer, path: Any, inputs: Any, options: dict[str, Any]) -> ag.Drawing:
    """Draw a model's graph of layers; or its computation, where that is asked for, or where a class
    has a `call` of its own. For both it is called on inputs, or on zeros of the shape that it was
    built for.
    """
    options = {name: given for name, given in options.items() if given is not None}
    labels = Labels(**{name: options.pop(name) for name in Labels._fields if name in options})
    if "rankdir" in options:
        options["direction"] = _direction(options.pop("rankdir"))
    arguments = _zeros_for(model) if inputs is None else (inputs,)
    of_layers = options.keys().isdisjoint(OF_COMPUTATION)
    if labels.expand_nested:
        options.setdefault("depth", EVERY_LEVEL)
    if "gradients" not in options and "upstream" not in options:
        options = LAYERS | options
    drawing = ag.draw(model, *arguments, **options)
    recipe = recipe_for(model) if of_layers else None
    if recipe is not None:
        drawing.picture = layer_picture(recipe, model, labels, drawing.picture.direction)
    elif of_layers:
        drawing.picture = drawing.picture._replace(notes=(*drawing.picture.notes, RECORDED))
    if path is not None:
        drawing.save(path)
    return drawing


def _direction(rankdir: Any) -> str:
    if rankdir not in RANKDIR:
        raise ValueError(f"rankdir is 'TB' (top down) or 'LR' (left to right), got {rankdir!r}")
    return RANKDIR[rankdir]


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
