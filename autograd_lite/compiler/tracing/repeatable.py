"""`require_same`: two calls of a function have to record the same operations on the same constants.

Values from a clock, or from a random generator of its own, are constants of the record, and differ.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_lite.compiler.captured.exact import exact, structure_of
from autograd_lite.tape import Assignment, Entry, Tape, TracingError, line_text
from autograd_lite.tensor import Tensor
from autograd_lite.tree import flatten


class Call(NamedTuple):
    """One call on a tape of its own.

    Attributes:
        tape: what it recorded.
        arguments: the Tensors that it was given.
        result: what it returned.
        before: a stamp: Tensors made before it were there before the call.
    """

    tape: Tape
    arguments: list[Tensor]
    result: Any
    before: int


def is_computed(x: Any) -> bool:
    """Return whether a result is computed by a program, and no setting that is handed through."""
    return isinstance(x, (Tensor, np.ndarray))


def require_same(first: Call, second: Call, name: str) -> None:
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
        same = _same_input(x, y, known_a, known_b) if is_computed(x) else exact(x) == exact(y)
        if not same:
            raise TracingError(
                f"{name} returned an array that it did not compute from Tensors: in the program it "
                "would be a constant. Compute it with NumPy's functions on the arguments, without "
                ".data, float() or random numbers from elsewhere"
            )


def _numbered(call: Call) -> dict[int, int]:
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
    return (node.shape, node.dtype) if isinstance(node._array, np.ndarray) else None


def _same_input(p: Any, q: Any, known_p: dict[int, int], known_q: dict[int, int]) -> bool:
    """Return whether two inputs are the same Tensor of their calls, or equal constants."""
    if p is q:
        return True
    if isinstance(p, Tensor) and isinstance(q, Tensor):
        if id(p) in known_p or id(q) in known_q:
            return known_p.get(id(p)) == known_q.get(id(q))
        p, q = p._array, q._array
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


def same_constant(p: Any, q: Any) -> bool:
    """Return whether two things that no call computed are equal."""
    return _same_input(p, q, {}, {})


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
