"""The formulas that a page shows: of each operation in it once, as MathML."""

from __future__ import annotations

from typing import Any

from autograd_lite.graphs import Node
from autograd_lite.maths import formula
from autograd_lite.maths.as_text import text

__all__ = ["Formulas"]

MOST_INPUTS = 3  # positions beyond have the formula of the last


class Formulas:
    """The formulas of a page by number.

    Attributes:
        table: for each number the symbols of the result and of the inputs, the forward formula,
            and for each input the local derivative and the gradient in terms of the upstream one.
    """

    def __init__(self) -> None:
        self.table: list[dict[str, Any] | None] = []
        self._numbers: dict[Any, int] = {}

    def number(self, node: Node) -> int:
        """The number of the formula of an operation node."""
        key = (node.operation, *node.keywords.items())
        if key not in self._numbers:
            self._numbers[key] = len(self.table)
            self.table.append(_formula(node))
        return self._numbers[key]


def _formula(node: Node) -> dict[str, Any] | None:
    found = formula(str(node.operation), node.keywords)
    if found is None:
        return None
    positions = range(min(len(found.inputs), MOST_INPUTS))
    return {
        "symbols": [text(symbol) for symbol in (found.output, *found.inputs)],
        "forward": found.forward_mathml,
        "inputs": [
            {
                "derivative": found.derivative_mathml(position),
                "gradient": found.pullback_mathml(position),
            }
            for position in positions
        ],
    }
