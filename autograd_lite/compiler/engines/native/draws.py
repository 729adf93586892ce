"""Random numbers in native code: the ones that NumPy's generator would give, and no others.

A program draws from the generator's own stream, which goes on where Python left it, and which
Python goes on with. Numbers are made by the functions of NumPy's C interface, so that any bit
generator will do. Only the uniform ones of PCG64, which generators are made of unless one asks for
another, have a loop of their own, which calls nothing for each of them: it takes a sixth of the
time. While a program draws it holds the generator's lock, as NumPy does.
"""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.compiler.engines.native.cache import compiled
from autograd_lite.compiler.engines.native.intrinsics import (
    array_at,
    call_distribution,
    call_native,
    high_product,
)
from autograd_lite.compiler.operations import is_drawn_by_numpy
from autograd_lite.compiler.program import Value

NAMES = ("pcg64", "filled", "of_two")
SOURCE = f"from {__name__} import {', '.join(NAMES)}\n"
# Functions of NumPy that fill an array; those of float32 end with "_f".
FILLING = {
    "random": "random_standard_uniform_fill",
    "standard_normal": "random_standard_normal_fill",
}
# Functions of NumPy that give a number of a distribution with two parameters.
OF_TWO = {"normal": "random_normal", "uniform": "random_uniform"}
# The words of a draw: what fills an array; NumPy's generator; a function; two numbers of it.
WORDS = 5
ROUTINE, GENERATOR, FUNCTION, FIRST, SECOND = range(WORDS)
# The words of PCG64: the factor of each step (O'Neill, 2014), as NumPy has it.
FACTOR_HIGH, FACTOR_LOW = 0x2360ED051FC65DA4, 0x4385DF649FCCF645
HALF = 8  # bytes from the address of the state to the half of a number that was kept
SINGLE, DOUBLE = 2.0**-24, 2.0**-53


# -- native code -----------------------------------------------------------------------------------


def draw(words: int, count: int, target: int) -> None:
    """Fill an array.

    Args:
        words: the address of the words of the draw.
        count: of numbers.
        target: the address of the array.
    """
    call_native(array_at(words, (WORDS,), np.int64)[ROUTINE], words, count, target)


def pcg64(words: int, count: int, target: int) -> None:
    """Fill with numbers from 0 to below 1: of float32, or if the first number is not 0 of float64.

    One of float32 takes half of a word; the half that is left is kept for the next one.
    """
    given = array_at(words, (WORDS,), np.int64)
    at = array_at(given[GENERATOR], (1,), np.int64)[0]
    state = array_at(array_at(at, (1,), np.int64)[0], (4,), np.uint64)
    kept = array_at(at + HALF, (2,), np.uint32)
    wide = given[FIRST] != 0
    singles = array_at(target, (count,), np.float32)
    doubles = array_at(target, (count,), np.float64)
    start = 0
    if not wide and kept[0] != 0:
        singles[0] = np.float32(np.int32(kept[1] >> 8)) * np.float32(SINGLE)
        kept[0], start = 0, 1
    low, high, next_low, next_high = state[0], state[1], state[2], state[3]
    word = np.uint64(0)
    steps = count if wide else (count - start + 1) // 2
    for i in range(steps):
        high = high_product(low, FACTOR_LOW) + low * FACTOR_HIGH + next_high + high * FACTOR_LOW
        low = low * FACTOR_LOW + next_low
        high = high + np.uint64(low < next_low)
        turned, word = high >> 58, high ^ low
        word = (word >> turned) | (word << ((64 - turned) & 63))
        if wide:
            doubles[i] = np.float64(np.int64(word >> 11)) * DOUBLE
        else:
            place = start + 2 * i
            singles[place] = np.float32(np.int32((word & 0xFFFFFFFF) >> 8)) * np.float32(SINGLE)
            if place + 1 < count:
                singles[place + 1] = np.float32(np.int32(word >> 40)) * np.float32(SINGLE)
    state[0], state[1] = low, high
    if not wide and steps > 0:
        kept[0], kept[1] = (count - start) % 2, word >> 32


def filled(words: int, count: int, target: int) -> None:
    """Have NumPy's function fill an array."""
    given = array_at(words, (WORDS,), np.int64)
    call_native(given[FUNCTION], given[GENERATOR], count, target)


def of_two(words: int, count: int, target: int) -> None:
    """Fill an array of float64 with what NumPy's function of two parameters gives."""
    given, out = array_at(words, (WORDS,), np.int64), array_at(target, (count,), np.float64)
    for i in range(count):
        number = call_distribution(given[FUNCTION], given[GENERATOR], given[FIRST], given[SECOND])
        out[i] = number


# -- which draws, and their words ------------------------------------------------------------------


def is_drawn_natively(value: Value) -> bool:
    """Return whether native code makes a draw: of a distribution that is known here."""
    return (
        is_drawn_by_numpy(value)
        # A lock that cannot be taken twice would be waited for where NumPy draws in a program, too.
        and isinstance(value.keywords["generator"].bit_generator.lock, type(threading.RLock()))
        and all(isinstance(x, (int, float)) for x in value.keywords["parameters"])
        and value.dtype in (np.float32, np.float64)
        and value.order is None
        and value.size > 0
        and _function(value) != ("", 0)
    )


def _function(value: Value) -> tuple[str, int]:
    """The routine of a draw, and the address of NumPy's function; ("", 0) where there is none."""
    method, bits = value.keywords["method"], value.keywords["generator"].bit_generator
    if method == "random" and type(bits) is np.random.PCG64 and _knows_pcg64():
        return "pcg64", 0
    name, routine = OF_TWO.get(method, ""), "of_two"
    if method in FILLING:
        suffix = "_f" if value.dtype == np.float32 else ""
        name, routine = f"{FILLING[method]}{suffix}", "filled"
    address = _address_in_numpy(name) if name else 0
    return (routine, address) if address else ("", 0)


@functools.cache
def _address_in_numpy(name: str) -> int:
    """The address of a function of NumPy's C interface; 0 where the library does not show it."""
    try:
        library = ctypes.CDLL(np.random._generator.__file__)
        return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
    except (AttributeError, OSError):
        return 0


@functools.cache
def _knows_pcg64() -> bool:
    """Return whether PCG64 lies in memory as `pcg64` reads it."""
    bits = np.random.PCG64(0)
    np.random.Generator(bits).random(dtype=np.float32)
    at = ctypes.c_int64.from_address(_address_of(bits)).value
    words = (ctypes.c_uint64 * 4).from_address(ctypes.c_int64.from_address(at).value)
    low, high, next_low, next_high = words
    known: Any = bits.state
    return [*(ctypes.c_uint32 * 2).from_address(at + HALF)] == [
        known["has_uint32"],
        known["uinteger"],
    ] and known["state"] == {"state": high << 64 | low, "inc": next_high << 64 | next_low}


def _address_of(bits: Any) -> int:
    """The address of what NumPy's functions are given of a bit generator."""
    found = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
    address: int = found(("PyCapsule_GetPointer", ctypes.pythonapi))(bits.capsule, b"BitGenerator")
    return address


@dataclass(eq=False)
class WordsOf:
    """Stands for the words of a draw among the arguments of `make`."""

    value: Value

    def __call__(self) -> Any:
        """The words, in this process."""
        routine, function = _function(self.value)
        start = compiled(SOURCE, NAMES)[NAMES.index(routine)]
        given = self.value.keywords
        numbers = [float(x) for x in given["parameters"]]
        if given["method"] == "uniform":
            numbers[1] -= numbers[0]  # NumPy's function takes the width
        numbers = [*numbers, 0.0, 0.0][:2]
        if routine == "pcg64":
            numbers[0] = float(self.value.dtype == np.float64)
        words = [start, _address_of(given["generator"].bit_generator), function]
        return np.array([*words, *np.array(numbers).view(np.int64)], np.int64)


# -- locks -----------------------------------------------------------------------------------------


class Locked:
    """The context in which bit generators are drawn from natively, around another context.

    Locks are taken in one order, whoever takes them, so that no two programs wait for each other.

    Args:
        bits: the bit generators.
        inside: the context to enter then.
    """

    def __init__(
        self, bits: Iterable[np.random.BitGenerator], inside: AbstractContextManager[Any]
    ) -> None:
        self._locks = [each.lock for each in sorted(bits, key=id)]
        self._inside = inside

    def __enter__(self) -> None:
        taken = 0
        try:
            for lock in self._locks:
                lock.acquire()
                taken += 1
            self._inside.__enter__()
        except BaseException:
            self._release(taken)
            raise

    def __exit__(self, *error: Any) -> None:
        try:
            self._inside.__exit__(*error)
        finally:
            self._release(len(self._locks))

    def _release(self, count: int) -> None:
        for lock in self._locks[:count][::-1]:
            lock.release()
