"""The activations of `nn`: each is an operation with a rule of its own."""

import numpy as np

from nn import activations
from nn._core.erf import erf
from oracle.operations.operation import ANY, FAR, MODEST, Need, operation


def _keeps_from(*kinks):
    """Values away from some points."""
    return Need(lambda x: all((np.abs(x - kink) > FAR).all() for kink in kinks), ANY.fresh)


def _jax_nn(name, **given):
    def function(xp, x):
        import jax

        return getattr(jax.nn, name)(x, **given)

    return function


def _torch_nn(name, **given):
    return lambda t, x: getattr(t.nn.functional, name)(x, **given)


def _torch_hard_sigmoid(t, x):
    """Its own has no second derivative."""
    return t.nn.functional.relu6(x + 3) / 6


for _name, _torch, _jax, _need in [
    ("relu", _torch_nn("relu"), _jax_nn("relu"), _keeps_from(0)),
    ("leaky_relu", _torch_nn("leaky_relu", negative_slope=0.2),
     _jax_nn("leaky_relu", negative_slope=0.2), _keeps_from(0)),
    ("relu6", _torch_nn("relu6"), _jax_nn("relu6"), _keeps_from(0, 6)),
    ("hard_sigmoid", _torch_hard_sigmoid, _jax_nn("hard_sigmoid"), _keeps_from(-3, 3)),
    ("hard_tanh", _torch_nn("hardtanh"), _jax_nn("hard_tanh"), _keeps_from(-1, 1)),
    ("sigmoid", _torch_nn("sigmoid"), _jax_nn("sigmoid"), MODEST),
    ("log_sigmoid", _torch_nn("logsigmoid"), _jax_nn("log_sigmoid"), MODEST),
    # PyTorch's is linear from 20 on unless told otherwise.
    ("softplus", _torch_nn("softplus", threshold=50), _jax_nn("softplus"), MODEST),
    ("softsign", _torch_nn("softsign"), _jax_nn("soft_sign"), _keeps_from(0)),
    ("elu", _torch_nn("elu"), _jax_nn("elu"), _keeps_from(0)),
    ("selu", _torch_nn("selu"), _jax_nn("selu"), _keeps_from(0)),
    ("silu", _torch_nn("silu"), _jax_nn("silu"), MODEST),
    ("mish", _torch_nn("mish"), _jax_nn("mish"), MODEST),
    ("gelu", _torch_nn("gelu"), _jax_nn("gelu", approximate=False), MODEST),
]:  # fmt: skip
    operation(
        _name,
        getattr(activations, _name),
        lambda xp, x, name=_name: getattr(activations, name)(x),
        _torch,
        jax=_jax,
        needs=(_need,),
    )
operation(
    "gelu_tanh",
    activations.gelu,
    lambda xp, x: activations.gelu(x, approximate=True),
    _torch_nn("gelu", approximate="tanh"),
    jax=_jax_nn("gelu", approximate=True),
    needs=(MODEST,),
)


def _jax_erf(xp, x):
    from jax.scipy.special import erf

    return erf(x)


operation("erf", erf, lambda xp, x: erf(x), lambda t, x: t.erf(x), jax=_jax_erf)
