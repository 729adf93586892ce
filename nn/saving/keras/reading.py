"""Read Keras's files: whole models from `.keras` files, weights from `.weights.h5` files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nn.layers import Layer
from nn.saving.allowance import Allowance, blamed_on_file, require_few_metrics
from nn.saving.files import ModelFileError
from nn.saving.keras.archive import has_signature, read_archive
from nn.saving.keras.decoding import Decoder
from nn.saving.keras.graphs import ModelMaker
from nn.saving.keras.hdf5 import Saved, read_weights
from nn.saving.keras.optimizer import restore_optimizer
from nn.saving.keras.paths import layers_by_path
from nn.saving.keras.vocabularies import Adapter
from nn.saving.keras.weights import assign_weights
from nn.saving.registry import Registry
from nn.training.network import Network

_COMPILED = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly")


def load_keras_model(path: str, registry: Registry, compile: bool) -> Network:
    """Load the model of a `.keras` file, without running code from it.

    Args:
        path: of the file.
        registry: the classes and functions that may be named.
        compile: False for a model without optimizer, loss and metrics.

    Raises:
        ModelFileError: for a file that is damaged, names what `nn` does not have, holds code, or
            does not fit together.
        OSError: if it cannot be read.
        ImportError: without h5py.
    """
    archive = read_archive(path)
    saved = read_weights(archive.weights)
    arrays = [array for layer in saved.values() for array in layer.arrays.values()]
    adapter = Adapter(archive.assets, saved)
    maker = ModelMaker(Allowance(arrays), adapter)
    decoder = Decoder(registry, maker)
    model = decoder.decode(archive.config)
    if not isinstance(model, Network):
        raise ModelFileError(f"it describes a {type(model).__name__}, which is no model")
    adapter.require_all_taken()
    _build(model, archive.config, maker)
    try:
        assign_weights(model, saved)
    except ModelFileError as error:
        raise ModelFileError(
            f"its weights do not fit the model that it describes.{error}"
        ) from None
    compiled = archive.config.get("compile_config")
    if compile and compiled:
        _compile(model, decoder, compiled, saved.get("optimizer", Saved()))
    return model


def _build(model: Network, config: Mapping[str, Any], maker: ModelMaker) -> None:
    """Build a model of a class of its own, which does not follow from inputs of its config."""
    described = config.get("build_config")
    if model.built or not isinstance(described, dict):
        return
    shapes = described.get("input_shape", described.get("shapes_dict"))
    if shapes is not None:
        with maker.building(model.name):
            model.build(_as_shapes(shapes))


def _as_shapes(given: Any) -> Any:
    if isinstance(given, dict):
        return {key: _as_shapes(shape) for key, shape in given.items()}
    if isinstance(given, list) and any(isinstance(part, list) for part in given):
        return [_as_shapes(shape) for shape in given]
    return tuple(given)


def _compile(model: Network, decoder: Decoder, described: Any, state: Saved) -> None:
    if not isinstance(described, dict):
        raise ModelFileError("its compile_config is no dict")
    with blamed_on_file("it cannot be compiled as the file says"):
        arguments = {key: decoder.decode(described.get(key)) for key in _COMPILED}
        require_few_metrics(arguments)
        arguments["run_eagerly"] = bool(arguments["run_eagerly"])
        arguments["optimizer"] = arguments["optimizer"] or "rmsprop"
        model.compile(**arguments)
        restore_optimizer(model.optimizer, state, model.trainable_variables)
        float(model.optimizer.learning_rate)


def read_keras_weights(model: Layer, path: str) -> dict[str, Saved]:
    """Read the arrays of a `.weights.h5` or `.keras` file, and vocabularies into the model.

    Raises:
        ModelFileError: for a file that is damaged, and vocabularies that do not fit.
        OSError: if it cannot be read.
        ImportError: without h5py.
    """
    try:
        archive = read_archive(path) if has_signature(path) else None
        saved = read_weights(path if archive is None else archive.weights)
        adapter = Adapter({} if archive is None else archive.assets, saved)
        for place, layer in layers_by_path(model).items():
            adapter(place, layer)
        adapter.require_all_taken()
        return saved
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None
