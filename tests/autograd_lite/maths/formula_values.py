"""The value of a formula: its tree evaluated on arrays, so that a test can hold it to the numbers.

Two operands side by side are a matrix product if they are matrices that fit, else a product.
"""

from __future__ import annotations

import math
import operator
from statistics import NormalDist

import numpy as np

from autograd_lite.maths.tree import (
    Bold,
    Cases,
    Fence,
    Fraction,
    Function,
    Number,
    Operator,
    Root,
    Row,
    Script,
    Space,
    Symbol,
    Words,
)

ERF = np.vectorize(math.erf, otypes=[float])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def cofactor(a):
    return np.linalg.det(a) * np.linalg.inv(a).T


def i1(x):
    """By its integral (DLMF 10.32.3); the sum is exact to rounding, as of any periodic function."""
    angles = np.pi * (np.arange(64) + 0.5) / 64
    return np.mean(np.exp(np.multiply.outer(x, np.cos(angles))) * np.cos(angles), axis=-1)


FUNCTIONS = {
    name: getattr(np, name)
    for name in "arccos arcsin arctan cos cosh exp log sin sinh tan tanh sign trunc floor ceil rint"
    " round arctan2 tril triu i0 spacing nextafter".split()
} | {
    "arcsinh": np.arcsinh,
    "arccosh": np.arccosh,
    "arctanh": np.arctanh,
    "max": np.maximum,
    "min": np.minimum,
    "erf": ERF,
    "erfinv": np.vectorize(lambda x: NormalDist().inv_cdf((x + 1) / 2) / math.sqrt(2)),
    "i1": i1,
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softmax": softmax,
    "broadcast": lambda x: x,
    "det": np.linalg.det,
    "cof": cofactor,
    "tr": np.trace,
}
CALLED = {  # symbols that are functions where a bracket follows
    Symbol("sigma"): sigmoid,
    Symbol("Phi"): lambda x: 0.5 * (1 + ERF(x / math.sqrt(2))),
    Symbol("varphi"): lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi),
}
RELATIONS = {
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    r"\le": operator.le,
    r"\ge": operator.ge,
    r"\ne": operator.ne,
}


def value(tree, names):
    """The number or array that a formula stands for, `names` giving its symbols' values."""
    if tree in names:
        return names[tree]
    match tree:
        case Symbol("pi"):
            return math.pi
        case Symbol("e"):
            return math.e
        case Number(text):
            return float(text)
        case Bold(Number("1")):
            return names["ones"]
        case Fraction(over, under):
            return value(over, names) / value(under, names)
        case Root(body, order):
            below = 2 if order is None else value(order, names)
            inside = value(body, names)
            return np.cbrt(inside) if below == 3 else inside ** (1 / below)
        case Fence("[", body, _):
            return truth(body, names) * 1.0
        case Fence(r"\lvert", body, _):
            return np.abs(value(body, names))
        case Fence(r"\lVert", body, _):
            return np.sqrt(np.sum(value(body, names) ** 2))
        case Fence(r"\lfloor", body, _):
            return np.floor(value(body, names))
        case Fence(_, body, _):
            return value(body, names)
        case Script(base, None, above) if above is not None:
            return power(value(base, names), above, names)
        case Cases(rows):
            shape = np.shape(names["ones"])
            conditions = [
                True if isinstance(when, Words) else truth(when, names) for _, when in rows
            ]
            values = [value(part, names) for part, _ in rows]
            return np.select(
                [np.broadcast_to(c, shape) for c in conditions],
                [np.broadcast_to(v, shape) for v in values],
            )
        case Row(parts):
            return equal_sides([p for p in parts if not isinstance(p, Space)], names)
    raise AssertionError(f"cannot be evaluated: {tree}")


def split(parts, signs):
    """The parts between the operators that are in `signs`, and those operators."""
    pieces, found = [[]], []
    for part in parts:
        if isinstance(part, Operator) and part.sign in signs:
            found.append(part.sign)
            pieces.append([])
        else:
            pieces[-1].append(part)
    return pieces, found


def truth(tree, names):
    """Whether relations hold: a < b < c."""
    parts = tree.parts if isinstance(tree, Row) else (tree,)
    pieces, signs = split(parts, RELATIONS)
    if not signs:
        return value(tree, names)
    values = [total(piece, names) for piece in pieces]
    holds = True
    for sign, a, b in zip(signs, values[:-1], values[1:], strict=True):
        holds = holds & RELATIONS[sign](a, b)
    return holds


def equal_sides(parts, names):
    pieces, _ = split(parts, {"="})
    sides = [total(piece, names) for piece in pieces]
    for side in sides[1:]:
        np.testing.assert_allclose(side, sides[0], rtol=1e-12)
    return sides[0]


def total(parts, names):
    pieces, signs = split(parts, {"+", "-"})
    result = 0.0 if not pieces[0] else product(pieces[0], names)
    for sign, piece in zip(signs, pieces[1:], strict=True):
        term = product(piece, names)
        result = result + term if sign == "+" else result - term
    return result


def product(parts, names):
    pieces, _ = split(parts, {r"\odot", r"\cdot"})
    result = juxtaposed(pieces[0], names)
    for piece in pieces[1:]:
        result = result * juxtaposed(piece, names)
    return result


def juxtaposed(parts, names):
    """Operands side by side; a function takes what follows it, up to the next function."""
    result = None
    i = 0
    while i < len(parts):
        operand, i = one_operand(parts, i, names)
        if result is None:
            result = operand
        elif np.ndim(operand) == np.ndim(result) == 2 and result.shape[1] == operand.shape[0]:
            result = result @ operand
        else:
            result = result * operand
    return result


def one_operand(parts, i, names):
    part = parts[i]
    if part in CALLED:
        return CALLED[part](value(parts[i + 1], names)), i + 2
    base = part.base if isinstance(part, Script) else part
    if isinstance(base, Operator):  # a sum over an axis of all that follows
        assert base.sign == r"\sum"
        rest = juxtaposed_product(parts[i + 1 :], names)
        axis = None if part is base else int(part.below.text.split()[-1])
        return np.sum(rest, axis=axis), len(parts)
    if not isinstance(base, Function):
        return value(part, names), i + 1
    following = parts[i + 1]
    if isinstance(following, Fence):
        pieces, _ = split(
            following.body.parts if isinstance(following.body, Row) else (following.body,), {","}
        )
        arguments, i = [total(piece, names) for piece in pieces], i + 2
    else:
        argument, i = one_operand(parts, i + 1, names)
        arguments = [argument]
    result = FUNCTIONS[base.name](*arguments)
    if isinstance(part, Script) and part.below is not None:
        result = result / math.log(value(part.below, names))  # a logarithm to that base
    if isinstance(part, Script) and part.above is not None:
        result = power(result, part.above, names)
    return result, i


def juxtaposed_product(parts, names):
    return product(list(parts), names)


def power(base, above, names):
    minus = Operator("-")
    top = Operator(r"\top")
    if above == top:
        return base.T
    if above == Row((minus, top)):
        return np.linalg.inv(base).T
    if above == Operator("+"):
        return np.linalg.pinv(base)
    if above == Row((minus, Number("1"))):
        return np.linalg.inv(base)
    return base ** value(above, names)
