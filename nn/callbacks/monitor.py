"""Monitor: record gradients, updates and dead units of each layer during training."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_lite as ag
from nn._core.nest import leaves, map_named
from nn._core.validation import require_count
from nn.callbacks.base import Callback, Logs
from nn.data.arrays import numbers

GRADIENT, RATIO, DEAD = "gradient norm", "update / weight", "dead units"


class Monitor(Callback):
    """Records how each layer learns; ``history.plot()`` shows it.

    - "gradient norm": the norm of the gradient of all weights of the layer, in the last step of an
      epoch. Norms that differ by factors of thousands mean vanishing or exploding gradients.
    - "update / weight": the norm of the change of its weights in that step over the norm of the
      weights. About 0.001 is healthy; far less, and the layer hardly learns; far more, and it is
      unstable.
    - "dead units": the share of the units of a ReLU that are 0 for every sample, so that no
      gradient flows through them. Needs `data`.

    The values are in ``history.layers``: by measure, then by layer, one for each recorded epoch
    (``history.layer_epochs``).

    Args:
        every: record every so many epochs.
        data: inputs to find dead units with; a few hundred samples will do.

    Raises:
        ValueError, TypeError: for another `every`.

    Example:
        >>> import numpy as np, nn
        >>> nn.set_random_seed(0)
        >>> model = nn.Sequential([nn.Dense(4, activation="relu"), nn.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> X = np.random.default_rng(0).normal(size=(64, 3))
        >>> monitor = nn.callbacks.Monitor(data=X)
        >>> history = model.fit(X, X[:, :1], epochs=2, verbose=0, callbacks=[monitor])
        >>> sorted(history.layers), list(history.layers["gradient norm"])
        (['dead units', 'gradient norm', 'update / weight'], ['dense', 'dense_1'])
    """

    def __init__(self, every: int = 1, data: Any = None) -> None:
        require_count("every", every)
        self.every = every
        self.data = data
        self._before: dict[int, Any] = {}

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Keep the weights before the last step of an epoch."""
        steps = self.params["steps"]
        if steps is None or batch == steps - 1:
            self._before = {id(v): v.data.copy() for v in self.model.trainable_variables}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Record all layers."""
        if (epoch + 1) % self.every:
            return
        history = self.model.history
        history.layer_epochs.append(epoch)
        for measure, values in self._measured().items():
            for layer, value in values.items():
                history.layers.setdefault(measure, {}).setdefault(layer, []).append(value)

    def _measured(self) -> dict[str, dict[str, float]]:
        found = {GRADIENT: self._gradient_norms(), RATIO: self._update_ratios()}
        if self.data is not None:
            found[DEAD] = self._dead_units()
        return {measure: values for measure, values in found.items() if values}

    def _gradient_norms(self) -> dict[str, float]:
        return _lengths((v, g) for v, g in self.model.optimizer.latest_gradients())

    def _update_ratios(self) -> dict[str, float]:
        variables = [v for v in self.model.trainable_variables if id(v) in self._before]
        changes = _lengths((v, v.data - self._before[id(v)]) for v in variables)
        sizes = _lengths((v, self._before[id(v)]) for v in variables)
        return {name: change / sizes[name] for name, change in changes.items() if sizes[name]}

    def _dead_units(self) -> dict[str, float]:
        """Return the largest share of dead units of each layer with a ReLU."""
        model = self.model
        x = map_named(lambda part, name: numbers(part, name, model._dtype), self.data, "data")
        outputs = list(leaves(model(x, training=False)))
        recorded = ag.graph(outputs, gradients=False)
        shares: dict[str, float] = {}
        for node in recorded.nodes:
            if node.dead_units is not None and node.scope is not None:
                layer = recorded.scopes[node.scope].name
                shares[layer] = max(node.dead_units, shares.get(layer, 0.0))
        return shares


def _lengths(pairs: Any) -> dict[str, float]:
    """Return the Euclidean norm of the arrays of each layer."""
    squares: dict[str, float] = {}
    for variable, array in pairs:
        layer = (variable.name or "weight").rpartition("/")[0] or "weight"
        flat = np.asarray(array, np.float64).ravel()
        squares[layer] = squares.get(layer, 0.0) + float(np.dot(flat, flat))
    return {layer: square**0.5 for layer, square in squares.items()}
