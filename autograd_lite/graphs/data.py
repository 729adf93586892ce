"""`Graph`: a recorded computation as plain data, and that data as JSON.

It holds no array and no Tensor: it can be kept, compared, written and read back. Ids are the
positions in the order of computation, so inputs come before their users and the same code gives
the same ids.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from autograd_lite.graphs.summary import Number, Sample, Statistics, Summary

VERSION = 3

Kind = Literal["input", "constant", "parameter", "operation", "output"]


class Node(NamedTuple):
    """One array of the computation, and the operation that made it.

    Attributes:
        id: its position in the order of computation.
        kind: "parameter" (a leaf that requires a gradient, or a Variable), "input" (any other
            Tensor that nothing was recorded for), "constant" (an array that went into an
            operation as it was), "operation", or "output" (an operation whose result was asked
            for).
        label: one line of printable text, at most 48 characters: the symbol, the name where that
            says more, and the call that made it ("W: kernel", "z = v₁ + b").
        symbol: what `autograd_lite.explain` calls it, as LaTeX: "v_1"; "" where that is not known.
        name: the Tensor's name.
        operation: NumPy's name of the operation; None for leaves.
        scalars: numbers among the operation's arguments, as (position, number).
        keywords: the operation's keyword arguments, in readable form.
        shape: the lengths of the axes; None for an operation with several results, which are
            nodes of their own.
        dtype: NumPy's name of the type of the elements; None where `shape` is.
        bytes: what the elements take in memory.
        requires_grad: whether gradients flow to it.
        scope: the id of the innermost scope call that it belongs to.
        value: statistics of its values.
        gradient: statistics of the gradient of the result by it; None: not computed.
        sample: some of its values. Not taken of arrays in a computation of more than 5,000 nodes.
        gradient_sample: the gradient at the same places.
        dead_units: of a ReLU's output, the share of its units (places along the last axis) that
            are zero for all examples; None for anything else, and for less than two examples.
    """

    id: int
    kind: Kind
    label: str
    symbol: str
    name: str | None
    operation: str | None
    scalars: tuple[tuple[int, Number], ...]
    keywords: dict[str, str]
    shape: tuple[int, ...] | None
    dtype: str | None
    bytes: int
    requires_grad: bool
    scope: int | None
    value: Statistics | None
    gradient: Statistics | None
    sample: Sample | None
    gradient_sample: Sample | None
    dead_units: float | None


class Edge(NamedTuple):
    """One use of a node: it is argument number `position` of the operation `target`."""

    source: int
    target: int
    position: int


class ScopeCall(NamedTuple):
    """One entry into a scope: a layer that is called twice has two of them.

    Attributes:
        id: its position in the list.
        name: the name given to `autograd_lite.scope`.
        parent: the id of the scope call around it, smaller than its own; None at the top.
    """

    id: int
    name: str
    parent: int | None


class Contribution(NamedTuple):
    """One step of the recorded backward: what one edge added to the gradient of its source.

    The rule of the edge's target made `product` of the upstream gradient, which is the gradient
    of the target. Where the target repeated the source (broadcasting), the product is larger than
    the source, and its sum over the repeated `axes` is the contribution. The gradient of the
    source grows by it from `before` to `after`.

    Attributes:
        edge: the edge that it flowed along, against its direction.
        upstream: values of the upstream gradient. With `local`, repeated to the product's shape,
            so that upstream times local is the product, entry by entry. None where `product` is
            one of several results or samples are not taken.
        local: the local derivative, where each entry of the source reaches one entry of the
            target only: the Jacobian without its zeros, in the shape of the product. None where
            entries mix (matmul) or the rule is one for all inputs.
        product: the upstream gradient times the local derivative, as the rule returned it.
        axes: the axes of the product that were summed over to undo broadcasting; mostly none.
        contribution: the product after that, in the shape of the source.
        number: which contribution to the source it is; 1 for the first.
        before: the gradient of the source before; None for the first.
        after: the gradient of the source with this contribution.
    """

    edge: Edge
    upstream: Sample | None
    local: Summary | None
    product: Summary
    axes: tuple[int, ...]
    contribution: Summary
    number: int
    before: Summary | None
    after: Summary


class Update(NamedTuple):
    """One update of the parameters, after the backward walk.

    Attributes:
        rule: the name of the optimizer, or "gradient descent".
        rate: the learning rate.
        is_plain: whether every new value is the old one minus rate times gradient.
        after: for each parameter its id and its new values.
        result: the result computed again with them; None where that is not known.
    """

    rule: str
    rate: float
    is_plain: bool
    after: tuple[tuple[int, Summary], ...]
    result: float | None


@dataclass(frozen=True)
class Graph:
    """A recorded computation as plain data; made by `graph`.

    Attributes:
        nodes: in the order of computation; a node's id is its position.
        edges: ordered by target and position.
        scopes: the scope calls, outer ones before inner ones.
        outputs: the ids of the results that were asked for.
        no_gradients: why no gradients were computed; None if they were.
        backward: the contributions in the order in which the backward walk made them.
        update: what an optimizer made of the gradients; None where that was not asked for.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    scopes: tuple[ScopeCall, ...]
    outputs: tuple[int, ...]
    no_gradients: str | None
    backward: tuple[Contribution, ...] = ()
    update: Update | None = None

    def __repr__(self) -> str:
        sizes = f"{len(self.nodes)} nodes, {len(self.edges)} edges, {len(self.scopes)} scopes"
        return f"Graph({sizes})"

    def to_dict(self) -> dict[str, Any]:
        """The graph as dicts, lists, strings and numbers.

        A number that is not finite becomes the text "nan", "inf" or "-inf", which JSON can hold.
        """
        return {
            "version": VERSION,
            "nodes": [_node_to_dict(node) for node in self.nodes],
            "edges": [list(edge) for edge in self.edges],
            "scopes": [scope._asdict() for scope in self.scopes],
            "outputs": list(self.outputs),
            "no_gradients": self.no_gradients,
            "backward": [_contribution_to_dict(step) for step in self.backward],
            "update": _update_to_dict(self.update),
        }

    def to_json(self) -> str:
        """`to_dict` as JSON text, without anything outside the standard."""
        import json

        return json.dumps(self.to_dict(), allow_nan=False)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Graph:
        """The graph that `to_dict` made `data` of.

        Raises:
            ValueError: if it is not the data of a graph, or of another version.
        """
        version = data.get("version") if isinstance(data, dict) else None
        if version != VERSION:
            raise ValueError(
                f"not a graph as Graph.to_dict() writes it: expected version {VERSION}, "
                f"got {version!r}"
            )
        try:
            return cls(
                tuple(_node_from_dict(node) for node in data["nodes"]),
                tuple(Edge(*edge) for edge in data["edges"]),
                tuple(ScopeCall(**scope) for scope in data["scopes"]),
                tuple(data["outputs"]),
                data["no_gradients"],
                tuple(_contribution_from_dict(step) for step in data["backward"]),
                _update_from_dict(data["update"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a graph as Graph.to_dict() writes it: {error}") from error


def _node_to_dict(node: Node) -> dict[str, Any]:
    data = node._asdict()
    data["scalars"] = [[position, _to_json(x)] for position, x in node.scalars]
    for field in ("value", "gradient"):
        if data[field] is not None:
            data[field] = data[field]._asdict()
    for field in ("sample", "gradient_sample"):
        data[field] = _sample_to_dict(data[field])
    return data


def _node_from_dict(data: dict[str, Any]) -> Node:
    fields = dict(data)
    fields["scalars"] = tuple((position, _from_json(x)) for position, x in data["scalars"])
    fields["shape"] = None if data["shape"] is None else tuple(data["shape"])
    for field in ("value", "gradient"):
        if data[field] is not None:
            fields[field] = Statistics(**data[field])
    for field in ("sample", "gradient_sample"):
        fields[field] = _sample_from_dict(data[field])
    return Node(**fields)


def _update_to_dict(update: Update | None) -> dict[str, Any] | None:
    if update is None:
        return None
    result = None if update.result is None else _to_json(update.result)
    after = [[i, _summary_to_dict(values)] for i, values in update.after]
    return update._asdict() | {"after": after, "result": result}


def _update_from_dict(data: dict[str, Any] | None) -> Update | None:
    if data is None:
        return None
    read = ((i, _summary_from_dict(values)) for i, values in data["after"])
    after = tuple((i, values) for i, values in read if values is not None)
    result = None if data["result"] is None else float(data["result"])
    return Update(data["rule"], data["rate"], data["is_plain"], after, result)


SUMMARIES = ("local", "product", "contribution", "before", "after")


def _contribution_to_dict(step: Contribution) -> dict[str, Any]:
    data = step._asdict()
    data["edge"] = list(step.edge)
    data["axes"] = list(step.axes)
    data["upstream"] = _sample_to_dict(step.upstream)
    for field in SUMMARIES:
        data[field] = _summary_to_dict(data[field])
    return data


def _contribution_from_dict(data: dict[str, Any]) -> Contribution:
    fields = dict(data)
    fields["edge"] = Edge(*data["edge"])
    fields["axes"] = tuple(data["axes"])
    fields["upstream"] = _sample_from_dict(data["upstream"])
    for field in SUMMARIES:
        fields[field] = _summary_from_dict(data[field])
    return Contribution(**fields)


def _summary_to_dict(summary: Summary | None) -> dict[str, Any] | None:
    if summary is None:
        return None
    return {
        "shape": list(summary.shape),
        "statistics": summary.statistics._asdict(),
        "sample": _sample_to_dict(summary.sample),
    }


def _summary_from_dict(data: dict[str, Any] | None) -> Summary | None:
    if data is None:
        return None
    statistics = Statistics(**data["statistics"])
    return Summary(tuple(data["shape"]), statistics, _sample_from_dict(data["sample"]))


def _sample_to_dict(sample: Sample | None) -> dict[str, Any] | None:
    if sample is None:
        return None
    return sample._asdict() | {"values": [[_to_json(x) for x in row] for row in sample.values]}


def _sample_from_dict(data: dict[str, Any] | None) -> Sample | None:
    if data is None:
        return None
    values = tuple(tuple(_from_json(x) for x in row) for row in data["values"])
    return Sample(values, tuple(data["rows"]), tuple(data["columns"]), data["complete"])


def _to_json(x: Number) -> Number | str:
    return x if math.isfinite(x) else str(x)


def _from_json(x: Number | str) -> Number:
    return float(x) if isinstance(x, str) else x
