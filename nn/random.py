"""Reproducible random numbers: generators that can be seeded, spawned, saved and restored.

There is one global generator. Everything created without a seed of its own (an initializer, a
dropout layer, a shuffled data set) spawns a child of it, so `set_random_seed` at the top of a
program makes the whole program reproducible. Threads can each replace it by a generator of their
own: `using`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

__all__ = ["Generator", "Seed", "from_seed", "generator", "set_random_seed", "using"]


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


_GLOBAL = Generator()
_IN_PLACE: ContextVar[Generator | None] = ContextVar("nn.generator", default=None)
