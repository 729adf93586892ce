"""Cases of element-wise operations."""

from __future__ import annotations

import numpy as np

from tests.autograd_lite.rule_cases.points import distinct, normal, positive, unit

UNARY = {
    "negative": normal, "positive": normal, "square": normal, "sqrt": positive, "cbrt": normal,
    "reciprocal": normal, "absolute": normal, "fabs": normal, "exp": normal, "exp2": normal,
    "expm1": normal, "log": positive, "log2": positive, "log10": positive, "log1p": positive,
    "sin": normal, "cos": normal, "tan": unit, "arcsin": unit, "arccos": unit, "arctan": normal,
    "sinh": normal, "cosh": normal, "tanh": normal, "arcsinh": normal,
    "arccosh": lambda *s: 1 + positive(*s), "arctanh": unit, "deg2rad": normal,
    "radians": normal, "rad2deg": normal, "degrees": normal, "sinc": normal, "sign": normal,
    "floor": normal, "ceil": normal, "trunc": normal, "rint": normal, "fix": normal,
    "round": normal, "around": normal, "nan_to_num": normal, "copy": normal, "real": normal,
    "conjugate": normal,
}  # fmt: skip

BINARY = {
    "add": (normal, normal), "subtract": (normal, normal), "multiply": (normal, normal),
    "divide": (normal, normal), "power": (positive, normal), "float_power": (positive, normal),
    "logaddexp": (normal, normal), "logaddexp2": (normal, normal), "arctan2": (normal, normal),
    "hypot": (normal, normal), "maximum": (distinct, normal), "minimum": (distinct, normal),
    "fmax": (distinct, normal), "fmin": (distinct, normal), "remainder": (normal, positive),
    "fmod": (normal, positive), "floor_divide": (normal, positive), "heaviside": (normal, normal),
    "copysign": (normal, normal),
}  # fmt: skip

SHAPES = [(), (3,), (2, 3), (0, 3), (1,)]
BROADCASTS = [((3, 1), (1, 4)), ((), (2, 3)), ((4,), (2, 1)), ((2, 3), (3,)), ((0, 2), (2,))]


def unary_cases():
    for name, points in UNARY.items():
        function = getattr(np, name)
        for shape in SHAPES:
            yield f"{name}{shape}", function, (points(*shape),)
        yield f"{name}-strided", function, (points(3, 4)[::2, ::-1].T,)


def binary_cases():
    for name, (left, right) in BINARY.items():
        function = getattr(np, name)
        for shape in SHAPES:
            yield f"{name}{shape}", function, (left(*shape), right(*shape))
        for a, b in BROADCASTS:
            yield f"{name}{a}{b}", function, (left(*a), right(*b))


def arithmetic_cases():
    x = normal(2, 3)
    yield "scalar-operands", lambda a: 2 * (1 - a) / 3 + 1 / a - 2.0**a, (x,)
    yield "power-integers", lambda a: a**3 + a**2 + a**1 + a**0 + a**-2, (x,)
    yield "power-half", lambda a: a**0.5, (positive(4),)
    yield "negative-base", lambda a: np.power(a, 3.0), (-positive(4),)
    yield "modulo-operators", lambda a, b: a % b + (a // b), (normal(5), positive(5))
    yield "same-twice", lambda a: a * a + a, (x,)
    yield "clip", lambda a: np.clip(a, -0.5, 0.7), (x,)
    yield "clip-low", lambda a: np.clip(a, -0.5, None), (x,)
    yield "clip-high", lambda a: np.clip(a, a_min=None, a_max=0.4), (x,)
    yield "clip-array-bounds", np.clip, (normal(2, 3), -positive(3), positive(2, 1))
    yield "clip-crossed-bounds", np.clip, (normal(5), positive(5) + 3, positive(5))
    yield "where", lambda a, b: np.where(np.array([True, False, True]), a, b), (x, normal(3))
    yield "where-compare", lambda a, b: np.where(a > 0, a * b, b), (x, normal(3))
    yield "round-decimals", lambda a: np.round(a, 1) * a, (np.array([0.123, 0.777]),)
    yield "nan_to_num-values", lambda a: np.nan_to_num(a, nan=1.0, posinf=2.0), (x,)
    yield "astype", lambda a: a.astype(np.float64) * 2, (x,)
