"""TrainableState: the trainable weights of a model and their rules, gathered once."""

from __future__ import annotations

from typing import Any

from nn._core.generators import generators_of
from nn._core.tracking import CHANGES
from nn.layers.base import Layer
from nn.layers.module import walk
from nn.metrics import Metric


class TrainableState:
    """The trainable weights of a model, with their regularizers and constraints, and its metrics.

    Gathering them takes longer than a step of a small network, so it is done once, and again after
    the model is built or a layer frozen or unfrozen.

    Attributes:
        variables: the weights that an optimizer changes, in the model's order.
        regularized: pairs (weight, regularizer).
        constrained: pairs (weight, constraint).
        metrics: the metrics among the model's attributes.
        generators: the random generators of the layers.
        moving: the Variables that layers assign in training, such as moving averages.
    """

    def __init__(self, model: Layer) -> None:
        layers = [part for part in walk(model) if isinstance(part, Layer)]
        # The model holds this object, which therefore must not hold the model.
        self._inner_layers = layers[1:]
        self._state = self._state_of(model)
        self._changes = CHANGES.count
        self.variables = model.trainable_variables
        weights = [weight for layer in layers for weight in layer._weights]
        self.regularized = [(w.variable, w.regularizer) for w in weights if w.regularizer]
        self.constrained = [(w.variable, w.constraint) for w in weights if w.constraint]
        frozen = {id(variable) for layer in layers for variable in layer._frozen}
        self.moving = [
            w.variable for w in weights if not w.variable.trainable and id(w.variable) not in frozen
        ]
        self.moving += [state for layer in layers for state in layer._states]
        generators = [generators_of(layer) for layer in layers]
        generators[0].pop("_generator", None)  # the model's own shuffles, before the steps
        self.generators = [each for found in generators for each in found.values()]
        self.metrics = [value for value in vars(model).values() if isinstance(value, Metric)]

    # Another process starts counting at zero.
    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_changes": -1}

    def is_current(self, model: Layer) -> bool:
        """Return if the model has not changed."""
        if self._changes != CHANGES.count:
            if self._state != self._state_of(model):
                return False
            self._changes = CHANGES.count
        return True

    def _state_of(self, model: Layer) -> list[bool]:
        return [model.built, model._trainable, *[layer._trainable for layer in self._inner_layers]]
