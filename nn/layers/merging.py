"""Merging layers: Add, Multiply, Average, Concatenate."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from autograd_lite import Tensor
from nn._core.validation import require_integer
from nn.layers.base import Layer

__all__ = ["Add", "Average", "Concatenate", "Multiply"]


class _Merge(Layer):
    """A layer that is called on a list of inputs."""

    def _several(self, inputs: Any) -> list[Tensor]:
        """Return the inputs, a list of at least two.

        Raises:
            TypeError: if they are not.
        """
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            raise TypeError(
                f"{self.name} merges several inputs, and is called on a list of them: "
                f"{type(self).__name__}()([a, b])"
            )
        return list(inputs)

    def _of_one_shape(self, inputs: Any) -> list[Tensor]:
        tensors = self._several(inputs)
        if any(x.shape != tensors[0].shape for x in tensors):
            raise ValueError(
                f"{self.name} takes inputs of one shape, got "
                f"{', '.join(str(x.shape) for x in tensors)}. To broadcast one over the other "
                "write the operation itself, in the call of a layer or in a Lambda"
            )
        return tensors


class Add(_Merge):
    """The sum of all inputs, element by element: a skip connection.

    Example:
        >>> Add()([np.ones((1, 2)), np.ones((1, 2))]).data
        array([[2., 2.]], dtype=float32)
    """

    def call(self, inputs: Any) -> Any:
        return functools.reduce(operator.add, self._of_one_shape(inputs))


class Multiply(_Merge):
    """The product of all inputs, element by element: a gate."""

    def call(self, inputs: Any) -> Any:
        return functools.reduce(operator.mul, self._of_one_shape(inputs))


class Average(_Merge):
    """The mean of all inputs, element by element."""

    def call(self, inputs: Any) -> Any:
        tensors = self._of_one_shape(inputs)
        return functools.reduce(operator.add, tensors) / len(tensors)


class Concatenate(_Merge):
    """All inputs, one after the other along an axis.

    Args:
        axis: the axis; the others have to agree.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: if the other axes differ, or there is no such axis.

    Example:
        >>> Concatenate()([np.zeros((5, 2)), np.zeros((5, 3))]).shape
        (5, 5)
    """

    def __init__(
        self,
        axis: int = -1,
        *,
        trainable: bool = True,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> None:
        super().__init__(trainable=trainable, dtype=dtype, name=name)
        require_integer("axis", axis)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        tensors = self._several(inputs)
        if len({self._other_axes(x) for x in tensors}) > 1:
            raise ValueError(
                f"{self.name} joins inputs along axis {self.axis}, so their other axes have to "
                f"agree; got {', '.join(str(x.shape) for x in tensors)}"
            )
        return np.concatenate(tensors, axis=self.axis)

    def _other_axes(self, x: Tensor) -> tuple[int, ...]:
        if not -x.ndim <= self.axis < x.ndim:
            raise ValueError(f"{self.name} has axis={self.axis}, but an input has shape {x.shape}")
        axis = self.axis % x.ndim
        return (*x.shape[:axis], -1, *x.shape[axis + 1 :])
