"""The formulas that a page shows, as MathML: of each kind of operation in it once.

The symbols of the page's values differ from node to node. So a formula is written with placeholders
for the result and for each input, in whose place the page puts their symbols.
"""

from __future__ import annotations

import math
from typing import Any

from autograd_lite.graphs import Graph, Node
from autograd_lite.maths import formula
from autograd_lite.maths.as_mathml import mathml
from autograd_lite.maths.formula import Formula, contains, quotient
from autograd_lite.maths.reading import read
from autograd_lite.maths.tidying import number
from autograd_lite.maths.tree import Node as Tree
from autograd_lite.maths.tree import Number, Operator, Symbol

PLACEHOLDERS = 0xE000  # the first of a private range of letters: the result, then the inputs
MOST_INPUTS = 12  # positions beyond have the formula of the last
AVERAGES = ("mean", "var", "std")
KEYWORDS = ("axis", "keepdims", "axes", "shape", "size", "strides", "dilation", "order")
M = Symbol("m")


class Formulas:
    """The formulas of a page by number.

    Attributes:
        table: for each number the forward formula, and for each input the local derivative and the
            gradient in terms of the upstream one; with the keywords that say how entries mix.
        m: the number that formulas call m, of the elements that the largest mean is over; or None.
    """

    def __init__(self, graph: Graph) -> None:
        self.table: list[dict[str, Any] | None] = []
        self._numbers: dict[Any, int] = {}
        self._graph = graph
        self._inputs: dict[int, dict[int, Node]] = {}
        for edge in graph.edges:
            source = graph.nodes[edge.source]
            self._inputs.setdefault(edge.target, {})[edge.position] = source
        counts = [self._averaged(node) for node in graph.nodes if node.operation in AVERAGES]
        is_taken = any(node.symbol == "m" for node in graph.nodes)
        self.m = None if is_taken else max((count for count in counts if count > 1), default=None)

    def number(self, node: Node) -> int:
        """The number of the formula of an operation node."""
        is_result = node.id in self._graph.outputs and _is_one(node)
        averaged = self._averaged(node) if node.operation in AVERAGES else 0
        arrays = self._inputs.get(node.id, {})
        alone = _is_number(node) or bool(node.scalars) or any(map(_is_number, arrays.values()))
        places = tuple(sorted(arrays))
        key = (
            node.operation,
            *(node.keywords.items()),
            node.scalars,
            *(places, is_result, averaged, alone),
        )
        if key not in self._numbers:
            self._numbers[key] = len(self.table)
            self.table.append(self._written(node, places, is_result, averaged, alone))
        return self._numbers[key]

    def _averaged(self, node: Node) -> int:
        """The number of elements averaged by a mean."""
        source = self._inputs.get(node.id, {}).get(0)
        if source is None or source.shape is None or not math.prod(node.shape or ()):
            return 0
        return math.prod(source.shape) // math.prod(node.shape or ())

    def _written(
        self, node: Node, places: tuple[int, ...], is_result: bool, averaged: int, alone: bool
    ) -> dict[str, Any] | None:
        found = formula(str(node.operation), node.keywords)
        scalars = dict(node.scalars)
        count = max([*places, *scalars, -1]) + 1
        if found is None or not _takes(found, count):
            return None
        output = Symbol(chr(PLACEHOLDERS))
        inputs = [
            number(float(scalars[i])) if i in scalars else Symbol(chr(PLACEHOLDERS + 1 + i))
            for i in range(count)
        ]
        upstream = Number("1") if is_result else quotient(self._result(), output)
        written = found.with_symbols(output, inputs, upstream)
        table: dict[Tree, Tree] = {}
        if averaged and averaged != self.m:
            table[M] = number(averaged)
        if alone:
            table[Operator(r"\odot")] = Operator(r"\cdot")
        written = written.rewritten(table) if table else written
        shown = mathml(written.forward)
        return {
            "forward": shown,
            "m": contains(written.forward, M),
            "keywords": {key: node.keywords[key] for key in KEYWORDS if key in node.keywords},
            "inputs": [self._of_input(written, i) for i in range(min(count, MOST_INPUTS))],
        }

    def _result(self) -> Tree:
        return read(self._graph.nodes[self._graph.outputs[0]].symbol or "J")

    def _of_input(self, written: Formula, position: int) -> dict[str, Any]:
        elementwise = written.is_elementwise(position)
        return {
            "derivative": mathml(written.derivative(position)) if elementwise else None,
            "gradient": mathml(written.downstream(position)),
        }


def _is_one(node: Node) -> bool:
    """Return whether a result's own gradient is 1."""
    return node.gradient is not None and _is_number(node) and node.gradient.mean == 1


def _is_number(node: Node) -> bool:
    return node.shape is not None and math.prod(node.shape) == 1


def _takes(found: Formula, count: int) -> bool:
    """Return whether a formula is of as many inputs."""
    return len(found.inputs) == count or found.takes_any_number
