"""Hypothesis strategies: what they promise, and what they are for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.testing import strategies

FEW = settings(max_examples=40, deadline=None, database=None, derandomize=True)


@FEW
@given(strategies.arrays(low=-2, high=7, away_from=[6.0, 0.0], margin=0.1))
def test_arrays_keep_away(x):
    assert x.dtype == np.float64
    assert np.all((x >= -2) & (x <= 7))
    assert np.all(np.abs(x) >= 0.1)
    assert np.all(np.abs(x - 6) >= 0.1 - 1e-12)
    ag.check_gradients(lambda x: np.clip(x, 0, 6), x)


@FEW
@given(strategies.arrays((3,), dtype=np.float32, margin=0.1, away_from=[0.3]))
def test_float32(x):
    assert x.dtype == np.float32
    assert np.all(np.abs(x.astype(float) - 0.3) >= 0.1 - 1e-12)


@FEW
@given(strategies.distinct(st.sampled_from([(4,), (2, 3), (), (0,)]), gap=0.1))
def test_distinct(x):
    if x.size > 1:
        assert np.diff(np.sort(x, axis=None)).min() >= 0.1 - 1e-12
    ag.check_gradients(lambda x: np.sort(x) if x.ndim else x, x)


@FEW
@given(strategies.broadcastable(3, low=0.5, high=2.0))
def test_broadcastable(arrays):
    a, b, c = arrays
    ag.check_gradients(lambda a, b, c: a * b / c, a, b, c, order=1)


def test_no_room():
    with pytest.raises(ValueError, match="no number between"):
        strategies.arrays(low=-0.1, high=0.1, margin=0.2)


def test_missing_hypothesis_is_one_clear_line(tmp_path):
    (tmp_path / "hypothesis.py").write_text("raise ImportError")
    found = subprocess.run(
        [sys.executable, "-c", "import autograd_lite.testing.strategies"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[3]}"},
    )
    assert "needs hypothesis: pip install hypothesis" in found.stderr.splitlines()[-1]
