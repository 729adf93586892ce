"""exp, log and log1p of float32, as arithmetic that the compiler does on many elements at once.

The C library's functions take one element at a time. Method and
coefficients: Cephes mathematical library (Moshier), expf and logf: the argument is reduced to a
small interval, on which a polynomial is accurate to about one unit in the last place.

The order of their operations is as written, which the splitting of constants relies on; a product
and the sum that it is part of may be one instruction, which rounds once.
"""

from __future__ import annotations

import math

import numpy as np

from autograd_lite.compiler.engines.native.intrinsics import (
    bits_of_float,
    float_of_bits,
    multiply_add,
)

F = np.float32
LOG2_E = F(1.44269504088896341)
LOG_2_HIGH, LOG_2_LOW = F(0.693359375), F(-2.12194440e-4)  # their sum is log 2; the high part short
EXP = [F(c) for c in (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2)]
EXP_2, EXP_1 = F(1.6666665459e-1), F(5.0000001201e-1)
E0, E1, E2, E3 = EXP
LARGEST, SMALLEST = F(88.8), F(-104.0)  # beyond, exp is infinite, or rounds to 0
# Added to a small number it leaves no room for a fraction: the sum is rounded to a whole number,
# which stands in its last bits.
SHIFT, SHIFT_BITS = F(1.5 * 2**23), np.int32(0x4B400000)
HALF, ONE, ZERO = F(0.5), F(1), F(0)
HALF_BITS = np.int32(0x3F000000)
LEAST_BESIDE_1 = F(-80.0)


def exp_float32(x: np.float32) -> np.float32:
    """e**x."""
    y = LARGEST if x > LARGEST else x
    y = ZERO if x < SMALLEST else y  # denormal numbers on the way to 0 would be slow
    shifted = multiply_add(y, LOG2_E, SHIFT)
    p = _mantissa(y, shifted - SHIFT)
    # 2**n in two factors, since n may be below the exponents of normal numbers
    whole = np.int32(bits_of_float(shifted) - SHIFT_BITS)
    half = whole >> np.int32(1)
    first = float_of_bits(np.int32((half + np.int32(127)) << np.int32(23)))
    second = float_of_bits(np.int32((whole - half + np.int32(127)) << np.int32(23)))
    return ZERO if x < SMALLEST else p * first * second


def _mantissa(x: np.float32, n: np.float32) -> np.float32:
    """e**x / 2**n, for the whole number n next to x / log 2."""
    r = multiply_add(n, -LOG_2_HIGH, x)
    r = multiply_add(n, -LOG_2_LOW, r)
    p = multiply_add(multiply_add(multiply_add(E0, r, E1), r, E2), r, E3)
    p = multiply_add(multiply_add(p, r, EXP_2), r, EXP_1)
    return np.float32(multiply_add(p, r * r, r) + ONE)


def exp_beside_1(x: np.float32) -> np.float32:
    """e**x in a sum with 1: as `exp_float32`, but for what is lost in such a sum anyway."""
    y = LARGEST if x > LARGEST else x
    y = LEAST_BESIDE_1 if y < LEAST_BESIDE_1 else y
    shifted = multiply_add(y, LOG2_E, SHIFT)
    half = float_of_bits(np.int32((bits_of_float(shifted) << np.int32(23)) + HALF_BITS))
    scaled = _mantissa(y, shifted - SHIFT) * half  # of 2**n / 2, which is a number up to the end
    return np.float32(scaled + scaled)


LOG = [
    F(c)
    for c in (
        7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
        -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    )
]  # fmt: skip
L0, L1, L2, L3, L4, L5, L6, L7, L8 = LOG
SQRT_HALF = F(0.707106781186547524)
SMALLEST_NORMAL, TWO_23 = F(1.1754944e-38), F(8388608.0)
INFINITY, NAN = F(np.inf), F(np.nan)


def log_float32(x: np.float32) -> np.float32:
    """The natural logarithm: -inf at 0, NaN below."""
    small = x < SMALLEST_NORMAL
    y = x * TWO_23 if small else x
    bits = bits_of_float(y)
    exponent = F((bits >> np.int32(23)) - np.int32(126)) - (F(23) if small else ZERO)
    mantissa = float_of_bits(np.int32((bits & np.int32(0x7FFFFF)) | np.int32(0x3F000000)))
    low = mantissa < SQRT_HALF
    m = (mantissa + mantissa if low else mantissa) - ONE
    e = exponent - (ONE if low else ZERO)
    z = m * m
    p = (((((((L0 * m + L1) * m + L2) * m + L3) * m + L4) * m + L5) * m + L6) * m + L7) * m + L8
    y = p * m * z
    y = y + e * LOG_2_LOW
    y = y - HALF * z
    result = m + y + e * LOG_2_HIGH
    result = x if x == INFINITY else result
    result = -INFINITY if x == ZERO else result
    return NAN if (x < ZERO or x != x) else result


def log1p_float32(x: np.float32) -> np.float32:
    """log(1 + x), accurate also where 1 + x rounds: log(w) x / (w - 1) for w = 1 + x (Kahan)."""
    w = ONE + x
    rounded = w - ONE
    exact = log_float32(w) * (x / (ONE if rounded == ZERO else rounded))
    result = x if rounded == ZERO else exact
    return x if x == INFINITY else (-INFINITY if w == ZERO else result)


TANH = [F(c) for c in (-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1)]
T0, T1, T2, T3 = TANH
T4, NEAR, TWO = F(-3.33332819422e-1), F(0.625), F(2)


def tanh_float32(x: np.float32) -> np.float32:
    """The hyperbolic tangent: a polynomial near 0, by exp elsewhere."""
    size = abs(x)
    z = size * size
    p = multiply_add(multiply_add(multiply_add(T0, z, T1), z, T2), z, T3)
    near = multiply_add(multiply_add(p, z, T4), z * size, size)
    far = ONE - TWO / (exp_beside_1(TWO * size) + ONE)
    return np.float32(math.copysign(near if size < NEAR else far, x))
