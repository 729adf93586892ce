"""Operations with loops of their own, row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_lite.compiler.program import Value
from autograd_lite.primitives import gather, scatter_add, subtract_max

__all__ = ["ROW_BY_ROW"]

Names = Callable[[Value, Any], str]
Extent = Callable[[int], str]


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


ROW_BY_ROW: dict[Any, Callable[[Value, Names, Extent], list[str]]] = {
    subtract_max: _subtract_max,
    gather: _gather,
    scatter_add: _scatter_add,
}
