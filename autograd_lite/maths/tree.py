"""A formula as a tree: read from LaTeX, written as LaTeX, MathML or text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Symbol:
    """A variable: one letter, the name of a Greek letter, or a name of several letters."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number without its sign, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Operator:
    r"""A sign: a character, or a command of LaTeX (``\odot``, ``\le``, ``\sum``)."""

    sign: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function with a name: tanh, log, max."""

    name: str


@dataclass(frozen=True, slots=True)
class Words:
    """Text within a formula; any text, it is escaped where it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Space:
    r"""A space: ``\,`` or ``\quad``."""

    width: str


@dataclass(frozen=True, slots=True)
class Hidden:
    """Text that is not drawn; it is read where an element's tags are lost and its text is kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Parts one after the other; two operands side by side are multiplied."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fence:
    r"""A part in brackets: "(", "[", "\\{", "|" for an absolute value, ``\lVert`` for a norm."""

    opening: str
    body: Node
    closing: str


@dataclass(frozen=True, slots=True)
class Fraction:
    """One part over another."""

    over: Node
    under: Node


@dataclass(frozen=True, slots=True)
class Root:
    """A square root, or the root of the order that is given."""

    body: Node
    order: Node | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """A part with an index below it, a power above it, or both."""

    base: Node
    below: Node | None = None
    above: Node | None = None


@dataclass(frozen=True, slots=True)
class Accent:
    """A part under a mark; an upstream gradient is the bar over the result."""

    mark: Literal["bar", "hat", "tilde"]
    body: Node


@dataclass(frozen=True, slots=True)
class Bold:
    r"""A part in bold: ``\mathbf{1}``, an array of ones."""

    body: Node


@dataclass(frozen=True, slots=True)
class Cases:
    """Several values and the condition of each."""

    rows: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """An array of parts in square brackets: the numbers of an array."""

    rows: tuple[tuple[Node, ...], ...]


Node = (
    Symbol
    | Number
    | Operator
    | Function
    | Words
    | Space
    | Hidden
    | Row
    | Fence
    | Fraction
    | Root
    | Script
    | Accent
    | Bold
    | Cases
    | Matrix
)


def row(*parts: Node) -> Node:
    """Parts one after the other, rows among them opened."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Row) else (part,))
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


def substitute(tree: Node, table: Mapping[Node, Node]) -> Node:
    """The tree with each part that is in the table replaced, all at once; what replaces a part is
    not searched again, so names may be exchanged.

    Example:
        >>> x, y = Symbol("x"), Symbol("y")
        >>> substitute(Row((x, Operator("+"), y)), {x: y, y: x})
        Row(parts=(Symbol(name='y'), Operator(sign='+'), Symbol(name='x')))
    """
    if tree in table:
        return table[tree]
    return with_parts(tree, lambda part: substitute(part, table))


def all_parts(tree: Node) -> Iterator[Node]:
    """The tree and every part within it."""
    found = [tree]

    def noted(part: Node) -> Node:
        found.append(part)
        return part

    for part in found:  # grows while it is read
        yield part
        with_parts(part, noted)


def with_parts(tree: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with `change` applied to each of its immediate parts."""
    match tree:
        case Row(parts):
            return row(*map(change, parts))
        case Fence(_, body, _) | Accent(_, body) | Bold(body):
            return replace(tree, body=change(body))
        case Fraction(over, under):
            return Fraction(change(over), change(under))
        case Root(body, order):
            return Root(change(body), order and change(order))
        case Script(base, below, above):
            return Script(change(base), below and change(below), above and change(above))
        case Cases(rows):
            return Cases(tuple((change(value), change(when)) for value, when in rows))
        case Matrix(rows_of_numbers):
            return Matrix(tuple(tuple(map(change, line)) for line in rows_of_numbers))
        case _:
            return tree
