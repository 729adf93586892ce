"""The tensors of PyTorch's modules from the weights of layers: `torch_layers`, the other way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nn import layers
from nn.layers import Layer
from nn.saving.torch_layers import CONVOLUTIONS, NAMES, RECURRENT, weights_of

Array = np.ndarray[Any, Any]
Tensors = Iterator[tuple[str, Array]]


def tensors_of(layer: Layer, level: int = 0) -> dict[str, Array] | None:
    """Return the tensors of a module that computes what a layer does, by their names in it.

    Args:
        layer: of `nn`, built.
        level: of a module of several recurrent layers, the one that is meant.

    Returns:
        None for a layer that PyTorch has no module like, be it for its arguments: heads of an
        attention that are not as wide, together, as its inputs.
    """
    kind = type(layer)
    if kind in RECURRENT:
        found = dict(_recurrent(layer, f"_l{level}"))
    elif isinstance(layer, layers.Bidirectional):
        parts = ((layer.forward_layer, ""), (layer.backward_layer, "_reverse"))
        found = {k: x for part, end in parts for k, x in _recurrent(part, f"_l{level}{end}")}
    else:
        found = dict(_BY_CLASS.get(kind, _plain)(layer))
    read = weights_of(layer, found.get, level)  # must give back the weights, each and as they are
    if read is None or len(read) != len(layer.variables):
        return None
    same = all(value is not None and np.array_equal(value, v.data) for v, _, value in read)
    return found if same else None


def _plain(layer: Any) -> Tensors:
    for attribute, name in NAMES.get(type(layer), {"bias": "bias"}).items():
        variable = getattr(layer, attribute, None)
        if variable is not None:
            yield name, variable.data


def _dense(layer: Any) -> Tensors:
    yield "weight", layer.kernel.data.T
    yield from _plain(layer)


def _convolution(layer: Any) -> Tensors:
    """Kernels (*lengths, channels, filters), transposed (*lengths, filters, channels)."""
    yield "weight", np.transpose(layer.kernel.data, (-1, -2, *range(layer.rank)))
    yield from _plain(layer)


def _depthwise(layer: Any) -> Tensors:
    kernel = layer.kernel.data
    *lengths, channels, multiplier = kernel.shape
    first = np.moveaxis(kernel, (-2, -1), (0, 1))
    yield "weight", first.reshape(channels * multiplier, 1, *lengths)
    yield from _plain(layer)


def _recurrent(layer: Any, end: str) -> Tensors:
    """With the whole bias as that of the inputs, where Keras has one and PyTorch two."""
    cell = layer.cell
    is_gru = type(layer) is layers.GRU

    def gates(x: Array) -> Array:
        if not is_gru:
            return x
        z, r, h = np.split(x, 3)
        return np.concatenate([r, z, h])

    yield f"weight_ih{end}", gates(cell.kernel.data.T)
    yield f"weight_hh{end}", gates(cell.recurrent_kernel.data.T)
    if cell.bias is not None:
        bias = cell.bias.data
        two = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
        yield f"bias_ih{end}", gates(two[0])
        yield f"bias_hh{end}", gates(two[1])


def _attention(layer: Any) -> Tensors:
    parts = (layer._query_dense, layer._key_dense, layer._value_dense)
    out = layer._output_dense
    products = [part.kernel.data.reshape(len(part.kernel.data), -1).T for part in parts]
    if all(x.shape == (out.kernel.shape[-1],) * 2 for x in products):
        yield "in_proj_weight", np.concatenate(products)
    yield "out_proj.weight", out.kernel.data.reshape(-1, out.kernel.shape[-1]).T
    if out.bias is not None:
        yield "in_proj_bias", np.concatenate([part.bias.data.ravel() for part in parts])
        yield "out_proj.bias", out.bias.data


_BY_CLASS: dict[type, Callable[[Any], Tensors]] = {
    layers.Dense: _dense,
    **dict.fromkeys(CONVOLUTIONS, _convolution),
    layers.DepthwiseConv1D: _depthwise,
    layers.DepthwiseConv2D: _depthwise,
    layers.MultiHeadAttention: _attention,
    layers.PReLU: lambda layer: iter([("weight", layer.alpha.data.ravel())]),
}
