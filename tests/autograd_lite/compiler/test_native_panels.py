"""Products with matrices in panels, held against products in float64."""

from __future__ import annotations

import ctypes
import importlib.util

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed
from autograd_lite.compiler.loops import panel_product

pytestmark = pytest.mark.skipif(not native_is_installed(), reason="needs llvmlite")

rng = np.random.default_rng(11)


def in_panels(b, width):
    return np.ascontiguousarray(b.reshape(len(b), -1, width).transpose(1, 0, 2))


def times_panels(a, b, out):
    """``out[...] = a @ b`` by native code; `a` may be some columns of a matrix."""
    from autograd_lite.compiler.engines.native.panels import WIDTH, address_of_times_panels

    call = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 8)(address_of_times_panels())
    panels = in_panels(b, WIDTH)
    rows, inner = a.shape
    at = [x.ctypes.data for x in (a, panels, out)]
    call(rows, inner, at[0], a.strides[0], at[1], len(panels), at[2], out.strides[0])


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 6, 7, 11, 13, 64])
@pytest.mark.parametrize(("inner", "panels"), [(1, 1), (3, 2), (64, 4), (257, 1), (600, 3)])
def test_any_number_of_rows_and_terms(rows, inner, panels):
    from autograd_lite.compiler.engines.native.panels import WIDTH

    whole = rng.normal(size=(rows, inner + 5)).astype(np.float32)
    a = whole[:, 2 : inner + 2]
    b = rng.normal(size=(inner, panels * WIDTH)).astype(np.float32)
    around = np.full((rows + 2, panels * WIDTH + 3), 7, np.float32)
    times_panels(a, b, around[1:-1, 1:-2])
    exact = a.astype(float) @ b.astype(float)
    # Each term is rounded at most once for its product and once for each later sum (Higham, 2002).
    u = 2.0**-24
    bound = (inner + 1) * u / (1 - (inner + 1) * u) * (np.abs(a).astype(float) @ np.abs(b))
    assert (np.abs(around[1:-1, 1:-2] - exact) <= bound).all()
    around[1:-1, 1:-2] = 7
    assert (around == 7).all()  # nothing beside the result is written to


def test_each_row_is_the_same_whatever_stands_beside_it():
    from autograd_lite.compiler.engines.native.panels import WIDTH

    a = rng.normal(size=(13, 300)).astype(np.float32)
    b = rng.normal(size=(300, 2 * WIDTH)).astype(np.float32)
    whole, one = (np.empty((n, 2 * WIDTH), np.float32) for n in (13, 1))
    times_panels(a, b, whole)
    for row, expected in zip(a, whole, strict=True):
        times_panels(row[None], b, one)
        np.testing.assert_array_equal(one[0], expected)


def test_nan_and_infinity_reach_their_rows_and_columns_alone():
    from autograd_lite.compiler.engines.native.panels import WIDTH

    a, b = np.ones((7, 9), np.float32), np.ones((9, WIDTH), np.float32)
    a[2, 3], a[6, 0], b[4, 1] = np.nan, np.inf, -np.inf
    found = np.empty((7, WIDTH), np.float32)
    times_panels(a, b, found)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(found, a @ b)


def test_the_operation_is_a_product():
    a, b = rng.normal(size=(5, 7)), rng.normal(size=(7, 12))
    np.testing.assert_allclose(panel_product(a, in_panels(b, 4)), a @ b, rtol=1e-13)


def recurrence(xs, h, w, u, b):
    """A loop whose inputs' product and bias are computed for all steps beforehand."""

    def step(h, z):
        h = np.tanh(z + h @ u)
        return h, h

    def loss(w, u, b):
        last, hs = ag.scan(step, h, np.matmul(xs, w) + b)
        return np.sum(last * last) + np.mean(hs)

    return ag.value_and_grad(loss, [0, 1, 2])(w, u, b)


@pytest.mark.parametrize("batch", [3, 40, 70])
@pytest.mark.parametrize("units", [16, 20, 64])
def test_gradients_of_a_recurrence(batch, units):
    steps, width = 5, 12
    shapes = (steps, batch, width), (batch, units), (width, units), (units, units), (units,)
    given = [(0.3 * rng.normal(size=shape)).astype(np.float32) for shape in shapes]
    program = ag.compile(recurrence, engine="native")
    found = program(*given)
    source = program._latest.engine.native_source
    if units != 16:  # small products are loops
        assert ("call_native(" in source) == (units == 64)
    expected = recurrence(*(x.astype(float) for x in given))
    for x, exact in zip((found[0], *found[1]), (expected[0], *expected[1]), strict=True):
        exact = np.asarray(exact.data if isinstance(exact, ag.Tensor) else exact)
        np.testing.assert_allclose(x.data, exact, rtol=2e-4, atol=2e-5 * np.abs(exact).max())


def test_what_a_loop_returns_as_it_was_given_stays_outside():
    def f(xs, b):
        return ag.scan(lambda h, x: (h + x, x), np.zeros(xs.shape[1:], xs.dtype), xs + b)

    xs, b = rng.normal(size=(4, 3)), rng.normal(size=3)
    last, kept = ag.compile(f, engine="native")(xs, b)
    np.testing.assert_array_equal(kept.data, xs + b)
    np.testing.assert_allclose(last.data, (xs + b).sum(axis=0), rtol=1e-14)


@pytest.mark.parametrize(
    ("triple", "cpu", "lanes", "named"),
    [
        ("x86_64-unknown-linux-gnu", "skylake-avx512", 16, "zmm"),
        ("x86_64-unknown-linux-gnu", "znver4", 16, "zmm"),
        ("x86_64-unknown-linux-gnu", "haswell", 8, "ymm"),
        ("x86_64-unknown-linux-gnu", "nehalem", 4, "xmm"),
        ("aarch64-unknown-linux-gnu", "neoverse-n1", 4, "fmla"),
        ("arm64-apple-macosx", "apple-m1", 4, "fmla"),
    ],
)
def test_other_processors(monkeypatch, triple, cpu, lanes, named):
    """Of code for other registers only that it is made, and keeps all sums of a tile in them."""
    from llvmlite import binding

    from autograd_lite.compiler.engines.native import machine, panels, team
    from autograd_lite.compiler.engines.native.translate import Translation

    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    try:
        made = binding.Target.from_triple(triple)
    except RuntimeError:
        pytest.skip("this LLVM does not compile for it")
    target = made.create_target_machine(cpu=cpu, opt=3)
    monkeypatch.setattr(machine, "lanes", lambda: lanes)
    spec = importlib.util.spec_from_file_location("panels_elsewhere", panels.__file__)
    elsewhere = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(elsewhere)
    assert 2 * lanes == elsewhere.WIDTH
    translation = Translation(triple, str(target.target_data))
    translation.add(elsewhere.times_panels, None, "times_panels")
    translation.add(team.work, None, "work")
    module = binding.parse_assembly(str(translation.module))
    module.verify()
    options = binding.create_pipeline_tuning_options(speed_level=3)
    passes = binding.create_pass_builder(target, options)
    passes.getModulePassManager().run(module, passes)
    assert target.emit_object(module)
    text = target.emit_assembly(module)
    assert named in text
    assert ("rdtsc" if triple.startswith("x86") else "CNTVCT_EL0") in text  # the team's clock
    multiplied = [line for line in text.splitlines() if "fmadd" in line or "fmla" in line]
    if cpu != "nehalem":  # which has no instruction for it
        assert len(multiplied) >= 2 * (6 + 4 + 2 + 1)
