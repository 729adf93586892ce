"""Activation maximization: the input that excites a unit most, found by gradient ascent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_lite.extend import charts
from nn._core.validation import require_count, require_number
from nn.layers.base import Layer
from nn.random import Generator
from nn.visualize.arguments import index_of
from nn.visualize.images import as_image, image_panel, image_shape_of
from nn.visualize.recorded import Recorded

Array = np.ndarray[Any, Any]

UNITS = "a unit is a number"
NOISE = 0.05  # standard deviation of the first input


def activation_maximization(
    model: Layer,
    input_shape: Any,
    units: int | Iterable[int] = range(8),
    layer: Any = None,
    *,
    steps: int = 40,
    rate: float = 1.0,
    image_shape: Any = None,
    seed: int = 0,
) -> charts.Chart:
    """Draw what units respond to: inputs that gradient ascent finds, from noise around 0.

    A step is ``x += rate * g / |g|``, g the gradient of the unit's output, averaged over its map.
    Source: Erhan et al., 2009, "Visualizing higher-layer features of a deep network".

    Args:
        model: the model.
        input_shape: of one sample, (28, 28, 1).
        units: which ones, or one.
        layer: of which layer, itself or its name; None for the scores of the classes, before a last
            softmax.
        steps: of the ascent.
        rate: the length of a step.
        image_shape: of a sample, where it is flat.
        seed: of the noise.

    Returns:
        The chart; ``numbers["inputs"]``, an input for each unit, and ``numbers["outputs"]``, the
        unit's output before and after.

    Raises:
        ValueError: for a sample that is no image, a unit or layer that there is not.

    Example:
        >>> import nn
        >>> model = nn.Sequential([nn.Input((4,)), nn.Dense(3)])
        >>> chart = activation_maximization(model, (4,), range(3), image_shape=(2, 2))
        >>> bool((chart.numbers["outputs"][:, 1] > chart.numbers["outputs"][:, 0]).all())
        True
    """
    require_count("steps", steps)
    require_number("rate", rate, positive=True)
    shape = image_shape_of(input_shape, image_shape)
    noise = Generator(seed).normal(size=(1, *input_shape)) * NOISE
    inputs, outputs, panels = [], [], []
    for unit in [units] if isinstance(units, int) else units:
        x, before, after = _climb(model, noise, layer, unit, steps, rate)
        inputs.append(x[0])
        outputs.append((before, after))
        about = f"input that raises unit {unit} from {before:.3g} to {after:.3g}"
        image = x[0].reshape(shape)
        shown = as_image(image) if len(shape) == 3 else charts.diverging(image)
        panels.append(image_panel(f"unit {unit}: {after:.3g}", shown, about))
    if not panels:
        raise ValueError("there are no units to draw: units=[0, 1]")
    name = "the scores" if layer is None else getattr(layer, "name", layer)
    said = f"Inputs found by {steps} steps of gradient ascent for units of {name}: " + "; ".join(
        f"{panel.title}" for panel in panels
    )
    numbers = {"inputs": np.array(inputs), "outputs": np.array(outputs)}
    return charts.Chart(f"What units of {name} respond to", panels, f"{said}.", numbers)


def _climb(
    model: Layer, x: Array, layer: Any, unit: int, steps: int, rate: float
) -> tuple[Array, float, float]:
    """Return the input, and the unit's output before and after."""
    first: float | None = None
    for _ in range(steps):
        recorded, score = _response(model, x, layer, unit)
        first = float(score.data) if first is None else first
        gradient = recorded.gradient(score, recorded.x)
        length = float(np.sqrt(np.sum(gradient * gradient)))
        if not length:
            break  # a dead unit, or the edge of a plateau
        x = x + rate * gradient / length
    assert first is not None
    return x, first, float(_response(model, x, layer, unit)[1].data)


def _response(model: Layer, x: Array, layer: Any, unit: int) -> tuple[Recorded, Any]:
    recorded = Recorded(model, x)
    if layer is None:
        number = index_of(UNITS, unit, recorded.y.shape[-1])
        return recorded, recorded.score(number)[0][0]
    node = recorded.layer(layer)
    return recorded, np.mean(node[..., index_of(UNITS, unit, node.shape[-1])])
