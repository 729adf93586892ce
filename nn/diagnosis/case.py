"""Case: a copy of a model, its data, and a recorded forward pass."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from autograd_lite import Tensor, Variable, no_grad
from autograd_lite.extend import changed
from nn._core.nest import leaves, map_arrays, map_named, named_leaves
from nn.data.arrays import Samples, count_samples, numbers, samples
from nn.data.class_weights import labels_of
from nn.diagnosis.rates import ROWS, RateTest, measured_loss, rate_test
from nn.models.model import Model
from nn.random import Generator

Array = np.ndarray[Any, Any]

# Rows of a pass: enough to tell units that are never active from rarely active ones.
MOST_ROWS = 1024


class Case:
    """A model and its training data.

    Args:
        model: a copy, which may be changed.
        x, y: as in `Model.fit`, arrays.
        validation: as in `Model.fit`.
        batch_size: as in `Model.fit`.

    Attributes:
        given: the data as given, NaN included, as pairs (name, array).
        data: the samples without NaN and infinities; None if none is left.
        held_out: the validation samples, likewise; None without validation.
    """

    def __init__(
        self, model: Model, x: Any, y: Any, validation: Any, batch_size: int | None
    ) -> None:
        self.model = model
        self.batch_size = 32 if batch_size is None else batch_size
        self.given = [*_named(x, "X", model), *_named(y, "y", model)]
        self.data = _finite_samples(x, y, model)
        self.held_out: Samples | None = None
        if validation is not None:
            x_val, y_val = validation[0], validation[1]
            self.given += [
                *_named(x_val, "X of the validation", model),
                *_named(y_val, "y of the validation", model),
            ]
            self.held_out = _finite_samples(x_val, y_val, model)

    @cached_property
    def rows(self) -> tuple[Any, ...]:
        """A random batch (x, y) of the given data, of the size of a pass."""
        assert self.data is not None
        return self.draw(Generator(0), MOST_ROWS)

    def draw(self, generator: np.random.Generator, size: int) -> tuple[Any, ...]:
        """Return a random batch of so many samples, or of all."""
        assert self.data is not None
        count = self.data.count
        return self.data.batch(generator.choice(count, min(size, count), replace=False))

    @cached_property
    def prediction(self) -> Pass:
        """A pass as in prediction."""
        return Pass(self.model, self.rows[0], training=False)

    @cached_property
    def start(self) -> float | None:
        """The current loss; None if it cannot be computed, or is not the one that training
        minimises.
        """
        if self.data is None or self.own_step:
            return None
        try:
            return measured_loss(self.model, self.draw(Generator(1), ROWS))
        except (TypeError, ValueError, RuntimeError):
            return None

    @cached_property
    def rates(self) -> RateTest | None:
        """The test of learning rates; None without a loss that is a number, or without weights."""
        if (
            self.start is None
            or not math.isfinite(self.start)
            or not self.model.trainable_variables
        ):
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the optimizer, of what is a finding here
            return rate_test(self.model, self.draw, self.batch_size)

    @property
    def own_step(self) -> bool:
        """True if the user overrides the training step, so that its loss is unknown."""
        return type(self.model).train_step is not Model.train_step

    @property
    def trained(self) -> bool:
        """True if the model has been trained before."""
        return bool(self.model.optimizer.iterations.item())

    @property
    def compile_loss(self) -> Any:
        """The loss, if there is one output."""
        return None if self.model.compile_loss is None else self.model.compile_loss.loss

    @cached_property
    def targets(self) -> Array | None:
        """The targets, if they are one array."""
        y = None if self.data is None else self.data.y
        return y if isinstance(y, np.ndarray) else None

    @cached_property
    def output(self) -> Tensor | None:
        """The outputs for `rows`, if they are one array."""
        outputs = self.prediction.outputs
        return outputs if isinstance(outputs, Tensor) else None

    @cached_property
    def labels(self) -> Array | None:
        """The class of each sample, if the loss is one of classes; else None."""
        classifies = any(word in loss_name(self) for word in ("crossentropy", "hinge"))
        return labels_of(self.targets) if classifies else None


class Pass:
    """One pass through a model, with every operation recorded.

    Attributes:
        outputs: the model's outputs.
        nodes: the recorded Tensors, in order.
    """

    def __init__(self, model: Model, x: Any, training: bool) -> None:
        nodes: list[Tensor] = []
        with changed(tape=nodes), no_grad(), np.errstate(all="ignore"):
            self.outputs = model(x, training=training)
        self.nodes = nodes
        self._prefix = f"{model.name}/"

    def all_of(self, *functions: Any) -> Iterator[tuple[str, Tensor]]:
        """Return the outputs of some functions, with the name of the layer."""
        for node in self.nodes:
            if node.function in functions:
                yield self.layer(node), node

    def hidden(self, *functions: Any) -> Iterator[tuple[str, Tensor]]:
        """Return the outputs of some functions, except the model's outputs."""
        for layer, node in self.all_of(*functions):
            if not self.is_output(node):
                yield layer, node

    def is_output(self, node: Tensor) -> bool:
        """Return if a node is an output of the model."""
        return any(node is output for output in leaves(self.outputs))

    def layer(self, node: Tensor) -> str:
        """The layer that a node belongs to."""
        path = node.scope.path if node.scope is not None else ""
        return path.removeprefix(self._prefix) or "the model"

    def first_weighted(self) -> Array | None:
        """Return the inputs of the first operation with trainable weights: the inputs after layers
        that scale them.
        """
        for node in self.nodes:
            inputs = [x for x in node.inputs or () if isinstance(x, Tensor)]
            if any(isinstance(x, Variable) and x.ndim > 1 for x in inputs):
                given = [x.data for x in inputs if not isinstance(x, Variable)]
                return given[0] if given else None
        return None


def loss_name(case: Case) -> str:
    """The name of the loss, in snake_case; "" if there is none, or several."""
    return str(getattr(case.compile_loss, "name", ""))


def _named(value: Any, name: str, model: Model) -> list[tuple[str, Array]]:
    arrays = map_named(lambda part, name: numbers(part, name, model._dtype), value, name)
    return named_leaves(arrays, name)


def _finite_samples(x: Any, y: Any, model: Model) -> Samples | None:
    """Return the finite samples.

    Raises:
        TypeError, ValueError: as `nn.data.arrays.samples`.
    """
    x, y = (map_named(lambda part, name: numbers(part, name, model._dtype), p, "X") for p in (x, y))
    count = count_samples(x)
    if not count:
        raise ValueError("there are no samples: X has a length of 0")
    usable = np.ones(count, bool)
    for array in (*leaves(x), *leaves(y)):
        if array.dtype.kind == "f" and len(array) == count:
            usable &= np.isfinite(array).reshape(count, -1).all(axis=1)
    if not usable.any():
        return None
    if not usable.all():
        x, y = (map_arrays(lambda a: a[usable], part) for part in (x, y))
    return samples(x, y, None, model._dtype)
