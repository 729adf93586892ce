"""Every rule of the table: values as NumPy's, gradients of first and second order by differences,
float32 kept, keywords refused by name.
"""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import walk
from autograd_lite.context import changed
from autograd_lite.table import TABLE, Operation, function_name, is_numpy
from autograd_lite.tree import flatten
from tests.autograd_lite.rule_cases import CASES

# Since NumPy 2.5, of arrays; it equals `trunc`.
pytestmark = pytest.mark.filterwarnings("ignore:numpy.fix is deprecated:DeprecationWarning")

every_case = pytest.mark.parametrize(
    ("function", "inputs"),
    [pytest.param(f, x, id=f"{group}:{name}") for group, name, f, x in CASES],
)


def arrays_of(results):
    return [r.data if isinstance(r, ag.Tensor) else np.asarray(r) for r in flatten(results)]


@every_case
def test_values_are_numpys(function, inputs):
    expected = arrays_of(function(*inputs))
    got = arrays_of(function(*(ag.Tensor(x, requires_grad=True) for x in inputs)))
    for e, g in zip(expected, got, strict=True):
        assert g.shape == e.shape
        assert g.dtype == e.dtype
        np.testing.assert_allclose(g, e, rtol=1e-12, atol=1e-14)


@every_case
def test_gradients_to_second_order(function, inputs):
    ag.check_gradients(function, *inputs, order=2)


@every_case
def test_float32_is_kept(function, inputs, monkeypatch):
    """Every contribution is float32 as the rule returns it: no rule computes in float64."""
    widened = []
    fit = walk._fit

    def watched(c, x, node):
        if getattr(c, "dtype", None) == np.float64 and x.dtype == np.float32:
            widened.append(function_name(node.function))
        return fit(c, x, node)

    monkeypatch.setattr(walk, "_fit", watched)
    leaves = [ag.Tensor(x, requires_grad=True, dtype=np.float32) for x in inputs]
    results = [y for y in flatten(function(*leaves)) if y.requires_grad]
    for y in results:
        y.backward(np.ones(y.shape))
    for x in leaves:
        assert x.grad is None or x.grad.dtype == np.float32
    allowed = {"float_power"}  # computes in float64 by definition
    if not any(y.dtype == np.float64 for y in results):
        assert set(widened) <= allowed


def test_every_differentiable_operation_has_a_case():
    """A rule that no case reaches would be unchecked."""
    nodes = []
    with changed(tape=nodes):
        for _, _, function, inputs in CASES:
            function(*(ag.Tensor(x, requires_grad=True) for x in inputs))
    reached = {node.function for node in nodes}
    package = {
        f for f, entry in TABLE.items() if isinstance(entry, Operation) and entry.differentiable
    }
    unreached = {TABLE[f].name for f in package - reached if _ours(f)}
    only_inside_rules = {
        "multiply_no_nan", "broadcast_to", "crop", "cofactor", "put", "shares",
        "sinc_derivative", "sech_squared", "slope_of_arcsin", "slope_of_arctanh", "bessel_i",
    }  # fmt: skip
    # Tested in the folder compiler, and in test_flattening.
    of_programs = {
        "assigned", "compiled_call", "cond", "fixed_point", "joined", "scan", "unstack",
    }  # fmt: skip
    assert unreached - only_inside_rules - of_programs == set()


def _ours(function):
    """SciPy's functions have tests of their own, in the folder scipy."""
    module = getattr(function, "__module__", None) or ""
    core = module.startswith("autograd_lite.") and not module.startswith("autograd_lite.scipy.")
    return is_numpy(function) or core
