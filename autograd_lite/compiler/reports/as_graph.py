"""A Program as a Graph: the same plain data that pictures of a recorded computation read.

There are no values in it, since a program has none before it runs.
"""

from __future__ import annotations

import numpy as np

from autograd_lite.compiler.program import Program, Value
from autograd_lite.graphs import Edge, Graph, Kind, Node, ScopeCall
from autograd_lite.graphs.labels import printable, readable

LONGEST_LABEL = 48
_KINDS: dict[str, Kind] = {
    "argument": "input",
    "number": "input",
    "state": "parameter",
    "constant": "constant",
    "operation": "operation",
    "fused_update": "operation",
}


def as_graph(program: Program) -> Graph:
    """The operations of a program after its passes, grouped by phase and layer.

    A fused update (the update of all parameters) is one node, and its result one of the outputs.
    """
    made = _Maker(program)
    for value in [*program.arguments, *program.body]:
        made.add(value)
    outputs = [x for x in program.results if x.kind == "operation"]
    outputs += [new for _, new in program.assignments if new.kind == "operation"]
    outputs += [value for value in program.body if value.kind == "fused_update"]
    ids = tuple(dict.fromkeys(made.ids[id(x)] for x in outputs))
    return Graph(
        nodes=tuple(made.nodes),
        edges=tuple(made.edges),
        scopes=tuple(made.scopes),
        outputs=ids,
        no_gradients="a program is drawn without values: its backward is part of it",
        backward=(),
    )


class _Maker:
    def __init__(self, program: Program) -> None:
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.scopes: list[ScopeCall] = []
        self.ids: dict[int, int] = {}
        self._open: list[tuple[str, int]] = []
        self._outputs = {id(x) for x in program.results}

    def add(self, value: Value) -> int:
        """The node of a value, after those of its inputs."""
        known = self.ids.get(id(value))
        if known is not None:
            return known
        inputs = [
            (position, self.add(x))
            for position, x in enumerate(value.inputs)
            if isinstance(x, Value)
        ]
        number = self.ids[id(value)] = len(self.nodes)
        self.nodes.append(self._node(value, number))
        self.edges += [Edge(source, number, position) for position, source in inputs]
        return number

    def _node(self, value: Value, number: int) -> Node:
        operation = None
        if value.loop is not None:
            operation = value.loop.title
        elif value.kind == "operation":
            operation = value.operation
        array = value.kind != "fused_update" and value.dtype is not None
        kind = _KINDS[value.kind]
        if kind == "operation" and id(value) in self._outputs:
            kind = "output"
        return Node(
            id=number,
            kind=kind,
            label=printable(value.name or operation or value.kind, LONGEST_LABEL),
            symbol="",
            name=value.name or None,
            operation=operation,
            scalars=tuple(
                (i, x) for i, x in enumerate(value.inputs) if isinstance(x, (int, float))
            ),
            keywords={
                key: readable(x)
                for key, x in value.keywords.items()
                if not isinstance(x, Value) and x is not np._NoValue
            },
            shape=value.shape if array else None,
            dtype=value.dtype.name if array else None,
            bytes=value.nbytes if array else 0,
            requires_grad=False,
            scope=self._scope(value) if kind in ("operation", "output") else None,
            value=None,
            gradient=None,
            sample=None,
            gradient_sample=None,
            dead_units=None,
        )

    def _scope(self, value: Value) -> int | None:
        """The group that an operation is in: a new one wherever phase or layer changes."""
        wanted = [value.phase, *filter(None, value.scope.split("/"))]
        kept = 0
        while kept < min(len(wanted), len(self._open)) and self._open[kept][0] == wanted[kept]:
            kept += 1
        del self._open[kept:]
        for name in wanted[kept:]:
            parent = self._open[-1][1] if self._open else None
            self._open.append((name, len(self.scopes)))
            self.scopes.append(ScopeCall(len(self.scopes), name, parent))
        return self._open[-1][1]
