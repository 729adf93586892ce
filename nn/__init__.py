"""Neural networks on `autograd_lite`, with Keras 3's names.

>>> import nn
>>> X, y = nn.datasets.load_iris()
>>> nn.set_random_seed(0)
>>> model = nn.Sequential([nn.Input((4,)), nn.Dense(8, activation="relu"), nn.Dense(3)])
>>> loss = nn.SparseCategoricalCrossentropy(from_logits=True)
>>> model.compile(nn.Adam(0.01), loss, metrics=["accuracy"])
>>> history = model.fit(X, y, epochs=100, verbose=0)
>>> history.history["accuracy"][-1] > 0.9
True

What a beginner needs is here; everything else is in ``nn.layers``, ``nn.losses``,
``nn.optimizers``, ``nn.metrics``, ``nn.callbacks``, ``nn.activations``, ``nn.initializers``,
``nn.regularizers``, ``nn.constraints``, ``nn.schedules`` and ``nn.datasets``.
"""

import importlib
from typing import TYPE_CHECKING, Any

from nn import (
    activations,
    callbacks,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    random,
    regularizers,
    schedules,
)
from nn.callbacks import Callback, EarlyStopping, History
from nn.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Input,
    Layer,
    LayerNormalization,
    Normalization,
    Rescaling,
)
from nn.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from nn.models.model import Model
from nn.models.sequential import Sequential
from nn.optimizers import SGD, Adam, AdamW, RMSprop
from nn.random import set_random_seed
from nn.training.nonfinite import NonFiniteLossError

if TYPE_CHECKING:
    from nn import saving
    from nn.diagnosis.diagnose import diagnose
    from nn.saving import load_model

__all__ = [
    "SGD",
    "Activation",
    "Adam",
    "AdamW",
    "BatchNormalization",
    "BinaryCrossentropy",
    "Callback",
    "CategoricalCrossentropy",
    "Dense",
    "Dropout",
    "EarlyStopping",
    "Embedding",
    "Flatten",
    "History",
    "Input",
    "Layer",
    "LayerNormalization",
    "MeanSquaredError",
    "Model",
    "NonFiniteLossError",
    "Normalization",
    "RMSprop",
    "Rescaling",
    "Sequential",
    "SparseCategoricalCrossentropy",
    "activations",
    "callbacks",
    "constraints",
    "datasets",
    "diagnose",
    "initializers",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "schedules",
    "set_random_seed",
]


def __getattr__(name: str) -> Any:
    """`nn.saving`, `nn.load_model`, `nn.sklearn`, `nn.diagnose`: imported when first used."""
    if name in ("saving", "sklearn"):
        return importlib.import_module(f"nn.{name}")
    if name == "load_model":
        return importlib.import_module("nn.saving").load_model
    if name == "diagnose":
        return importlib.import_module("nn.diagnosis").diagnose
    raise AttributeError(f"module 'nn' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names alone, and not the modules that define them."""
    return [*__all__, "__doc__", "__name__"]
