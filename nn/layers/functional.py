"""Lambda: any function as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Unpack

from nn.layers.base import Layer
from nn.layers.options import LayerOptions


class Lambda(Layer):
    """A function of the inputs, in NumPy.

    A model does not find weights used by the function: subclass `Layer` if there are any.

    Args:
        function: of a Tensor (or a list or dict of them), to a Tensor.
        output_shape: has no effect: the shape is found by calling the function.
        mask: the mask of the outputs, or a function of the inputs and their mask that returns it.
            By default inputs with a mask give outputs without one, and a warning. A function of a
            ``mask`` gets that of the inputs.
        arguments: keyword arguments for it, by name.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> import numpy as np
        >>> Lambda(lambda x: x**2)(np.array([[3.0]])).data
        array([[9.]], dtype=float32)
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        if not callable(function):
            raise TypeError(f"Lambda takes a function, got {type(function).__name__}")
        if arguments is not None and not isinstance(arguments, Mapping):
            raise TypeError(f"arguments of a Lambda is a dict by name, got {arguments!r}")
        self.function = function
        self.arguments = arguments
        self.mask = mask
        self.supports_masking = self._makes_mask = mask is not None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_shape": None}

    def call(self, x: Any, mask: Any = None) -> Any:
        arguments = self.arguments or {}
        return self.function(x, **arguments, **({"mask": mask} if self._takes_mask() else {}))

    def _takes_mask(self) -> bool:
        try:
            return "mask" in inspect.signature(self.function).parameters
        except (TypeError, ValueError):  # some functions written in C have no signature
            return False

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask
