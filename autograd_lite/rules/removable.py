"""Quotients of which numerator and denominator vanish together: derivatives of matrix functions at
equal eigenvalues or singular values.

The gradient of a decomposition divides by differences of its values. Where two are equal their
vectors are not determined, and a function that does not depend on the choice (V diag(h(l)) V^T, the
polar factor) makes the numerator vanish as well. The quotient then has a limit, which numbers alone
do not tell; but the numerator is a recorded function N of the values. With all values moving, each
at its own rate, the denominator d moves at the rate r, and Taylor's formula back to where it
vanishes,

    0 = N - (d / r) N_1 + (d / r)^2 N_2 / 2 - (d / r)^3 N_3 / 6 + ...,

with the derivatives N_k along that motion, gives N / d = N_1 / r - d N_2 / (2 r^2) + d^2 N_3 /
(6 r^3) + O(d^3): the limit at d = 0 with its first and second derivative, and near it more digits
than the quotient has.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.backward import gradients, partial_gradients
from autograd_lite.context import current_context
from autograd_lite.tape import tracing
from autograd_lite.tensor import Tensor, leaf, unwrap
from autograd_lite.walk import RecordNeededError

Form = Callable[[Any], Any]
Motion = dict[int, Any]  # of a decomposition's results, by their positions

TERMS = 3  # of Taylor's formula
ROUNDING = 10  # values that differ by this many units in the last place of the largest are equal
NOISE = 100  # and this many are what a numerator may be off by


class Quotients:
    """Divides by linear forms of a decomposition's values: differences, sums, or the values.

    Args:
        values: the eigenvalues or singular values, an array or a Tensor that is an output of the
            decomposition's node.
    """

    def __init__(self, values: Any) -> None:
        self.values = values
        data = unwrap(values)
        self._eps = float(np.finfo(data.dtype).eps)
        self._count = max(1, data.shape[-1])
        self._rates = np.linspace(1, 2, data.shape[-1], dtype=data.dtype)
        self._equal: Any = None
        self._first: Any = None
        self._size: Any = None

    def require_record_at_zero(self) -> None:
        """Raise for an array with a value that is 0 and so equals its own negative.

        Raises:
            RecordNeededError: if there is one.
        """
        if not isinstance(self.values, Tensor):
            tie = ROUNDING * self._count * self._eps
            size = np.abs(self.values)
            if (size <= tie * np.max(size, axis=-1, initial=0, keepdims=True)).any():
                raise RecordNeededError

    def divide(
        self,
        numerator: Any,
        form: Form,
        sizes: Any,
        turn: Callable[[Any], Motion] | None = None,
    ) -> Any:
        """numerator / form(values); NaN where both vanish to rounding and there is no limit.

        Args:
            numerator: an array, or a Tensor that was computed from the decomposition.
            form: gives the denominators; NaN where there is nothing to divide, and the result is 0.
            sizes: the terms that the numerator is the difference of, which its rounding goes by.
            turn: how the vectors move as those of equal values are turned into each other, by an
                antisymmetric matrix; the numerator has to stay.

        Raises:
            RecordNeededError: for arrays, where the limit is needed.
        """
        denominator = form(self.values)
        tape = tracing()
        if tape is not None:
            # Where values are close the program is not used: what follows looks at them.
            largest = np.max(np.abs(self.values), axis=-1)[..., None, None]
            close = np.abs(denominator) <= self._eps ** (1 / (TERMS + 1)) / self._count * largest
            tape.require(np.logical_not(np.any(close)))
            return _quotient(numerator, denominator, ~np.isnan(denominator))
        d = unwrap(denominator)
        largest = np.max(np.abs(unwrap(self.values)), axis=-1, initial=0)[..., None, None]
        close = np.abs(d) <= self._eps ** (1 / (TERMS + 1)) / self._count * largest
        if not close.any():
            return _quotient(numerator, denominator, ~np.isnan(d))
        if not isinstance(self.values, Tensor):
            raise RecordNeededError
        limit = self._limit(numerator, denominator, form(self._rates))
        noise = np.max(np.abs(unwrap(sizes)), axis=(-2, -1), initial=0, keepdims=True)
        gap = np.abs(unwrap(numerator) - d * unwrap(limit))
        fits = close & (gap <= NOISE * self._count * self._eps * noise)
        equal = np.abs(d) <= ROUNDING * self._count * self._eps * largest
        self._equal, self._size = equal, noise / np.where(largest == 0, 1, largest)
        if turn is not None:
            turned = unwrap(self._derivative(numerator, turn(self._angles())))
            fits = fits & ~(equal & (np.abs(turned) > NOISE * self._count * self._eps * noise))
        far = _quotient(numerator, denominator, ~(np.isnan(d) | equal | fits))
        return np.where(fits, limit, np.where(equal, math.nan, far))

    def require_smooth(self, matrix: Any, turn: Callable[[Any], Motion]) -> Any:
        """`matrix`, the gradient in the basis of the vectors, with NaN where it does not turn with
        them as a matrix does: there the function has a kink, as the largest eigenvalue has.
        """
        if self._first is None or not self._equal.any():
            return matrix
        angles, data = self._angles(), unwrap(matrix)
        turned = 0.5 * unwrap(self._derivative(self._first, turn(angles)))
        size = np.max(np.abs(data), axis=(-2, -1), keepdims=True) + self._size
        same = np.abs(turned - (data @ angles - angles @ data)) <= self._eps**0.4 * size
        return np.where(self._equal & ~same, math.nan, matrix)

    def _angles(self) -> Any:
        """An antisymmetric matrix between equal values."""
        angles = np.triu(np.add.outer(self._rates, self._rates), 1)
        return (angles - angles.T) * self._equal

    def _limit(self, numerator: Any, denominator: Any, rate: Any) -> Any:
        total: Any = 0.0
        factor = 1 / rate
        for order in range(1, TERMS + 1):
            numerator = self._derivative(numerator, {self._index: self._rates})
            self._first = numerator / rate if order == 1 else self._first
            total = total + factor * numerator / math.factorial(order)
            factor = -factor * denominator / rate
        return total

    def _derivative(self, x: Any, motion: Motion) -> Any:
        """The derivative of x as some results of the decomposition move and the others stay.

        By what the pull-back of x gives them, differentiated by the upstream gradient that it is
        linear in.
        """
        zero = np.zeros_like(unwrap(x))
        if not isinstance(x, Tensor) or not x.requires_grad:
            if isinstance(x, Tensor) and not current_context().recording:
                return zero + math.nan  # whether it depends on the values is not known
            return zero
        (node,) = self.values.inputs
        upstream = leaf(np.ones_like(x._array), requires_grad=True)
        (pulled,) = partial_gradients(x, [node], upstream, on_tensors=True)
        slopes = [(None if pulled is None else pulled[i], moved) for i, moved in motion.items()]
        moving = [
            np.sum(slope * moved)
            for slope, moved in slopes
            if isinstance(slope, Tensor) and slope.requires_grad
        ]
        if not moving:
            return zero
        (pushed,) = gradients(functools.reduce(np.add, moving), [upstream])
        return zero if pushed is None else pushed

    @property
    def _index(self) -> int:
        """Return the position of the values among the decomposition's results."""
        index: int = self.values.keywords["index"]
        return index


def _quotient(numerator: Any, denominator: Any, where: Any) -> Any:
    """The quotient where it is wanted, 0 elsewhere."""
    return np.where(where, numerator / np.where(where, denominator, 1), 0)


def share_at_ties(g: Any, values: Any, signed: bool) -> Any:
    """The gradient of a function of the values alone, by the values: equal ones share it equally.

    Where equal values have different gradients, as for the largest eigenvalue, the function has a
    kink; the mean is the subgradient that does not depend on the choice of vectors.

    Args:
        g: the gradient by the values.
        values: in the same shape.
        signed: False for singular values: one that is 0 equals its own negative, too.
    """
    tape = tracing()
    slope, v = (unwrap(g), unwrap(values)) if tape is None else (g, values)
    unit = float(np.finfo(v.dtype).eps) * v.shape[-1]
    tie = ROUNDING * unit * np.max(np.abs(v), axis=-1, initial=0)[..., None]
    differ = NOISE * unit * np.max(np.abs(slope), axis=-1, initial=0)[..., None]
    equal = np.abs(v[..., None, :] - v[..., :, None]) <= tie[..., None]
    kink = equal & (np.abs(slope[..., None, :] - slope[..., :, None]) > differ[..., None])
    at_zero = (np.abs(v) <= tie) & (np.abs(slope) > differ)
    if tape is not None:  # at a kink the program is not used: what follows looks at values
        tape.require(np.logical_not(np.any(kink)))
        if not signed:
            tape.require(np.logical_not(np.any(at_zero)))
        return g
    shares = np.where(kink.any(-1, keepdims=True), equal, np.eye(v.shape[-1], dtype=bool))
    shares = shares / np.sum(shares, axis=-1, keepdims=True)
    if not signed:
        shares = np.where(at_zero[..., None], 0, shares)
    return np.matmul(shares.astype(v.dtype), g[..., None])[..., 0]
