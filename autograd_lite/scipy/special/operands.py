"""Rules of functions of two operands, of which either may be of another dtype than the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.rules.helpers import as_precise

__all__ = ["of_both", "typed"]


def of_both(slope: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
    """The rule by ``slope(y, a, b)``, of operands in the dtype of the result: the logarithm of an
    integer of 8 bits has three digits, and what is subtracted from one wraps around.
    """
    return lambda g, y, a, b: multiply_no_nan(g, slope(y, as_precise(a, y), as_precise(b, y)))


def typed(x: Any, y: Any) -> Any:
    """An operand in the dtype of the result; Python's numbers too, whose functions are float64."""
    return np.asarray(x, y.dtype) if isinstance(x, (int, float)) else as_precise(x, y)
