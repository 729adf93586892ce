"""Named operations, in adjoint pairs, for what NumPy has no functional spelling.

``take`` and ``put``: reading by an index, and adding at an index.
``broadcast_to``: the adjoint of a sum.
``cast``: a change of dtype.
``sample``: random numbers, as an operation, so that a compiled program draws again at each call.
``stop_gradient``: the same values, without a gradient.
``multiply_no_nan``: a product in which a zero wins over an infinite factor.
"""

from __future__ import annotations

import copy
import math
import operator
from typing import Any

import numpy as np

from autograd_lite.context import current_context
from autograd_lite.masks import carry, mask_of, set_mask
from autograd_lite.recording import primitive, record
from autograd_lite.symbolic import SymbolicTensor
from autograd_lite.table import gradient, nondifferentiable
from autograd_lite.tensor import Tensor, leaf, provide, read_only
from autograd_lite.tree import map_tree
from autograd_lite.variable import Variable


class _Placeholder(str):
    """Stands in an index for an array that is an input of its own. A string, since an index has
    no other strings, and copies of a string are equal.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


ARRAY = _Placeholder("array")


def take(x: Any, index: Any) -> Any:
    """``x[index]`` with any index NumPy knows: basic, boolean, integer arrays, mixed.

    Args:
        x: array or Tensor.
        index: what stands between the brackets; Tensors of integers or booleans too.

    Returns:
        What NumPy gives: a view of x for a basic index, else a copy. Its gradient is put back
        at the index; an element that was read twice receives both.
    """
    template, arrays = _split_index(index)
    return gather(x, *arrays, index=template)


def put(values: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `values` added at `index`: the adjoint of `take`.

    Args:
        values: array or Tensor, of the shape that ``zeros(shape)[index]`` has.
        index: as in `take`; what stands at a position named twice adds up.
        shape: the shape of the result.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> ag.put(np.array([1.0, 2.0, 3.0]), np.array([0, 2, 0]), (4,))
        array([4., 0., 2., 0.])
    """
    template, arrays = _split_index(index)
    return scatter_add(values, *arrays, index=template, shape=tuple(shape))


@primitive
def gather(x: Any, *arrays: Any, index: tuple[Any, ...]) -> Any:
    """`take` with the arrays of the index as inputs; `index` says where they stand."""
    return x[_join_index(index, arrays)]


@primitive
def scatter_add(values: Any, *arrays: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """`put` with the arrays of the index as inputs; `index` says where they stand."""
    result = np.zeros_like(values, shape=shape)
    whole = _join_index(index, arrays)
    if all(a.dtype == bool for a in arrays):
        result[whole] = values  # no position can occur twice
    else:
        np.add.at(result, whole, values)
    return result


gather.__name__ = "getitem"
scatter_add.__name__ = "put"

gradient(
    gather,
    lambda g, y, x, *arrays, index: scatter_add(g, *arrays, index=index, shape=np.shape(x)),
    maths=(r"x[\text{index}]", r"\operatorname{put}(\bar{y})", None),
)
gradient(
    scatter_add,
    lambda g, y, values, *arrays, index, shape: gather(g, *arrays, index=index),
    maths=(r"\operatorname{put}(\mathrm{values})", r"\bar{y}[\text{index}]", None),
)


@primitive
def cast(x: Any, dtype: Any) -> Any:
    """``x.astype(dtype)``; between floating types the gradient passes, cast back."""
    return x.astype(dtype)


cast.__name__ = "astype"
gradient(cast, lambda g, y, x, *, dtype: cast(g, dtype=x.dtype), maths=("x", "1"))


@primitive
def broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    """x repeated to `shape`, as `np.broadcast_to`, in memory of its own (and much faster)."""
    result = np.empty_like(x, shape=shape)
    result[...] = x
    return result


gradient(
    broadcast_to, lambda g, y, x, *, shape: g, maths=(r"\operatorname{broadcast}(x)", "1")
)  # the engine sums over what was repeated


@primitive
def multiply_no_nan(g: Any, derivative: Any) -> Any:
    """``g * derivative``, in which an exact zero wins over infinity and NaN.

    Rules use it where a local derivative can be infinite or NaN, as that of log at 0: a branch
    that ``np.where`` did not take sends zero upstream, and 0 * inf would make it NaN. In the
    second derivative the two factors change places, so the zero may be either.

    Where no zero meets an infinity it is the plain product, so derivatives of any order are.
    """
    product = g * derivative
    if isinstance(derivative, (float, int)) and derivative and math.isfinite(derivative):
        return product
    spoiled = np.isnan(product)
    if not np.count_nonzero(spoiled):
        return product
    return np.where(spoiled & ((g == 0) | (derivative == 0)), 0, product)


gradient(
    multiply_no_nan,
    lambda u, y, g, derivative: multiply_no_nan(u, derivative),
    lambda u, y, g, derivative: multiply_no_nan(u, g),
    maths=(r"g \odot \mathrm{derivative}", r"\mathrm{derivative}", "g"),
)


@primitive
def check_bounds(rows: Any, count: int) -> Any:
    """`rows`, if all of them are numbers of one of `count` rows, from 0 up.

    NumPy itself would take -1 for the last row.

    Raises:
        IndexError: if one is not.
    """
    # Read as unsigned, a negative number is larger than any other: one look serves for both.
    if rows.size and int(np.maximum.reduce(rows.view(np.uintp), axis=None)) >= count:
        wrong = rows[(rows < 0) | (rows >= count)]
        raise IndexError(f"{int(wrong[0])} is not one of the numbers 0 to {count - 1}")
    return rows


nondifferentiable(check_bounds, 1, "count")


@primitive
def subtract_max(x: Any, axis: int) -> Any:
    """x minus its maximum along an axis: the largest becomes 0, so that exp cannot overflow.

    Where the maximum is infinite it is the limit: 0 for those that equal it, else -inf.
    """
    highest = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-math.inf)
    infinite = np.isinf(highest)
    if np.count_nonzero(infinite):
        x = np.where(infinite, np.where(x == highest, 0.0, -math.inf).astype(x.dtype), x)
        highest = np.where(infinite, 0, highest)
    return x - highest


nondifferentiable(subtract_max, 1, "axis")  # it is used inside of operations that have rules


def sample(generator: Any, method: str, *parameters: float, shape: Any, dtype: Any = None) -> Any:
    """Random numbers: ``generator.method(*parameters, shape)``, an operation while tracing.

    Args:
        generator: a `numpy.random.Generator`.
        method: "random", "normal", "uniform", ...
        *parameters: numbers, those of the distribution.
        shape: of the result.
        dtype: for methods that take one.

    Returns:
        An array; while a function is compiled, a Tensor.
    """
    keywords: dict[str, Any] = {"parameters": parameters, "shape": shape}
    if dtype is not None:
        keywords["dtype"] = np.dtype(dtype)
    listener: Any = current_context().tape
    if hasattr(listener, "will_draw"):
        listener.will_draw(generator)
    if current_context().tracing is None:
        return drawn(generator, method, **keywords)
    return record(drawn, generator=generator, method=method, **keywords)


def drawn(generator: Any, method: str, parameters: Any, shape: Any, dtype: Any = None) -> Any:
    """Draw for `sample`. While a function is compiled, draw an example from a copy."""
    if current_context().tracing is not None:
        generator = copy.deepcopy(generator)
    chosen = {} if dtype is None else {"dtype": dtype}
    return getattr(generator, method)(*parameters, size=shape, **chosen)


nondifferentiable(drawn, 0, "generator method parameters shape dtype")


def _split_index(index: Any) -> tuple[tuple[Any, ...], list[Any]]:
    """An index with its arrays taken out: (what is left, the arrays)."""
    parts = index if isinstance(index, tuple) else (index,)
    template: list[Any] = []
    arrays: list[Any] = []
    for part in parts:
        if isinstance(part, (list, tuple, range, np.ndarray, np.bool_, Tensor)):
            array = _as_array(part) if isinstance(part, Tensor) else np.asarray(part)
            if isinstance(part, (list, tuple)) and array.size == 0:
                array = array.astype(np.intp)  # an empty list selects nothing
            if array.dtype.kind not in "iub":
                raise IndexError(f"an index must be of integers or booleans, got {array.dtype}")
            template.append(ARRAY)
            arrays.append(array)
        elif part is None or part is Ellipsis or isinstance(part, (slice, int, np.integer)):
            template.append(part)
        elif hasattr(type(part), "__index__"):
            template.append(operator.index(part))
        elif hasattr(type(part), "__array__"):  # of another library, such as a pandas Series
            return _split_index(tuple(np.asarray(p) if p is part else p for p in parts))
        else:
            raise IndexError(
                "an index is made of integers, slices, ..., None and arrays of integers or "
                f"booleans; got {type(part).__name__}"
            )
    return tuple(template), arrays


def _as_array(x: Tensor) -> Tensor:
    """A Tensor that is a Python number, while a function is compiled, as an array."""
    is_array = x.__class__ is SymbolicTensor or isinstance(x._array, np.ndarray)
    return x if is_array else record(np.positive, x)


def _join_index(index: tuple[Any, ...], arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """The index that `_split_index` took apart."""
    remaining = iter(arrays)
    return tuple(next(remaining) if isinstance(part, str) else part for part in index)


@primitive(inlinable=True)
def without_gradient(x: Any) -> Any:
    return x


without_gradient.__name__ = "stop_gradient"
nondifferentiable(without_gradient)


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
    if x.__class__ is SymbolicTensor:
        return without_gradient(x)
    if isinstance(x, Tensor) and current_context().tape is None:
        if x.__class__ is Variable:
            return leaf(x._array.copy())  # assigning to the Variable does not change it
        y = leaf(read_only(x._array))  # holding on to x would keep its whole graph in memory
        return y if x.__class__ is Tensor else carry(y, without_gradient, (x,), {})
    return without_gradient(x)


def with_mask(x: Tensor, mask: Tensor) -> Tensor:
    """The same values with another mask; x keeps its own.

    Args:
        x: a Tensor.
        mask: booleans, with the lengths of the leading axes of x.

    Raises:
        ValueError: for other lengths.
    """
    if mask_of(x) is mask:
        return x
    plain = x.function is None and not x.requires_grad and current_context().tape is None
    y = leaf(x._array) if plain else record(np.copy, x)
    set_mask(y, mask)
    return y


provide(cast=cast, take=take)
