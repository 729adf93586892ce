"""The table that `model.summary()` prints."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from autograd_lite import Variable
from nn.layers.base import Layer

__all__ = ["print_summary", "totals"]

INDENT = "  "


def print_summary(model: Layer, expand_nested: bool, show_trainable: bool) -> None:
    """Print the layers of a model, one a row, and the totals."""
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout)
    table = Table(title=f'Model: "{model.name}"', title_justify="left", title_style="bold")
    table.add_column("Layer (type)")
    table.add_column("Output Shape")
    table.add_column("Param #", justify="right")
    if show_trainable:
        table.add_column("Trainable", justify="center")
    for layer, depth in _rows(model, expand_nested):
        cells = [
            f"{INDENT * depth}{layer.name} ({type(layer).__name__})",
            "?" if layer.output_shape is None else str(layer.output_shape),
            f"{layer.count_params():,}" if layer.built else "?",
        ]
        table.add_row(*cells, *(["yes" if layer.trainable else "no"] * show_trainable))
    console.print(table)
    console.print(totals(model), markup=False, highlight=False)


def totals(model: Layer) -> str:
    """Count the weights of a model and their bytes."""
    if not model.built:
        return (
            " The weights have not been made yet: their shapes follow from the inputs. Call the "
            "model on a batch, or start it with Input(shape)."
        )
    lines = [
        ("Total params", model.variables),
        ("Trainable params", model.trainable_variables),
        ("Non-trainable params", model.non_trainable_variables),
    ]
    optimizer = getattr(getattr(model, "optimizer", None), "variables", [])
    if optimizer:
        lines.append(("Optimizer params", optimizer))
    return "\n".join(f" {title}: {_amount(variables)}" for title, variables in lines)


def _rows(layer: Layer, expand_nested: bool, depth: int = 0) -> Iterator[tuple[Layer, int]]:
    for part in layer._sublayers():
        yield part, depth
        if expand_nested:
            yield from _rows(part, True, depth + 1)


def _amount(variables: list[Variable]) -> str:
    size: Any = sum(variable.nbytes for variable in variables)
    unit = "B"
    for larger in ("KB", "MB", "GB"):
        if size >= 1024:
            size, unit = size / 1024, larger
    return f"{sum(variable.size for variable in variables):,} ({size:,.2f} {unit})"
