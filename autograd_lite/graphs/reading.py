"""`graph`: a Graph read from the record."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.ancestors import in_order
from autograd_lite.context import Scope
from autograd_lite.graphs.data import Edge, Graph, Kind, Node, ScopeCall
from autograd_lite.graphs.labels import is_array, printable, readable
from autograd_lite.graphs.naming import gradients_for_naming, named
from autograd_lite.graphs.recording import RecordedBackward, record_backward
from autograd_lite.graphs.summary import Number, Summary, summary
from autograd_lite.graphs.symbols import Symbols
from autograd_lite.graphs.titles import title
from autograd_lite.maths.as_latex import latex
from autograd_lite.table import function_name
from autograd_lite.tensor import Tensor, describe
from autograd_lite.variable import Variable

LONGEST_LABEL = 48
RELUS = ("relu", "relu6")
MOST_SAMPLED = 5_000  # nodes; beyond, the samples would outweigh the arrays


def graph(
    J: Tensor | Sequence[Tensor],
    *,
    gradients: bool | None = None,
    upstream: Any = None,
    names: Mapping[str, Any] | None = None,
) -> Graph:
    """The computation that J was recorded from, as plain data.

    Gradients are computed from the record: no ``.grad`` changes and nothing need be prepared.

    Args:
        J: a Tensor, or a list of Tensors.
        gradients: whether to compute the gradient of J by every node. None: if J is one number
            and it can be done; `Graph.no_gradients` says why if not. True: raise if not.
        upstream: the upstream gradient, an array of J's shape, where J is not one number.
        names: what to call arrays and Tensors that have no name: ``{"X": X, "y": y}``.

    Raises:
        TypeError: if J is not a Tensor or a list of Tensors, or names is not a dict.
        ValueError: if the list is empty, `upstream` has the wrong shape, gradients=True and J
            has none, or for a name that cannot be a symbol or matches nothing.
        RuntimeError: if gradients=True and the graph was freed, or a Variable was assigned
            after the graph used it.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> x = ag.Tensor(3.0, requires_grad=True, name="x")
        >>> g = graph(x * x * 2)
        >>> [(node.id, node.label) for node in g.nodes]
        [(0, 'x'), (1, 'v = x × x'), (2, 'J = v × 2')]
        >>> g.edges
        (Edge(source=0, target=1, position=0), Edge(source=0, target=1, position=1),
         Edge(source=1, target=2, position=0))
        >>> g.nodes[0].gradient.mean
        12.0
    """
    roots = _roots(J)
    parts = nodes_in_order(roots)
    ids = {id(part): i for i, part in enumerate(parts)}
    sampled = len(parts) <= MOST_SAMPLED
    recorded, why = _go_back(roots, gradients, upstream, ids, sampled)
    edges = _edges(parts, ids)
    scopes = _Scopes(parts, edges)
    symbols = _symbols(roots, names, why is None)
    outputs = tuple(ids[id(root)] for root in roots)
    asked_for = set(outputs)
    nodes = [
        _node(i, part, symbols, i in asked_for, scopes.of[i], recorded.gradients.get(i), sampled)
        for i, part in enumerate(parts)
    ]
    return Graph(
        tuple(nodes), tuple(edges), tuple(scopes.calls), outputs, why, recorded.contributions
    )


def _roots(J: Any) -> list[Tensor]:
    roots = list(J) if isinstance(J, (list, tuple)) else [J]
    if not roots:
        raise ValueError("the list of results is empty: nothing to draw")
    for root in roots:
        if not isinstance(root, Tensor):
            raise TypeError(
                f"a computation is read from a Tensor, or a list of them; got "
                f"{type(root).__name__}. Was it taken out of the record with .data, .item() or "
                "np.asarray?"
            )
    return list({id(root): root for root in roots}.values())


def _symbols(roots: list[Tensor], names: Any, differentiable: bool) -> Symbols:
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f'names is a dict, {{"X": X, "y": y}}, got {type(names).__name__}')
    gradients = gradients_for_naming(roots[0]) if differentiable and roots[0].size == 1 else None
    return named(roots, names or {}, gradients).symbols


# -- gradients -----------------------------------------------------------------------------------


def _go_back(
    roots: list[Tensor], wanted: bool | None, upstream: Any, ids: dict[int, int], sampled: bool
) -> tuple[RecordedBackward, str | None]:
    """The recorded backward; or none, and why."""
    nothing = RecordedBackward({}, ())
    if wanted is False:
        if upstream is not None:
            raise ValueError("upstream= and gradients=False contradict each other")
        return nothing, "not requested"
    why = _obstacle(roots, upstream)
    if why is None:
        try:
            return record_backward(roots[0], upstream, ids, sampled), None
        except RuntimeError as error:  # freed, or a Variable was assigned since
            if wanted or upstream is not None:
                raise
            why = str(error)
    elif wanted or upstream is not None:
        raise ValueError(f"there are no gradients to compute: {why}")
    return nothing, why


def _obstacle(roots: list[Tensor], upstream: Any) -> str | None:
    """Return why the roots cannot be differentiated, if that is known before trying."""
    if len(roots) > 1:
        return f"there are {len(roots)} results; gradients need a single one"
    (root,) = roots
    if root.function is None:
        return f"nothing was recorded for {describe(root)}: it was not computed from anything"
    if not root.requires_grad:
        return (
            "the result has no gradient: nothing that it was computed from requires one "
            "(requires_grad=True), or its last operation is not differentiable"
        )
    if root.size != 1 and upstream is None:
        return (
            f"gradients need a scalar result; this one has shape {root.shape}. Take its sum or "
            "mean, or pass upstream="
        )
    return None


# -- order and edges -----------------------------------------------------------------------------


def nodes_in_order(roots: list[Tensor]) -> list[Any]:
    """The Tensors in order of creation, each array just before the operation that first uses it."""
    parts: list[Any] = []
    seen: set[int] = set()
    for node in in_order(roots):
        for x in node.inputs or ():
            if not isinstance(x, Tensor) and is_array(x) and id(x) not in seen:
                seen.add(id(x))
                parts.append(x)
        parts.append(node)
    return parts


def _edges(parts: list[Any], ids: dict[int, int]) -> list[Edge]:
    return [
        Edge(ids[id(x)], target, position)
        for target, part in enumerate(parts)
        if isinstance(part, Tensor)
        for position, x in enumerate(part.inputs or ())
        if is_array(x)
    ]


# -- scopes --------------------------------------------------------------------------------------


class _Scopes:
    """The scope calls of a computation, and the one that each node belongs to.

    An operation belongs to the scope in which it ran. A parameter belongs where it is used, since
    it was made before, perhaps in another call: to the innermost scope around all its uses. So
    does an input, but no deeper than where it was made: data comes into a layer from outside.

    Attributes:
        calls: the scope calls.
        of: for each node, the id of its scope call, or None.
    """

    def __init__(self, parts: list[Any], edges: list[Edge]) -> None:
        self.calls: list[ScopeCall] = []
        self.of: list[int | None] = [None] * len(parts)
        self._ids: dict[Scope, int] = {}
        self._depth: list[int] = []
        for i, part in enumerate(parts):
            if isinstance(part, Tensor) and part.function is not None:
                self.of[i] = self._enter(part.scope)
        self._place_leaves(parts, edges)

    def _enter(self, scope: Scope | None) -> int | None:
        """The id of a scope, which it and the scopes around it are given if they have none."""
        new = []
        while scope is not None and scope not in self._ids:
            new.append(scope)
            scope = scope.parent
        parent = self._ids[scope] if scope is not None else None
        for entered in reversed(new):
            known = len(self.calls)
            self._ids[entered] = known
            self.calls.append(ScopeCall(known, str(entered.name), parent))
            self._depth.append(0 if parent is None else self._depth[parent] + 1)
            parent = known
        return parent

    def _place_leaves(self, parts: list[Any], edges: list[Edge]) -> None:
        placed: set[int] = set()
        for source, target, _ in edges:
            part = parts[source]
            if not isinstance(part, Tensor) or part.function is not None:
                continue
            user = self.of[target]
            if source not in placed:
                placed.add(source)
                self.of[source] = user if _is_parameter(part) else self._made_in(part, user)
            else:
                self.of[source] = self._around(self.of[source], user)

    def _made_in(self, leaf: Tensor, user: int | None) -> int | None:
        scope = leaf.scope
        while scope is not None and scope not in self._ids:
            scope = scope.parent
        return self._around(None if scope is None else self._ids[scope], user)

    def _around(self, a: int | None, b: int | None) -> int | None:
        """The innermost scope call that both a and b are in."""
        while a != b:
            if a is None or b is None:
                return None
            if self._depth[a] >= self._depth[b]:
                a = self.calls[a].parent
            else:
                b = self.calls[b].parent
        return a


# -- nodes ---------------------------------------------------------------------------------------


def _is_parameter(leaf: Tensor) -> bool:
    return leaf.requires_grad or isinstance(leaf, Variable)


def _node(
    i: int,
    part: Any,
    symbols: Symbols,
    is_output: bool,
    scope: int | None,
    gradient: Summary | None,
    sampled: bool,
) -> Node:
    tensor = part if isinstance(part, Tensor) else None
    kind = _kind(tensor, is_output)
    return Node(
        id=i,
        kind=kind,
        requires_grad=tensor is not None and tensor.requires_grad,
        scope=scope,
        gradient=None if gradient is None else gradient.statistics,
        gradient_sample=None if gradient is None else gradient.sample,
        dead_units=None if tensor is None else _dead_units(tensor),
        **_described(part, symbols),
        **_measured(part if tensor is None else tensor._array, sampled),
    )


def _kind(tensor: Tensor | None, is_output: bool) -> Kind:
    if tensor is None:
        return "constant"
    if tensor.function is not None:
        return "output" if is_output else "operation"
    return "parameter" if _is_parameter(tensor) else "input"


def _described(part: Any, symbols: Symbols) -> dict[str, Any]:
    """The fields of a node that say what it is and how it was made."""
    tensor = part if isinstance(part, Tensor) else None
    operation = None
    scalars: tuple[tuple[int, Number], ...] = ()
    keywords = {}
    if tensor is not None and tensor.function is not None:
        operation = function_name(tensor.function)
        scalars = _scalars(tensor)
        keywords = {key: readable(value) for key, value in tensor.keywords.items()}
    return {
        "label": printable(title(part, symbols), LONGEST_LABEL),
        "symbol": latex(symbols.of(part)),
        "name": None if tensor is None or tensor.name is None else str(tensor.name),
        "operation": operation,
        "scalars": scalars,
        "keywords": keywords,
    }


def _scalars(tensor: Tensor) -> tuple[tuple[int, Number], ...]:
    return tuple(
        (position, x.item() if hasattr(x, "item") else x)
        for position, x in enumerate(tensor.inputs or ())
        if not is_array(x) and isinstance(x, (int, float, np.generic, np.ndarray))
    )


def _measured(data: Any, sampled: bool) -> dict[str, Any]:
    """The fields of a node that say what its values are; none for several results at once."""
    if data.__class__ is tuple:
        nothing = dict.fromkeys(("shape", "dtype", "value", "sample"))
        return nothing | {"bytes": sum(int(result.nbytes) for result in data)}
    shape, value, taken = summary(data, sampled)
    return {
        "shape": shape,
        "dtype": _dtype_name(data.dtype),
        "bytes": int(data.nbytes),
        "value": value,
        "sample": taken,
    }


def _dead_units(tensor: Tensor) -> float | None:
    """Compute the share of a ReLU's units that are zero for all examples."""
    y = tensor._array
    if not _is_relu(tensor) or y.ndim < 2 or y.size == 0 or y.size == y.shape[-1]:
        return None
    dead = np.logical_not(np.any(y, axis=tuple(range(y.ndim - 1))))
    return float(np.count_nonzero(dead) / dead.size)


def _is_relu(tensor: Tensor) -> bool:
    if tensor.function is np.maximum:
        return any(number == 0 for _, number in _scalars(tensor))
    return tensor.function is not None and function_name(tensor.function) in RELUS


@functools.lru_cache
def _dtype_name(dtype: np.dtype[Any]) -> str:
    return str(dtype)
