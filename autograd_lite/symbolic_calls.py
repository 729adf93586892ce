"""Calls on symbolic Tensors: each is made for batches of two lengths, and kept to be made again.

A call is kept as the user wrote it, ``np.concatenate([a, b], -1)`` or a layer with its arguments,
so that on data exactly that is called.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from autograd_lite.context import changed, first_steps
from autograd_lite.fields import Fields, FrozenFields, frozen
from autograd_lite.masks import annotate, mask_of, note_of
from autograd_lite.recording import call as call_on_tensors
from autograd_lite.symbolic import (
    BATCHES,
    LENGTH,
    LENGTH_READ,
    Call,
    Made,
    Shape,
    SymbolicTensor,
    holds_symbolic,
    name_of,
    parts_of,
)
from autograd_lite.table import Plain, composite, function_name, lookup
from autograd_lite.tape import line_text, user_line
from autograd_lite.tensor import Tensor, leaf
from autograd_lite.tree import flatten, unflatten

FEW = 16  # elements of an array that are looked at one by one
EXAMPLE_STEPS = 3  # of loops over steps: the others are like these


@frozen
class Length(FrozenFields):
    """A number that follows from the number of samples: factor * samples + rest."""

    factor: int
    rest: int

    def of(self, samples: int) -> int:
        """The number for a batch of that length."""
        return self.factor * samples + self.rest


@frozen
class Repeated(Fields):
    """An array that repeats one row for each sample along an axis: of `np.zeros(len(x))`, say."""

    row: Any
    axis: int

    def of(self, samples: int) -> Any:
        """The array for a batch of that length."""
        shape = list(self.row.shape)
        shape[self.axis] = samples
        return np.broadcast_to(self.row, shape)


def record_call(
    function: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    evaluate: Callable[[tuple[Any, ...], dict[str, Any]], Any],
) -> Call:
    """Record one call: find its outputs for batches of two lengths.

    Args:
        function: what is called.
        args: its positional arguments, symbolic Tensors among them.
        kwargs: its keyword arguments, likewise.
        evaluate: calls it on examples in the place of symbolic Tensors: Tensors of zeros.

    Raises:
        TypeError: for outputs that do not follow from shapes, and for constants that were computed
            from the number of samples otherwise than this can follow.
    """
    args, kwargs = _general(args), _general(kwargs)
    one, other = (_evaluated(function, args, kwargs, evaluate, i) for i in range(2))
    leaves, others = flatten(one), flatten(other)
    if not leaves or len(leaves) != len(others) or not all(map(_is_array, [*leaves, *others])):
        raise _values_needed(function, "returns something else than arrays")
    made: list[Made] = []
    for x, y in zip(leaves, others, strict=True):
        if x.ndim != y.ndim or x.dtype != y.dtype:
            raise _values_needed(
                function, f"gives {x.shape} for 2 samples and {y.shape} for 3, of other axes"
            )
        made.append(((x.shape, y.shape), x.dtype, note_of(x)))
    return Call(function, args, kwargs, unflatten(one, range(len(made))), made)


def _is_array(x: Any) -> bool:
    return isinstance(x, (Tensor, np.ndarray))


def _values_needed(function: Any, how: str) -> TypeError:
    return TypeError(
        f"{name_of(function)} cannot be called on a symbolic Tensor, since it {how}: its shape "
        "follows from values, or from Python. Put it into a layer of your own, or a Lambda. Here: "
        f"{line_text(user_line())}"
    )


# -- examples --------------------------------------------------------------------------------------


def _filled(tree: Any, of_tensor: Callable[[SymbolicTensor], Any], samples: int) -> Any:
    """Arguments with values in the place of symbolic Tensors and of what follows from lengths."""

    def value(x: Any) -> Any:
        if isinstance(x, SymbolicTensor):
            return of_tensor(x)
        return x.of(samples) if isinstance(x, (Length, Repeated)) else x

    return map_arguments(value, tree)


def _evaluated(function: Any, args: Any, kwargs: Any, evaluate: Any, which: int) -> Any:
    """The outputs for the first or the second length of batches."""
    last: Exception | None = None
    for kind in (np.zeros, _identity, np.ones):  # zeros have no inverse, and are no weights

        def example(x: SymbolicTensor, kind: Any = kind) -> Tensor:
            shape, dtype = x.lengths[which], x.dtype
            # As many are selected by a mask as there are samples, so that it shows.
            array = np.full(shape, which, bool) if dtype.kind == "b" else kind(shape, dtype)
            return annotate(leaf(array), x.note)

        given = _filled([args, kwargs], example, BATCHES[which])
        try:
            around = changed(recording=False, scope=None)
            with around, first_steps(EXAMPLE_STEPS), np.errstate(all="ignore"):
                return evaluate(*given)
        except (np.linalg.LinAlgError, ArithmeticError) as error:
            last = error
        except Exception as error:
            raise _tried(error, function, [args, kwargs], given) from error
    assert last is not None
    raise _tried(last, function, [args, kwargs], given) from last


def _identity(shape: Shape, dtype: Any) -> Any:
    array = np.zeros(shape, dtype)
    array[...] = np.eye(shape[-2], shape[-1]) if len(shape) > 1 else 1
    return array


def _tried(error: Exception, function: Any, symbolic: Any, given: Any) -> Exception:
    """An error on an example, which says what was tried."""
    shapes = [
        ", ".join(str(x.shape) for x in parts_of(tree) if isinstance(x, Tensor))
        for tree in (symbolic, given)
    ]
    said = (
        f"{name_of(function)} was called on something symbolic of shape {shapes[0]}, and tried on "
        f"{shapes[1]}. Here: {line_text(user_line())}"
    )
    for kind in (TypeError, ValueError, IndexError, KeyError):
        if isinstance(error, kind):
            return kind(f"{error}. {said}")
    error.add_note(said)
    return error


# -- what follows from the number of samples -------------------------------------------------------


def _general(tree: Any) -> Any:
    """Arguments that hold for any number of samples; constant arrays are copied."""
    return map_arguments(_general_part, tree)


def _general_part(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return _general_array(x)
    if LENGTH_READ.line is None or isinstance(x, (bool, np.bool)):
        return x
    if isinstance(x, (int, np.integer)):
        factor, rest = divmod(int(x) + LENGTH // 2, LENGTH)
        rest -= LENGTH // 2
        if factor > 0 and abs(rest) < LENGTH // 8:
            return Length(factor, rest)
    if isinstance(x, (int, float, np.number)) and _follows_from_length(x):
        _refuse_number()
    return x


def _general_array(x: Any) -> Any:
    if LENGTH_READ.line is None:
        return x.copy()
    if LENGTH not in x.shape:
        if x.size <= FEW and x.dtype.kind in "fiu" and any(map(_follows_from_length, x.flat)):
            _refuse_number()
        return x.copy()
    axis = x.shape.index(LENGTH)
    row = np.take(x, [0], axis=axis)
    if not np.array_equal(x, np.broadcast_to(row, x.shape), equal_nan=x.dtype.kind == "f"):
        raise TypeError(
            f"an array with another row for each sample cannot be part of a model: it was computed "
            f"from the number of samples, len(x) in {line_text(LENGTH_READ.line)}, which differs "
            "from batch to batch. Compute it from x, np.cumsum(np.ones_like(x[:, 0])) for "
            f"np.arange(len(x)) say, or in a Lambda. It is used here: {line_text(user_line())}"
        )
    return Repeated(row, axis)


def _follows_from_length(x: Any) -> bool:
    """Return whether a number is one that `len` leads to: a fraction, a root, a logarithm."""
    size = abs(float(x))
    if not math.isfinite(size) or size == 0:
        return False
    off = 1.01 / LENGTH if isinstance(x, (int, np.integer)) else 1e-6  # of a quotient rounded down
    if any(_is_simple(size / power, off if power == LENGTH else 1e-6) for power in _POWERS):
        return True
    return any(math.isclose(size, f(LENGTH), rel_tol=1e-6) for f in (math.log, math.log2))


_POWERS = (LENGTH, 1 / LENGTH, math.sqrt(LENGTH), 1 / math.sqrt(LENGTH), LENGTH**2, LENGTH**-2)


def _is_simple(ratio: float, off: float) -> bool:
    """Return whether a number is a fraction of small integers, or off by that much."""
    return 1 / 64 < ratio < 64 and any(
        abs(ratio * q - round(ratio * q)) < q * off for q in range(1, 13)
    )


def _refuse_number() -> NoReturn:
    assert LENGTH_READ.line is not None
    raise TypeError(
        "a number that was computed from the number of samples cannot be part of a model, since "
        f"that differs from batch to batch: len(x) in {line_text(LENGTH_READ.line)}. A length "
        "itself is followed, x.reshape(len(x), -1) or x / len(x); write np.mean(x, axis=0) for a "
        "mean over samples, or compute it in a Lambda, nn.layers.Lambda(lambda x: x / len(x)**0.5)."
        f" It is used here: {line_text(user_line())}"
    )


# -- structures: those of a tree, and slices -------------------------------------------------------


def map_arguments(f: Callable[[Any], Any], x: Any) -> Any:
    """`f` of every part of arguments; unlike `map_tree` it looks into slices, and not into None."""
    kind = type(x)
    if kind is slice:
        return slice(map_arguments(f, x.start), map_arguments(f, x.stop), map_arguments(f, x.step))
    if isinstance(x, (list, tuple)):
        parts = [map_arguments(f, part) for part in x]
        return kind(*parts) if hasattr(x, "_fields") else kind(parts)
    if isinstance(x, dict):
        return {key: map_arguments(f, part) for key, part in x.items()}
    return f(x)


# -- functions -------------------------------------------------------------------------------------


def evaluate_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function of the table on Tensors, as NumPy's protocols would."""
    if holds_symbolic(args) or (kwargs and holds_symbolic(kwargs)):
        return _apply_symbolic(function, args, kwargs)
    return call_on_tensors(function, args, kwargs)


def _apply_symbolic(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A function of the table on symbolic Tensors."""
    entry = lookup(function)
    if isinstance(entry, Plain):
        return _answered(function, entry, args, kwargs)
    if function in _OF_VALUES:
        raise _values_needed(function, "gives as many elements as values say")
    if function in (np.reshape, np.broadcast_to):
        args = (*args[:1], *map(_with_lengths, args[1:2]), *args[2:])
        kwargs = {name: _with_lengths(x) if name == "shape" else x for name, x in kwargs.items()}
    with warnings.catch_warnings():  # about zeros, which say nothing of real inputs
        warnings.simplefilter("ignore")
        evaluate = functools.partial(evaluate_function, function)
        return record_call(function, args, kwargs, evaluate).outputs()


# The zeros of an example would say something about their shapes that does not hold. (A mask of
# booleans selects other numbers in the two examples.)
_OF_VALUES: tuple[Any, ...] = (
    np.unique, np.unique_values, np.unique_counts, np.unique_all, np.unique_inverse, np.bincount,
    np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d, np.trim_zeros, np.extract, np.polymul,
    np.polydiv,
)  # fmt: skip


def _with_lengths(shape: Any) -> Any:
    """A shape in which None, the first length of ``x.shape``, is the number of samples."""
    if not isinstance(shape, (tuple, list)):
        return shape
    return tuple(Length(1, 0) if n is None else n for n in shape)


def _answered(function: Any, entry: Plain, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Answer a question about shapes and dtypes alone."""
    symbolic = next(x for x in parts_of([args, kwargs]) if isinstance(x, SymbolicTensor))
    name = f"np.{function_name(function)}(x)"
    if function is np.shape:
        return symbolic.shape
    if entry.instead is not None:
        symbolic.refuse(name, entry.instead)
    evaluate = functools.partial(evaluate_function, function)
    answers = [_evaluated(function, _general(args), _general(kwargs), evaluate, i) for i in (0, 1)]
    if not np.array_equal(*answers):
        symbolic.refuse(name)
    return answers[0]


composite(mask_of)(lambda x: mask_of(x))  # so that a mask may be part of a model
SymbolicTensor._apply = staticmethod(_apply_symbolic)
