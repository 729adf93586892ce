"""Losses and normalisations, which `nn` has with Keras's arguments.

What cannot be said in those (weights of classes, ``pos_weight=``) is no parameter here, so that
such samples are counted as not spelled.
"""

import numpy as np

import nn
from oracle.opinfo.spelling.table import reduced, spelled


def by_element(loss):
    """A loss of `nn`, which averages over the last axis, for every element."""
    return lambda x, y, **given: loss(y[..., None], x[..., None], **given)


def _loss(elements):
    def loss(x, y, weight=None, reduction="mean", **keywords):
        found = elements(x, y, **keywords)
        return reduced(found if weight is None else found * weight, reduction)

    return loss


spelled("nn.functional.binary_cross_entropy")(_loss(by_element(nn.losses.binary_crossentropy)))
spelled("nn.functional.binary_cross_entropy_with_logits")(
    _loss(lambda x, y: by_element(nn.losses.binary_crossentropy)(x, y, from_logits=True))
)
spelled("nn.functional.huber_loss")(_loss(by_element(nn.losses.huber)))


@spelled("nn.functional.smooth_l1_loss")
@_loss
def smooth_l1_loss(x, y, beta=1.0):
    return by_element(nn.losses.huber)(x, y, delta=beta) / beta


@spelled("nn.functional.kl_div")
def kl_div(x, y, reduction="mean", log_target=False):
    found = by_element(nn.losses.kl_divergence)(np.exp(x), np.exp(y) if log_target else y)
    if reduction == "batchmean":
        return np.sum(found) / (x.shape[0] if x.ndim else 1)
    return reduced(found, reduction)


@spelled("nn.functional.cross_entropy")
def cross_entropy(x, y, reduction="mean", ignore_index=None, label_smoothing=0.0):
    """Classes are along the second axis, of a single sample along the first."""
    axis = 1 if x.ndim > 1 else 0
    if y.dtype.kind == "f":
        given = {"label_smoothing": label_smoothing, "from_logits": True, "axis": axis}
        found = nn.losses.categorical_crossentropy(y, x, **given)
        return np.sum(found) / found.size if reduction == "mean" else reduced(found, reduction)
    if label_smoothing:
        raise TypeError("labels given as integers are not smoothed")
    given = {"from_logits": True, "axis": axis, "ignore_class": ignore_index}
    found = nn.losses.sparse_categorical_crossentropy(y, x, **given)
    if reduction == "mean" and ignore_index is not None:
        return np.sum(found) / np.sum(y != ignore_index)
    return reduced(found, reduction)


def scaled(x, weight, bias, shape):
    """The learned scale and shift, which the layers hold themselves."""
    x = x if weight is None else x * np.reshape(weight, shape)
    return x if bias is None else x + np.reshape(bias, shape)


def normalized(x, axes, eps):
    plain = {"center": False, "scale": False, "dtype": "float64"}
    return nn.layers.LayerNormalization(axes, eps, **plain)(x)


@spelled("nn.functional.layer_norm")
def layer_norm(x, shape, weight=None, bias=None, eps=1e-5):
    return scaled(normalized(x, tuple(range(-len(shape), 0)), eps), weight, bias, shape)


@spelled("nn.functional.group_norm")
def group_norm(x, groups, weight=None, bias=None, eps=1e-5):
    parts = np.reshape(x, (x.shape[0], groups, -1))
    each = (-1, *(1,) * (x.ndim - 2))
    return scaled(np.reshape(normalized(parts, -1, eps), x.shape), weight, bias, each)


@spelled("nn.functional.instance_norm")
def instance_norm(
    x, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True,
    momentum=0.1, eps=1e-5,
):  # fmt: skip
    if not use_input_stats:
        raise TypeError("a layer normalises by its input")
    each = (-1, *(1,) * (x.ndim - 2))
    return scaled(normalized(x, tuple(range(2, x.ndim)), eps), weight, bias, each)


@spelled("nn.functional.batch_norm", "nn.functional.batch_norm.without_cudnn")
def batch_norm(x, mean, var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    plain = {"center": False, "scale": False, "dtype": "float64"}
    layer = nn.layers.BatchNormalization(1, 0.9, eps, **plain)
    layer.build(x.shape)
    if not training:
        layer.moving_mean.assign(mean)
        layer.moving_variance.assign(var)
    each = (-1, *(1,) * (x.ndim - 2))
    return scaled(layer(x, training=training), weight, bias, each)
