"""Content held by value: the elements of an array, the state of a generator, a number.

Each class remembers the content of one object, says whether it still has it, and puts it back.
"""

from __future__ import annotations

import functools
import pickle
import random
import weakref
from array import array
from collections.abc import Callable
from typing import Any

import numpy as np

# Values that cannot change, and are compared by value.
ATOMS = frozenset({bool, int, float, complex, str, bytes, type(None), type(...), range, slice})


SMALL = 2**16  # an array of so many bytes is compared in two microseconds, read-only or not


class Content:
    """An object that holds no others: its content, as something that is compared by value.

    Args:
        holder: the object.
        name: what a message calls it.
        read: gives the content.
        write: puts it back.
    """

    __slots__ = ("_before", "_read", "_write", "holder", "name")

    def __init__(
        self,
        holder: Any,
        name: str,
        read: Callable[[Any], Any],
        write: Callable[[Any, Any], None],
    ) -> None:
        self.holder = holder
        self.name = name
        self._read = read
        self._write = write
        self._before = read(holder)

    def holds(self) -> bool:
        """Return whether it still has the same content."""
        return bool(self._read(self.holder) == self._before)

    def restore(self) -> None:
        """Give it the content that it had."""
        if not self.holds():
            self._write(self.holder, self._before)

    def changed(self) -> str:
        """Its name for a message."""
        return self.name


class Array:
    """The elements of an array, compared bit by bit; nothing to compare where all is read-only.

    Args:
        holder: the array.
        name: what a message calls it.
    """

    __slots__ = ("_bits", "_direct", "_kind", "_read_only", "holder", "name")

    def __init__(self, holder: Any, name: str) -> None:
        self.holder = holder
        self.name = name
        self._kind = holder.shape, holder.strides, holder.dtype
        self._direct = holder.flags.c_contiguous and holder.dtype.kind in "fiub"
        self._read_only = holder.nbytes > SMALL and _is_read_only(holder)
        self._bits = b"" if self._read_only else self._elements().tobytes()

    def _elements(self) -> Any:
        """As a plain array: a masked one would hide some."""
        return np.asarray(self.holder)

    def holds(self) -> bool:
        """Return whether the elements are the same."""
        array = self.holder
        if (array.shape, array.strides, array.dtype) != self._kind:
            return False
        if self._read_only:
            return not array.flags.writeable
        # With as many bytes as there are, "starts with" is "equals", and copies nothing.
        if self._direct:
            return self._bits.startswith(array)
        return bool(self._elements().tobytes() == self._bits)

    def restore(self) -> None:
        """Give it the elements that it had."""
        shape, _, dtype = self._kind
        if not self.holds() and self.holder.shape == shape and self.holder.dtype == dtype:
            self._elements()[...] = np.frombuffer(self._bits, dtype).reshape(shape)

    def changed(self) -> str:
        """Its name for a message."""
        return f"the elements of the array {self.name}"


class TensorKind:
    """The kind of a Tensor: trained or not, name, shape, dtype, layout; values are read anew.

    Its array is known by a weak reference: a weight that moves into an optimizer's buffer leaves an
    array that nobody needs.

    Args:
        holder: the Tensor.
        name: what a message calls it.
    """

    __slots__ = ("_before", "_data", "holder", "name")

    def __init__(self, holder: Any, name: str) -> None:
        self.holder = holder
        self.name = name
        self._data = _reference_to(holder._array)
        self._before = self._kind()

    def _kind(self) -> tuple[Any, ...]:
        x, data = self.holder, self.holder._array
        if not isinstance(data, np.ndarray):  # a traced number, an operation of several results
            return x.requires_grad, x.name, type(data)
        return x.requires_grad, x.name, data.shape, data.dtype, data.flags.c_contiguous

    def holds(self) -> bool:
        """Return whether it is of the same kind."""
        x, before = self.holder, self._before
        data = x._array
        if data is self._data() and x.requires_grad is before[0] and x.name is before[1]:
            return len(before) == 3 or bool(data.shape == before[2])
        self._data = _reference_to(data)
        return self._kind() == before

    def restore(self) -> None:
        """Nothing: what a function does to Tensors is on the record, or refused."""

    def changed(self) -> str:
        """Its name for a message."""
        return f"{self.name} (trainable, name, shape or dtype)"


def _reference_to(data: Any) -> Callable[[], Any]:
    """A function that returns what a Tensor holds, as long as that is alive if it is an array."""
    return weakref.ref(data) if isinstance(data, np.ndarray) else lambda: data


def exactly_equal(a: Any, b: Any) -> bool:
    """Return whether two values cannot be told apart: one object, or equal atoms of one type."""
    if a is b:
        return True
    kind = type(a)
    if kind is not type(b):
        return False
    if kind in (float, complex):
        return repr(a) == repr(b)
    if kind is slice:
        return exactly_equal((a.start, a.stop, a.step), (b.start, b.stop, b.step))
    if kind in ATOMS or isinstance(a, np.dtype):
        return bool(a == b)
    if kind is tuple:
        return len(a) == len(b) and all(map(exactly_equal, a, b))
    if isinstance(a, np.generic):
        return bool(a.dtype == b.dtype and a.tobytes() == b.tobytes())
    return False


def _is_read_only(array: Any) -> bool:
    """Return whether nobody can write into an array, nor into what it is a view of."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return array is None or isinstance(array, bytes)


def _bytes(thing: Any, name: str) -> Content:
    return Content(thing, name, bytes, _write_bytes)


def _write_bytes(holder: Any, before: bytes) -> None:
    del holder[:]
    holder.extend(before) if isinstance(holder, bytearray) else holder.frombytes(before)


def _generator(thing: Any, name: str) -> Content:
    return Content(thing.bit_generator, name, _state, _set_state)


def _state(bits: Any) -> bytes:
    return pickle.dumps(bits.state)


def _set_state(bits: Any, before: bytes) -> None:
    bits.state = pickle.loads(before)


def _random_state(thing: Any, name: str) -> Content:
    return Content(thing, name, _state_and_spare, _set_state_and_spare)


def _state_and_spare(thing: Any) -> bytes:
    """With the second of two normal numbers, which are drawn in pairs."""
    return pickle.dumps(thing.get_state(legacy=False))


def _set_state_and_spare(thing: Any, before: bytes) -> None:
    thing.set_state(pickle.loads(before))


def _cached(thing: Any, name: str) -> Content:
    return Content(thing, name, _kept, _forget_nothing)


def _kept(cached: Any) -> tuple[int, int]:
    info = cached.cache_info()
    return info.misses, info.currsize


def _forget_nothing(cached: Any, before: tuple[int, int]) -> None:
    """Do nothing: values computed meanwhile may stay."""


def _random(thing: random.Random, name: str) -> Content:
    return Content(thing, name, random.Random.getstate, random.Random.setstate)


GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
Cached: Any = type(functools.cache(len))
# The first that fits.
CONTENTS: tuple[tuple[Any, Callable[[Any, str], Any]], ...] = (
    ((bytearray, array), _bytes),
    (np.random.Generator, _generator),
    (np.random.RandomState, _random_state),
    (random.Random, _random),
    (Cached, _cached),
)
