"""Input: what stands for any batch, in a model of the functional API or first in a Sequential."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.extend import SymbolicTensor
from nn._core.named_classes import saved_as
from nn.config import floatx
from nn.layers.base import Layer
from nn.layers.symbolic import declared


@saved_as("layers.Input")
class InputDeclaration:
    """The shape, dtype and name of one input of a model, declared before any data.

    Args:
        shape: of one sample, without the axis of samples: ``(64,)``. None stands for any length.
        dtype: of the samples; an integer type for an Embedding.
        name: its name in messages.
        batch_size: the number of samples of each batch; None for any.

    Raises:
        TypeError: if the shape is not a tuple of integers.
    """

    def __init__(
        self,
        shape: Any,
        dtype: Any = None,
        name: str | None = None,
        batch_size: int | None = None,
    ) -> None:
        if isinstance(shape, (int, np.integer)):
            raise TypeError(f"shape is a tuple, for one axis Input(({shape},)), got {shape!r}")
        if not isinstance(shape, (tuple, list)) or not all(map(_is_length, shape)):
            raise TypeError(
                "shape is the shape of one sample, a tuple of positive integers such as (64,) or "
                f"(28, 28, 1), without the number of samples; got {shape!r}"
            )
        if not _is_length(batch_size):
            raise TypeError(f"batch_size is a positive integer or None, got {batch_size!r}")
        self.shape = tuple(n if n is None else int(n) for n in shape)
        self.dtype = floatx() if dtype is None else dtype
        self.name = name or "input"
        self.batch_size = batch_size
        if not _is_numeric(self.dtype):
            raise TypeError(
                f"an Input holds numbers, of a dtype such as 'float32' or 'int64', got {dtype!r}. "
                "Texts become numbers before a model: layers.TextVectorization()(texts)"
            )

    @property
    def batch_shape(self) -> tuple[int | None, ...]:
        """The shape of a batch, None for any number of samples."""
        return (self.batch_size, *self.shape)

    def zeros(self, length: int = 1) -> np.ndarray[Any, Any]:
        """Return a batch of one sample of zeros, with a length for each that is open."""
        sample = [length if n is None else n for n in self.shape]
        return np.zeros([self.batch_size or 1, *sample], self.dtype)

    def fitted(self, x: Any) -> Any:
        """Return a batch with a last axis of 1 added or left out where that makes it fit, as Keras
        does; others as they are.
        """
        length, axes = len(x.shape), len(self.batch_shape)
        if length == axes - 1 and self.shape[-1:] == (1,):
            return np.expand_dims(x, -1)
        return x[..., 0] if length == axes + 1 and x.shape[-1] == 1 else x

    def accepts(self, shape: tuple[int, ...]) -> bool:
        """Return if batches may have this shape."""
        expected = self.batch_shape
        return len(shape) == len(expected) and all(
            e in (None, n) for e, n in zip(expected, shape, strict=True)
        )

    def check(self, shape: tuple[int, ...]) -> None:
        """Refuse a batch of another shape than declared.

        Raises:
            ValueError: for a batch of another shape.
        """
        if self.accepts(shape):
            return
        raise ValueError(
            f"the model was made with {self!r}, so it takes batches of shape "
            f"{self.batch_shape}, None for any number of samples; got {shape}"
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name; batch_size where it is given."""
        config = {"shape": self.shape, "dtype": self.dtype, "name": self.name}
        return config if self.batch_size is None else {**config, "batch_size": self.batch_size}

    def __repr__(self) -> str:
        dtype = "" if self.dtype == floatx() else f", dtype={str(self.dtype)!r}"
        size = "" if self.batch_size is None else f", batch_size={self.batch_size}"
        return f"Input({self.shape}{size}{dtype})"


class InputLayer(Layer):
    """The layer that an `Input` comes from: it gives what it is given, of the declared shape.

    Args:
        shape: of one sample.
        batch_size: the number of samples of each batch; None for any.
        dtype: of the samples.
        name: as in `Layer`.
        batch_shape, input_shape, batch_input_shape: other ways to give the shape, with or without
            the number of samples.

    Example:
        >>> import nn
        >>> nn.layers.InputLayer(shape=(3,)).output
        <symbolic Tensor 'input_layer' shape=(None, 3) dtype=float32>
    """

    integer_inputs = True

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        name: str | None = None,
        *,
        batch_shape: Any = None,
        input_shape: Any = None,
        batch_input_shape: Any = None,
    ) -> None:
        super().__init__(name=name)
        whole = batch_shape if batch_input_shape is None else batch_input_shape
        sample = shape if input_shape is None else input_shape
        if whole is not None:
            if sample is not None or not isinstance(whole, (tuple, list)) or not whole:
                raise TypeError(
                    "give the shape of one sample, shape=(64,), or that of a batch, "
                    f"batch_shape=(None, 64); got shape={sample!r} and batch_shape={whole!r}"
                )
            batch_size, sample = whole[0], whole[1:]
        self.declaration = InputDeclaration(sample, dtype, name, batch_size)
        self.shape, self.batch_size = self.declaration.shape, batch_size
        self.dtype = self.declaration.dtype
        self._output_shape = self.declaration.batch_shape
        self.is_floating = np.dtype(self.dtype).kind == "f"
        self.built = True

    def call(self, x: Any) -> Any:
        self.declaration.check(x.shape)
        return x

    def get_config(self) -> dict[str, Any]:
        """Return the shape, the batch size, the dtype and the name."""
        return {
            "shape": self.shape,
            "batch_size": self.batch_size,
            "dtype": self.dtype,
            "name": self.name,
        }

    @property
    def output(self) -> SymbolicTensor:
        """The symbolic Tensor that stands for any batch."""
        declaration = self.declaration
        return declared(self, declaration.batch_shape, np.dtype(declaration.dtype))

    @property
    def input(self) -> SymbolicTensor:
        """The same as its output."""
        return self.output


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    name: str | None = None,
    *,
    batch_shape: Any = None,
) -> SymbolicTensor:
    """Make a symbolic Tensor that stands for any batch: what a functional model begins with.

    Layers called on it, operators and NumPy's functions give symbolic Tensors, and
    ``nn.Model(inputs, outputs)`` computes the same on data. It may be the first entry of a
    `Sequential`.

    Args:
        shape: of one sample, without the axis of samples: ``(64,)``. None stands for any length.
        batch_size: the number of samples of each batch; None for any.
        dtype: of the samples, `nn.config.floatx()` unless given; an integer type for an Embedding.
        name: its name in messages, and in dicts of inputs.
        batch_shape: instead of `shape`, that of a batch: ``(None, 64)``.

    Raises:
        TypeError: if the shape is not a tuple of integers.

    Example:
        >>> import nn
        >>> x = nn.Input((64,))
        >>> model = nn.Model(x, nn.Dense(10)(x))
        >>> x.shape, model.count_params()
        ((None, 64), 650)
    """
    return InputLayer(shape, batch_size, dtype, name, batch_shape=batch_shape).output


def _is_length(n: Any) -> bool:
    if n is None:
        return True
    return isinstance(n, (int, np.integer)) and not isinstance(n, bool) and bool(n > 0)


def _is_numeric(dtype: Any) -> bool:
    try:
        return np.dtype(dtype).kind in "fiub"
    except TypeError:  # "string", which NumPy does not know
        return False
