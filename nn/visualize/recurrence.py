"""Recurrence: a recurrent layer folded, unrolled over the steps, and its states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite import no_grad
from autograd_lite.extend import charts, unwrap
from nn.layers.rnn import RNN
from nn.visualize.arguments import names_of, shortened
from nn.visualize.images import SIGNED, not_finite

MOST_STEPS = 8  # that are drawn as boxes
MOST_UNITS = 32


def recurrence(layer: RNN, x: Any, *, tokens: Sequence[str] | None = None) -> charts.Chart:
    """Draw a recurrent layer: the cell with its loop, the same unrolled, and the states by step.

    Args:
        layer: `SimpleRNN`, `LSTM`, `GRU` or `RNN`, built or not.
        x: a batch (samples, steps, features), of which the first sample is drawn.
        tokens: what stands at the steps; None for their numbers.

    Returns:
        The chart; ``numbers["states"]`` of shape (steps, units), the output of each step.

    Raises:
        TypeError: for a layer that is not recurrent.
        ValueError: for inputs of another rank, and another number of tokens than steps.

    Example:
        >>> import numpy as np, nn
        >>> chart = recurrence(nn.layers.SimpleRNN(4), np.ones((1, 5, 2), np.float32))
        >>> chart.numbers["states"].shape
        (5, 4)
    """
    if not isinstance(layer, RNN):
        inner = ": give its forward_layer" if hasattr(layer, "forward_layer") else ""
        raise TypeError(f"recurrence draws a recurrent layer, got {type(layer).__name__}{inner}")
    array = np.asarray(unwrap(x))
    if array.ndim != 3:
        raise ValueError(f"x has the shape (samples, steps, features), got {array.shape}")
    steps = array.shape[1]
    if not len(array):
        raise ValueError(f"there is no sample to draw: x has the shape {array.shape}")
    names = names_of(tokens, steps, first=1)
    states = _states(layer, array[:1])
    kind = type(layer.cell).__name__.removesuffix("Cell")
    carried = "h, c" if len(layer.get_initial_state(1)) == 2 else "h"
    units = states.shape[1]
    said = f"{layer.name} ({kind}, {units} units) over {steps} steps. The same cell takes the input"
    said += f" x and the state {carried} of the step before. Largest |h|: "
    largest = float(np.max(np.abs(states), where=np.isfinite(states), initial=0.0))
    said += f"{largest:.3g}. {SIGNED}{not_finite(states)}"
    panels = [
        _folded(kind, carried),
        _unrolled(kind, names, carried),
        _heat(states[:, :MOST_UNITS], names),
    ]
    title = f"{layer.name}: folded, unrolled, and its states"
    return charts.Chart(title, panels, said, {"states": states})


def _states(layer: RNN, x: Any) -> Any:
    """Return the output of each step, whatever the layer itself returns; its state stays."""
    if not layer.built:
        with no_grad():
            layer(x)
    state = layer.get_initial_state(1)
    found = []
    with no_grad():
        for step in range(x.shape[1])[:: -1 if layer.go_backwards else 1]:
            output, state = layer.cell(x[:, step], state, training=False)
            found.append(np.asarray(unwrap(output))[0])
    return np.array(found[::-1] if layer.go_backwards else found)


def _folded(kind: str, carried: str) -> charts.Panel:
    """One cell, whose state goes back into it."""
    around_x, around_y = [0.3, 0.9, 0.9, 0.3, -0.9, -0.9, -0.36], [1, 1, 1.55, 1.55, 1.55, 1, 1]
    marks: list[charts.Mark] = [
        charts.Link([0, 0], [0.15, 0.8]),
        charts.Link([0, 0], [1.2, 1.85]),
        charts.Link(around_x, around_y, carried, 1),
        charts.Node(0, 0, "x", kind="data", size=(34.0, 26.0)),
        charts.Node(0, 1, kind, kind="layer"),
        charts.Node(0, 2, "h", kind="output", size=(34.0, 26.0)),
    ]
    return charts.Panel("folded", marks, size=(150.0, 170.0))


def _unrolled(kind: str, names: list[str], carried: str) -> charts.Panel:
    """The cell once for each step; of many steps the first and the last."""
    shown: list[int | None] = list(range(len(names)))
    if len(names) > MOST_STEPS:
        shown = [*range(MOST_STEPS - 2), None, len(names) - 1]
    marks: list[charts.Mark] = []
    for i, step in enumerate(shown):
        if i:
            marks.append(charts.Link([i - 0.66, i - 0.36], [1, 1], carried, 1))
        if step is None:
            marks.append(charts.Node(i, 1, "…", kind="rest", size=(30.0, 26.0)))
            continue
        marks += [
            charts.Link([i, i], [0.15, 0.8]),
            charts.Link([i, i], [1.2, 1.85]),
            charts.Node(i, 0, shortened(names[step], 7), kind="data", size=(56.0, 26.0)),
            charts.Node(i, 1, kind, kind="layer", size=(60.0, 34.0)),
            charts.Node(i, 2, f"h{_lowered(step + 1)}", kind="output", size=(40.0, 26.0)),
        ]
    width = 96.0 * max(len(shown) - 1, 1)
    return charts.Panel("unrolled", marks, size=(width + 77.0, 170.0))


def _lowered(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _heat(states: Any, names: list[str]) -> charts.Panel:
    steps, units = states.shape
    image = charts.Image(
        charts.diverging(states.T),
        "states: a row for each unit, a column for each step",
        (-0.5, steps - 0.5, units - 0.5, -0.5),
    )
    shown = tuple(shortened(name, 10) for name in names)
    size = min(max(24.0 * steps, 160.0), 640.0), min(max(12.0 * units, 60.0), 240.0)
    x, y = charts.Axis("step", names=shown), charts.Axis("unit", -0.5, units - 0.5, whole=True)
    return charts.Panel("states h", [image], x, y, size, rising=False)
