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
``nn.regularizers``, ``nn.constraints``, ``nn.schedules`` and ``nn.datasets``; operations and
helpers under Keras's names are in ``nn.ops``, ``nn.random``, ``nn.utils``, ``nn.tree``,
``nn.config``; pictures in ``nn.visualize``.
"""

import importlib
from typing import TYPE_CHECKING, Any

from autograd_lite import __version__ as __version__
from nn import (
    activations,
    callbacks,
    constraints,
    distribution,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    random,
    regularizers,
    schedules,
)
from nn._core.missing_names import missing_name
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
    from nn import backend, config, datasets, ops, preprocessing, saving, tree, utils, visualize
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
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "diagnose",
    "distribution",
    "initializers",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "preprocessing",
    "random",
    "regularizers",
    "saving",
    "schedules",
    "set_random_seed",
    "tree",
    "utils",
    "visualize",
]


_LATER = (
    *("backend", "config", "datasets", "ops", "preprocessing", "saving", "sklearn", "tree"),
    *("utils", "visualize"),
)
_INSIDE = {
    "Initializer": "initializers",
    "Loss": "losses",
    "Metric": "metrics",
    "Optimizer": "optimizers",
    "Regularizer": "regularizers",
    "Variable": "backend",
    "diagnose": "diagnosis",
    "load_model": "saving",
}


_DTYPES = "each layer has a dtype of its own: Dense(4, dtype='float64')"
_INSTEAD = {
    "DTypePolicy": _DTYPES,
    "Function": "write nn.Model(inputs, outputs)",
    "InputSpec": "write build(self, input_shape), and raise for a shape that does not fit",
    "KerasTensor": "nn.Input(shape) gives a symbolic Tensor",
    "Operation": "write a Layer, or a function of NumPy's functions",
    "StatelessScope": "layers keep their weights; ag.grad differentiates functions of arrays",
    "applications": "pretrained networks are not part of nn; load_model reads those you have saved",
    "device": "everything is computed on the CPU",
    "dtype_policies": _DTYPES,
    "mixed_precision": _DTYPES,
    "name_scope": "layers and what they compute are named after the layer",
    "quantizers": "weights are floating-point",
    "remat": "write ag.checkpoint(function)",
    "version": "write importlib.metadata.version('autograd_lite')",
    "wrappers": "nn.sklearn has estimators for scikit-learn",
}


def __getattr__(name: str) -> Any:
    """Modules and names that are imported when they are first asked for."""
    if name in _LATER:
        return importlib.import_module(f"nn.{name}")
    if name in _INSIDE:
        return getattr(importlib.import_module(f"nn.{_INSIDE[name]}"), name)
    raise missing_name("nn", name, [*__all__, *layers.__all__], _INSTEAD)


def __dir__() -> list[str]:
    """The public names alone, and not the modules that define them."""
    return [*__all__, "__version__", "__doc__", "__name__"]
