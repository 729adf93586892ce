"""The derivation of dJ/dz = (a - y) / m, for sigmoid and softmax with their crossentropies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.explanations.closed_form import Summand, written
from autograd_lite.explanations.lines import Line
from autograd_lite.explanations.steps import Notation
from autograd_lite.graphs.identity import Identity
from autograd_lite.maths.reading import read
from autograd_lite.maths.tidying import tidy
from autograd_lite.maths.tree import (
    Node,
    Number,
    Operator,
    Script,
    Symbol,
    row,
    substitute,
)

Y = Symbol("y")
ONE_HOT = Symbol("Y")  # the labels as rows of 0 and 1


@dataclass(frozen=True)
class Derivation:
    """A derivation of dJ/dz = (a - y) / m.

    Attributes:
        identity: what was found.
        a: the symbol of the activation.
        lines: the derivation.
        known: dJ/dz, by the id() of z.
        remark: how it was checked.
    """

    identity: Identity
    a: Node
    lines: tuple[Line, ...]
    known: dict[int, Summand]
    remark: str


# The placeholders: J, a, z, y, and C, what the difference is multiplied by.
_SIGMOID = (
    (
        r"\frac{\partial J}{\partial a}",
        r"C (-\frac{y}{a} + \frac{1 - y}{1 - a})",
        r"C \frac{a - y}{a (1 - a)}",
    ),
    (r"\frac{\partial a}{\partial z}", "a (1 - a)"),
    (
        r"\frac{\partial J}{\partial z}",
        r"\frac{\partial J}{\partial a} \odot \frac{\partial a}{\partial z}",
        r"C \frac{a - y}{a (1 - a)} \odot a (1 - a)",
        "C (a - y)",
    ),
)
_SOFTMAX = (
    (r"\frac{\partial J}{\partial a_k}", r"-C \frac{y_k}{a_k}"),
    (r"\frac{\partial a_k}{\partial z_j}", "a_k ([k = j] - a_j)"),
    (
        r"\frac{\partial J}{\partial z_j}",
        r"\sum_k \frac{\partial J}{\partial a_k} \frac{\partial a_k}{\partial z_j}",
        r"-C \sum_k y_k ([k = j] - a_j)",
        r"C (a_j \sum_k y_k - y_j)",
        "C (a_j - y_j)",
    ),
)
_SHORT = ((r"\frac{\partial J}{\partial z}", "C (a - y)"),)


def derivation(identity: Identity, notation: Notation, gradients: Mapping[int, Any]) -> Derivation:
    """The derivation, in the symbols of the computation."""
    z = notation.symbols.of(identity.z)
    a = _activation(identity, notation, z)
    y = _target(identity, notation)
    if identity.scale in (identity.z.size, identity.z.shape[0] if identity.z.ndim else 1):
        notation.call_m(int(identity.scale))
    averaged = notation.m is not None and identity.scale == notation.m
    summand = Summand(
        1.0 if averaged else 1 / identity.scale, int(averaged), row(a, Operator("-"), y)
    )
    factor = written([summand._replace(body=Number("1"))])
    table: dict[Node, Node] = {
        Symbol("J"): notation.J,
        Symbol("a"): a,
        Symbol("z"): z,
        Y: y,
        Symbol("C"): factor,
    }

    def tree(latex: str) -> Node:
        return tidy(substitute(read(latex), table))

    template: tuple[tuple[str, ...], ...] = _SIGMOID if identity.kind == "sigmoid" else _SOFTMAX
    if identity.a is not None and not _derivative_by_a(identity, gradients):
        template = _SHORT
    elif identity.kind == "softmax":
        template = (*template, *_SHORT)
    lines = [Line(tree(left), tuple(map(tree, rights))) for left, *rights in template]
    return Derivation(identity, a, tuple(lines), {id(identity.z): summand}, _remark(identity))


def _activation(identity: Identity, notation: Notation, z: Node) -> Node:
    """The symbol of a: that of its node, or one that is free, numbered as z is."""
    if identity.a is not None:
        return notation.symbols.of(identity.a)
    a: Node = Script(Symbol("a"), z.below) if isinstance(z, Script) else Symbol("a")
    return Symbol("p") if notation.symbols.is_taken(a) else a


def _target(identity: Identity, notation: Notation) -> Node:
    if identity.variant == "computed":
        return Y
    if identity.variant == "label":
        return ONE_HOT
    return notation.symbols.of(identity.target)


def _derivative_by_a(identity: Identity, gradients: Mapping[int, Any]) -> bool:
    """Return whether dJ/da equals what the derivation states."""
    if identity.a is None:
        return False
    g = gradients.get(id(identity.a))
    a = identity.a._array.astype(float)
    if g is None:
        return False
    with np.errstate(all="ignore"):
        whole = (a - identity.y) / (a * (1 - a)) if identity.kind == "sigmoid" else -identity.y / a
    return bool(np.allclose(g, whole / identity.scale, rtol=1e-3))


def _remark(identity: Identity) -> str:
    return (
        f"Checked numerically: gradient and formula differ by {identity.difference:.0e} of the "
        "largest gradient; they also agree at random values of z."
    )
