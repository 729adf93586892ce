"""`keras.backend`: settings, types and, for scripts of older Keras, the operations of `nn.ops`."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np

import autograd_lite as ag
from autograd_lite import Tensor
from nn import initializers, ops, random
from nn._core.missing_names import missing_name
from nn.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)

__all__ = [
    "Variable",
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_value",
    "image_data_format",
    "int_shape",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "l2_normalize",
    "random_normal",
    "random_uniform",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_value",
    "standardize_dtype",
]


def Variable(
    initializer: Any,
    shape: Any = None,
    dtype: Any = None,
    trainable: bool = True,
    name: str | None = None,
) -> ag.Variable:
    """Create an `ag.Variable`, by Keras's arguments; its class is `ag.Variable`.

    Args:
        initializer: the initial value; or a name or an object of `nn.initializers`, with a shape.
        shape: of what the initializer makes.
        dtype: by default `floatx()`, and that of an initial value of integers.
        trainable: as in `ag.Variable`.
        name: likewise.

    Raises:
        ValueError: for an initializer without a shape.

    Example:
        >>> Variable("ones", shape=(2,)).assign_add([1.0, 2.0]).data
        array([2., 3.], dtype=float32)
        >>> Variable(0.5).dtype
        dtype('float32')
    """
    if isinstance(initializer, str) or callable(initializer):
        if shape is None:
            raise ValueError(f"the initializer {initializer!r} needs a shape: write shape=(...)")
        value = initializers.get(initializer)(tuple(shape), dtype or floatx())
    else:
        value = np.asarray(initializer, dtype)
        dtype = dtype or (floatx() if value.dtype.kind == "f" else None)
    return ag.Variable(value, trainable and value.dtype.kind == "f", dtype=dtype, name=name)


def clear_session(free_memory: bool = True) -> None:
    """Return memory that nothing refers to any more.

    Keras forgets its global names of layers here; in `nn` the names are each model's own.

    Args:
        free_memory: False to do nothing.
    """
    if free_memory:
        gc.collect()


def standardize_dtype(dtype: Any) -> str:
    """Return the name of a dtype; `floatx()` for None.

    >>> standardize_dtype(np.int32), standardize_dtype(None)
    ('int32', 'float32')
    """
    return floatx() if dtype is None else np.dtype(dtype).name


def is_float_dtype(dtype: Any) -> bool:
    """Return if a dtype is floating."""
    return bool(np.dtype(dtype).kind == "f")


def is_int_dtype(dtype: Any) -> bool:
    """Return if a dtype holds integers."""
    return np.dtype(dtype).kind in "iu"


def result_type(*dtypes: Any) -> str:
    """Return the dtype that NumPy computes in, for arrays of these dtypes."""
    return np.result_type(*[floatx() if d is None else d for d in dtypes]).name


def is_keras_tensor(x: Any) -> bool:
    """Return if x is a symbolic Tensor, whose number of samples is not known."""
    return isinstance(x, Tensor) and None in x.shape


def int_shape(x: Any) -> tuple[int | None, ...]:
    """Return the shape of an array or Tensor."""
    shape: tuple[int | None, ...] = ops.shape(x)
    return shape


def get_value(x: Any) -> Any:
    """Return the values of a Tensor or Variable as an array; other things as they are."""
    return x.numpy() if isinstance(x, Tensor) else x


def set_value(x: ag.Variable, value: Any) -> None:
    """Assign a value to a Variable."""
    x.assign(value)


def random_normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, **options: Any) -> Any:
    """Draw from a normal distribution, as `nn.random.normal`."""
    return random.normal(shape, mean, stddev, **options)


def random_uniform(shape: Any, minval: float = 0.0, maxval: float = 1.0, **options: Any) -> Any:
    """Draw from [minval, maxval), as `nn.random.uniform`."""
    return random.uniform(shape, minval, maxval, **options)


def l2_normalize(x: Any, axis: Any = None) -> Any:
    """Return x divided by its Euclidean norm along an axis."""
    return ops.normalize(x, axis=axis)


def __getattr__(name: str) -> Any:
    """An operation, as in older Keras: ``backend.square`` is ``ops.square``."""
    if name in ops.__all__:
        return getattr(ops, name)
    raise missing_name("nn.backend", name, [*__all__, *ops.__all__])
