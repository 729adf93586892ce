"""The report of an anomaly: the operation, its operands, the line, the cause, a remedy."""

from __future__ import annotations

import inspect
import linecache
import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.anomaly.causes import Cause, backward_cause, forward_cause
from autograd_lite.table import TABLE, Operation
from autograd_lite.tensor import Tensor, made_by
from autograd_lite.variable import Variable

WIDTH = 88
INDENT = 2
WIDEST_TITLE = 24


@dataclass(frozen=True)
class Operand:
    """An array as a report describes it.

    Attributes:
        name: its Tensor's name, or else that of the parameter it was given for.
        value: the array.
    """

    name: str
    value: Any

    def __str__(self) -> str:
        """Shape, dtype, the extreme values and where they are, and what is not finite."""
        if isinstance(self.value, (bool, int, float)):
            return number(self.value)
        x = np.asarray(self.value)
        if x.ndim == 0:
            return f"{x.dtype}, {number(x[()])}"
        parts = [f"{x.dtype} {x.shape}"]
        if not x.size:
            return f"{parts[0]}, empty"
        finite = np.isfinite(x)
        if finite.any():
            low = _index(np.where(finite, x, np.inf).argmin(), x.shape)
            high = _index(np.where(finite, x, -np.inf).argmax(), x.shape)
            ends = f"{number(x[low])} at {list(low)} to {number(x[high])} at {list(high)}"
            parts.append(ends if x[low] != x[high] else f"{number(x[low])} everywhere")
        if not finite.all():
            parts.append(not_finite(x))
        return ", ".join(parts)


@dataclass(frozen=True)
class Origin:
    """An operation that ran: its node, and the user's line ``(file, number)`` if it is known."""

    node: Tensor
    line: tuple[str, int] | None


class Anomaly:
    """An operation that made a NaN or infinity.

    Args:
        origin: the operation.
        from_outside: the positions of the operands that were not finite before.

    Attributes:
        operation: its name, "log".
        layer: the scope that it ran in, "sequential/dense"; None if in none.
        line: the user's line, ``(file, number)``; None if it is not known.
        operands: the `Operand` of each array that it took.
        result: what it gave.
        cause: why, in a sentence.
        remedy: what to write instead.
    """

    def __init__(self, origin: Origin, from_outside: list[int]) -> None:
        node = origin.node
        self._take_from(origin)
        self.result = Operand("result", _first_spoiled(node._array))
        self.from_outside = [self.operands[i] for i in from_outside]
        found = self._explanation()
        self.cause, self.remedy = found.why, found.remedy

    def _take_from(self, origin: Origin) -> None:
        node = origin.node
        operation: Any = TABLE[node.function]  # type: ignore[index]
        inputs = node.inputs or ()
        names = _parameters(operation, len(inputs))
        self.operation: str = made_by(node)
        self.layer = None if node.scope is None else printable(node.scope.path)
        self.line = origin.line
        self.operands = tuple(
            Operand(_name_of(x, name), _plain(x)) for x, name in zip(inputs, names, strict=True)
        )
        self._variables = {x.name for x in inputs if isinstance(x, Variable)}
        self._keywords = node.keywords
        self._elementwise = isinstance(node.function, np.ufunc) and node.function.signature is None

    def _explanation(self) -> Cause:
        if self.from_outside:
            return _from_outside(self.from_outside[0], self._variables)
        names = [operand.name for operand in self.operands]
        there = self._values_at(_first_index(self.result.value), self.result.value.shape)
        values = there or [operand.value for operand in self.operands]
        return forward_cause(self.operation, values, names, self.result.value)

    def _values_at(self, at: tuple[int, ...], shape: tuple[int, ...]) -> list[Any] | None:
        """The operands' elements behind one element of the result; None if it has many."""
        if not self._elementwise:
            return None
        return [np.broadcast_to(operand.value, shape)[at] for operand in self.operands]

    # -- as text ---------------------------------------------------------------------------------

    def headline(self) -> str:
        """One line: "log made -inf in 1 of 4 elements, the first at [2]"."""
        if self.from_outside:
            first = self.from_outside[0]
            return f"{self.operation} was given {first.name} with {not_finite(first.value)}"
        return f"{self.operation} made {_how_many(self.result.value)}"

    def details(self) -> list[tuple[str, str]]:
        """The rest, as pairs (title, text)."""
        lines = [*self._place(), ("operation", self._call())]
        lines += [(operand.name, str(operand)) for operand in self.operands]
        lines.append(("result", str(self.result)))
        there = self._there()
        return [*lines, *there, ("cause", self.cause), ("remedy", self.remedy)]

    def _place(self) -> list[tuple[str, str]]:
        where = []
        if self.line is not None:
            file, line = self.line
            text = linecache.getline(file, line).strip()
            where = _code("your line", printable(f"{file}:{line}"), text)
        return where + ([] if self.layer is None else [("layer", self.layer)])

    def _call(self) -> str:
        given = [operand.name for operand in self.operands]
        given += [
            f"{name}={value!r:.40}" for name, value in self._keywords.items() if value is not None
        ]
        return f"{self.operation}({', '.join(given)})"

    def _there(self) -> list[tuple[str, str]]:
        if self.from_outside or self.result.value.ndim == 0:
            return []
        at = _first_index(self.result.value)
        values = self._values_at(at, self.result.value.shape)
        if values is None:
            return []
        made = (
            f"{self.operation}({', '.join(map(number, values))}) = {number(self.result.value[at])}"
        )
        return [(f"at {list(at)}", made)]

    def __str__(self) -> str:
        return "\n".join([self.headline(), "", *layout(self.details())])


class BackwardAnomaly(Anomaly):
    """A gradient that became NaN or infinite in the rule of an operation.

    Args:
        origin: the operation that was differentiated.
        x: the operand whose gradient it is; None if the upstream gradient was given so.
        upstream: the gradient that the rule got.
        gradient: what the rule made of it.
        summed: whether it is the sum of several that became so, and not the rule's part.
    """

    def __init__(
        self, origin: Origin, x: Tensor | None, upstream: Any, gradient: Any, summed: bool
    ) -> None:
        self._take_from(origin)
        self._given = x is None
        self._summed = summed
        inputs = origin.node.inputs or ()
        self._position = next((i for i, each in enumerate(inputs) if each is x), 0)
        self.of = self.operands[self._position].name if self.operands else "x"
        self.upstream = Operand(
            "upstream", _first_spoiled(upstream) if self._given else _only(upstream)
        )
        self.result = Operand("gradient", _first_spoiled(gradient))
        self._y = _only(origin.node._array)
        self._rule = _rule_line(TABLE[origin.node.function], self._position)  # type: ignore[index]
        self.from_outside = [
            operand for operand in self.operands if not np.all(np.isfinite(operand.value))
        ]
        found = self._explanation()
        self.cause, self.remedy = found.why, found.remedy

    def _explanation(self) -> Cause:
        if self._given:
            return Cause(
                "backward() was started with an upstream gradient that is not finite.",
                "check the array that is passed as gradient=; for a scalar loss leave it out",
            )
        if self._summed:
            return Cause(
                f"{self.of} is used several times, and its gradients, each finite, add up to more "
                f"than the largest {self.result.value.dtype}.",
                "clip the gradients (an optimizer's clipnorm=1.0 comes too late here: scale the "
                "loss or the inputs down), or compute in float64",
            )
        if self.from_outside:
            return Cause(
                f"{self.from_outside[0].name} was already not finite in the forward pass.",
                "run the forward pass inside `with ag.detect_anomaly():` too: it will name the "
                "operation that produced it",
            )
        names = [operand.name for operand in self.operands]
        values: list[Any] = [operand.value for operand in self.operands]
        there = self._values_behind_gradient()
        return backward_cause(
            self.operation, there or [self.upstream.value, *values], names, self.result.value
        )

    def _values_behind_gradient(self) -> list[Any] | None:
        """Upstream gradient and operands at the first element that is not finite."""
        shape = self.result.value.shape
        if not self._elementwise or np.shape(self.upstream.value) != shape:
            return None
        at = _first_index(self.result.value)
        values = self._values_at(at, shape)
        return None if values is None else [self.upstream.value[at], *values]

    def headline(self) -> str:
        """One line: "the gradient of sqrt became inf in 1 of 3 elements, the first at [0]"."""
        if self._given:
            return f"backward() was given {_how_many(self.upstream.value)} as the upstream gradient"
        how_many = _how_many(self.result.value)
        if self._summed:
            return f"the gradient of {self.of} became {how_many}, when its parts were added"
        return f"the gradient of {self.operation} became {how_many}"

    def details(self) -> list[tuple[str, str]]:
        lines = self._place()
        if self.line is None:
            lines.append(
                ("your line", "not known: the forward pass ran outside of detect_anomaly()")
            )
        lines.append(("operation", self._call()))
        lines += [(operand.name, str(operand)) for operand in self.operands]
        lines.append(("upstream", str(self.upstream)))
        if not self._given:
            lines += [("gradient", f"of {self.of}: {self.result}"), *self._rule]
            lines += self._there()
        return [*lines, ("cause", self.cause), ("remedy", self.remedy)]

    def _there(self) -> list[tuple[str, str]]:
        values = self._values_behind_gradient()
        if values is None or self._summed or self.result.value.ndim == 0:
            return []
        at = _first_index(self.result.value)
        g, *operands = map(number, values)
        call = f"{self.operation}({', '.join(operands)})"
        return [(f"at {list(at)}", f"upstream {g} through {call}: {number(self.result.value[at])}")]


# -- pieces of text --------------------------------------------------------------------------------


def layout(pairs: list[tuple[str, str]]) -> list[str]:
    """Pairs (title, text) as indented lines, the texts under each other."""
    margin = INDENT + min(max(len(title) for title, _ in pairs), WIDEST_TITLE) + INDENT
    lines = []
    for title, text in pairs:
        start = " " * INDENT + title + " " * INDENT
        first, *rest = _wrapped(text, WIDTH - margin)
        lines += [f"{start:<{margin}}{first}", *(" " * margin + line for line in rest)]
    return lines


def _wrapped(text: str, room: int) -> list[str]:
    """Text in lines of at most so many characters; what ends in a newline is code, and is cut."""
    if text.endswith("\n"):
        code = text.rstrip()
        return [code if len(code) <= room else code[: room - 3] + "..."]
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


def _code(title: str, where: str, text: str) -> list[tuple[str, str]]:
    """A line of code: where it stands, and below it what it says, if it can be read."""
    return [(title, where), *[("", printable(text) + "\n")] * bool(text)]


def number(value: Any) -> str:
    """A number as it is read most easily."""
    x = np.asarray(value)
    return str(x[()]) if x.dtype.kind != "f" else f"{float(x):.6g}"


def not_finite(x: Any) -> str:
    """Count what is not finite in an array: "2 NaN, 1 inf, the first at [3, 0]"."""
    array = np.asarray(x)
    kinds = {"NaN": np.isnan(array), "inf": array == np.inf, "-inf": array == -np.inf}
    counts = [f"{int(mask.sum())} {kind}" for kind, mask in kinds.items() if mask.any()]
    at = f", the first at {list(_first_index(array))}" if array.ndim else ""
    return ", ".join(counts) + at


def printable(text: str) -> str:
    """Text from outside (a name, a line of a file) without what a terminal would obey."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _how_many(x: Any) -> str:
    """As in "-inf in 1 of 4 elements, the first at [2]"; of a single number "nan"."""
    array = np.asarray(x)
    at = _first_index(array)
    if array.ndim == 0:
        return number(array)
    if array.size == 1:
        return f"{number(array[at])} at {list(at)}"
    count = int(np.sum(~np.isfinite(array)))
    return f"{number(array[at])} in {count} of {array.size} elements, the first at {list(at)}"


def _first_index(x: Any) -> tuple[int, ...]:
    """Return the index of the first NaN or infinity."""
    array = np.asarray(x)
    return _index(int(np.argmax(~np.isfinite(array))), array.shape)


def _index(flat: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(flat), shape)) if shape else ()


def _first_spoiled(data: Any) -> Any:
    """The array, or the one of several results that is not finite."""
    if data.__class__ is not tuple:
        return np.asarray(data)
    return next((x for x in map(np.asarray, data) if not np.isfinite(x).all()), np.asarray(data[0]))


def _only(data: Any) -> Any:
    return np.asarray(data[0] if data.__class__ is tuple else data)


def _plain(x: Any) -> Any:
    data = x._array if isinstance(x, Tensor) else x
    return data[0] if data.__class__ is tuple else data


def _name_of(x: Any, parameter: str) -> str:
    name = x.name if isinstance(x, Tensor) else None
    return printable(name) if name else parameter


def _parameters(operation: Operation, count: int) -> list[str]:
    """The names that the rules give an operation's inputs: x; a and b."""
    rule = next((rule for rule in (*operation.rules, operation.joint) if rule is not None), None)
    names: list[str] = []
    if rule is not None and operation.arity is not None:
        names = list(rule.__code__.co_varnames[2 : 2 + count])
    if len(names) == count:
        return names
    return ["x"] if count == 1 else [f"x{i + 1}" for i in range(count)]


def _rule_line(operation: Any, position: int) -> list[tuple[str, str]]:
    """Return the file and line of the rule that computed a gradient, and the rule's first line."""
    rule = operation.joint if operation.joint is not None else operation.rules[position]
    if rule is None:
        return []
    code = inspect.unwrap(rule).__code__
    text = linecache.getline(code.co_filename, code.co_firstlineno).strip()
    before, maths, _ = text.partition(", maths=")  # formulas for pictures
    text = before + ")" * bool(maths)
    place = "/".join(code.co_filename.replace("\\", "/").split("/")[-3:])
    return _code("rule", f"{place}:{code.co_firstlineno}", text)


def _from_outside(operand: Operand, variables: set[str | None]) -> Cause:
    if operand.name in variables:
        return Cause(
            f"the parameter {operand.name} already held such values: they were assigned, or a "
            "training step updated it with a gradient that was not finite.",
            "examine the previous step: run it inside detect_anomaly() too; lower the learning "
            "rate, clip gradients (an optimizer's clipnorm=1.0)",
        )
    return Cause(
        f"{operand.name} was not finite before this operation, and no watched operation caused "
        "it: it is data, or was computed before detect_anomaly().",
        "in data, leave such samples out, X[np.isfinite(X).all(axis=1)], or fill them in, "
        "np.nan_to_num(X); if infinities are intended, detect_anomaly(infinities=False)",
    )
