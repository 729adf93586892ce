"""`formula`: what an operation computes and how it is differentiated, read from its rule."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

from autograd_lite.maths.as_latex import latex
from autograd_lite.maths.as_mathml import mathml
from autograd_lite.maths.as_text import text
from autograd_lite.maths.reading import read
from autograd_lite.maths.tidying import number, tidy
from autograd_lite.maths.tree import (
    Accent,
    Fence,
    Fraction,
    Function,
    Node,
    Number,
    Operator,
    Row,
    Script,
    Symbol,
    all_parts,
    row,
    substitute,
)
from autograd_lite.table import TABLE, Operation, function_name

# Keywords that say which elements take part, or in which arrangement; a formula, which is written
# for elements or for whole arrays, holds with any value of them.
# fmt: off
_ARRANGEMENT = frozenset([
    "axes", "axis", "axis1", "axis2", "copy", "decimals", "destination", "dtype", "index", "k",
    "keepdims", "kind", "offset", "order", "segment", "shape", "shift", "source", "stable",
    "subscripts", "value", "width",
])
# fmt: on


@dataclass(frozen=True)
class Formula:
    """The mathematics of one operation, in symbols that can be exchanged.

    Positions count the operation's array inputs from 0.

    Attributes:
        operation: its name.
        output: the symbol of the result.
        inputs: the symbols of the inputs; for an operation with any number of them, the one that
            stands for each.
        upstream: the symbol of the upstream gradient.
        value: what the result is.
        slopes: for each input the local derivative, or the whole gradient of the input where that
            is in terms of the upstream gradient; None where no formula is known.
        elementwise: for each input whether it is the local derivative, by which the upstream
            gradient is multiplied element by element.
        generic: whether nothing is known but the name.
    """

    operation: str
    output: Node
    inputs: tuple[Node, ...]
    upstream: Node
    value: Node
    slopes: tuple[Node | None, ...]
    elementwise: tuple[bool, ...]
    generic: bool = False

    def with_symbols(
        self, output: Node, inputs: Sequence[Node], upstream: Node | None = None
    ) -> Formula:
        """The same in other symbols; for any number of inputs, one symbol for each."""
        formula = self._of_many(len(inputs)) if self.takes_any_number else self
        upstream = upstream or Accent("bar", output)
        table = {self.output: output, self.upstream: upstream}
        table |= dict(zip(formula.inputs, inputs, strict=True))
        symbols: dict[str, Any] = {"output": output, "inputs": tuple(inputs), "upstream": upstream}
        return replace(formula.rewritten(table), **symbols)

    @property
    def takes_any_number(self) -> bool:
        """True for an operation with any number of inputs."""
        return self.inputs[-1:] == (_EACH,)

    def rewritten(self, table: Mapping[Node, Node]) -> Formula:
        """The same with other parts in the place of those in the table."""

        def changed(tree: Node) -> Node:
            return tidy(substitute(tree, table))

        slopes = tuple(slope and changed(slope) for slope in self.slopes)
        return replace(self, value=changed(self.value), slopes=slopes)

    def _of_many(self, count: int) -> Formula:
        """For an operation with any number of inputs: with a symbol and a gradient for each."""
        *first, _ = self.inputs
        *known, slope = self.slopes
        rest = [Script(Symbol("x"), Number(str(i + 1))) for i in range(count - len(first))]
        return replace(
            self,
            inputs=(*first, *rest),
            value=_listed(self.value, rest),
            slopes=(*known, *(slope and substitute(slope, {_EACH: symbol}) for symbol in rest)),
            elementwise=(*self.elementwise[:-1], *(self.elementwise[-1] for _ in rest)),
        )

    # -- trees -------------------------------------------------------------------------------------

    @property
    def forward(self) -> Node:
        """Result = formula."""
        return equation(self.output, self.value)

    def is_elementwise(self, position: int) -> bool:
        """True if the gradient is the upstream one times the derivative, element by element."""
        self._input(position)
        return self.elementwise[min(position, len(self.elementwise) - 1)]

    def derivative(self, position: int) -> Node:
        """The local derivative by an input = its formula.

        Where it is no product element by element: upstream gradient times derivative = formula.
        """
        by = quotient(self.output, self._input(position))
        slope = self._slope(position)
        if slope is None:
            return by
        if self.is_elementwise(position):
            return equation(by, slope)
        return equation(row(self.upstream, by), slope)

    def downstream(self, position: int) -> Node:
        """The gradient of an input, in terms of the upstream gradient."""
        slope = self._slope(position)
        if slope is None:
            return row(self.upstream, quotient(self.output, self._input(position)))
        return times(self.upstream, slope) if self.is_elementwise(position) else slope

    def pullback(self, position: int) -> Node:
        """The gradient of an input = the vector-Jacobian product."""
        return equation(Accent("bar", self._input(position)), self.downstream(position))

    # -- as LaTeX, MathML and text -----------------------------------------------------------------

    @property
    def forward_latex(self) -> str:
        r"""``y = \tanh x``."""
        return latex(self.forward)

    @property
    def forward_mathml(self) -> str:
        """The forward formula as a ``<math>`` element."""
        return mathml(self.forward)

    @property
    def forward_text(self) -> str:
        """``y = tanh x``."""
        return text(self.forward)

    def derivative_latex(self, position: int = 0) -> str:
        r"""``\frac{\partial y}{\partial x} = 1 - y^2``."""
        return latex(self.derivative(position))

    def derivative_mathml(self, position: int = 0) -> str:
        """The local derivative as a ``<math>`` element."""
        return mathml(self.derivative(position))

    def derivative_text(self, position: int = 0) -> str:
        """``∂y/∂x = 1 − y²``."""
        return text(self.derivative(position))

    def pullback_latex(self, position: int = 0) -> str:
        r"""``\bar{x} = \bar{y} \odot (1 - y^2)``."""
        return latex(self.pullback(position))

    def pullback_mathml(self, position: int = 0) -> str:
        """The vector-Jacobian product as a ``<math>`` element."""
        return mathml(self.pullback(position))

    def pullback_text(self, position: int = 0) -> str:
        """``x̄ = ȳ ⊙ (1 − y²)``."""
        return text(self.pullback(position))

    # ----------------------------------------------------------------------------------------------

    def _input(self, position: int) -> Node:
        if position < 0 or (position >= len(self.inputs) and not self.takes_any_number):
            raise IndexError(
                f"{self.operation} has {len(self.inputs)} inputs, so no position {position}"
            )
        return self.inputs[position] if position < len(self.inputs) else _EACH

    def _slope(self, position: int) -> Node | None:
        self._input(position)
        return self.slopes[min(position, len(self.slopes) - 1)]


_EACH = Script(Symbol("x"), Symbol("i"))  # stands for each of any number of inputs


def formula(
    operation: str | Callable[..., Any], keywords: Mapping[str, Any] | None = None
) -> Formula | None:
    r"""The mathematics of an operation, in the names that its rule uses.

    Args:
        operation: a function in the table (`np.tanh`), or its name as a graph's node shows it
            ("tanh").
        keywords: the keyword arguments of a call. A formula that does not hold with them is
            replaced by the generic one; those that it names, defaults included, are put in.

    Returns:
        None for what is not in the table. An operation without maths, or a name that stands for
        several different ones, gives a generic formula: y = name(x), dy/dx.

    Raises:
        ValueError: if the operation's maths is not LaTeX that `reading` knows.

    Example:
        >>> import numpy as np
        >>> tanh = formula(np.tanh)
        >>> tanh.forward_latex, tanh.derivative_text(), tanh.pullback_latex()
        ('y = \\tanh x', '∂y/∂x = 1 − y²', '\\bar{x} = \\bar{y} \\odot (1 - y^2)')
        >>> formula("matmul").pullback_text(1)
        'b̄ = aᵀ ȳ'
    """
    if isinstance(operation, str):
        found: Operation | None = _by_name(operation)
    else:
        entry = TABLE.get(operation)
        found = entry if isinstance(entry, Operation) else None
    if found is None:
        return None
    if not found.maths:
        compiled = (keywords or {}).get("call")  # the function that a compiled call is of
        return _generic(found, getattr(compiled, "__name__", compiled))
    trees = _trees(found)
    holds, values = (True, {}) if keywords is None else _keywords(found, trees, keywords)
    return _written(found, trees, values) if holds else _generic(found)


def _by_name(name: str) -> Operation | None:
    """The operation of that name; of several that differ, one of which nothing is known."""
    entries = map(TABLE.get, _functions(len(TABLE), next(reversed(TABLE))).get(name, ()))
    found = [entry for entry in entries if isinstance(entry, Operation)]
    if not found:
        return None
    if any(other.maths != found[0].maths for other in found):
        unknown = copy(found[0])
        unknown.maths = ()
        return unknown
    return found[0]


@functools.lru_cache(maxsize=1)
def _functions(size: int, latest: Any) -> dict[str, list[Any]]:
    """Return the functions in the table by name; rebuilt when the table has changed."""
    found: dict[str, list[Any]] = {}
    for function in TABLE:
        found.setdefault(function_name(function), []).append(function)
    return found


def _trees(operation: Operation) -> list[Node | None]:
    """The formula and the derivatives as they were written."""
    try:
        return [None if part is None else read(part) for part in operation.maths]
    except ValueError as error:
        raise ValueError(f"maths= of {operation.name}: {error}") from error


def _keywords(
    operation: Operation, trees: Sequence[Node | None], given: Mapping[str, Any]
) -> tuple[bool, dict[Node, Node]]:
    """Return whether the formula holds with these keywords, and those that it names, as numbers."""
    defaults = _defaults(operation)
    values: dict[Node, Node] = {}
    parts = (part for tree in trees if tree is not None for part in all_parts(tree))
    named = {part.name for part in parts if isinstance(part, Symbol)}
    for name, value in (defaults | dict(given)).items():
        exact = _as_number(value) if name in named else None
        if exact is not None:
            values[Symbol(name)] = number(exact)
        elif name not in _ARRANGEMENT and not _same(value, defaults.get(name, _MISSING)):
            return False, {}
    return True, values


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, str):
        return value == str(default)
    return isinstance(value, (bool, int, float, type(None))) and bool(value == default)


def _as_number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _defaults(operation: Operation) -> dict[str, Any]:
    """The keyword arguments that the rules take, with the values that they have if not given."""
    rule: Any = _a_rule(operation)
    if rule is None:
        return {}
    code = rule.__code__
    positional = code.co_varnames[: code.co_argcount]
    defaults = rule.__defaults__ or ()
    found = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
    return found | (rule.__kwdefaults__ or {})


def _a_rule(operation: Operation) -> FunctionType | None:
    rules: Iterable[Any] = (*operation.rules, operation.joint)
    return next((rule for rule in rules if rule is not None), None)


def _names(operation: Operation) -> tuple[Node, tuple[Node, ...]]:
    """The symbols of the result and of the inputs: the names that the rules give them."""
    rule = _a_rule(operation)
    if rule is not None and operation.arity is None:
        first = rule.__code__.co_varnames[1 : rule.__code__.co_argcount]
        return Symbol(first[0]), (*map(Symbol, first[1:]), _EACH)
    if rule is None and operation.arity is None:
        return Symbol("y"), (_EACH,)
    if rule is None:
        assert operation.arity is not None
        names = ("x",) if operation.arity == 1 else ("a", "b", "c")[: operation.arity]
        return Symbol("y"), tuple(map(Symbol, names))
    names = rule.__code__.co_varnames
    return Symbol(names[1]), tuple(map(Symbol, names[2 : 2 + (operation.arity or 0)]))


def _written(
    operation: Operation, trees: Sequence[Node | None], values: Mapping[Node, Node]
) -> Formula:
    """The formula that the operation's maths says, with the values of keywords put in."""
    output, inputs = _names(operation)
    value, *slopes = (tree and tidy(substitute(tree, values)) for tree in trees)
    assert value is not None
    upstream = Accent("bar", output)
    known = tuple(slopes) or (None,) * len(inputs)
    elementwise = tuple(slope is not None and not contains(slope, upstream) for slope in known)
    return Formula(operation.name, output, inputs, upstream, value, known, elementwise)


def _generic(operation: Operation, name: str | None = None) -> Formula:
    output, inputs = _names(operation)
    name = name or operation.name
    arguments: list[Node] = []
    for symbol in inputs:
        arguments += [Operator(","), symbol] if arguments else [symbol]
    if operation.arity is None:
        arguments += [Operator(","), Operator(r"\ldots")]
    value = row(Function(name), Fence("(", row(*arguments), ")"))
    unknown = (None,) * len(inputs)
    nothing = (False,) * len(inputs)
    upstream = Accent("bar", output)
    return Formula(name, output, inputs, upstream, value, unknown, nothing, generic=True)


def _listed(value: Node, symbols: Sequence[Node]) -> Node:
    """The value with the list "x_i, ..." of any number of inputs written out; a long one cut."""
    shown: list[Node] = []
    for i, symbol in enumerate(symbols):
        if len(symbols) > 4 and 2 <= i < len(symbols) - 1:
            if i == 2:
                shown += [Operator(","), Operator(r"\ldots")]
            continue
        shown += [Operator(","), symbol] if shown else [symbol]
    listed = row(*shown) if shown else Row(())
    return substitute(value, {Row((_EACH, Operator(","), Operator(r"\ldots"))): listed})


# -- building blocks -------------------------------------------------------------------------------


def equation(left: Node, right: Node) -> Node:
    """Left = right."""
    return row(left, Operator("="), right)


def quotient(over: Node, under: Node) -> Node:
    """The partial derivative of one symbol by another."""
    return Fraction(row(Operator(r"\partial"), over), row(Operator(r"\partial"), under))


def times(upstream: Node, slope: Node, sign: str = r"\odot") -> Node:
    """The chain rule for one input: upstream gradient times local derivative."""
    if slope == Number("1"):
        return upstream
    if slope == Number("0"):
        return slope
    if isinstance(slope, Number):
        return row(slope, upstream)
    minus = Operator("-")
    if isinstance(slope, Row) and slope.parts[0] == minus and not _is_sum(slope.parts[1:]):
        return row(minus, times(upstream, row(*slope.parts[1:]), sign))
    bracketed = isinstance(slope, Row) and _is_sum(slope.parts)
    factor = Fence("(", slope, ")") if bracketed else slope
    return tidy(row(upstream, Operator(sign), factor))


def _is_sum(parts: Sequence[Node]) -> bool:
    """Return whether a row needs brackets as a factor."""
    return any(isinstance(part, Operator) and part.sign in _LOOSE for part in parts)


_LOOSE = frozenset(["+", "-", r"\pm", "=", "<", ">", ",", r"\odot"])
_MISSING = object()


def contains(tree: Node, wanted: Node) -> bool:
    """Return whether a part of the tree equals `wanted`."""
    return wanted in all_parts(tree)
