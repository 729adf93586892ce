"""Muon: steps of orthogonal matrices for kernels, AdamW for everything else."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite import Variable, no_grad
from autograd_lite.extend import define, supply, tracing
from nn._core.validation import require_count, require_fraction, require_number
from nn.optimizers.base import Optimizer
from nn.optimizers.buckets import Selection
from nn.optimizers.clipping import clip_factor
from nn.optimizers.learning_rate import rates_ahead


@define
class Muon(Optimizer):
    """Makes the momentum of each matrix of weights nearly orthogonal, so that all its directions
    are learned alike: m = μ m + g and w -= rate * 0.2 sqrt(max(rows, columns)) * orthogonal(m).

    Variables that are no matrices, embeddings, and the layers of `exclude_layers` (the last one, as
    a rule) are updated as by `AdamW`. Sources: K. Jordan, 2024, "Muon: an optimizer for hidden
    layers in neural networks"; Liu et al., 2025, "Muon is scalable for LLM training".

    Args:
        learning_rate: see `Optimizer`.
        adam_beta_1, adam_beta_2, epsilon: of the variables updated as by AdamW.
        adam_weight_decay: their weight decay.
        weight_decay: of the matrices.
        exclude_layers: patterns, as in `re.search`; variables whose names match one are AdamW's.
        exclude_embeddings: False counts embeddings among the matrices.
        muon_a, muon_b, muon_c: the polynomial of the iteration, a x + b x³ + c x⁵ of the singular
            values.
        adam_lr_ratio: AdamW's learning rate in proportion to that of the matrices.
        momentum: the fraction of the momentum that is kept at each step.
        ns_steps: iterations.
        nesterov: True for Nesterov momentum.
        rms_rate: the factor 0.2; None for steps without that factor and root.

    Example:
        >>> w = Variable(np.zeros((1, 2)), name="kernel")
        >>> Muon(0.5, weight_decay=None, rms_rate=None).apply([np.array([[3.0, 4.0]])], [w])
        >>> bool(abs(np.linalg.norm(w.data) - 0.5) < 0.2)
        True
    """

    adam_beta_1: float = 0.9
    adam_beta_2: float = 0.999
    adam_weight_decay: float | None = 0.004
    epsilon: float = 1e-7
    weight_decay: float | None = 0.004
    exclude_layers: Sequence[str] | None = None
    exclude_embeddings: bool = True
    muon_a: float = 3.4445
    muon_b: float = -4.7750
    muon_c: float = 2.0315
    adam_lr_ratio: float = 1.0
    momentum: float = 0.95
    ns_steps: int = 5
    nesterov: bool = True
    rms_rate: float | None = 0.2

    def _check_options(self) -> None:
        super()._check_options()
        require_fraction("adam_beta_1", self.adam_beta_1)
        require_fraction("adam_beta_2", self.adam_beta_2)
        require_fraction("momentum", self.momentum)
        require_number("epsilon", self.epsilon)
        require_number("adam_lr_ratio", self.adam_lr_ratio)
        require_count("ns_steps", self.ns_steps)
        if isinstance(self.exclude_layers, str):
            raise TypeError(f"exclude_layers is a list of patterns: [{self.exclude_layers!r}]")

    def slots(self) -> dict[str, float | None]:
        return {"momentum": 0.0, "velocity": 0.0}

    def update(self, w: Any, g: Any, alpha: Any, m: Any, v: Any) -> tuple[Any, ...]:
        """Return the new weights and slots of what is updated as by AdamW."""
        m = m + (g - m) * (1 - self.adam_beta_1)
        v = v + (np.square(g) - v) * (1 - self.adam_beta_2)
        return w - m * alpha / (np.sqrt(v) + self.epsilon), m, v

    def uses_adam(self, variable: Variable) -> bool:
        """Return if a variable is updated as by AdamW."""
        name = variable.name or ""
        return (
            variable.ndim != 2
            or (self.exclude_embeddings and "embedding" in name.lower())
            or any(re.search(pattern, name) for pattern in self.exclude_layers or ())
        )

    def _update(self, selection: Selection, gradients: Sequence[Any], due: Any) -> None:
        _require_finite(gradients)
        factor = self._global_clip_factor(gradients)
        slots = {id(v): (m, s) for v, m, s in zip(self._variables, *self._all_slots(), strict=True)}
        dtypes = {v.dtype: None for v in selection.variables}
        numbers = {dtype: self._supplied(dtype) for dtype in dtypes}
        with no_grad():
            for v, g in zip(selection.variables, gradients, strict=True):
                self._update_one(v, self._clipped(g, factor), numbers[v.dtype], slots, due)
        if self.use_ema:
            self._update_average(due)

    def _all_slots(self) -> list[list[Variable]]:
        return [self._slots[name] for name in self.slots()]

    def _supplied(self, dtype: Any) -> Sequence[Any]:
        """Return the numbers of an update of weights of a dtype."""
        known = tracing() is not None and self._is_known_ahead
        ahead = functools.partial(self._numbers_ahead, dtype)
        return supply(
            lambda: [x for (x,) in ahead(1)], self._names, dtype, ahead if known else None
        )

    def _numbers_ahead(self, dtype: Any, count: int) -> list[Sequence[float]]:
        """Return for the next calls of `apply` the rate, that of AdamW with its corrections, and
        the two decays.
        """
        rates = rates_ahead(self, count)
        number: Any = np.float32 if dtype == np.float32 else float  # as in `Adam`
        alphas = []
        for rate, t in zip(rates, self._updates_ahead(count), strict=True):
            betas = number(self.adam_beta_1), number(self.adam_beta_2)
            first, second = (1 - beta ** number(t) for beta in betas)
            alphas.append(rate * self.adam_lr_ratio * float(second ** number(0.5) / first))
        decays = (decay or 0.0 for decay in (self.weight_decay, self.adam_weight_decay))
        return [rates, alphas, *([rate * decay for rate in rates] for decay in decays)]

    def _names(self) -> list[str]:
        return ["rate", "alpha", "decay", "adam_decay"]

    def _clipped(self, g: Any, factor: Any) -> Any:
        if self.clipnorm is not None:
            g = g * clip_factor(g, limit=self.clipnorm)
        g = g if factor is None else g * factor
        return g if self.clipvalue is None else np.clip(g, -self.clipvalue, self.clipvalue)

    def _update_one(self, variable: Any, g: Any, numbers: Any, slots: Any, due: Any) -> None:
        rate, alpha, decay, adam_decay = numbers
        m, v = slots[id(variable)]
        adam = self.uses_adam(variable)
        w = variable + 0
        if self._decays(variable):
            w = w - w * (adam_decay if adam else decay)
        if adam:
            new = self.update(w, g, alpha, m, v)
        else:
            momentum = m * self.momentum + g
            step = self.orthogonal(g + momentum * self.momentum if self.nesterov else momentum)
            new = (w - step * (rate * self._scale(variable.shape)), momentum, v + 0)
        for owner, value in zip((variable, m, v), new, strict=True):
            owner.assign(value if due is True else np.where(due, value, owner))

    def _scale(self, shape: tuple[int, ...]) -> float:
        return 1.0 if self.rms_rate is None else self.rms_rate * math.sqrt(max(shape))

    def orthogonal(self, x: Any) -> Any:
        """Return a matrix near U Vᵀ of the singular value decomposition x = U S Vᵀ."""
        tall = x.shape[0] > x.shape[1]
        x = np.transpose(x) if tall else x
        x = x / (np.sqrt(np.sum(np.square(x))) + 1e-7)
        for _ in range(self.ns_steps):
            square = x @ np.transpose(x)
            x = x * self.muon_a + (square * self.muon_b + (square @ square) * self.muon_c) @ x
        return np.transpose(x) if tall else x


def _require_finite(gradients: Sequence[Any]) -> None:
    """Have a program with a guard change nothing by gradients that are not finite, as
    `fused_update` does. The squares of finite ones may overflow: the plain step then finds out.
    """
    tape = tracing()
    if tape is not None and tape.guard is not None:
        with no_grad():
            tape.require(np.isfinite(sum(np.sum(np.square(g)) for g in gradients)))
