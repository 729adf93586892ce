"""Losses, as classes and as functions, with Keras 3's names and arithmetic.

A loss is called with the targets, the predictions and perhaps a weight for each sample, and gives
a Tensor to differentiate. The function of the same name gives the loss of each sample.

Example:
    >>> loss = MeanSquaredError()
    >>> loss([[0.0], [0.0]], [[1.0], [3.0]]).item()
    5.0
    >>> get("mse").name
    'mean_squared_error'
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, overload

from nn._core.identifiers import classes_by_name, deserializer, lookup
from nn._core.identifiers import serialize as serialize
from nn.losses.base import Loss, LossFunction
from nn.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from nn.losses.divergence import KLDivergence, kl_divergence
from nn.losses.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
)
from nn.losses.hinge import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)
from nn.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
)

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunction",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

# Keras's other names.
mse, mae, mape = mean_squared_error, mean_absolute_error, mean_absolute_percentage_error
msle, kld = mean_squared_logarithmic_error, kl_divergence

_CLASS_OF: dict[Callable[..., Any], type[Loss]] = {
    globals()[name]: kind
    for name, kind in classes_by_name(globals(), Loss).items()
    if name in __all__  # the function of the loss of each sample
}
_BY_NAME = {function.__name__: loss for function, loss in _CLASS_OF.items()} | {
    "bce": BinaryCrossentropy,
    "kld": KLDivergence,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "mse": MeanSquaredError,
    "msle": MeanSquaredLogarithmicError,
}


def functions_by_name() -> dict[str, Callable[..., Any]]:
    """Return the functions of the loss of each sample, by the names that `get` knows."""
    function_of = {loss: function for function, loss in _CLASS_OF.items()}
    return {name: function_of[loss] for name, loss in _BY_NAME.items()}


@overload
def get(identifier: None) -> None: ...
@overload
def get(identifier: str | dict[str, Any] | Loss | type[Loss] | Callable[..., Any]) -> Loss: ...
def get(
    identifier: str | dict[str, Any] | Loss | type[Loss] | Callable[..., Any] | None,
) -> Loss | None:
    """Resolve a loss; a name means its default arguments.

    Args:
        identifier: a name ("mse", "binary_crossentropy"), a `Loss`, a class of losses, a
            function ``f(y_true, y_pred)``, or ``{"class_name": ..., "config": ...}``; None for
            none.

    Raises:
        ValueError: for an unknown name.
        TypeError: for anything else.
    """
    if identifier is None or isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, str):
        return lookup("loss", identifier, _BY_NAME)()
    if isinstance(identifier, dict):
        return lookup("loss", identifier["class_name"], _BY_NAME).from_config(identifier["config"])
    if inspect.isclass(identifier) and issubclass(identifier, Loss):
        return identifier()
    if callable(identifier):
        known = _CLASS_OF.get(identifier)
        return known() if known is not None else LossFunction(identifier)
    raise TypeError(
        f"a loss is a name, a Loss or a function of y_true and y_pred, got "
        f'{type(identifier).__name__}: write loss="mse" or loss=MeanSquaredError()'
    )


deserialize = deserializer(get)
