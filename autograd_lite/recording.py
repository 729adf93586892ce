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
from autograd_lite.short_tracebacks import shorten
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
        operation = _late_operation(function)
    given, exposed, differentiable, masked, variable = keywords, False, False, False, None
    if keywords or (len(inputs) != operation.arity and operation.arity is not None):
        if operation.recipe is not None and not operation.keywords.issuperset(keywords):
            return operation.recipe(inputs, keywords)  # type: ignore[no-any-return]
        inputs, keywords, given, exposed = _bound(operation, inputs, keywords)
    arrays = []
    for x in inputs:
        if (kind := x.__class__) is not Tensor:
            if kind is Variable:
                variable = x
            elif kind is ndarray or not isinstance(x, _CONVERTED):
                arrays.append(x)
                exposed = True
                continue
            elif kind is SymbolicTensor:
                return x._apply(function, inputs, keywords)  # type: ignore[no-any-return, union-attr]
            elif not isinstance(x, Tensor):
                return record(function, *map(_unlisted, inputs), **keywords)
            masked = masked or kind is MaskedTensor
        arrays.append(x._array)
        differentiable = differentiable or x.requires_grad
        exposed = exposed or (x.function is None and kind is not Variable)
    try:
        data = operation.evaluate(*arrays, **given) if given else operation.evaluate(*arrays)
    except Exception as error:
        clearer = _clearer(error, function, arrays)
        if clearer is None:
            raise
        raise clearer from None
    if data.__class__ is not ndarray:
        if isinstance(data, tuple):
            return _record_outputs(operation, inputs, keywords, data, differentiable, masked)
        data = _as_result(data)
    elif variable is not None and (data.base is not None or data is variable._array):
        data = _kept_as_read(data, variable, operation, inputs, given)
    node = _node(operation, inputs, keywords, data, differentiable, exposed)
    return carry(node, function, inputs, keywords) if masked else node


def _late_operation(function: Any) -> Operation:
    """The entry of a function whose rules come when they are first needed, or raise."""
    operation = lookup(function)
    if operation.__class__ is not Operation:
        raise no_rule(function)
    return operation


def _bound(operation: Operation, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A call's inputs and keywords as the rules name them, the keywords as arrays, and whether
    there is an array among these.
    """
    inputs, keywords = operation.bind(inputs, keywords)
    return inputs, keywords, plain_keywords(keywords), _hold_array(keywords)


def _clearer(error: Exception, function: Any, arrays: list[Any]) -> Exception | None:
    """Return a clearer error than NumPy's, if there is one; either is short in a notebook."""
    note_error(error)
    clearer = shapes_that_do_not_fit(function, arrays)
    shorten(clearer or error)
    return clearer


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

    Raises:
        TypeError: for a result that is complex or made of objects.
    """
    context = current_context()
    recorded = differentiable and context.recording
    kind = "f" if data.__class__ is tuple else data.dtype.kind  # several results can require one
    if kind not in "fiub":
        raise unsupported_dtype(data.dtype, operation.name)
    node = _new(Tensor)
    node._array = data
    node.requires_grad = recorded and kind == "f" and operation.differentiable
    node._grad = node.name = None
    node.scope = context.scope
    node.stamp = new_stamp()
    if not recorded and context.tape is None:
        node.function = None
        node.inputs = ()
        node.keywords = NO_KEYWORDS
        return node
    node.function = operation.function
    node.inputs = inputs
    node.keywords = keywords
    if context.tape is not None:
        context.tape.append(node)
    seen = exposed and context.tracing is None
    node.seen = fingerprints(inputs, keywords) if seen else ()
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
    masked: bool,
) -> Tensor:
    """One node that holds all outputs, and a Tensor for each that selects it.

    NumPy's named results (``np.linalg.eigh(a).eigenvalues``) keep their names.
    """
    arrays = tuple(np.asarray(x) for x in data)
    node = _node(operation, inputs, keywords, arrays, differentiable)
    outputs = [record(output, node, index=i) for i in range(len(arrays))]
    made = type(data)(*outputs) if hasattr(data, "_fields") else tuple(outputs)
    if masked:
        carry_none(made, operation.function, inputs)
    return made  # type: ignore[return-value]


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
        for x in kwargs.values():
            if isinstance(x, Tensor):
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
    return np.asarray(x) if isinstance(x, (list, tuple, ndarray)) else x


provide(record=record, apply=call)
_new = object.__new__
_SCALARS = (np.generic, float, int)
_CONVERTED = (Tensor, list, tuple, ndarray)
_LEAVES = (Tensor, MaskedTensor)  # a Variable notes its changes itself
