"""Lambda: any function as a layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nn.layers.base import Layer

__all__ = ["Lambda"]


class Lambda(Layer):
    """A function of the inputs, in NumPy.

    A model does not find weights used by the function: subclass `Layer` if there are any.

    Args:
        function: of a Tensor (or a list or dict of them), to a Tensor.
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
        arguments: dict[str, Any] | None = None,
        *,
        trainable: bool = True,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> None:
        super().__init__(trainable=trainable, dtype=dtype, name=name)
        if not callable(function):
            raise TypeError(f"Lambda takes a function, got {type(function).__name__}")
        if arguments is not None and not isinstance(arguments, Mapping):
            raise TypeError(f"arguments of a Lambda is a dict by name, got {arguments!r}")
        self.function = function
        self.arguments = arguments

    def call(self, x: Any) -> Any:
        return self.function(x, **(self.arguments or {}))
