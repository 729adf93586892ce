"""Rules of incomplete gamma and beta functions: by the end of the integral, not by the shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import (
    betainc,
    betaincc,
    betaln,
    chdtr,
    chdtrc,
    gammainc,
    gammaincc,
    gammaln,
    pdtr,
    pdtrc,
    stdtr,
    xlog1py,
    xlogy,
)

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.scipy.special.operands import typed
from autograd_lite.scipy.special.refusing import no_derivative
from autograd_lite.table import gradient

__all__ = [
    "betainc",
    "betaincc",
    "chdtr",
    "chdtrc",
    "gammainc",
    "gammaincc",
    "pdtr",
    "pdtrc",
    "stdtr",
]


def _gamma_density(a: Any, x: Any) -> Any:
    """x^(a - 1) e^-x / Gamma(a)."""
    return np.exp(xlogy(a - 1, x) - x - gammaln(a))


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    """x^(a - 1) (1 - x)^(b - 1) / B(a, b)."""
    return np.exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b))


def _student_density(df: Any, x: Any) -> Any:
    """(1 + x^2 / df)^(-(df + 1) / 2) / (sqrt(df) B(1/2, df/2))."""
    half = 0.5 * df
    log_density = -(half + 0.5) * np.log1p(x * x / df) - 0.5 * np.log(df)
    return np.exp(log_density - betaln(half, typed(0.5, x)))


def _enter(function: Any, density: Any, sign: int, *maths: str) -> None:
    """An integral of a density with one shape, up to x, or from x on with a negative sign."""
    gradient(
        function,
        no_derivative(function.__name__, f"its shape {maths[1]}", "a x"),
        lambda g, y, a, x: multiply_no_nan(g, sign * density(typed(a, y), typed(x, y))),
        maths=(maths[0], None, ("" if sign > 0 else "-") + maths[2]),
    )


def _poisson_mass(k: Any, m: Any) -> Any:
    """m^k e^-m / k!, of the whole number below k."""
    whole = np.floor(k)
    return np.exp(xlogy(whole, m) - m - gammaln(whole + 1))


_GAMMA = r"\frac{x^{a - 1} e^{-x}}{\Gamma(a)}"
_CHI2 = r"\frac{0.5 (0.5 x)^{0.5 a - 1} e^{-0.5 x}}{\Gamma(0.5 a)}"
_POISSON = r"\frac{x^{\lfloor a \rfloor} e^{-x}}{\Gamma(\lfloor a \rfloor + 1)}"

_enter(gammainc, _gamma_density, 1, r"\operatorname{gammainc}(a, x)", "a", _GAMMA)
_enter(gammaincc, _gamma_density, -1, r"1 - \operatorname{gammainc}(a, x)", "a", _GAMMA)
for _function, _sign in ((chdtr, 1), (chdtrc, -1)):
    _enter(
        _function,
        lambda v, x: 0.5 * _gamma_density(0.5 * v, 0.5 * x),
        _sign,
        rf"\operatorname{{{_function.__name__}}}(a, x)",
        "a",
        _CHI2,
    )
for _function, _sign in ((pdtr, -1), (pdtrc, 1)):
    _enter(
        _function,
        _poisson_mass,
        _sign,
        rf"\operatorname{{{_function.__name__}}}(a, x)",
        "a",
        _POISSON,
    )
_enter(
    stdtr,
    _student_density,
    1,
    r"\operatorname{stdtr}(a, x)",
    "a",
    r"\frac{(1 + \frac{x^2}{a})^{-\frac{a + 1}{2}} \Gamma(\frac{a + 1}{2})}"
    r"{\sqrt{a \pi} \Gamma(\frac{a}{2})}",
)
for _function, _sign in ((betainc, 1), (betaincc, -1)):
    gradient(
        _function,
        no_derivative(_function.__name__, "its shape a", "a b x"),
        no_derivative(_function.__name__, "its shape b", "a b x"),
        (
            lambda sign: (
                lambda g, y, a, b, x: multiply_no_nan(
                    g, sign * _beta_density(typed(a, y), typed(b, y), typed(x, y))
                )
            )
        )(_sign),
        maths=(
            rf"\operatorname{{{_function.__name__}}}(a, b, x)",
            None,
            None,
            ("" if _sign > 0 else "-")
            + r"\frac{\Gamma(a + b)}{\Gamma(a) \Gamma(b)} x^{a - 1} (1 - x)^{b - 1}",
        ),
    )
