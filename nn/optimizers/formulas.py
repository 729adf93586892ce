"""The optimizers: each has its hyperparameters, slots and update rule.

In the formulas: w the weights, g their gradient, t the number of the update from 1 up, m and v
running means of the gradient and of its square. ``mean += (new - mean) * (1 - rho)`` is
``rho * mean + (1 - rho) * new`` in one pass less.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import define
from nn._core.validation import require_fraction, require_number
from nn.optimizers.base import Optimizer
from nn.optimizers.learning_rate import LearningRate


@define
class SGD(Optimizer):
    """Gradient descent, with momentum if wanted: w -= rate * g.

    With momentum μ a velocity m collects the gradients: m = μ m - rate g and w += m; with
    Nesterov's momentum, w += μ m - rate g. Source: Sutskever et al., 2013, "On the importance of
    initialization and momentum in deep learning".

    Args:
        learning_rate: see `Optimizer`.
        momentum: the fraction of the velocity that is kept at each step, from 0 (none) to 1.
        nesterov: True for Nesterov momentum.

    Example:
        >>> w = Variable([1.0, 2.0])
        >>> SGD(0.5).apply([np.array([1.0, -1.0])], [w])
        >>> w.data
        array([0.5, 2.5])
    """

    learning_rate: LearningRate = LearningRate(0.01)
    momentum: float = 0.0
    nesterov: bool = False

    def _check_options(self) -> None:
        super()._check_options()
        require_fraction("momentum", self.momentum, one=True)
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov=True needs momentum=, 0.9 say")

    def slots(self) -> dict[str, float | None]:
        return {"momentum": 0.0 if self.momentum else None}

    def update(self, w: Any, g: Any, rate: float, m: Any) -> tuple[Any, ...]:
        step = g * -rate
        if m is None:
            w += step
            return w, None
        m *= self.momentum
        m += step
        w += m * self.momentum + step if self.nesterov else m
        return w, m


@define
class RMSprop(Optimizer):
    """Scales the step by the root mean square of recent gradients.

    v = ρ v + (1 - ρ) g² and w -= rate * g / sqrt(v + ε). Centered, v is replaced by the variance,
    v minus the square of the mean gradient. Source: Tieleman and Hinton, 2012, lecture 6.5 of
    "Neural networks for machine learning".

    Args:
        learning_rate: see `Optimizer`.
        rho: the fraction of the means that is kept at each step.
        momentum: the fraction of the last step that is added to this one.
        epsilon: added under the root, for stability.
        centered: True to divide by the standard deviation.
    """

    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False

    def _check_options(self) -> None:
        super()._check_options()
        require_fraction("rho", self.rho)
        require_fraction("momentum", self.momentum, one=True)
        require_number("epsilon", self.epsilon)

    def slots(self) -> dict[str, float | None]:
        return {
            "velocity": 0.0,
            "momentum": 0.0 if self.momentum else None,
            "average_gradient": 0.0 if self.centered else None,
        }

    def update(self, w: Any, g: Any, rate: float, v: Any, m: Any, mean: Any) -> tuple[Any, ...]:
        v += (g * g - v) * (1 - self.rho)
        spread = v
        if self.centered:
            mean += (g - mean) * (1 - self.rho)
            # Where all gradients are equal, rounding would make it negative.
            spread = np.maximum(v - mean * mean, np.zeros_like(v))
        step = g * rate / np.sqrt(spread + self.epsilon)
        if m is not None:
            m *= self.momentum
            m += step
            step = m
        w -= step
        return w, v, m, mean


@define
class Adagrad(Optimizer):
    """Scales the step by the root of the sum of all squared gradients so far.

    s += g² and w -= rate * g / sqrt(s + ε). Source: Duchi et al., 2011, "Adaptive subgradient
    methods for online learning and stochastic optimization".

    Args:
        learning_rate: see `Optimizer`.
        initial_accumulator_value: the initial s.
        epsilon: added under the root, for stability.
    """

    initial_accumulator_value: float = 0.1
    epsilon: float = 1e-7

    def _check_options(self) -> None:
        super()._check_options()
        require_number("initial_accumulator_value", self.initial_accumulator_value)
        require_number("epsilon", self.epsilon)

    def slots(self) -> dict[str, float | None]:
        return {"accumulator": self.initial_accumulator_value}

    def update(self, w: Any, g: Any, rate: float, s: Any) -> tuple[Any, ...]:
        s += g * g
        w -= g * rate / np.sqrt(s + self.epsilon)
        return w, s


@define
class Adadelta(Optimizer):
    """Adagrad that forgets, with steps in the weights' own units.

    With means of squares E: E[g²] = ρ E[g²] + (1 - ρ) g²; d = g * sqrt(E[d²] + ε) / sqrt(E[g²] +
    ε); E[d²] = ρ E[d²] + (1 - ρ) d²; w -= rate * d. Source: Zeiler, 2012, "ADADELTA: an adaptive
    learning rate method", where the rate is 1.

    Args:
        learning_rate: see `Optimizer`.
        rho: the fraction of the means that is kept at each step.
        epsilon: added under the roots, for stability.
    """

    rho: float = 0.95
    epsilon: float = 1e-7

    def _check_options(self) -> None:
        super()._check_options()
        require_fraction("rho", self.rho)
        require_number("epsilon", self.epsilon)

    def slots(self) -> dict[str, float | None]:
        return {"accumulated_grad": 0.0, "accumulated_delta_var": 0.0}

    def update(self, w: Any, g: Any, rate: float, g2: Any, d2: Any) -> tuple[Any, ...]:
        g2 += (g * g - g2) * (1 - self.rho)
        d = g * np.sqrt((d2 + self.epsilon) / (g2 + self.epsilon))
        d2 += (d * d - d2) * (1 - self.rho)
        w -= d * rate
        return w, g2, d2


@define
class Adam(Optimizer):
    """Momentum, scaled by the root of the mean square of recent gradients.

    m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; w -= rate_t * m / (sqrt(v) + ε), where
    rate_t = rate * sqrt(1 - β₂ᵗ) / (1 - β₁ᵗ) makes up for means that start from 0. Source: Kingma
    and Ba, 2014, "Adam: a method for stochastic optimization", in the form that ends its section
    2; AMSGrad: Reddi et al., 2018, "On the convergence of Adam and beyond".

    Args:
        learning_rate: see `Optimizer`.
        beta_1: the fraction of m that is kept at each step.
        beta_2: the fraction of v that is kept at each step.
        epsilon: added to the divisor, for stability.
        amsgrad: True to use the largest v so far.

    Example:
        >>> w = Variable([1.0, 2.0])
        >>> Adam(0.1, epsilon=0.0).apply([np.array([3.0, -0.001])], [w])
        >>> w.data  # the first step has length 0.1, whatever the gradient
        array([0.9, 2.1])
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    amsgrad: bool = False

    def _check_options(self) -> None:
        super()._check_options()
        require_fraction("beta_1", self.beta_1)
        require_fraction("beta_2", self.beta_2)
        require_number("epsilon", self.epsilon)

    def slots(self) -> dict[str, float | None]:
        return {"momentum": 0.0, "velocity": 0.0, "velocity_hat": 0.0 if self.amsgrad else None}

    def coefficients(self, rate: float, t: int) -> tuple[float, ...]:
        return (rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t),)

    def _coefficients_ahead(
        self, dtype: Any, rates: Sequence[float], updates: Sequence[int]
    ) -> list[Sequence[float]]:
        """Return `coefficients`, rounded as Keras rounds them: its losses are met to 1e-6."""
        if dtype != np.float32 or type(self).coefficients is not Adam.coefficients:
            return super()._coefficients_ahead(dtype, rates, updates)
        steps, betas = np.array(updates, float), (self.beta_1, self.beta_2)
        # NumPy's vectorised powers of float32 are a few units off in the last place.
        powers = (np.power(float(np.float32(beta)), steps).astype(np.float32) for beta in betas)
        first, second = (1 - power for power in powers)
        return [np.array(rates, np.float32) * np.sqrt(second) / first]

    def update(self, w: Any, g: Any, rate: float, m: Any, v: Any, v_hat: Any) -> tuple[Any, ...]:
        change = g - m  # in place from here on, so that it stays in the cache
        change *= 1 - self.beta_1
        m += change
        change = g * g
        change -= v
        change *= 1 - self.beta_2
        v += change
        if v_hat is not None:
            v_hat = np.maximum(v_hat, v)
        spread = np.sqrt(v if v_hat is None else v_hat)
        spread += self.epsilon
        step = m * rate
        step /= spread
        w -= step
        return w, m, v, v_hat


@define
class AdamW(Adam):
    """Adam with decoupled weight decay: w -= rate * weight_decay * w.

    Source: Loshchilov and Hutter, 2019, "Decoupled weight decay regularization".

    Args:
        learning_rate: see `Optimizer`.
        weight_decay: see `Optimizer`.
        beta_1: as in `Adam`.
        beta_2: as in `Adam`.
        epsilon: as in `Adam`.
        amsgrad: as in `Adam`.
    """

    weight_decay: float = 0.004

    def _check_options(self) -> None:
        if self.weight_decay is None:
            raise ValueError("AdamW is Adam with weight_decay=, a number; without it, use Adam")
        super()._check_options()


@define
class Adamax(Optimizer):
    """Adam with the largest recent gradient in place of the root mean square.

    m = β₁ m + (1 - β₁) g; u = max(β₂ u, |g|); w -= rate / (1 - β₁ᵗ) * m / (u + ε). Source: section
    7.1 of the paper on `Adam`.

    Args:
        learning_rate: see `Optimizer`.
        beta_1: the fraction of m that is kept at each step.
        beta_2: the fraction of u that is kept at each step.
        epsilon: added to the divisor, for stability.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def _check_options(self) -> None:
        super()._check_options()
        require_fraction("beta_1", self.beta_1)
        require_fraction("beta_2", self.beta_2)
        require_number("epsilon", self.epsilon)

    def slots(self) -> dict[str, float | None]:
        return {"momentum": 0.0, "norm": 0.0}

    def coefficients(self, rate: float, t: int) -> tuple[float, ...]:
        return (rate / (1 - self.beta_1**t),)

    def update(self, w: Any, g: Any, rate: float, m: Any, u: Any) -> tuple[Any, ...]:
        m += (g - m) * (1 - self.beta_1)
        u = np.maximum(u * self.beta_2, np.abs(g))
        w -= m * rate / (u + self.epsilon)
        return w, m, u


@define
class Nadam(Optimizer):
    """Adam with Nesterov's momentum.

    m and v as in `Adam`. With μ_t = β₁ (1 - 0.96ᵗ / 2) and their product up to t, Π_t:
    m̂ = μ_{t+1} m / (1 - Π_{t+1}) + (1 - μ_t) g / (1 - Π_t); v̂ = v / (1 - β₂ᵗ);
    w -= rate * m̂ / (sqrt(v̂) + ε). Source: Dozat, 2016, "Incorporating Nesterov momentum into
    Adam".

    Args:
        learning_rate: see `Optimizer`.
        beta_1: the fraction of m that is kept at each step.
        beta_2: the fraction of v that is kept at each step.
        epsilon: added to the divisor, for stability.

    Attributes:
        u_product: a Variable that holds Π.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def _check_options(self) -> None:
        super()._check_options()
        require_fraction("beta_1", self.beta_1)
        require_fraction("beta_2", self.beta_2)
        require_number("epsilon", self.epsilon)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.u_product = Variable(1.0, trainable=False, name="u_product")

    def slots(self) -> dict[str, float | None]:
        return {"momentum": 0.0, "velocity": 0.0}

    def coefficients(self, rate: float, t: int) -> tuple[float, ...]:
        return self._coefficients_after(self.u_product._array.item(), rate, t)

    def _coefficients_ahead(
        self, dtype: Any, rates: Sequence[float], updates: Sequence[int]
    ) -> list[Sequence[float]]:
        if type(self).coefficients is not Nadam.coefficients:
            return super()._coefficients_ahead(dtype, rates, updates)
        before, last, rows = self.u_product._array.item(), updates[0], []
        for rate, t in zip(rates, updates, strict=True):
            before = before if t == last else before * self._momentum(last)
            last = t
            rows.append(self._coefficients_after(before, rate, t))
        return list(zip(*rows, strict=True))

    def _momentum(self, t: int) -> float:
        """Return the momentum of an update."""
        return self.beta_1 * (1 - 0.96**t / 2)

    def _coefficients_after(self, before: float, rate: float, t: int) -> tuple[float, ...]:
        """Return `coefficients`, given the product of the momenta before."""
        now, next_one = self._momentum(t), self._momentum(t + 1)
        product = before * now
        of_momentum = rate * next_one / (1 - product * next_one)
        of_gradient = rate * (1 - now) / (1 - product)
        return of_momentum, of_gradient, 1 / (1 - self.beta_2**t)

    def update(
        self, w: Any, g: Any, of_m: float, of_g: float, of_v: float, m: Any, v: Any
    ) -> tuple[Any, ...]:
        m += (g - m) * (1 - self.beta_1)
        v += (g * g - v) * (1 - self.beta_2)
        w -= (m * of_m + g * of_g) / (np.sqrt(v * of_v) + self.epsilon)
        return w, m, v

    def advance(self, t: int) -> None:
        self.u_product._array[...] = self.u_product._array.item() * self._momentum(t)

    def _scalars(self) -> list[Variable]:
        return [*super()._scalars(), self.u_product]


@define
class Lion(Optimizer):
    """Takes steps of one size in the direction of the momentum's sign.

    w -= rate * sign(β₁ m + (1 - β₁) g), then m = β₂ m + (1 - β₂) g. Source: Chen et al., 2023,
    "Symbolic discovery of optimization algorithms".

    Args:
        learning_rate: see `Optimizer`; about a tenth of what Adam needs.
        beta_1: the fraction of m in the direction, above 0.
        beta_2: the fraction of m that is kept at each step.
    """

    beta_1: float = 0.9
    beta_2: float = 0.99

    def _check_options(self) -> None:
        super()._check_options()
        require_number("beta_1", self.beta_1, positive=True)
        require_fraction("beta_1", self.beta_1, one=True)
        require_fraction("beta_2", self.beta_2)

    def slots(self) -> dict[str, float | None]:
        return {"momentum": 0.0}

    def update(self, w: Any, g: Any, rate: float, m: Any) -> tuple[Any, ...]:
        w -= np.sign(m * self.beta_1 + g * (1 - self.beta_1)) * rate
        m += (g - m) * (1 - self.beta_2)
        return w, m
