"""Is a gradient right? Answered by finite differences, with a report.

`check_gradients` for functions of Tensors, `check_derivative` for gradients written by hand in
plain NumPy. `autograd_lite.testing.strategies` (it needs hypothesis) makes inputs away from kinks;
a pytest fixture `check_gradients` is installed with the package.
"""

from autograd_lite.testing.check import check_gradients
from autograd_lite.testing.comparison import Comparison
from autograd_lite.testing.derivative import check_derivative
from autograd_lite.testing.report import GradientError, GradientReport

__all__ = [
    "Comparison",
    "GradientError",
    "GradientReport",
    "check_derivative",
    "check_gradients",
]
