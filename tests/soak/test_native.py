"""Every element-wise operation of every dtype at awkward values; a few of the random programs."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from autograd_lite.compiler.engines.native import native_is_installed

pytestmark = pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint64", "bool"])
def test_operations_are_numpys_bit_for_bit(campaign_module, dtype):
    campaign = campaign_module("native")
    scalars = [-0.0, 3.0, 1e-310, np.nan, 3, -1] if dtype in ("float32", "int8") else []
    program = campaign.every_operation(np.dtype(dtype), np.dtype(dtype), scalars)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert campaign.differences(program) == []


@pytest.mark.parametrize("pair", [("float32", "float64"), ("int32", "float32"), ("uint8", "int64")])
def test_operations_of_two_dtypes(campaign_module, pair):
    campaign = campaign_module("native")
    program = campaign.every_operation(*map(np.dtype, pair))
    assert campaign.differences(program) == []


def test_random_programs(campaign_module):
    assert campaign_module("native").campaign(2, seed=0) == 0


def test_a_wrong_value_is_found(campaign_module):
    campaign = campaign_module("native")
    step = campaign.Step("add", np.add, ())
    zero, one = np.zeros(1), np.ones(1)
    assert campaign._difference(step, [zero, one], one, one) == ""
    assert "not" in campaign._difference(step, [zero, zero], -zero, zero)
    assert "not" in campaign._difference(step, [one, one], one + 2e-16, one)
    of_library = campaign.Step("power", np.power, (), "ulps")
    assert "not" in campaign._difference(of_library, [zero, one], one * np.inf, one * np.nan)
    assert "float32" in campaign._difference(step, [one, one], one.astype(np.float32), one)
