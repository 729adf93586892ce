"""From a tape to a Program: operations of NumPy and a few of our own, and nothing else.

A primitive that is declared inlinable is inlined: its body is traced, and its operations take its
place. That needs no second definition of anything. Every other one is a call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.compiler.control.scan import Loop, scanned
from autograd_lite.compiler.loops import ScanLoop
from autograd_lite.compiler.program import FusedLoop, Program, Value, order_of
from autograd_lite.context import changed
from autograd_lite.effects import FusedUpdate, Projection
from autograd_lite.primitives import cast, gather
from autograd_lite.recording import output
from autograd_lite.rules.joining import parts
from autograd_lite.table import TABLE
from autograd_lite.tape import Assignment, Entry, Tape, TracingError, line_text
from autograd_lite.tensor import Tensor, describe, leaf
from autograd_lite.variable import Variable


class _Site(NamedTuple):
    """Where an operation stands: its layer, the user's line, the primitives that it is part of."""

    scope: str
    line: Any
    within: tuple[Any, ...] = ()


class Lowering:
    """The values of one program, by the Tensors that they were recorded as.

    Args:
        tape: what was recorded.
        before: a stamp: Tensors made before it are captured by the function, whose arrays are
            read anew at each call.
        name: what messages call the function.
        loops: for the id of each fused update on the tape, what it is in the program.
    """

    def __init__(
        self, tape: Tape, before: int, name: str, loops: dict[int, FusedLoop] | None = None
    ) -> None:
        self._tape = tape
        self._before = before
        self._name = name
        self._loops = loops or {}
        self._updated: set[int] = set()  # Variables that a fused update has changed
        self._values: dict[int, Value] = {}
        self._kept: list[Any] = []  # ids are of living objects only
        self._states: dict[int, Value] = {}
        self._assigned: dict[int, Value] = {}
        self._body: list[Value] = []
        self._pending: list[Value] = []
        self._projections: list[Value] = []
        self._phase: Any = "forward"

    def program(self, arguments: list[Tensor], results: list[Any]) -> Program:
        """Lower everything."""
        given = [self._argument(x) for x in arguments]
        for entry in self._tape.entries:
            if isinstance(entry, Entry):
                self._node(entry)
            elif isinstance(entry, Assignment):
                self._phase = "update" if self._phase != "forward" else "forward"
                state = self._state(entry.variable)
                self._assigned[id(entry.variable)] = self._fit(self._value(entry.value), state)
            elif isinstance(entry, FusedUpdate):
                self._update(entry)
            elif isinstance(entry, Projection):
                self._project(entry)
        self._body += self._pending + self._projections
        self._refuse_arrays_of_variables()
        found = [self._value(x) for x in results]
        assignments = [
            (self._states[key], value)
            for key, value in self._assigned.items()
            if value is not self._states[key]
        ]
        guard = None if self._tape.guard is None else self._value(self._tape.guard)
        return Program(given, self._body, found, assignments, self._name, guard)

    def _update(self, entry: FusedUpdate) -> None:
        """A fused update runs behind everything else: what may fail comes before any change."""
        loop = self._loops[id(entry)]
        inputs = tuple(self._value(x) for x in entry.inputs)
        self._pending.append(Value("fused_update", inputs=inputs, loop=loop, phase="update"))
        self._updated |= set(map(id, entry.variables))

    def _project(self, entry: Projection) -> None:
        """The operations of a projection read what updates leave, and are done behind them."""
        variable, x = entry.variable, leaf(entry.variable._array)
        tape, result = taped(entry.function, x)
        if np.shape(result) != variable.shape:
            raise TracingError(
                f"{describe(variable)} of shape {variable.shape} cannot become what its projection "
                f"returned, of shape {np.shape(result)}"
            )
        state, outside = self._state(variable), (self._body, self._phase)
        if id(variable) in self._updated:
            self._body, self._phase = self._projections, "projection"
            whole = {"index": (Ellipsis,)}
            state = self._add(gather, (state,), whole, state.shape, state.dtype, _Site("", None))
        self._remember(x, state)
        for inner in tape.entries:
            self._node(inner)
        self._assigned[id(variable)] = self._fit(self._value(result), state)
        self._body, self._phase = outside

    def _refuse_arrays_of_variables(self) -> None:
        """Raise if a captured array shows a Variable that is assigned: the program would read it
        as it was before.
        """
        arrays = [x for x in self._kept if isinstance(x, np.ndarray)]
        for entry in self._tape.entries:
            if isinstance(entry, Assignment) and any(
                np.shares_memory(entry.variable._array, array) for array in arrays
            ):
                raise array_of_variable(self._name, entry.variable)

    def _fit(self, value: Value, state: Value) -> Value:
        if value.dtype == state.dtype:
            return value
        return self._add(
            cast, (value,), {"dtype": state.dtype}, value.shape, state.dtype, _Site("", None)
        )

    def _argument(self, x: Tensor) -> Value:
        plain = not isinstance(x._array, np.ndarray)
        value = Value(
            "number" if plain else "argument",
            x.shape,
            np.dtype(type(x._array)) if plain else x.dtype,
            name=x.name or "x",
        )
        return self._remember(x, value)

    def _remember(self, x: Any, value: Value) -> Value:
        self._values[id(x)] = value
        self._kept.append(x)
        return value

    def _node(self, entry: Entry) -> None:
        node = entry.node
        if entry.backward:
            self._phase = "backward"
        elif self._phase == "backward":
            self._phase = "update"
        site = _Site(entry.scope.path if entry.scope else "", entry.line)
        inputs = tuple(self._input(x) for x in node.inputs)
        _refuse_numbers(entry)
        keywords = {
            name: self._value(x) if _is_operand(name, x) else x for name, x in node.keywords.items()
        }
        of = self._tape.gradient_of.get(id(node))
        name = node.name or ("" if of is None else _gradient_name(of, self._values))
        value = self._lowered(node, inputs, keywords, site)
        if name and not value.name and value.kind == "operation":
            value.name = name
        self._remember(node, value)

    def _input(self, x: Any) -> Any:
        """A Tensor or an array as a Value; a Python number as it is."""
        if type(x) in (bool, int, float):  # an enum, say, has a dtype of its own
            return x
        return self._value(x)

    def _value(self, x: Any) -> Value:
        if id(x) in self._updated:
            raise TracingError(
                f"{self._name} reads {describe(x)} after an optimizer has updated it; in a program "
                "updates come last. Compute what needs it before the update, or in the next step"
            )
        known = self._values.get(id(x))
        if known is not None:
            return self._assigned.get(id(x), known) if isinstance(x, Variable) else known
        if isinstance(x, Variable) or (isinstance(x, Tensor) and x.stamp <= self._before):
            return self._state(x)
        if isinstance(x, Tensor):
            if x.function is not None:
                raise TracingError(
                    f"{self._name} uses a Tensor that was computed before it was called, by "
                    f"{x.function.__name__}: in the program it would be a constant. Pass it as an "
                    "argument, or compute it inside"
                )
            return self._remember(x, self._constant(x._array, x.name))
        return self._remember(x, self._constant(x, None))

    def _constant(self, array: Any, name: str | None) -> Value:
        # The array itself, not a copy: who changes it later changes what the program computes,
        # as in the function. A scalar cannot be changed.
        data = np.asarray(array)
        live = data is array
        return Value("constant", data.shape, data.dtype, storage=data, name=name or "", live=live)

    def _state(self, x: Tensor) -> Value:
        state = self._states.get(id(x))
        if state is None:
            state = Value("state", x.shape, x.dtype, name=x.name or "", storage=x)
            self._states[id(x)] = state
            self._remember(x, state)
            if isinstance(x, Variable):
                self._assigned.setdefault(id(x), state)
        return self._assigned.get(id(x), state) if isinstance(x, Variable) else state

    def _lowered(
        self, node: Tensor, inputs: tuple[Any, ...], keywords: dict[str, Any], site: _Site
    ) -> Value:
        """One operation, or those that it is made of."""
        function: Any = node.function
        data = node._array
        if function is scanned:
            keywords = {"loop": _lowered_loop(keywords["loop"], self._name)}
        if function is output and inputs[0].function is parts:
            return self._part(inputs[0], keywords["index"], data, site)
        if isinstance(data, (int, float, tuple)):  # of Python numbers alone; of several results
            return self._add(function, inputs, keywords, (), None, site)
        entry: Any = TABLE[function]
        masked = any(isinstance(x, Value) for x in keywords.values())
        if entry.inlinable and function not in site.within and not masked:
            inside = site._replace(within=(*site.within, function))
            return self._inlined(entry, node, inputs, inside)
        refuse_unknown_shape(function, inputs, site.line)
        value = self._add(function, inputs, keywords, data.shape, data.dtype, site)
        value.order = order_of(data)
        return value

    def _part(self, of: Value, index: int, data: Any, site: _Site) -> Value:
        """One of the parts of an array: a look at it."""
        width = data.shape[-1]
        part = Ellipsis, slice(index * width, (index + 1) * width)
        return self._add(gather, of.inputs, {"index": part}, data.shape, data.dtype, site)

    def _add(
        self,
        function: Any,
        inputs: tuple[Any, ...],
        keywords: dict[str, Any],
        shape: tuple[int, ...],
        dtype: Any,
        site: _Site,
    ) -> Value:
        value = Value(
            "operation",
            shape,
            dtype,
            function=function,
            inputs=inputs,
            keywords=keywords,
            scope=site.scope,
            phase=self._phase,
            line=site.line,
        )
        self._body.append(value)
        return value

    def _inlined(self, entry: Any, node: Tensor, inputs: tuple[Any, ...], site: _Site) -> Value:
        """The operations in the body of a primitive, on the values that are its inputs."""
        arrays = [leaf(x._array) if isinstance(x, Tensor) else x for x in node.inputs or ()]
        plain = {k: x._array if isinstance(x, Tensor) else x for k, x in node.keywords.items()}
        tape, result = taped(entry.evaluate, *arrays, **plain)
        found: dict[int, Any] = {id(a): x for a, x in zip(arrays, inputs, strict=True)}
        for inner in (entry.node for entry in tape.entries):
            given = tuple(self._inner(x, found) for x in inner.inputs)
            keywords = {
                k: self._inner(x, found) if _is_operand(k, x) else x
                for k, x in inner.keywords.items()
            }
            found[id(inner)] = self._lowered(inner, given, keywords, site)
        self._kept += [arrays, tape, result]
        return self._inner(result, found)  # type: ignore[no-any-return]

    def _inner(self, x: Any, found: dict[int, Any]) -> Any:
        """An input of an operation inside of an inlined one."""
        if id(x) in found:
            return found[id(x)]
        if type(x) in (bool, int, float):  # an enum, say, has a dtype of its own
            return x
        data = x._array if isinstance(x, Tensor) else np.asarray(x)
        found[id(x)] = Value("constant", data.shape, data.dtype, storage=data)
        return found[id(x)]


def taped(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> tuple[Tape, Any]:
    """Call a function on Tensors that stand for its arguments: what it did, and its result."""
    tape = Tape()
    with changed(tape=tape, recording=False, scope=None), np.errstate(all="ignore"):
        result = function(*arguments, **keywords)
    if tape.refusal is not None:  # the function has caught it
        raise tape.refusal
    return tape, result


def _lowered_loop(loop: Loop, name: str) -> ScanLoop:
    """A loop, with its body as a program."""
    arguments = loop.body.stand_ins()
    tape, made = taped(loop.body, *arguments)
    results = [x if isinstance(x, Tensor) else leaf(x) for x in made]
    body = Lowering(tape, 0, name).program(arguments, results)
    states, news = body.arguments[: loop.carries], body.results[: loop.carries]
    for state in states:
        state.kind = "state"  # without storage: that is its loop's
    body.arguments, body.results = body.arguments[loop.carries :], body.results[loop.carries :]
    body.assignments = [(s, new) for s, new in zip(states, news, strict=True) if s is not new]
    return ScanLoop(body, states, loop.xs, loop.length, loop.reverse)


def _is_operand(keyword: str, x: Any) -> bool:
    """Return whether a keyword argument is an array whose values are read at each call: a mask."""
    return isinstance(x, Tensor) or (keyword == "where" and isinstance(x, np.ndarray))


_COMPUTED_WITH = {"ddof", "fill_value", "initial"}  # keywords that do not decide what is computed


def _refuse_numbers(entry: Entry) -> None:
    """Raise for a number from among the arguments where a program needs its value."""
    for name, x in entry.node.keywords.items():
        if (
            isinstance(x, Tensor)
            and isinstance(x._array, (int, float))
            and name not in _COMPUTED_WITH
        ):
            raise TracingError(
                f"{name}= is given a number that is another one at each call of the program. Make "
                f"it a static argument: ag.compile(f, static={[x.name or '...']}); then each "
                f"value has a program of its own. Here: {line_text(entry.line)}"
            )


def array_of_variable(name: str, variable: Variable) -> TracingError:
    """The error for a function that assigns a Variable and reads the array in it by itself."""
    return TracingError(
        f"{name} assigns {describe(variable)} and also reads its .data, or a view of that, which "
        "the record does not follow. Use the Variable itself"
    )


def refuse_unknown_shape(function: Any, inputs: tuple[Any, ...], line: Any) -> None:
    """Raise for an operation whose shape follows from values."""
    if function is gather and any(
        isinstance(x, Value) and x.dtype == bool and x.kind != "constant" for x in inputs[1:]
    ):
        raise TracingError(
            "x[mask] has as many elements as the mask has True, which differs from call to call; "
            "a program has fixed shapes. Use np.where(mask, x, 0) and divide by np.sum(mask). "
            f"Here: {line_text(line)}"
        )


def _gradient_name(of: Tensor, values: dict[int, Value]) -> str:
    if of.name:
        return f"d_{of.name}"
    known = values.get(id(of))
    return f"d_{known.name}" if known is not None and known.name else ""
