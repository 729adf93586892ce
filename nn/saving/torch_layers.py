"""The weights of each layer in PyTorch's modules: their names there, and how they are arranged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_lite import Variable
from nn import layers
from nn.layers import Layer

Take = Callable[[str], Any]  # the tensor of a name in the layer's module; None if there is none
Weights = Iterator[tuple[Variable, str, Any]]  # a weight, the name of its tensor, its new value


def weights_of(layer: Layer, take: Take, level: int = 0) -> list[tuple[Variable, str, Any]] | None:
    """Return the weights of a layer with their values from a module's tensors, arranged for it.

    Args:
        layer: of `nn`, built.
        take: returns a tensor of the module.
        level: of a module of several recurrent layers, the one that is meant.

    Returns:
        A triple for each weight: the weight, the name of its tensor, the value, or None if the
        tensor is missing. None for a class of layers that PyTorch has no module like.
    """
    for kind, find in _BY_CLASS.items():
        if type(layer) is kind:
            return list(find(layer, take))
    if type(layer) in RECURRENT:
        return list(_recurrent(layer, take, f"_l{level}"))
    if type(layer) is layers.Bidirectional:
        found: list[tuple[Variable, str, Any]] = []
        for part, end in ((layer.forward_layer, ""), (layer.backward_layer, "_reverse")):
            found += _recurrent(part, take, f"_l{level}{end}")
        return found
    return None


def _plain(layer: Any, names: dict[str, str], take: Take) -> Weights:
    for attribute, name in names.items():
        variable = getattr(layer, attribute, None)
        if isinstance(variable, Variable):
            yield variable, name, take(name)


def _arranged(x: Any, arrange: Callable[[Any], Any]) -> Any:
    return x if x is None else arrange(x)


def _dense(layer: Any, take: Take) -> Weights:
    yield layer.kernel, "weight", _arranged(take("weight"), np.transpose)
    yield from _plain(layer, {"bias": "bias"}, take)


def _convolution(layer: Any, take: Take) -> Weights:
    """From (filters, channels, *lengths), transposed (channels, filters, *lengths)."""
    axes = (*range(2, layer.rank + 2), 1, 0)
    yield layer.kernel, "weight", _arranged(take("weight"), lambda x: _turned(x, axes))
    yield from _plain(layer, {"bias": "bias"}, take)


def _turned(x: Any, axes: tuple[int, ...]) -> Any:
    return np.transpose(x, axes) if x.ndim == len(axes) else x


def _depthwise(layer: Any, take: Take) -> Weights:
    """A convolution with a group for each channel: (channels * multiplier, 1, *lengths)."""
    *lengths, channels, multiplier = layer.kernel.shape

    def arrange(x: Any) -> Any:
        if x.shape != (channels * multiplier, 1, *lengths):
            return x
        parts = x.reshape(channels, multiplier, *lengths)
        return np.transpose(parts, (*range(2, x.ndim), 0, 1))

    yield layer.kernel, "weight", _arranged(take("weight"), arrange)
    yield from _plain(layer, {"bias": "bias"}, take)


def _recurrent(layer: Any, take: Take, end: str) -> Weights:
    """Gates of PyTorch: LSTM i, f, g, o, which are Keras's; GRU r, z, n, here z, r, h."""
    cell = layer.cell
    is_gru = type(layer) is layers.GRU

    def gates(x: Any) -> Any:
        if not is_gru or x.shape[0] % 3:
            return x
        r, z, n = np.split(x, 3)
        return np.concatenate([z, r, n])

    for attribute, name in (("kernel", "weight_ih"), ("recurrent_kernel", "weight_hh")):
        value = _arranged(take(f"{name}{end}"), lambda x: np.transpose(gates(x)))
        yield getattr(cell, attribute), f"{name}{end}", value
    if cell.bias is None:
        return
    biases = [_arranged(take(f"bias_{part}{end}"), gates) for part in ("ih", "hh")]
    missing = any(bias is None for bias in biases)
    together = None if missing else (np.stack(biases) if cell.bias.ndim == 2 else sum(biases))
    yield cell.bias, f"bias_ih{end}, bias_hh{end}", together


def _attention(layer: Any, take: Take) -> Weights:
    """One product for query, key and value there, each with its heads here."""
    parts = (layer._query_dense, layer._key_dense, layer._value_dense)
    for name, attribute in (("in_proj_weight", "kernel"), ("in_proj_bias", "bias")):
        whole = take(name) if getattr(parts[0], attribute) is not None else None
        for i, part in enumerate(parts):
            variable = getattr(part, attribute)
            if variable is not None:
                yield variable, name, _arranged(whole, lambda x: _heads(x, i, variable.shape))  # noqa: B023 - at once
    kernel = layer._output_dense.kernel
    weight = take("out_proj.weight")
    yield kernel, "out_proj.weight", _arranged(weight, lambda x: _fitting(x.T, kernel.shape))
    if layer._output_dense.bias is not None:
        yield layer._output_dense.bias, "out_proj.bias", take("out_proj.bias")


def _heads(x: Any, i: int, shape: tuple[int, ...]) -> Any:
    """The third of a product that is the query's, the key's or the value's."""
    third = x[i * (len(x) // 3) : (i + 1) * (len(x) // 3)]
    return _fitting(third.T, shape)


def _fitting(x: Any, shape: tuple[int, ...]) -> Any:
    """The array in a shape of as many elements; as it is if the shape has others."""
    return x.reshape(shape) if x.size == np.prod(shape) else x


def _prelu(layer: Any, take: Take) -> Weights:
    value = take("weight")
    yield layer.alpha, "weight", _arranged(value, lambda x: _fitting(x, layer.alpha.shape))


_NORM = {"gamma": "weight", "beta": "bias"}
# Weights that are arranged as the tensors of other names.
NAMES: dict[type, dict[str, str]] = {
    layers.BatchNormalization: {
        **_NORM,
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
    },
    layers.LayerNormalization: _NORM,
    layers.GroupNormalization: _NORM,
    layers.RMSNormalization: {"scale": "weight"},
    layers.Embedding: {"embeddings": "weight"},
}
RECURRENT = (layers.LSTM, layers.GRU, layers.SimpleRNN)
CONVOLUTIONS = (
    layers.Conv1D,
    layers.Conv2D,
    layers.Conv3D,
    layers.Conv1DTranspose,
    layers.Conv2DTranspose,
    layers.Conv3DTranspose,
)
_BY_CLASS: dict[type, Callable[[Any, Take], Weights]] = {
    layers.Dense: _dense,
    **dict.fromkeys(CONVOLUTIONS, _convolution),
    layers.DepthwiseConv1D: _depthwise,
    layers.DepthwiseConv2D: _depthwise,
    **dict.fromkeys(NAMES, lambda layer, take: _plain(layer, NAMES[type(layer)], take)),
    layers.MultiHeadAttention: _attention,
    layers.PReLU: _prelu,
}
