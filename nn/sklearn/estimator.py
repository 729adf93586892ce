"""Estimator: what the classifier, the regressor and the transformer have in common."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import KW_ONLY, field
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from autograd_lite.extend import define
from nn import random
from nn._core.nest import map_arrays
from nn._core.validation import require_fraction
from nn.callbacks import Callback
from nn.models.model import Model
from nn.sklearn.parameters import FROM_DATA, NestedParameters

Array = np.ndarray[Any, Any]

TAKES: dict[str, Any] = {"allow_nd": True, "accept_sparse": "csr"}  # as X
_SAMPLES_AT_A_TIME = 256  # in predictions


@define
class Estimator(NestedParameters):
    """The base of the estimators: builds, compiles and trains the model."""

    model_: Model = field(init=False)
    history_: dict[str, list[Any]] = field(init=False)

    model: Any = None
    _: KW_ONLY
    model_args: Mapping[str, Any] | None = None
    optimizer: Any = None
    loss: Any = None
    epochs: int = 100
    batch_size: int = 32
    validation_split: float = 0.0
    callbacks: Iterable[Callback] | None = None
    warm_start: bool = False
    verbose: Any = 0
    random_state: Any = None

    def _continues(self, partial: bool) -> bool:
        """Return if the training of `model_` goes on, rather than that of a new model."""
        return (partial or self.warm_start) and hasattr(self, "model_")

    # -- training --------------------------------------------------------------------------------

    def _new_model(self, n_features: int, n_outputs: Any) -> Model:
        """Create a model for one `fit`: from the function, or a copy of the given one."""
        given = {} if self.model_args is None else self.model_args
        self._check_model_arguments(given)
        if isinstance(self.model, Model):
            return copy.deepcopy(self.model)
        make: Callable[..., Any] = self._default_model if self.model is None else self.model
        if not callable(make):
            raise TypeError(
                "model is a Sequential (or another nn.Model), or a function that returns one; got "
                f"{self.model!r}"
            )
        from_data = dict(zip(FROM_DATA, (n_features, n_outputs), strict=True))
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
        n_outputs: Any,
        sample_weight: Array | None,
        targets_for: Callable[[Model, Any], Any],
        *,
        partial: bool = False,
        stratify: Array | None = None,
    ) -> None:
        """Train a new model, or go on with the one there is.

        Args:
            X: the inputs.
            n_outputs: how many a new model is to have.
            sample_weight: positive numbers, one a sample.
            targets_for: the targets, given the model and its outputs for one sample; compiles the
                model where it is not.
            partial: True for one epoch, without validation.
            stratify: the classes, which the samples held out have in the same proportions.
        """
        again = self._continues(partial)
        with self._randomness(again):
            model = self.model_ if again else self._new_model(X.shape[1], n_outputs)
            y = targets_for(model, model.predict(X[:1]))  # makes the weights too
            kept, held_out = (X, y, sample_weight), None
            if self.validation_split and not partial:
                kept, held_out = self._split(kept, stratify)
            history = model.fit(
                kept[0],
                kept[1],
                sample_weight=kept[2],
                batch_size=self.batch_size,
                epochs=1 if partial else self.epochs,
                verbose=self.verbose,
                callbacks=copy.deepcopy(self.callbacks),
                validation_data=held_out,
            ).history
        before = self.history_ if again else {}
        self.history_ = {k: [*before.get(k, []), *v] for k, v in history.items()}
        self.model_ = model

    def _split(self, whole: tuple[Any, ...], stratify: Array | None) -> tuple[Any, Any]:
        """Return the data to train on, and what `validation_split` holds out of it, at random."""
        require_fraction("validation_split", self.validation_split)
        kept, held_out = train_test_split(
            np.arange(whole[0].shape[0]),
            test_size=self.validation_split,
            stratify=stratify,
            random_state=int(random.generator().integers(2**31)),
        )
        parts = [tuple(map_arrays(lambda a, r=r: a[r], p) for p in whole) for r in (kept, held_out)]  # type: ignore[misc]
        return parts[0], parts[1] if parts[1][2] is not None else parts[1][:2]

    def _randomness(self, again: bool) -> AbstractContextManager[None]:
        """A generator of the estimator's own, which begins where `random_state` says, and goes on
        where a training is continued.

        It takes the place of nn's global one, which is not touched, so that fits in threads do not
        disturb each other.
        """
        if self.random_state is None:
            return nullcontext()
        if not again or not hasattr(self, "_generator"):
            seed = int(check_random_state(self.random_state).randint(2**31 - 1))
            self._generator = random.Generator(seed)
        return random.using(self._generator)

    def _compile(self, model: Model, default_loss: Callable[[], Any]) -> None:
        """Compile a new model that is not compiled."""
        if model is getattr(self, "model_", None):
            return
        if not model.compiled:
            optimizer = "adam" if self.optimizer is None else copy.deepcopy(self.optimizer)
            model.compile(optimizer, default_loss() if self.loss is None else self.loss)
        elif not (self.optimizer is None and self.loss is None):
            raise ValueError(
                "the model is compiled already: leave out optimizer= and loss=, or do not compile "
                "it in the function that makes it"
            )

    def _weighed(self, X: Array, y: Any, sample_weight: Any) -> tuple[Array, Any, Any]:
        """Return the samples with positive weights, checked; all where there are no weights.

        Raises:
            ValueError: for negative weights, and if there is none above 0.
        """
        if sample_weight is None:
            return X, y, None
        weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        kept = weight != 0
        if not kept.any():
            raise ValueError("the weight of every sample is zero: there is nothing to learn from")
        return X[kept], y[kept], weight[kept]

    def _outputs(self, X: Any, attribute: str = "model_") -> Any:
        """Compute the outputs of a trained model for some samples, as float64."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, **TAKES)
        outputs = getattr(self, attribute).predict(X, batch_size=_SAMPLES_AT_A_TIME)
        return map_arrays(lambda part: np.asarray(part, dtype=np.float64), outputs)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
