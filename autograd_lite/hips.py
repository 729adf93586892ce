"""HIPS autograd's names, so that a script written for it runs with its import lines changed.

=====================================  ===========================================================
in the script                          here
=====================================  ===========================================================
``import autograd.numpy as np``        ``import numpy as np``
``from autograd import ...``           ``from autograd_lite.hips import ...``
``from autograd.extend import ...``    ``from autograd_lite.hips import ...``
``from autograd.test_util import ...`` ``from autograd_lite.hips import ...``
``autograd.misc.flatten``, ``.misc``   ``autograd_lite.hips``
``autograd.misc.optimizers``           ``autograd_lite.optimizers``
``autograd.misc.fixed_points``         ``autograd_lite`` (``fixed_point``)
``autograd.scipy...``                  ``autograd_lite.scipy...``
=====================================  ===========================================================

New programs use `autograd_lite` itself: its `grad` is this one with ``argnums`` for ``argnum``.

Example:
    >>> import numpy as np
    >>> grad(lambda x, y: x * y, argnum=1)(2.0, 3.0)
    array(2.)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite import table, transforms
from autograd_lite.checkpointing import checkpoint
from autograd_lite.fixed_points import fixed_point
from autograd_lite.flattening import flatten
from autograd_lite.recording import primitive
from autograd_lite.testing import check_gradients
from autograd_lite.tree import flatten as leaves_of

__all__ = [
    "check_grads",
    "checkpoint",
    "defvjp",
    "deriv",
    "elementwise_grad",
    "fixed_point",
    "flatten",
    "flatten_func",
    "grad",
    "grad_and_aux",
    "grad_named",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "jacobian",
    "make_hvp",
    "make_jvp",
    "make_vjp",
    "multigrad_dict",
    "primitive",
    "tensor_jacobian_product",
    "value_and_grad",
    "vector_jacobian_product",
]

Function = Callable[..., Any]
Argnum = int | Sequence[int]

# -- the same, with argnum for argnums -------------------------------------------------------------


def grad(fun: Function, argnum: Argnum = 0) -> Function:
    """The gradient: `autograd_lite.grad`."""
    return transforms.grad(fun, argnum)


def value_and_grad(fun: Function, argnum: Argnum = 0) -> Function:
    """The value and the gradient: `autograd_lite.value_and_grad`."""
    return transforms.value_and_grad(fun, argnum)


def grad_and_aux(fun: Function, argnum: Argnum = 0) -> Function:
    """The gradient of the first result, and the second as it is: ``grad(f, has_aux=True)``."""
    return transforms.grad(fun, argnum, has_aux=True)


def grad_named(fun: Function, argname: str) -> Function:
    """The gradient by the positional argument of that name."""
    return transforms.grad(fun, list(inspect.signature(fun).parameters).index(argname))


def elementwise_grad(fun: Function, argnum: Argnum = 0) -> Function:
    """The derivative of each element: `autograd_lite.elementwise_grad`."""
    return transforms.elementwise_grad(fun, argnum)


def jacobian(fun: Function, argnum: Argnum = 0) -> Function:
    """All first derivatives: `autograd_lite.jacobian`."""
    return transforms.jacobian(fun, argnum)


def hessian(fun: Function, argnum: Argnum = 0) -> Function:
    """All second derivatives: `autograd_lite.hessian`."""
    return transforms.hessian(fun, argnum)


def hessian_tensor_product(fun: Function, argnum: int = 0) -> Function:
    """The Hessian times a tensor, the last argument: `autograd_lite.hvp`."""
    return transforms.hvp(fun, argnum)


hessian_vector_product = hessian_tensor_product

# -- functions that are called in another way ------------------------------------------------------


def _alone(fun: Function, argnum: int, args: tuple[Any, ...], kwargs: Any) -> tuple[Function, Any]:
    """`fun` as a function of one argument, and that argument."""

    def of_one(x: Any) -> Any:
        return fun(*args[:argnum], x, *args[argnum + 1 :], **kwargs)

    return of_one, args[argnum]


def make_vjp(fun: Function, argnum: int = 0) -> Function:
    """``make_vjp(f)(x)`` is ``(vjp, f(x))``; `autograd_lite.vjp` gives them the other way round."""

    def at(*args: Any, **kwargs: Any) -> tuple[Function, Any]:
        value, pull_back = transforms.vjp(*_alone(fun, argnum, args, kwargs))
        return pull_back, value

    return at


def make_jvp(fun: Function, argnum: int = 0) -> Function:
    """``make_jvp(f)(x)(v)`` is ``(f(x), derivative along v)``: `autograd_lite.jvp`."""

    def at(*args: Any, **kwargs: Any) -> Function:
        of_one, x = _alone(fun, argnum, args, kwargs)
        return lambda v: transforms.jvp(lambda x: of_one(x), (x,), (v,))

    return at


def make_hvp(fun: Function, argnum: int = 0) -> Function:
    """``make_hvp(f)(x)`` is ``(product with the Hessian, gradient)``."""
    return make_vjp(transforms.grad(fun, argnum), argnum)


def deriv(fun: Function, argnum: int = 0) -> Function:
    """The derivative along ones, by `autograd_lite.jvp`: of a function of a number, its slope."""

    def at(*args: Any, **kwargs: Any) -> Any:
        x = args[argnum]
        return make_jvp(fun, argnum)(*args, **kwargs)(np.ones_like(x))[1]

    return at


def tensor_jacobian_product(fun: Function, argnum: int = 0) -> Function:
    """A tensor, the last argument, times the Jacobian: the pull-back of `autograd_lite.vjp`."""

    def at(*args: Any, **kwargs: Any) -> Any:
        *primals, tensor = args

        def weighed(*inner: Any) -> Any:
            return np.tensordot(tensor, fun(*inner, **kwargs), axes=np.ndim(tensor))

        return transforms.jacobian(weighed, argnum)(*primals)

    return at


vector_jacobian_product = tensor_jacobian_product


def multigrad_dict(fun: Function) -> Function:
    """The gradients by all arguments, as a dict by name; defaults count as given."""
    signature = inspect.signature(fun)

    def gradients_of(*args: Any, **kwargs: Any) -> dict[str, Any]:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()

        def of_all(arguments: dict[str, Any]) -> Any:
            call = inspect.BoundArguments(signature, arguments)
            return fun(*call.args, **call.kwargs)

        found: dict[str, Any] = transforms.grad(of_all)(dict(given.arguments))
        return found

    return gradients_of


def flatten_func(func: Function, example: Any) -> tuple[Function, Function, Any]:
    """A function of a structure as one of a vector: ``(function, unflatten, vector)``."""
    vector, unflatten = flatten(example)

    def of_vector(x: Any, *args: Any) -> Any:
        value = func(unflatten(x), *args)
        return value if np.ndim(value) == 0 and len(leaves_of(value)) == 1 else flatten(value)[0]

    return of_vector, unflatten, vector


def check_grads(f: Function, modes: Sequence[str] = ("fwd", "rev"), order: int = 2) -> Function:
    """``check_grads(f)(x)`` is `autograd_lite.check_gradients(f, x)`.

    There is one set of rules for both modes, so `modes` changes nothing.
    """
    del modes
    return lambda *args: check_gradients(f, *args, order=order)


# -- rules -----------------------------------------------------------------------------------------


def defvjp(fun: Function, *vjpmakers: Any, argnums: Sequence[int] | None = None) -> None:
    """Give a `primitive` its rules, written as HIPS autograd has them: a function of the output and
    the arguments that returns a function of the upstream gradient.

    `autograd_lite.gradient` takes ``lambda g, y, x: ...`` in the place of
    ``lambda ans, x: lambda g: ...``.

    Args:
        fun: made by `primitive`; its arguments are arrays.
        *vjpmakers: one for each argument; None where nothing flows.
        argnums: the arguments that they are for, if not the first ones.
    """
    positions = range(len(vjpmakers)) if argnums is None else argnums
    makers = dict(zip(positions, vjpmakers, strict=True))
    count = max(len(inspect.signature(fun).parameters), 1 + max(makers))
    table.gradient(fun, *(_rule(fun, makers, i) for i in range(count)))


def _rule(fun: Function, makers: dict[int, Any], position: int) -> Function | None:
    """One of their rules in our form; where there is none, one that raises when it is needed."""
    if position in makers and makers[position] is None:
        return None

    def rule(g: Any, y: Any, *inputs: Any) -> Any:
        if position not in makers:
            raise TypeError(f"{fun.__name__} has no rule for its argument {position}: see defvjp")
        return makers[position](y, *inputs)(g)

    return rule


_ABSENT = {
    "holomorphic_grad": "complex numbers are not differentiated here",
    "make_ggnvp": "compose autograd_lite.jvp, hvp and vjp",
    "make_jvp_reversemode": "autograd_lite.jvp is that",
    "const_graph": "autograd_lite.compile",
    "defjvp": "forward mode follows from the rule given to defvjp",
    "defvjp_argnums": "autograd_lite.gradient(f, joint=...)",
    "defvjp_argnum": "autograd_lite.gradient(f, joint=...)",
    "Box": "arrays, and nested structures of arrays, are the only values",
    "VSpace": "arrays, and nested structures of arrays, are the only values",
    "Node": "autograd_lite.graph reads the record, autograd_lite.draw draws it",
    "trace": "autograd_lite.graph reads the record, autograd_lite.draw draws it",
}


def __getattr__(name: str) -> Any:
    """Nothing: the error says what to use."""
    if name in _ABSENT:
        raise AttributeError(f"autograd_lite.hips has no {name}: {_ABSENT[name]}")
    raise AttributeError(f"module 'autograd_lite.hips' has no attribute {name!r}")
