"""`save`: write a whole model to a file: architecture, weights and training state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nn.layers.base import Layer
from nn.saving import optimizer_state
from nn.saving.compile_arguments import compile_arguments
from nn.saving.encoding import Encoder
from nn.saving.files import LONGEST, Path, checked_path, is_keras_path, write, write_keras
from nn.saving.keras.writing import keras_model_file
from nn.saving.paths import layer_paths, variable_paths
from nn.saving.record import LayerRecord
from nn.saving.registry import Registry
from nn.training.network import Network

KEY = "nn"  # of the file's metadata, under which the JSON stands
VERSION = 1


def save(
    model: Network,
    path: Path,
    overwrite: bool = True,
    custom_objects: Mapping[str, Any] | None = None,
) -> None:
    """Save a model to one file, which `load_model` reads.

    A ".safetensors" file holds the weights and statistics, each under its path ("dense/kernel"),
    the optimizer's state, the state of every random generator, and, as JSON in the metadata, the
    layers and the arguments of `compile`. It holds no code: classes and functions are named.

    Args:
        model: a Sequential. A model of a class of your own needs a `get_config` that gives the
            arguments of its constructor, and `nn.saving.register`; layers, losses and functions of
            your own likewise. `save_weights` does without.
        path: ends with ".safetensors"; or with ".keras" for a file that Keras 3 reads too (extra
            ``keras-files``), of what both have, without the states of random generators. A file
            that is there is replaced, in one step: after a crash there is the old one or the new.
        overwrite: False refuses to replace a file.
        custom_objects: classes and functions by name, in addition to those registered.

    Raises:
        ValueError: for what a file cannot hold, such as a Lambda of a function that was not
            registered; for another suffix; for Keras, also for what it does not have.
        ImportError: for Keras, without h5py.
        TypeError: for what is no model.
        OSError: if the file cannot be written; then the old one is as it was.

    Example:
        >>> import tempfile, nn
        >>> model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(model, f"{folder}/model.safetensors")
        ...     again = nn.saving.load_model(f"{folder}/model.safetensors")
        >>> [layer.name for layer in again.layers], again.input_shape
        (['dense'], (None, 3))
    """
    if not isinstance(model, Network):
        raise TypeError(
            f"save takes a model, got {type(model).__name__}. For a layer use "
            "save_weights(layer, path)"
        )
    if is_keras_path(path):
        write_keras(path, keras_model_file(model, Registry(custom_objects)), overwrite)
        return
    checked_path(path, writing=False)
    tensors, metadata = described(model, custom_objects)
    write(path, tensors, metadata, overwrite)


def require_savable(model: Network, path: Path) -> None:
    """Raise what `save` would, but for trouble with the disk."""
    if is_keras_path(path):
        keras_model_file(model, Registry())
    else:
        described(model)


def described(
    model: Network, custom_objects: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the tensors and the metadata of a model's file.

    Raises:
        ValueError: as `save`.
    """
    encoder = Encoder(Registry(custom_objects))
    weights = variable_paths(model)
    arrays = {name: variable.data for name, variable in weights.items()}
    # `Decoder` numbers what is met twice, so this order is part of the format.
    document = {
        "version": VERSION,
        "model": encoder.encode(model, "the model"),
        "layers": {place: _record(encoder, place, layer) for place, layer in layer_paths(model)},
        "trainable": [name for name, variable in weights.items() if variable.trainable],
        "compiled": None,
        "optimizer": None,
    }
    if model.compiled:
        document["compiled"] = compile_arguments(model, encoder.encode)
        document["optimizer"] = optimizer_state.describe(model.optimizer, weights)
        state = optimizer_state.tensors(model.optimizer, weights)
        arrays |= {name: variable.data for name, variable in state.items()}
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    if len(text) > LONGEST:
        raise ValueError(
            f"the model takes {len(text)} characters to describe, and {LONGEST} are the most. A "
            "config holds a long list: let it be an array, which becomes a tensor of the file"
        )
    return arrays | encoder.tensors, {KEY: text}


def _record(encoder: Encoder, path: str, layer: Layer) -> dict[str, Any]:
    """Describe a layer apart from its config and weights."""
    where = path or "the model"
    fields = vars(LayerRecord.of(layer))
    return {name: encoder.encode(value, f"{where}, {name}") for name, value in fields.items()}
