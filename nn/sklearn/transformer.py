"""Transformer: a network whose layer makes features."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Self

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import validate_data

from autograd_lite.extend import define
from nn import layers, losses
from nn.models.model import Model
from nn.models.sequential import Sequential
from nn.sklearn.estimator import TAKES, Estimator

Array = np.ndarray[Any, Any]


def small_autoencoder(n_outputs: int, code: int = 2) -> Sequential:
    """Build the default model, which repeats its inputs from a few numbers: what it keeps is what
    a principal component analysis keeps.
    """
    return Sequential(
        [
            layers.Dense(code, name="code", dtype="float64"),
            layers.Dense(n_outputs, name="decoded", dtype="float64"),
        ]
    )


@define
class Transformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Estimator):  # type: ignore[misc]
    """A network of which a layer's outputs are taken as features, as in an autoencoder.

    Args:
        model: as in `Classifier`; ``n_outputs`` is the number of targets of a sample. By default a
            linear autoencoder whose layer "code" has two numbers (``model__code``).
        layer: the name of the layer whose outputs are the features; None for the model's outputs.
        model_args, optimizer, epochs, batch_size, callbacks, verbose: as in `Classifier`.
        loss: as in `Model.compile`; the mean squared error unless given.
        validation_split, warm_start, random_state: as in `Regressor`.

    Attributes:
        model_, history_, n_features_in_, feature_names_in_: as in `Classifier`.

    Example:
        >>> import nn
        >>> X, _ = nn.datasets.load_iris()
        >>> Transformer(epochs=5, random_state=0).fit_transform(X).shape
        (150, 2)
    """

    _default_model = staticmethod(small_autoencoder)

    layer: str | None = field(default="code", kw_only=True)

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train a new model to compute y; without y, to repeat X.

        Args:
            X: (samples, features), sparse or not, or more axes.
            y: numbers of any shape (samples, ...).

        Raises:
            ValueError: for data that is refused, for a model whose outputs do not fit, and for the
                name of a layer that does not exist.
            TypeError: for what is no model.
        """
        return self._learn(X, y, partial=False)

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Train the model for one epoch on some samples; the first call makes it.

        Args:
            X: as in `fit`.
            y: as in `fit`.

        Raises:
            ValueError: as `fit`.
        """
        return self._learn(X, y, partial=True)

    def _learn(self, X: Any, y: Any, *, partial: bool) -> Self:
        again = self._continues(partial)
        X = validate_data(self, X, reset=not again, **TAKES)
        targets = X if y is None else np.asarray(y, dtype=np.float64)
        targets = targets[:, None] if targets.ndim == 1 else targets
        self._train(
            X,
            targets.shape[-1],
            None,
            lambda model, outputs: self._targets(model, np.shape(outputs), targets),
            partial=partial,
        )
        self._features = self._part()
        self._n_features_out = int(np.prod(np.shape(self._features.predict(X[:1]))[1:]))
        return self

    def _targets(self, model: Model, shape: tuple[int, ...], targets: Array) -> Array:
        if shape[1:] != targets.shape[1:]:
            raise ValueError(
                f"the model computes outputs of shape {shape[1:]} for a sample, but is trained to "
                f"compute {targets.shape[1:]}: without y it repeats X"
            )
        self._compile(model, losses.MeanSquaredError)
        return targets

    def _part(self) -> Model:
        """Return the model up to the layer.

        Raises:
            ValueError: for a name that no layer has, and for a model whose parts are not known.
        """
        if self.layer is None:
            return self.model_
        layer = self.model_.get_layer(self.layer)
        if isinstance(self.model_, Sequential):
            return Sequential(self.model_.layers[: self.model_.layers.index(layer) + 1])
        return Model(self.model_.inputs, layer.output)

    def transform(self, X: Any) -> Array:
        """Compute the features of each sample, (samples, features)."""
        outputs = self._outputs(X, "_features")
        found: Array = outputs.reshape(len(outputs), -1)
        return found
