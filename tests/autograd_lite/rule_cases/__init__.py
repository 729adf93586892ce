"""Every operation of the table at ordinary and awkward points: the cases of test_rules.

A case is (name, function, inputs). The function takes Tensors (or arrays, for the comparison of
values with NumPy); inputs are float64 arrays at which it is twice differentiable.
"""

from __future__ import annotations

from tests.autograd_lite.rule_cases.elementwise import arithmetic_cases, binary_cases, unary_cases
from tests.autograd_lite.rule_cases.linalg import linalg_cases
from tests.autograd_lite.rule_cases.own import own_cases
from tests.autograd_lite.rule_cases.reductions import reduction_cases
from tests.autograd_lite.rule_cases.sampled import cumulative_cases, polynomial_cases, sampled_cases
from tests.autograd_lite.rule_cases.shapes import shape_cases
from tests.autograd_lite.rule_cases.statistics import nan_cases, quantile_cases, statistics_cases
from tests.autograd_lite.rule_cases.ufuncs import float_cases, ufunc_cases, vector_cases

GROUPS = {
    "unary": unary_cases,
    "binary": binary_cases,
    "arithmetic": arithmetic_cases,
    "reductions": reduction_cases,
    "linalg": linalg_cases,
    "shapes": shape_cases,
    "ufuncs": ufunc_cases,
    "floats": float_cases,
    "vectors": vector_cases,
    "cumulative": cumulative_cases,
    "sampled": sampled_cases,
    "polynomials": polynomial_cases,
    "quantiles": quantile_cases,
    "statistics": statistics_cases,
    "nan": nan_cases,
    "own": own_cases,
}
CASES = [(group, *case) for group, cases in GROUPS.items() for case in cases()]
