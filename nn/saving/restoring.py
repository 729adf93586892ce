"""`load_model`: read a whole model from a file."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from nn import random
from nn.layers import Layer
from nn.saving import optimizer_state
from nn.saving.decoding import Decoder
from nn.saving.describing import KEY, LONGEST, VERSION
from nn.saving.files import Contents, ModelFileError, Path, read
from nn.saving.paths import RESERVED, layer_paths, variable_paths
from nn.saving.record import LayerRecord
from nn.saving.registry import Registry
from nn.saving.weights import assign_all
from nn.training.network import Network

__all__ = ["load_model"]

MOST_METRICS = 1000


def load_model(
    path: Path, custom_objects: Mapping[str, Any] | None = None, compile: bool = True
) -> Network:
    """Load a model that `save` wrote: it predicts and continues training as the original would.

    Bit for bit on the same machine: weights, the optimizer's state and random generators are
    restored. The `history` is not. The global generator is not touched.

    No code from the file is executed. It names classes and functions, which are nn's own or
    registered by you.

    Args:
        path: the file.
        custom_objects: classes and functions by name, in addition to those that were registered
            by `nn.saving.register`.
        compile: False for a model only for prediction: without optimizer, loss and metrics.

    Raises:
        ModelFileError: for a file that is damaged, was made by a later version, names unknown
            classes or does not fit together; it is a ValueError.
        OSError: if the file cannot be read.
    """
    registry = Registry(custom_objects)
    contents = read(path)
    state = random.generator().state
    try:
        return _restored(contents, registry, compile)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error.__cause__
    except RecursionError:
        raise ModelFileError(f"{path}: its parts are nested too deeply") from None
    finally:
        random.generator().state = state


def _restored(contents: Contents, registry: Registry, compile: bool) -> Network:
    document = _document(contents)
    decoder = Decoder(registry, contents.tensors)
    model = decoder.decode(_entry(document, "model", dict))
    if not isinstance(model, Network):
        raise ModelFileError(f"it describes a {type(model).__name__}, which is no model")
    encoded = _entry(document, "layers", dict)
    records = {name: _record(name, decoder.decode(encoded[name])) for name in encoded}
    _build(model, records, Allowance(contents))
    for layer_path, layer in layer_paths(model):
        with _blamed_on_file(f"its record of the layer {layer_path!r:.80}"):
            records[layer_path].restore(layer)
    for sequential, first in decoder.inputs:
        with _blamed_on_file(f"{sequential.name} has no outputs"):
            sequential.restore_input(first)
    weights = variable_paths(model)
    arrays = contents.tensors
    _assign(weights, {n: a for n, a in arrays.items() if not n.startswith(RESERVED)})
    trainable = {name for name in _entry(document, "trainable", list) if isinstance(name, str)}
    for name, variable in weights.items():
        variable.trainable = name in trainable
    if compile and document.get("compiled") is not None:
        arguments = decoder.decode(_entry(document, "compiled", dict))
        state = _entry(document, "optimizer", dict)
        with _blamed_on_file("it cannot be compiled as the file says"):
            _require_few_metrics(arguments)
            model.compile(**arguments)
            optimizer_state.restore(model.optimizer, weights, state, arrays)
            # A file may name anything for the learning rate; `save` writes numbers and schedules.
            model.optimizer.get_config()
            float(model.optimizer.learning_rate)
    return model


def _require_few_metrics(arguments: Mapping[str, Any]) -> None:
    """Refuse a file that names a million metrics, each of which costs time."""

    def count(part: Any) -> int:
        if isinstance(part, (list, tuple, dict)):
            return sum(map(count, part.values() if isinstance(part, dict) else part))
        return 1

    if count([arguments["metrics"], arguments["weighted_metrics"]]) > MOST_METRICS:
        raise ModelFileError(f"it has more than {MOST_METRICS} metrics")


def _document(contents: Contents) -> dict[str, Any]:
    """Parse the JSON of the file."""
    text = contents.metadata.get(KEY)
    if text is None:
        raise ModelFileError(
            "it holds tensors, but does not say what model they belong to. If it was written by "
            "save_weights, make the model and call load_weights(path)"
        )
    if len(text) > LONGEST:
        raise ModelFileError(f"its description of the model has more than {LONGEST} characters")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ModelFileError(f"its description of the model is no JSON ({error})") from None
    if not isinstance(document, dict):
        raise ModelFileError("its description of the model is no JSON object")
    version = _entry(document, "version", int)
    if version != VERSION:
        raise ModelFileError(
            f"it has version {version} of the format, and this nn reads version {VERSION}. A "
            "later nn may read it"
        )
    return document


def _entry(document: Mapping[str, Any], key: str, kind: type) -> Any:
    value = document.get(key)
    if type(value) is not kind:
        raise ModelFileError(f"its {key} is a {type(value).__name__}, not a {kind.__name__}")
    return value


@contextmanager
def _blamed_on_file(what: str) -> Iterator[None]:
    """Turn errors of a class about values from the file into an error of the file."""
    try:
        yield
    except ModelFileError:
        raise
    except Exception as error:  # a file may claim anything, so anything may be raised
        raise ModelFileError(f"{what}: {error}") from error


# -- layers ----------------------------------------------------------------------------------------


class Allowance:
    """The memory budget of the weights: the size of the tensors in the file.

    Without it a file of a few bytes could ask for a kernel of a terabyte.
    """

    def __init__(self, contents: Contents) -> None:
        self._left = sum(array.nbytes for array in contents.tensors.values())

    def take(self, name: str, shape: Any, dtype: Any) -> None:
        """Take memory for one weight.

        Raises:
            ModelFileError: if there is not so much.
        """
        needed = math.prod(shape) * np.dtype(dtype).itemsize
        if needed > self._left:
            raise ModelFileError(
                f"{name} of shape {tuple(shape)} takes {needed:.3g} bytes, and the file has only "
                f"{self._left:.3g} for it"
            )
        self._left -= needed


def _record(path: str, fields: Any) -> LayerRecord:
    with _blamed_on_file(f"its record of the layer {path!r:.80}"):
        return LayerRecord(**fields)


def _build(model: Network, records: Mapping[str, LayerRecord], allowance: Allowance) -> None:
    """Build all layers for their recorded inputs."""
    visited = set()
    for path, layer in layer_paths(model):
        visited.add(path)
        if path not in records:
            raise ModelFileError(f"it says nothing about the layer {path!r:.80}")
        shapes = records[path].input_shapes
        if shapes is not None and not layer.built:
            with _blamed_on_file(f"{path or 'the model'} cannot be built"):
                _build_layer(layer, shapes, allowance)
    for path in records:
        if path not in visited:
            raise ModelFileError(f"it describes a layer that the model does not have: {path!r:.80}")


def _build_layer(layer: Layer, shapes: tuple[Any, ...], allowance: Allowance) -> None:
    original = layer.add_weight

    def add_weight(
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Any:
        """Replace `Layer.add_weight`: zeros suffice, since the values are in the file."""
        allowance.take(f"{layer.name}/{name}", shape, layer._dtype if dtype is None else dtype)
        return original(shape, "zeros", dtype, trainable, regularizer, constraint, name)

    vars(layer)["add_weight"] = add_weight
    try:
        layer._build(shapes)
    finally:
        del vars(layer)["add_weight"]


def _assign(weights: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    try:
        assign_all(weights, arrays)
    except ModelFileError as error:
        raise ModelFileError(
            f"its weights do not fit the model that it describes.{error}"
        ) from None
