"""Find where sigmoid or softmax meets its crossentropy: dJ/dz = (a - y) / m, numerically.

A crossentropy can be spelled in many ways: from probabilities or logits, with ``1 / (1 + exp(-z))``
or ``logaddexp``, as one operation or as twelve. All have one derivative by z. So it is looked for
by what it is, not by how it is written: a value z whose gradient is the difference between
sigmoid(z) or softmax(z) and an array y that went into J, times one number. To hold for the
recorded z only would be chance; so J is computed again from other z, and must agree there too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from autograd_lite.ancestors import descendants, in_order
from autograd_lite.backward import node_gradients
from autograd_lite.recording import output, record
from autograd_lite.tensor import Tensor, leaf

Kind = Literal["sigmoid", "softmax"]
Variant = Literal["target", "label", "computed"]
_MOST_NODES = 300  # how far from J it is looked for
_ELSEWHERE = 3  # at how many other z it must hold
_SPREAD = 1.5


@dataclass(frozen=True)
class Identity:
    """dJ/dz = (a - y) / scale, for a = sigmoid(z) or softmax(z).

    Attributes:
        kind: which of the two.
        z: the Tensor.
        holders: the nodes that hold sigmoid(z) or softmax(z).
        target: the array that says what y is.
        variant: how: y is the "target" itself, the target is a "label" for each row, or y can be
            "computed" from it.
        y: the values of y.
        scale: what the difference is divided by: the number of samples, say.
        difference: the largest difference between dJ/dz and the formula, over the largest dJ/dz.
    """

    kind: Kind
    z: Tensor
    holders: tuple[Tensor, ...]
    target: Any
    variant: Variant
    y: Any
    scale: float
    difference: float

    @property
    def a(self) -> Tensor | None:
        """The node that holds sigmoid(z) or softmax(z), if just one does."""
        return self.holders[0] if len(self.holders) == 1 else None


def find(nodes: Sequence[Tensor], gradients: Mapping[int, Any]) -> Identity | None:
    """The identity among the nodes of J, or None.

    Args:
        nodes: in the order of computation, J last.
        gradients: dJ/d(node) by the node's id().
    """
    J = nodes[-1]
    near = [x for x in nodes[-_MOST_NODES:-1] if _usable(x, gradients.get(id(x)))]
    targets = list(_targets(nodes[-_MOST_NODES:]))
    fitting = {
        (kind, shape): list(_fitting(kind, shape, targets))
        for shape in {z.shape for z in near}
        for kind in _KINDS
    }
    found = [
        identity
        for z in near
        for kind in _KINDS
        for identity in _matches(kind, z, gradients[id(z)], fitting[kind, z.shape], near)
    ]
    for identity in _best_first(found):
        if _holds_elsewhere(J, identity):
            return identity
    return None


def _best_first(found: Sequence[Identity]) -> Iterator[Identity]:
    """The identities in the order in which they say what the code means.

    What holds of z and y holds of -z and 1 - y. Meant is the one whose a was computed first, or
    else whose z was. Of several z the first is meant (softmax is that of z minus its maximum
    too), and of those with the same values (z plus 0) the last.
    """
    groups: list[list[Identity]] = []
    for identity in found:
        for group in groups:
            if _same(group[0].y, identity.y):
                group.append(identity)
                break
        else:
            groups.append([identity])
    groups.sort(key=lambda group: min((_computed_at(x.holders), x.z.stamp) for x in group))
    for group in groups:
        group.sort(key=lambda x: x.z.stamp)
        first = [x for x in group if _same(x.z._array, group[0].z._array)]
        yield from sorted(first, key=lambda x: (-x.z.stamp, _VARIANTS.index(x.variant)))


def _computed_at(holders: Sequence[Tensor]) -> float:
    return holders[0].stamp if holders else math.inf


def _same(a: Any, b: Any) -> bool:
    return a.shape == b.shape and bool(np.array_equal(a, b))


def _usable(x: Tensor, g: Any) -> bool:
    return (
        isinstance(x._array, np.ndarray)
        and x.size > 0
        and x.function is not output
        and isinstance(g, np.ndarray)
        and bool(np.isfinite(x._array).all() and np.isfinite(g).all() and g.any())
    )


# -- activations -----------------------------------------------------------------------------------


def _sigmoid(z: Any) -> Any:
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def _softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


_KINDS: dict[Kind, Any] = {"sigmoid": _sigmoid, "softmax": _softmax}


def _holders(z: Tensor, a: Any, near: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The nodes that hold a."""
    return tuple(
        x for x in near if x.stamp > z.stamp and x.shape == z.shape and _close(x._array, a, z.dtype)
    )


# -- targets ---------------------------------------------------------------------------------------

_VARIANTS = ("target", "label", "computed")


def _targets(nodes: Sequence[Tensor]) -> Iterator[Any]:
    """The arrays without a gradient that went into the nodes, each once."""
    seen: set[int] = set()
    for node in nodes:
        for x in node.inputs or ():
            constant = not x.requires_grad if isinstance(x, Tensor) else getattr(x, "ndim", 0)
            if constant and id(x) not in seen:
                seen.add(id(x))
                yield x


def _fitting(
    kind: Kind, shape: tuple[int, ...], targets: Sequence[Any]
) -> Iterator[tuple[Any, Variant, Any]]:
    """The targets that give a y for a z of this shape, with how, and that y."""
    if kind == "softmax" and (not shape or shape[-1] < 2):
        return
    for target in targets:
        for variant, y in _variants(kind, target, shape):
            if _is_distribution(kind, y):
                yield target, variant, y


def _variants(kind: Kind, target: Any, shape: tuple[int, ...]) -> Iterator[tuple[Variant, Any]]:
    """The y that a target may stand for, each with how."""
    t = np.asarray(target._array if isinstance(target, Tensor) else target)
    if t.dtype.kind not in "fiub":
        return
    if t.size == np.prod(shape) and _squeezed(t.shape) == _squeezed(shape):
        t = t.reshape(shape).astype(float)
        yield "target", t
        yield "computed", -t
        yield "computed", 1 - t
        if t.size and (np.abs(t) == 1).all():
            yield "computed", (1 + t) / 2
            yield "computed", (1 - t) / 2
    elif kind == "softmax" and _are_labels(t, shape):
        yield "label", (t.reshape(shape[:-1])[..., None] == np.arange(shape[-1])).astype(float)


def _are_labels(t: Any, shape: tuple[int, ...]) -> bool:
    """Return whether an array holds a class index for each row."""
    if t.dtype.kind not in "iu" or t.size != np.prod(shape[:-1]):
        return False
    return bool(t.min() >= 0 and t.max() < shape[-1])


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


# -- comparing -------------------------------------------------------------------------------------


def _tolerance(dtype: Any) -> float:
    """The difference, relative to the largest, that rounding may cause between two computations."""
    return float(np.finfo(dtype).eps) * 2e4 if dtype.itemsize > 2 else 2e-2


def _close(a: Any, b: Any, dtype: Any) -> bool:
    return float(np.abs(a - b).max()) <= _tolerance(dtype) * max(float(np.abs(b).max()), 1e-300)


def _matches(
    kind: Kind,
    z: Tensor,
    g: Any,
    fitting: Sequence[tuple[Any, Variant, Any]],
    near: Sequence[Tensor],
) -> Iterator[Identity]:
    """The identities that hold at the recorded z."""
    if not fitting:
        return
    a = _KINDS[kind](z._array.astype(float))
    g = g.astype(float)
    square, largest, holders = float(np.vdot(g, g)), float(np.abs(g).max()), None
    for target, variant, y in fitting:
        scale = float(np.vdot(a - y, g)) / square
        if not scale > 0:
            continue
        difference = float(np.abs((a - y) / scale - g).max()) / largest
        if difference <= _tolerance(z.dtype):
            holders = _holders(z, a, near) if holders is None else holders
            known = kind, z, holders, target, variant, y
            yield Identity(*known, _rounded(scale), difference)


def _is_distribution(kind: Kind, y: Any) -> bool:
    inside = bool((y >= 0).all() and (y <= 1).all())
    return inside and (kind == "sigmoid" or bool(np.allclose(y.sum(axis=-1), 1, atol=1e-5)))


def _rounded(scale: float) -> float:
    whole = round(scale)
    return float(whole) if whole and abs(scale / whole - 1) < 1e-4 else scale


def _holds_elsewhere(J: Tensor, identity: Identity) -> bool:
    """Return whether the identity holds with other values of z."""
    z, random = identity.z, np.random.default_rng(0)
    for _ in range(_ELSEWHERE):
        moved = random.normal(scale=_SPREAD, size=z.shape).astype(z.dtype)
        with np.errstate(all="ignore"):
            there, result = _again(J, z, np.asarray(moved))
            (g,) = node_gradients(result, [there])
        expected = (_KINDS[identity.kind](moved.astype(float)) - identity.y) / identity.scale
        if g is None or not np.isfinite(g).all() or not _close(g, expected, z.dtype):
            return False
    return True


def _again(J: Tensor, z: Tensor, values: Any) -> tuple[Tensor, Tensor]:
    """J computed again, with other values in the place of z: a leaf, and the new J."""
    new: dict[int, Tensor] = {id(z): leaf(values, requires_grad=True)}
    for node in descendants(z, in_order([J], keywords=True), keywords=True):
        inputs = tuple(new.get(id(x), x) for x in node.inputs or ())
        keywords = {key: new.get(id(x), x) for key, x in node.keywords.items()}
        assert node.function is not None
        result: Any = record(node.function, *inputs, **keywords)
        # Several results are selected from by nodes of their own, which read the tuple's node.
        new[id(node)] = result[0].inputs[0] if isinstance(result, tuple) else result
    return new[id(z)], new[id(J)]
