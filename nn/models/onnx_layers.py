"""Layers that ONNX has as one operation: dense, convolution, pooling, normalization, recurrence.

Every other layer is written as the operations that it consists of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite import nondifferentiable, primitive
from autograd_lite.extend import changed, leaf, trace
from nn import activations
from nn.layers import BatchNormalization, Dense
from nn.layers.base import Layer
from nn.layers.convolution import _Conv
from nn.layers.depthwise_convolution import _DepthwiseConv, _SeparableConv
from nn.layers.module import walk
from nn.layers.pooling import _AveragePooling, _MaxPooling
from nn.layers.recurrent_cells import GRUCell, LSTMCell, SimpleRNNCell
from nn.layers.rnn import RNN
from nn.layers.transposed_convolution import _ConvTranspose

if TYPE_CHECKING:
    from autograd_lite.extend import OnnxWriting, Value


@primitive
def whole_layer(x: Any, layer: Any) -> Any:
    """The output of a layer as one operation, which a file may have as one too."""
    with changed(tape=None, recording=False):
        return type(layer).call(layer, leaf(x)).data


nondifferentiable(whole_layer, 1, "layer")


def keep_whole(model: Layer) -> None:
    """Have the layers inside of a model that a file has as one operation recorded as one.

    Other recurrent layers are recorded step by step: the steps of a file are as many as those of
    the inputs that it is written for.
    """
    for layer in walk(model):
        if isinstance(layer, RNN):
            layer.unroll = True
        if isinstance(layer, Layer) and _writer_of(layer) is not None:
            layer.call = _Whole(layer)  # type: ignore[method-assign]


class _Whole:
    """Called in place of a layer's `call`."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer

    def __call__(self, x: Any, *states: Any, training: bool = False, **options: Any) -> Any:
        if states or any(value is not None for value in options.values()):
            return type(self._layer).call(self._layer, x, *states, **options)
        return whole_layer(x, layer=self._layer)


# -- the layers ------------------------------------------------------------------------------------


def _dense(w: OnnxWriting, value: Value, layer: Any) -> str:
    x, kernel = w.named(value.inputs[0]), _weight(w, layer.kernel)
    if value.ndim == 2:
        bias = [_weight(w, layer.bias)] if layer.use_bias else []
        return _activated(w, layer, w.graph.add("Gemm", x, kernel, *bias), value)
    y = w.graph.add("MatMul", x, kernel)
    if layer.use_bias:
        y = w.graph.add("Add", y, _weight(w, layer.bias))
    return _activated(w, layer, y, value)


def _convolution(w: OnnxWriting, value: Value, layer: Any) -> str:
    rank = layer.rank
    kernel = layer.kernel.data.transpose(rank + 1, rank, *range(rank))
    y = _convolved(w, value, layer, kernel, layer.groups)
    return _finished(w, value, layer, y)


def _depthwise(w: OnnxWriting, value: Value, layer: Any) -> str:
    return _finished(w, value, layer, _by_channel(w, value, layer, layer.kernel))


def _separable(w: OnnxWriting, value: Value, layer: Any) -> str:
    between = _by_channel(w, value, layer, layer.depthwise_kernel)
    rank = layer.rank
    points = layer.pointwise_kernel.data.transpose(rank + 1, rank, *range(rank))
    y = w.graph.add("Conv", between, w.graph.array(np.ascontiguousarray(points)))
    return _finished(w, value, layer, y)


def _by_channel(w: OnnxWriting, value: Value, layer: Any, kernel: Any) -> str:
    """Each channel convolved by kernels of its own."""
    *size, channels, multiplier = kernel.shape
    rank = len(size)
    rows = kernel.data.transpose(rank, rank + 1, *range(rank))
    rows = rows.reshape(channels * multiplier, 1, *size)
    return _convolved(w, value, layer, rows, channels)


def _convolved(w: OnnxWriting, value: Value, layer: Any, kernel: Any, groups: int) -> str:
    size, strides, dilation = layer._window()
    return w.graph.add(
        "Conv",
        _channels_first(w, value),
        w.graph.array(np.ascontiguousarray(kernel), f"{layer.name}/kernel"),
        kernel_shape=size,
        strides=strides,
        dilations=dilation,
        group=groups,
        pads=_pads(layer._border(value.inputs[0].shape)),
    )


def _transposed_convolution(w: OnnxWriting, value: Value, layer: Any) -> str:
    rank = layer.rank
    kernel = layer.kernel.data.transpose(rank + 1, rank, *range(rank))
    cut = [layer._cut(axis) for axis in range(rank)]
    y = w.graph.add(
        "ConvTranspose",
        _channels_first(w, value),
        w.graph.array(np.ascontiguousarray(kernel), f"{layer.name}/kernel"),
        kernel_shape=layer.kernel_size,
        strides=layer.strides,
        dilations=layer.dilation_rate,
        pads=_pads([(max(before, 0), max(after, 0)) for before, after in cut]),
        output_padding=[max(-after, 0) for _, after in cut],
    )
    return _finished(w, value, layer, y)


def _pooling(w: OnnxWriting, value: Value, layer: Any) -> str:
    average = isinstance(layer, _AveragePooling)
    y = w.graph.add(
        "AveragePool" if average else "MaxPool",
        _channels_first(w, value),
        kernel_shape=layer.pool_size,
        strides=layer.strides,
        pads=_pads(layer._border(value.inputs[0].shape)),
    )
    return _channels_last(w, value, y)


def _batch_normalization(w: OnnxWriting, value: Value, layer: Any) -> str:
    features = np.ones(layer.moving_mean.shape, value.dtype)
    scale = _weight(w, layer.gamma) if layer.scale else w.graph.array(features)
    shift = _weight(w, layer.beta) if layer.center else w.graph.array(0 * features)
    y = w.graph.add(
        "BatchNormalization",
        _channels_first(w, value),
        scale,
        shift,
        _weight(w, layer.moving_mean),
        _weight(w, layer.moving_variance),
        epsilon=layer.epsilon,
    )
    return _channels_last(w, value, y)


def _recurrence(w: OnnxWriting, value: Value, layer: Any) -> str:
    """LSTM, GRU and SimpleRNN: their gates in the order of ONNX, each as rows."""
    cell, units = layer.cell, layer.cell.units
    operator, gates, attributes = _CELLS[type(cell)]
    if isinstance(cell, GRUCell):
        attributes = {**attributes, "linear_before_reset": int(cell.reset_after)}

    def ordered(columns: Any) -> Any:
        parts = np.split(np.asarray(columns), len(gates), axis=-1)
        return np.concatenate([parts[i] for i in gates], axis=-1)

    def weight(columns: Any, name: str) -> str:
        return w.graph.array(ordered(columns).T[None], f"{layer.name}/{name}")

    biases = [np.zeros(len(gates) * units, value.dtype) for _ in range(2)]
    if cell.use_bias:
        for i, row in enumerate(np.atleast_2d(cell.bias.data)):
            biases[i] = ordered(row)
    steps_first = w.graph.transposed(w.named(value.inputs[0]), [1, 0, 2])
    sequences, last = w.graph.add_with_outputs(
        operator,
        [
            steps_first,
            weight(cell.kernel.data, "kernel"),
            weight(cell.recurrent_kernel.data, "recurrent_kernel"),
            w.graph.array(np.concatenate(biases)[None], f"{layer.name}/bias"),
        ],
        2,
        hidden_size=units,
        direction="reverse" if layer.go_backwards else "forward",
        **attributes,
    )
    if not layer.return_sequences:
        return w.graph.add("Squeeze", last, w.graph.integers(0))
    y = w.graph.add("Squeeze", sequences, w.graph.integers(1))
    if layer.go_backwards:
        ends = (w.graph.integers(-1), w.graph.integers(-(2**62)))
        y = w.graph.add("Slice", y, *ends, w.graph.integers(0), w.graph.integers(-1))
    return w.graph.transposed(y, [1, 0, 2])


# The operation of a cell, its gates in ONNX's order by their places in Keras's, and attributes.
_CELLS: dict[type, tuple[str, tuple[int, ...], dict[str, Any]]] = {
    SimpleRNNCell: ("RNN", (0,), {}),
    LSTMCell: ("LSTM", (0, 3, 1, 2), {}),
    GRUCell: ("GRU", (0, 1, 2), {}),
}


# -- what they have in common ----------------------------------------------------------------------


def _weight(w: OnnxWriting, variable: Any) -> str:
    return w.graph.array(variable.data, variable.name)


def _pads(border: Sequence[tuple[int, int]]) -> list[int]:
    return [before for before, _ in border] + [after for _, after in border]


def _channels_first(w: OnnxWriting, value: Value) -> str:
    x, last = w.named(value.inputs[0]), value.inputs[0].ndim - 1
    return w.graph.transposed(x, [0, last, *range(1, last)])


def _channels_last(w: OnnxWriting, value: Value, y: str) -> str:
    return w.graph.transposed(y, [0, *range(2, value.ndim), 1])


def _finished(w: OnnxWriting, value: Value, layer: Any, y: str) -> str:
    """The bias and the activation of a convolution, with the channels at the end."""
    if layer.use_bias:
        shape = (1, -1, *[1] * layer.rank)
        y = w.graph.add("Add", y, w.graph.array(layer.bias.data.reshape(shape), layer.bias.name))
    if activations.get(layer.activation) in _ALONE:
        return _channels_last(w, value, _activated(w, layer, y, value))
    return _activated(w, layer, _channels_last(w, value, y), value)


def _activated(w: OnnxWriting, layer: Any, y: str, value: Value) -> str:
    function = activations.get(layer.activation)
    if function is activations.linear:
        return y
    if function in _ALONE:
        operator, attributes = _ALONE[function]
        return w.graph.add(operator, y, **attributes)
    if function is activations.softmax:
        return w.graph.add("Softmax", y, axis=-1)
    lengths = value.shape, w.twins.of(value).shape
    one, other = (
        trace(function, (np.ones(n, value.dtype),), {}, "activation", ["x"]).program
        for n in lengths
    )
    (result,) = w.inline(one, other, [y], (lengths[0][0], lengths[1][0]))
    return result


# Element-wise activations that ONNX has, so that it is all the same where the channels are.
_ALONE: dict[Any, tuple[str, dict[str, Any]]] = {
    activations.linear: ("Identity", {}),
    activations.relu: ("Relu", {}),
    activations.sigmoid: ("Sigmoid", {}),
    activations.tanh: ("Tanh", {}),
    activations.softplus: ("Softplus", {}),
    activations.softsign: ("Softsign", {}),
    activations.selu: ("Selu", {}),
    activations.elu: ("Elu", {}),
    activations.exponential: ("Exp", {}),
}

LayerWriter = Callable[["OnnxWriting", "Value", Any], str]


def _writer_of(layer: Layer) -> LayerWriter | None:
    """Return the writer of a layer as one operation; None for one that is written as its parts."""
    if isinstance(layer, BatchNormalization) and not _normalizes_last(layer):
        return None
    if getattr(layer, "data_format", None) == "channels_first":
        return None
    if isinstance(layer, RNN) and not _is_plain_recurrence(layer):
        return None
    for kind, writer in _BY_KIND.items():
        if isinstance(layer, kind) and type(layer).call is kind.call:
            return writer
    return None


def _is_plain_recurrence(layer: RNN) -> bool:
    """Return if ONNX has the layer as it is: a cell with its own activations, and no states."""
    cell = layer.cell
    if type(cell) not in _CELLS or layer.stateful or layer.return_state:
        return False
    gate = activations.get(getattr(cell, "recurrent_activation", "sigmoid"))
    return activations.get(cell.activation) is activations.tanh and gate is activations.sigmoid


def _normalizes_last(layer: BatchNormalization) -> bool:
    shape = layer._input_shapes[0] if layer._input_shapes else ()
    return len(shape) > 1 and layer.axis in (-1, len(shape) - 1)


_BY_KIND: dict[type[Layer], LayerWriter] = {
    Dense: _dense,
    _Conv: _convolution,
    _DepthwiseConv: _depthwise,
    _SeparableConv: _separable,
    _ConvTranspose: _transposed_convolution,
    _MaxPooling: _pooling,
    _AveragePooling: _pooling,
    BatchNormalization: _batch_normalization,
    RNN: _recurrence,
}


def _write(w: OnnxWriting, value: Value) -> str:
    layer = value.keywords["layer"]
    writer = _writer_of(layer)
    assert writer is not None
    return writer(w, value, layer)


WRITERS = {whole_layer: _write}
