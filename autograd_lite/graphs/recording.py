"""The recorded backward: the walk from a result back to its leaves, contribution by contribution.

Everything is summed up while the walk is under way, so that no array outlives its turn.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.ancestors import ancestors
from autograd_lite.backward import node_gradients
from autograd_lite.graphs.data import Contribution, Edge
from autograd_lite.graphs.summary import Sample, Summary, sample, summary
from autograd_lite.tensor import Tensor
from autograd_lite.walk import VJPEvent

Shape = tuple[int, ...]


class RecordedBackward(NamedTuple):
    """The record of a backward pass.

    Attributes:
        gradients: of every node that the walk reached, by the node's id.
        contributions: in the order of the walk.
    """

    gradients: dict[int, Summary]
    contributions: tuple[Contribution, ...]


def record_backward(
    root: Tensor, upstream: Any, ids: dict[int, int], sampled: bool
) -> RecordedBackward:
    """Walk back from `root`, with no ``.grad`` changed, and keep what flowed along each edge.

    Args:
        root: a recorded Tensor.
        upstream: the upstream gradient of root, or None.
        ids: the number of each node by the id() of its Tensor.
        sampled: whether to keep values of arrays besides their statistics.
    """
    recorder = _Recorder(ids, sampled)
    nodes = list(ancestors([root], differentiable=True))
    (seed, *_) = node_gradients(root, nodes, upstream, observer=recorder.observe)
    recorder.gradients.setdefault(ids[id(root)], summary(seed, sampled))
    return RecordedBackward(recorder.gradients, tuple(recorder.contributions))


class _Recorder:
    """Watches the walk."""

    def __init__(self, ids: dict[int, int], sampled: bool) -> None:
        self.gradients: dict[int, Summary] = {}
        self.contributions: list[Contribution] = []
        self._ids = ids
        self._sampled = sampled
        self._numbers: dict[int, int] = {}

    def observe(self, event: VJPEvent) -> None:
        source_tensor = event.arguments[1:][event.position]
        node = event.node
        assert node.inputs is not None
        source = self._ids[id(node.inputs[event.position])]
        target = self._ids[id(node)]
        number = self._numbers.get(source, 0) + 1
        self._numbers[source] = number
        if source_tensor.__class__ is tuple:  # several results: theirs are contributions enough
            return
        product = summary(event.product, self._sampled)
        axes = _summed_axes(product.shape, source_tensor.shape)
        is_changed = axes or event.contribution.dtype != event.product.dtype
        fitted = summary(event.contribution, self._sampled) if is_changed else product
        before = self.gradients.get(source)
        after = fitted if before is None else summary(event.after, self._sampled)
        self.gradients[source] = after
        upstream, local = self._factors(event, target)
        edge = Edge(source, target, event.position)
        self.contributions.append(
            Contribution(edge, upstream, local, product, axes, fitted, number, before, after)
        )

    def _factors(self, event: VJPEvent, target: int) -> tuple[Sample | None, Summary | None]:
        """The upstream gradient's sample and the local derivative."""
        g = event.upstream
        if g.__class__ is tuple:
            return None, None
        if target not in self.gradients:  # the root, to which nothing is passed back
            self.gradients[target] = summary(g, self._sampled)
        taken = self.gradients[target].sample
        if taken is None:
            return None, None
        found = _local_derivative(event)
        if found is None:
            return taken, None
        way, local = found
        if way != local.shape:  # repeated: its values at the places of the product's
            taken = sample(np.broadcast_to(g.reshape(way), local.shape))
        elif way != g.shape:
            taken = sample(g.reshape(way))
        return taken, summary(local, self._sampled)


def _summed_axes(product: Shape, source: Shape) -> tuple[int, ...]:
    extra = len(product) - len(source)
    repeated = (extra + i for i, n in enumerate(source) if n == 1 and product[extra + i] != 1)
    return (*range(extra), *repeated)


def _local_derivative(event: VJPEvent) -> tuple[Shape, Any] | None:
    """The local derivative, in the shape of the product; and the shape in which the upstream
    gradient is repeated to it.

    There is such a local derivative if each entry of the source reaches one entry of the target
    only. Then the rule, which is linear in the upstream gradient g, is g times the rule of ones,
    with the entries of g put to the entries of the source that they reach. Whether that is so is
    tried with a g of entries that are all different.
    """
    rule, g = event.rule, event.upstream
    function: Any = event.node.function
    is_ufunc = isinstance(function, np.ufunc)
    if rule is None or g.size == 0 or (is_ufunc and function.signature is not None):
        return None
    shape = np.shape(event.product)
    ways = [shape] if g.shape == shape else list(_ways_to_spread(g.shape, shape))
    if not ways:
        return None
    local = np.asarray(rule(np.ones_like(g), *event.arguments, **event.keywords))
    if local.shape != shape:
        return None
    if is_ufunc or g.size == 1:
        return ways[0], local
    trial = _all_different(g)
    expected = np.asarray(rule(trial, *event.arguments, **event.keywords))
    for way in ways:
        if np.allclose(trial.reshape(way) * local, expected, rtol=1e-3, equal_nan=True):
            return way, local
    return None


def _ways_to_spread(small: Shape, large: Shape) -> Iterator[Shape]:
    """The shapes of ones and of `small` in its order that broadcast to `large`."""
    for places in itertools.combinations(range(len(large)), len(small)):
        way = [1] * len(large)
        for place, n in zip(places, small, strict=True):
            way[place] = n
        if all(n in (1, whole) for n, whole in zip(way, large, strict=True)):
            yield tuple(way)


def _all_different(like: Any) -> Any:
    """An array in the shape and dtype of `like`, of as many different values as that holds."""
    numbers = np.arange(like.size, dtype=np.float64) / like.size + 0.5
    return numbers.reshape(like.shape).astype(like.dtype)
