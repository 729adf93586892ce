"""`SymbolicTensor`: a Tensor that stands for any batch. It has a shape and a dtype, and no values.

What NumPy does to it is recorded as ever (`symbolic_calls`); the record is replayed on data later.
Its first length is unknown, so everything is computed for batches of two lengths, `BATCHES`, and a
length that differs between them is shown as None. ``len(x)`` has to be a number: it is `LENGTH`,
which stands for the number of samples wherever it, or a multiple of it, occurs in the record.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from autograd_lite.length_formulas import formula_of_length
from autograd_lite.masks import Mask, Note, mask_of
from autograd_lite.table import function_name
from autograd_lite.tape import is_users, line_text, user_line
from autograd_lite.tensor import NO_KEYWORDS, Tensor, new_stamp
from autograd_lite.tree import map_tree

Shape = tuple[int, ...]
Made = tuple[tuple[Shape, Shape], "np.dtype[Any]", Note | None]

BATCHES = (2, 3)
LENGTH = 99_991  # the largest prime below 100,000, so that nothing else is a multiple of it


class _Read:
    """The line that asked for a `len` last, while there is one."""

    line: tuple[str, int] | None = None


LENGTH_READ = _Read()


class SymbolicTensor(Tensor):
    """A shape and a dtype that stand for any batch, and the call that made it.

    Args:
        call: of a layer or a function, which made it.
        index: which of the call's outputs it is.

    Attributes:
        call: as given.
        index: likewise.
        lengths: its shape for batches of 2 and of 3 samples.
        shape: None for a length that is not known.
        note: what is known of its mask, if it has one.

    Example:
        >>> import nn
        >>> nn.Input((28, 28, 1))
        <symbolic Tensor 'input_layer' shape=(None, 28, 28, 1) dtype=float32>
    """

    __slots__ = ("call", "index", "lengths", "note", "values_dtype")

    call: Call
    index: int
    lengths: tuple[Shape, Shape]
    note: Note | None
    values_dtype: np.dtype[Any]

    def __init__(self, call: Call, index: int) -> None:
        self.call, self.index = call, index
        self.lengths, self.values_dtype, self.note = call.made[index]
        self.function = call.function
        self.inputs = tuple(call.tensors)
        self.keywords = NO_KEYWORDS
        self.requires_grad = False
        self._grad = self.scope = None
        self.seen = ()
        self.stamp = new_stamp()

    # -- what it is --------------------------------------------------------------------------------

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the layer or the function that made it."""
        return name_of(self.call.function)

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes, None where they are not known: the number of samples is not."""
        return tuple(n if n == m else None for n, m in zip(*self.lengths, strict=True))  # type: ignore[misc]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self.values_dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.lengths[0])

    @property
    def itemsize(self) -> int:
        """The bytes that one element takes."""
        return self.values_dtype.itemsize

    @property
    def size(self) -> int:
        """The number of elements, where no length is unknown."""
        if None in self.shape:
            self.refuse("x.size", "x.shape has the lengths that are known; np.mean(x) a mean")
        return int(np.prod(self.lengths[0], dtype=int))

    @property
    def nbytes(self) -> int:
        """The bytes of all elements, where no length is unknown."""
        return self.size * self.itemsize

    @property
    def mask(self) -> Any:
        """Its mask, as a symbolic Tensor; None if it has none."""
        return self._apply(mask_of, (self,), {}) if isinstance(self.note, Mask) else None

    _keras_mask = mask  # as Keras's guides read it

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of unsized object")
        one, other = (lengths[0] for lengths in self.lengths)
        if one == other:
            return one
        found = affine(one, other)
        if found is None:
            self.refuse("len(x)", "Write -1 for one length of a reshape, x.reshape(-1, 4)")
        formula = is_users(frame := sys._getframe(1)) and formula_of_length(frame, holds_symbolic)
        if formula:
            self.refuse(f"{formula}, computed from len(x),", _FORMULA)
        LENGTH_READ.line = user_line()
        return found[0] * LENGTH + found[1]

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim or None in self.shape[:1]:
            self.refuse(
                "iterating over it",
                "Compute with whole batches; the elements along another axis are x[:, i]",
            )
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"<symbolic Tensor {self.name!r} shape={self.shape} dtype={self.dtype}>"

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        self.refuse("a pickle", "Pickle the model that is made of it")

    # -- NumPy's protocols -------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs or method != "__call__":
            return self._apply(getattr(np.ufunc, method), (ufunc, *inputs), kwargs)
        return self._apply(ufunc, inputs, kwargs)

    # -- there are no values -----------------------------------------------------------------------

    @property
    def _array(self) -> Any:
        self.refuse("this")

    @property  # type: ignore[misc]
    def data(self) -> Any:
        """Raise: there are no values."""
        self.refuse("x.data")

    @property  # type: ignore[misc]
    def grad(self) -> Any:
        """Raise: there are no values to differentiate at."""
        self.refuse("x.grad")

    def refuse(self, what: str, instead: str = "") -> NoReturn:
        """Raise for something that needs values.

        Args:
            what: the expression.
            instead: what to write; by default, what gives values.

        Raises:
            TypeError: always.
        """
        raise TypeError(
            f"{what} needs values, but {self!r} is symbolic: it stands for "
            f"{self.call.described()} on any batch. "
            + (instead or "Make a model of it and call that on data: nn.Model(inputs, x)(data)")
            + f". Here: {line_text(user_line())}"
        )


class Call:
    """One call of a function or a layer on symbolic Tensors.

    Args:
        function: what was called.
        args: its positional arguments: Tensors, symbolic or not, in lists, tuples and dicts;
            `Length` and `Repeated` for what follows from the number of samples; other values.
        kwargs: its keyword arguments, likewise.
        structure: of what it returns, with a number in the place of each output.
        made: of each output the shapes, for batches of `BATCHES`, the dtype, a note of its mask.

    Attributes:
        tensors: the Tensors among the arguments.
        line: the user's line.
        stamp: its place in the order of creation, as of Tensors.
    """

    def __init__(
        self,
        function: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        structure: Any,
        made: list[Made],
    ) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self.structure, self.made = structure, made
        self.tensors = [x for x in parts_of([args, kwargs]) if isinstance(x, Tensor)]
        self.line = user_line()
        self.stamp = new_stamp()

    def outputs(self) -> Any:
        """Make symbolic Tensors of its outputs, in their structure."""
        return map_tree(lambda index: SymbolicTensor(self, index), self.structure)

    def described(self) -> str:
        """The call, for a message."""
        name = name_of(self.function)
        kind = type(self.function).__name__
        return f"what {name!r} ({kind}) gives" if kind != name else f"what {name} gives"


def parts_of(tree: Any) -> Iterator[Any]:
    """Every part of arguments, the ends of slices too."""
    if isinstance(tree, (list, tuple)):
        for part in tree:
            yield from parts_of(part)
    elif isinstance(tree, dict):
        yield from parts_of(list(tree.values()))
    elif isinstance(tree, slice):
        yield from (tree.start, tree.stop, tree.step)
    else:
        yield tree


def name_of(function: Any) -> str:
    """The name of a layer; of a function, its own."""
    name = getattr(function, "name", None)
    return name if isinstance(name, str) else function_name(function)


def affine(one: int, other: int) -> tuple[int, int] | None:
    """The (factor, rest) of a length that is factor * samples + rest; None if it is not."""
    factor = other - one  # other unknown lengths shrink from the one to the other
    return (factor, one - factor * BATCHES[0]) if factor > 0 else None


def holds_symbolic(tree: Any) -> bool:
    """Return whether there is a symbolic Tensor in a structure of lists, tuples and dicts."""
    kind = tree.__class__
    if kind is np.ndarray or kind is Tensor:
        return False
    if kind is SymbolicTensor:
        return True
    if isinstance(tree, (list, tuple)):
        return any(map(holds_symbolic, tree))
    return isinstance(tree, dict) and any(map(holds_symbolic, tree.values()))


def _refusing(what: str, instead: str = "") -> Callable[..., Any]:
    def refused(self: SymbolicTensor, *args: Any, **kwargs: Any) -> NoReturn:
        self.refuse(what, instead)

    return refused


_FORMULA = (
    "The number of samples differs from batch to batch; the length itself is followed, times a "
    "whole number or plus one. Compute the rest in a Lambda, "
    "nn.layers.Lambda(lambda x: x / (len(x) - 3) ** 0.7)"
)
_BRANCH = "For a branch on values write np.where(condition, a, b)"
_REFUSED = {
    "__float__": ("float(x)", ""),
    "__int__": ("int(x)", ""),
    "__index__": ("an index or a length", "Read elements by np.take or x[index]"),
    "__bool__": ("a branch on x (if, while, and, or, not)", _BRANCH),
    "__array__": (
        "an array of x",
        "NumPy's functions, np.stack([x, y]) say, and layers take it as it is; nn.Model(inputs, x)"
        "(data) gives values",
    ),
    "__contains__": ("`in`", "Write np.any(x == value)"),
    "item": ("x.item()", ""),
    "tolist": ("x.tolist()", ""),
    "numpy": ("x.numpy()", ""),
    "backward": ("x.backward()", ""),
    "zero_grad": ("x.zero_grad()", ""),
}
for _name, (_what, _instead) in _REFUSED.items():
    setattr(SymbolicTensor, _name, _refusing(_what, _instead))
