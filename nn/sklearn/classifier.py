"""Classifier: a network that tells classes apart."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, validate_data

from autograd_lite.extend import define
from nn import losses
from nn._core.nest import leaves, map_arrays
from nn.models.model import Model
from nn.sklearn.estimator import TAKES, Estimator
from nn.sklearn.heads import Head, Indicators, ends_with_probabilities, last_layers

Array = np.ndarray[Any, Any]


@define
class Classifier(ClassifierMixin, Estimator):  # type: ignore[misc]
    """A network for classification; labels may be numbers or strings.

    Args:
        model: a function that creates the model for each `fit`. It is given those of its
            arguments that are called ``n_features`` (columns of X) and ``n_outputs`` (1 for two
            classes, else their number; the number of labels if a sample may have several; a list
            for several y). Or a Sequential, or another model: each `fit` trains a copy of it, from
            the weights that it has. By default a small network with one hidden layer.
        model_args: other arguments for that function, by name. In a search, ``model__hidden``
            stands for the argument ``hidden``.
        optimizer: as in `Model.compile`; "adam" unless given. In a search,
            ``optimizer__learning_rate`` stands for its argument.
        loss: as in `Model.compile`. By default the crossentropy that fits the model: binary for
            one output and for labels of which a sample may have several, else sparse categorical;
            from probabilities if the last activation is sigmoid or softmax, else from logits.
        epochs, batch_size, callbacks, verbose: as in `Model.fit`.
        validation_split: the fraction of the samples to hold out for validation, at random, with
            the classes in the same proportions.
        class_weight: weights by label, or "balanced", as everywhere in scikit-learn.
        warm_start: True to let `fit` go on with the model and the optimizer of the `fit` before.
        random_state: an integer, for the same initial weights and order of samples at each `fit`.
            None leaves it to `nn.set_random_seed`.

    Attributes:
        model_: the trained model.
        history_: the loss of each epoch, as `History.history`.
        classes_: the labels, sorted; a list of them for several y.
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

    class_weight: Any = field(default=None, kw_only=True)

    # -- training --------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new model; with `warm_start`, the one there is.

        Args:
            X: (samples, features), sparse or not, or more axes.
            y: a label for each sample. Or (samples, labels), 1 for each label that a sample has,
                else 0. Or (samples, outputs), a label of its own for each output.
            sample_weight: a weight for each sample. Those of weight 0 are left out.

        Raises:
            ValueError: for data that is refused, NaN and single classes among them, and for a
                model whose outputs do not fit the number of classes.
            TypeError: for what is no model.
        """
        return self._learn(X, y, None, sample_weight, partial=False)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train the model for one epoch on some samples; the first call makes it.

        Args:
            X: as in `fit`.
            y: as in `fit`.
            classes: all labels that will ever occur, for the first call; a list of them for several
                y. Those in y unless given.
            sample_weight: as in `fit`.

        Raises:
            ValueError: for labels that are not among the classes of the first call; and as `fit`.
        """
        return self._learn(X, y, classes, sample_weight, partial=True)

    def _learn(self, X: Any, y: Any, classes: Any, sample_weight: Any, *, partial: bool) -> Self:
        again = self._continues(partial)
        X, y = validate_data(self, X, y, multi_output=True, reset=not again, **TAKES)
        y = _dense_labels(y)
        if not again:
            self._heads, self._kind = _heads(y, classes)
            of_heads = [head.classes for head in self._heads]
            self.classes_ = of_heads if self._kind == "several" else of_heads[0]
        elif classes is not None:
            self._require_same(_heads(y, classes)[0])
        columns = self._columns(y)
        codes = [head.codes(part) for head, part in zip(self._heads, columns, strict=True)]
        if self.class_weight is not None:
            given = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
            sample_weight = given * compute_sample_weight(self.class_weight, y)
        X, rows, sample_weight = self._weighed(X, np.arange(X.shape[0]), sample_weight)
        codes = [part[rows] for part in codes]
        if not partial:
            for head, part in zip(self._heads, codes, strict=True):
                head.require_several(part)
        widths = [head.width for head in self._heads]
        self._train(
            X,
            widths if self._kind == "several" else widths[0],
            sample_weight,
            lambda model, outputs: self._targets(model, outputs, codes),
            partial=partial,
            stratify=codes[0] if self._kind == "one" else None,
        )
        return self

    def _require_same(self, heads: list[Head]) -> None:
        """Refuse classes that are not those of the training that is continued.

        Raises:
            ValueError: names both.
        """
        before, now = ([head.classes.tolist() for head in each] for each in (self._heads, heads))
        if before != now:
            raise ValueError(
                f"classes are {now}, but the training that is continued began with {before}: a "
                "model has its outputs from the first call on"
            )

    def _columns(self, y: Array) -> list[Array]:
        """Return the labels for each head.

        Raises:
            ValueError: for another number of columns than in the training that is continued.
        """
        if self._kind != "several":
            return [y]
        if y.shape[1:] != (len(self._heads),):
            raise ValueError(f"y has shape {y.shape}, for a model of {len(self._heads)} outputs")
        return list(y.T)

    def _targets(self, model: Model, outputs: Any, codes: list[Array]) -> Any:
        """Return the targets for the loss, in the structure of the outputs; compiles the model."""
        found = list(leaves(outputs))
        if len(found) != len(codes):
            raise ValueError(
                f"y has {len(codes)} outputs, so the model returns a list of as many; it returns "
                f"{len(found)}"
            )
        shapes = [np.shape(part) for part in found]
        for head, shape in zip(self._heads, shapes, strict=True):
            head.require_width(shape)
        last = last_layers(model, len(codes))
        self._compile(model, lambda: self._default_losses(model, shapes, last))
        given = model.loss
        used = list(given) if isinstance(given, (list, tuple)) else [given] * len(codes)
        targets = []
        for head, layer, shape, loss, part in zip(
            self._heads, last, shapes, map(losses.get, used), codes, strict=True
        ):
            head.meaning = _meaning(loss, layer)
            targets.append(head.targets(part, loss, shape[1]))
        each = iter(targets)
        return map_arrays(lambda _: next(each), outputs)

    def _default_losses(self, model: Model, shapes: list[Any], last: list[Any]) -> Any:
        if None in last:
            raise ValueError(
                f"say which loss {model.name} is trained with, loss=...: whether it gives logits "
                "or probabilities cannot be seen in a model that does not end with a layer"
            )
        found = [
            head.loss(shape[1], from_logits=not ends_with_probabilities(layer))
            for head, shape, layer in zip(self._heads, shapes, last, strict=True)
        ]
        return found if self._kind == "several" else found[0]

    # -- prediction ------------------------------------------------------------------------------

    def predict(self, X: Any) -> Array:
        """Predict the most probable label of each sample, in the shape of the y given to `fit`."""
        outputs = leaves(self._outputs(X))
        found = [head.labels(part) for head, part in zip(self._heads, outputs, strict=True)]
        return np.stack(found, axis=1) if self._kind == "several" else found[0]

    def _knows_probabilities(self) -> bool:
        if any(head.meaning == "score" for head in getattr(self, "_heads", ())):
            raise AttributeError(
                "the model was trained with a loss that is no crossentropy, and its last "
                "activation is neither sigmoid nor softmax: its outputs are no probabilities"
            )
        return True

    @available_if(_knows_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Any:
        """Predict the probability of each class, (samples, classes), in the order of `classes_`;
        of each label, (samples, labels); a list of arrays for several y.
        """
        outputs = leaves(self._outputs(X))
        found = [head.probabilities(part) for head, part in zip(self._heads, outputs, strict=True)]
        return found if self._kind == "several" else found[0]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compute the fraction of the samples whose labels are all predicted."""
        if getattr(self, "_kind", None) != "several":
            return float(super().score(X, y, sample_weight))
        right = np.all(self.predict(X) == np.asarray(y), axis=1)
        return float(np.average(right, weights=sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags


def _dense_labels(y: Any) -> Array:
    """Return y as an array, one column as one axis.

    Raises:
        ValueError: for targets that are not classes.
    """
    y = y.toarray() if hasattr(y, "toarray") else y
    check_classification_targets(y)
    one = y.ndim == 1 or y.shape[1] == 1
    labels: Array = column_or_1d(y, warn=True) if one else y
    return labels


def _heads(y: Array, classes: Any) -> tuple[list[Head], str]:
    """Return the heads for y, and their kind: "one", "labels" for multilabel, or "several"."""
    if y.ndim == 1:
        return [Head(np.unique(y if classes is None else classes))], "one"
    of_columns = isinstance(classes, (list, tuple))
    if type_of_target(y) == "multilabel-indicator" and not of_columns:
        return [Indicators(np.arange(y.shape[1]))], "labels"
    given = classes if of_columns else y.T
    return [Head(np.unique(part)) for part in given], "several"


def _meaning(loss: Any, last: Any) -> str:
    """Return the kind of the outputs: "probability", "logit", or "score" for neither."""
    from_logits = getattr(loss, "from_logits", None)
    if from_logits is not None:
        return "logit" if from_logits else "probability"
    return "probability" if last is not None and ends_with_probabilities(last) else "score"
