"""Activations and losses, which `nn` has."""

import numpy as np

import nn
from nn._core.erf import erf
from oracle.opinfo.spelling.table import dtype_of, reduced, spelled

RENAMED = {"hardsigmoid": "hard_sigmoid", "logsigmoid": "log_sigmoid"}


def _in_place_or_not(function):
    def activation(x, *args, inplace=False, **keywords):
        return function(x, *args, **keywords)

    return activation


for _name in [
    *("elu", "hardsigmoid", "logsigmoid", "mish", "relu", "relu6", "selu", "silu", "softplus"),
    *("softsign",),
]:
    spelled(f"nn.functional.{_name}")(
        _in_place_or_not(getattr(nn.activations, RENAMED.get(_name, _name)))
    )
spelled("erf")(lambda x: erf(x))
spelled("sigmoid")(lambda x: nn.activations.sigmoid(x))
spelled("nn.functional.gelu")(
    lambda x, approximate="none": nn.activations.gelu(x, approximate=approximate == "tanh")
)
spelled("nn.functional.leaky_relu")(
    lambda x, negative_slope=0.01, inplace=False: nn.activations.leaky_relu(x, negative_slope)
)
spelled("nn.functional.hardtanh")(
    lambda x, min_val=-1.0, max_val=1.0, inplace=False: np.clip(x, min_val, max_val)
)
spelled("nn.functional.linear")(lambda x, w, b=None: x @ w.T + (0 if b is None else b))


def _rows(function, sign=1):
    def on(x, dim, dtype=None):
        x = x if dtype is None else x.astype(dtype_of(dtype))
        if x.ndim == 0:
            return np.reshape(function(np.reshape(sign * x, (1,)), axis=0), ())
        return function(sign * x, axis=dim)

    return on


spelled("softmax", "softmax.with_dtype")(_rows(nn.activations.softmax))
spelled("log_softmax", "log_softmax.with_dtype")(_rows(nn.activations.log_softmax))
spelled("nn.functional.softmin", "nn.functional.softmin.with_dtype")(
    _rows(nn.activations.softmax, -1)
)


spelled("nn.functional.hardswish")(_in_place_or_not(lambda x: x * nn.activations.hard_sigmoid(x)))
spelled("nn.functional.tanhshrink")(lambda x: x - np.tanh(x))
spelled("nn.functional.celu")(
    _in_place_or_not(
        lambda x, alpha=1.0: np.maximum(x, 0) + np.minimum(alpha * np.expm1(x / alpha), 0)
    )
)
spelled("nn.functional.hardshrink")(lambda x, lambd=0.5: np.where(np.abs(x) <= lambd, 0.0, x))
spelled("nn.functional.softshrink")(
    lambda x, lambd=0.5: np.where(np.abs(x) <= lambd, 0.0, x - lambd * np.sign(x))
)
spelled("nn.functional.threshold")(
    _in_place_or_not(lambda x, threshold, value: np.where(x > threshold, x, value))
)


@spelled("nn.functional.glu")
def glu(x, dim=-1):
    a, b = np.split(x, 2, axis=dim)
    return a * nn.activations.sigmoid(b)


def _loss(elements):
    return lambda x, y, reduction="mean": reduced(elements(x, y), reduction)


spelled("nn.functional.mse_loss")(_loss(lambda x, y: (x - y) ** 2))
spelled("nn.functional.l1_loss")(_loss(lambda x, y: np.abs(x - y)))
