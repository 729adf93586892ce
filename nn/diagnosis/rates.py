"""A learning rate test: some steps with each of a range of rates, from the same start.

After Smith, 2017, "Cyclical learning rates for training neural networks", where one training uses
growing rates; here each rate starts over, so that rates do not affect each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite import Variable, no_grad
from nn.diagnosis.copies import copied, cost
from nn.models.model import Model
from nn.optimizers.learning_rate import source_of
from nn.random import Generator
from nn.training.nonfinite import NonFiniteLossError

Draw = Callable[[np.random.Generator, int], tuple[Any, ...]]

RATES = tuple(10.0 ** (exponent / 2) for exponent in range(-12, 3))  # 1e-6 to 10
STEPS = 40
ROWS = 256  # that the loss is measured on


@dataclass(frozen=True)
class RateTest:
    """The loss after a few steps at each learning rate.

    Attributes:
        start: the loss before.
        rates: the rates, rising.
        losses: the loss after so many steps with each; infinite where it was not finite.
        yours: the rate that the model was compiled with.
        loss_at_yours: the loss after so many steps with it, or with its schedule.
        scheduled: whether it comes from a schedule.
        steps: the number of steps.
    """

    start: float
    rates: tuple[float, ...]
    losses: tuple[float, ...]
    yours: float
    loss_at_yours: float
    scheduled: bool
    steps: int = STEPS

    @property
    def best(self) -> float:
        """The rate that reduces the loss most."""
        return self.rates[int(np.argmin(self.losses))]

    @property
    def improves(self) -> bool:
        """True if the loss is lower after the steps with one of the rates, at least."""
        return min(self.losses) < self.start

    def gain(self, loss: float) -> float:
        """Return the part of the best rate's improvement that a loss achieves: 1 for all, 0 for
        none.
        """
        most = self.start - min(self.losses)
        return (self.start - loss) / most if most > 0 else 0.0

    @property
    def largest_useful(self) -> float:
        """The largest rate with at least half of the best one's gain."""
        return max(
            rate
            for rate, loss in zip(self.rates, self.losses, strict=True)
            if self.gain(loss) >= 0.5
        )

    @property
    def smallest_useful(self) -> float:
        """The smallest rate with at least half of the best one's gain."""
        return min(
            rate
            for rate, loss in zip(self.rates, self.losses, strict=True)
            if self.gain(loss) >= 0.5
        )


def rate_test(model: Model, draw: Draw, batch_size: int) -> RateTest:
    """Try a range of learning rates on copies of a model.

    Args:
        model: compiled, and left as it is.
        draw: gives a batch of so many samples, by a generator.
        batch_size: of the steps.
    """
    measured = draw(Generator(1), ROWS)

    def loss_with(rate: float | None) -> float:
        """Compute the loss after some steps with a rate; None for the model's own."""
        trained = copied(model)
        if rate is not None:
            trained.optimizer.learning_rate = lambda: rate  # a schedule may be there
        generator = Generator(2)
        try:
            for _ in range(STEPS):
                loss = cost(trained, draw(generator, batch_size), training=True)
                if not math.isfinite(loss.item()):
                    return math.inf
                if loss.requires_grad:
                    trained.minimize(loss)
        except NonFiniteLossError:
            return math.inf
        return measured_loss(trained, measured)

    return RateTest(
        start=measured_loss(model, measured),
        rates=RATES,
        losses=tuple(map(loss_with, RATES)),
        yours=model.optimizer.learning_rate,
        loss_at_yours=loss_with(None),
        scheduled=not isinstance(source_of(model.optimizer), Variable),
    )


def measured_loss(model: Model, batch: tuple[Any, ...]) -> float:
    """Compute the loss of a batch as in an evaluation; infinite if not finite."""
    with no_grad():
        loss: float = cost(model, batch, training=False).item()
    return loss if math.isfinite(loss) else math.inf
