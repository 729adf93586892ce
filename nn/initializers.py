"""Initial values of weights: an initializer is called with a shape and gives an array.

The random ones scale their values to the layer, so that the variance of activations in a deep
network neither explodes nor vanishes at the first step.
"""

from __future__ import annotations

import abc
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd_lite.extend import FrozenFields, frozen
from nn._core.identifiers import Configured, classes_by_name, deserializer, lookup, resolve
from nn._core.identifiers import serialize as serialize
from nn._core.validation import require_number
from nn.config import floatx
from nn.random import Seed, from_seed

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "get",
]

Array = np.ndarray[Any, Any]
Shape = Sequence[int] | int


class Initializer(Configured, FrozenFields, abc.ABC):
    """The base of initializers: functions from a shape to an array of initial values.

    Your own can be a function ``f(shape, dtype)``, or a dataclass that inherits from this and
    defines `__call__`, which has a config.
    """

    @abc.abstractmethod
    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an array of this shape and dtype."""


# -- fixed values -----------------------------------------------------------------------------


@frozen
class Zeros(Initializer):
    """All 0.

    Example:
        >>> Zeros()((3,))
        array([0., 0., 0.], dtype=float32)
    """

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an array of this shape and dtype."""
        return np.zeros(shape, dtype or floatx())


@frozen
class Ones(Initializer):
    """All 1."""

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an array of this shape and dtype."""
        return np.ones(shape, dtype or floatx())


@frozen
class Constant(Initializer):
    """One number everywhere, or the values of an array.

    Args:
        value: a number; or an array (nested lists) of exactly the requested shape.

    Raises:
        ValueError: when called with another shape than that of the array.
    """

    value: Any = 0.0

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an array of this shape and dtype."""
        values = np.asarray(self.value)
        if values.shape not in ((), _as_tuple(shape)):
            raise ValueError(
                f"Constant holds values of shape {values.shape}, but shape {_as_tuple(shape)} was "
                "requested. Give one number, or an array of exactly that shape"
            )
        return np.full(shape, values, dtype or floatx())

    __eq__, __hash__ = object.__eq__, object.__hash__  # arrays are not compared


@frozen
class Identity(Initializer):
    """`gain` on the main diagonal of a matrix, 0 elsewhere.

    Raises:
        ValueError: for a shape that is not a matrix's.
    """

    gain: float = 1.0

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an array of this shape and dtype."""
        size = _as_tuple(shape)
        if len(size) != 2:
            raise ValueError(f"an identity has two axes, got shape {size}")
        return np.asarray(self.gain * np.eye(*size), dtype or floatx())


# -- draws from one distribution -----------------------------------------------------------------


@frozen
class RandomNormal(Initializer):
    """Normally distributed values.

    Args:
        mean: of the distribution.
        stddev: standard deviation, 0 or more.
        seed: an integer, for the same values at every call; None, for new ones drawn from the
            global generator; or a generator of `nn.random`.
    """

    mean: float = 0.0
    stddev: float = 0.05
    seed: Seed = None

    def __post_init__(self) -> None:
        require_number("stddev", self.stddev)

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an array of this shape and floating dtype."""
        draw = from_seed(self.seed).normal(self.mean, self.stddev, shape)
        return _as_floating(draw, dtype)


@frozen
class RandomUniform(Initializer):
    """Uniformly distributed values.

    Args:
        minval: the smallest value.
        maxval: the upper limit.
        seed: as in `RandomNormal`.
    """

    minval: float = -0.05
    maxval: float = 0.05
    seed: Seed = None

    def __post_init__(self) -> None:
        if not self.minval <= self.maxval:
            raise ValueError(
                f"minval is the smaller one, got minval={self.minval}, maxval={self.maxval}"
            )

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an array of this shape and floating dtype."""
        draw = from_seed(self.seed).uniform(self.minval, self.maxval, shape)
        return _as_floating(draw, dtype)


@frozen
class TruncatedNormal(Initializer):
    """Normally distributed values, none farther from the mean than two standard deviations.

    Args:
        mean: of the distribution.
        stddev: standard deviation before the tails are cut off; after it is 0.8796 of that.
        seed: as in `RandomNormal`.
    """

    mean: float = 0.0
    stddev: float = 0.05
    seed: Seed = None

    def __post_init__(self) -> None:
        require_number("stddev", self.stddev)

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an array of this shape and floating dtype."""
        draw = _standard_normal_within_2(from_seed(self.seed), _as_tuple(shape))
        return _as_floating(self.mean + self.stddev * draw, dtype)


# -- draws scaled to the layer ---------------------------------------------------------------------


@frozen
class VarianceScaling(Initializer):
    """Values of mean 0 and variance scale / n, where n is the layer's width by `mode`.

    The axes of a kernel before the last two are a convolution's receptive field: their product
    multiplies the number of inputs and of outputs.

    Args:
        scale: a positive number.
        mode: the meaning of n: "fan_in", the number of inputs that a unit sums; "fan_out", the
            number of
            units that an input reaches; "fan_avg", the mean of both.
        distribution: "truncated_normal" (or "normal"), "untruncated_normal" or "uniform".
        seed: as in `RandomNormal`.
        input_axes: the axes that count as inputs, if it is not the last but one.
        output_axes: the axes that count as outputs, if it is not the last. Both or neither.

    Example:
        >>> kernel = VarianceScaling(2.0, seed=0)((1000, 50))
        >>> round(float(kernel.std()), 3), round((2 / 1000) ** 0.5, 3)
        (0.045, 0.045)
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"
    seed: Seed = None
    input_axes: Sequence[int] | None = None
    output_axes: Sequence[int] | None = None

    def __post_init__(self) -> None:
        require_number("scale", self.scale, positive=True)
        lookup("mode", self.mode, _WIDTHS)
        lookup("distribution", self.distribution, _DRAWS)
        if (self.input_axes is None) != (self.output_axes is None):
            raise ValueError("give both input_axes and output_axes, or neither")

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an array of this shape and floating dtype."""
        size = _as_tuple(shape)
        n = lookup("mode", self.mode, _WIDTHS)(*self._fans(size))
        stddev = math.sqrt(self.scale / max(1.0, n))
        draw = lookup("distribution", self.distribution, _DRAWS)
        return _as_floating(draw(from_seed(self.seed), stddev, size), dtype)

    def _fans(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Return the number of inputs and of outputs of a kernel of this shape."""
        if self.input_axes is not None and self.output_axes is not None:
            fan_in = math.prod(shape[axis] for axis in self.input_axes)
            return fan_in, math.prod(shape[axis] for axis in self.output_axes)
        if len(shape) < 2:
            return (math.prod(shape),) * 2
        receptive_field = math.prod(shape[:-2])
        return shape[-2] * receptive_field, shape[-1] * receptive_field


_WIDTHS: dict[str, Callable[[int, int], float]] = {
    "fan_in": lambda fan_in, fan_out: fan_in,
    "fan_out": lambda fan_in, fan_out: fan_out,
    "fan_avg": lambda fan_in, fan_out: (fan_in + fan_out) / 2,
}


def _truncated_normal(rng: np.random.Generator, stddev: float, size: tuple[int, ...]) -> Array:
    """Draw values that have this standard deviation once the tails beyond 2 are cut off."""
    # The standard deviation of a standard normal distribution that is cut off at -2 and 2:
    # sqrt(1 - 4 * density(2) / probability(-2..2)).
    return stddev / 0.87962566103423978 * _standard_normal_within_2(rng, size)


def _untruncated_normal(rng: np.random.Generator, stddev: float, size: tuple[int, ...]) -> Array:
    return rng.normal(0.0, stddev, size)


def _uniform(rng: np.random.Generator, stddev: float, size: tuple[int, ...]) -> Array:
    limit = math.sqrt(3) * stddev
    return rng.uniform(-limit, limit, size)


_DRAWS: dict[str, Callable[[np.random.Generator, float, tuple[int, ...]], Array]] = {
    "truncated_normal": _truncated_normal,
    "normal": _truncated_normal,
    "untruncated_normal": _untruncated_normal,
    "uniform": _uniform,
}


@frozen
class _NamedScaling(Initializer):
    """The base of `VarianceScaling` presets.

    Args:
        seed: as in `RandomNormal`.
        input_axes: as in `VarianceScaling`.
        output_axes: as in `VarianceScaling`.
    """

    seed: Seed = None
    input_axes: Sequence[int] | None = None
    output_axes: Sequence[int] | None = None

    scale: ClassVar[float]
    mode: ClassVar[str]
    distribution: ClassVar[str]

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an array of this shape and floating dtype."""
        scaled = VarianceScaling(
            self.scale, self.mode, self.distribution, self.seed, self.input_axes, self.output_axes
        )
        return scaled(shape, dtype)


class GlorotUniform(_NamedScaling):
    """Uniform, variance 2 / (fan_in + fan_out); also called Xavier. For tanh, sigmoid, softmax.

    Source: Glorot and Bengio, 2010, "Understanding the difficulty of training deep feedforward
    neural networks".

    Example:
        >>> kernel = GlorotUniform(seed=0)((2, 4))
        >>> bool(abs(kernel).max() <= (6 / (2 + 4)) ** 0.5)
        True
    """

    scale, mode, distribution = 1.0, "fan_avg", "uniform"


class GlorotNormal(_NamedScaling):
    """Truncated normal, variance 2 / (fan_in + fan_out). Source: as `GlorotUniform`."""

    scale, mode, distribution = 1.0, "fan_avg", "truncated_normal"


class HeUniform(_NamedScaling):
    """Uniform, variance 2 / fan_in. For ReLU, which lets half of the variance through.

    Source: He et al., 2015, "Delving deep into rectifiers".
    """

    scale, mode, distribution = 2.0, "fan_in", "uniform"


class HeNormal(_NamedScaling):
    """Truncated normal, variance 2 / fan_in. Source: as `HeUniform`."""

    scale, mode, distribution = 2.0, "fan_in", "truncated_normal"


class LecunUniform(_NamedScaling):
    """Uniform, variance 1 / fan_in. For SELU.

    Source: LeCun et al., 1998, "Efficient backprop".
    """

    scale, mode, distribution = 1.0, "fan_in", "uniform"


class LecunNormal(_NamedScaling):
    """Truncated normal, variance 1 / fan_in. Source: as `LecunUniform`."""

    scale, mode, distribution = 1.0, "fan_in", "truncated_normal"


@frozen
class Orthogonal(Initializer):
    """`gain` times a random matrix whose columns (or rows, if these are fewer) are orthonormal.

    More than two axes are taken as the matrix of all but the last against the last.
    Source: Saxe et al., 2014, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks".

    Args:
        gain: a factor.
        seed: as in `RandomNormal`.

    Raises:
        ValueError: when called with a shape of fewer than two axes.

    Example:
        >>> q = Orthogonal(seed=0)((5, 3), "float64")
        >>> bool(np.allclose(q.T @ q, np.eye(3)))
        True
    """

    gain: float = 1.0
    seed: Seed = None

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an array of this shape and floating dtype."""
        size = _as_tuple(shape)
        if len(size) < 2:
            raise ValueError(f"an orthogonal matrix has two axes or more, got shape {size}")
        rows, columns = math.prod(size[:-1]), size[-1]
        draw = from_seed(self.seed).normal(size=(max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(draw)
        # QR fixes the signs; undo that, so that all matrices are equally likely.
        q *= np.copysign(1.0, np.diagonal(r))
        # Row by row, as what optimizers make of it: a compiled step is made for a layout.
        matrix = np.ascontiguousarray(q if rows >= columns else q.T)
        return _as_floating(self.gain * matrix.reshape(size), dtype)


# -- finding one ---------------------------------------------------------------------------------

_TABLE: dict[str, Callable[..., Initializer]] = classes_by_name(globals(), Initializer) | {
    "normal": RandomNormal,
    "one": Ones,
    "uniform": RandomUniform,
    "zero": Zeros,
}
globals().update(_TABLE)  # Keras's other names: initializers.glorot_uniform is the class


def get(identifier: Any) -> Callable[..., Array]:
    """Resolve a ``kernel_initializer=`` argument.

    Args:
        identifier: a name such as "he_normal" (or "HeNormal"); an `Initializer`, or its class; a
            function ``f(shape, dtype)``; a config as `nn._core.identifiers.serialize` makes it;
            None for `GlorotUniform`, as in Keras.

    Raises:
        ValueError: for an unknown name.
        TypeError: for anything else.
    """
    if identifier is None:
        return GlorotUniform()
    if callable(identifier) and not isinstance(identifier, type):
        function: Callable[..., Array] = identifier
        return function
    return resolve("initializer", identifier, Initializer, _TABLE)


# -- helpers -------------------------------------------------------------------------------------


def _standard_normal_within_2(rng: np.random.Generator, size: tuple[int, ...]) -> Array:
    """Draw standard normal values, redrawing those beyond -2 and 2."""
    values = np.asarray(rng.standard_normal(size))
    beyond = np.abs(values) > 2
    while beyond.any():
        values[beyond] = rng.standard_normal(np.count_nonzero(beyond))
        beyond = np.abs(values) > 2
    return values


def _as_floating(draw: Array | float, dtype: Any) -> Array:
    """Cast a float64 draw to the dtype, so that a seed means the same in every dtype."""
    dtype = dtype or floatx()
    if np.dtype(dtype).kind != "f":
        raise TypeError(f"random initial values are floating-point, got dtype {np.dtype(dtype)}")
    return np.asarray(draw, dtype)


def _as_tuple(shape: Shape) -> tuple[int, ...]:
    """Convert a shape, an integer or a sequence of them, to a tuple."""
    if isinstance(shape, Sequence):
        return tuple(map(operator.index, shape))
    return (operator.index(shape),)


deserialize = deserializer(get)
