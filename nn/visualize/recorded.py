"""Recorded: one call of a model, with the outputs of its layers and gradients between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import as_array, changed, node_gradients
from nn import activations
from nn._core.identifiers import lookup
from nn.layers.base import Layer
from nn.visualize.arguments import index_of, require_layer

Array = np.ndarray[Any, Any]


class Recorded:
    """A call of a model on inputs, as in prediction.

    Args:
        model: a model, or a layer.
        x: its inputs, one array of numbers, a batch.

    Attributes:
        x: the inputs, as a Tensor.
        y: the outputs.
        layers: the output of each layer by its path, in order of the calls; of a layer that is
            called several times the last.

    Raises:
        TypeError, ValueError: for inputs that are not one batch, and several outputs.
    """

    def __init__(self, model: Layer, x: Any) -> None:
        require_layer(model)
        array = as_array(_only(model, x))
        if array.ndim < 2:
            raise ValueError(
                f"{model.name} takes a batch, got shape {array.shape}. For one sample write x[:1], "
                "or x[None]"
            )
        if not len(array):
            raise ValueError(f"there is no sample to draw: x has the shape {array.shape}")
        floating = array.dtype.kind == "f" or array.ndim == 4  # images of bytes are numbers, too
        self.x = Tensor(array.astype(model.dtype) if floating else array, requires_grad=floating)
        nodes: list[Tensor] = []
        with changed(recording=True, tape=nodes), np.errstate(all="ignore"):
            self.y: Any = model(self.x, training=False)
        if not isinstance(self.y, Tensor):
            raise TypeError(f"{model.name} has several outputs; make a model of one of them")
        self.nodes = nodes
        self.layers: dict[str, Tensor] = {}
        for node in nodes:
            path = "" if node.scope is None else node.scope.path.removeprefix(f"{model.name}/")
            while path and path != model.name:
                self.layers.pop(path, None)
                self.layers[path] = node
                path = path.rpartition("/")[0]

    def layer(self, layer: Any) -> Tensor:
        """Return the output of a layer, given itself or its name.

        Raises:
            ValueError: if it computed nothing; lists those that did.
        """
        name = layer.name if isinstance(layer, Layer) else layer
        found: Tensor = lookup("layer with an output", name, self.layers)
        return found

    def score(self, target: int | None) -> tuple[Tensor, int]:
        """Return the score of one class for each sample, and which one: before a last softmax or
        sigmoid, whose slope would hide what raises the score.

        Args:
            target: the class; None for the most probable one of the first sample.

        Raises:
            ValueError: for a class that there is not, outputs of another shape, and scores that are
                not finite.
        """
        scores = self.y
        if scores.function in (activations.softmax, activations.sigmoid):
            scores = scores.inputs[0]
        if scores.ndim != 2:
            raise ValueError(f"scores have the shape (samples, classes), got {scores.shape}")
        if not np.isfinite(scores.data).all():
            raise ValueError("the scores are not finite: look for NaN in the inputs or the weights")
        classes = scores.shape[1]
        wanted = scores.data[0].argmax() if target is None else target
        number = index_of("target is a class", wanted, classes)
        return scores[:, number], number

    def gradient(self, score: Tensor, node: Tensor) -> Array:
        """Return the gradient of the sum of scores by a node.

        Raises:
            ValueError: if the score does not depend on the node, or not differentiably.
        """
        found = node_gradients(np.sum(score), [node])[0]
        if found is None:
            what = "the inputs" if node is self.x else "this layer"
            raise ValueError(
                f"the score has no gradient by {what}: integers, or what is computed from them "
                "alone, have none. Ask for a layer behind the embedding"
            )
        return np.asarray(found)


def _only(model: Layer, x: Any) -> Any:
    """Return the batch of the one input.

    Raises:
        ValueError: if the model takes several.
    """
    if isinstance(x, dict) or len(getattr(model, "inputs", None) or "x") > 1:
        raise ValueError(
            f"{model.name} takes several inputs, and one is drawn: make a model of one, "
            "nn.Model(one, model([one, ...])), with the others as arrays"
        )
    return x
