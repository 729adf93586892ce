"""Activations, losses and normalizations against mpmath, over the whole range of floats.

Some points of those that `tools/measure_numerics.py` measures; docs/numerics.md has its figures.
The bounds leave room for the exp and log of NumPy on other processors.
"""

from __future__ import annotations

import pytest
from mpmath import mp

from tools.numerics import functions, points, ulps

POINTS = 240
# The largest error, in units in the last place: in float32, in float64. Where a formula cancels as
# everywhere (the logarithm of a probability that rounds to 1, sigmoid(-100) in float32, whose
# exponential is beyond the largest number), there is no bound but to be finite.
FINITE = float("inf")
BOUNDS = {
    "elu": (3, 3),
    "exponential": (1, 1.5),
    "gelu": (12, 40),
    "gelu, approximate": (FINITE, FINITE),
    "hard_sigmoid": (1.5, 1.5),
    "hard_tanh": (0, 0),
    "leaky_relu": (1, 1),
    "log_sigmoid": (4, 3),
    "log_softmax": (FINITE, FINITE),
    "mish": (150, 900),
    "relu": (0, 0),
    "relu6": (0, 0),
    "selu": (4, 4),
    "sigmoid": (FINITE, FINITE),
    "silu": (FINITE, FINITE),
    "softmax": (150, 1200),
    "softplus": (4, 3),
    "softsign": (2, 2),
    "tanh": (3, 3),
    "binary_crossentropy, from_logits": (4, 3),
    "binary_crossentropy": (2, 2),
    "binary_focal_crossentropy, from_logits": (9, 8),
    "binary_focal_crossentropy": (6, 5),
    "categorical_crossentropy, from_logits": (FINITE, FINITE),
    "categorical_crossentropy": (3, 3),
    "categorical_focal_crossentropy, from_logits": (FINITE, FINITE),
    "categorical_hinge": (2.5, 2.5),
    "cosine_similarity": (4, 4),
    "hinge": (0.5, 0.5),
    "huber": (2, 2),
    "kl_divergence": (20, 20),
    "log_cosh": (6, 6),
    "mean_absolute_error": (0.5, 0.5),
    "mean_absolute_percentage_error": (2.5, 2.5),
    "mean_squared_error": (2, 2),
    "mean_squared_logarithmic_error": (6, 6),
    "poisson": (5, 5),
    "sparse_categorical_crossentropy, from_logits": (FINITE, FINITE),
    "sparse_categorical_crossentropy": (3, 3),
    "squared_hinge": (2, 2),
    "LayerNormalization": (5, 5),
    "BatchNormalization in training": (5, 5),
}


def test_every_case_has_a_bound():
    assert sorted(BOUNDS) == sorted(case.name for case in functions.CASES)


@pytest.mark.parametrize("case", functions.CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_error_in_ulps(case, dtype):
    bound = BOUNDS[case.name][dtype == "float64"]
    with mp.workdps(50):
        inputs = case.points(points.Points(dtype, POINTS))
        computed = functions.compute(case, "here", inputs)
        for y, row in zip(computed, zip(*inputs, strict=True), strict=True):
            sample = tuple(map(functions.exactly, row))
            scale = case.scale and case.scale(*sample)
            error = ulps.error(y, case.exact(*sample), dtype, scale)
            assert error <= bound, (row, y, error)
            assert error < float("inf"), (row, y)


class TestUlps:
    """The ruler itself."""

    @pytest.mark.parametrize(
        ("computed", "exact", "error"),
        [
            (1.0, "1", 0),
            (1.0, "1.00000005960464477539", 0.5),  # half of 2**-23
            (0.0, "1.4012984643248170709e-45", 1),  # the smallest subnormal
            (float("inf"), "3.5e38", 0),
            (3.4e38, "3.5e38", float("inf")),
            (float("nan"), "1", float("inf")),
            (-float("inf"), "3.5e38", float("inf")),
            (float("inf"), "3.4e38", float("inf")),
        ],
    )
    def test_of_float32(self, computed, exact, error):
        with mp.workdps(50):
            assert ulps.error(computed, mp.mpf(exact), "float32") == pytest.approx(error, abs=1e-6)

    def test_of_a_scale(self):
        assert ulps.error(2.0**-23, mp.mpf(0), "float32", mp.mpf(1)) == 1
