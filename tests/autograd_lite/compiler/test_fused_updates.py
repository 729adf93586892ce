"""Fused updates: what a formula says of each element, plainly and in a program, on each engine."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed
from autograd_lite.extend import fused_update

ENGINES = [
    "plain",
    "numpy",
    pytest.param(
        "native", marks=pytest.mark.skipif(not native_is_installed(), reason="needs llvmlite")
    ),
]


def updated(formula, engine, lengths=(4, 3)):
    """Columns 0, 1, 2, ..., 10, 11, ... and 20, 21, ..., after one update in blocks."""
    columns = [np.arange(sum(lengths)) + start for start in (0.0, 10.0, 20.0)]
    cuts = np.cumsum((0, *lengths))
    blocks = [tuple(c[i:j] for c in columns) for i, j in itertools.pairwise(cuts)]

    def step(rate):
        fused_update(formula, ["a", "b", "c"], blocks, [rate], title="update")

    if engine == "plain":
        step(0.5)
    else:
        ag.compile(step, engine=engine)(0.5)
    return [c.tolist() for c in columns]


A, B, C = (np.arange(7) + start for start in (0.0, 10.0, 20.0))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (lambda a, b, c, r: (b, a, c), (B, A, C)),
        (lambda a, b, c, r: (b, c, a), (B, C, A)),
        (lambda a, b, c, r: (c, a, b), (C, A, B)),
        (lambda a, b, c, r: (b, b, b), (B, B, B)),
        (lambda a, b, c, r: (b * r, a, c), (B / 2, A, C)),
        (lambda a, b, c, r: (b, a + b, a), (B, A + B, A)),
        (lambda a, b, c, r: (b[:], a.reshape(-1), c), (B, A, C)),
        (lambda a, b, c, r: (np.where(a > 3, b, c), a, c), (np.where(A > 3, B, C), A, C)),
    ],
)
def test_columns_are_read_before_any_is_written(engine, formula, expected):
    assert updated(formula, engine) == [x.tolist() for x in expected]


@pytest.mark.parametrize("engine", ENGINES[1:2])
@pytest.mark.parametrize(
    "formula",
    [
        lambda a, b, c, r: (a - np.mean(b), b, c),
        lambda a, b, c, r: (np.cumsum(a), b, c),
        lambda a, b, c, r: (a[::-1], b, c),
        lambda a, b, c, r: (a + np.array([1.0, 2.0, 3.0]), b, c),
        lambda a, b, c, r: (np.sum(a), b, c),
    ],
)
def test_a_formula_that_looks_at_other_elements_is_refused(engine, formula):
    with pytest.raises(ag.TracingError, match="update"):
        updated(formula, engine)
