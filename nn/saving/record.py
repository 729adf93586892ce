"""The state of one layer in a file, apart from its config and weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn._core.generators import generators_of
from nn._core.validation import is_shape
from nn.layers import Layer


@dataclass(frozen=True)
class LayerRecord:
    """The state of a layer.

    Attributes:
        input_shapes: the arguments that `build` was called with; None if it was not.
        output_shape: as `Layer.output_shape`.
        trainable: as `Layer.trainable`.
        named: whether its name was given by the user.
        generators: its attributes that are generators of random numbers.

    Raises:
        TypeError: for an attribute of another type.
    """

    input_shapes: tuple[Any, ...] | None
    output_shape: Any
    trainable: bool
    named: bool
    generators: Mapping[str, np.random.Generator]

    def __post_init__(self) -> None:
        shapes = self.input_shapes
        right = {
            "input_shapes": shapes is None
            or (isinstance(shapes, tuple) and all(map(_are_shapes, shapes))),
            "output_shape": self.output_shape is None or _are_shapes(self.output_shape),
            "trainable": isinstance(self.trainable, bool),
            "named": isinstance(self.named, bool),
            "generators": isinstance(self.generators, dict)
            and all(isinstance(g, np.random.Generator) for g in self.generators.values()),
        }
        for name, fits in right.items():
            if not fits:
                raise TypeError(f"{name} is not of the right kind")

    @classmethod
    def of(cls, layer: Layer) -> LayerRecord:
        """Record a layer.

        Raises:
            ValueError: if its weights could not be made again.
        """
        if layer.built and layer._input_shapes is None and layer._weights:
            raise ValueError(
                f"{layer.name} was built by hand, and the shapes it was built for are not known. "
                "Let the first call build it, or save the weights alone: save_weights(path)"
            )
        return cls(
            input_shapes=layer._input_shapes,
            output_shape=layer.output_shape,
            trainable=layer.trainable,
            named=layer._name_given,
            generators=generators_of(layer),
        )

    def restore(self, layer: Layer) -> None:
        """Restore this state in a built layer.

        Raises:
            TypeError: for a generator that it does not have.
        """
        layer._output_shape = self.output_shape
        layer._name_given = self.named
        if layer.trainable != self.trainable:
            layer.trainable = self.trainable  # of its sublayers too, whose turn comes later
        for attribute, generator in self.generators.items():
            there = getattr(layer, attribute, None)
            begins_later = attribute == "_generator" and there is None  # with a model's first fit
            if not (begins_later or isinstance(there, np.random.Generator)):
                raise TypeError(f"{layer.name} has no generator {attribute!r:.80}")
            setattr(layer, attribute, generator)


def _are_shapes(value: Any) -> bool:
    """Return if this is a shape, or a list or dict of shapes."""
    parts = value.values() if isinstance(value, dict) else value
    return is_shape(value) or (
        isinstance(value, (list, tuple, dict)) and all(map(_are_shapes, parts))
    )
