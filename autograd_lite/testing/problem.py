"""A function of Tensors as a gradient check sees it: results to be weighed, inputs to be moved."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_lite.ancestors import ancestors
from autograd_lite.backward import gradients, partial_gradients
from autograd_lite.context import changed, current_context
from autograd_lite.tensor import Tensor, as_array
from autograd_lite.testing.quotients import Precision
from autograd_lite.tree import flatten

Array = np.ndarray[Any, Any]
Function = Callable[..., Any]


class Problem:
    """f with its inputs as leaves; what is differentiated is the sum of its weighed results.

    The weights are random, except that a single number weighs 1: the report then shows its own
    gradient.

    Attributes:
        leaves: the inputs, Tensors that require gradients.
        names: of the inputs.
        weights: of the results, once f has been called.
        directions: a random direction in each input, along which order 2 is taken.
    """

    def __init__(
        self,
        f: Function,
        inputs: tuple[Any, ...],
        random: np.random.Generator,
        names: Sequence[str] | None = None,
    ) -> None:
        self.f = f
        self.random = random
        self.args = [_as_leaves(x) for x in inputs]
        self.leaves: list[Tensor] = flatten(self.args)
        self.names = names or [x.name or f"input {i}" for i, x in enumerate(self.leaves)]
        self.weights: list[Array] = []
        self.directions = [random.normal(size=x.shape) for x in self.leaves]

    @contextmanager
    def in_double(self) -> Iterator[None]:
        """The leaves' values in float64, in memory of their own, for the length of the block."""
        kept = [x._array for x in self.leaves]
        for x in self.leaves:
            x._array = np.array(x._array, dtype=np.float64, order="C")
        try:
            yield
        finally:
            for x, data in zip(self.leaves, kept, strict=True):
                x._array = data

    def precision(self) -> Precision:
        """The precision in which f computes for float64 inputs: it may cast to float32 inside."""
        total = self._weighed(self._results())
        return Precision.of(np.dtype(f"f{min(8, *_itemsizes(total))}"))

    def values(self) -> list[Array]:
        """The results, as arrays of their own: a view of an input would move with it."""
        # Inside of a transform, so to say: transforms that f calls give Tensors then, too.
        with changed(recording=False, depth=current_context().depth + 1):
            return [np.array(y._array) for y in self._results()]

    def gradients(self) -> list[Array]:
        """The gradient for each leaf, by the rules on arrays."""
        total = self._weighed(self._results())
        if not total.requires_grad:
            return [np.zeros(x.shape) for x in self.leaves]
        return self._filled(partial_gradients(total, self.leaves, None, on_tensors=False))

    def backward_gap(self) -> tuple[float, float, float] | None:
        """The slope along the directions by an upstream gradient of -1, with the sign taken back:
        as `forward_gap`.
        """
        total = self._weighed(self._results())
        if not total.requires_grad:
            return None
        upstream = np.full(total.shape, -1, total.dtype)
        found = self._filled(partial_gradients(total, self.leaves, upstream, on_tensors=False))
        return self._beside_gradients(-self._along(found))

    def forward_gap(self) -> tuple[float, float, float] | None:
        """The slope along the directions in forward mode, by the pull-back's derivative by the
        upstream gradient; then the slope by the gradients, and the size of what adds up to it.
        """
        total = self._weighed(self._results())
        if not total.requires_grad:
            return None
        upstream = Tensor(np.ones(total.shape, total.dtype), requires_grad=True)
        pulled = partial_gradients(total, self.leaves, upstream, on_tensors=True)
        products = [
            np.sum(g * u.astype(g.dtype))
            for g, u in zip(pulled, self.directions, strict=True)
            if g is not None and g.requires_grad
        ]
        if not products:
            return None
        (pushed,) = gradients(functools.reduce(np.add, products), [upstream])
        return self._beside_gradients(0.0 if pushed is None else pushed.item())

    def _beside_gradients(self, slope: float) -> tuple[float, float, float]:
        found = self.gradients()
        pairs = zip(found, self.directions, strict=True)
        return slope, self._along(found), sum(float(np.sum(np.abs(g * u))) for g, u in pairs)

    def _along(self, found: list[Array]) -> float:
        return sum(float(np.sum(g * u)) for g, u in zip(found, self.directions, strict=True))

    def second_gradients(self) -> list[Array]:
        """The gradient, for each leaf, of the slope along the directions, by rules on Tensors."""
        total = self._weighed(self._results())
        slope: Any = 0.0
        if total.requires_grad:
            first = partial_gradients(total, self.leaves, None, on_tensors=True)
            for g, u in zip(first, self.directions, strict=True):
                if g is not None and g.requires_grad:
                    slope = slope + np.sum(g * u.astype(g.dtype))
        if not isinstance(slope, Tensor):
            return [np.zeros(x.shape) for x in self.leaves]
        return self._filled(partial_gradients(slope, self.leaves, None, on_tensors=False))

    def _results(self) -> list[Tensor]:
        results = [y for y in flatten(self.f(*self.args)) if _is_floating(y)]
        if not results:
            raise TypeError("the function returned no floating Tensor: nothing to differentiate")
        if not self.weights:
            one_number = len(results) == 1 and results[0].size == 1
            self.weights = [
                np.ones(y.shape) if one_number else self.random.uniform(0.5, 1.5, y.shape)
                for y in results
            ]
        return results

    def _weighed(self, results: list[Tensor]) -> Any:
        """The sum of the weighed results, recorded."""
        total: Any = 0.0
        for y, weight in zip(results, self.weights, strict=True):
            total = total + np.sum(y * weight.astype(y.dtype))
        return total

    def _filled(self, found: list[Any]) -> list[Array]:
        """Gradients as arrays of their own, zeros where the result does not depend on a leaf."""
        pairs = zip(found, self.leaves, strict=True)
        return [np.zeros(x.shape) if g is None else np.array(g) for g, x in pairs]


def require_repeatable(evaluate: Callable[[], Sequence[Array]]) -> None:
    """Raise unless the same inputs give the same results: differences would be of chance.

    Raises:
        ValueError: saying what to write.
    """
    with np.errstate(all="ignore"):
        first, second = evaluate(), evaluate()
    for a, b in zip(first, second, strict=True):
        if not np.array_equal(a, b, equal_nan=True):
            raise ValueError(
                "the function returns different results for the same inputs, so finite differences "
                "say nothing about its gradient. Make random draws repeatable: create the "
                "generator inside the function, np.random.default_rng(0), or switch the noise off"
            )


def _as_leaves(value: Any) -> Any:
    """An input as Tensors that require gradients, in its own structure. A list of numbers is an
    array; a tuple is always a tuple.
    """
    if isinstance(value, Tensor) and value.requires_grad:
        return value
    if value is None:
        return None
    if isinstance(value, tuple):
        leaves = map(_as_leaves, value)
        return type(value)(*leaves) if hasattr(value, "_fields") else type(value)(leaves)
    if isinstance(value, list) and not all(isinstance(x, _NUMBERS) for x in value):
        return list(map(_as_leaves, value))
    if isinstance(value, dict):
        return {key: _as_leaves(x) for key, x in value.items()}
    name = value.name if isinstance(value, Tensor) else None
    return Tensor(as_array(value), requires_grad=True, name=name)


_NUMBERS = (bool, int, float, np.generic)


def _is_floating(y: Any) -> bool:
    return isinstance(y, Tensor) and y.dtype.kind == "f"


def _itemsizes(root: Any) -> Iterator[int]:
    """Return the sizes in bytes of the floating values between the leaves and a result."""
    for x in ancestors([root], differentiable=True):
        if x is root or isinstance(x._array, np.ndarray):
            yield x.dtype.itemsize
