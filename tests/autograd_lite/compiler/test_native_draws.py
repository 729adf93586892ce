"""Random numbers in native code: what NumPy's generator gives, and the state that it is left in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed

pytestmark = pytest.mark.skipif(not native_is_installed(), reason="needs llvmlite")

BITS = [np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64]
DRAWS: list[tuple[str, tuple[float, ...], Any]] = [
    ("random", (), np.float32),
    ("random", (), np.float64),
    ("standard_normal", (), np.float32),
    ("standard_normal", (), None),
    ("normal", (1.5, 0.3), None),
    ("uniform", (-0.1, 0.7), None),
]


class Own(np.random.PCG64):
    """Another class of bit generator, though it gives the same numbers."""


def native(f: Callable[..., Any]) -> Any:
    return ag.compile(f, engine="native")


def is_whole(compiled: Any) -> bool:
    """Return whether NumPy computes nothing in the program of a compiled function."""
    (made,) = compiled._specializations.values()
    return made.engine.circuit is not None


@pytest.mark.parametrize("bits", [*BITS, Own])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_numbers_and_the_state_are_those_of_numpy(bits: Any, size: int) -> None:
    ours, plain = (np.random.Generator(bits(3)) for _ in range(2))

    def f(x: Any) -> list[Any]:
        made = []
        for method, parameters, dtype in DRAWS:
            drawn = ag.sample(ours, method, *parameters, shape=(size, 3), dtype=dtype)
            made.append(drawn * x.astype(drawn.dtype))
        return made

    compiled = native(f)
    for _ in range(3):
        found = compiled(np.ones(()))
        for x, (method, parameters, dtype) in zip(found, DRAWS, strict=True):
            own = {} if dtype is None else {"dtype": dtype}
            expected = getattr(plain, method)(*parameters, size=(size, 3), **own)
            np.testing.assert_array_equal(x.data, expected, strict=True)
        assert str(ours.bit_generator.state) == str(plain.bit_generator.state)
        assert ours.random(dtype=np.float32) == plain.random(dtype=np.float32)  # half of a word
    assert is_whole(compiled)


def test_a_state_that_is_put_back_gives_the_same_numbers() -> None:
    ours = np.random.default_rng(0)
    compiled = native(lambda x: x + ag.sample(ours, "random", shape=5, dtype=np.float32))
    x = np.zeros(5, np.float32)
    compiled(x)
    before = ours.bit_generator.state
    first = compiled(x).data
    ours.bit_generator.state = before
    np.testing.assert_array_equal(compiled(x).data, first)
    assert is_whole(compiled)


def test_a_generator_that_gets_another_bit_generator() -> None:
    ours, plain = np.random.default_rng(0), np.random.default_rng(1)
    compiled = native(lambda x: x + ag.sample(ours, "random", shape=5))
    compiled(np.zeros(5))
    ours.__init__(np.random.PCG64(1))  # type: ignore[misc]
    np.testing.assert_array_equal(compiled(np.zeros(5)).data, plain.random(5))


class Half(np.random.Generator):
    """A generator with a method of its own."""

    def random(self, *given: Any, **how: Any) -> Any:
        return super().random(*given, **how) / 2


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_a_generator_whose_method_is_its_own_is_asked(engine: str) -> None:
    ours, plain = (np.random.Generator(np.random.PCG64(1)) for _ in range(2))
    half = Half(ours.bit_generator)
    compiled = ag.compile(lambda x: x * ag.sample(half, "random", shape=5), engine=engine)
    np.testing.assert_array_equal(compiled(np.ones(5)).data, plain.random(5) / 2)


def test_what_native_code_does_not_draw_is_drawn_by_numpy_in_its_turn() -> None:
    ours, plain = np.random.default_rng(2), np.random.default_rng(2)

    def f(x: Any) -> Any:
        a = ag.sample(ours, "random", shape=5, dtype=np.float32)
        b = ag.sample(ours, "integers", 0, 9, shape=5)
        c = ag.sample(ours, "random", shape=5, dtype=np.float32)
        return x * a, x * b.astype(np.float32), x * c

    compiled = native(f)
    for _ in range(2):
        a, b, c = (x.data for x in compiled(np.ones(5, np.float32)))
        np.testing.assert_array_equal(a, plain.random(5, np.float32))
        np.testing.assert_array_equal(b, plain.integers(0, 9, 5))
        np.testing.assert_array_equal(c, plain.random(5, np.float32))
    assert not is_whole(compiled)


def test_the_lock_of_a_generator_is_waited_for() -> None:
    ours, other = np.random.default_rng(4), np.random.default_rng(5)
    compiled = native(
        lambda x: x + ag.sample(ours, "random", shape=5) + ag.sample(other, "random", shape=5)
    )
    compiled(np.ones(5))
    state = ours.bit_generator.state
    found = []
    thread = threading.Thread(target=lambda: found.append(compiled(np.ones(5))))
    with ours.bit_generator.lock:
        thread.start()
        thread.join(0.2)
        assert not found
        assert ours.bit_generator.state == state
    thread.join()
    assert found
    assert ours.bit_generator.lock.acquire(blocking=False)  # and it was given back
    ours.bit_generator.lock.release()


def test_threads_that_draw_from_one_generator_share_its_numbers() -> None:
    ours, plain = np.random.default_rng(6), np.random.default_rng(6)
    several = [native(lambda x: x + ag.sample(ours, "random", shape=1000)) for _ in range(3)]
    rows: list[Any] = []

    def run(f: Any) -> None:
        for _ in range(30):
            rows.append(f(np.zeros(1000)).data)

    for f in several:
        rows.append(f(np.zeros(1000)).data)
    threads = [threading.Thread(target=run, args=(f,)) for f in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = plain.random((93, 1000))
    np.testing.assert_array_equal(sorted(map(tuple, rows)), sorted(map(tuple, expected)))
