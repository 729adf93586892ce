"""Numbers in formulas, and the little algebra that makes them readable: 2 w^(2 - 1) is 2 w."""

from __future__ import annotations

import math

from autograd_lite.maths.tree import (
    Fence,
    Fraction,
    Function,
    Node,
    Number,
    Operator,
    Row,
    Script,
    row,
    with_parts,
)

_PRODUCTS = (r"\odot", r"\cdot")
_MINUS = Operator("-")


def number(value: float, digits: int = 6) -> Node:
    """A number as a part of a formula: in brackets if negative, with a power of ten if need be.

    Example:
        >>> from autograd_lite.maths.as_text import text
        >>> [text(number(x)) for x in (0.5, -2, 3e-07, 1e20)]
        ['0.5', '(−2)', '3 · 10⁻⁷', '10²⁰']
    """
    if math.isnan(value):
        return Number("nan")
    if value < 0 or (value == 0 and math.copysign(1, value) < 0):
        return Fence("(", row(_MINUS, number(-value, digits)), ")") if value else Number("0")
    if math.isinf(value):
        return Operator(r"\infty")
    written = f"{value:.{digits}g}"
    mantissa, _, exponent = written.partition("e")
    if not exponent:
        return Number(written)
    power = int(exponent)
    above: Node = row(_MINUS, Number(str(-power))) if power < 0 else Number(str(power))
    ten = Script(Number("10"), None, above)
    return ten if mantissa == "1" else row(Number(mantissa), Operator(r"\cdot"), ten)


def tidy(tree: Node) -> Node:
    """The tree without factors and powers of 1, and with differences of numbers worked out."""
    tree = with_parts(tree, tidy)
    match tree:
        case Script(base, None, Number("1")):
            return base
        case Fraction(over, Number("1")):
            return over
        case Row(parts):
            return _row(_worked_out(parts))
    return tree


def _worked_out(parts: tuple[Node, ...]) -> tuple[Node, ...]:
    """Number - number as a number, where that is all there is."""
    match parts:
        case (left, Operator("-" | "+" as sign), right):
            a, b = _value(left), _value(right)
            if a is not None and b is not None:
                result = number(a - b if sign == "-" else a + b)
                return (result.body,) if isinstance(result, Fence) else (result,)
    return parts


def _value(tree: Node) -> float | None:
    match tree:
        case Number(text):
            try:
                return float(text)
            except ValueError:
                return None
        case Fence("(", Row((Operator("-"), Number(text))), ")"):
            return -float(text)
    return None


def _row(parts: tuple[Node, ...]) -> Node:
    kept: list[Node] = []
    for i, part in enumerate(parts):
        after = parts[i + 1] if i + 1 < len(parts) else None
        if _is_one(part) and _multiplies(kept[-1] if kept else None, after):
            continue
        if _is_product(part) and (not kept or isinstance(kept[-1], Operator)):
            continue  # what stood before it is gone
        kept.append(part)
    while kept and _is_product(kept[-1]):
        kept.pop()
    return row(*kept) if kept else Number("1")


def _is_one(part: Node) -> bool:
    """Return whether a part is the number 1."""
    return part == Number("1")


def _is_product(part: Node | None) -> bool:
    return isinstance(part, Operator) and part.sign in _PRODUCTS


def _multiplies(before: Node | None, after: Node | None) -> bool:
    """Return whether the part between two others is a factor, which may go if it is 1."""
    if _is_product(before) or _is_product(after):
        return True
    operand_after = after is not None and not isinstance(after, Operator)
    operand_before = before is not None and not isinstance(before, (Operator, Function, Script))
    return operand_before or operand_after
