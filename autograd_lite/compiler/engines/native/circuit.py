"""`Circuit`: a step that is native as a whole, ready to run: once, or for many batches."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.lib.array_utils import byte_bounds

from autograd_lite.arrays import address_of
from autograd_lite.compiler.engines.native import driver
from autograd_lite.compiler.engines.native.arrays import NativeFunction
from autograd_lite.compiler.engines.native.cache import compiled
from autograd_lite.compiler.program import Value
from autograd_lite.minibatches import MiniBatches

Slot = tuple[Any, str, Any]


class Circuit:
    """The calls of a step, as the driver reads them.

    Args:
        arguments: of the program.
        functions: in the order in which they are called, then those that these call.
        addresses: of the machine code of the ones that are called.
        tables: of each function.
        kept: the arrays of the results; none if they do not stay the same ones.
        guard: the array of what has to be finite; None without.
        status: where a check that fails says so; None without checks.

    Attributes:
        kept: as given.
    """

    def __init__(
        self,
        arguments: Sequence[Value],
        functions: Sequence[NativeFunction],
        addresses: Sequence[int],
        tables: Sequence[Any],
        kept: Sequence[Any],
        guard: Any,
        status: Any,
    ) -> None:
        place = {id(x): i for i, x in enumerate(arguments)}
        points = [
            (address_of(table) + 8 * i, place[id(x)])
            for function, table in zip(functions, tables, strict=True)
            for i, x in enumerate(function.given.values())
        ]
        # The driver calls no function part by part: the part is 0, the thread the first one.
        calls = [(at, address_of(t), 0, 0) for at, t in zip(addresses, tables, strict=False)]
        self._given = np.zeros(max(len(arguments), 1), np.int64)
        self._status = np.zeros(1, np.int64) if status is None else status
        self._words = np.zeros(driver.WORDS, np.int64)
        self._words[driver.GIVEN] = address_of(self._given)
        self._words[driver.STATUS] = address_of(self._status)
        self._words[driver.SAVE : driver.INTEGER + 1] = _addresses_of_python()
        self._alive: list[Any] = [tables, guard]
        self._point_to(driver.CALLS, calls, 4)
        self._point_to(driver.POINTS, points, 2)
        self._arguments, self.kept = arguments, kept
        self._guard = (0, 0) if guard is None else (address_of(guard), guard.nbytes)
        self._rooms: dict[int, Any] = {}

    def _point_to(self, place: int, rows: Sequence[Sequence[int]], width: int) -> None:
        """Make a table that two words tell of: the number of rows, and the address."""
        self._alive.append(table := _table(rows, width))
        self._words[place : place + 2] = len(table), address_of(table)

    def ready(self) -> Any:
        """The function that does a step, given arrays and floats."""
        return _callable(_drivers()[0], self._words)

    def ready_if_known(self, slots: Sequence[Slot], changed: Sequence[Any]) -> Any:
        """The function that does a step, given any objects, if arguments are of the program's
        shapes and dtypes, lie in order and apart from what the step changes, and slots hold what
        they hold now. It returns 0, or another number: then nothing was done.

        Args:
            slots: the objects, the names of the slots, and what these hold.
            changed: the arrays that a step changes.
        """
        self._alive += [slots, shapes := [np.array(x.shape, np.int64) for x in self._arguments]]
        self._point_to(driver.FORMS, list(map(_form, self._arguments, shapes)), 5)
        self._point_to(driver.SLOTS, [(address_of_slot(x, n), id(y)) for x, n, y in slots], 2)
        self._point_to(driver.SPANS, [byte_bounds(x) for x in changed], 2)
        return _callable(_drivers()[1], self._words)

    def forget_failure(self) -> None:
        """Let the next run begin without the check that failed in this one."""
        self._status[0] = 0

    @property
    def repeats(self) -> bool:
        """True if it can run for many batches."""
        return bool(self.kept) and all(x.kind == "argument" for x in self._arguments)

    def over(
        self, batches: MiniBatches, numbers: Sequence[Any], results: Sequence[Any], team: int
    ) -> int:
        """Run for one batch after the other.

        Args:
            batches: of the first arguments.
            numbers: for each other argument its values, one for each run.
            results: arrays to be filled, with one more axis in front of each result.
            team: the address of the team that shares what is large; 0 without one.

        Returns:
            The number of runs that have changed something, as `driver.run_many`.
        """
        moving, gathered = [], []
        for i, array in enumerate(batches.arrays):
            width = array.nbytes // len(array)
            if batches.rows is None:
                first = address_of(array) + batches.start * width
                moving.append((i, first, width * batches.size))
                continue
            room = self._room(i)
            gathered.append((address_of(array), width, address_of(room)))
            self._given[i] = address_of(room)
        for i, values in enumerate(numbers, len(batches.arrays)):
            moving.append((i, address_of(values), values.itemsize))
        kept = [
            (address_of(x), address_of(to), x.nbytes)
            for x, to in zip(self.kept, results, strict=True)
        ]
        tables = [_table(rows, 3) for rows in (moving, gathered, kept)]
        first, second, third = ((address_of(table), len(table)) for table in tables)
        rows = 0 if batches.rows is None else address_of(batches.rows[batches.start :])
        _, _, run_many, copier = _drivers()
        done: int = run_many(
            address_of(self._words), *first, *second, rows, batches.size, *third, *self._guard,
            batches.count, team, copier,
        )  # fmt: skip
        self._status[0] = 0
        return done

    def _room(self, i: int) -> Any:
        """The memory that the rows of an argument are gathered in."""
        if i not in self._rooms:
            self._rooms[i] = np.empty(self._arguments[i].shape, self._arguments[i].dtype)
        return self._rooms[i]


def _table(rows: Sequence[Sequence[int]], width: int) -> Any:
    return np.array(rows, np.int64).reshape(-1, width)


def _form(x: Value, shape: Any) -> Sequence[int]:
    """An argument as `driver.is_known` reads it."""
    if x.kind == "number":
        return id(float), 0, -1, 0, 0
    dtype = np.dtype(x.dtype.type)  # the one object that almost all arrays of this dtype have
    dtype = dtype if dtype == x.dtype else x.dtype
    nbytes = x.size * dtype.itemsize
    return id(np.ndarray), id(dtype), len(shape), address_of(shape), nbytes


def address_of_slot(thing: Any, name: str) -> int:
    """Where an object keeps what a slot of its class, or of a base of that, holds."""
    (owner,) = (kind for kind in type(thing).__mro__ if name in vars(kind))
    return id(thing) + _place_of_slot(owner, name)


@functools.cache
def _place_of_slot(owner: type, name: str) -> int:
    """The bytes from the beginning of an object of a class to a slot."""
    probe: Any = object.__new__(owner)
    mark = object()
    setattr(probe, name, mark)
    places = range(driver.HEAD, owner.__basicsize__, 8)
    (place,) = (i for i in places if _word(id(probe) + i) == id(mark))
    return place


def _word(address: int) -> int:
    return ctypes.c_int64.from_address(address).value


@functools.cache
def _addresses_of_python() -> list[int]:
    """Where the functions of Python are that the driver calls, in the order of its words."""
    python = ctypes.pythonapi
    called = python.PyEval_SaveThread, python.PyEval_RestoreThread, python.PyLong_FromLongLong
    return [ctypes.cast(function, ctypes.c_void_p).value or 0 for function in called]


def _callable(method: Any, words: Any) -> Any:
    """A function of Python that calls one of the driver's with these words."""
    made = ctypes.pythonapi.PyCFunction_NewEx
    made.restype, made.argtypes = (
        ctypes.py_object,
        [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p],
    )
    return made(ctypes.addressof(method), words, None)


class _Method(ctypes.Structure):
    """Python's `PyMethodDef`."""

    _fields_: ClassVar[Any] = [
        ("name", ctypes.c_char_p), ("code", ctypes.c_void_p), ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]  # fmt: skip


POSITIONAL = 0x80  # METH_FASTCALL


@functools.cache
def _drivers() -> tuple[Any, Any, Any, int]:
    """`driver.step` and `driver.step_if_known`, as Python calls them, `driver.run_many`, and the
    address of `copy_rows`.
    """
    names = ["step", "step_if_known", "run_many", "copy_rows"]
    once, known, many, copier = compiled(
        f"from {driver.__name__} import {', '.join(names)}\n", names
    )
    _require_layout()
    word = ctypes.c_int64
    return (
        _Method(b"step", once, POSITIONAL, None),
        _Method(b"step_if_known", known, POSITIONAL, None),
        ctypes.CFUNCTYPE(word, *[word] * 14)(many),
        copier,
    )


def _require_layout() -> None:
    """Raise unless arrays and floats have their content where the driver reads it."""
    array, number = np.zeros((2, 3)), 0.1
    at = [_word(id(x) + driver.HEAD) for x in (array, number)]
    kinds = [_word(id(x) + driver.KIND) for x in (array, number)]
    shape = ctypes.c_int64 * 2
    lengths = [*shape.from_address(_word(id(array) + driver.AT_SHAPE))]
    rank = ctypes.c_int32.from_address(id(array) + driver.RANK).value
    flags = [
        ctypes.c_int32.from_address(id(x) + driver.FLAGS).value & driver.IN_ORDER
        for x in (array, array[:, :2], array.view(np.uint8)[:, 1:9].view(float)[0])
    ]
    found = [*at, *kinds, *lengths, rank, _word(id(array) + driver.DTYPE), *flags]
    bits, dtype = np.float64(number).view(np.int64), id(np.dtype(float))
    content = [address_of(array), bits, id(np.ndarray), id(float), 2, 3, 2, dtype]
    if found != [*content, 0x101, 0x100, 0x001]:
        raise RuntimeError("this Python keeps arrays and floats otherwise than CPython does")
