"""Formulas that stay true where MathML is stripped and its text is kept, as in a notebook that is
not trusted: e to the power of v₂ would read "ev2".
"""

from __future__ import annotations

from autograd_lite.maths.tree import (
    Cases,
    Fence,
    Fraction,
    Function,
    Hidden,
    Matrix,
    Node,
    Number,
    Operator,
    Root,
    Row,
    Script,
    Space,
    Symbol,
    Words,
    row,
    with_parts,
)

_ATOMS = (Symbol, Number, Function, Words, Operator)
_GAP, _OPEN, _CLOSE = map(Hidden, " ()")


def spelled_out(tree: Node) -> Node:
    """The tree with hidden signs for what is told by places alone: powers, indices, fractions,
    roots, rows of a matrix.

    Example:
        >>> import re
        >>> from autograd_lite.maths.as_mathml import mathml
        >>> power = Script(Symbol("e"), None, Row((Symbol("x"), Operator("+"), Number("1"))))
        >>> re.sub("<.*?>", "", mathml(spelled_out(power)))
        'e^(x+1)'
    """
    tree = with_parts(tree, spelled_out)
    match tree:
        case Row(parts):
            return Row(tuple(_spaced(parts)))
        case Script(base, below, above):
            return Script(base, below and _after("_", below), above and _after("^", above))
        case Fraction(over, under):
            return Fraction(_bracketed(over), _after("/", under))
        case Root(body, None):
            return Root(_after("√", body))
        case Root(body, order) if order is not None:
            return Root(_bracketed(body), _around("^(1/", order, ")"))
        case Cases(rows):
            return Cases(tuple((v, _around(" ", when, "; ")) for v, when in rows))
        case Matrix(lines) if lines:
            return _bracketed_matrix(lines)
    return tree


def _spaced(parts: tuple[Node, ...]) -> list[Node]:
    """Hidden gaps between operands, which the drawn formula has as widths."""
    found: list[Node] = []
    for part in parts:
        beside = bool(found) and not isinstance(part, (Operator, Space, Hidden, Fence))
        gap = beside and not isinstance(found[-1], (Operator, Space, Hidden))
        if gap or isinstance(part, Space):
            found.append(_GAP)
        found += [part] if _is_whole(part) or len(parts) == 1 else [_OPEN, part, _CLOSE]
    return found


def _is_whole(part: Node) -> bool:
    """Return whether a part of a row needs no brackets: all but fractions, those of derivatives."""
    return not isinstance(part, Fraction) or _is_difference(part.over)


def _is_difference(tree: Node) -> bool:
    return isinstance(tree, Row) and tree.parts[:1] == (Operator(r"\partial"),)


def _around(opening: str, tree: Node, closing: str) -> Node:
    inside = tree.parts if isinstance(tree, Row) else (tree,)
    return Row((Hidden(opening), *inside, Hidden(closing)))


def _bracketed(tree: Node) -> Node:
    plain = isinstance(tree, _ATOMS) or _is_difference(tree)
    return tree if plain else _around("(", tree, ")")


def _after(sign: str, tree: Node) -> Node:
    if isinstance(tree, _ATOMS) or _is_difference(tree):
        return row(Hidden(sign), tree)
    return _around(f"{sign}(", tree, ")")


def _bracketed_matrix(lines: tuple[tuple[Node, ...], ...]) -> Matrix:
    written = []
    for i, (*first, last) in enumerate(lines):
        cells = [row(cell, Hidden(", ")) for cell in first]
        cells.append(row(last, Hidden("; " if i + 1 < len(lines) else "]")))
        written.append(cells)
    written[0][0] = row(Hidden("["), written[0][0])
    return Matrix(tuple(map(tuple, written)))
