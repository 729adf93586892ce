"""Operations with loops of their own, row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.compiler.operations import in_order
from autograd_lite.compiler.program import Value
from autograd_lite.primitives import check_bounds, gather, scatter_add, subtract_max

Names = Callable[[Value, Any], str]
Extent = Callable[[int], str]


def has_rows(value: Value) -> bool:
    """Return whether an operation is one that loops over the rows of an array in order."""
    x = value.inputs[0]
    if not isinstance(x, Value) or not in_order(x) or not x.size or not x.shape:
        return False
    if value.function is check_bounds:
        return bool(x.dtype == np.intp)
    if not set(value.keywords) <= {"axis"}:
        return False
    axis, last = value.keywords.get("axis"), len(x.shape) - 1
    if value.function is subtract_max:
        return axis in (-1, last)
    if value.function is not np.argmax and x.dtype != bool:
        return False
    return axis in (-1, last) or (axis is None and value.function is not np.argmax)


def _gather(value: Value, name_of: Names, extent: Extent) -> list[str]:
    table, numbers = value.inputs[0], [name_of(x, None) for x in value.inputs[1:]]
    source, out = name_of(table, None), name_of(value, None)
    if len(numbers) == len(table.shape):
        place = ", ".join(f"{name}[i]" for name in numbers)
        inner = [f"    {out}[i] = {source}[{place}]"]
    else:
        inner = [
            f"    for j in range({value.shape[1]}):",
            f"        {out}[i, j] = {source}[{numbers[0]}[i], j]",
        ]
    return [f"for i in range({extent(value.shape[0])}):", *inner]


def _scatter_add(value: Value, name_of: Names, extent: Extent) -> list[str]:
    source, numbers = value.inputs[0], [name_of(x, None) for x in value.inputs[1:]]
    given, out = name_of(source, None), name_of(value, None)
    whole = name_of(value, (value.size,))
    if len(numbers) == len(value.shape):
        place = ", ".join(f"{name}[i]" for name in numbers)
        inner = [f"    {out}[{place}] += {given}[i]"]
    else:
        inner = [
            f"    for j in range({value.shape[1]}):",
            f"        {out}[{numbers[0]}[i], j] += {given}[i, j]",
        ]
    return [
        f"for i in range({value.size}):",
        f"    {whole}[i] = 0",
        f"for i in range({source.shape[0]}):",
        *inner,
    ]


def _subtract_max(value: Value, name_of: Names, extent: Extent) -> list[str]:
    x = value.inputs[0]
    columns = value.shape[-1]
    rows = extent(value.size // columns)
    source, out = name_of(x, (x.size,)), name_of(value, (value.size,))
    low = f"np.{value.dtype.name}(-math.inf)"
    return [
        f"for i in range({rows}):",
        f"    highest = {low}",
        f"    for j in range({columns}):",
        f"        v = {source}[i * {columns} + j]",
        "        highest = v if (v > highest or v != v) else highest",
        "    if math.isinf(highest):",
        f"        for j in range({columns}):",
        f"            v = {source}[i * {columns} + j]",
        f"            {out}[i * {columns} + j] = 0 if v == highest else {low}",
        "    else:",
        f"        for j in range({columns}):",
        f"            {out}[i * {columns} + j] = {source}[i * {columns} + j] - highest",
    ]


def _argmax(value: Value, name_of: Names, extent: Extent) -> list[str]:
    """The first of the highest; the first NaN, where there is one."""
    rows, columns, source, out = _in_rows(value, name_of, extent)
    return [
        f"for i in range({rows}):",
        f"    place, highest = 0, {source}[i * {columns}]",
        f"    for j in range(1, {columns}):",
        f"        v = {source}[i * {columns} + j]",
        "        if v > highest or (v != v and highest == highest):",
        "            place, highest = j, v",
        f"    {out}[i] = place",
    ]


def _counted(value: Value, name_of: Names, extent: Extent) -> list[str]:
    """Statements that count what is True in a row, or tell if it is one, or all."""
    rows, columns, source, out = _in_rows(value, name_of, extent)
    found = {np.any: "counted > 0", np.all: f"counted == {columns}"}
    return [
        f"for i in range({rows}):",
        "    counted = 0",
        f"    for j in range({columns}):",
        f"        counted += {source}[i * {columns} + j]",
        f"    {out}[i] = {found.get(value.function, 'counted')}",
    ]


def _in_rows(value: Value, name_of: Names, extent: Extent) -> tuple[str, int, str, str]:
    """Of a reduction: rows, columns, and the names of what is reduced and of the result."""
    x = value.inputs[0]
    columns = x.size if value.keywords.get("axis") is None else x.shape[-1]
    rows = extent(x.size // columns)
    return rows, columns, name_of(x, (x.size,)), name_of(value, (value.size,))


def checked_rows(
    value: Value, name_of: Names, extent: Extent, status: str, number: int
) -> list[str]:
    """Numbers of rows, copied if all are below a count; else the function ends there.

    Args:
        value: of `check_bounds`.
        name_of: names arrays.
        extent: writes the length of a loop.
        status: where the number of the check, and what failed it, are written.
        number: of this check, from 1.
    """
    source, out = (name_of(x, (x.size,)) for x in (value.inputs[0], value))
    return [
        f"for i in range({extent(value.size)}):",
        f"    if not 0 <= {source}[i] < {value.keywords['count']}:",
        f"        {status}[0], {status}[1] = {number}, {source}[i]",
        "        return",
        f"    {out}[i] = {source}[i]",
    ]


# Reductions, and what is like them: see `has_rows`.
OVER_ROWS = (subtract_max, np.argmax, np.count_nonzero, np.any, np.all)
ROW_BY_ROW: dict[Any, Callable[[Value, Names, Extent], list[str]]] = {
    subtract_max: _subtract_max,
    gather: _gather,
    scatter_add: _scatter_add,
    np.argmax: _argmax,
    **dict.fromkeys((np.count_nonzero, np.any, np.all), _counted),
}
