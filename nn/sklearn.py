"""scikit-learn's interface around a network, for Pipeline, GridSearchCV, cross_val_score, ...

Needs scikit-learn, which nothing else in `nn` does: ``import nn.sklearn``.

>>> import nn
>>> from nn.sklearn import Classifier
>>> from sklearn.model_selection import GridSearchCV
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import StandardScaler
>>> def network(n_outputs, hidden=8):
...     return nn.Sequential([nn.Dense(hidden, activation="relu"), nn.Dense(n_outputs)])
>>> X, y = nn.datasets.load_iris()
>>> classifier = Classifier(network, optimizer=nn.Adam(0.01), epochs=30, random_state=0)
>>> pipeline = make_pipeline(StandardScaler(), classifier)
>>> search = GridSearchCV(pipeline, {"classifier__model__hidden": [4, 16]}, cv=3).fit(X, y)
>>> bool(search.best_score_ > 0.9)
True
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Self

import numpy as np

from nn import activations, layers, losses, random
from nn.callbacks import Callback
from nn.models.model import Model
from nn.models.sequential import Sequential

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state, column_or_1d, compute_sample_weight
    from sklearn.utils.metaestimators import available_if
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        "nn.sklearn needs scikit-learn 1.6 or later: pip install 'scikit-learn>=1.6'"
    ) from error

__all__ = ["Classifier", "Regressor"]

Array = np.ndarray[Any, Any]

_PREFIX = "model__"
_FROM_DATA = ("n_features", "n_outputs")
_SAMPLES_AT_A_TIME = 256  # in predictions


def small_network(n_outputs: int) -> Sequential:
    """Build the default model, in scikit-learn's float64."""
    return Sequential(
        [
            layers.Dense(64, activation="relu", dtype="float64"),
            layers.Dense(n_outputs, dtype="float64"),
        ]
    )


class _Network(BaseEstimator):  # type: ignore[misc]
    """The base of both estimators: builds, compiles and trains the model."""

    def __init__(
        self,
        model: Any = None,
        *,
        model_args: Mapping[str, Any] | None = None,
        optimizer: Any = None,
        loss: Any = None,
        epochs: int = 100,
        batch_size: int = 32,
        validation_split: float = 0.0,
        callbacks: Iterable[Callback] | None = None,
        verbose: Any = 0,
        random_state: Any = None,
    ) -> None:
        self.model = model
        self.model_args = model_args
        self.optimizer = optimizer
        self.loss = loss
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_split = validation_split
        self.callbacks = callbacks
        self.verbose = verbose
        self.random_state = random_state

    # -- the arguments of the function that makes the model ------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of this estimator; if deep, those of the model's function too, as
        ``model__hidden``.
        """
        own: dict[str, Any] = super().get_params(deep)
        if deep:
            given = self.model_args if isinstance(self.model_args, Mapping) else {}
            arguments = {**self._model_defaults(), **given}
            own |= {_PREFIX + name: value for name, value in arguments.items()}
        return own

    def set_params(self, **params: Any) -> Self:
        """Change arguments of this estimator, and of the model's function: ``model__hidden=8``.

        Raises:
            ValueError: for names that neither has.
        """
        inner = {k.removeprefix(_PREFIX): v for k, v in params.items() if k.startswith(_PREFIX)}
        super().set_params(**{k: v for k, v in params.items() if not k.startswith(_PREFIX)})
        if inner:
            self._check_model_arguments(inner)
            self.model_args = {**(self.model_args or {}), **inner}
        return self

    def _model_defaults(self) -> dict[str, Any]:
        """The arguments that the model's function has, apart from those that the data decides."""
        return {
            name: parameter.default
            for name, parameter in self._model_parameters().items()
            if parameter.default is not inspect.Parameter.empty and name not in _FROM_DATA
        }

    def _model_parameters(self) -> Mapping[str, inspect.Parameter]:
        function = small_network if self.model is None else self.model
        if isinstance(function, Model) or not callable(function):
            return {}
        return inspect.signature(function).parameters

    def _check_model_arguments(self, given: Any) -> None:
        """Refuse arguments that the model's function does not take."""
        parameters = self._model_parameters()
        if not isinstance(given, Mapping):
            raise TypeError(f"model_args is a dict of arguments by name, got {given!r}")
        unknown = [name for name in given if name not in parameters]
        if unknown:
            raise ValueError(
                f"Invalid parameter {_PREFIX}{unknown[0]}: "
                + (
                    f"the function that makes the model has the arguments {list(parameters)}"
                    if parameters
                    else "only a function that makes the model has arguments, and none was given"
                )
            )

    # -- training --------------------------------------------------------------------------------

    def _new_model(self, n_features: int, n_outputs: int) -> Model:
        """Create a model for one `fit`: from the function, or a copy of the given one."""
        given = {} if self.model_args is None else self.model_args
        self._check_model_arguments(given)
        if isinstance(self.model, Model):
            return copy.deepcopy(self.model)
        make: Callable[..., Any] = small_network if self.model is None else self.model
        if not callable(make):
            raise TypeError(
                "model is a Sequential (or another nn.Model), or a function that returns one; got "
                f"{self.model!r}"
            )
        from_data = dict(zip(_FROM_DATA, (n_features, n_outputs), strict=True))
        asked = {k: v for k, v in from_data.items() if k in self._model_parameters()}
        made = make(**{**asked, **given})
        if not isinstance(made, Model):
            raise TypeError(
                f"the function that makes the model returned {type(made).__name__}: let it end "
                "with return model"
            )
        return made

    def _train(
        self,
        X: Array,
        n_outputs: int,
        sample_weight: Array | None,
        targets_for: Callable[[Model, tuple[int, ...]], Array],
    ) -> None:
        """Create a model, compile it and train it.

        Args:
            X: the inputs.
            n_outputs: how many the model is to have.
            sample_weight: positive numbers, one a sample.
            targets_for: the targets, given the model and the shape of its outputs; compiles it
                where it is not.
        """
        with _seeded(self.random_state):
            model = self._new_model(X.shape[1], n_outputs)
            shape = np.shape(model.predict(X[:1]))  # makes the weights too
            y = targets_for(model, shape)
            history = model.fit(
                X,
                y,
                batch_size=self.batch_size,
                epochs=self.epochs,
                verbose=self.verbose,
                callbacks=copy.deepcopy(self.callbacks),
                validation_split=self.validation_split,
                sample_weight=sample_weight,
            )
        self.model_ = model
        self.history_ = history.history

    def _compile(self, model: Model, default_loss: Callable[[], Any]) -> Any:
        """Compile a model that is not compiled; return its loss."""
        if not model.compiled:
            optimizer = "adam" if self.optimizer is None else copy.deepcopy(self.optimizer)
            model.compile(optimizer, default_loss() if self.loss is None else self.loss)
        elif not (self.optimizer is None and self.loss is None):
            raise ValueError(
                "the model is compiled already: leave out optimizer= and loss=, or do not compile "
                "it in the function that makes it"
            )
        return losses.get(model.loss)

    def _outputs(self, X: Any) -> Array:
        """Compute the model's outputs for some samples, as float64."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, allow_nd=True)
        outputs = self.model_.predict(X, batch_size=_SAMPLES_AT_A_TIME)
        return np.asarray(outputs, dtype=np.float64)


class Classifier(ClassifierMixin, _Network):  # type: ignore[misc]
    """A network for classification; labels may be numbers or strings.

    Args:
        model: a function that creates the model for each `fit`. It is given those of its
            arguments that are called ``n_features`` (columns of X) and ``n_outputs`` (1 for two
            classes, else their number). Or a Sequential: each `fit` trains a copy of it, from the
            weights that it has. By default a small network with one hidden layer.
        model_args: other arguments for that function, by name. In a search, ``model__hidden``
            stands for the argument ``hidden``.
        optimizer: as in `Model.compile`; "adam" unless given.
        loss: as in `Model.compile`. By default the crossentropy that fits the model: binary for
            one output, else sparse categorical; from probabilities if the last activation is
            sigmoid or softmax, else from logits.
        epochs, batch_size, validation_split, callbacks, verbose: as in `Model.fit`.
        class_weight: weights by label, or "balanced", as everywhere in scikit-learn.
        random_state: an integer, for the same initial weights and order of samples at each `fit`.
            None leaves it to `nn.set_random_seed`.

    Attributes:
        model_: the trained model.
        history_: the loss of each epoch, as `History.history`.
        classes_: the labels, sorted.
        n_features_in_: the columns of X.
        feature_names_in_: their names, if X was a data frame.

    What the loss is given as targets: 0 and 1 for one output; the positions of the labels for
    SparseCategoricalCrossentropy; for any other loss a row with 1 at that position.

    Example:
        >>> import nn
        >>> X, y = nn.datasets.load_iris()
        >>> classifier = Classifier(epochs=30, random_state=0).fit(X, y)
        >>> classifier.predict_proba(X).shape
        (150, 3)
    """

    def __init__(
        self,
        model: Any = None,
        *,
        model_args: Mapping[str, Any] | None = None,
        optimizer: Any = None,
        loss: Any = None,
        epochs: int = 100,
        batch_size: int = 32,
        validation_split: float = 0.0,
        callbacks: Iterable[Callback] | None = None,
        class_weight: Any = None,
        verbose: Any = 0,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            model,
            model_args=model_args,
            optimizer=optimizer,
            loss=loss,
            epochs=epochs,
            batch_size=batch_size,
            validation_split=validation_split,
            callbacks=callbacks,
            verbose=verbose,
            random_state=random_state,
        )
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new model.

        Args:
            X: (samples, features), or more axes.
            y: a label for each sample.
            sample_weight: a weight for each sample. Those of weight 0 are left out.

        Raises:
            ValueError: for data that is refused, NaN and single classes among them, and for a
                model whose outputs do not fit the number of classes.
            TypeError: for sparse matrices; for what is no model.
        """
        X, y = validate_data(self, X, y, allow_nd=True)
        check_classification_targets(y)
        y = column_or_1d(y, warn=True)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if sample_weight is not None or self.class_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
            sample_weight = sample_weight * compute_sample_weight(self.class_weight, y)
            X, codes, sample_weight = _without_zero_weights(X, codes, sample_weight)
        present = np.unique(codes)
        if len(present) < 2:
            (only,) = self.classes_[present].tolist()
            raise ValueError(f"y has one class only, {only!r}: there is nothing to tell apart")
        wanted = _outputs_for(len(self.classes_))
        self._train(X, wanted, sample_weight, lambda m, shape: self._targets(m, shape, codes))
        return self

    def predict(self, X: Any) -> Array:
        """Predict the most probable label of each sample."""
        outputs = self._outputs(X)
        if outputs.shape[1] > 1:
            codes = np.argmax(outputs, axis=1)
        else:
            codes = (outputs[:, 0] > (0.5 if self._output == "probability" else 0)).astype(np.intp)
        labels: Array = self.classes_[codes]
        return labels

    def _knows_probabilities(self) -> bool:
        if getattr(self, "_output", None) == "score":
            raise AttributeError(
                "the model was trained with a loss that is no crossentropy, and its last "
                "activation is neither sigmoid nor softmax: its outputs are no probabilities"
            )
        return True

    @available_if(_knows_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Array:
        """Predict the probability of each class, (samples, classes), in the order of `classes_`."""
        outputs = self._outputs(X)
        if outputs.shape[1] > 1:
            probabilities: Array = (
                activations.softmax(outputs) if self._output == "logit" else outputs
            )
            return probabilities
        positive = activations.sigmoid(outputs) if self._output == "logit" else outputs
        return np.concatenate([1 - positive, positive], axis=1)

    def _targets(self, model: Model, shape: tuple[int, ...], codes: Array) -> Array:
        """Return the targets for the loss; compiles the model."""
        classes = len(self.classes_)
        if shape != (1, classes) and (classes, shape) != (2, (1, 1)):
            raise ValueError(
                f"y has {classes} classes, so the model ends with Dense({_outputs_for(classes)}); "
                f"for one sample it gives outputs of shape {shape}"
            )
        loss = self._compile(model, lambda: _crossentropy(model, shape[1]))
        self._output = _meaning(model, loss)
        if shape[1] == 1 or isinstance(loss, losses.SparseCategoricalCrossentropy):
            return codes
        return np.eye(classes)[codes]


class Regressor(RegressorMixin, _Network):  # type: ignore[misc]
    """A network for regression, of one or several numbers for each sample.

    Args:
        model: as in `Classifier`; ``n_outputs`` is the number of targets of a sample.
        model_args: as in `Classifier`.
        optimizer: as in `Model.compile`; "adam" unless given.
        loss: as in `Model.compile`; the mean squared error unless given.
        epochs, batch_size, validation_split, callbacks, verbose: as in `Model.fit`.
        random_state: as in `Classifier`.

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
        """Train a new model.

        Args:
            X: (samples, features), or more axes.
            y: (samples,) or (samples, targets).
            sample_weight: a weight for each sample. Those of weight 0 are left out.

        Raises:
            ValueError: for data that is refused, and for a model whose outputs do not fit y.
            TypeError: for sparse matrices; for what is no model.
        """
        X, y = validate_data(self, X, y, allow_nd=True, multi_output=True, y_numeric=True)
        self._flat = y.ndim == 1
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
            X, y, sample_weight = _without_zero_weights(X, y, sample_weight)
        columns = y.reshape(len(y), -1)
        wanted = columns.shape[1]
        self._train(X, wanted, sample_weight, lambda m, shape: self._targets(m, shape, columns))
        return self

    def predict(self, X: Any) -> Array:
        """Predict each sample, in the shape of the y given to `fit`."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._flat else outputs

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


# -- helpers ---------------------------------------------------------------------------------------


def _seeded(random_state: Any) -> AbstractContextManager[None]:
    """A generator of the estimator's own, which begins where `random_state` says.

    It takes the place of nn's global one, which is not touched, so that fits in threads do not
    disturb each other.
    """
    if random_state is None:
        return nullcontext()
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    return random.using(random.Generator(seed))


def _without_zero_weights(X: Array, y: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Return the samples with positive weights.

    Raises:
        ValueError: if there are none.
    """
    kept = weight != 0
    if not kept.any():
        raise ValueError("the weight of every sample is zero: there is nothing to learn from")
    return X[kept], y[kept], weight[kept]


def _outputs_for(classes: int) -> int:
    """Return the number of outputs for so many classes: one is enough for two."""
    return 1 if classes == 2 else classes


def _crossentropy(model: Model, width: int) -> losses.Loss:
    """Return the crossentropy that fits the last layer."""
    if not isinstance(model, Sequential):
        raise ValueError(
            f"say which loss {model.name} is trained with, loss=...: whether it gives logits or "
            "probabilities cannot be seen in a model that is no Sequential"
        )
    kind = losses.BinaryCrossentropy if width == 1 else losses.SparseCategoricalCrossentropy
    return kind(from_logits=not _ends_with_probabilities(model))


def _meaning(model: Model, loss: Any) -> str:
    """Return the kind of the outputs: "probability", "logit", or "score" for neither."""
    from_logits = getattr(loss, "from_logits", None)
    if from_logits is not None:
        return "logit" if from_logits else "probability"
    return "probability" if _ends_with_probabilities(model) else "score"


def _ends_with_probabilities(model: Model) -> bool:
    """Return if a Sequential's last activation is sigmoid or softmax."""
    last: Any = model
    while isinstance(last, Sequential) and last.layers:
        last = last.layers[-1]
    activation = getattr(last, "activation", None)
    return isinstance(last, (layers.Sigmoid, layers.Softmax)) or (
        activation is not None
        and activations.get(activation) in (activations.sigmoid, activations.softmax)
    )
