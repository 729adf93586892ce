"""Tensor, Variable, and `record`: the one door through which every operation goes.

A Tensor is a node of the computation graph. It holds its array, and how it came to be: the
function, its inputs and keyword arguments, the scope. Nodes point only at their inputs, so
there are no cycles: dropping a result frees its graph at once.
"""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np
from numpy import ndarray

from autograd_lite.ancestors import in_order
from autograd_lite.array_methods import ArrayMethods
from autograd_lite.arrays import fingerprint, real_array, refuse_masked, unsupported_dtype
from autograd_lite.context import Scope, current_context
from autograd_lite.copies import reduced, state_of
from autograd_lite.table import (
    TABLE,
    Composite,
    Operation,
    function_name,
    gradient,
    lookup,
    no_rule,
    nondifferentiable,
)
from autograd_lite.tape import note_error, refuse_value
from autograd_lite.traced_array import TracedArray
from autograd_lite.tree import flatten, map_tree

__all__ = ["Tensor", "Variable", "primitive", "record", "stop_gradient"]

_stamps = itertools.count(1)


class Later:
    """What methods of `Tensor` need of files that import this one; those files fill it in."""

    backward: Callable[..., None]
    cast: Callable[..., Any]
    take: Callable[..., Any]


LATER = Later()


class Tensor(ArrayMethods["Tensor"]):
    """An array that remembers how it was computed.

    Operators, NumPy's functions and ufuncs accept Tensors and give Tensors:
    ``np.exp(-(x @ w))`` works as it does on arrays, and can be differentiated.

    Attributes:
        data: the array. Changing a leaf's data in place is how a parameter is updated by hand:
            ``w.data -= 0.1 * w.grad``.
        requires_grad: whether gradients flow to it.
        grad: the gradient left by `backward`, an array of the shape and dtype of `data`; only
            on leaves. None means that it was not computed, which is not the same as zero.
        name: what pictures and messages call it.
        function: the function that made it; None for a leaf.
        inputs: that function's array arguments, Tensors or arrays or scalars.
        keywords: its keyword arguments.
        scope: the named part of the computation in which it was made.
        seen: fingerprints of the arrays among its inputs, which others may write into.
        stamp: a number that grows with every Tensor made; the order of creation.

    Args:
        value: anything that `np.array` turns into numbers. It is copied.
        requires_grad: True for what you want gradients of. The dtype must then be floating.
        dtype: as in `np.array`.
        name: what pictures and messages call it.

    Raises:
        TypeError: for strings, objects, complex numbers, masked arrays; for integers that
            require a gradient.
        ValueError: for ragged lists.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> w = ag.Tensor([1.0, 2.0], requires_grad=True, name="w")
        >>> J = np.sum(w**2)
        >>> J.backward()
        >>> w.grad
        array([2., 4.])
    """

    __slots__ = (
        "__weakref__",
        "_data",
        "_grad",
        "function",
        "inputs",
        "keywords",
        "name",
        "requires_grad",
        "scope",
        "seen",
        "stamp",
    )

    _data: Any
    _grad: Any
    requires_grad: bool
    name: str | None
    function: Callable[..., Any] | None
    inputs: tuple[Any, ...] | None
    keywords: dict[str, Any]
    scope: Scope | None
    seen: tuple[bytes | int, ...]
    stamp: int

    def __init__(
        self,
        value: Any,
        requires_grad: bool = False,
        *,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        data = as_array(value, dtype=dtype)
        if requires_grad and data.dtype.kind != "f":
            raise TypeError(
                f"only floating-point Tensors can require a gradient, got {data.dtype}. "
                "Write the numbers with a point (3.0), or pass dtype=float"
            )
        if name is not None and not isinstance(name, str):
            raise TypeError(f"name is a string, got {type(name).__name__}")
        _fill(self, data, bool(requires_grad))
        self.name = name

    # -- what it is --------------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The array; while a function is compiled, its shape and dtype alone. That of a recorded
        result cannot be written into, since its gradient is computed from it.

        This package's own code reads the slot behind it, `_data`.
        """
        if current_context().tracing is not None:
            return TracedArray(self.shape, self.dtype)
        return self._data if self.function is None else read_only(self._data)

    @data.setter
    def data(self, array: Any) -> None:
        if current_context().tape is not None:
            refuse_value("tensor.data = ...", CHANGE_BY_ASSIGN)
        self._data = array

    @property
    def grad(self) -> Any:
        """The gradient that `backward` has left; None if there is none."""
        tape = current_context().tracing
        return self._grad if tape is None else tape.grad(self)

    @grad.setter
    def grad(self, value: Any) -> None:
        tape = current_context().tracing
        if tape is None:
            self._grad = value
        else:
            tape.set_grad(self, value)

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes, as in NumPy."""
        shape: tuple[int, ...] = self._data.shape
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements, as in NumPy."""
        dtype: np.dtype[Any] = self._data.dtype
        return dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._data.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self._data.size)

    @property
    def itemsize(self) -> int:
        """The bytes that one element takes."""
        return int(self._data.itemsize)

    @property
    def nbytes(self) -> int:
        """The bytes that the elements take."""
        return int(self._data.nbytes)

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user and not by a recorded operation."""
        return self.function is None

    def __len__(self) -> int:
        return len(self._data)

    def __copy__(self) -> Any:
        refuse_value("a copy of a Tensor", COPY_RECORDED)
        new = _new(type(self))
        new.__setstate__(state_of(self))
        return new

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        refuse_value("a copy of a Tensor", COPY_RECORDED)
        for node in in_order([self], keywords=True):
            if id(node) not in memo:
                memo[id(node)] = new = _new(type(node))
                new.__setstate__(copy.deepcopy(state_of(node), memo))
        return memo[id(self)]

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        """Copied or unpickled: stamps count anew, since they order what this process makes."""
        for name, value in state[1].items():
            setattr(self, name, value)
        self.stamp = next(_stamps)

    def __reduce_ex__(self, protocol: Any) -> Any:
        refuse_value("a copy of a Tensor", COPY_RECORDED)
        return reduced(self)

    def __repr__(self) -> str:
        return tensor_repr(self)

    def __format__(self, spec: str) -> str:
        refuse_value("a formatted Tensor")
        if not spec:
            return repr(self)
        return format(self._data[()] if self.ndim == 0 else self._data, spec)

    # -- leaving the record: only where no gradient can be lost ------------------------------------

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if self.requires_grad:
            raise TypeError(
                "this Tensor requires a gradient, and a plain array would lose it. Where the "
                "gradient is not needed use tensor.data; to build a Tensor out of a list of "
                "Tensors use np.stack or np.concatenate"
            )
        refuse_value("np.asarray(tensor)")
        return np.array(self._data, dtype=dtype, copy=copy)

    def item(self, *index: Any) -> float | int | bool:
        """The value of a Tensor with one element, or of the one at `index`, as a Python number."""
        refuse_value("tensor.item()")
        number: float | int | bool = self._data.item(*index)
        return number

    def tolist(self) -> Any:
        """The values as nested Python lists."""
        refuse_value("tensor.tolist()")
        return self._data.tolist()

    def numpy(self) -> Any:
        """The values as an array of their own, outside the record."""
        refuse_value("tensor.numpy()")
        return self._data.copy()

    def __float__(self) -> float:
        refuse_value("float(tensor)")
        return float(self._data)

    def __int__(self) -> int:
        refuse_value("int(tensor)")
        return int(self._data)

    def __index__(self) -> int:
        refuse_value("a Tensor as an index or a length")
        index: int = self._data.__index__()
        return index

    def __bool__(self) -> bool:
        refuse_value("a branch on a Tensor's value (if, while, and, or, not)")
        return bool(self._data)

    # -- NumPy's protocols -------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs or method != "__call__":
            return call(getattr(np.ufunc, method), (ufunc, *inputs), kwargs)
        entry = TABLE.get(ufunc)
        if isinstance(entry, Composite):
            return entry(inputs, kwargs)
        return record(ufunc, *inputs)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        return call(function, args, kwargs)

    # -- operators ---------------------------------------------------------------------------------

    __hash__ = object.__hash__

    def __neg__(self) -> Tensor:
        return record(np.negative, self)

    def __pos__(self) -> Tensor:
        return record(np.positive, self)

    def __abs__(self) -> Tensor:
        return record(np.absolute, self)

    def __invert__(self) -> Tensor:
        return record(np.logical_not if self.dtype == bool else np.invert, self)

    def __add__(self, other: Any) -> Tensor:
        return record(np.add, self, other)

    def __radd__(self, other: Any) -> Tensor:
        return record(np.add, other, self)

    def __sub__(self, other: Any) -> Tensor:
        return record(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return record(np.subtract, other, self)

    def __mul__(self, other: Any) -> Tensor:
        return record(np.multiply, self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return record(np.multiply, other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return record(np.divide, self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return record(np.divide, other, self)

    def __floordiv__(self, other: Any) -> Tensor:
        return record(np.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return record(np.floor_divide, other, self)

    def __mod__(self, other: Any) -> Tensor:
        return record(np.remainder, self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return record(np.remainder, other, self)

    def __divmod__(self, other: Any) -> Any:
        return np.divmod(self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return np.divmod(other, self)

    def __pow__(self, other: Any) -> Tensor:
        return record(np.power, self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return record(np.power, other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return record(np.matmul, self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return record(np.matmul, other, self)

    def __lt__(self, other: Any) -> Tensor:
        return record(np.less, self, other)

    def __le__(self, other: Any) -> Tensor:
        return record(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Tensor:
        return record(np.greater, self, other)

    def __ge__(self, other: Any) -> Tensor:
        return record(np.greater_equal, self, other)

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return record(np.equal, self, other)

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return record(np.not_equal, self, other)

    def __and__(self, other: Any) -> Tensor:
        return record(np.bitwise_and, self, other)

    def __rand__(self, other: Any) -> Tensor:
        return record(np.bitwise_and, other, self)

    def __or__(self, other: Any) -> Tensor:
        return record(np.bitwise_or, self, other)

    def __ror__(self, other: Any) -> Tensor:
        return record(np.bitwise_or, other, self)

    def __xor__(self, other: Any) -> Tensor:
        return record(np.bitwise_xor, self, other)

    def __rxor__(self, other: Any) -> Tensor:
        return record(np.bitwise_xor, other, self)

    def __lshift__(self, other: Any) -> Tensor:
        return record(np.left_shift, self, other)

    def __rlshift__(self, other: Any) -> Tensor:
        return record(np.left_shift, other, self)

    def __rshift__(self, other: Any) -> Tensor:
        return record(np.right_shift, self, other)

    def __rrshift__(self, other: Any) -> Tensor:
        return record(np.right_shift, other, self)

    # ``w -= 0.1 * w.grad`` would make `w` a new, recorded Tensor, and the leaf would be lost.

    def __iadd__(self, other: Any) -> Tensor:
        _refuse_inplace_on_leaf(self, "+")
        return record(np.add, self, other)

    def __isub__(self, other: Any) -> Tensor:
        _refuse_inplace_on_leaf(self, "-")
        return record(np.subtract, self, other)

    def __imul__(self, other: Any) -> Tensor:
        _refuse_inplace_on_leaf(self, "*")
        return record(np.multiply, self, other)

    def __itruediv__(self, other: Any) -> Tensor:
        _refuse_inplace_on_leaf(self, "/")
        return record(np.divide, self, other)

    def __ifloordiv__(self, other: Any) -> Tensor:
        _refuse_inplace_on_leaf(self, "//")
        return record(np.floor_divide, self, other)

    def __imod__(self, other: Any) -> Tensor:
        _refuse_inplace_on_leaf(self, "%")
        return record(np.remainder, self, other)

    def __ipow__(self, other: Any) -> Tensor:
        _refuse_inplace_on_leaf(self, "**")
        return record(np.power, self, other)

    def __imatmul__(self, other: Any) -> Tensor:
        _refuse_inplace_on_leaf(self, "@")
        return record(np.matmul, self, other)

    # -- indexing ----------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Tensor:
        result: Tensor = LATER.take(self, index)
        return result

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            "a Tensor's elements cannot be assigned: the record would no longer be true. Build a "
            "new one, y = np.where(mask, value, x) or ag.put(value, index, x.shape); to change a "
            "leaf between steps, write x.data[index] = value"
        )

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("a 0-d Tensor cannot be iterated over; its number is tensor.item()")
        return (self[i] for i in range(len(self)))

    # -- array methods: the others are those of `ArrayMethods` -------------------------------------

    def _call(self, function: Any, *arguments: Any, **keywords: Any) -> Tensor:
        result: Tensor = call(function, (self, *arguments), keywords)
        return result

    def astype(
        self,
        dtype: Any,
        order: Any = "K",
        casting: Any = "unsafe",
        subok: bool = True,
        copy: bool = True,
    ) -> Tensor:
        """As `ndarray.astype`; between floating types the gradient passes, cast back.

        `order` and `subok` say how memory is laid out, which changes no value.
        """
        if casting != "unsafe" and not np.can_cast(self.dtype, dtype, casting):
            raise TypeError(
                f"Cannot cast array data from {self.dtype!r} to {np.dtype(dtype)!r} according to "
                f"the rule {casting!r}"
            )
        np.array(0, order=order)  # raises for a letter that is no order
        if not copy and self.dtype == dtype:
            return self
        result: Tensor = LATER.cast(self, dtype=dtype)
        return result

    # -- differentiating ---------------------------------------------------------------------------

    def backward(self, gradient: Any = None, *, retain_graph: bool = True) -> None:
        """Add the gradient of this Tensor to ``.grad`` of every leaf it was computed from.

        Args:
            gradient: the upstream gradient, an array of this Tensor's shape. Needed only where
                this Tensor has more than one element: it says how the elements weigh.
            retain_graph: False frees the graph on the way, which lowers peak memory.

        Raises:
            ValueError: for a Tensor of several elements without `gradient`.
            RuntimeError: for a Tensor that nothing was recorded for, or whose graph was freed.
        """
        LATER.backward(self, gradient, retain_graph=retain_graph)

    def zero_grad(self) -> None:
        """Forget the gradient: ``.grad`` is None again."""
        self.grad = None


class Variable(Tensor):
    """A named leaf whose value changes through `assign` alone: a weight, a statistic, a counter.

    Args:
        value: the initial value; copied.
        trainable: whether gradients flow to it.
        dtype: as in `np.array`.
        name: what pictures, messages and files call it.

    Example:
        >>> import autograd_lite as ag
        >>> w = ag.Variable([1.0, 2.0], name="w")
        >>> w.assign(w.data - 0.5).data
        array([0.5, 1.5])
    """

    __slots__ = ("changed",)

    changed: int

    def __init__(
        self,
        value: Any,
        trainable: bool = True,
        *,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(value, trainable, dtype=dtype, name=name)
        self.changed = 0

    @property
    def trainable(self) -> bool:
        """Whether gradients flow to it; the same as `requires_grad`."""
        return self.requires_grad

    @trainable.setter
    def trainable(self, value: bool) -> None:
        if value and self._data.dtype.kind != "f":
            raise TypeError(f"{describe(self)} holds {self.dtype}: only floats can be trained")
        self.requires_grad = bool(value)

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        super().__setstate__(state)
        self.changed = 0

    def assign(self, value: Any) -> Variable:
        """Give it a new value of the same shape; written into the array it already has.

        Raises:
            ValueError: for another shape: nothing is broadcast.
            TypeError: for a dtype that would lose digits (float64 into float32 is allowed,
                floating into integer is not).
        """
        new = value._data if isinstance(value, Tensor) else np.asarray(value)
        if new.shape != self._data.shape:
            raise ValueError(
                f"{describe(self)} has shape {self.shape}, cannot be assigned shape {new.shape}"
            )
        if not np.can_cast(new.dtype, self._data.dtype, casting="same_kind"):
            raise TypeError(
                f"{describe(self)} has dtype {self.dtype}, cannot be assigned {new.dtype}"
            )
        tape = current_context().tracing
        if tape is not None:
            tape.assign(self, value, next(_stamps))
            return self
        self._data[...] = new
        self.mark_changed()
        return self

    def mark_changed(self) -> None:
        """Note that the value was written in place, as `assign` does: for code that updates the
        arrays of many Variables at once. Graphs recorded before refuse to be differentiated.
        """
        self.changed = next(_stamps)

    def assign_add(self, value: Any) -> Variable:
        """``assign(self + value)``."""
        return self.assign(self._plain() + _plain(value))

    def assign_sub(self, value: Any) -> Variable:
        """``assign(self - value)``."""
        return self.assign(self._plain() - _plain(value))

    def _plain(self) -> Any:
        """The array; while tracing the Variable itself, so that what is computed is recorded."""
        return self._data if current_context().tracing is None else self


def new_stamp() -> int:
    """The next number in the order of creation: for code that marks many Variables at once."""
    return next(_stamps)


def _plain(value: Any) -> Any:
    return value._data if isinstance(value, Tensor) and current_context().tracing is None else value


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
        raise no_rule(function)
    if keywords or (operation.arity is not None and len(inputs) != operation.arity):
        if operation.recipe is not None and not operation.keywords.issuperset(keywords):
            result: Tensor = operation.recipe(inputs, keywords)
            return result
        inputs, keywords = operation.bind(inputs, keywords)
        given = plain_keywords(keywords)
    else:
        given = keywords
    differentiable = False
    variable = None
    arrays = []
    for x in inputs:
        if isinstance(x, Tensor):
            arrays.append(x._data)
            if x.requires_grad:
                differentiable = True
            if x.__class__ is Variable:
                variable = x
        elif x.__class__ is not ndarray and isinstance(x, _CONVERTED):
            return record(function, *map(_unlisted, inputs), **keywords)
        else:
            arrays.append(x)
    try:
        data = operation.evaluate(*arrays, **given)
    except Exception as error:
        note_error(error)
        raise
    if data.__class__ is not ndarray:
        if isinstance(data, tuple):
            outputs: Any = _record_outputs(operation, inputs, keywords, data, differentiable)
            return outputs  # type: ignore[no-any-return]
        if isinstance(data, _SCALARS):
            data = np.asarray(data)
        else:
            refuse_masked(data)
    elif (
        variable is not None and _shows(data, variable._data) and current_context().tracing is None
    ):
        # What was read of a Variable stays as it was read, whatever is assigned to that.
        data = operation.evaluate(*(_copied(x) for x in inputs), **given)
    kind = data.dtype.kind
    if kind not in "fiub":
        raise unsupported_dtype(data.dtype, operation.name)
    return _node(operation, inputs, keywords, data, differentiable, kind == "f")


def record_as(function: Any, inputs: tuple[Any, ...], data: Any) -> Tensor:
    """The Tensor that `record` would make, of data that was computed otherwise."""
    return _node(TABLE[function], inputs, _NO_KEYWORDS, data, False, False)  # type: ignore[arg-type]


def _shows(data: Any, array: Any) -> bool:
    """Whether an array is another, or a view of it or of what that is a view of."""
    base = data.base
    return data is array or (base is not None and (base is array or base is array.base))


def _copied(x: Any) -> Any:
    return x._data.copy(order="K") if x.__class__ is Variable else unwrap(x)


def _node(
    operation: Operation,
    inputs: tuple[Any, ...],
    keywords: dict[str, Any],
    data: Any,
    differentiable: bool,
    floating: bool,
) -> Tensor:
    """The Tensor that `record` makes of an evaluated operation."""
    node = _new(Tensor)
    context = current_context()
    recorded = differentiable and context.recording
    node._data = data
    node.requires_grad = recorded and floating and operation.differentiable
    node._grad = node.name = None
    node.scope = context.scope
    node.stamp = next(_stamps)
    if recorded or context.tape is not None:
        node.function = operation.function
        node.inputs = inputs
        node.keywords = keywords
        if context.tape is not None:
            context.tape.append(node)
        node.seen = () if context.tracing is not None else fingerprints(inputs, keywords)
    else:
        node.function = None
        node.inputs = ()
        node.keywords = _NO_KEYWORDS
    return node


def fingerprints(inputs: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[bytes | int, ...]:
    """Of the arrays of a call that are not the record's own: plain ones, and those of leaves."""
    found: tuple[bytes | int, ...] = ()
    for x in (*inputs, *keywords.values()) if keywords else inputs:
        array = x._data if x.__class__ is Tensor and x.function is None else x
        if array.__class__ is ndarray:
            found = (*found, fingerprint(array))
    return found


def _record_outputs(
    operation: Operation,
    inputs: tuple[Any, ...],
    keywords: dict[str, Any],
    data: tuple[Any, ...],
    differentiable: bool,
) -> tuple[Tensor, ...]:
    """One node that holds all outputs, and a Tensor for each that selects it.

    NumPy's named results (``np.linalg.eigh(a).eigenvalues``) keep their names.
    """
    arrays = tuple(np.asarray(x) for x in data)
    node = _node(operation, inputs, keywords, arrays, differentiable, True)
    outputs = [record(output, node, index=i) for i in range(len(arrays))]
    named = hasattr(data, "_fields")
    return type(data)(*outputs) if named else tuple(outputs)


def output(results: tuple[Any, ...], index: int) -> Any:
    """The `index`-th result of an operation with several."""
    return results[index]


def _output_rule(g: Any, y: Any, results: Any, *, index: int) -> tuple[Any, ...]:
    """Nothing flows to the results that were not selected: None, until others add to it."""
    width = len(results._data if isinstance(results, Tensor) else results)
    return tuple(g if i == index else None for i in range(width))


gradient(output, _output_rule)


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a NumPy function means on Tensors, by its entry in the table."""
    entry = lookup(function)
    if isinstance(entry, Operation):
        if entry.alone is not None and len(args) == 1 and not kwargs:
            return call(entry.alone, args, {})
        given = {name: x for name, x in kwargs.items() if x is not np._NoValue}
        return record(function, *args, **given)
    if isinstance(entry, Composite):
        return entry(args, kwargs)
    if entry.instead is not None:
        read = [*args, *(x for name, x in kwargs.items() if name != "like")]
        if any(isinstance(x, Tensor) for x in flatten(read)):
            refuse_value(f"np.{function_name(function)} of a Tensor", entry.instead)
    return function(*map(unwrap, args), **{name: unwrap(x) for name, x in kwargs.items()})


def primitive(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a NumPy function of one's own an operation; `gradient` gives it its rule.

    Args:
        function: plain NumPy, from arrays to an array.

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

    @functools.wraps(function)
    def operation(*args: Any, **kwargs: Any) -> Any:
        for x in args:
            if isinstance(x, Tensor):
                return record(operation, *args, **kwargs)
        if kwargs and any(isinstance(x, Tensor) for x in kwargs.values()):
            return record(operation, *args, **kwargs)
        return function(*args, **kwargs)

    operation.__wrapped_primitive__ = function  # type: ignore[attr-defined]
    return operation


@primitive
def _without_gradient(x: Any) -> Any:
    return x


_without_gradient.__name__ = "stop_gradient"
nondifferentiable(_without_gradient)


def stop_gradient(x: Any) -> Any:
    """The same values, through which no gradient flows back.

    Args:
        x: a Tensor or an array, or a nested structure of them.

    Returns:
        The same in the same structure; arrays are shared with x, not copied, but for those of
        Variables.

    Example:
        >>> import autograd_lite as ag
        >>> ag.grad(lambda x: x * ag.stop_gradient(x))(3.0)
        array(3.)
    """
    if isinstance(x, (tuple, list, dict)):
        return map_tree(stop_gradient, x)
    if isinstance(x, Tensor) and current_context().tape is None:
        if x.__class__ is Variable:
            return leaf(x._data.copy())  # assigning to the Variable does not change it
        return leaf(read_only(x._data))  # holding on to x would keep its whole graph in memory
    return _without_gradient(x)


def read_only(x: Any) -> Any:
    """A view of an array that cannot be written through; of several results, of each."""
    if x.__class__ is tuple:
        return tuple(map(read_only, x))
    if x.__class__ is not ndarray:
        return x
    view = x.view()
    view.flags.writeable = False
    return view


def as_array(value: Any, dtype: Any = None) -> Any:
    """`real_array` of a Tensor too: of its array."""
    if isinstance(value, Tensor):
        refuse_value("a new Tensor out of a Tensor's values", COPY_RECORDED)
    return real_array(value._data if isinstance(value, Tensor) else value, dtype)


def plain_keywords(keywords: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments with the arrays of Tensors among them (a recorded mask as ``where=``).

    Raises:
        TypeError: for a Tensor that requires a gradient: rules differentiate by inputs only.
    """
    for name, value in keywords.items():
        if isinstance(value, Tensor):
            if value.requires_grad:
                raise TypeError(
                    f"{name}= cannot be a Tensor that requires a gradient, since no gradient rule "
                    f"accounts for it. Pass {name}=ag.stop_gradient(...), or compute it outside"
                )
            return {key: unwrap(x) for key, x in keywords.items()}
    return keywords


def unwrap(value: Any) -> Any:
    """The array of a Tensor; lists and tuples element by element; anything else unchanged."""
    if isinstance(value, Tensor):
        return value._data
    if value.__class__ is list or value.__class__ is tuple:
        return value.__class__(map(unwrap, value))
    return value


def tensor_repr(tensor: Tensor) -> str:
    """As NumPy prints an array, then what an array does not have."""
    if tensor._data.__class__ is tuple:
        return f"Tensor({len(tensor._data)} results of {made_by(tensor)})"
    prefix = f"{type(tensor).__name__}("
    if current_context().tracing is not None:
        return f"{prefix}shape={tensor.shape}, dtype={tensor.dtype}, traced)"
    parts = [prefix + np.array2string(tensor._data, separator=", ", prefix=prefix)]
    if tensor.size == 0:
        parts.append(f"shape={tensor.shape}")
    if tensor.dtype not in (np.dtype(float), np.dtype(int), np.dtype(bool)) or tensor.size == 0:
        parts.append(f"dtype={tensor.dtype}")
    if tensor.name is not None:
        parts.append(f"name={tensor.name!r}")
    if tensor.function is not None:
        parts.append(f"function={made_by(tensor)}")
    elif tensor.requires_grad:
        parts.append("requires_grad=True")
    return ", ".join(parts) + ")"


def made_by(tensor: Tensor) -> str:
    """The name of the operation that made a Tensor: of a call of a compiled function, its own."""
    if tensor.function is None:
        return "no operation"
    compiled: str | None = getattr(tensor.keywords.get("call"), "__name__", None)
    return compiled or function_name(tensor.function)


def _fill(tensor: Tensor, data: Any, requires_grad: bool) -> None:
    """Set the slots of a leaf."""
    tensor._data = data
    tensor.requires_grad = requires_grad
    tensor._grad = tensor.name = tensor.function = None
    tensor.inputs = ()
    tensor.keywords = _NO_KEYWORDS
    tensor.scope = current_context().scope
    tensor.stamp = next(_stamps)


def leaf(data: Any, requires_grad: bool = False, name: str | None = None) -> Tensor:
    """A leaf around an array that is not copied; for callers that own the array."""
    tensor = _new(Tensor)
    _fill(tensor, data, requires_grad)
    tensor.name = name
    return tensor


def _unlisted(x: Any) -> Any:
    """A list, or an array of a subclass (np.matrix multiplies differently), as a plain array."""
    refuse_masked(x)
    return np.asarray(x) if isinstance(x, _CONVERTED) else x


def describe(tensor: Tensor) -> str:
    """How a message names a Tensor."""
    kind = type(tensor).__name__
    return f"{kind} {tensor.name!r}" if tensor.name else f"a {kind} of shape {tensor.shape}"


def _refuse_inplace_on_leaf(tensor: Tensor, sign: str) -> None:
    if tensor.function is None and tensor.requires_grad:
        name = tensor.name or "w"
        raise TypeError(
            f"{name} {sign}= ... would replace the leaf {name} by a recorded result. To update "
            f"a parameter write {name}.data {sign}= ...; for a new Tensor, y = {name} {sign} ..."
        )


CHANGE_BY_ASSIGN = (
    "Make it a Variable, and write w.assign(new) or w.assign_sub(rate * dw), which the program "
    "does at each call"
)
COPY_RECORDED = "Write np.copy(x), or ag.stop_gradient(x), which are recorded"
Tensor._record = staticmethod(record)  # type: ignore[misc]  # it makes Tensors, so comes after them
_new = object.__new__
_NO_KEYWORDS: dict[str, Any] = {}
_SCALARS = (np.generic, float, int)
_CONVERTED = (list, tuple, ndarray)
