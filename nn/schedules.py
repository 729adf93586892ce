"""Learning rate schedules: functions from a step number to a learning rate.

Steps count from 0, so ``schedule(0)`` is the rate of the first update.
"""

from __future__ import annotations

import abc
import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.extend import FrozenFields, frozen
from nn._core.identifiers import Configured, classes_by_name, deserializer, resolve
from nn._core.identifiers import serialize as serialize
from nn._core.validation import require_number

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "get",
]


class LearningRateSchedule(Configured, FrozenFields, abc.ABC):
    """The base of schedules: functions from a step number to a learning rate.

    Your own is a dataclass that inherits from this and defines `__call__`.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True)
        ... class OneOverRoot(LearningRateSchedule):
        ...     initial_learning_rate: float
        ...
        ...     def __call__(self, step):
        ...         return self.initial_learning_rate / (step + 1) ** 0.5
        >>> OneOverRoot(0.1)(3)
        0.05
    """

    @abc.abstractmethod
    def __call__(self, step: int) -> float:
        """Return the learning rate of this step, counted from 0."""


@frozen
class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ^ (step / decay_steps).

    Args:
        initial_learning_rate: the rate of step 0.
        decay_steps: after so many steps the rate has been multiplied by `decay_rate`.
        decay_rate: a factor, positive.
        staircase: True to round the exponent down, so that the rate falls in jumps.
        name: a label.

    Example:
        >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
        0.025
    """

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False
    name: str = "ExponentialDecay"

    def __post_init__(self) -> None:
        require_number("initial_learning_rate", self.initial_learning_rate)
        require_number("decay_steps", self.decay_steps, positive=True)
        require_number("decay_rate", self.decay_rate, positive=True)

    def __call__(self, step: int) -> float:
        """Return the learning rate of this step, counted from 0."""
        exponent = _periods(step, self.decay_steps, self.staircase)
        return float(self.initial_learning_rate * self.decay_rate**exponent)


@frozen
class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps).

    Args:
        initial_learning_rate: the rate of step 0.
        decay_steps: the number of steps that is the unit of time.
        decay_rate: the speed of the decay; 0 or more.
        staircase: True to round step / decay_steps down.
        name: a label.
    """

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False
    name: str = "InverseTimeDecay"

    def __post_init__(self) -> None:
        require_number("initial_learning_rate", self.initial_learning_rate)
        require_number("decay_steps", self.decay_steps, positive=True)
        require_number("decay_rate", self.decay_rate)

    def __call__(self, step: int) -> float:
        """Return the learning rate of this step, counted from 0."""
        time = _periods(step, self.decay_steps, self.staircase)
        return self.initial_learning_rate / (1 + self.decay_rate * time)


@frozen
class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to and including step boundaries[0], then values[1], and so on.

    Args:
        boundaries: step numbers, strictly increasing.
        values: learning rates, one more than boundaries.
        name: a label.

    Example:
        >>> rate = PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])
        >>> rate(100), rate(101), rate(5000)
        (0.1, 0.01, 0.001)
    """

    boundaries: Sequence[int]
    values: Sequence[float]
    name: str = "PiecewiseConstant"

    def __post_init__(self) -> None:
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"{len(self.boundaries)} boundaries separate {len(self.boundaries) + 1} values, "
                f"got {len(self.values)}"
            )
        if any(a >= b for a, b in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise ValueError(f"boundaries must increase, got {list(self.boundaries)}")
        for value in self.values:
            require_number("values", value)

    def __call__(self, step: int) -> float:
        """Return the learning rate of this step, counted from 0."""
        return float(self.values[bisect_left(self.boundaries, step)])


@frozen
class PolynomialDecay(LearningRateSchedule):
    """From initial_learning_rate down to end_learning_rate along (1 - step / decay_steps)^power.

    Args:
        initial_learning_rate: the rate of step 0.
        decay_steps: the number of steps of the decay.
        end_learning_rate: the rate at its end, and from then on.
        power: 1 for a straight line.
        cycle: start again at the end, each time from a lower rate: `decay_steps` is replaced by
            its smallest multiple that is not below the step.
        name: a label.
    """

    initial_learning_rate: float
    decay_steps: int
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False
    name: str = "PolynomialDecay"

    def __post_init__(self) -> None:
        require_number("initial_learning_rate", self.initial_learning_rate)
        require_number("end_learning_rate", self.end_learning_rate)
        require_number("decay_steps", self.decay_steps, positive=True)
        require_number("power", self.power, positive=True)

    def __call__(self, step: int) -> float:
        """Return the learning rate of this step, counted from 0."""
        periods = max(1, math.ceil(step / self.decay_steps)) if self.cycle else 1
        left = 1 - min(step / (self.decay_steps * periods), 1)
        fall = self.initial_learning_rate - self.end_learning_rate
        return float(fall * left**self.power + self.end_learning_rate)


@frozen
class CosineDecay(LearningRateSchedule):
    """Half a cosine wave down, if wanted after a straight line up (warm-up).

    Sources: Loshchilov and Hutter, 2016, "SGDR: stochastic gradient descent with warm restarts";
    for the warm-up Goyal et al., 2017, "Accurate, large minibatch SGD".

    Args:
        initial_learning_rate: the rate of step 0.
        decay_steps: the number of steps of the decay, without the warm-up.
        alpha: the rate at the end, as a fraction of the highest.
        name: a label.
        warmup_target: the highest rate, which the warm-up reaches; None for no warm-up.
        warmup_steps: the number of steps that the warm-up takes.

    Example:
        >>> rate = CosineDecay(0.0, decay_steps=100, warmup_target=0.1, warmup_steps=10)
        >>> rate(5), rate(10), rate(110)
        (0.05, 0.1, 0.0)
    """

    initial_learning_rate: float
    decay_steps: int
    alpha: float = 0.0
    name: str = "CosineDecay"
    warmup_target: float | None = None
    warmup_steps: int = 0

    def __post_init__(self) -> None:
        require_number("initial_learning_rate", self.initial_learning_rate)
        require_number("decay_steps", self.decay_steps, positive=True)
        require_number("alpha", self.alpha)
        if self.warmup_target is not None:
            require_number("warmup_target", self.warmup_target)
            require_number("warmup_steps", self.warmup_steps, positive=True)
        elif self.warmup_steps:
            raise ValueError(
                f"warmup_steps={self.warmup_steps} needs warmup_target=, the rate that they reach"
            )

    def __call__(self, step: int) -> float:
        """Return the learning rate of this step, counted from 0."""
        if step < self.warmup_steps:
            assert self.warmup_target is not None
            climb = self.warmup_target - self.initial_learning_rate
            return self.initial_learning_rate + climb * (step / self.warmup_steps)
        highest = self.initial_learning_rate if self.warmup_target is None else self.warmup_target
        done = min((step - self.warmup_steps) / self.decay_steps, 1)
        return highest * _cosine(done, self.alpha)


@frozen
class CosineDecayRestarts(LearningRateSchedule):
    """Half a cosine wave down, again and again: each `t_mul` times longer, `m_mul` times lower.

    Source: Loshchilov and Hutter, 2016, "SGDR: stochastic gradient descent with warm restarts".

    Args:
        initial_learning_rate: the rate of step 0.
        first_decay_steps: the number of steps of the first decay.
        t_mul: the length of each period in units of the one before, 1 or more.
        m_mul: the height of each period in units of the one before.
        alpha: the lowest rate, as a fraction of the initial one.
        name: a label.
    """

    initial_learning_rate: float
    first_decay_steps: int
    t_mul: float = 2.0
    m_mul: float = 1.0
    alpha: float = 0.0
    name: str = "SGDRDecay"

    def __post_init__(self) -> None:
        require_number("initial_learning_rate", self.initial_learning_rate)
        require_number("first_decay_steps", self.first_decay_steps, positive=True)
        require_number("m_mul", self.m_mul, positive=True)
        require_number("alpha", self.alpha)
        require_number("t_mul", self.t_mul)
        if self.t_mul < 1:
            raise ValueError(f"t_mul is 1 or more: periods do not get shorter; got {self.t_mul!r}")

    def __call__(self, step: int) -> float:
        """Return the learning rate of this step, counted from 0."""
        restarts = self._restarts(step)
        began = self._began(restarts)
        done = (step - began) / (self._began(restarts + 1) - began)
        return self.initial_learning_rate * _cosine(done, self.alpha, self.m_mul**restarts)

    def _began(self, period: int) -> float:
        """Return the step at which a period begins: the sum of a geometric series."""
        if self.t_mul == 1:
            return self.first_decay_steps * period
        return self.first_decay_steps * (self.t_mul**period - 1) / (self.t_mul - 1)

    def _restarts(self, step: int) -> int:
        """Count the periods that have ended at this step."""
        elapsed = step / self.first_decay_steps
        if self.t_mul == 1:
            return int(elapsed)
        # Exactly at a restart the logarithm may come out just below a whole number.
        restarts = int(math.log(1 + elapsed * (self.t_mul - 1), self.t_mul))
        return restarts + 1 if self._began(restarts + 1) <= step else restarts


_TABLE: dict[str, Callable[..., LearningRateSchedule]] = classes_by_name(
    globals(), LearningRateSchedule
)


def get(identifier: Any) -> LearningRateSchedule:
    """Resolve a schedule or a config of one.

    Args:
        identifier: a `LearningRateSchedule`, or a config of one, as
            `nn._core.identifiers.serialize` makes it.

    Raises:
        ValueError: for an unknown class name.
        TypeError: for anything else; for a name alone, since schedules have no default lengths.
    """
    return resolve("schedule", identifier, LearningRateSchedule, _TABLE)


def _periods(step: int, length: int, whole: bool) -> float:
    """Return the time in units of `length`, rounded down if `whole`."""
    return step // length if whole else step / length


def _cosine(done: float, alpha: float, height: float = 1.0) -> float:
    """Compute a cosine from `height` (exactly (1 - alpha) * height + alpha) at 0 to alpha at 1."""
    return (1 - alpha) * height * (1 + math.cos(math.pi * done)) / 2 + alpha


deserialize = deserializer(get)
