"""SciPy that differentiates: rules for SciPy's ufuncs, and the functions that do not dispatch.

SciPy's ufuncs take Tensors as they are, ``scipy.special.expit(t)``; their rules are loaded when the
first of them meets a Tensor. Its other functions convert their arguments to arrays, so their
counterparts here have SciPy's names and places: ``autograd_lite.scipy.stats.norm.logpdf``.

Needs SciPy: ``pip install 'autograd_lite[scipy]'``.

Example:
    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.scipy.stats import norm
    >>> ag.grad(norm.logpdf)(2.0)
    array(-2.)
"""

try:
    import scipy  # noqa: F401
except ImportError as error:
    raise ImportError(
        "autograd_lite.scipy needs SciPy: pip install 'autograd_lite[scipy]'"
    ) from error

from autograd_lite.scipy import integrate, linalg, signal, special, stats

__all__ = ["integrate", "linalg", "signal", "special", "stats"]
