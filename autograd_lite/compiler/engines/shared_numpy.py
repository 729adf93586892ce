"""NumPy as a program of large products sees it: `np.matmul` computes them in blocks, on threads."""

from __future__ import annotations

import functools
import math
from types import ModuleType
from typing import Any

import numpy as np

from autograd_lite.arrays import address_of
from autograd_lite.compiler.blocks import LEAST_WORK, MOST_BLOCKS, cut_of_product
from autograd_lite.compiler.control.cond import branched
from autograd_lite.compiler.loops import loop_of, parted
from autograd_lite.compiler.program import Program, Value
from autograd_lite.openblas import can_rest
from autograd_lite.sharing import share

# Multiplications of a block: to wake a thread of Python takes longer than one in native code.
LEAST_IN_PYTHON = 8_000_000
# From so many multiplications on OpenBLAS computes a product by threads of its own, which wait for
# each other: beside busy programs for whole time slices, a thousand times as long as they compute.
LEAST_OF_OPENBLAS = 1 << 18


def shares_work(program: Program) -> bool:
    """Return whether a program has work that is cut, and BLAS can do without its threads."""
    return can_rest() and any(
        value.function is parted
        or ((loop := loop_of(value)) is not None and loop.part is not None)
        or (value.function is np.matmul and value.size * _inner(value) >= 2 * LEAST_WORK)
        for value in program.body
    )


def wakes_blas(program: Program) -> bool:
    """Return whether BLAS has threads of its own, which can rest, and would wake them for a product
    of a program or of its loops, or may do so in a branch.
    """
    return can_rest() and any(map(_wakes_blas, program.body))


def _wakes_blas(value: Value) -> bool:
    loop = loop_of(value)
    if loop is not None:
        return wakes_blas(loop.body)
    if value.function is np.matmul:
        return math.prod(value.shape[-2:]) * _inner(value) > LEAST_OF_OPENBLAS
    return value.function is branched


def _inner(value: Value) -> int:
    shape = getattr(value.inputs[0], "shape", ())
    return int(shape[-1]) if shape else 1


def in_place_of_its_own() -> dict[str, Any]:
    """The names that a source has of its own, and what stands for them where threads share."""
    return {"np": numpy_that_shares(), "each_part": each_part}


def each_part(parts: Any, memory: Any, free: list[Any], *whole: Any) -> None:
    """The helper of a source: do something for each part, in memory that is free."""
    given = list(parts)

    def do(number: int) -> None:
        try:
            part = free.pop()
        except IndexError:
            part = memory()
        with np.errstate(all="ignore"):  # each thread has a state of its own
            part(*given[number], *whole)
        free.append(part)

    share(len(given), do)


@functools.cache
def numpy_that_shares() -> ModuleType:
    """The module."""
    module = ModuleType("numpy")
    vars(module).update(vars(np))
    vars(module)["matmul"] = multiply
    return module


def multiply(a: Any, b: Any, out: Any = None, **keywords: Any) -> Any:
    """`np.matmul`; into an array that is given, in blocks."""
    if out is not None and not keywords and a.ndim == b.ndim > 1:
        # Of a matrix and its own transpose NumPy computes one half: that is not cut.
        if a.ndim == 2 and address_of(a) != address_of(b):
            return _in_blocks(a, b, out)
        if a.ndim > 2 and a.shape[0] == b.shape[0] == len(out) > 0:
            return _stack_by_stack(a, b, out)
    return np.matmul(a, b, out=out, **keywords)


def _in_blocks(a: Any, b: Any, out: Any) -> Any:
    if a.shape[0] * a.shape[1] * b.shape[1] < 2 * LEAST_IN_PYTHON:
        return np.matmul(a, b, out=out)
    axis, step, blocks = cut_of_product(a.shape[0], a.shape[1], b.shape[1])

    def do(block: int) -> None:
        part = slice(block * step, (block + 1) * step)
        if axis:
            np.matmul(a, b[:, part], out=out[:, part])
        else:
            np.matmul(a[part], b, out=out[part])

    share(blocks, do)
    return out


def _stack_by_stack(a: Any, b: Any, out: Any) -> Any:
    work = math.prod(out.shape) * a.shape[-1]
    blocks = max(1, min(work // LEAST_IN_PYTHON, MOST_BLOCKS, len(out)))
    step = -(-len(out) // blocks)

    def do(block: int) -> None:
        part = slice(block * step, (block + 1) * step)
        np.matmul(a[part], b[part], out=out[part])

    share(-(-len(out) // step), do)
    return out
