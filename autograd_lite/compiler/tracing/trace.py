"""`trace`: one call of a function, recorded, as a Program.

The function is called twice, the second time with other values. What it computes from a clock, or
from a random generator of its own, is a constant in the record, and shows as one that differs; so
does a shape that follows from values. Whatever it changes around it is put back: that is not for
tracing to do.
"""

from __future__ import annotations

import enum
import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.compiler.captured.exact import Static
from autograd_lite.compiler.captured.walk import Captured
from autograd_lite.compiler.differentiation.recorded import Recorded
from autograd_lite.compiler.lowering.fused_update import lowered_update
from autograd_lite.compiler.lowering.lowering import Lowering, array_of_variable
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.tracing.number import number
from autograd_lite.compiler.tracing.python_side import PythonSide, close
from autograd_lite.compiler.tracing.repeatable import Call, is_computed, require_same
from autograd_lite.context import changed
from autograd_lite.effects import FusedUpdate
from autograd_lite.tape import Assignment, Entry, Tape, TracingError
from autograd_lite.tensor import Tensor, leaf
from autograd_lite.tree import flatten, map_tree, unflatten


class Traced(NamedTuple):
    """A traced call.

    Attributes:
        program: what it computed.
        structure: of what it returned, an Ellipsis in the place of each result that the program
            computes; `unflatten` puts the results in.
        as_tensors: for each result whether it was a Tensor and not an array.
        recorded: what can be differentiated, if a gradient flows back from a result.
        python: what Python does around each run.
    """

    program: Program
    structure: Any
    as_tensors: list[bool]
    recorded: Recorded | None
    python: PythonSide


def trace(
    f: Callable[..., Any],
    args: Any,
    kwargs: dict[str, Any],
    name: str,
    names: list[str] | None = None,
    assume_pure: bool = False,
    to_differentiate: bool = False,
    captured: Captured | None = None,
) -> Traced:
    """Record f(*args, **kwargs) and lower the record; nothing that f assigns or draws is kept.

    Args:
        f: the function.
        args: positional arguments: trees of arrays, Tensors, numbers; anything else is static.
        kwargs: keyword arguments, likewise.
        name: what messages call f.
        names: of the arrays among the arguments; by default those of f's parameters.
        assume_pure: whether f is known to compute nothing outside of the record; the second call is
            then left out.
        to_differentiate: whether to keep what was recorded, if a gradient flows back from it.
        captured: what f reads from around it; put back if f changes it.

    Raises:
        SideEffectError: if f changes something of `captured`.
        TracingError: for what a program could not repeat, such as a change of its arguments.
    """
    values = [x for x in flatten([args, kwargs]) if is_array(x)]
    names = names or argument_names(f, args, kwargs)
    call = functools.partial(_called, f, args, kwargs, names, name, captured)
    first = call(values)
    _require_results(first, name)
    if captured is not None:
        _refuse_arrays_of_variables(first, captured, name)
    python = PythonSide(first.tape)
    updates = (entry for entry in first.tape.entries if isinstance(entry, FusedUpdate))
    loops = {id(update): lowered_update(update) for update in updates}
    lowering = Lowering(first.tape, first.before, name, loops)
    results = list(filter(is_computed, flatten(first.result)))
    program = lowering.program([*first.arguments, *python.arguments], [*python.results, *results])
    python.release()
    if not assume_pure:
        require_same(first, _called_again(call, values), name)
    as_tensors = [isinstance(x, Tensor) for x in results]
    opaque = bool(loops) or not python.only_looks
    recorded = _recorded(first, results, opaque) if to_differentiate else None
    # The results themselves would keep everything alive that they were computed from.
    structure = map_tree(lambda x: ... if is_computed(x) else x, first.result)
    return Traced(program, structure, as_tensors, recorded, python)


def _recorded(call: Call, results: list[Any], opaque: bool) -> Recorded | None:
    """The record of a call, if a gradient flows back from its results."""
    if not any(x.requires_grad for x in results if isinstance(x, Tensor)):
        return None
    recorded = Recorded(call.tape.entries, call.arguments, results, call.before)
    recorded.is_opaque = opaque
    return recorded if any(recorded.differentiable) else None


class SideEffectError(TracingError):
    """A deed in Python at each call, which a program would not repeat: the function changes
    something around it, or catches an error.
    """


def is_array(x: Any) -> bool:
    """Return whether an argument is traced: an array, Tensor or number (no bool, no enum)."""
    return isinstance(x, (np.ndarray, np.generic, Tensor)) or type(x) in (int, float)


def argument_names(f: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> list[str]:
    """A name for each array among the arguments: the parameter's, with a number if it has many."""
    try:
        bound: Any = inspect.signature(f).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        bound = {f"argument_{i}": x for i, x in enumerate((*args, *kwargs.values()))}
    names = []
    for name, tree in bound.items():
        arrays = [x for x in flatten(tree) if is_array(x)]
        names += [name] if len(arrays) == 1 else [f"{name}_{i}" for i in range(len(arrays))]
    return names


def _called(
    f: Callable[..., Any],
    args: Any,
    kwargs: dict[str, Any],
    names: list[str],
    title: str,
    captured: Captured | None,
    values: list[Any],
) -> Call:
    """One call on a tape of its own; what it has changed around it is put back."""
    before = leaf(np.zeros(())).stamp
    arguments = [_traced(x, name) for x, name in zip(values, names, strict=True)]
    fresh = iter(arguments)
    leaves = [
        next(fresh) if is_array(x) else x.value if isinstance(x, Static) else x
        for x in flatten([args, kwargs])
    ]
    traced_args, traced_kwargs = unflatten([args, kwargs], leaves)
    given = Captured({"its arguments": traced_args, "its keyword arguments": traced_kwargs})
    tape = Tape(before)
    try:
        with changed(tape=tape, recording=True, scope=None), np.errstate(all="ignore"):
            result = f(*traced_args, **traced_kwargs)
            close(tape, before, arguments)
    except Exception:
        if tape.refusal is not None:
            raise tape.refusal from None
        raise
    finally:
        argument = given.difference()
        effect = None if captured is None else captured.effect()
        for around in filter(None, (given, captured)):
            around.restore()
    _require_repeatable(tape, title, argument, effect)
    return Call(tape, arguments, result, before)


def _require_repeatable(tape: Tape, title: str, argument: str | None, effect: str | None) -> None:
    """Raise for what a call has done besides computing, to an argument or to captured variables."""
    if tape.refusal is not None:  # the function has caught it
        raise tape.refusal
    if argument is not None:
        raise TracingError(
            f"{title} changes {argument}; a compiled function is given copies of the lists and "
            "dicts among them. Let it return what is new"
        )
    if tape.error is not None:
        raise SideEffectError(
            f"{title} catches an error that may depend on values ({type(tape.error).__name__}: "
            f"{tape.error}), and a program would go on in one way only. Write it with np.where"
        )
    if effect is not None:
        raise SideEffectError(
            f"{title} changes {effect}, which a program would not do again. Let it return what is "
            "new, or make it a Variable and write w.assign(new)"
        )


def _called_again(call: Callable[[list[Any]], Call], values: list[Any]) -> Call:
    """A second call, with other values where it takes them."""
    try:
        return call(list(map(_other_value, values)))
    except TracingError:
        raise
    except Exception:  # an index that there is not, a matrix that is singular
        return call(values)


def _refuse_arrays_of_variables(call: Call, captured: Captured, name: str) -> None:
    """Raise if a captured array shows a Variable that is assigned: what was computed of it after
    that would be of what it was before.
    """
    for entry in call.tape.entries:
        if isinstance(entry, Assignment):
            for array in captured.arrays:
                if np.may_share_memory(entry.variable._array, array):
                    raise array_of_variable(name, entry.variable)


def _traced(x: Any, name: str) -> Tensor:
    if isinstance(x, (int, float)) and not isinstance(x, np.generic):
        return number(x, name)
    if isinstance(x, Tensor):
        return leaf(x._array, x.requires_grad, name)
    return leaf(np.asarray(x), name=name)


def _other_value(x: Any) -> Any:
    """Something else of the same kind: of other signs, in another order, with a zero and a tie.
    Integers in arrays are those that were there, since they may be labels.
    """
    if isinstance(x, Tensor):
        return leaf(_other_value(x._array), x.requires_grad)
    if type(x) is float:
        return -1.0625 * x if x else 1.0
    if type(x) is int:
        return -1 - x
    array = np.array(x)
    flat = array.reshape(-1)[::-1].copy()
    if array.dtype.kind == "f":
        flat = np.where(flat == 0, 1, -1.0625 * flat).astype(array.dtype)
        flat[2:3] = 0
    flat[1:2] = flat[:1]
    return flat.reshape(array.shape)


_SETTINGS = (str, bytes, int, float, complex, enum.Enum, np.generic, np.dtype, type)


def _require_results(call: Call, name: str) -> None:
    results = flatten(call.result)
    if not results and any(not isinstance(e, Entry) for e in call.tape.entries):
        return
    if not results:
        raise TracingError(
            f"{name} returned nothing and assigned no Variable: there is nothing to compile. Let "
            "it return the Tensors that it computes"
        )
    known = {id(e.node) for e in call.tape.entries if isinstance(e, Entry)}
    known |= {id(x) for x in call.arguments}
    settings = [x for x in results if not is_computed(x)]
    for x in settings:
        if len(settings) == len(results) or not isinstance(x, _SETTINGS):
            raise TracingError(
                f"{name} returned {type(x).__name__} {x!r:.40}, which would be a constant in the "
                "program. Return Tensors, arrays, or tuples, lists, dicts and dataclasses of them"
            )
