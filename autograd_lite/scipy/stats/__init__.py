"""Densities and distribution functions, differentiable by the value and by the parameters.

Each module has the functions of the distribution of its name in `scipy.stats`. They are formulas
in NumPy and `scipy.special`, so they record, compile and differentiate to any order.

Example:
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import poisson
    >>> float(ag.grad(lambda mu: poisson.logpmf(3, mu))(2.0))
    0.5
"""

from typing import Any

from autograd_lite.scipy.missing import no_such_name
from autograd_lite.scipy.stats import (
    beta,
    chi2,
    dirichlet,
    gamma,
    multivariate_normal,
    norm,
    poisson,
    t,
)

__all__ = ["beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"]


def __getattr__(name: str) -> Any:
    """Nothing: the error says what there is."""
    raise no_such_name("scipy.stats", name, __all__)
