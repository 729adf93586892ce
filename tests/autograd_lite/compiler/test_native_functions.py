"""The functions of float32 that native code has of its own, against float64."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed

pytestmark = pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")

rng = np.random.default_rng(0)
N = 20_000
SPECIAL = np.array([0, -0.0, np.inf, -np.inf, np.nan, 1e-45, 1e-38, -1, 1, -2, 100, -110], "f4")
ARGUMENTS = {
    "exp": np.concatenate([rng.uniform(-87, 88.7, N), rng.normal(size=N)]),
    "log": np.exp(rng.uniform(-87, 88, N)),
    "log1p": np.concatenate([np.exp(rng.uniform(-60, 5, N)), -rng.uniform(0, 0.999, N)]),
    "tanh": np.concatenate([rng.uniform(-10, 10, N), rng.normal(size=N) * 1e-2]),
}
# Units in the last place, as measured once: exp 0.95, log 0.75, log1p 2.2, tanh 1.3.
BOUNDS = {"exp": 1.0, "log": 1.0, "log1p": 2.5, "tanh": 1.5}


@pytest.fixture(scope="module")
def native():
    def f(x):
        return np.exp(x), np.log(x), np.log1p(x), np.tanh(x)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = ag.compile(f, engine="native")
        program(np.ones(len(SPECIAL), np.float32))
    assert "exp_float32(" in program._latest.engine.native_source
    return dict(zip(ARGUMENTS, range(4), strict=True)), program


@pytest.mark.parametrize("name", ARGUMENTS)
def test_accuracy(name, native):
    places, program = native
    x = ARGUMENTS[name].astype(np.float32)
    x = np.resize(x, -(-len(x) // len(SPECIAL)) * len(SPECIAL))
    with np.errstate(all="ignore"):
        exact = getattr(np, name)(x.astype(np.float64))
    found = program(x)[places[name]].data
    error = np.abs(found - exact) / np.spacing(np.abs(exact).astype(np.float32))
    assert np.max(error) < BOUNDS[name]


@pytest.mark.parametrize("name", ARGUMENTS)
def test_special_values(name, native):
    places, program = native
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(SPECIAL)
    found = program(SPECIAL)[places[name]].data
    np.testing.assert_allclose(found, expected, rtol=3e-7, atol=0)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found)[known], np.signbit(expected)[known])


def test_a_sigmoid_is_what_its_operations_give_one_by_one():
    exp = ag.compile(lambda x: np.exp(-x), engine="native")
    sigmoid = ag.compile(lambda x: 1 / (1 + np.exp(-x)), engine="native")
    wide = np.concatenate([rng.uniform(-200, 200, N), rng.normal(size=N), np.linspace(-90, -86, N)])
    for x in (wide.astype(np.float32), SPECIAL):
        with np.errstate(all="ignore"):
            expected = 1 / (1 + exp(x).data)
        np.testing.assert_array_equal(sigmoid(x).data, expected)
    assert "exp_beside_1(" in sigmoid._latest.engine.native_source
    both = ag.compile(lambda x: (1 + np.exp(x), 2 + np.exp(x)), engine="native")
    both(SPECIAL)
    assert "exp_beside_1(" not in both._latest.engine.native_source
