"""`Tensor`: an array, and how it came to be.

A Tensor is a node of the computation graph. It holds its array, and how it came to be: the
function, its inputs and keyword arguments, the scope. Nodes point only at their inputs, so
there are no cycles: dropping a result frees its graph at once.
"""

from __future__ import annotations

import copy
import itertools
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
from numpy import ndarray

from autograd_lite.ancestors import in_order
from autograd_lite.array_methods import ArrayMethods
from autograd_lite.arrays import real_array
from autograd_lite.context import Scope, current_context
from autograd_lite.copies import reduced, state_of
from autograd_lite.formats import Displayed
from autograd_lite.hints import ELSEWHERE, no_gradient
from autograd_lite.operators import ArrayOperators
from autograd_lite.table import (
    TABLE,
    Composite,
    function_name,
)
from autograd_lite.tape import refuse_value
from autograd_lite.traced_array import TracedArray

_new = object.__new__
new_stamp = itertools.count(1).__next__  # the next number in the order of creation
NO_KEYWORDS: dict[str, Any] = {}


class Tensor(ArrayOperators["Tensor"], ArrayMethods["Tensor"], Displayed):
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
        "_array",
        "_grad",
        "_note",
        "_readable",
        "function",
        "inputs",
        "keywords",
        "name",
        "requires_grad",
        "scope",
        "seen",
        "stamp",
    )

    _array: Any
    _grad: Any
    _note: Any  # of a `MaskedTensor`: its mask
    _readable: bool  # set by `allow_reading` alone
    requires_grad: bool
    name: str | None
    function: Callable[..., Any] | None
    inputs: tuple[Any, ...] | None
    keywords: dict[str, Any]
    scope: Scope | None
    seen: tuple[bytes | int, ...]
    stamp: int

    # What files that import this one provide, by `provide`.
    _record: Callable[..., Tensor]
    _apply: Callable[..., Any]
    _take: Callable[..., Tensor]
    _cast: Callable[..., Tensor]
    _backward: Callable[..., None]
    _shown: Callable[..., dict[str, str]]

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

        This package's own code reads the slot behind it, `_array`.
        """
        if current_context().tracing is not None:
            return TracedArray(self.shape, self.dtype)
        return self._array if self.function is None else read_only(self._array)

    @data.setter
    def data(self, array: Any) -> None:
        if current_context().tape is not None:
            refuse_value("tensor.data = ...", CHANGE_BY_ASSIGN)
        self._array = array

    @property
    def grad(self) -> Any:
        """The gradient that `backward` has left; None if there is none."""
        tape = current_context().tracing
        if tape is not None:
            return tape.grad(self)
        return no_gradient(self, sys._getframe(1)) if self._grad is None else self._grad

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
        shape: tuple[int, ...] = self._array.shape
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements, as in NumPy."""
        dtype: np.dtype[Any] = self._array.dtype
        return dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._array.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self._array.size)

    @property
    def itemsize(self) -> int:
        """The bytes that one element takes."""
        return int(self._array.itemsize)

    @property
    def nbytes(self) -> int:
        """The bytes that the elements take."""
        return int(self._array.nbytes)

    @property
    def is_leaf(self) -> bool:
        """True if the user made it, and no recorded operation."""
        return self.function is None

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in ELSEWHERE]

    def __len__(self) -> int:
        return len(self._array)

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
        """Restore a copy or pickle, with a new stamp: stamps order what this process makes."""
        for name, value in state[1].items():
            setattr(self, name, value)
        self.stamp = new_stamp()

    def __reduce_ex__(self, protocol: Any) -> Any:
        refuse_value("a copy of a Tensor", COPY_RECORDED)
        return reduced(self)

    def __repr__(self) -> str:
        return tensor_repr(self)

    def _displayed(self) -> dict[str, str]:
        """Return what a notebook shows: values and gradient as numbers or heat maps, and text."""
        return self._shown(self)

    def __format__(self, spec: str) -> str:
        refuse_value("a formatted Tensor")
        if not spec:
            return repr(self)
        return format(self._array[()] if self.ndim == 0 else self._array, spec)

    # -- leaving the record: only where no gradient can be lost ------------------------------------

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        self._require_no_gradient()
        refuse_value("np.asarray(tensor)")
        return np.array(self._array, dtype=dtype, copy=copy)

    def _require_no_gradient(self) -> None:
        """Refuse to be an array or a number where that is not what the user has asked for."""
        if self.requires_grad and not _may_be_read(self):
            raise TypeError(
                "this Tensor requires a gradient, and a plain array would lose it. Where the "
                "gradient is not needed use tensor.data; to build a Tensor out of a list of "
                "Tensors use np.stack or np.concatenate; what SciPy converts to arrays has "
                "counterparts in autograd_lite.scipy"
            )

    def item(self, *index: Any) -> float | int | bool:
        """The value of a Tensor with one element, or of the one at `index`, as a Python number."""
        refuse_value("tensor.item()")
        number: float | int | bool = self._array.item(*index)
        return number

    def tolist(self) -> Any:
        """The values as nested Python lists."""
        refuse_value("tensor.tolist()")
        return self._array.tolist()

    def numpy(self) -> Any:
        """The values as an array of their own, outside the record."""
        refuse_value("tensor.numpy()")
        return self._array.copy()

    def __float__(self) -> float:
        if self.requires_grad and _is_numpys(sys._getframe(1)):  # np.sum(array, initial=tensor)
            self._require_no_gradient()
        refuse_value("float(tensor)")
        return float(self._array)

    def __int__(self) -> int:
        refuse_value("int(tensor)")
        return int(self._array)

    def __index__(self) -> int:
        refuse_value("a Tensor as an index or a length")
        index: int = self._array.__index__()
        return index

    def __bool__(self) -> bool:
        refuse_value("a branch on a Tensor's value (if, while, and, or, not)")
        return bool(self._array)

    # -- NumPy's protocols -------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs or method != "__call__":
            return self._apply(getattr(np.ufunc, method), (ufunc, *inputs), kwargs)
        entry = TABLE.get(ufunc)
        if isinstance(entry, Composite):
            return entry(inputs, kwargs)
        return self._record(ufunc, *inputs)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        return self._apply(function, args, kwargs)

    # -- array methods: the others are those of `ArrayMethods` -------------------------------------

    def _call(self, function: Any, *arguments: Any, **keywords: Any) -> Tensor:
        result: Tensor = self._apply(function, (self, *arguments), keywords)
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
        result: Tensor = self._cast(self, dtype=dtype)
        return result

    # -- differentiating ---------------------------------------------------------------------------

    def backward(self, gradient: Any = None, *, retain_graph: bool = True) -> None:
        """Add the gradient of this Tensor to ``.grad`` of every leaf it was computed from.

        Args:
            gradient: the upstream gradient, an array of this Tensor's shape. Needed only where
                this Tensor has more than one element: it says how the elements weigh.
            retain_graph: False frees the graph during the pass, which lowers peak memory.

        Raises:
            ValueError: for a Tensor of several elements without `gradient`.
            RuntimeError: for a Tensor that nothing was recorded for, or whose graph was freed.
        """
        self._backward(self, gradient, retain_graph=retain_graph)

    def zero_grad(self) -> None:
        """Forget the gradient: ``.grad`` is None again."""
        self.grad = None


for _name, _refusal in ELSEWHERE.items():
    setattr(Tensor, _name, _refusal)


def provide(**functions: Callable[..., Any]) -> None:
    """Give `Tensor` what its methods call and files that import this one define."""
    for name, function in functions.items():
        setattr(Tensor, f"_{name}", staticmethod(function))


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
    return real_array(value._array if isinstance(value, Tensor) else value, dtype)


def _is_numpys(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "numpy"


def allow_reading(tensor: Tensor) -> None:
    """Let `np.asarray(tensor)` and plots read a Tensor although it requires a gradient.

    For a result that is looked at: what is computed from the array has no gradient.
    """
    tensor._readable = True


# What picks or lays out elements without changing them: a plot of a result takes its columns.
_SELECTING = {"getitem", "reshape", "ravel", "squeeze", "transpose", "astype"}


def _may_be_read(tensor: Any) -> bool:
    """Return if it is a result that `allow_reading` was called with, or a part of one."""
    while not hasattr(tensor, "_readable"):
        if getattr(tensor.function, "__name__", "") not in _SELECTING or not tensor.inputs:
            return False
        tensor = tensor.inputs[0]
        if not isinstance(tensor, Tensor):
            return False
    return True


def unwrap(value: Any) -> Any:
    """The array of a Tensor; lists and tuples element by element; anything else unchanged."""
    if isinstance(value, Tensor):
        return value._array
    if value.__class__ is list or value.__class__ is tuple:
        return value.__class__(map(unwrap, value))
    return value


def tensor_repr(tensor: Tensor) -> str:
    """As NumPy prints an array, then what an array does not have."""
    if tensor._array.__class__ is tuple:
        return f"Tensor({len(tensor._array)} results of {made_by(tensor)})"
    prefix = f"{type(tensor).__name__}("
    if current_context().tracing is not None:
        return f"{prefix}shape={tensor.shape}, dtype={tensor.dtype}, traced)"
    parts = [prefix + np.array2string(tensor._array, separator=", ", prefix=prefix)]
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
    tensor._array = data
    tensor.requires_grad = requires_grad
    tensor._grad = tensor.name = tensor.function = None
    tensor.inputs = ()
    tensor.keywords = NO_KEYWORDS
    tensor.scope = current_context().scope
    tensor.stamp = new_stamp()


def leaf(
    data: Any,
    requires_grad: bool = False,
    name: str | None = None,
    kind: type[Tensor] | None = None,
) -> Tensor:
    """A leaf around an array that is not copied, of a `kind` of Tensor; for callers that own it."""
    tensor = _new(kind or Tensor)
    _fill(tensor, data, requires_grad)
    tensor.name = name
    return tensor


def describe(tensor: Tensor) -> str:
    """Name a Tensor for a message."""
    kind = type(tensor).__name__
    return f"{kind} {tensor.name!r}" if tensor.name else f"a {kind} of shape {tensor.shape}"


CHANGE_BY_ASSIGN = (
    "Make it a Variable, and write w.assign(new) or w.assign_sub(rate * dw), which the program "
    "does at each call"
)
COPY_RECORDED = "Write np.copy(x), or ag.stop_gradient(x), which are recorded"
