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

from autograd_lite.compiler.captured.exact import Static, exact, structure_of
from autograd_lite.compiler.captured.walk import Captured
from autograd_lite.compiler.differentiation.recorded import Recorded
from autograd_lite.compiler.lowering.fused_update import lowered_update
from autograd_lite.compiler.lowering.lowering import Lowering, array_of_variable
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.tracing.number import Number, number
from autograd_lite.compiler.tracing.python_side import PythonSide, close
from autograd_lite.context import changed
from autograd_lite.effects import FusedUpdate
from autograd_lite.tape import Assignment, Entry, Tape, TracingError, line_text
from autograd_lite.tensor import Tensor, leaf
from autograd_lite.tree import flatten, map_tree, unflatten

__all__ = ["SideEffectError", "Traced", "argument_names", "is_array", "trace"]


class Traced(NamedTuple):
    """What came of a call.

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


class _Call(NamedTuple):
    tape: Tape
    arguments: list[Tensor]
    result: Any
    before: int


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
    results = list(filter(_is_computed, flatten(first.result)))
    program = lowering.program([*first.arguments, *python.arguments], [*python.results, *results])
    if not assume_pure:
        _require_same(first, _called_again(call, values), name)
    as_tensors = [isinstance(x, Tensor) for x in results]
    recorded = None
    if to_differentiate and any(x.requires_grad for x in results if isinstance(x, Tensor)):
        recorded = Recorded(first.tape, first.arguments, results, first.before)
        recorded.is_opaque = bool(loops) or not python.only_looks
        if not any(recorded.differentiable):
            recorded = None
    # The results themselves would keep everything alive that they were computed from.
    structure = map_tree(lambda x: ... if _is_computed(x) else x, first.result)
    return Traced(program, structure, as_tensors, recorded, python)


def _is_computed(x: Any) -> bool:
    """Whether a result is one that a program computes, and not a setting that is handed through."""
    return isinstance(x, (Tensor, np.ndarray))


class SideEffectError(TracingError):
    """What a function does in Python at each call, which a program would not do: it changes
    something around it, or catches an error.
    """


def is_array(x: Any) -> bool:
    """Whether an argument is traced: an array, a Tensor, or a number (no truth value, no enum)."""
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
) -> _Call:
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
    return _Call(tape, arguments, result, before)


def _called_again(call: Callable[[list[Any]], _Call], values: list[Any]) -> _Call:
    """A second call, with other values where it takes them."""
    try:
        return call(list(map(_other_value, values)))
    except TracingError:
        raise
    except Exception:  # an index that there is not, a matrix that is singular
        return call(values)


def _refuse_arrays_of_variables(call: _Call, captured: Captured, name: str) -> None:
    """Raise if a captured array shows a Variable that is assigned: what was computed of it after
    that would be of what it was before.
    """
    for entry in call.tape.entries:
        if isinstance(entry, Assignment):
            for array in captured.arrays:
                if np.may_share_memory(entry.variable._data, array):
                    raise array_of_variable(name, entry.variable)


def _traced(x: Any, name: str) -> Tensor:
    if isinstance(x, (int, float)) and not isinstance(x, np.generic):
        return number(x, name)
    if isinstance(x, Tensor):
        return leaf(x._data, x.requires_grad, name)
    return leaf(np.asarray(x), name=name)


def _other_value(x: Any) -> Any:
    """Something else of the same kind: of other signs, in another order, with a zero and a tie.
    Integers in arrays are those that were there, since they may be labels.
    """
    if isinstance(x, Tensor):
        return leaf(_other_value(x._data), x.requires_grad)
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


def _require_results(call: _Call, name: str) -> None:
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
    settings = [x for x in results if not _is_computed(x)]
    for x in settings:
        if len(settings) == len(results) or not isinstance(x, _SETTINGS):
            raise TracingError(
                f"{name} returned {type(x).__name__} {x!r:.40}, which would be a constant in the "
                "program. Return Tensors, arrays, or tuples, lists, dicts and dataclasses of them"
            )


def _require_same(first: _Call, second: _Call, name: str) -> None:
    """Raise unless both calls recorded the same operations on the same constants."""
    a, b = first.tape.entries, second.tape.entries
    known_a, known_b = _numbered(first), _numbered(second)
    for x, y in zip(a, b, strict=False):
        if not _alike(x, y, known_a, known_b):
            raise _not_repeatable(x, name)
    if len(a) != len(b):
        raise _not_repeatable((a if len(a) > len(b) else b)[min(len(a), len(b))], name)
    if structure_of(first.result) != structure_of(second.result):
        raise TracingError(
            f"{name} returned another structure when it was called a second time: what it returns "
            "has to depend on the arguments alone"
        )
    for x, y in zip(flatten(first.result), flatten(second.result), strict=True):
        same = _same_input(x, y, known_a, known_b) if _is_computed(x) else exact(x) == exact(y)
        if not same:
            raise TracingError(
                f"{name} returned an array that it did not compute from Tensors: in the program it "
                "would be a constant. Compute it with NumPy's functions on the arguments, without "
                ".data, float() or random numbers from elsewhere"
            )


_SETTINGS = (str, bytes, int, float, complex, enum.Enum, np.generic, np.dtype, type)


def _numbered(call: _Call) -> dict[int, int]:
    """A number for each Tensor that the call made or was given."""
    numbers = [x for supply in call.tape.supplies for x in supply.numbers]
    nodes = [
        *call.arguments,
        *numbers,
        *(e.node for e in call.tape.entries if isinstance(e, Entry)),
    ]
    return {id(node): i for i, node in enumerate(nodes)}


def _alike(x: Any, y: Any, known_x: dict[int, int], known_y: dict[int, int]) -> bool:
    if type(x) is not type(y):
        return False
    if isinstance(x, Entry):
        return (
            x.node.function is y.node.function
            and _shape(x.node) == _shape(y.node)
            and len(x.node.inputs) == len(y.node.inputs)
            and all(
                _same_input(p, q, known_x, known_y)
                for p, q in zip(x.node.inputs, y.node.inputs, strict=True)
            )
            and x.node.keywords.keys() == y.node.keywords.keys()
            and all(
                _same_input(p, y.node.keywords[key], known_x, known_y)
                for key, p in x.node.keywords.items()
            )
        )
    if isinstance(x, Assignment):
        return x.variable is y.variable and _same_input(x.value, y.value, known_x, known_y)
    return all(_same_input(p, q, known_x, known_y) for p, q in zip(x.inputs, y.inputs, strict=True))


def _shape(node: Tensor) -> Any:
    """Of an array. A number's type may follow from its value: 2**n is an int or a float."""
    return (node.shape, node.dtype) if isinstance(node._data, np.ndarray) else None


def _same_input(p: Any, q: Any, known_p: dict[int, int], known_q: dict[int, int]) -> bool:
    """Whether two inputs are the same Tensor of their calls, or equal constants."""
    if p is q:
        return True
    if isinstance(p, Tensor) and isinstance(q, Tensor):
        if id(p) in known_p or id(q) in known_q:
            return known_p.get(id(p)) == known_q.get(id(q))
        p, q = p._data, q._data
    if isinstance(p, Tensor) or isinstance(q, Tensor):
        return False
    if isinstance(p, (tuple, list)):
        return (
            type(p) is type(q)
            and len(p) == len(q)
            and all(_same_input(a, b, known_p, known_q) for a, b in zip(p, q, strict=True))
        )
    if isinstance(p, (np.ndarray, np.generic, int, float)):
        return bool(np.array_equal(p, q, equal_nan=np.asarray(p).dtype.kind == "f"))
    try:
        return bool(p == q)
    except (TypeError, ValueError):
        return False


def _not_repeatable(x: Any, name: str) -> TracingError:
    where = line_text(x.line) if isinstance(x, Entry) else "an assignment"
    what = x.node.function.__name__ if isinstance(x, Entry) else ""
    return TracingError(
        f"{name} does not compute the same operations on the same constants when it is called "
        f"twice: the first difference is in {what or 'what it does'}, at {where}. Something there "
        "is computed outside of the record, from .data or np.asarray, from a clock, from a random "
        "generator (use ag.sample), or from an attribute that changes; in the program it would be "
        "a constant. Compute it with NumPy's functions on Tensors, or pass it as an argument"
    )


def is_number(x: Any) -> bool:
    """Whether a traced argument is a Python number."""
    return isinstance(x, Number)
