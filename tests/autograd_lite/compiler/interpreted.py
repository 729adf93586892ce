"""Native source run as plain Python: what is written is tested without the time to compile it."""

import ctypes
import math

import numpy as np

from autograd_lite.compiler.engines.native import engine, source
from autograd_lite.compiler.loops import panel_product


def array_at(address, shape, dtype):
    """The array that lies at an address."""
    count = math.prod(shape)
    memory = (ctypes.c_char * (count * np.dtype(dtype).itemsize)).from_address(int(address))
    return np.frombuffer(memory, dtype).reshape(shape)


def matrix(address, turn, rows, columns, width, dtype):
    """A matrix as BLAS reads it: in rows (111), or its transpose in rows (112)."""
    if turn == 112:
        return matrix(address, 111, columns, rows, width, dtype).T
    flat = array_at(address, ((rows - 1) * width + columns,), dtype)
    size = flat.itemsize
    return np.lib.stride_tricks.as_strided(flat, (rows, columns), (width * size, size))


def product(dtype):
    """The product of two matrices, in place of a call of BLAS."""

    def multiply(_, m, n, k, a, turn_a, lda, b, turn_b, ldb, c, ldc, keep):
        first, second = matrix(a, turn_a, m, k, lda, dtype), matrix(b, turn_b, k, n, ldb, dtype)
        out = matrix(c, 111, m, n, ldc, dtype)
        out[...] = first @ second + (out if keep else 0)

    return multiply


def product_with_vector(dtype):
    """Likewise of a matrix and a vector."""

    def multiply(_, turn, m, n, a, lda, x, step, y, keep):
        first = matrix(a, 111, m, n, lda, dtype)
        first = first if turn == 111 else first.T
        vector = array_at(x, ((first.shape[1] - 1) * step + 1,), dtype)[::step]
        out = array_at(y, (len(first),), dtype)
        out[...] = first @ vector + (out if keep else 0)

    return multiply


def times_panels(_, rows, inner, a, lda, panels, count, c, ldc):
    """The product with a matrix in panels, in place of a call of native code."""
    from autograd_lite.compiler.engines.native.panels import WIDTH

    first = matrix(a, 111, rows, inner, lda // 4, np.float32)
    second = array_at(panels, (count, inner, WIDTH), np.float32)
    out = matrix(c, 111, rows, count * WIDTH, ldc // 4, np.float32)
    out[...] = panel_product(first, second)


def draw(words, count, target):
    """The routine that is the first of the words, which stays native code."""
    CALLED(int(array_at(words, (1,), np.int64)[0]))(int(words), count, int(target))


class Numbers:
    """`math` for NumPy's numbers, which overflow without an error."""

    inf, nan = math.inf, math.nan

    def __getattr__(self, name):
        return getattr(np, name)


MEANINGS = {
    "np": np,
    "math": Numbers(),
    "array_at": array_at,
    "accumulate": lambda total, x: total + x,
    "accumulate_product": lambda total, a, b: total + a * b,
    "multiply_float32": product(np.float32),
    "multiply_float64": product(np.float64),
    "multiply_vector_float32": product_with_vector(np.float32),
    "multiply_vector_float64": product_with_vector(np.float64),
    "call_native": times_panels,
    "draw": draw,
    "exp_beside_1": np.exp,
    "exp_float32": np.exp,
    "log_float32": np.log,
    "log1p_float32": np.log1p,
    "tanh_float32": np.tanh,
}


CALLED = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3)


def together(team, code, table, count, most):
    for part in range(count):
        CALLED(int(code))(int(table), part, 0)


def interpret(monkeypatch):
    """From now on run native functions as Python; return them, in a list that grows."""
    written, alive = [], []

    def made(functions):
        written.extend(functions)
        found = []
        for function in functions:
            namespace = MEANINGS | {"together": together}
            exec(compile(function.text(), f"<{function.name}>", "exec"), namespace)
            alive.append(CALLED(namespace[function.name]))
            found.append(ctypes.cast(alive[-1], ctypes.c_void_p).value)
        return found

    monkeypatch.setattr(engine, "_compiled", made)
    monkeypatch.setattr(source.Address, "__call__", lambda _: 0)
    return written
