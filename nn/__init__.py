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

from typing import TYPE_CHECKING

from autograd_lite import __version__ as __version__
from autograd_lite.extend import attach
from nn._core.missing_names import missing_name

if TYPE_CHECKING:
    from nn import activations as activations
    from nn import backend as backend
    from nn import callbacks as callbacks
    from nn import config as config
    from nn import constraints as constraints
    from nn import datasets as datasets
    from nn import distribution as distribution
    from nn import initializers as initializers
    from nn import layers as layers
    from nn import losses as losses
    from nn import metrics as metrics
    from nn import models as models
    from nn import ops as ops
    from nn import optimizers as optimizers
    from nn import preprocessing as preprocessing
    from nn import random as random
    from nn import regularizers as regularizers
    from nn import saving as saving
    from nn import schedules as schedules
    from nn import sklearn as sklearn
    from nn import tree as tree
    from nn import utils as utils
    from nn import visualize as visualize
    from nn.backend import Variable as Variable
    from nn.callbacks import Callback as Callback
    from nn.callbacks import EarlyStopping as EarlyStopping
    from nn.callbacks import History as History
    from nn.diagnosis.diagnose import diagnose as diagnose
    from nn.initializers import Initializer as Initializer
    from nn.layers import Activation as Activation
    from nn.layers import BatchNormalization as BatchNormalization
    from nn.layers import Dense as Dense
    from nn.layers import Dropout as Dropout
    from nn.layers import Embedding as Embedding
    from nn.layers import Flatten as Flatten
    from nn.layers import Input as Input
    from nn.layers import Layer as Layer
    from nn.layers import LayerNormalization as LayerNormalization
    from nn.layers import Normalization as Normalization
    from nn.layers import Rescaling as Rescaling
    from nn.losses import BinaryCrossentropy as BinaryCrossentropy
    from nn.losses import CategoricalCrossentropy as CategoricalCrossentropy
    from nn.losses import Loss as Loss
    from nn.losses import MeanSquaredError as MeanSquaredError
    from nn.losses import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
    from nn.metrics import Metric as Metric
    from nn.models import Model as Model
    from nn.models import Sequential as Sequential
    from nn.optimizers import SGD as SGD
    from nn.optimizers import Adam as Adam
    from nn.optimizers import AdamW as AdamW
    from nn.optimizers import Optimizer as Optimizer
    from nn.optimizers import RMSprop as RMSprop
    from nn.random import set_random_seed as set_random_seed
    from nn.regularizers import Regularizer as Regularizer
    from nn.saving import load_model as load_model
    from nn.training.nonfinite import NonFiniteLossError as NonFiniteLossError

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
    "name_scope": "layers and what they compute are named after the layer",
    "quantizers": "weights are floating-point",
    "remat": "write ag.checkpoint(function)",
    "version": "write importlib.metadata.version('autograd_lite')",
    "wrappers": "nn.sklearn has estimators for scikit-learn",
}


if not TYPE_CHECKING:

    def _missing(name: str) -> AttributeError:
        from nn import layers

        return missing_name("nn", name, [*__all__, *layers.__all__], _INSTEAD)

    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "nn.": (
                "activations backend callbacks config constraints datasets distribution "
                "initializers layers losses metrics models ops optimizers preprocessing random "
                "regularizers saving schedules tree utils visualize"
            ),
            "nn.callbacks": "Callback EarlyStopping History",
            "nn.layers": (
                "Activation BatchNormalization Dense Dropout Embedding Flatten Input Layer "
                "LayerNormalization Normalization Rescaling"
            ),
            "nn.losses": (
                "BinaryCrossentropy CategoricalCrossentropy MeanSquaredError "
                "SparseCategoricalCrossentropy"
            ),
            "nn.optimizers": "SGD Adam AdamW RMSprop",
            "nn.random": "set_random_seed",
            "nn.training.nonfinite": "NonFiniteLossError",
            "nn.diagnosis": "diagnose",
            "nn.saving": "load_model",
            "nn.models": "Model Sequential",
        },
        hidden={
            "nn.": "mixed_precision sklearn",
            "nn.backend": "Variable",
            "nn.initializers": "Initializer",
            "nn.losses": "Loss",
            "nn.metrics": "Metric",
            "nn.optimizers": "Optimizer",
            "nn.regularizers": "Regularizer",
        },
        missing=_missing,
    )
