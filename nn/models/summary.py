"""The table that `model.summary()` prints."""

from __future__ import annotations

import html
import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

from autograd_lite import Variable
from autograd_lite.extend import html_table
from nn.layers.base import Layer
from nn.models.connections import Operation, is_chain, operation_of, operations_of

INDENT = "  "
JUSTIFY: Any = {"Param #": "right", "Trainable": "center"}


def print_summary(
    model: Layer,
    expand_nested: bool,
    show_trainable: bool,
    line_length: int | None = None,
    print_fn: Callable[[str], Any] | None = None,
) -> None:
    """Print the layers of a model, one a row, and the totals; or pass each line to `print_fn`."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    written = sys.stdout if print_fn is None else io.StringIO()
    console = Console(file=written, width=line_length)
    table = Table(title=f'Model: "{model.name}"', title_justify="left", title_style="bold")
    head, *rows = _cells(model, expand_nested, show_trainable)
    for title in head:
        table.add_column(title, justify=JUSTIFY.get(title, "left"))
    for cells in rows:
        table.add_row(*map(escape, cells))
    console.print(table)
    console.print(totals(model), markup=False, highlight=False)
    if print_fn is not None:
        for line in written.getvalue().splitlines():  # type: ignore[union-attr]
            print_fn(line)


def summary_html(model: Layer) -> str:
    """The same as HTML, for a notebook."""
    head, *rows = _cells(model, expand_nested=False, show_trainable=False)
    lines = "<br>".join(map(html.escape, totals(model).splitlines()))
    title = f'<p style="margin:0 0 4px"><b>Model: "{html.escape(model.name)}"</b></p>'
    return f'{title}{html_table(head, rows, [2])}<p style="margin:4px 0 0">{lines}</p>'


def _cells(model: Layer, expand_nested: bool, show_trainable: bool) -> Iterator[list[str]]:
    """The titles of the columns, then a row for each layer or function."""
    recipe = getattr(model, "_recipe", None)
    connected = recipe is not None and not is_chain(recipe)
    titles = ["Layer (type)", "Output Shape", "Param #"]
    yield titles + ["Connected to"] * connected + ["Trainable"] * show_trainable
    for each, depth in _rows(model, expand_nested):
        layer = each.layer
        yield [
            f"{INDENT * depth}{each.name} ({each.kind})",
            "?" if each.shape is None else str(each.shape),
            "0" if layer is None else f"{layer.count_params():,}" if layer.built else "?",
            *([", ".join(each.connected) or "-"] * connected),
            *(["yes" if layer is not None and layer.trainable else "no"] * show_trainable),
        ]


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


def _rows(model: Layer, expand_nested: bool, depth: int = 0) -> Iterator[tuple[Operation, int]]:
    recipe = getattr(model, "_recipe", None)
    parts = map(operation_of, model._sublayers()) if recipe is None else operations_of(recipe)
    for part in parts:
        yield part, depth
        if expand_nested and part.layer is not None:
            yield from _rows(part.layer, True, depth + 1)


def _amount(variables: list[Variable]) -> str:
    size: Any = sum(variable.nbytes for variable in variables)
    unit = "B"
    for larger in ("KB", "MB", "GB"):
        if size >= 1024:
            size, unit = size / 1024, larger
    return f"{sum(variable.size for variable in variables):,} ({size:,.2f} {unit})"
