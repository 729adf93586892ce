"""NumPy that differentiates.

A `Tensor` records what NumPy does to it; from that record come gradients, gradient checks,
pictures, compiled steps and exports.

Example:
    >>> import numpy as np, autograd_lite as ag
    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> w = ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")
    >>> J = np.mean(np.log1p(np.exp(-(x @ w))))
    >>> J.backward()
    >>> w.data -= 0.1 * w.grad
"""

import importlib
from typing import TYPE_CHECKING

import autograd_lite.rules  # noqa: F401 - fills the table
from autograd_lite.anomaly import AnomalyError, detect_anomaly
from autograd_lite.backward import gradients
from autograd_lite.checkpointing import checkpoint
from autograd_lite.context import no_grad, scope
from autograd_lite.fixed_points import fixed_point
from autograd_lite.flattening import flatten
from autograd_lite.lazy_loading import attach
from autograd_lite.primitives import put, sample, stop_gradient, take
from autograd_lite.recording import primitive, record
from autograd_lite.rules.reductions import logsumexp
from autograd_lite.table import gradient, late, nondifferentiable
from autograd_lite.tape import TracingError
from autograd_lite.tensor import Tensor, provide
from autograd_lite.threads import num_threads, set_num_threads
from autograd_lite.transforms import (
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from autograd_lite.variable import Variable

if TYPE_CHECKING:
    from autograd_lite.compiler import Compiled, compile, cond, scan  # noqa: A004
    from autograd_lite.explanations import explain
    from autograd_lite.graphs import Graph, graph
    from autograd_lite.profiling import Profile, profile
    from autograd_lite.testing import GradientError, GradientReport, check_gradients
    from autograd_lite.visualize import Drawing, draw

__version__ = "0.2.0"

__all__ = [
    "AnomalyError",
    "Compiled",
    "Drawing",
    "GradientError",
    "GradientReport",
    "Graph",
    "Profile",
    "Tensor",
    "TracingError",
    "Variable",
    "check_gradients",
    "checkpoint",
    "compile",
    "cond",
    "detect_anomaly",
    "draw",
    "elementwise_grad",
    "explain",
    "fixed_point",
    "flatten",
    "grad",
    "gradient",
    "gradients",
    "graph",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "logsumexp",
    "no_grad",
    "nondifferentiable",
    "num_threads",
    "primitive",
    "profile",
    "put",
    "record",
    "sample",
    "scan",
    "scope",
    "set_num_threads",
    "stop_gradient",
    "take",
    "value_and_grad",
    "vjp",
]

provide(
    shown=lambda tensor: importlib.import_module("autograd_lite.visualize.tensor_card").shown(
        tensor
    )
)
late("scipy.special", lambda: importlib.import_module("autograd_lite.scipy.special"))

# HIPS autograd's names for what has another one here.
_OF_HIPS = {
    "check_grads": "check_gradients(f, x)",
    "defvjp": "gradient(f, rule)",
    "deriv": "jvp(f, x, np.ones_like(x))[1]",
    "grad_and_aux": "grad(f, has_aux=True)",
    "hessian_tensor_product": "hvp(f)",
    "hessian_vector_product": "hvp(f)",
    "make_hvp": "hvp(f)",
    "make_jvp": "jvp(f, x, v)",
    "make_vjp": "vjp(f, x)",
    "multigrad_dict": "grad of a function of one dict",
    "tensor_jacobian_product": "the pull-back of vjp(f, x)",
    "vector_jacobian_product": "the pull-back of vjp(f, x)",
}


def _missing(name: str) -> AttributeError:
    message = f"module 'autograd_lite' has no attribute {name!r}"
    if name in _OF_HIPS:
        message = (
            f"autograd_lite has no {name}: write {_OF_HIPS[name]}, or import HIPS autograd's names "
            "from autograd_lite.hips"
        )
    return AttributeError(message, name=name)


# What only some programs use is imported when it is first asked for.
if not TYPE_CHECKING:
    __getattr__, _, _ = attach(
        __name__,
        {
            "autograd_lite.": (
                "compiler explanations graphs optimizers profiling scipy testing visualize"
            ),
            "autograd_lite.compiler": "Compiled compile cond scan",
            "autograd_lite.explanations": "explain",
            "autograd_lite.graphs": "Graph graph",
            "autograd_lite.profiling": "Profile profile",
            "autograd_lite.testing": "GradientError GradientReport check_gradients",
            "autograd_lite.visualize": "Drawing draw",
        },
        missing=_missing,
    )


def __dir__() -> list[str]:
    """The public names alone, and not the modules that define them."""
    return [*__all__, "__version__", "__doc__", "__name__"]
