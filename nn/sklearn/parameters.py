"""NestedParameters: ``model__hidden``, ``optimizer__learning_rate``, ``code__units``."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Self

from sklearn.base import BaseEstimator

from nn import layers, optimizers
from nn.layers.input import Input
from nn.models.clone_model import clone_model
from nn.models.model import Model
from nn.models.sequential import Sequential

FROM_DATA = ("n_features", "n_outputs")  # arguments of a model's function that the data decides


def small_network(n_features: int, n_outputs: Any) -> Model:
    """Build the default model, in scikit-learn's float64: one hidden layer, and a head for each
    output where there are several.
    """
    hidden = layers.Dense(64, activation="relu", dtype="float64")
    if not isinstance(n_outputs, list):
        return Sequential([hidden, layers.Dense(n_outputs, dtype="float64")])
    x = Input((n_features,), dtype="float64")
    h = hidden(x)
    return Model(x, [layers.Dense(width, dtype="float64")(h) for width in n_outputs])


class NestedParameters(BaseEstimator):  # type: ignore[misc]
    """The base of the estimators: names with two underscores, in searches and `set_params`.

    ==============================  ================================================================
    ``model__hidden``               the argument ``hidden`` of the function that makes the model
    ``optimizer__learning_rate``    an argument of the optimizer
    ``code__units``                 an argument of the layer ``code`` of a model that was given
    ==============================  ================================================================
    """

    model: Any
    model_args: Mapping[str, Any] | None
    optimizer: Any
    _default_model: Callable[..., Model] = staticmethod(small_network)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of this estimator; if deep, those of the model's function, the optimizer
        and the layers too.
        """
        own: dict[str, Any] = super().get_params(deep)
        if deep:
            given = self.model_args if isinstance(self.model_args, Mapping) else {}
            inner = {"model": {**self._model_defaults(), **given}}
            inner["optimizer"] = self._optimizer_config()
            for name, layer in self._layers().items():
                inner.setdefault(name, {k: v for k, v in layer.get_config().items() if k != "name"})
            own |= {f"{a}__{b}": value for a, part in inner.items() for b, value in part.items()}
        return own

    def set_params(self, **params: Any) -> Self:
        """Change arguments of this estimator, and of what is in it: ``optimizer__learning_rate=1``.

        The objects given are not changed: others take their place. A model of which a layer is
        changed starts from new weights.

        Raises:
            ValueError: for names that do not exist.
        """
        inner: dict[str, dict[str, Any]] = defaultdict(dict)
        for name in [name for name in params if "__" in name]:
            owner, _, argument = name.partition("__")
            inner[owner][argument] = params.pop(name)
        super().set_params(**params)
        if "model" in inner:
            arguments = inner.pop("model")
            self._check_model_arguments(arguments)
            self.model_args = {**(self.model_args or {}), **arguments}
        if "optimizer" in inner:
            self.optimizer = _changed(self._optimizer(), inner.pop("optimizer"), "optimizer")
        if inner:
            self._change_layers(inner)
        return self

    def _optimizer(self) -> optimizers.Optimizer:
        return optimizers.get("adam" if self.optimizer is None else self.optimizer)

    def _optimizer_config(self) -> dict[str, Any]:
        try:
            return self._optimizer().get_config()
        except (TypeError, ValueError):
            return {}  # none that exists, which `fit` tells

    # -- layers of a model that was given --------------------------------------------------------

    def _layers(self) -> dict[str, Any]:
        """The layers by name, of a model that can be made again from them."""
        is_known = isinstance(self.model, Model) and (
            isinstance(self.model, Sequential) or self.model._recipe is not None
        )
        return {layer.name: layer for layer in self.model.layers} if is_known else {}

    def _change_layers(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        known = self._layers()
        for name in changes:
            if name not in known:
                owners = ["model", "optimizer", *known]
                raise ValueError(f"Invalid parameter {name}__...: before __ stands one of {owners}")
        self.model = clone_model(
            self.model,
            clone_function=lambda layer: _changed(layer, changes.get(layer.name, {}), layer.name),
        )

    # -- arguments of the function that makes the model --------------------------------------------

    def _model_defaults(self) -> dict[str, Any]:
        """The arguments that the model's function has, apart from those that the data decides."""
        return {
            name: parameter.default
            for name, parameter in self._model_parameters().items()
            if parameter.default is not inspect.Parameter.empty and name not in FROM_DATA
        }

    def _model_parameters(self) -> Mapping[str, inspect.Parameter]:
        function = self._default_model if self.model is None else self.model
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
                f"Invalid parameter model__{unknown[0]}: "
                + (
                    f"the function that makes the model has the arguments {list(parameters)}"
                    if parameters
                    else "only a function that makes the model has arguments, and none was given"
                )
            )


def _changed(configured: Any, changes: Mapping[str, Any], owner: str) -> Any:
    """Return an object like another one, with other arguments.

    Raises:
        ValueError: for names that it does not have.
    """
    config = configured.get_config()
    for name in changes:
        if name not in config:
            raise ValueError(
                f"Invalid parameter {owner}__{name}: {type(configured).__name__} has the arguments "
                f"{list(config)}"
            )
    return type(configured).from_config({**config, **changes})
