"""Observer: the visible state of a network in training, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd_lite as ag
import nn
from nn.playground.data import Data, features
from nn.playground.settings import Settings

Array = NDArray[Any]

SURFACE = 96  # points in each direction at which the output is computed
COARSE = 3  # neurons are shown at every third of them
MOST_SAMPLES = 512  # of those that gradients and dead neurons are looked for with
ZERO = 128  # the byte that means 0; 1 and 255 are -1 and 1
HALF = 127


class Observer:
    """Reads the state of a network between two training steps, without changing it.

    Args:
        model: a Sequential of Dense and Dropout layers.
        settings: what it was made from.
        data: what it learns from.
        targets: y_train as the loss takes it.
    """

    def __init__(self, model: nn.Sequential, settings: Settings, data: Data, targets: Array):
        self._model = model
        self._features = settings.features
        self._classes = len(data.classes)
        self._probabilities = settings.loss != "hinge"
        self._dense = [layer for layer in model.layers if isinstance(layer, nn.Dense)]
        self._X = features(data.X_train[:MOST_SAMPLES], settings.features).astype(np.float32)
        self._y = targets[:MOST_SAMPLES]
        side = np.linspace(-data.reach, data.reach, SURFACE)
        x1, x2 = np.meshgrid(side, side[::-1])  # the first row of a picture is on top
        plane = np.column_stack([x1.ravel(), x2.ravel()])
        self._grid = features(plane, settings.features).astype(np.float32)

    def arrays(self, probe: tuple[float, float] | None) -> dict[str, Array]:
        """Heatmaps, weights and gradients.

        Args:
            probe: a point of the plane whose values in each neuron are wanted, too.
        """
        with np.errstate(all="ignore"):
            *hidden, output = self._outputs(self._grid)
            score = 2 * output - 1 if self._probabilities else output
            found = self._surface(score) | self._neurons([*hidden, score]) | self._weights()
            found["dead"] = np.concatenate(self._dead()).astype(np.uint8)
            if probe is not None:
                point = features(np.array([probe]), self._features).astype(np.float32)
                found["probe"] = np.concatenate([point[0], *(a[0] for a in self._outputs(point))])
        return found

    def loss(self, count: int) -> ag.Tensor:
        """The recorded loss of the first few training samples, without dropout."""
        X, y = self._X[:count], self._y[:count]
        loss: ag.Tensor = self._model.compute_loss(X, y, self._model(X, training=False))
        return loss

    def _outputs(self, X: Array) -> list[Array]:
        """Return the outputs of each Dense layer."""
        outputs = []
        x: Any = X
        with ag.no_grad():
            for layer in self._model.layers:
                x = layer(x, training=False)
                if isinstance(layer, nn.Dense):
                    outputs.append(x.data)
        return outputs

    def _neurons(self, outputs: list[Array]) -> dict[str, Array]:
        """A heatmap for each neuron, the inputs first, each on the scale of its largest value."""
        rows = (np.s_[::COARSE], np.s_[::COARSE])
        coarse = [a.reshape(SURFACE, SURFACE, -1)[rows] for a in (self._grid, *outputs)]
        pictures = np.moveaxis(np.concatenate(coarse, axis=2), 2, 0)
        scale = np.abs(pictures).max(axis=(1, 2))
        safe = np.where(np.isfinite(scale) & (scale > 0), scale, 1)
        return {
            "neurons": _bytes(pictures / safe[:, None, None]),
            "scales": np.nan_to_num(scale).astype(np.float32),
        }

    def _surface(self, score: Array) -> dict[str, Array]:
        """The output: a signed value of two classes, or the class and how clear it is of more."""
        if self._classes == 2:
            return {"surface": _bytes(score).reshape(SURFACE, SURFACE)}
        best = np.partition(score, -2, axis=1)
        lead = best[:, -1] - best[:, -2]
        clear = np.clip(np.nan_to_num(lead / 2 if self._probabilities else lead), 0, 1)
        return {
            "winner": score.argmax(axis=1).astype(np.uint8).reshape(SURFACE, SURFACE),
            "clear": (clear * 255).astype(np.uint8).reshape(SURFACE, SURFACE),
        }

    def _weights(self) -> dict[str, Array]:
        """All weights in the model's order (kernel, bias, kernel, ...), and their gradients."""
        variables = self._model.variables
        gradients = ag.gradients(self.loss(MOST_SAMPLES), variables)
        return {
            "weights": _flat([v.data for v in variables]),
            "gradients": _flat([g.data for g in gradients if g is not None]),  # the loss needs all
        }

    def _dead(self) -> list[Array]:
        """Mark the dead neurons of each layer: those that give 0 for every sample."""
        outputs = self._outputs(self._X)
        return [
            np.all(output == 0, axis=0) & (layer.activation == "relu")
            for layer, output in zip(self._dense, outputs, strict=True)
        ]


def _bytes(values: Array) -> Array:
    """Encode values from -1 to 1 as bytes; 0 stands for values that are not finite."""
    levels = np.rint(np.clip(values, -1, 1) * HALF) + ZERO
    return np.where(np.isfinite(values), levels, 0).astype(np.uint8)


def _flat(arrays: list[Array]) -> Array:
    return np.concatenate([array.ravel() for array in arrays]).astype(np.float32)
