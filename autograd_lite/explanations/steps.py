"""The chain rule as data: for each value its gradient, as a sum over the ways it was used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.explanations.path import Use, uses
from autograd_lite.graphs.labels import operation_label
from autograd_lite.graphs.symbols import Symbols
from autograd_lite.maths.as_text import text
from autograd_lite.maths.formula import Formula, formula, quotient
from autograd_lite.maths.tidying import number, tidy
from autograd_lite.maths.tree import (
    Fence,
    Node,
    Operator,
    Row,
    Script,
    Symbol,
    Words,
    row,
)
from autograd_lite.recording import plain_keywords
from autograd_lite.table import TABLE, Operation
from autograd_lite.tensor import Tensor

M = Symbol("m")


class Notation:
    """The notation of one explanation's formulas.

    Attributes:
        symbols: what each value is called.
        J: the symbol of the result.
        m: the number that is called m: of the elements that the largest mean is over; None if
            there is no mean.
    """

    def __init__(self, symbols: Symbols, nodes: Sequence[Tensor]) -> None:
        self.symbols = symbols
        self.J = symbols.of(nodes[-1])
        counts = [_averaged(node) for node in nodes]
        largest = max((count for count in counts if count), default=0)
        self.m: int | None = None
        self.call_m(largest)

    def call_m(self, count: int) -> None:
        """Call a number m, if none is called that yet, and nothing else is."""
        if self.m is None and count > 1 and not self.symbols.is_taken(M):
            self.m = count

    def gradient(self, x: Any) -> Node:
        """dJ/dx as a fraction."""
        return quotient(self.J, self.symbols.of(x))

    def formula(self, node: Tensor, upstream: Node | None = None) -> Formula:
        """The formula of a node's operation in the symbols of this computation."""
        assert node.function is not None
        found = formula(node.function, _readable(node.keywords))
        assert found is not None
        inputs = [self.symbols.of(x) for x in node.inputs or ()]
        written = found.with_symbols(
            self.symbols.of(node), inputs, self.gradient(node) if upstream is None else upstream
        )
        table: dict[Node, Node] = {}
        count = _averaged(node)
        if count and count != self.m:
            table[M] = number(count)
        if any(_is_number(x) for x in (node, *(node.inputs or ()))):
            table[Operator(r"\odot")] = Operator(r"\cdot")
        return written.rewritten(table) if table else written


def _is_number(x: Any) -> bool:
    data = _data(x)
    return not isinstance(data, tuple) and np.size(data) == 1


def _averaged(node: Tensor) -> int | None:
    """The number of elements averaged, if the node is a mean."""
    if node.function not in _AVERAGES or not node.size:
        return None
    (x, *_) = node.inputs or (node,)
    return int(np.size(_data(x)) // node.size)


_AVERAGES = frozenset([np.mean, np.var, np.std])


def _readable(keywords: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in keywords.items() if value is not np._NoValue}


def _data(x: Any) -> Any:
    return x._array if isinstance(x, Tensor) else x


class Term(NamedTuple):
    """The contribution of one use of a value to its gradient.

    Attributes:
        operation: the operation that used it, as a call.
        position: as which of the operation's inputs.
        formula: the operation's mathematics, in the symbols of the computation.
        axes: the axes of the contribution that are summed over, since the value was broadcast.
        tree: the contribution in symbols.
        use: the use.
        contribution: its numbers; None for an operation with several results.
    """

    operation: str
    position: int
    formula: Formula
    axes: tuple[int, ...]
    tree: Node
    use: Use
    contribution: Any

    @property
    def text(self) -> str:
        """The contribution as text."""
        return text(self.tree)


@dataclass(frozen=True)
class Step:
    """The gradient of the result by one value: the sum of its terms.

    Attributes:
        tensor: the value.
        symbol: what the formulas call it.
        left: dJ/dx.
        terms: one for each use of the value that leads to the result.
        gradient: the numbers of dJ/dx, an array of the value's shape; None for an operation with
            several results.
    """

    tensor: Tensor
    symbol: Node
    left: Node
    terms: tuple[Term, ...]
    gradient: Any

    @property
    def right(self) -> Node:
        """The sum of the terms."""
        parts: list[Node] = []
        for term in self.terms:
            negative = isinstance(term.tree, Row) and term.tree.parts[0] == Operator("-")
            if parts and not negative:
                parts.append(Operator("+"))
            parts.append(term.tree)
        return row(*parts)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of the value; None for an operation with several results."""
        return None if isinstance(self.tensor._array, tuple) else self.tensor.shape

    @property
    def text(self) -> str:
        """The step as one line of text."""
        return f"{text(self.left)} = {text(self.right)}"


def steps(nodes: Sequence[Tensor], gradients: Mapping[int, Any], notation: Notation) -> list[Step]:
    """The gradient by every node but the last, from J back to w."""
    used = uses(list(nodes))
    J = nodes[-1]
    return [
        Step(
            node,
            notation.symbols.of(node),
            notation.gradient(node),
            tuple(_term(use, J, gradients, notation) for use in used[id(node)]),
            _array(gradients.get(id(node))),
        )
        for node in reversed(nodes[:-1])
    ]


def _array(gradient: Any) -> Any:
    return None if isinstance(gradient, tuple) else gradient


def _term(use: Use, J: Tensor, gradients: Mapping[int, Any], notation: Notation) -> Term:
    user, position = use
    one: Node | None = number(1) if user is J else None
    written = notation.formula(user, one)
    contribution = _contribution(use, gradients.get(id(user)))
    x = (user.inputs or ())[position]
    axes = _summed(contribution, x)
    fitted = contribution
    if axes:
        fitted = np.sum(contribution, axis=axes).reshape(x.shape)
    tree = summed(tidy(written.downstream(position)), axes, x.ndim if axes else 0)
    return Term(operation_label(user), position, written, axes, tree, use, fitted)


def summed(tree: Node, axes: tuple[int, ...], ndim: int) -> Node:
    """The sum over the axes along which a value was broadcast."""
    if not axes:
        return tree
    named = Words(f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}")
    sign: Node = Operator(r"\sum") if ndim == 0 else Script(Operator(r"\sum"), named)
    falls_apart = isinstance(tree, Row) and any(
        isinstance(part, Operator) and part.sign in "+-" for part in tree.parts
    )
    return row(sign, Fence("(", tree, ")") if falls_apart else tree)


def _contribution(use: Use, upstream: Any) -> Any:
    """The contribution of a rule to one input, before broadcasting is undone."""
    user, position = use
    if upstream is None or isinstance(upstream, tuple) or isinstance(user._array, tuple):
        return None
    operation: Any = TABLE[user.function]  # type: ignore[index]
    assert isinstance(operation, Operation)
    values = [_data(x) for x in user.inputs or ()]
    keywords = plain_keywords(user.keywords)
    with np.errstate(all="ignore"):
        if operation.joint is not None:
            found = operation.joint(upstream, user._array, *values, **keywords)[position]
        else:
            rule: Any = operation.rules[position]
            found = rule(upstream, user._array, *values, **keywords)
    return np.asarray(found) if isinstance(found, (np.generic, np.ndarray)) else None


def _summed(contribution: Any, x: Tensor) -> tuple[int, ...]:
    """The axes of a contribution along which x was repeated."""
    if contribution is None or contribution.shape == x.shape:
        return ()
    extra = contribution.ndim - x.ndim
    repeated = (
        extra + i for i, n in enumerate(x.shape) if n == 1 and contribution.shape[extra + i] != 1
    )
    return (*range(extra), *repeated)


def local(term: Term) -> Any:
    """The numbers of a local derivative, where it multiplies element by element; else None."""
    if not term.formula.is_elementwise(term.position) or term.contribution is None:
        return None
    ones = np.ones_like(term.use.user._array)
    return _contribution(term.use, ones)
