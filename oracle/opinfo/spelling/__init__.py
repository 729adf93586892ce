"""PyTorch's operators in NumPy's words: ``TABLE["amax"](x, dim=0, keepdim=True)``."""

from oracle.opinfo.spelling import (  # noqa: F401
    activations,
    arithmetic,
    linalg,
    losses,
    order,
    reductions,
    selecting,
    shaping,
)
from oracle.opinfo.spelling.table import TABLE

__all__ = ["TABLE"]
