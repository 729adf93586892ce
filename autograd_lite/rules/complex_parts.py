"""NumPy's functions of complex parts, applied to real numbers: there are no others here."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.table import composite, nondifferentiable


@composite(np.imag)
def _imag(val: Any) -> Any:
    return np.zeros_like(val)


@composite(np.angle)
def _angle(z: Any, deg: bool = False) -> Any:
    """0 or pi."""
    angle = np.arctan2(0, z)
    return angle * (180 / math.pi) if deg else angle


@composite(np.real_if_close)
def _real_if_close(a: Any, tol: float = 100) -> Any:
    return a


nondifferentiable(np.isreal)
nondifferentiable(np.iscomplex)
