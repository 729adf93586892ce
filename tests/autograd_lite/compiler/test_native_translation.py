"""Native code means what Python means, and what it does not take is refused."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import numpy as np
import pytest

from autograd_lite.arrays import address_of
from autograd_lite.compiler.engines.native import native_is_installed
from tests.autograd_lite.compiler.interpreted import CALLED, MEANINGS

pytestmark = pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")

HEAD = """
import math
import numpy as np
from autograd_lite.compiler.engines.native.intrinsics import accumulate_product, array_at
"""
# Of a and b, whole numbers, and x and y, floats. Each result is a float64.
EXPRESSIONS = [
    "a // b", "a % b", "a // 7", "a % 7", "a - b * 3", "-a", "abs(a)", "a & b", "a | b", "a >> 1",
    "a << 2", "min(a, b)", "max(a, b)", "a < b", "a <= b < 5", "not a", "(a == b) + (a != b)",
    "a > 0 and b > 0", "a > 0 or b > 0", "a if a > b else b", "x / y", "x * a", "x - y + a",
    "abs(x)", "-x", "x if x < y else 0", "math.sqrt(abs(x))", "math.exp(x)", "math.sin(x)",
    "math.tanh(x)", "math.log1p(abs(x))", "math.expm1(x)", "math.copysign(x, y)", "np.floor(x)",
    "np.ceil(x)", "abs(x) ** y", "math.isinf(x)", "x != x", "np.float32(x)", "np.int8(a % 100)",
    "np.uint8(abs(a) % 200)", "np.float32(x) * np.float32(y)", "bool(a)", "(a, b)[1]",
    "2 + 3 * 4 - 1 // 2",
]  # fmt: skip


def compiled(text, count=1):
    """Functions of a source, called by their address."""
    from autograd_lite.compiler.engines.native.machine import code_of, load

    names = [f"f{i}" for i in range(count)]
    symbols = {name: f"{name}_{abs(hash(text))}" for name in names}
    return [CALLED(at) for at in load(code_of(HEAD + text, symbols), [*symbols.values()])]


def expected(text):
    namespace = dict(MEANINGS)
    exec(text, namespace)
    return namespace["f0"]


def test_expressions_are_pythons():
    lines = [f"    out[{i}] = {text}" for i, text in enumerate(EXPRESSIONS)]
    text = (
        "def f0(address, a, b):\n"
        f"    out = array_at(address, ({len(EXPRESSIONS)},), np.float64)\n"
        "    x = out[0]\n    y = out[1]\n" + "\n".join(lines)
    )
    (native,) = compiled(text)
    for a, b, x, y in [
        (7, 3, 0.5, 2.0),
        (-7, 3, -1.25, 3.0),
        (-8, -3, 2.5, -0.5),
        (300, 7, -0.0, 1.0),
    ]:
        found, wanted = np.zeros((2, len(EXPRESSIONS)))
        for out, function in ((found, native), (wanted, expected(text))):
            out[:2] = x, y
            with np.errstate(all="ignore"):
                function(address_of(out), a, b)
        np.testing.assert_allclose(found, wanted, rtol=1e-15, err_msg=str((a, b, x, y)))


VIEWS = """
def f0(address, a, b):
    x = array_at(address, (2, 3, 4), np.float32)
    out = array_at(address + 96, (4, 3, 2), np.float32)
    turned, row, last = x.T, x[1, ..., 1:3], x[..., -1]
    for i in range(4):
        for j in range(3):
            for k in range(2):
                out[i, j, k] = turned[i, j, k] + row[j, k] * 10 + last[k, 2 - j] * 100
    flat = out.reshape((24,))
    swapped = x.transpose((0, 2, 1))[:, None, 1]
    for i in range(5, -1, -2):
        flat[i] += swapped[1, 0, i // 2]
    found = 0
    total = np.float32(0)
    while True:
        total = accumulate_product(total, flat[found], flat[found])
        found += 1
        if found == a:
            break
    own = np.zeros(3)
    for i in range(b):
        own[i] += i * 0.5
    flat[23], flat[22] = total, own[2]
"""


def test_looks_at_arrays_and_loops_are_numpys():
    arrays = [np.arange(48, dtype=np.float32) for _ in range(2)]
    for array, function in zip(arrays, (compiled(VIEWS)[0], expected(VIEWS)), strict=True):
        function(address_of(array), 3, 3)
    np.testing.assert_array_equal(*arrays)
    assert arrays[0][47] > 0


DELETED = """
def f0(address, a, b):
    out = array_at(address, (3,), np.float64)
    n, row = a + 1, out[1:]
    out[0], row[0] = n, 2.5
    del n, row
    for i in range(2):
        row = out[i:]
        n = 0.5 * row[0]
        row[1] += n
"""


def test_a_deleted_name_may_stand_for_something_else_in_a_loop():
    """As the names of one nest of loops do in the next."""
    out = np.zeros(3)
    compiled(DELETED)[0](address_of(out), 3, 0)
    assert out.tolist() == [4.0, 4.5, 2.25]


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ("x = 0\n    for i in range(a):\n        x = 0.5", "x has one dtype"),
        # of a name that another loop used before
        (
            "for i in range(a):\n        x = 0.5\n"
            "    for i in range(a):\n        for j in range(a):\n            x = 0.5\n"
            "            for k in range(a):\n                x = 1",
            "x has one dtype",
        ),
        ("x = out\n    for i in range(a):\n        x = out[1:]", "x is an array"),
        ("x = [a for a in range(3)]", "no ListComp"),
        ("with out:\n        pass", "no With"),
        ("out[0] = sum(out)", "sum"),
        ("for i in range(0, 3, a):\n        pass", "steps are known"),
        ("out[0] = np.uint64(a) + a", "uint64 and int64"),
        ("out[0] = 'text'", "'text'"),
        ("y = out.T.reshape((2, 3))", "in order"),
        ("out[0] = missing", "missing"),
    ],
)
def test_what_native_code_does_not_take_is_refused(body, match):
    text = f"def f0(address, a, b):\n    out = array_at(address, (2, 3), np.float64)\n    {body}\n"
    with pytest.raises((TypeError, KeyError), match=match):
        compiled(text)


def test_a_step_is_called_with_the_interpreters_lock_released():
    """Otherwise a callback into Python, which takes the lock, would never return."""
    from autograd_lite.compiler.engines.native.circuit import Circuit

    seen = []
    callback = CALLED(lambda *given: seen.append(given))
    at = ctypes.cast(callback, ctypes.c_void_p).value
    table, arguments = np.zeros(2, np.int64), [SimpleNamespace(), SimpleNamespace()]
    function = SimpleNamespace(given={"number": arguments[1], "array": arguments[0]})
    step = Circuit(arguments, [function], [at], [table], [], None, None).ready()
    array = np.zeros(3, np.float32)
    assert step(array, 0.1) == 0
    assert seen == [(address_of(table), 0, 0)]
    assert table.tolist() == [np.float64(0.1).view(np.int64), address_of(array)]
