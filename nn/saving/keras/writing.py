"""Write Keras's files: whole models as `.keras` files, weights as `.weights.h5` files."""

from __future__ import annotations

import warnings

from nn.layers import Layer
from nn.saving.compile_arguments import compile_arguments
from nn.saving.keras.archive import written_archive
from nn.saving.keras.encoding import Encoder
from nn.saving.keras.graph_encoding import graph_config
from nn.saving.keras.hdf5 import Saved, written_weights
from nn.saving.keras.optimizer import saved_optimizer
from nn.saving.keras.weights import saved_weights
from nn.saving.registry import Registry
from nn.training.network import Network


def keras_model_file(model: Network, registry: Registry) -> bytes:
    """Return the bytes of a `.keras` file, which Keras loads.

    Raises:
        ValueError: for what Keras does not have: layers, functions between layers.
        ImportError: without h5py.
    """
    encoder = Encoder(registry, graph_config)
    config = encoder.layer(model)
    saved = _saved(model)
    if model.compiled:
        config["compile_config"] = compile_arguments(model, encoder.encode) | {
            "run_eagerly": bool(model._run_eagerly),
            "steps_per_execution": 1,
            "jit_compile": "auto",
        }
    return written_archive(config, written_weights(saved), {})


def keras_weights_file(model: Layer) -> bytes:
    """Return the bytes of a `.weights.h5` file, which Keras loads into a model like this one.

    Raises:
        ImportError: without h5py.
    """
    return written_weights(_saved(model))


def _saved(model: Layer) -> dict[str, Saved]:
    """The arrays of a model, and of its optimizer as far as Keras keeps it."""
    saved = saved_weights(model)
    if isinstance(model, Network) and model.compiled:
        if any(model.optimizer._undecayed):
            warnings.warn(
                f"files of Keras do not say which weights {model.optimizer.name} decays: call "
                "exclude_from_weight_decay again after loading",
                stacklevel=4,
            )
        saved["optimizer"] = saved_optimizer(model.optimizer)
    return saved
