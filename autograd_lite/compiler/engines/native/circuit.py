"""`Circuit`: a step that is native as a whole, ready to run: once, or for many batches."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Sequence
from typing import Any

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
        status: where a check that fails says so.

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
        self._calls, self._points = _table(calls, 4), _table(points, 2)
        self._given = np.zeros(max(len(arguments), 1), np.int64)
        self._status = status
        self._alive = tables, guard
        self._arguments, self.kept = arguments, kept
        self._guard = _table([(0, 0) if guard is None else (address_of(guard), guard.nbytes)], 2)[0]
        self._rooms: dict[int, Any] = {}

    def ready(self) -> tuple[Any, ...]:
        """The functions that a step calls, and what they are given."""
        run, _ = _drivers()
        return pointing(self._arguments), run, self._calls, self._points, self._given

    @property
    def repeats(self) -> bool:
        """True if it can run for many batches."""
        return bool(self.kept) and all(x.kind == "argument" for x in self._arguments)

    def over(self, batches: MiniBatches, numbers: Sequence[Any], results: Sequence[Any]) -> int:
        """Run for one batch after the other.

        Args:
            batches: of the first arguments.
            numbers: for each other argument its values, one for each run.
            results: arrays to be filled, with one more axis in front of each result.

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
        rows = _NONE if batches.rows is None else batches.rows[batches.start :]
        kept = [
            (address_of(x), address_of(to), x.nbytes)
            for x, to in zip(self.kept, results, strict=True)
        ]
        _, run_many = _drivers()
        done: int = run_many(
            self._calls,
            self._points,
            self._given,
            self._status,
            _table(moving, 3),
            _table(gathered, 3),
            rows,
            batches.size,
            _table(kept, 3),
            self._guard,
            batches.count,
        )
        self._status[0] = 0
        return done

    def _room(self, i: int) -> Any:
        """The memory that the rows of an argument are gathered in."""
        if i not in self._rooms:
            self._rooms[i] = np.empty(self._arguments[i].shape, self._arguments[i].dtype)
        return self._rooms[i]


_NONE = np.zeros(0, np.int64)


def _table(rows: Sequence[Sequence[int]], width: int) -> Any:
    return np.array(rows, np.int64).reshape(-1, width)


@functools.cache
def _drivers() -> list[Any]:
    """`driver.run` and `driver.run_many` as machine code."""
    from numba import types

    flat, table = (types.Array(types.int64, n, "C") for n in (1, 2))
    once = (table, table, flat, flat)
    many = (*once, table, table, flat, types.int64, table, flat, types.int64)
    signatures = [types.int64(*once), types.int64(*many)]
    return compiled(inspect.getsource(driver), ["run", "run_many"], signatures)


def pointing(given: Sequence[Value]) -> Any:
    """The machine code that writes the addresses of arrays, and numbers, into a table."""
    import numba
    from numba import types

    lines: list[str] = []
    signature: list[Any] = [types.Array(types.int64, 1, "C")]
    for i, x in enumerate(given):
        if x.kind == "number":
            lines.append(f"table.view(np.float64)[{i}] = a{i}")
            signature.append(types.float64)
        else:
            lines.append(f"table[{i}] = a{i}.ctypes.data")
            signature.append(types.Array(numba.from_dtype(x.dtype), len(x.shape), "C"))
    arguments = "".join(f", a{i}" for i in range(len(given)))
    body = "\n".join(f"    {line}" for line in lines or ["pass"])
    text = f"import numpy as np\n\n\ndef point(table{arguments}):\n{body}\n"
    (made,) = compiled(text, ["point"], [types.void(*signature)])
    return made
