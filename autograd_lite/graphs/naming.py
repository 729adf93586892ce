"""`named`: the symbols of a computation, the same in explanations and in pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.ancestors import in_order
from autograd_lite.backward import node_gradients
from autograd_lite.graphs.identity import Identity, find
from autograd_lite.graphs.labels import is_array
from autograd_lite.graphs.symbols import Symbols, matching
from autograd_lite.maths.reading import read
from autograd_lite.maths.tree import Node
from autograd_lite.tensor import Tensor

_MOST_NODES = 2_000  # beyond, and for more elements, y is named by its role alone
_MOST_ELEMENTS = 4_000_000


class Named(NamedTuple):
    """The symbols of a computation.

    Attributes:
        symbols: what each value is called.
        identity: where sigmoid or softmax meets its crossentropy, which says what y is; or None.
    """

    symbols: Symbols
    identity: Identity | None


def named(
    roots: Sequence[Tensor],
    names: Mapping[str, Any],
    gradients: Mapping[int, Any] | None = None,
) -> Named:
    """Name all values that the roots were computed from.

    Args:
        roots: the results.
        names: what the caller calls arrays and Tensors.
        gradients: the gradient of the only root by its nodes, by id(); None for no gradients.

    Raises:
        TypeError, ValueError: as `Symbols`.
    """
    nodes = in_order(roots)
    identity = find(nodes, gradients) if gradients is not None else None
    return Named(Symbols(nodes, roots, *_naming(nodes, identity, names)), identity)


def gradients_for_naming(root: Tensor) -> dict[int, Any] | None:
    """The gradients that `named` takes; None where the computation is too large for the search."""
    nodes = in_order([root], differentiable=True)
    arrays = [node._array for node in nodes if isinstance(node._array, np.ndarray)]
    if len(nodes) > _MOST_NODES or sum(x.size for x in arrays) > _MOST_ELEMENTS:
        return None
    return dict(zip(map(id, nodes), node_gradients(root, nodes), strict=True))


def _naming(
    nodes: Sequence[Tensor], identity: Identity | None, names: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[int, str], dict[int, Node]]:
    """The names for `Symbols`: the caller's, and the roles and symbols that an identity gives.

    The name y is the target's also where only -y or 1 - y went into J.
    """
    if identity is None:
        return dict(names), {}, {}
    roles = {id(identity.z): "z"} | {id(x): "a" for x in identity.holders}
    known: dict[int, Node] = {}
    others = dict(names)
    for x in _constants(nodes):
        variant = _variant(x, identity.y)
        if x is identity.target and identity.variant != "computed":
            roles[id(x)] = "y"
        elif variant is not None:
            known[id(x)] = variant
    if identity.variant == "computed":
        for name, value in names.items():
            if name == "y" and _same(value, identity.y):
                del others[name]
    return others, roles, known


def _constants(nodes: Sequence[Tensor]) -> list[Any]:
    found = {
        id(x): x
        for node in nodes
        for x in node.inputs or ()
        if is_array(x) and not (isinstance(x, Tensor) and (x.requires_grad or x.name))
    }
    return list(found.values())


def _variant(x: Any, y: Any) -> Node | None:
    """An array as y or in terms of y, if its values say that it is."""
    for latex, values in (
        ("y", y),
        ("(-y)", -y),
        ("(1 - y)", 1 - y),
        ("(2 y - 1)", 2 * y - 1),
        ("(1 - 2 y)", 1 - 2 * y),
    ):
        if _same(x, values):
            return read(latex)
    return None


def _same(x: Any, y: Any) -> bool:
    values = np.asarray(x._array if isinstance(x, Tensor) else x)
    if values.size != y.size or values.dtype.kind not in "fiub":
        return False
    fits = [n for n in values.shape if n != 1] == [n for n in y.shape if n != 1]
    return fits and matching(values.reshape(y.shape).astype(float), y)
