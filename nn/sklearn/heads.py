"""Head: an output of a classifier, its classes and what its numbers mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import activations, layers, losses
from nn.models.model import Model
from nn.models.sequential import Sequential

Array = np.ndarray[Any, Any]


class Head:
    """An output that tells classes apart, of which a sample has one.

    Args:
        classes: the labels, sorted.

    Attributes:
        classes: as given.
        meaning: of its numbers: "probability", "logit", or "score" for neither.
    """

    def __init__(self, classes: Array) -> None:
        self.classes = classes
        self.meaning = ""
        self.require_several(np.arange(len(classes)))

    @property
    def width(self) -> int:
        """The numbers that the output has: one is enough for two classes."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    def codes(self, y: Array) -> Array:
        """Return the position of each label.

        Raises:
            ValueError: for a label that is not among the classes, and for several of a sample.
        """
        if y.ndim != 1:
            raise ValueError(
                f"y has shape {y.shape}, but the training that is continued has one label a sample"
            )
        known = np.isin(y, self.classes)
        if not known.all():
            raise ValueError(
                f"y has the label {y[~known].tolist()[0]!r}, which is not among the classes of the "
                f"training that is continued, {self.classes.tolist()}"
            )
        return np.searchsorted(self.classes, y)

    def require_several(self, codes: Array) -> None:
        """Refuse samples of one class.

        Raises:
            ValueError: names it.
        """
        present = np.unique(codes)
        if len(present) < 2:
            (only,) = self.classes[present].tolist()
            raise ValueError(f"y has one class only, {only!r}: there is nothing to tell apart")

    def require_width(self, shape: tuple[int, ...]) -> None:
        """Refuse outputs of one sample that do not fit the classes.

        Raises:
            ValueError: tells how the model ends instead.
        """
        classes = len(self.classes)
        if shape != (1, classes) and (classes, shape) != (2, (1, 1)):
            raise ValueError(
                f"y has {classes} classes, so the model ends with Dense({self.width}); for one "
                f"sample it gives outputs of shape {shape}"
            )

    def loss(self, width: int, from_logits: bool) -> losses.Loss:
        """Return the crossentropy for so many numbers a sample."""
        kind = losses.BinaryCrossentropy if width == 1 else losses.SparseCategoricalCrossentropy
        return kind(from_logits=from_logits)

    def targets(self, codes: Array, loss: Any, width: int) -> Array:
        """Return what the loss is given for these positions."""
        if width == 1 or isinstance(loss, losses.SparseCategoricalCrossentropy):
            return codes
        rows: Array = np.eye(len(self.classes))[codes]
        return rows

    def labels(self, outputs: Array) -> Array:
        """Return the most probable label of each sample."""
        several = outputs.shape[1] > 1
        codes = np.argmax(outputs, axis=1) if several else self._positive(outputs)[:, 0]
        found: Array = self.classes[codes]
        return found

    def _positive(self, outputs: Array) -> Array:
        return (outputs > (0.5 if self.meaning == "probability" else 0)).astype(np.intp)

    def probabilities(self, outputs: Array) -> Array:
        """Return the probability of each class, (samples, classes)."""
        if outputs.shape[1] > 1:
            found: Array = activations.softmax(outputs) if self.meaning == "logit" else outputs
            return found
        positive = activations.sigmoid(outputs) if self.meaning == "logit" else outputs
        return np.concatenate([1 - positive, positive], axis=1)


class Indicators(Head):
    """An output with a number for each label, of which a sample has any number: multilabel."""

    @property
    def width(self) -> int:
        """A number for each label."""
        return len(self.classes)

    def codes(self, y: Array) -> Array:
        """Return the indicators themselves.

        Raises:
            ValueError: for anything but 0 and 1, and for another number of labels.
        """
        if y.shape[1:] != (self.width,) or not np.isin(y, (0, 1)).all():
            raise ValueError(
                f"y tells for each of {self.width} labels whether a sample has it, 0 or 1; got "
                f"shape {y.shape}, values {np.unique(y)[:3].tolist()} ..."
            )
        return y.astype(np.intp)

    def require_several(self, codes: Array) -> None:
        """Take any: a label that no sample has is learnt as such."""

    def require_width(self, shape: tuple[int, ...]) -> None:
        """Refuse outputs of one sample that do not fit the labels.

        Raises:
            ValueError: tells how the model ends instead.
        """
        if shape != (1, self.width):
            raise ValueError(
                f"y has {self.width} labels, so the model ends with Dense({self.width}); for one "
                f"sample it gives outputs of shape {shape}"
            )

    def loss(self, width: int, from_logits: bool) -> losses.Loss:
        """Return the crossentropy of each label by itself."""
        return losses.BinaryCrossentropy(from_logits=from_logits)

    def targets(self, codes: Array, loss: Any, width: int) -> Array:
        """Return the indicators."""
        return codes

    def labels(self, outputs: Array) -> Array:
        """Return 1 for each label that is more probable than not."""
        return self._positive(outputs)

    def probabilities(self, outputs: Array) -> Array:
        """Return the probability of each label, (samples, labels)."""
        found: Array = activations.sigmoid(outputs) if self.meaning == "logit" else outputs
        return found


def last_layers(model: Any, count: int) -> list[Any]:
    """Return the layer that makes each output; None where that is not known."""
    if isinstance(model, Sequential):
        return last_layers(model.layers[-1], count) if model.layers else [None] * count
    if not isinstance(model, Model):
        return [model if isinstance(model, layers.Layer) else None] * count
    if model._recipe is None:
        return [None] * count
    return [last_layers(output.call.function, 1)[0] for output in model.outputs]


def ends_with_probabilities(last: layers.Layer) -> bool:
    """Return if a layer's activation is sigmoid or softmax."""
    activation = getattr(last, "activation", None)
    return isinstance(last, (layers.Sigmoid, layers.Softmax)) or (
        activation is not None
        and activations.get(activation) in (activations.sigmoid, activations.softmax)
    )
