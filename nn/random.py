"""Reproducible random numbers: generators that can be seeded, spawned, saved and restored.

There is one global generator. Everything created without a seed of its own (an initializer, a
dropout layer, a shuffled data set) spawns a child of it, so `set_random_seed` at the top of a
program makes the whole program reproducible. Threads can each replace it by a generator of their
own: `using`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd_lite import sample
from nn._core.erf import erf, erfinv
from nn.config import floatx

__all__ = [
    "Generator",
    "Seed",
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "from_seed",
    "gamma",
    "generator",
    "normal",
    "randint",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
    "using",
]


class Generator(np.random.Generator):
    """NumPy's generator with its whole state, children included, in one small array.

    It has every method of `numpy.random.Generator`, but `spawn` depends only on `state`, so that a
    restored generator has the same children as the saved one.

    Args:
        seed: an integer from 0 up; None for a random seed.

    Raises:
        TypeError: if the seed is not an integer.
        ValueError: if it is negative.

    Example:
        >>> rng = Generator(42)
        >>> before = rng.state
        >>> a = rng.normal(size=3)
        >>> rng.state = before
        >>> bool((rng.normal(size=3) == a).all())
        True
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(np.random.PCG64(_checked(seed)))

    @property
    def state(self) -> np.ndarray[Any, np.dtype[np.uint64]]:
        """The state, six uint64 numbers; assign it to restore the generator."""
        saved: Mapping[str, Any] = self.bit_generator.state
        pcg = saved["state"]
        words = (*divmod(pcg["state"], _WORD), *divmod(pcg["inc"], _WORD))
        return np.array((*words, saved["has_uint32"], saved["uinteger"]), dtype=np.uint64)

    @state.setter
    def state(self, value: Any) -> None:
        words = np.asarray(value)
        if words.shape != (6,) or words.dtype != np.uint64:
            raise ValueError(
                "a generator's state is an array of 6 uint64 numbers, as read from .state; got "
                f"shape {words.shape}, dtype {words.dtype}"
            )
        high, low, inc_high, inc_low, has_uint32, uinteger = map(int, words)
        self.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": high * _WORD + low, "inc": inc_high * _WORD + inc_low},
            "has_uint32": has_uint32,
            "uinteger": uinteger,
        }

    def spawn(self, n_children: int) -> list[Generator]:  # type: ignore[override]
        """Create generators independent of this one and of each other; this one advances."""
        seeds = self.integers(0, _WORD, size=(n_children, 4), dtype=np.uint64)
        return [Generator(sum(int(w) * _WORD**i for i, w in enumerate(row))) for row in seeds]

    # NumPy's own would turn a copied or pickled one into a numpy.random.Generator.
    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.state,)


Seed = int | np.random.Generator | None

_WORD = 2**64


def generator() -> Generator:
    """Return the global generator, or its replacement in this context."""
    return _IN_PLACE.get() or _GLOBAL


@contextmanager
def using(own: Generator) -> Iterator[None]:
    """Replace the global generator in a block, in this thread only.

    Args:
        own: the generator to use.

    Example:
        >>> with using(Generator(0)):
        ...     first = from_seed(None).integers(100)
        >>> with using(Generator(0)):
        ...     again = from_seed(None).integers(100)
        >>> bool(first == again)
        True
    """
    token = _IN_PLACE.set(own)
    try:
        yield
    finally:
        _IN_PLACE.reset(token)


def set_random_seed(seed: int) -> None:
    """Seed the global generator, so that everything after it is reproducible.

    Call it before layers are created: a layer with a generator of its own keeps that. Python's
    `random` and NumPy's `np.random` functions have seeds of their own and are not touched.

    Args:
        seed: an integer from 0 up.

    Raises:
        TypeError, ValueError: as `Generator`; and TypeError for None.
    """
    if seed is None:
        raise TypeError("set_random_seed takes an integer, set_random_seed(42) say; got None")
    generator().state = Generator(seed).state


def from_seed(seed: Seed) -> np.random.Generator:
    """Resolve a ``seed=`` argument to a generator.

    Args:
        seed: an integer for a generator that starts there; None for a child of the global one;
            a generator for itself, which moves on as it is drawn from.

    Raises:
        TypeError, ValueError: as `Generator`.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    return generator().spawn(1)[0] if seed is None else Generator(seed)


def _checked(seed: Any) -> int | None:
    if seed is None:
        return None
    if isinstance(seed, (bool, np.bool_)) or not hasattr(seed, "__index__"):
        raise TypeError(f"a seed is an integer, 42 say; got {seed!r}")
    if seed < 0:
        raise ValueError(f"a seed is an integer from 0 up, got {seed}")
    return int(seed)


def _restored(state: Any) -> Generator:
    """Restore a saved generator."""
    made = Generator(0)
    made.state = state
    return made


# -- under the names of keras.random ---------------------------------------------------------------
# ``seed`` is an integer, for the same numbers at each call; a generator, which moves on; or None,
# for the global one.


class SeedGenerator(Generator):
    """A generator under Keras's name, for the ``seed=`` of the functions below.

    Args:
        seed: an integer from 0 up; None for a child of the global generator.
        name: has no effect.

    Example:
        >>> seeds = SeedGenerator(0)
        >>> first, second = normal((2,), seed=seeds), normal((2,), seed=seeds)
        >>> bool((first == second).any())
        False
    """

    def __init__(self, seed: int | None = None, name: str | None = None, **_: Any) -> None:
        super().__init__(0 if seed is None else seed)
        if seed is None:
            self.state = generator().spawn(1)[0].state

    def next(self) -> Any:
        """Return two new integers below 2**32."""
        return self.integers(0, 2**32, size=2, dtype=np.uint32)


def _drawn(
    seed: Seed, method: str, *parameters: Any, shape: Any, dtype: Any = None, own: Any = None
) -> Any:
    """Draw numbers as an operation, which a compiled program repeats with new numbers.

    Args:
        seed: as above.
        method: of the generator.
        *parameters: of the distribution.
        shape: of the result.
        dtype: of the result; `nn.config.floatx()` by default.
        own: the dtype that the method is to draw in, where it takes one.
    """
    source = generator() if seed is None else from_seed(seed)
    draw = sample(source, method, *parameters, shape=tuple(shape), dtype=own)
    return draw.astype(dtype or floatx())


def normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Seed = None
) -> Any:
    """Draw from a normal distribution.

    Args:
        shape: of the result.
        mean: of the distribution.
        stddev: its standard deviation.
        dtype: `nn.config.floatx()` by default.
        seed: an integer, a generator or None, as `from_seed`; None draws from the global one.
    """
    return _drawn(seed, "normal", mean, stddev, shape=shape, dtype=dtype)


def uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Seed = None
) -> Any:
    """Draw from [minval, maxval); arguments as in `normal`. Whole numbers for integer dtypes."""
    if dtype is not None and np.dtype(dtype).kind in "iu":
        return randint(shape, int(minval), int(maxval), dtype, seed)
    return _drawn(seed, "uniform", minval, maxval, shape=shape, dtype=dtype)


def randint(shape: Any, minval: int, maxval: int, dtype: Any = "int32", seed: Seed = None) -> Any:
    """Draw whole numbers from minval to maxval - 1; arguments as in `normal`."""
    return _drawn(seed, "integers", minval, maxval, shape=shape, dtype=dtype)


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Seed = None
) -> Any:
    """Draw from a normal distribution without what is beyond two standard deviations."""
    least = float(erf(np.float64(-math.sqrt(2))))
    values = _drawn(seed, "uniform", least, -least, shape=shape, dtype=np.float64)
    return (mean + stddev * math.sqrt(2) * erfinv(values)).astype(dtype or floatx())


def gamma(shape: Any, alpha: float, dtype: Any = None, seed: Seed = None) -> Any:
    """Draw from a gamma distribution of scale 1; arguments as in `normal`."""
    return _drawn(seed, "gamma", alpha, 1.0, shape=shape, dtype=dtype)


def beta(shape: Any, alpha: float, beta: float, dtype: Any = None, seed: Seed = None) -> Any:
    """Draw from a beta distribution; arguments as in `normal`."""
    return _drawn(seed, "beta", alpha, beta, shape=shape, dtype=dtype)


def binomial(
    shape: Any, counts: int, probabilities: float, dtype: Any = None, seed: Seed = None
) -> Any:
    """Draw the successes of so many trials; arguments as in `normal`."""
    return _drawn(seed, "binomial", counts, probabilities, shape=shape, dtype=dtype)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Seed = None) -> Any:
    """Draw classes with probabilities softmax(logits): (samples, num_samples).

    Args:
        logits: (samples, classes).
        num_samples: draws for each sample.
        dtype: of the result.
        seed: as in `normal`.

    Example:
        >>> categorical(np.array([[0.0, 1000.0]]), 3)
        array([[1, 1, 1]], dtype=int32)
    """
    if logits.ndim != 2:
        raise ValueError(f"categorical takes logits (samples, classes), got {logits.shape}")
    samples, classes = logits.shape
    gumbel = _drawn(seed, "gumbel", shape=(samples, num_samples, classes), dtype=np.float64)
    return np.argmax(np.expand_dims(logits, 1) + gumbel, axis=-1).astype(dtype)


def shuffle(x: Any, axis: int = 0, seed: Seed = None) -> Any:
    """Return x in another order along an axis; seed as in `normal`."""
    order = np.argsort(_drawn(seed, "random", shape=(np.shape(x)[axis],), dtype=np.float64))
    return np.take(x, order, axis=axis)


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Seed = None) -> Any:
    """Return x with a fraction of its elements 0 and the others divided by 1 - rate.

    Args:
        inputs: array or Tensor.
        rate: the fraction, from 0 to below 1.
        noise_shape: of the mask; that of the inputs unless given.
        seed: as in `normal`.

    Raises:
        ValueError: for another rate.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate is a fraction from 0 to below 1, got {rate!r}")
    given = inputs.shape if noise_shape is None else noise_shape
    shape = [n if m is None else m for n, m in zip(inputs.shape, given, strict=True)]
    kept = _drawn(seed, "random", shape=shape) >= rate
    return inputs * (kept / (1 - rate)).astype(inputs.dtype)


_GLOBAL = Generator()
_IN_PLACE: ContextVar[Generator | None] = ContextVar("nn.generator", default=None)
