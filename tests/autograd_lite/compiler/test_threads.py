"""Programs on several threads: the same bits, wherever they run and whatever runs beside them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import threads
from autograd_lite.compiler.blocks import cut_of_product
from autograd_lite.compiler.engines.native import native_is_installed
from autograd_lite.openblas import blas_threads, can_rest, set_blas_threads
from autograd_lite.sharing import share

ROOT = Path(__file__).parents[3]
native = pytest.mark.skipif(
    not (native_is_installed() and can_rest()), reason="needs llvmlite and NumPy's OpenBLAS"
)

rng = np.random.default_rng(6)
A, B = (rng.normal(size=shape).astype(np.float32) for shape in ((130, 500), (500, 300)))


def products(a, b):
    """Plain, turned, and of another dtype; rows and columns that no block divides."""
    c = a @ b
    return c, c.T @ a, a.T @ c, (b @ c.T).T, a.astype(np.float64) @ b.astype(np.float64)


@pytest.fixture(scope="module")
def program():
    made = ag.compile(products, engine="native")
    made(A, B)
    return made


@pytest.fixture(autouse=True)
def threads_as_before():
    yield
    ag.set_num_threads(None)


def bits(results):
    return [x.data.tobytes() for x in results]


@pytest.mark.parametrize("shape", [(7, 3, 2), (130, 500, 300), (5000, 9, 5000), (1, 9000, 9000)])
def test_blocks_cover_a_product_once(shape):
    axis, step, count = cut_of_product(*shape)
    length = shape[2] if axis else shape[0]
    assert (count - 1) * step < length <= count * step


def test_a_number_of_threads_is_positive():
    for wrong in (0, -2, 1.5, True):
        with pytest.raises(ValueError, match="at least one thread"):
            ag.set_num_threads(wrong)


def test_the_default_is_that_of_blas():
    before = blas_threads()
    if before is None:
        pytest.skip("NumPy has another BLAS")
    set_blas_threads(1)
    assert ag.num_threads() == 1
    set_blas_threads(before)
    ag.set_num_threads(3)
    assert ag.num_threads() == 3


def test_the_environment_sets_it():
    code = "import autograd_lite as ag; print(ag.num_threads())"

    def printed(text):
        environment = os.environ | {"AUTOGRAD_LITE_NUM_THREADS": text, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", code]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert printed("5").stdout.strip() == "5"
    assert "is no number of threads" in printed("many").stderr


@native
def test_products_are_right(program):
    wide = [np.asarray(x, np.float64) for x in (A, B)]
    for found, expected in zip(program(A, B), products(*wide), strict=True):
        np.testing.assert_allclose(found.data, expected, rtol=1e-3, atol=2e-2)
    assert "share_float32(" in program._latest.engine.native_source
    assert "share_float64(" in program._latest.engine.native_source


@native
def test_the_same_bits_on_any_number_of_threads(program):
    found = []
    for count in (1, 2, 3, 8, 2):
        ag.set_num_threads(count)
        found += [bits(program(A, B)) for _ in range(5)]
    assert all(x == found[0] for x in found)


@pytest.mark.skipif(not can_rest(), reason="needs NumPy's OpenBLAS")
def test_products_of_the_numpy_engine():
    """The same bits on any number of threads, those of stacks NumPy's own."""
    before = blas_threads()
    stacks = np.stack([A, A]), np.stack([B, 2 * B])
    program = ag.compile(lambda a, b, c, d: (*products(a, b), c @ d), engine="numpy")
    found = []
    for count in (1, 2, 3, 8, 2):
        ag.set_num_threads(count)
        found += [bits(program(A, B, *stacks)) for _ in range(5)]
    assert all(each == found[0] for each in found)
    assert blas_threads() == before
    wide = [np.asarray(x, np.float64) for x in (A, B)]
    results = program(A, B, *stacks)
    for x, expected in zip(results, [*products(*wide), stacks[0] @ stacks[1]], strict=True):
        np.testing.assert_allclose(x.data, expected, rtol=1e-3, atol=2e-2)


@pytest.mark.skipif(not can_rest(), reason="needs NumPy's OpenBLAS")
@pytest.mark.parametrize("engine", ["numpy", pytest.param("native", marks=native)])
@pytest.mark.parametrize(("rows", "woken"), [(60, False), (100, True)])
def test_threads_of_blas_rest_where_a_product_is_not_cut(engine, rows, woken, monkeypatch):
    """OpenBLAS wakes threads from 2^18 multiplications on; programs cut larger products only."""
    ag.set_num_threads(2)
    counts = []
    monkeypatch.setattr(threads, "set_blas_threads", counts.append)
    a, b = A[:rows, :50], B[:50, :60]
    w = np.ascontiguousarray(B[:60, :60])

    def loop(a, b):
        return ag.scan(lambda h, x: (np.tanh(h @ w + x), None), a @ b, np.stack([a @ b] * 9))[0]

    def branch(a, b):
        return ag.cond(np.sum(a) > 0, lambda: a @ b, lambda: a @ b * 2)

    # What is in a branch is not known before it is taken: threads rest in any case.
    for f, rest in ((lambda a, b: a @ b, woken), (loop, woken), (branch, True)):
        program = ag.compile(f, engine=engine)
        for _ in range(2):
            counts.clear()
            program(a, b)
            assert (1 in counts) is rest


def test_what_a_block_raises_is_raised_when_all_have_ended():
    ag.set_num_threads(3)
    begun, ended = [], []

    def do(block):
        begun.append(block)
        time.sleep(0.001)
        ended.append(block)
        if block == 2:
            raise ValueError("block 2")

    for _ in range(5):
        with pytest.raises(ValueError, match="block 2"):
            share(9, do)
        assert sorted(begun) == sorted(ended)
    done = []
    share(9, done.append)
    assert sorted(done) == list(range(9))


def attention(x, w):
    q = x @ w
    scores = q @ np.swapaxes(q, 1, 2)
    p = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return np.mean((p @ q) ** 2) + np.mean(np.sum(x * w, axis=0))


@native
def test_parts_of_the_samples_and_their_sums_are_the_same_on_any_number_of_threads():
    """13 parts or so, whose sums no lane divides; 37 samples."""
    x, w = (rng.normal(size=shape).astype(np.float32) for shape in ((37, 96, 96), (96, 96)))
    x, w = x / 10, w / 10
    step = ag.value_and_grad(attention, argnums=(0, 1))
    value, expected = step(x.astype(np.float64), w.astype(np.float64))
    program = ag.compile(step, engine="native")
    found = []
    for count in (1, 2, 3, 16):
        ag.set_num_threads(count)
        for _ in range(3):
            loss, gradients = program(x, w)
            found.append(bits([loss, *gradients]))
    np.testing.assert_allclose(loss.data, value.data, rtol=1e-5)
    for gradient, right in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(gradient.data, right.data, rtol=1e-3, atol=1e-8)
    assert "in_parts" in program._latest.engine.step_source
    assert all(each == found[0] for each in found)


@native
def test_blas_has_its_threads_back(program):
    before = blas_threads()
    set_blas_threads(2)
    program(A, B)
    assert blas_threads() == 2
    set_blas_threads(before)


@native
def test_two_programs_at_the_same_time(program):
    """And a third that computes with NumPy meanwhile."""
    ag.set_num_threads(3)
    other = ag.compile(lambda a, b: (a * 2) @ b, engine="native")
    expected, twice = [bits(program(A, B))], [other(A, B).data.tobytes()]
    before, plain = blas_threads(), []
    for count in (1, 2):  # OpenBLAS's last bits depend on them
        set_blas_threads(count)
        plain.append((A @ B).tobytes())
    wrong = []

    def run(call, known):
        for _ in range(30):
            if call() not in known:
                wrong.append(known)

    calls = [
        (lambda: bits(program(A, B)), expected),
        (lambda: other(A, B).data.tobytes(), twice),
        (lambda: (A @ B).tobytes(), plain),
    ]
    running = [threading.Thread(target=run, args=call) for call in calls]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    set_blas_threads(before)
    assert not wrong


@native
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forks of processes with threads
def test_a_forked_process_has_threads_of_its_own(program):
    ag.set_num_threads(3)
    expected = bits(program(A, B))
    child = os.fork()
    if child == 0:
        os._exit(0 if all(bits(program(A, B)) == expected for _ in range(3)) else 3)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.01)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        pytest.fail("the forked process hangs")
    assert os.waitstatus_to_exitcode(status) == 0
    assert bits(program(A, B)) == expected


SCRIPT = """
import sys, numpy as np, autograd_lite as ag
ag.set_num_threads(3)
f = ag.compile(lambda a, b: a @ b, engine="native")
a = np.ones((256, 512), np.float32)
f(a, a.T)
print("ready", flush=True)
if sys.argv[1] == "go on":
    while True:
        f(a, a.T)
"""


@native
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_process_ends_and_can_be_interrupted():
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def started(how):
        command = [sys.executable, "-c", SCRIPT, how]
        return subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    ends = started("end")
    ends.communicate(timeout=60)
    assert ends.returncode == 0
    process = started("go on")
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert b"KeyboardInterrupt" in error


@native
@pytest.mark.parametrize("shape", [(2500, 130), (40, 50, 256)])
def test_rows_are_added_up_in_float64_on_any_number_of_threads(shape):
    x = rng.normal(size=shape).astype(np.float32)
    axes = tuple(range(len(shape) - 1))
    made = ag.compile(lambda x: np.sum(x, axis=axes), engine="native")
    found = []
    for count in (1, 2, 3):
        ag.set_num_threads(count)
        found.append(made(x).data)
    exact = np.sum(x.astype(float), axis=axes)
    for y in found:
        np.testing.assert_array_equal(y, found[0])
        # One rounding to float32 (Higham, 2002); those in float64 are 2**-29 of it.
        assert (np.abs(y - exact) <= 2.0**-24 * 1.001 * np.abs(exact) + 1e-9).all()
    assert "together(" in made._latest.engine.native_source
