"""`record`: the one door through which every operation goes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from autograd_lite.arrays import SMALL, fingerprint, refuse_masked, unsupported_dtype
from autograd_lite.context import current_context
from autograd_lite.hints import shapes_that_do_not_fit
from autograd_lite.masks import MaskedTensor, carry, carry_none
from autograd_lite.symbolic import SymbolicTensor
from autograd_lite.table import (
    TABLE,
    Composite,
    Operation,
    function_name,
    gradient,
    lookup,
    no_rule,
)
from autograd_lite.tape import note_error, refuse_value
from autograd_lite.tensor import NO_KEYWORDS, Tensor, describe, new_stamp, provide, unwrap
from autograd_lite.tree import flatten
from autograd_lite.variable import Variable


def record(function: Any, *inputs: Any, **keywords: Any) -> Tensor:
    """Evaluate one operation and remember it: the one door.

    What is remembered: an operation on something that requires a gradient, and, while a tape
    runs, every operation.

    Args:
        function: the function as it stands in the table.
        *inputs: its array arguments: Tensors, arrays, scalars.
        **keywords: its other arguments, under the names its rules use.

    Returns:
        A Tensor, or a tuple of them where NumPy returns a tuple. It requires a gradient if an
        input does, the operation has rules and the result is floating.

    Raises:
        TypeError: if the function has no rule, its rules do not take a keyword, or the result
            is complex or made of objects.
    """
    operation: Any = TABLE.get(function)
    if operation.__class__ is not Operation:
        operation = lookup(function)  # rules of another library come when they are first needed
        if operation.__class__ is not Operation:
            raise no_rule(function)
    given = keywords
    if keywords or (operation.arity is not None and len(inputs) != operation.arity):
        known = operation.keywords.issuperset(keywords)
        if not known and operation.recipe is not None:
            return operation.recipe(inputs, keywords)  # type: ignore[no-any-return]
        if not known or (operation.arity is not None and len(inputs) != operation.arity):
            inputs, keywords = operation.bind(inputs, keywords)
        given = plain_keywords(keywords)
    differentiable, variable, exposed = False, None, bool(keywords) and _hold_array(keywords)
    arrays, masked = [], False
    for x in inputs:
        if x.__class__ is Tensor:
            arrays.append(x._array)
            if x.requires_grad:
                differentiable = True
            if x.function is None:
                exposed = True
        elif isinstance(x, Tensor):
            if x.__class__ is SymbolicTensor:
                return x._apply(function, inputs, keywords)  # type: ignore[no-any-return]
            arrays.append(x._array)
            if x.requires_grad:
                differentiable = True
            if x.__class__ is Variable:
                variable = x
            else:
                masked = masked or x.__class__ is MaskedTensor
                exposed = exposed or x.function is None
        elif x.__class__ is not ndarray and isinstance(x, _CONVERTED):
            return record(function, *map(_unlisted, inputs), **keywords)
        else:
            arrays.append(x)
            exposed = True
    try:
        data = operation.evaluate(*arrays, **given)
    except Exception as error:
        note_error(error)
        clearer = shapes_that_do_not_fit(function, arrays)
        if clearer is not None:
            raise clearer from None
        raise
    if data.__class__ is not ndarray:
        if isinstance(data, tuple):
            made = _record_outputs(operation, inputs, keywords, data, differentiable)
            if masked:
                carry_none(made, function, inputs)
            return made  # type: ignore[no-any-return]
        data = _as_result(data)
    elif variable is not None and (data.base is not None or data is variable._array):
        data = _kept_as_read(data, variable, operation, inputs, given)
    node = _node(operation, inputs, keywords, data, differentiable, exposed)
    return carry(node, function, inputs, keywords) if masked else node


def _hold_array(keywords: dict[str, Any]) -> bool:
    """Return whether a keyword argument is an array, a Tensor's or a plain one."""
    for x in keywords.values():  # noqa: SIM110 - twice as fast as any()
        if x.__class__ is ndarray or isinstance(x, Tensor):
            return True
    return False


def _as_result(data: Any) -> Any:
    """Return the result of an operation, a NumPy scalar as an array, other arrays as they are."""
    if isinstance(data, _SCALARS):
        return np.asarray(data)
    refuse_masked(data)
    return data


def _kept_as_read(
    data: Any, variable: Variable, operation: Operation, inputs: Any, keywords: dict[str, Any]
) -> Any:
    """A result that stays as it was read, whatever is assigned to the Variable: computed of a copy
    where it is a view of its array.
    """
    array, base = variable._array, data.base
    is_view = data is array or (base is not None and (base is array or base is array.base))
    if not is_view or current_context().tracing is not None:
        return data
    copies = [x._array.copy(order="K") if x.__class__ is Variable else unwrap(x) for x in inputs]
    return operation.evaluate(*copies, **keywords)


def _node(
    operation: Operation,
    inputs: tuple[Any, ...],
    keywords: dict[str, Any],
    data: Any,
    differentiable: bool,
    exposed: bool = True,
) -> Tensor:
    """The Tensor that `record` makes of an evaluated operation.

    Args:
        operation: it.
        inputs: of the call.
        keywords: of the call.
        data: what it gave.
        differentiable: whether an input requires a gradient.
        exposed: whether others may hold an array among the inputs and keywords.
    """
    dtype = data.dtype if data.__class__ is not tuple else _FLOAT64
    floating = dtype is _FLOAT32 or dtype is _FLOAT64
    if not floating:
        if dtype.kind not in "fiub":
            raise unsupported_dtype(dtype, operation.name)
        floating = dtype.kind == "f"
    node = _new(Tensor)
    context = current_context()
    recorded = differentiable and context.recording
    node._array = data
    node.requires_grad = recorded and floating and operation.differentiable
    node._grad = node.name = None
    node.scope = context.scope
    node.stamp = new_stamp()
    if recorded or context.tape is not None:
        node.function = operation.function
        node.inputs = inputs
        node.keywords = keywords
        if context.tape is not None:
            context.tape.append(node)
        seen = exposed and context.tracing is None
        node.seen = fingerprints(inputs, keywords) if seen else ()
    else:
        node.function = None
        node.inputs = ()
        node.keywords = NO_KEYWORDS
    return node


def fingerprints(inputs: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[bytes | int, ...]:
    """Of the arrays of a call that are not the record's own: plain ones, and those of leaves."""
    found: tuple[bytes | int, ...] = ()
    for x in (*inputs, *keywords.values()) if keywords else inputs:
        array = x._array if x.__class__ in _LEAVES and x.function is None else x
        if array.__class__ is ndarray:
            found += (array.tobytes() if array.nbytes <= SMALL else fingerprint(array),)
    return found


def assigned_since(variable: Tensor, user: str) -> RuntimeError:
    """The error for a Variable that was assigned after an operation of that name used it."""
    return RuntimeError(
        f"{describe(variable)} was assigned after {user} used it, so its gradient would "
        "mix old and new values. Call backward() before assign(), or compute the result again"
    )


def written_since(user: str) -> RuntimeError:
    """The error for an array that was written into after an operation of that name used it."""
    return RuntimeError(
        f"an array that {user} used has been changed since, so the gradient would mix "
        "old and new values. Call backward() before changing it (w.data -= ..., too), compute the "
        "result again, or give the operation a copy, array.copy()"
    )


def _record_outputs(
    operation: Operation,
    inputs: tuple[Any, ...],
    keywords: dict[str, Any],
    data: tuple[Any, ...],
    differentiable: bool,
) -> Any:
    """One node that holds all outputs, and a Tensor for each that selects it.

    NumPy's named results (``np.linalg.eigh(a).eigenvalues``) keep their names.
    """
    arrays = tuple(np.asarray(x) for x in data)
    node = _node(operation, inputs, keywords, arrays, differentiable)
    outputs = [record(output, node, index=i) for i in range(len(arrays))]
    named = hasattr(data, "_fields")
    return type(data)(*outputs) if named else tuple(outputs)


def output(results: tuple[Any, ...], index: int) -> Any:
    """The `index`-th result of an operation with several."""
    return results[index]


def _output_rule(g: Any, y: Any, results: Any, *, index: int) -> tuple[Any, ...]:
    """Nothing flows to the results that were not selected: None, until others add to it."""
    width = len(results._array if isinstance(results, Tensor) else results)
    return tuple(g if i == index else None for i in range(width))


gradient(output, _output_rule)


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply a NumPy function to Tensors, by its entry in the table."""
    entry = TABLE.get(function) or lookup(function)
    if isinstance(entry, Operation):
        if entry.alone is not None and len(args) == 1 and not kwargs:
            return call(entry.alone, args, {})
        if not kwargs:
            return record(function, *args)
        given = {name: x for name, x in kwargs.items() if x is not np._NoValue}
        return record(function, *args, **given)
    if isinstance(entry, Composite):
        return entry(args, kwargs)
    if entry.instead is not None:
        read = [*args, *(x for name, x in kwargs.items() if name != "like")]
        if any(isinstance(x, Tensor) for x in flatten(read)):
            refuse_value(f"np.{function_name(function)} of a Tensor", entry.instead)
    return function(*map(unwrap, args), **{name: unwrap(x) for name, x in kwargs.items()})


def primitive(
    function: Callable[..., Any] | None = None, *, inlinable: bool = False, effect: bool = False
) -> Callable[..., Any]:
    """Make a NumPy function of one's own an operation; `gradient` gives it its rule.

    Args:
        function: plain NumPy, from arrays to an array.
        inlinable: whether its body does the same operations for all values, so that a compiled
            program may take them in its place, join loops and save them as NumPy. By default the
            program calls the function.
        effect: whether a call does more than return a value, exchange data with another process,
            say. A compiled program then makes every call, once, in the order of the function.

    Returns:
        The function that takes arrays (and computes) or Tensors (and records).

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> @ag.primitive
        ... def cube(x):
        ...     return x * x * x
        >>> ag.gradient(cube, lambda g, y, x: g * 3 * x**2)
        >>> ag.grad(cube)(2.0)
        array(12.)
    """
    if function is None:
        return functools.partial(primitive, inlinable=inlinable, effect=effect)

    @functools.wraps(function)
    def operation(*args: Any, **kwargs: Any) -> Any:
        for x in args:
            if isinstance(x, Tensor):
                return record(operation, *args, **kwargs)
        if kwargs and any(isinstance(x, Tensor) for x in kwargs.values()):
            return record(operation, *args, **kwargs)
        return function(*args, **kwargs)

    operation.__wrapped_primitive__ = function  # type: ignore[attr-defined]
    operation.inlinable = inlinable  # type: ignore[attr-defined]
    operation.effect = effect  # type: ignore[attr-defined]
    return operation


def plain_keywords(keywords: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments with the arrays of Tensors among them (a recorded mask as ``where=``).

    Raises:
        TypeError: for a Tensor that requires a gradient: rules differentiate by inputs only.
    """
    for name, value in keywords.items():
        if isinstance(value, Tensor):
            if value.__class__ is SymbolicTensor:
                return keywords  # an input is symbolic, too
            if value.requires_grad:
                raise TypeError(
                    f"{name}= cannot be a Tensor that requires a gradient, since no gradient rule "
                    f"accounts for it. Pass {name}=ag.stop_gradient(...), or compute it outside"
                )
            return {key: unwrap(x) for key, x in keywords.items()}
    return keywords


def _unlisted(x: Any) -> Any:
    """A list, or an array of a subclass (np.matrix multiplies differently), as a plain array."""
    refuse_masked(x)
    return np.asarray(x) if isinstance(x, _CONVERTED) else x


provide(record=record, apply=call)
_new = object.__new__
_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
_SCALARS = (np.generic, float, int)
_CONVERTED = (list, tuple, ndarray)
_LEAVES = (Tensor, MaskedTensor)  # a Variable notes its changes itself
