"""Functions of functions: `grad`, `value_and_grad`, `elementwise_grad`, `vjp`, `jvp`, ...

They take functions of arrays, or of nested tuples, lists and dicts of arrays. Given arrays they
return arrays, at which a record ends. They return Tensors, which can be differentiated again, where
the record continues: given Tensors; called inside another transform; and where the function uses a
Tensor from around it that requires a gradient, a captured weight say (under `no_grad` they return
arrays then, too).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.ancestors import ancestors
from autograd_lite.backward import gradients, partial_gradients
from autograd_lite.context import changed, current_context
from autograd_lite.primitives import stop_gradient
from autograd_lite.recording import record
from autograd_lite.signatures import require_callable
from autograd_lite.tape import tracing
from autograd_lite.tensor import Tensor, as_array, leaf, new_stamp
from autograd_lite.tree import flatten, flatten_as, map_tree, unflatten

Function = Callable[..., Any]
Argnums = int | Sequence[int]


def value_and_grad(
    f: Function, argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """A function that returns ``(f(...), gradient of f)``.

    Args:
        f: returns one number (a Tensor of one element).
        argnums: which positional arguments to differentiate by: one index or several.
        has_aux: True where f returns ``(number, anything)``; the anything is passed on, and the
            result is ``((value, anything), gradient)``.

    Returns:
        A function with f's arguments. The gradient has the structure, shapes and dtypes of the
        chosen argument; of a tuple of them, where `argnums` is a sequence.

    Raises:
        TypeError: if f does not return a Tensor, or an argument is not floating.
        ValueError: if f returns several elements, or there is no such argument.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> value, slope = ag.value_and_grad(lambda w: np.sum(w**2))(np.array([1.0, 2.0]))
        >>> value, slope
        (array(5.), array([2., 4.]))
    """
    require_callable(f, "value_and_grad")

    @functools.wraps(f, updated=())
    def with_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        trace = _Trace(f, args, kwargs, argnums)
        value, aux = _with_aux(trace.result) if has_aux else (trace.result, None)
        _require_scalar(value)
        found = trace.pull_back(value, None)
        value = trace.finish(value)
        return ((value, map_tree(trace.finish, aux)) if has_aux else value), found

    return with_gradient


def grad(f: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The gradient of f, as a function; arguments as `value_and_grad`.

    With `has_aux` the result is ``(gradient, anything)``.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> ag.grad(np.tanh)(0.0)
        array(1.)
        >>> ag.grad(ag.grad(lambda x: x**3))(2.0)
        array(12.)
    """
    both = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f, updated=())
    def gradient_of(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient_of


def elementwise_grad(f: Function, argnums: Argnums = 0) -> Function:
    """The derivative of a function that works element by element, of all elements at once.

    It is the gradient of ``np.sum(f(x))``: the derivative of each element where no element of the
    result depends on another of x.

    Raises:
        ValueError: if the result does not have x's shape, so that f is not element-wise.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> ag.elementwise_grad(lambda x: x**3)(np.array([1.0, 2.0]))
        array([ 3., 12.])
    """
    require_callable(f, "elementwise_grad")

    def summed(*args: Any, **kwargs: Any) -> Any:
        value = f(*args, **kwargs)
        _require_tensor(value)
        for i in _positions(argnums, len(args)):
            if any(np.shape(x) != value.shape for x in flatten(args[i])):
                raise ValueError(
                    f"elementwise_grad needs a function whose result has the shape of its argument "
                    f"{i}, {np.shape(args[i])}, got {value.shape}. Use jacobian, vjp, or grad of "
                    "np.sum(f(x))"
                )
        return np.sum(value)

    return functools.wraps(f, updated=())(grad(summed, argnums))


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The value of f, and the function that multiplies from the left by its Jacobian.

    Args:
        f: returns a Tensor of any shape.
        *primals: its arguments, each an array or a nested structure of arrays.

    Returns:
        ``(value, pull_back)``; ``pull_back(u)``, with u of the value's shape, gives the gradient
        of ``sum(u * f)`` for the argument, or a tuple for several arguments.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> y, pull_back = ag.vjp(np.sin, np.array([0.0, np.pi]))
        >>> pull_back(np.array([1.0, 2.0]))
        array([ 1., -2.])
    """
    trace = _Trace(f, primals, {}, _all_or_only(primals))
    value = trace.result
    _require_tensor(value)
    finished = trace.finish(value)
    if not trace.nested:
        finished = finished.copy()  # the record reads its own when it is pulled back
    return finished, lambda upstream: trace.pull_back(value, upstream)


def jvp(f: Function, primals: Any, tangents: Any) -> tuple[Any, Any]:
    """The value of f, and its derivative along a direction: the Jacobian times `tangents`.

    The pull-back is linear in its upstream gradient; differentiating it by that gives the
    push-forward, so no second set of rules is needed.

    Args:
        f: returns a Tensor of any shape.
        primals: the argument, or a tuple of arguments.
        tangents: the direction, in the same structure and shapes.

    Returns:
        ``(value, derivative)``, both of the value's shape.

    Raises:
        ValueError: if primals and tangents differ in structure or shapes.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> ag.jvp(lambda x: x**2, 3.0, 1.0)
        (array(9.), array(6.))
    """
    args = primals if isinstance(primals, tuple) else (primals,)
    directions = tangents if isinstance(primals, tuple) else (tangents,)
    trace = _Trace(f, args, {}, tuple(range(len(args))))
    value = trace.result
    _require_tensor(value)
    along = [v if isinstance(v, Tensor) else as_array(v) for v in flatten_as(args, directions)]
    if [v.shape for v in along] != [x.shape for x in trace.sources]:
        raise ValueError(
            f"tangents must match primals: shapes {[x.shape for x in trace.sources]}, "
            f"got {[v.shape for v in along]}"
        )
    trace.nested = trace.nested or any(isinstance(v, Tensor) for v in along)
    with changed(recording=True):
        pushed = _push_forward(value, trace.sources, along)
    return trace.finish(value), trace.finish(pushed)


def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """All first derivatives of f: shape ``f(x).shape + x.shape``.

    One backward walk for each element of f's result; the result and the argument may be nested
    structures (the Jacobian is then nested: result's structure outside, argument's inside).

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> ag.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
        array([[2., 0.],
               [0., 4.]])
    """
    require_callable(f, "jacobian")

    @functools.wraps(f, updated=())
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        trace = _Trace(f, args, kwargs, argnums)
        if not flatten(trace.result):
            _require_tensor(trace.result)
        return map_tree(lambda value: _rows(trace, value), trace.result)

    return jacobian_of


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """All second derivatives of a function to a number: shape ``x.shape + x.shape``.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> ag.hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
        array([[10.,  6.],
               [ 6.,  0.]])
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Function, argnums: Argnums = 0) -> Callable[..., Any]:
    """The Hessian times a vector, without the Hessian: ``hvp(f)(*args, v)``.

    Two backward walks, whatever the size of x. `v` has the structure and shapes of the argument
    (of a tuple of them, where `argnums` is a sequence).

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> ag.hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 0.5]))
        array([6., 6.])
    """
    require_callable(f, "hvp")
    gradient_of = grad(f, argnums)

    @functools.wraps(f, updated=())
    def product(*args: Any, **kwargs: Any) -> Any:
        if len(args) < 2:
            raise TypeError("hvp(f) takes the arguments of f and then the vector: hvp(f)(x, v)")
        *primals, v = args
        chosen = _positions(argnums, len(primals))
        by = tuple(primals[i] for i in chosen)
        single = isinstance(argnums, (int, np.integer))
        vectors = flatten_as(by[0] if single else by, v)

        def along_v(*inner: Any) -> Any:
            slopes = flatten(gradient_of(*inner, **kwargs))
            if [np.shape(s) for s in slopes] != [np.shape(u) for u in vectors]:
                raise ValueError(
                    f"the vector must match the argument: shapes {[np.shape(s) for s in slopes]},"
                    f" got {[np.shape(u) for u in vectors]}"
                )
            return functools.reduce(
                np.add, (np.sum(s * u) for s, u in zip(slopes, vectors, strict=True))
            )

        return grad(along_v, argnums)(*primals)

    return product


# -- how they work ---------------------------------------------------------------------------------


class _Trace:
    """One recorded call of f, with the chosen arguments as the sources of differentiation.

    Attributes:
        result: what f returned.
        sources: the Tensors that stand for the leaves of the chosen arguments.
        nested: whether results are Tensors, for a record that continues around the transform.
    """

    def __init__(
        self, f: Function, args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Argnums
    ) -> None:
        self.chosen = _positions(argnums, len(args))
        self.single = isinstance(argnums, (int, np.integer))
        self.args = args
        around, start = current_context(), new_stamp()
        self.sources: list[Tensor] = []
        traced = list(args)
        with changed(recording=True, depth=around.depth + 1):
            for i in self.chosen:
                traced[i] = map_tree(self._source, args[i])
            self.result = f(*traced, **kwargs)
        self.nested = (
            around.depth > 0
            or tracing() is not None
            or any(isinstance(x, Tensor) for x in flatten([args, kwargs]))
            or (around.recording and uses_older(flatten(self.result), start))
        )

    def _source(self, value: Any) -> Tensor:
        """A Tensor of its own for one argument, linked to the outer record if there is one."""
        if isinstance(value, Tensor) and (value.requires_grad or tracing() is not None):
            source = independent(value)
        else:
            source = leaf(_floating(value), requires_grad=True)
        self.sources.append(source)
        return source

    def pull_back(self, value: Tensor, upstream: Any) -> Any:
        """The gradient of sum(upstream * value), in the structure of the chosen arguments."""
        on_tensors = self.nested or isinstance(upstream, Tensor)
        if not value.requires_grad:
            found: list[Any] = [None] * len(self.sources)
        else:
            with changed(recording=True):
                found = partial_gradients(value, self.sources, upstream, on_tensors)
        # f is defined and does not depend on the source: its derivative is known to be zero.
        complete = [
            leaf(np.zeros_like(x._array)) if g is None else g
            for g, x in zip(found, self.sources, strict=True)
        ]
        return self.arrange(complete if on_tensors else list(map(self.finish, complete)))

    def arrange(self, leaves: list[Any]) -> Any:
        """Values for the sources, in the structure of the chosen arguments."""
        trees = unflatten(tuple(self.args[i] for i in self.chosen), leaves)
        return trees[0] if self.single else trees

    def finish(self, value: Any) -> Any:
        """A Tensor as the caller wants it: itself if it may be differentiated again, else data."""
        return value._array if isinstance(value, Tensor) and not self.nested else value


def independent(value: Tensor) -> Tensor:
    """A Tensor of its own with the same value, to differentiate by.

    Where `value` requires a gradient, it receives what flows back to the new one. While a function
    is compiled, the program computes the one from the other in any case.
    """
    if value.dtype.kind != "f":
        raise _not_floating(value.dtype)
    if value.requires_grad:
        source: Tensor = record(np.copy, value)
        return source
    source = stop_gradient(record(np.positive, value) if value._array.__class__ is float else value)
    source.requires_grad = True
    return source


def _push_forward(value: Tensor, sources: list[Tensor], along: list[Any]) -> Tensor:
    """The derivative of `value` along directions: its pull-back, differentiated by the upstream
    gradient that it is linear in.
    """
    nothing = leaf(np.zeros_like(value._array))
    if not value.requires_grad:
        return nothing
    upstream = Tensor(np.ones_like(value._array), requires_grad=True)
    pulled = partial_gradients(value, sources, upstream, on_tensors=True)
    products = [
        np.sum(g * v)
        for g, v in zip(pulled, along, strict=True)
        if g is not None and g.requires_grad
    ]
    if not products:
        return nothing
    (pushed,) = gradients(functools.reduce(np.add, products), [upstream])
    return nothing if pushed is None else pushed


def uses_older(results: list[Any], start: int) -> bool:
    """Return whether results depend on a Tensor that requires a gradient, older than `start`."""
    roots = [y for y in results if isinstance(y, Tensor) and y.requires_grad]
    return any(node.stamp < start for node in ancestors(roots, differentiable=True))


def require_own(results: Any, start: int, what: str, where: str) -> None:
    """Raise if results depend on a Tensor from outside that requires a gradient.

    For operations that call a function of the user's on arrays: such a gradient would be lost.

    Args:
        results: of the function.
        start: a stamp from before it was called.
        what: the function, for the message.
        where: to pass the Tensor.
    """
    if uses_older(flatten(results), start):
        raise TypeError(
            f"{what} uses a Tensor that requires a gradient, which would be lost: pass it {where}"
        )


def _rows(trace: _Trace, value: Any) -> Any:
    """The Jacobian of one result, in the structure of the chosen arguments."""
    _require_tensor(value)
    rows = []
    for i in range(value.size):
        one = np.zeros_like(value._array)
        one.flat[i] = 1
        rows.append(flatten(trace.pull_back(value, one)))
    shapes = [value.shape + x.shape for x in trace.sources]
    if not rows:
        return trace.arrange([np.zeros(shape, value.dtype) for shape in shapes])
    columns = zip(*rows, strict=True)
    return trace.arrange(
        [np.reshape(np.stack(c), shape) for c, shape in zip(columns, shapes, strict=True)]
    )


def _floating(value: Any) -> Any:
    """An array of its own that can require a gradient."""
    data = as_array(value)
    if data.dtype.kind != "f":
        raise _not_floating(data.dtype)
    return data


def _not_floating(dtype: np.dtype[Any]) -> TypeError:
    return TypeError(
        f"only floating-point arguments can be differentiated, got {dtype}. Write the "
        "numbers with a point (3.0), or choose other arguments with argnums="
    )


def _positions(argnums: Argnums, count: int) -> tuple[int, ...]:
    """Argnums as positions from the left, checked against the number of arguments."""
    wanted = (argnums,) if isinstance(argnums, (int, np.integer)) else tuple(argnums)
    for i in wanted:
        if not -count <= i < count:
            raise ValueError(
                f"argnums={argnums} names argument {i}, but the function was called with "
                f"{count} positional arguments"
            )
    positions = tuple(int(i) % count for i in wanted)
    if len(set(positions)) < len(positions):
        raise ValueError(f"argnums={argnums} names an argument twice")
    return positions


def _all_or_only(args: tuple[Any, ...]) -> Argnums:
    """Argnums for every argument: an index where there is one, so results are not nested."""
    return 0 if len(args) == 1 else tuple(range(len(args)))


def _require_tensor(value: Any) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(
            f"the function must return a Tensor, got {type(value).__name__}. Was it taken out of "
            "the record with .data, .item() or float(), or does it not use its arguments?"
        )


def _with_aux(result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(
            "with has_aux=True the function returns (number, anything), a tuple of two; "
            f"got {type(result).__name__}"
        )
    return result


def _require_scalar(value: Any) -> None:
    _require_tensor(value)
    if value.size != 1:
        raise ValueError(
            f"grad needs a function that returns a scalar; this one returned shape {value.shape}. "
            "Reduce it, np.sum(...) or np.mean(...), or use jacobian, vjp or jvp"
        )
