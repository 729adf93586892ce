"""Activations and losses, which `nn` has."""

import numpy as np

import nn
from oracle.opinfo.spelling.table import dtype_of, spelled

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


def _loss(elements):
    def loss(x, y, reduction="mean", **keywords):
        found = elements(x, y, **keywords)
        return {"mean": np.mean, "sum": np.sum, "none": lambda z: z}[reduction](found)

    return loss


spelled("nn.functional.mse_loss")(_loss(lambda x, y: (x - y) ** 2))
spelled("nn.functional.l1_loss")(_loss(lambda x, y: np.abs(x - y)))
