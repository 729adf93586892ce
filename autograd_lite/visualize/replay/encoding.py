"""Graphs as compact JSON for the page: the structure once, the numbers of each moment.

Arrays that occur several times (the gradient of a node is also the sum on its edge and the
upstream gradient of the next) are written once and referred to by number; the values of an array
are one string, which the page takes apart when it shows them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_lite.graphs import Contribution, Graph, Node, Update
from autograd_lite.graphs.summary import MOST_COLUMNS, MOST_ROWS, Sample, Statistics, Summary
from autograd_lite.visualize.replay.formulas import Formulas
from autograd_lite.visualize.replay.places import places

NONE = -1  # in place of a number in a table, where there is nothing
KINDS = ("input", "constant", "parameter", "operation", "output")


def encode(
    graphs: Sequence[Graph], moments: Sequence[str], curves: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    """Graphs of the same structure as what the page reads.

    Args:
        graphs: at least one.
        moments: a name for each.
        curves: numbers for each graph, by name.
    """
    structure = graphs[0]
    arrays = _Arrays()
    formulas = Formulas(structure)
    edges = {edge: i for i, edge in enumerate(structure.edges)}
    return {
        "kinds": KINDS,
        "nodes": [_node(node, formulas, arrays) for node in structure.nodes],
        "edges": [number for edge in structure.edges for number in edge],
        "outputs": structure.outputs,
        "noGradients": structure.no_gradients,
        "steps": [[edges[step.edge], step.number, *step.axes] for step in structure.backward],
        "moments": [
            _moment(graph, name, arrays) for graph, name in zip(graphs, moments, strict=True)
        ],
        "curves": [[name, [_rounded(x) for x in values]] for name, values in curves.items()],
        "formulas": formulas.table,
        "m": formulas.m,
        "named": bool(structure.nodes[0].symbol),
        "mostRows": MOST_ROWS,
        "mostColumns": MOST_COLUMNS,
        **arrays.tables(),
        **places(structure),
    }


def json_text(data: Any) -> str:
    r"""JSON that is safe inside of ``<script>``, whatever its strings hold.

    Example:
        >>> json_text({"name": "</script>\u2028"})
        '{"name":"\\u003c/script\\u003e\\u2028"}'
    """
    text = json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


# What could end a script or a line of one, and halves of letters, which UTF-8 cannot hold.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def _node(node: Node, formulas: Formulas, arrays: _Arrays) -> list[Any]:
    return [
        KINDS.index(node.kind),
        node.label,
        node.name,
        node.operation,
        NONE if node.operation is None else formulas.number(node),
        NONE if node.shape is None else arrays.shape(node.shape),
        node.dtype,
        node.bytes,
        int(node.requires_grad),
        [[position, _rounded(x)] for position, x in node.scalars],
    ]


def _moment(graph: Graph, name: str, arrays: _Arrays) -> dict[str, Any]:
    return {
        "name": name,
        "values": [arrays.number(node.shape, node.value, node.sample) for node in graph.nodes],
        "gradients": [
            arrays.number(node.shape, node.gradient, node.gradient_sample) for node in graph.nodes
        ],
        "dead": [
            [node.id, _rounded(node.dead_units)]
            for node in graph.nodes
            if node.dead_units is not None
        ],
        "steps": [_step(step, arrays) for step in graph.backward],
        "update": _update(graph.update, arrays),
    }


def _update(update: Update | None, arrays: _Arrays) -> dict[str, Any] | None:
    if update is None:
        return None
    return {
        "rule": update.rule,
        "rate": _rounded(update.rate),
        "isPlain": update.is_plain,
        "after": [[i, arrays.number_of(values)] for i, values in update.after],
        "result": None if update.result is None else _rounded(update.result),
    }


def _step(step: Contribution, arrays: _Arrays) -> list[int]:
    shape = None if step.local is None else step.local.shape
    upstream = arrays.number(shape, None, step.upstream)
    summaries = (step.local, step.product, step.contribution, step.before, step.after)
    return [upstream, *map(arrays.number_of, summaries)]


class _Arrays:
    """The arrays of a page: shapes, statistics and samples, each once."""

    def __init__(self) -> None:
        self._shapes = _Table()
        self._statistics = _Table()
        self._samples = _Table()
        self._arrays = _Table()

    def shape(self, shape: tuple[int, ...]) -> int:
        return self._shapes.number(shape)

    def number_of(self, summary: Summary | None) -> int:
        return NONE if summary is None else self.number(*summary)

    def number(
        self,
        shape: tuple[int, ...] | None,
        statistics: Statistics | None,
        sample: Sample | None,
    ) -> int:
        if statistics is None and sample is None:
            return NONE
        numbers = (
            NONE if shape is None else self._shapes.number(shape),
            NONE if statistics is None else self._statistics.number(_numbers(statistics)),
            NONE if sample is None else self._samples.number(_values(sample)),
        )
        return self._arrays.number(numbers)

    def tables(self) -> dict[str, Any]:
        return {
            "shapes": self._shapes.rows,
            "statistics": self._statistics.rows,
            "samples": self._samples.rows,
            "arrays": [number for array in self._arrays.rows for number in array],
        }


class _Table:
    """Things by number, equal ones once."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def number(self, row: Any) -> int:
        known = self._numbers.get(row)
        if known is None:
            known = self._numbers[row] = len(self.rows)
            self.rows.append(row)
        return known


def _values(sample: Sample) -> str:
    values = [x for row in sample.values for x in row]
    return " ".join(["%.6g"] * len(values)) % tuple(values)


def _numbers(statistics: Statistics) -> str:
    return " ".join("-" if x is None else f"{x:.6g}" for x in statistics)


def _rounded(x: float) -> float | str:
    """With 6 significant digits; what JSON cannot hold as text."""
    text = f"{x:.6g}"
    return text if text.lstrip("-") in ("nan", "inf") else float(text)
