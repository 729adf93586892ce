"""The numbers of an array, as an explanation shows them."""

from __future__ import annotations

from typing import Any

from autograd_lite.graphs.labels import number_text
from autograd_lite.graphs.summary import sample
from autograd_lite.maths.tidying import number
from autograd_lite.maths.tree import Fence, Matrix, Node, Operator, Script

_DOTS = Operator(r"\ldots")


def number_matrix(values: Any) -> Node | None:
    """At most 8 rows of 6 numbers as a matrix, with dots for what is left out."""
    if values is None:
        return None
    taken = sample(values)
    if not taken.values:
        return None
    if values.ndim == 0:
        return _plain(taken.values[0][0])
    if values.ndim == 2 and values.shape[1] == 1:
        lying = number_matrix(values[:, 0])  # a column, which would take much room
        return lying and Script(lying, None, Operator(r"\top"))
    wide = len(taken.columns) < values.shape[-1]
    rows = [tuple(map(_plain, line)) + ((_DOTS,) if wide else ()) for line in taken.values]
    if len(taken.rows) * values.shape[-1] < values.size:
        rows.append((_DOTS,) * len(rows[0]))
    return Matrix(tuple(rows))


def number_lines(values: Any) -> list[str]:
    """The same as lines of text."""
    if values is None:
        return []
    taken = sample(values)
    cells = [[number_text(x) for x in line] for line in taken.values]
    if not cells:
        return ["(empty)"]
    width = max(len(cell) for line in cells for cell in line)
    lines = ["  ".join(cell.rjust(width) for cell in line) for line in cells]
    if taken.complete:
        return lines
    return [*lines, f"({len(taken.rows)} x {len(taken.columns)} of {values.shape}, evenly spaced)"]


def _plain(value: Any) -> Node:
    shown = number(float(value), 4)
    return shown.body if isinstance(shown, Fence) else shown
