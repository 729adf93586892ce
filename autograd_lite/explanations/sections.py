"""The sections of an explanation: result, symbols, computation, chain rule, derivation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from autograd_lite.explanations.closed_form import Summand, written
from autograd_lite.explanations.derivation import ONE_HOT, Derivation
from autograd_lite.explanations.lines import Line
from autograd_lite.explanations.steps import M, Notation, Step, Term, local
from autograd_lite.graphs.labels import number_text, operation_label, printable
from autograd_lite.maths.formula import equation, quotient
from autograd_lite.maths.tree import (
    Bold,
    Fence,
    Function,
    Node,
    Number,
    Operator,
    Symbol,
    all_parts,
    row,
    substitute,
)
from autograd_lite.table import function_name
from autograd_lite.tensor import Tensor

MOST_VALUES = 200


@dataclass(frozen=True)
class Section:
    """A part of an explanation.

    Attributes:
        title: its heading.
        lines: its equations.
        remark: a sentence below them.
    """

    title: str
    lines: tuple[Line, ...]
    remark: str = ""


def written_out(
    nodes: Sequence[Tensor],
    chain: Sequence[Step],
    notation: Notation,
    forms: Mapping[int, list[Summand]],
    derived: Derivation | None,
    numbers: bool,
) -> Iterator[Section]:
    """The sections of an explanation."""
    computed, left_out = _shortened(nodes[1:])
    forward = [_forward(node, notation, numbers) for node in computed]
    backward = [line for step in _shortened(chain)[0] for line in _backward(step, numbers)]
    together = _together(chain, forms, derived)
    last = chain[-1]
    result = _whole(last, forms, notation, nodes)
    value = last.gradient if numbers or last.gradient is None or last.gradient.size <= 6 else None
    found = Line(last.left, (result,), _shape(last.shape), (), value)
    yield Section("Result", (found,))
    shown = [found, *forward, *backward, *together]
    yield Section("Symbols", tuple(_symbols(nodes, notation, derived, shown)))
    yield Section("Computation", tuple(forward), left_out)
    yield Section("Chain rule, backward from the result", tuple(backward), left_out)
    if together:
        yield Section("Put together", tuple(together), derived.remark if derived else "")


T = TypeVar("T")


def _shortened(values: Sequence[T]) -> tuple[Sequence[T], str]:
    """The values that are shown: of very many the first and the last; and what is left out."""
    if len(values) <= MOST_VALUES:
        return values, ""
    half = MOST_VALUES // 2
    said = f"{len(values) - 2 * half:,} values in the middle are left out here."
    return (*values[:half], *values[-half:]), said


# -- lines -----------------------------------------------------------------------------------------


def _forward(node: Tensor, notation: Notation, numbers: bool) -> Line:
    several = isinstance(node._array, tuple)
    note = f"{_shape(None if several else node.shape)}, {operation_label(node)}"
    values = node._array if numbers and not several else None
    return Line(notation.symbols.of(node), (notation.formula(node).value,), note, (), values)


def _backward(step: Step, numbers: bool) -> list[Line]:
    whole = equation(step.left, step.right)
    beside = dict.fromkeys(
        term.formula.derivative(term.position)
        for term in step.terms
        if term.formula.is_elementwise(term.position)
    )
    beside.pop(whole, None)  # J's own input: its gradient is the local derivative
    shape = _shape(step.shape)
    if not numbers:
        return [Line(step.left, (step.right,), shape, tuple(beside))]
    factors = [_factor(term) for term in step.terms if local(term) is not None]
    return [*factors, Line(step.left, (step.right,), shape, (), step.gradient)]


def _factor(term: Term) -> Line:
    """A local derivative with its numbers."""
    written = term.formula
    slope = written.slopes[term.position]
    assert slope is not None
    values = local(term)
    left = quotient(written.output, written.inputs[term.position])
    constant = isinstance(slope, Number) or slope == row(Operator("-"), Number("1"))
    return Line(left, (slope,), _shape(values.shape), (), None if constant else values)


def _together(
    chain: Sequence[Step], forms: Mapping[int, list[Summand]], derived: Derivation | None
) -> list[Line]:
    """The derivation, and what follows from it for the values before z; or from J for all."""
    start = 0
    lines = []
    if derived is not None:
        lines = list(derived.lines)
        places = [id(step.tensor) for step in chain]
        start = places.index(id(derived.identity.z)) + 1
    elif id(chain[-1].tensor) not in forms:
        return []
    for step in _shortened(chain[start:])[0]:
        summands = forms.get(id(step.tensor))
        whole = written(summands) if summands else step.right
        if whole != step.right:
            lines.append(Line(step.left, (step.right, whole), _shape(step.shape)))
    return lines


def _whole(
    last: Step, forms: Mapping[int, list[Summand]], notation: Notation, nodes: Sequence[Tensor]
) -> Node:
    """The gradient by w in one formula, with differences written out where they have no name."""
    summands = forms.get(id(last.tensor))
    if summands is None:
        return last.right
    differences: dict[Node, Node] = {}
    for node in nodes[1:]:
        plain = node.function is not None and function_name(node.function) == "subtract"
        if plain and not notation.symbols.has_own_name(node):
            value = notation.formula(node).value
            differences[notation.symbols.of(node)] = Fence("(", value, ")")
    opened = [Summand(c, m, _unfenced(substitute(body, differences))) for c, m, body in summands]
    return written(opened)


def _unfenced(body: Node) -> Node:
    return body.body if isinstance(body, Fence) and body.opening == "(" else body


def _shape(shape: tuple[int, ...] | None) -> str:
    if shape is None:
        return "several results"
    return str(shape) if shape else "scalar"


# -- symbols ---------------------------------------------------------------------------------------


def _symbols(
    nodes: Sequence[Tensor], notation: Notation, derived: Derivation | None, shown: Sequence[Line]
) -> Iterator[Line]:
    """The meaning of the symbols that have no line in the computation."""
    parts = {
        part
        for line in shown
        for tree in (line.left, *line.rights, *line.beside)
        for part in all_parts(tree)
    }
    computed = {id(node) for node in nodes[1:]}
    given = {
        notation.symbols.of(x): x
        for x in reversed(notation.symbols.values)
        if id(x) not in computed and notation.symbols.of(x) in parts
    }
    for symbol, x in _shortened(list(reversed(given.items())))[0]:
        yield Line(symbol, (), _described(x))
    if derived is not None:
        yield from _of_identity(derived, notation)
    if notation.m is not None and M in parts:
        yield Line(M, (Number(str(notation.m)),), "number of values averaged")
    for sign, meaning in _NOTATION:
        if sign in parts:
            yield Line(sign, (), meaning)
    if any(isinstance(part, Fence) and part.opening == "[" for part in parts):
        condition = Fence("[", Operator(r"\ldots"), "]")
        yield Line(condition, (), "1 where it is true, 0 elsewhere")


_NOTATION: tuple[tuple[Node, str], ...] = (
    (Operator(r"\odot"), "element-wise product"),
    (Bold(Number("1")), "ones, in the shape of the value"),
    (Symbol("sigma"), "the sigmoid, 1 / (1 + exp(-z))"),
    (Symbol("Phi"), "the standard normal distribution function"),
    (Symbol("varphi"), "the standard normal density"),
    (Operator(r"\top"), "transpose"),
)


def _of_identity(derived: Derivation, notation: Notation) -> Iterator[Line]:
    identity = derived.identity
    z = notation.symbols.of(identity.z)
    if identity.a is None:
        name: Node = Symbol("sigma") if identity.kind == "sigmoid" else Function("softmax")
        yield Line(derived.a, (row(name, Fence("(", z, ")")),), _shape(identity.z.shape))
    if identity.variant == "label":
        labels = notation.symbols.of(identity.target)
        value = row(Function("onehot"), Fence("(", labels, ")"))
        yield Line(ONE_HOT, (value,), _shape(identity.y.shape))
    if identity.variant == "computed":
        yield Line(Symbol("y"), (), f"the target, {_shape(identity.y.shape)}")


def _described(x: Any) -> str:
    """Describe a value that the computation does not compute: an array, a parameter, a result."""
    shape = _shape(None if isinstance(x, Tensor) and isinstance(x._array, tuple) else x.shape)
    if not isinstance(x, Tensor):
        return f"array {shape}"
    name = f" {printable(repr(x.name), 40)}" if x.name else ""
    if x.function is not None:
        return f"{operation_label(x)}{name}, {shape}"
    kind = "parameter" if x.requires_grad else "input"
    value = f" = {number_text(x.item())}" if x.ndim == 0 and not x.requires_grad else ""
    return f"{kind}{name} {shape}{value}"
