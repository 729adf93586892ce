"""Effects of a step besides Tensors: numbers read by Python, calls back into it, fused updates.

Called plainly, each of these acts at once. While a function is traced, each is noted on the tape
and acts once for every run of the program: `prepare` and `supply` before it, `fused_update` and
`project` in it, `afterwards` behind it, and only if the guard of the program holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.context import changed, current_context
from autograd_lite.tensor import Tensor, leaf, unwrap

Ahead = Callable[[int], Sequence[Sequence[Any]]]


class Supply(NamedTuple):
    """Numbers that `read` returns before each run, and the Tensors that stand for them.

    `ahead`, if not None, returns those of so many runs: for each number its values.
    """

    read: Callable[[], Sequence[Any]]
    numbers: tuple[Tensor, ...]
    ahead: Ahead | None


class Preparation(NamedTuple):
    """A call of `function` before each run, which need not be made while Variables have the arrays
    of `places`, if that is not None, but then marks these Variables as changed.
    """

    function: Callable[[], None]
    places: Sequence[tuple[Any, Any]] | None


class PythonCall(NamedTuple):
    """A call of `function` behind the program, on the values of `inputs`.

    `many`, if not None, does what so many calls do, one behind each of as many runs.
    """

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    many: Callable[[int], Any] | None


class FusedUpdate(NamedTuple):
    """One element-wise pass over flat arrays; see `fused_update`."""

    formula: Callable[..., Sequence[Any]]
    columns: tuple[str, ...]
    numbers: tuple[Any, ...]
    title: str
    blocks: Sequence[tuple[Any, ...]]
    gradients: tuple[Any, ...]
    destinations: tuple[Any, ...]
    variables: tuple[Any, ...]
    finite: Any

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The Tensors that it reads: gradients, then numbers."""
        return (*self.gradients, *self.numbers)


class Projection(NamedTuple):
    """`variable` becomes `function` of what updates leave it as."""

    variable: Any
    function: Callable[[Any], Any]

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The Variable."""
        return (self.variable,)


def prepare(function: Callable[[], None], places: Sequence[tuple[Any, Any]] | None = None) -> None:
    """Call a function now; of a traced step, before each run: it may move arrays, say.

    Args:
        function: what to call.
        places: pairs of a Variable and an array, if all that the function does is to give each of
            these Variables its array, with the same values, and to mark it as changed.
    """
    tape = current_context().tracing
    if tape is None:
        function()
    else:
        tape.preparations.append(Preparation(function, places))


def supply(
    read: Callable[[], Sequence[Any]],
    names: Callable[[], Sequence[str]],
    dtype: Any,
    ahead: Ahead | None = None,
) -> Sequence[Any]:
    """Numbers that Python computes again for each call: a learning rate from a schedule, say.

    Args:
        read: returns the numbers. It must change nothing.
        names: returns what a program's source calls them.
        dtype: that a program computes in.
        ahead: returns, for the next so many runs of a program, the values of each number: those
            that `read` would return. None if they are not known before the runs.

    Returns:
        The numbers; while tracing, Tensors without axes that stand for them.
    """
    tape = current_context().tracing
    if tape is None:
        return read()
    with changed(tape=None, recording=False):
        values = read()
    numbers = tuple(
        leaf(np.array(value, bool if isinstance(value, bool) else dtype), name=name)
        for value, name in zip(values, names(), strict=True)
    )
    tape.supplies.append(Supply(read, numbers, ahead))
    return numbers


def afterwards(
    function: Callable[..., Any], *values: Any, many: Callable[[int], Any] | None = None
) -> None:
    """Call a function on arrays now; of a traced step, behind each run, on that run's values.

    For what no program can hold, a metric of the user's, say. It gets arrays, never Tensors.

    Args:
        function: what to call.
        values: its arguments.
        many: does what so many calls do, for runs of a program that follow each other without
            Python between them; None if there is no such function.
    """
    tape = current_context().tracing
    if tape is None:
        arrays = []
        for x in values:
            if isinstance(x, Tensor):
                arrays.append(x._array)
            else:
                arrays.append(unwrap(x) if isinstance(x, (list, tuple)) else x)
        function(*arrays)
    else:
        tape.entries.append(PythonCall(function, values, many))


def fused_update(
    formula: Callable[..., Sequence[Any]],
    columns: Sequence[str],
    blocks: Sequence[tuple[Any, ...]],
    numbers: Sequence[Any],
    *,
    title: str,
    gradients: Sequence[tuple[Any, Any]] = (),
    variables: Sequence[Any] = (),
    finite: Any = None,
) -> None:
    """Apply an element-wise formula to each block of some flat arrays, in place.

    Args:
        formula: called as ``formula(*block, *numbers)``; returns the new value of each column, the
            one that it was given where that stays.
        columns: the names of the columns, in the order of a block.
        blocks: flat arrays cut alike into blocks that fit the processor's cache; None stands for a
            column that is not there.
        numbers: what changes from call to call besides arrays.
        title: what a program's source calls the pass.
        gradients: pairs (gradient, the part of a column that it is to be written to before).
        variables: the Variables whose arrays are parts of the columns.
        finite: a flat array that has to be finite then, in a program with a guard: if it is not,
            nothing is changed. One whose squares overflow counts as not finite.

    Example:
        >>> w, g = np.array([1.0, 2.0]), np.array([10.0, 10.0])
        >>> fused_update(lambda w, g, rate: (w - rate * g, g), ["w", "g"], [(w, g)], [0.1],
        ...              title="descent")
        >>> w
        array([0., 1.])
    """
    tape = current_context().tracing
    if tape is not None:
        update = FusedUpdate(
            formula=formula,
            columns=tuple(columns),
            numbers=tuple(numbers),
            title=title,
            blocks=blocks,
            gradients=tuple(g for g, _ in gradients),
            destinations=tuple(destination for _, destination in gradients),
            variables=tuple(variables),
            finite=finite,
        )
        tape.entries.append(update)
        return
    for g, destination in gradients:
        destination[...] = g if g.__class__ is np.ndarray else unwrap(g)
    plain = [x._array if isinstance(x, Tensor) else x for x in numbers]
    for block in blocks:
        pairs = zip(block, formula(*block, *plain), strict=True)
        news = [None if new is old else _apart(new, block) for old, new in pairs]
        for old, new in zip(block, news, strict=True):
            if new is not None:
                old[...] = new


def project(variable: Any, function: Callable[[Any], Any]) -> None:
    """Assign a Variable a function of its value, after it was updated.

    Args:
        variable: it.
        function: of one array, of the same shape; of NumPy's operations alone, and of nothing
            that changes.

    Example:
        >>> import autograd_lite as ag
        >>> w = ag.Variable([-1.0, 2.0])
        >>> project(w, lambda x: np.maximum(x, 0))
        >>> w.data
        array([0., 2.])
    """
    tape = current_context().tracing
    if tape is None:
        variable.assign(function(variable._array))
    else:
        tape.entries.append(Projection(variable, function))


def _apart(new: Any, block: tuple[Any, ...]) -> Any:
    """A new value that shows no column, since those are written next: a and b may change places."""
    shown = getattr(new, "base", None) is not None or any(new is x for x in block)
    return new.copy() if shown else new
