"""`load_model`: read a whole model from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nn import random
from nn.saving import optimizer_state
from nn.saving.allowance import Allowance, blamed_on_file, require_few_metrics
from nn.saving.decoding import Decoder
from nn.saving.describing import KEY, VERSION
from nn.saving.files import LONGEST, Contents, ModelFileError, Path, existing_file, read
from nn.saving.keras import archive, hdf5
from nn.saving.keras.reading import load_keras_model
from nn.saving.paths import RESERVED, layer_paths, variable_paths
from nn.saving.record import LayerRecord
from nn.saving.registry import Registry
from nn.saving.weights import assign_all
from nn.training.network import Network

NO_MODEL = (
    "it is an HDF5 file, which holds weights: make the model and call model.load_weights(path). A "
    'whole model that Keras saved as "old.h5" is read after keras.models.load_model("old.h5")'
    '.save("new.keras") in Keras'
)


def load_model(
    path: Path, custom_objects: Mapping[str, Any] | None = None, compile: bool = True
) -> Network:
    """Load a model that `save` wrote: it predicts and continues training as the original would.

    Bit for bit on the same machine: weights, the optimizer's state and random generators are
    restored. The `history` is not. The global generator is not touched. A `.keras` file of Keras 3
    is read too (extra ``keras-files``), without its random generators.

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
        ImportError: for a file of Keras, without h5py.
    """
    registry = Registry(custom_objects)
    name = existing_file(path)
    state = random.generator().state
    try:
        if archive.has_signature(name):
            return load_keras_model(name, registry, compile)
        if hdf5.has_signature(name):
            raise ModelFileError(NO_MODEL)
        return _restored(read(path), registry, compile)
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
    _build(model, records, Allowance(contents.tensors.values()))
    for layer_path, layer in layer_paths(model):
        with blamed_on_file(f"its record of the layer {layer_path!r:.80}"):
            records[layer_path].restore(layer)
    for sequential, first in decoder.inputs:
        with blamed_on_file(f"{sequential.name} has no outputs"):
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
        with blamed_on_file("it cannot be compiled as the file says"):
            require_few_metrics(arguments)
            model.compile(**arguments)
            optimizer_state.restore(model.optimizer, weights, state, arrays)
            # A file may name anything for the learning rate; `save` writes numbers and schedules.
            model.optimizer.get_config()
            float(model.optimizer.learning_rate)
    return model


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


# -- layers ----------------------------------------------------------------------------------------


def _record(path: str, fields: Any) -> LayerRecord:
    with blamed_on_file(f"its record of the layer {path!r:.80}"):
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
            with blamed_on_file(f"{path or 'the model'} cannot be built"), allowance.in_force():
                layer._build(shapes)
    for path in records:
        if path not in visited:
            raise ModelFileError(f"it describes a layer that the model does not have: {path!r:.80}")


def _assign(weights: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    try:
        assign_all(weights, arrays)
    except ModelFileError as error:
        raise ModelFileError(
            f"its weights do not fit the model that it describes.{error}"
        ) from None
