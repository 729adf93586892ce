"""Layers called on symbolic Tensors: `layer.input` and `layer.output`, the functional API."""

from __future__ import annotations

import functools
import weakref
from typing import Any

import numpy as np

from autograd_lite.extend import Call, Snapshot, SymbolicTensor, record_call
from nn import random
from nn._core.generators import generators_of
from nn._core.nest import map_arrays
from nn.layers.indices import of_examples
from nn.layers.module import Module, states_kept, walk

# The calls of each layer, in order, as long as a symbolic Tensor or a model is made of them.
_CALLS: weakref.WeakKeyDictionary[Any, list[weakref.ref[Call]]] = weakref.WeakKeyDictionary()

# What stands for an unknown length that is not the number of samples, in the first and the second
# batch: enough for a few convolutions and poolings, and shrinking, while the samples become more.
ANY_LENGTH = (163, 128)


def declared(layer: Any, shape: tuple[int | None, ...], dtype: np.dtype[Any]) -> SymbolicTensor:
    """Return the output of an input layer: it stands for any batch of a shape."""
    known = calls_of(layer)
    if known:
        return SymbolicTensor(known[0], 0)
    call = Call(layer, (), {}, 0, [(lengths_of(shape), dtype, None)])
    remember_call(layer, call)
    return SymbolicTensor(call, 0)


def lengths_of(shape: tuple[int | None, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shapes of batches of two lengths, of a shape with None for what is not known."""
    pairs = [(n, n) if n is not None else ANY_LENGTH for n in shape]
    if shape and shape[0] is None:
        pairs[0] = (2, 3)
    return tuple(n for n, _ in pairs), tuple(n for _, n in pairs)


def call_symbolically(
    layer: Any, inputs: tuple[Any, ...], training: bool | None, options: dict[str, Any]
) -> Any:
    """Record a call of a layer on symbolic Tensors; it builds the layer.

    Returns:
        Symbolic Tensors, in the structure of the layer's outputs.
    """
    kwargs = options if training is None else {**options, "training": training}
    if not layer._ready:
        layer._prepare(inputs, options)
    if any(not part.built for part in walk(layer) if isinstance(part, Module)):
        _evaluate(layer, record_call, inputs, {**options, "training": False})
    parts = [part for part in walk(layer) if isinstance(part, Module)]
    generators = [g for part in parts for g in generators_of(part).values()]
    before = Snapshot(
        variables=layer.non_trainable_variables, generators=[random.generator(), *generators]
    )
    try:
        call = _evaluate(layer, record_call, inputs, kwargs)
    finally:
        before.restore()
    remember_call(layer, call)
    outputs = call.outputs()
    layer._output_shape = map_arrays(lambda x: x.shape, outputs)
    return outputs


def _evaluate(layer: Any, record: Any, inputs: Any, kwargs: dict[str, Any]) -> Any:
    return record(layer, inputs, kwargs, functools.partial(_called, layer))


def _called(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    with states_kept(layer), of_examples():
        return layer.call_inside(*args, **{"training": False, **kwargs})


def remember_call(layer: Any, call: Call) -> None:
    """Let `layer.input` and `layer.output` find a call."""
    calls = _CALLS.setdefault(layer, [])
    calls[:] = [known for known in calls if known() is not None]
    calls.append(weakref.ref(call))


def calls_of(layer: Any) -> list[Call]:
    """The calls of a layer on symbolic Tensors, in order."""
    return [call for known in _CALLS.get(layer, ()) if (call := known()) is not None]


class FromCalls:
    """An attribute of a layer: its symbolic inputs or outputs, which its `_symbolic` finds.

    An attribute of a subclass with the same name takes its place.
    """

    def __init__(self, what: str, doc: str) -> None:
        self.what = what
        self.__doc__ = doc

    def __get__(self, layer: Any, kind: Any = None) -> Any:
        return self if layer is None else layer._symbolic(self.what)


def of_first_call(layer: Any, what: str) -> Any:
    """The symbolic "input" or "output" of the first call of a layer on something symbolic.

    Raises:
        AttributeError: if there was none.
    """
    calls = calls_of(layer)
    if not calls:
        raise AttributeError(
            f"{layer.name} has no {what}, since it was not called on anything symbolic. Call it on "
            "nn.Input(shape) or on what a layer gives for that, or start the Sequential that it is "
            "in with nn.Input(shape); of a loaded or copied model ask for model.input first"
        )
    if what == "output":
        return calls[0].outputs()
    args = calls[0].args
    return args[0] if len(args) == 1 else list(args)
