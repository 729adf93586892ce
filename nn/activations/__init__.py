"""Activations: the functions that a layer applies to its weighted sum.

Most are one operation: one node in a graph, named as the activation, with its derivative beside it.
Arrays give arrays, Tensors give Tensors. Values are exact at the extremes: no input, however
large, overflows to NaN, and infinities give the limit.
"""

from __future__ import annotations

from nn._core.identifiers import deserializer, lookup
from nn._core.identifiers import serialize as serialize
from nn.activations.curves import (
    celu,
    elu,
    exponential,
    log_sigmoid,
    selu,
    sigmoid,
    softplus,
    softsign,
    squareplus,
    tanh,
    tanh_shrink,
)
from nn.activations.gates import gelu, glu, hard_silu, hard_swish, mish, silu, swish
from nn.activations.lines import (
    hard_shrink,
    hard_sigmoid,
    hard_tanh,
    leaky_relu,
    linear,
    relu,
    relu6,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    threshold,
)
from nn.activations.operation import Activation
from nn.activations.simplex import log_softmax, softmax, sparsemax

__all__ = [
    "celu",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]

_BY_NAME: dict[str, Activation] = {name: globals()[name] for name in __all__ if name != "get"}


def get(identifier: str | Activation | None) -> Activation:
    """Resolve an activation: None is `linear`, a string a name, a function itself.

    Raises:
        ValueError: for an unknown name.
        TypeError: for anything else.

    Example:
        >>> get("relu") is relu, get(None) is linear
        (True, True)
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        return _BY_NAME.get(identifier) or lookup("activation", identifier, _BY_NAME)
    if callable(identifier):
        return identifier
    raise TypeError(
        f"an activation is a name, a function or None, got {type(identifier).__name__}: "
        'write activation="relu" or activation=np.tanh'
    )


deserialize = deserializer(get)
