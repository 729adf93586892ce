"""Parts of networks: activations, encodings, normalizations, losses, attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import check_bounds
from nn._core.validation import require_whole
from nn.activations import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    swish,
    tanh_shrink,
    threshold,
)
from nn.activations import gelu as _gelu
from nn.activations.operation import floating
from nn.config import epsilon as default_epsilon
from nn.config import floatx
from nn.losses.crossentropy import (
    distribution_crossentropy,
    probability_crossentropy,
    sigmoid_crossentropy,
    softmax_crossentropy,
)
from nn.ops.convolution import (
    average_pool,
    conv,
    conv_transpose,
    depthwise_conv,
    max_pool,
    separable_conv,
)
from nn.ops.creation import cast
from nn.ops.data_format import in_either_order
from nn.ops.reductions import moments

__all__ = [
    "average_pool",
    "batch_normalization",
    "binary_crossentropy",
    "categorical_crossentropy",
    "celu",
    "conv",
    "conv_transpose",
    "depth_to_space",
    "depthwise_conv",
    "dot_product_attention",
    "elu",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "layer_normalization",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "max_pool",
    "moments",
    "multi_hot",
    "normalize",
    "one_hot",
    "psnr",
    "relu",
    "relu6",
    "rms_normalization",
    "selu",
    "separable_conv",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "space_to_depth",
    "sparse_categorical_crossentropy",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh_shrink",
    "threshold",
]

# -- activations -----------------------------------------------------------------------------------


def gelu(x: Any, approximate: bool = True) -> Any:
    """Return `nn.activations.gelu`; by default the form with tanh, as in `keras.ops`."""
    return _gelu(x, approximate)


# -- encodings -------------------------------------------------------------------------------------


def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Any:
    """Return 1 at each label of a new axis, else 0; all 0 for labels out of range.

    Args:
        x: labels, integers.
        num_classes: the length of the new axis.
        axis: its place.
        dtype: by default `floatx()`.
        sparse: refused if True.

    Example:
        >>> one_hot([1, -1], 3)
        array([[0., 1., 0.],
               [0., 0., 0.]], dtype=float32)
    """
    _require_dense(sparse)
    require_whole("num_classes", num_classes)
    if not isinstance(x, Tensor):
        given = np.asarray(x)
        if given.dtype.kind not in "fiub" or np.any(given != np.rint(given)):
            raise ValueError(f"one_hot takes labels, which are integers; got {x!r:.60}")
    labels = np.expand_dims(x if hasattr(x, "dtype") else np.asarray(x), axis)
    shape = [1] * labels.ndim
    shape[axis] = num_classes
    return cast(labels == np.arange(num_classes).reshape(shape), dtype or floatx())


def multi_hot(
    inputs: Any,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    **kwargs: Any,
) -> Any:
    """Return 1 at each label that occurs in a sample, else 0.

    >>> multi_hot([0, 2, 2], 4)
    array([1., 0., 1., 0.], dtype=float32)
    """
    num_classes = kwargs.pop("num_tokens", None) if num_classes is None else num_classes
    if num_classes is None or kwargs:
        raise TypeError(f"multi_hot takes num_classes=, the number of classes; got {kwargs}")
    encoded = one_hot(inputs, num_classes, axis, dtype, sparse)
    return np.max(encoded, axis=1 if encoded.ndim > 2 else 0)


def _require_dense(sparse: bool) -> None:
    if sparse:
        raise TypeError("arrays here are dense: leave out sparse=True")


# -- images ----------------------------------------------------------------------------------------


@in_either_order()
def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Return images with the channels laid out as blocks: (n, h, w, c b²) to (n, h b, w b, c)."""
    n, h, w, channels = x.shape
    b = block_size
    blocks = np.reshape(x, (n, h, w, b, b, channels // b**2))
    return np.reshape(np.transpose(blocks, (0, 1, 3, 2, 4, 5)), (n, h * b, w * b, -1))


@in_either_order()
def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Return images with blocks as channels: (n, h b, w b, c) to (n, h, w, c b²)."""
    n, h, w, channels = x.shape
    b = block_size
    blocks = np.reshape(x, (n, h // b, b, w // b, b, channels))
    return np.reshape(np.transpose(blocks, (0, 1, 3, 2, 4, 5)), (n, h // b, w // b, -1))


def psnr(x1: Any, x2: Any, max_val: float) -> Any:
    """Return the peak signal-to-noise ratio of two images, in decibels."""
    return 20 * math.log10(max_val) - 10 * np.log10(np.mean(np.square(x1 - x2)))


# -- normalizations --------------------------------------------------------------------------------


def normalize(x: Any, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> Any:
    """Return x divided by its norm along an axis; by epsilon, if that is larger.

    >>> normalize(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """
    x = floating(x)
    least = default_epsilon() if epsilon is None else epsilon
    if order == 2:
        squares = np.sum(np.square(x), axis=axis, keepdims=True)
        return x / np.sqrt(np.maximum(squares, least * least))
    return x / np.maximum(np.linalg.norm(x, order, axis, keepdims=True), least)


def _require_features(x: Any, axis: int, **given: Any) -> None:
    """Require arrays of one number for each feature along an axis of x."""
    features = (x.shape[axis],) if -x.ndim <= axis < x.ndim else None
    for name, value in given.items():
        if value is not None and np.shape(value) != features:
            raise ValueError(
                f"{name} is one number for each feature along axis {axis} of x, which has shape "
                f"{x.shape}; got {name} of shape {np.shape(value)}"
            )


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Any:
    """Return (x - mean) / sqrt(variance + epsilon) * scale + offset, each one number a feature."""
    _require_features(x, axis, mean=mean, variance=variance, offset=offset, scale=scale)
    shape = [1] * x.ndim
    shape[axis] = -1
    factor = 1 / np.sqrt(np.reshape(variance, shape) + epsilon)
    if scale is not None:
        factor = factor * np.reshape(scale, shape)
    y = (x - np.reshape(mean, shape)) * factor
    return y if offset is None else y + np.reshape(offset, shape)


def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None
) -> Any:
    """Return x with mean 0 and variance 1 along axes, times gamma, plus beta."""
    if isinstance(axis, int):
        _require_features(x, axis, gamma=gamma, beta=beta)
    mean, variance = moments(x, axis, keepdims=True)
    shape = _kept(x, axis)
    y = (x - mean) / np.sqrt(variance + (default_epsilon() if epsilon is None else epsilon))
    y = y if gamma is None else y * np.reshape(gamma, shape)
    return y if beta is None else y + np.reshape(beta, shape)


def rms_normalization(
    x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None
) -> Any:
    """Return x divided by its root mean square along axes, times scale."""
    if isinstance(axis, int):
        _require_features(x, axis, scale=scale)
    squares = np.mean(np.square(x), axis=axis, keepdims=True)
    y = x / np.sqrt(squares + (default_epsilon() if epsilon is None else epsilon))
    return y if scale is None else y * np.reshape(scale, _kept(x, axis))


def _kept(x: Any, axis: Any) -> list[int]:
    """Return the shape of x with 1 for all but the axes."""
    axes = {a % x.ndim for a in (axis if isinstance(axis, (tuple, list)) else [axis])}
    return [n if i in axes else 1 for i, n in enumerate(x.shape)]


# -- losses, one for each element or sample --------------------------------------------------------


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """Return the crossentropy of each element, of the shape of the output."""
    target, output = _alike(target, output)
    function = sigmoid_crossentropy if from_logits else probability_crossentropy
    return function(output, target)


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """Return the crossentropy of each sample; targets are distributions along the axis."""
    target, output = _alike(target, output)
    function = softmax_crossentropy if from_logits else distribution_crossentropy
    return function(output, target, axis=axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """Return the crossentropy of each sample; targets are labels.

    Raises:
        IndexError: for labels that are none of the classes.
    """
    output = floating(output)
    labels = target if hasattr(target, "dtype") else np.asarray(target)
    if labels.ndim == output.ndim and labels.shape[axis] == 1:
        labels = np.squeeze(labels, axis=axis)
    classes = output.shape[axis]
    rows = check_bounds(cast(labels, np.intp), count=classes)
    return categorical_crossentropy(
        one_hot(rows, classes, axis, output.dtype), output, from_logits, axis
    )


def _alike(target: Any, output: Any) -> tuple[Any, Any]:
    output = floating(output)
    target = cast(target, output.dtype)
    if target.shape != output.shape:
        raise ValueError(f"target and output have one shape, got {target.shape} and {output.shape}")
    return target, output


# -- attention -------------------------------------------------------------------------------------


def _check_attention(query: Any, key: Any, value: Any) -> None:
    q, k, v = (tuple(x.shape) for x in (query, key, value))
    fits = len(q) == len(k) == len(v) == 4 and q[0] == k[0] == v[0] and k[1:3] == v[1:3]
    if not fits or q[3] != k[3] or not k[2] or q[2] % k[2]:
        raise ValueError(
            "dot_product_attention takes a query (samples, length, heads, width), a key (samples, "
            "other length, heads, width) and a value (samples, other length, heads, any width); "
            f"the heads of key and value divide those of the query. Got {q}, {k}, {v}"
        )


def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: Any = None,
    attn_logits_soft_cap: float | None = None,
) -> Any:
    """Return softmax(query keyᵀ / sqrt(width)) value, for each head (Vaswani et al., 2017).

    Args:
        query: (samples, length, heads, width).
        key: (samples, other length, heads, width); fewer heads serve several of the query.
        value: as key.
        bias: added to the scores, (samples, heads, length, other length).
        mask: booleans of that shape, False for what is not attended to.
        scale: of the scores; 1 / sqrt(width) by default.
        is_causal: True lets no position see later ones.
        flash_attention: has no effect.
        attn_logits_soft_cap: scores are squeezed by tanh to stay below it.

    Returns:
        (samples, length, heads, width).
    """
    _check_attention(query, key, value)
    groups = query.shape[2] // key.shape[2]
    if groups > 1:
        key, value = np.repeat(key, groups, axis=2), np.repeat(value, groups, axis=2)
    scores = np.einsum("btnh,bsnh->bnts", query, key)
    scores = scores * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if attn_logits_soft_cap is not None:
        scores = attn_logits_soft_cap * np.tanh(scores / attn_logits_soft_cap)
    if bias is not None:
        scores = scores + bias
    if is_causal:
        earlier = np.tri(scores.shape[-2], scores.shape[-1], dtype=bool)
        mask = earlier if mask is None else np.logical_and(mask, earlier)
    if mask is not None:
        scores = np.where(mask, scores, np.finfo(scores.dtype).min / 2).astype(scores.dtype)
    return np.einsum("bnts,bsnh->btnh", softmax(scores, axis=-1), value)
