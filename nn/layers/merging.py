"""Merging layers: Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate, Dot."""

from __future__ import annotations

import functools
import math
import operator
from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import mask_of
from nn._core.masks import as_mask, over_features
from nn._core.validation import require_flag, require_integer
from nn.layers.base import Layer
from nn.layers.normalization import unit
from nn.layers.options import LayerOptions


class _Merge(Layer):
    """A layer that is called on a list of inputs. A step counts if it does in one of them; if one
    has no mask, neither have the outputs.
    """

    supports_masking = True

    def _several(self, inputs: Any) -> list[Any]:
        """Return the inputs, a list of at least one, as in Keras.

        Raises:
            TypeError: if they are not.
        """
        if not isinstance(inputs, (list, tuple)) or not inputs:
            raise TypeError(
                f"{self.name} merges several inputs, and is called on a list of them: "
                f"{type(self).__name__}()([a, b])"
            )
        return list(inputs)

    def _aligned(self, inputs: Any) -> list[Any]:
        """Return the inputs in shapes that can be broadcast: of the largest number of axes.

        Missing axes are those after the samples, as in Keras.

        Raises:
            ValueError: for lengths that differ, unless one of them is 1; for numbers of samples
                that do.
        """
        tensors = self._several(inputs)
        rank = max(x.ndim for x in tensors)
        shapes = [(*x.shape[:1], *(1,) * (rank - x.ndim), *x.shape[1:]) for x in tensors]
        samples, *lengths = zip(*shapes, strict=True)
        if len(set(samples)) > 1 or any(len({1, *of_axis}) > 2 for of_axis in lengths):
            raise ValueError(
                f"{self.name} takes inputs of one shape, or of lengths 1 where they differ; got "
                f"{', '.join(str(x.shape) for x in tensors)}"
            )
        pairs = zip(tensors, shapes, strict=True)
        return [x if x.shape == shape else x.reshape(shape) for x, shape in pairs]

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        masks = self._masks(inputs, previous_mask)
        return None if any(m is None for m in masks) else _either(masks)

    def _masks(self, inputs: Any, masks: Any) -> list[Any]:
        """Return a mask, or None, for each input.

        Raises:
            ValueError: for any other list.
        """
        if masks is None:
            return [None]
        if not isinstance(masks, (list, tuple)) or len(masks) != len(inputs):
            raise ValueError(
                f"{self.name} has {len(inputs)} inputs, and takes a list of as many masks, None "
                f"for an input without one; got {masks!r}"
            )
        rank = max(np.ndim(m) for m in masks)
        return [
            m if m is None else _of_rank(rank, as_mask(m, x, self.name))
            for m, x in zip(masks, inputs, strict=True)
        ]


class Add(_Merge):
    """The sum of all inputs, element by element: a skip connection.

    Inputs of other shapes are broadcast: along axes of length 1, and along axes that they lack,
    which are the ones after the samples. The numbers of samples agree.

    Args:
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: for other shapes.

    Example:
        >>> Add()([np.ones((1, 2)), np.ones((1, 2))]).data
        array([[2., 2.]], dtype=float32)
    """

    def call(self, inputs: Any) -> Any:
        return functools.reduce(operator.add, self._aligned(inputs))


class Subtract(_Merge):
    """The first of two inputs minus the second, element by element. Shapes as in `Add`.

    Example:
        >>> Subtract()([np.ones((1, 2)), np.array([[1.0, 3.0]])]).data
        array([[ 0., -2.]], dtype=float32)
    """

    def call(self, inputs: Any) -> Any:
        tensors = self._aligned(inputs)
        if len(tensors) != 2:
            raise ValueError(f"{self.name} subtracts one input from another, got {len(tensors)}")
        return tensors[0] - tensors[1]


class Multiply(_Merge):
    """The product of all inputs, element by element: a gate. Shapes as in `Add`.

    A masked step of an input is 1 in the product; what is masked in all is 0.
    """

    def call(self, inputs: Any) -> Any:
        tensors = self._aligned(inputs)
        kept = [_kept(x) for x in tensors]
        factors = [
            x if m is None else np.where(m, x, 1) for x, m in zip(tensors, kept, strict=True)
        ]
        product = functools.reduce(operator.mul, factors)
        if any(m is None for m in kept):
            return product
        return np.where(_either(kept), product, 0)


class Average(_Merge):
    """The mean of all inputs, element by element. Shapes as in `Add`."""

    def call(self, inputs: Any) -> Any:
        tensors = self._aligned(inputs)
        return functools.reduce(operator.add, tensors) / len(tensors)


class Maximum(_Merge):
    """The largest of all inputs, element by element; equal ones share the gradient. Shapes as in
    `Add`. A masked step of an input is that of the others.
    """

    def call(self, inputs: Any) -> Any:
        return _of_counted(np.maximum, self._aligned(inputs))


class Minimum(_Merge):
    """The smallest of all inputs, element by element; equal ones share the gradient. Shapes as in
    `Add`. A masked step of an input is that of the others.
    """

    def call(self, inputs: Any) -> Any:
        return _of_counted(np.minimum, self._aligned(inputs))


def _of_rank(rank: int, mask: Any) -> Any:
    """Return a mask with axes of length 1 behind its own."""
    return mask if mask.ndim == rank else mask.reshape(mask.shape + (1,) * (rank - mask.ndim))


def _kept(x: Any) -> Any:
    """Return the mask of an input, to be broadcast against it; None if it has none."""
    mask = mask_of(x)
    return None if mask is None else over_features(mask, x)


def _either(masks: Any) -> Any:
    return functools.reduce(np.logical_or, masks)


def _of_counted(function: Any, tensors: list[Any]) -> Any:
    """Combine inputs in turn; where one is masked, the other stands in for it."""
    y, kept = tensors[0], _kept(tensors[0])
    for x in tensors[1:]:
        also = _kept(x)
        other = x if also is None else np.where(also, x, y)
        y = function(y if kept is None else np.where(kept, y, other), other)
        kept = None if kept is None or also is None else kept | also
    return y


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

    def __init__(self, axis: int = -1, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
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

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        masks = self._masks(inputs, previous_mask)
        known = [mask for mask in masks if mask is not None]
        if not known:
            return None
        rank = known[0].ndim
        masks = [
            np.ones_like(x[(slice(None),) * rank + (0,) * (x.ndim - rank)], dtype=bool)
            if mask is None
            else mask
            for x, mask in zip(inputs, masks, strict=True)
        ]
        axis = self.axis % inputs[0].ndim
        if axis < rank:
            return np.concatenate(masks, axis=axis)
        return _either(masks)

    def _other_axes(self, x: Tensor) -> tuple[int, ...]:
        if not -x.ndim <= self.axis < x.ndim:
            raise ValueError(f"{self.name} has axis={self.axis}, but an input has shape {x.shape}")
        axis = self.axis % x.ndim
        return (*x.shape[:axis], -1, *x.shape[axis + 1 :])


class Dot(_Merge):
    """The products of two inputs, summed along an axis of each, for each sample.

    Args:
        axes: the axis along which to sum, in both inputs; or two, one in each. Not 0, which counts
            the samples.
        normalize: True divides both by their Euclidean norms along the axis first: the cosine of
            the angle between them.
        trainable, dtype, name: as in `Layer`.

    Shapes: the axes of the first input without its axis, then those of the second without samples
    and axis: (5, 2, 3) and (5, 4, 3) give (5, 2, 4) along axis 2. Two vectors give (samples, 1).

    Raises:
        ValueError: for lengths that differ along the axes, and for axes that are not there.

    Example:
        >>> Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).data
        array([[11.]], dtype=float32)
    """

    def __init__(
        self,
        axes: int | tuple[int, int] | list[int],
        normalize: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        several = isinstance(axes, (list, tuple))
        for axis in axes if several else [axes]:  # type: ignore[union-attr]
            require_integer("each of axes", axis)
        if several and len(axes) != 2:  # type: ignore[arg-type]
            raise ValueError(f"axes is an axis, or two: one of each input; got {axes!r}")
        require_flag("normalize", normalize)
        self.axes = tuple(axes) if isinstance(axes, list) else axes
        self.normalize = normalize

    def call(self, inputs: Any) -> Any:
        x, y = self._pair(inputs)
        samples, *others = x.shape[:-1]
        count, length, *more = y.shape
        if (count, length) != (samples, x.shape[-1]):
            raise ValueError(
                f"{self.name} sums along axes {self.axes}, so these have one length, and the "
                f"numbers of samples agree; got {', '.join(str(x.shape) for x in inputs)}"
            )
        rows, columns = math.prod(others), math.prod(more)
        flat = x.reshape(samples, rows, length) @ y.reshape(samples, length, columns)
        return flat.reshape(samples, *others, *more) if others or more else flat[:, 0]

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return None

    def _pair(self, inputs: Any) -> tuple[Any, Any]:
        """Return the inputs with their axis at the end of the first, after samples in the second.

        Raises:
            ValueError: for another number of inputs, and for axes that are not there.
        """
        tensors = self._several(inputs)
        axes = self.axes if isinstance(self.axes, tuple) else (self.axes, self.axes)
        if len(tensors) != 2:
            raise ValueError(f"{self.name} multiplies two inputs, got {len(tensors)}")
        for x, axis in zip(tensors, axes, strict=True):
            if not -x.ndim <= axis < x.ndim or axis % x.ndim == 0:
                raise ValueError(
                    f"{self.name} has axes={self.axes}, but an input has shape {x.shape}, whose "
                    "axis 0 counts the samples"
                )
        if self.normalize:
            tensors = [unit(x, axis, LEAST_NORM) for x, axis in zip(tensors, axes, strict=True)]
        return np.moveaxis(tensors[0], axes[0], -1), np.moveaxis(tensors[1], axes[1], 1)


LEAST_NORM = 1e-7  # of Dot: what is shorter is divided by it, as in Keras


# -- as functions, under Keras's lower-case names --------------------------------------------------


def add(inputs: Any, **kwargs: Any) -> Any:
    """Return the sum of the inputs, by a layer `Add`."""
    return Add(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """Return the mean of the inputs, by a layer `Average`."""
    return Average(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Return the inputs one after the other, by a layer `Concatenate`."""
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """Return the products of two inputs summed along axes, by a layer `Dot`."""
    return Dot(axes, **kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """Return the largest of the inputs, by a layer `Maximum`."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """Return the smallest of the inputs, by a layer `Minimum`."""
    return Minimum(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """Return the product of the inputs, by a layer `Multiply`."""
    return Multiply(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """Return the first input less the second, by a layer `Subtract`."""
    return Subtract(**kwargs)(inputs)
