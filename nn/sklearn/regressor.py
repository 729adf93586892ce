"""Regressor: a network that predicts numbers."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from nn import losses
from nn.models.model import Model
from nn.sklearn.estimator import TAKES, Estimator

Array = np.ndarray[Any, Any]


class Regressor(RegressorMixin, Estimator):  # type: ignore[misc]
    """A network for regression, of one or several numbers for each sample.

    Args:
        model: as in `Classifier`; ``n_outputs`` is the number of targets of a sample.
        model_args: as in `Classifier`.
        optimizer: as in `Classifier`.
        loss: as in `Model.compile`; the mean squared error unless given.
        epochs, batch_size, callbacks, verbose: as in `Model.fit`.
        validation_split: the fraction of the samples to hold out for validation, at random.
        warm_start, random_state: as in `Classifier`.

    Attributes:
        model_, history_, n_features_in_, feature_names_in_: as in `Classifier`.

    Example:
        >>> import nn
        >>> X = np.linspace(-1, 1, 50)[:, None]
        >>> y = np.sin(3 * X[:, 0])
        >>> regressor = Regressor(optimizer=nn.Adam(0.01), random_state=0).fit(X, y)
        >>> regressor.score(X, y) > 0.99
        True
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new model; with `warm_start`, the one there is.

        Args:
            X: (samples, features), sparse or not, or more axes.
            y: (samples,) or (samples, targets).
            sample_weight: a weight for each sample. Those of weight 0 are left out.

        Raises:
            ValueError: for data that is refused, and for a model whose outputs do not fit y.
            TypeError: for what is no model.
        """
        return self._learn(X, y, sample_weight, partial=False)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the model for one epoch on some samples; the first call makes it.

        Args:
            X: as in `fit`.
            y: as in `fit`.
            sample_weight: as in `fit`.

        Raises:
            ValueError: as `fit`.
        """
        return self._learn(X, y, sample_weight, partial=True)

    def _learn(self, X: Any, y: Any, sample_weight: Any, *, partial: bool) -> Self:
        again = self._continues(partial)
        X, y = validate_data(
            self, X, y, multi_output=True, y_numeric=True, reset=not again, **TAKES
        )
        self._flat = y.ndim == 1
        X, y, sample_weight = self._weighed(X, y, sample_weight)
        columns = y.reshape(len(y), -1)
        self._train(
            X,
            columns.shape[1],
            sample_weight,
            lambda model, outputs: self._targets(model, np.shape(outputs), columns),
            partial=partial,
        )
        return self

    def predict(self, X: Any) -> Array:
        """Predict each sample, in the shape of the y given to `fit`."""
        outputs = self._outputs(X)
        found: Array = outputs[:, 0] if self._flat else outputs
        return found

    def _targets(self, model: Model, shape: tuple[int, ...], columns: Array) -> Array:
        if shape != (1, columns.shape[1]):
            raise ValueError(
                f"y has {columns.shape[1]} numbers for each sample, so the model ends with "
                f"Dense({columns.shape[1]}); for one sample it gives outputs of shape {shape}"
            )
        self._compile(model, losses.MeanSquaredError)
        return columns

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
