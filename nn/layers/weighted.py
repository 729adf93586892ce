"""Weights by kind: of the kernel, kernel_initializer, _regularizer and _constraint; and so on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd_lite import Variable
from nn import constraints, initializers, regularizers
from nn.layers.base import Layer

_FIND: dict[str, Callable[[Any], Any]] = {
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}


class Weighted(Layer):
    """The base of layers whose constructor says for each kind of weight how it is made."""

    def _keep(self, arguments: Mapping[str, Any]) -> None:
        """Keep these arguments of a constructor, given its `locals()`.

        Raises:
            TypeError, ValueError: for unknown names, here and not when the weights are made.
        """
        for name, value in arguments.items():
            find = _FIND.get(name.rpartition("_")[2])
            if find is not None and name != "activity_regularizer":
                find(value)
                setattr(self, name, value)

    def _make(
        self, kind: str, shape: tuple[int | None, ...], name: str = "", trainable: bool = True
    ) -> Variable:
        """Make a weight as the arguments of its kind say."""
        return self.add_weight(
            shape,
            getattr(self, f"{kind}_initializer"),
            trainable=trainable,
            regularizer=getattr(self, f"{kind}_regularizer", None),
            constraint=getattr(self, f"{kind}_constraint", None),
            name=name or kind,
        )
