"""`Circuit`: a step that is native as a whole, ready to run: once, or for many batches."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from autograd_lite.arrays import address_of
from autograd_lite.compiler.engines.native import driver
from autograd_lite.compiler.engines.native.arrays import NativeFunction
from autograd_lite.compiler.engines.native.cache import compiled
from autograd_lite.compiler.program import Value
from autograd_lite.minibatches import MiniBatches


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
        found = _table(calls, 4), _table(points, 2)
        self._alive = tables, guard, found
        self._words = words_of(*found, self._given, self._status)
        self._arguments, self.kept = arguments, kept
        self._guard = (0, 0) if guard is None else (address_of(guard), guard.nbytes)
        self._rooms: dict[int, Any] = {}

    def ready(self) -> Any:
        """The function that does a step, given arrays and floats."""
        return callable_step(self._words)

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
        _, run_many, copier = _drivers()
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


def words_of(calls: Any, points: Any, given: Any, status: Any) -> Any:
    """The words of a program, as `driver.step` reads them; what they point to has to outlive them.

    Args:
        calls: a table of calls.
        points: a table of places that differ from run to run.
        given: room for what is given in a run.
        status: what a check that fails writes to.
    """
    python = ctypes.pythonapi
    called = python.PyEval_SaveThread, python.PyEval_RestoreThread, python.PyLong_FromLongLong
    addresses = [ctypes.cast(function, ctypes.c_void_p).value for function in called]
    counted = [len(calls), address_of(calls), len(points), address_of(points)]
    return np.array([*counted, address_of(given), address_of(status), *addresses], np.int64)


def callable_step(words: Any) -> Any:
    """The function of Python that does a step, given arrays and floats."""
    made = ctypes.pythonapi.PyCFunction_NewEx
    made.restype, made.argtypes = (
        ctypes.py_object,
        [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p],
    )
    return made(ctypes.addressof(_drivers()[0]), words, None)


class _Method(ctypes.Structure):
    """Python's `PyMethodDef`."""

    _fields_: ClassVar[Any] = [
        ("name", ctypes.c_char_p), ("code", ctypes.c_void_p), ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]  # fmt: skip


POSITIONAL = 0x80  # METH_FASTCALL


@functools.cache
def _drivers() -> tuple[Any, Any, int]:
    """`driver.step`, as Python calls it, `driver.run_many`, and the address of `copy_rows`."""
    source = f"from {driver.__name__} import copy_rows, run_many, step\n"
    once, many, copier = compiled(source, ["step", "run_many", "copy_rows"])
    _require_layout()
    word = ctypes.c_int64
    run_many = ctypes.CFUNCTYPE(word, *[word] * 14)(many)
    return _Method(b"step", once, POSITIONAL, None), run_many, copier


def _require_layout() -> None:
    """Raise unless arrays and floats have their content where `driver.step` reads it."""
    array, number = np.zeros(1), 0.1
    at = (ctypes.c_int64.from_address(id(x) + driver.HEAD).value for x in (array, number))
    if [*at] != [address_of(array), np.float64(number).view(np.int64)]:
        raise RuntimeError("this Python keeps arrays and floats otherwise than CPython does")
