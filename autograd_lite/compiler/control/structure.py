"""Carries, which keep their structure, and what a loop runs over."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.recording import primitive, record
from autograd_lite.symbolic import SymbolicTensor
from autograd_lite.table import gradient
from autograd_lite.tensor import Tensor, leaf
from autograd_lite.tensor import as_array as real_array
from autograd_lite.tree import flatten, flatten_as, map_tree, unflatten


def as_leaf(x: Any) -> Tensor:
    """x as a Tensor: itself, if it is one that holds an array.

    Raises:
        TypeError: for a symbolic Tensor; a model would not find the Variables that a body reads.
    """
    if x.__class__ is SymbolicTensor:
        x.refuse("a scan or cond", "Write it in the call of a layer of your own, and call that")
    if isinstance(x, Tensor):
        return x if isinstance(x._array, np.ndarray) else record(np.positive, x)
    made: Tensor = leaf(real_array(x))
    return made


class Carries:
    """The values that a loop carries on.

    Args:
        initial: before the first step.

    Attributes:
        tree: the same, of Tensors.
        leaves: the Tensors.
    """

    def __init__(self, initial: Any) -> None:
        self.tree = map_tree(as_leaf, initial)
        self.leaves: list[Tensor] = flatten(self.tree)

    def checked(self, new: Any) -> Any:
        """The carry that a step returned, of Tensors, in the structure of the first.

        Raises:
            TypeError: for another dtype.
            ValueError: for another structure or shape.
        """
        try:
            found = [as_leaf(x) for x in flatten_as(self.tree, new)]
        except ValueError as error:
            raise ValueError(f"the function under scan returned another carry: {error}") from None
        for before, after in zip(self.leaves, found, strict=True):
            if after.shape != before.shape:
                raise ValueError(
                    f"the carry of a scan has shape {before.shape} before a step, and "
                    f"{after.shape} after it: it keeps its shape. Keep what grows as y, or start "
                    "with an array that has the whole shape"
                )
            if after.dtype != before.dtype:
                raise TypeError(
                    f"the carry of a scan is {before.dtype} before a step, and {after.dtype} "
                    f"after it: it keeps its dtype. Start with np.{after.dtype} (0.0 in place of "
                    f"0, say), or return carry.astype(np.{before.dtype})"
                )
        return unflatten(self.tree, found)


class Steps:
    """The arrays that a loop runs over.

    Args:
        xs: arrays with the steps as their first axis, in some structure; or None.
        length: the number of steps; may be None where xs says it.

    Attributes:
        tree: xs, of Tensors.
        leaves: the Tensors.
        length: the number of steps.
    """

    def __init__(self, xs: Any, length: int | None) -> None:
        self.tree = map_tree(as_leaf, xs)
        self.leaves: list[Tensor] = flatten(self.tree)
        if any(x.ndim == 0 for x in self.leaves):
            raise ValueError(
                "xs of scan are arrays whose first axis runs over the steps; a number has no axis. "
                "What is the same at each step is read from around the function"
            )
        lengths = sorted(
            {x.shape[0] for x in self.leaves} | ({length} if length is not None else set())
        )
        if len(lengths) > 1:
            said = "" if length is None else f", and length={length}"
            shapes = [x.shape for x in self.leaves]
            raise ValueError(f"scan needs one number of steps; xs have the shapes {shapes}{said}")
        if not lengths:
            raise ValueError("scan without xs needs the number of steps: length=")
        if not isinstance(lengths[0], (int, np.integer)) or lengths[0] < 0:
            raise ValueError(f"length= is a number of steps, from 0 up, got {length!r}")
        self.length = int(lengths[0])

    def slices(self) -> list[Any]:
        """For each array its steps, as Tensors."""
        return [
            unstack(x) if x.requires_grad else [leaf(np.asarray(row)) for row in x._array]
            for x in self.leaves
        ]

    def at(self, slices: list[Any], t: int) -> Any:
        """Step t of all, in the structure of xs."""
        return None if self.tree is None else unflatten(self.tree, [x[t] for x in slices])


@primitive
def unstack(x: Any) -> Any:
    """The parts of x along its first axis."""
    return tuple(np.asarray(row) for row in x)


gradient(
    unstack, joint=lambda g, y, x: (np.stack(g),), maths=("x_t", r"\operatorname{stack}(\bar{y})")
)
