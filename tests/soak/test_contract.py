"""A sample of the campaign: a compiled function gives what the function itself would give now."""

import collections

import pytest

from autograd_lite.compiler.captured.walk import Captured


def run(contract, seeds):
    counts = collections.Counter()
    for seed in seeds:
        contract.check(seed, "numpy", counts)
    return counts


def test_random_functions_whose_surroundings_change(campaign_module):
    counts = run(campaign_module("contract"), range(10**6, 10**6 + 60))
    assert counts["calls"] > 300
    assert counts["refused"] < 15


@pytest.mark.parametrize("method", ["difference", "restore"])
def test_the_campaign_sees_what_is_stale_and_what_is_left(campaign_module, monkeypatch, method):
    contract = campaign_module("contract")
    monkeypatch.setattr(Captured, method, lambda self: None)
    with pytest.raises(contract.DifferenceError):
        run(contract, range(40))
