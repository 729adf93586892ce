"""Steps put together: a gradient in one formula, where that stays short enough to read."""

from __future__ import annotations

import fractions
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from autograd_lite.explanations.steps import M, Notation, Step, Term
from autograd_lite.maths.formula import contains
from autograd_lite.maths.tidying import number, tidy
from autograd_lite.maths.tree import (
    Bold,
    Fence,
    Fraction,
    Node,
    Number,
    Operator,
    Row,
    Script,
    row,
    substitute,
)
from autograd_lite.tensor import Tensor

MOST_SUMMANDS = 3
MOST_BELOW = 1_000_000  # below the stroke of a fraction
LONGEST = 160  # characters of a body's structure
_ONES = Bold(Number("1"))
_MINUS = Operator("-")


class Summand(NamedTuple):
    """One part of a sum: coefficient / m^averaged times the body.

    Since every gradient is linear in the upstream one, numbers can be moved to the front.
    """

    coefficient: float
    averaged: int
    body: Node


def closed_forms(
    steps: Sequence[Step], notation: Notation, known: dict[int, Summand]
) -> dict[int, list[Summand]]:
    """The gradient by each value as a sum, by the value's id(); only those that stay short.

    Args:
        steps: from J back to w.
        notation: how formulas are written.
        known: what some gradients have been found to be.
    """
    forms: dict[int, list[Summand]] = {}
    for step in steps:
        key = id(step.tensor)
        if key in known:
            forms[key] = [known[key]]
            continue
        summands: list[Summand] | None = []
        for term in step.terms:
            passed = _passed_on(term, forms, notation)
            summands = None if summands is None or passed is None else summands + passed
        summands = _merged(summands or [])
        if 0 < len(summands) <= MOST_SUMMANDS and all(map(_is_short, summands)):
            forms[key] = summands
    return forms


def _merged(summands: Sequence[Summand]) -> list[Summand]:
    """Summands with the same body as one."""
    merged: dict[tuple[int, Node], float] = {}
    for coefficient, averaged, body in summands:
        key = averaged, body
        merged[key] = merged.get(key, 0.0) + coefficient
    return [Summand(coefficient, *key) for key, coefficient in merged.items()]


def _is_short(summand: Summand) -> bool:
    return _size(summand.body) <= LONGEST


def _size(tree: Node) -> int:
    from autograd_lite.maths.as_text import text

    return len(text(tree))


def _passed_on(
    term: Term, forms: dict[int, list[Summand]], notation: Notation
) -> list[Summand] | None:
    """The summands of a contribution: those of the upstream gradient, through one operation."""
    if term.formula.generic or term.formula.slopes[term.position] is None:
        return None
    user = term.use.user
    upstream = notation.gradient(user)
    if not contains(term.tree, upstream):  # the user is J
        return [_front(Summand(1.0, 0, term.tree))]
    summands = forms.get(id(user)) or [Summand(1.0, 0, upstream)]
    passed = [_through(term, upstream, summand) for summand in summands]
    return None if None in passed else [summand for summand in passed if summand is not None]


def _through(term: Term, upstream: Node, summand: Summand) -> Summand | None:
    """One summand of the upstream gradient through an operation."""
    rule = _front(Summand(summand.coefficient, summand.averaged, term.tree))
    if summand.body == _ONES and not _keeps_shape(term):
        return None
    body = summand.body
    if rule.body != upstream:
        body = substitute(rule.body, {upstream: _bracketed(summand.body)})
        body = _without_ones(body)
    return _front(Summand(rule.coefficient, rule.averaged, tidy(body)))


def _without_ones(body: Node) -> Node:
    """Ones times an array as that array; times a number they stay, since they have the shape."""
    if not isinstance(body, Row) or body.parts[:2] not in _PRODUCTS_OF_ONES:
        return body
    factor = row(*body.parts[2:])
    is_number = _value(factor) is not None or _ratio(factor) is not None
    return row(factor, _ONES) if is_number else factor


_PRODUCTS_OF_ONES = tuple((_ONES, Operator(sign)) for sign in (r"\odot", r"\cdot"))


def _keeps_shape(term: Term) -> bool:
    """Return whether all inputs have the result's shape, so that ones times a derivative is it."""
    user = term.use.user
    if not term.formula.is_elementwise(term.position):
        return True
    arrays = (x._array if isinstance(x, Tensor) else x for x in user.inputs or ())
    return all(np.size(x) == 1 or np.shape(x) == user.shape for x in arrays)


def _bracketed(body: Node) -> Node:
    if isinstance(body, Row) and body.parts[0] != Operator(r"\partial"):
        return Fence("(", body, ")")
    return body


def _front(summand: Summand) -> Summand:
    """With the signs and numbers that the body begins with in the coefficient."""
    coefficient, averaged, body = summand
    while isinstance(body, Row):
        first, rest = body.parts[0], body.parts[1:]
        if _is_sum(body):
            break
        if first == _MINUS:
            coefficient = -coefficient
        elif (value := _value(first)) is not None and not isinstance(rest[0], Operator):
            coefficient *= value
        elif (ratio := _ratio(first)) is not None and not isinstance(rest[0], Operator):
            coefficient *= ratio[0]
            averaged += ratio[1]
        elif first in _SIGNS:
            pass  # what stood before it is in the coefficient
        else:
            break
        body = row(*rest)
    if isinstance(body, Fence) and body.opening == "(":
        body = body.body
    if (ratio := _ratio(body)) is not None:
        return Summand(coefficient * ratio[0], averaged + ratio[1], Number("1"))
    return Summand(coefficient, averaged, body)


_SIGNS = (Operator(r"\odot"), Operator(r"\cdot"))


def _is_sum(tree: Row) -> bool:
    return any(isinstance(part, Operator) and part.sign in "+-" for part in tree.parts[1:])


def _value(part: Node) -> float | None:
    """The number that a part is."""
    match part:
        case Number(digits):
            return float(digits)
        case Fence("(", Row((Operator("-"), Number(digits))), ")"):
            return -float(digits)
    return None


def _ratio(part: Node) -> tuple[float, int] | None:
    """A fraction of a number and a number or m, as the number and the power of m below."""
    match part:
        case Fraction(Number(over), Number(under)) if float(under):
            return float(over) / float(under), 0
        case Fraction(Number(over), under) if under == M:
            return float(over), 1
    return None


def written(summands: Sequence[Summand]) -> Node:
    """A sum of summands as a formula."""
    parts: list[Node] = []
    for coefficient, averaged, body in summands:
        negative = coefficient < 0
        if negative:
            parts.append(_MINUS)
        elif parts:
            parts.append(Operator("+"))
        front = _coefficient(abs(coefficient), averaged)
        alone = front == Number("1") and len(summands) == 1 and not negative
        if body == Number("1"):
            parts.append(front)
        else:
            loose = isinstance(body, Row) and (_is_sum(body) or body.parts[0] == _MINUS)
            parts.append(front)
            parts.append(Fence("(", body, ")") if loose and not alone else body)
    return tidy(row(*parts))


def _coefficient(value: float, averaged: int) -> Node:
    """The value over a power of m: 2/3 and 1/569 rather than 0.6667 and 0.001757."""
    front = _simplest(value)
    if not averaged:
        return front
    below = M if averaged == 1 else Script(M, None, Number(str(averaged)))
    if isinstance(front, Fraction):
        return Fraction(front.over, row(front.under, below))
    return Fraction(front, below)


def _simplest(value: float) -> Node:
    """A number as a decimal of two digits or a fraction of small numbers, if it is one."""
    if math.isfinite(value) and value != float(f"{value:.2g}"):
        ratio = fractions.Fraction(value).limit_denominator(MOST_BELOW)
        if ratio.denominator > 1 and abs(float(ratio) - value) < 1e-12 * value:
            return Fraction(Number(str(ratio.numerator)), Number(str(ratio.denominator)))
    return number(value)
