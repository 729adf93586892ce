"""Random numbers inside of a loop: drawn for all steps at once, before it.

The numbers are those that a Python loop draws: one step after the other. That holds for draws of
one kind from one generator, and is checked; others are refused.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.primitives import sample, take
from autograd_lite.tape import TracingError
from autograd_lite.tensor import Tensor, leaf


def draw_for_all_steps(nodes: Sequence[Tensor], length: int, reverse: bool) -> list[Any]:
    """For each node that was drawn in a step, the draws of all steps.

    Args:
        nodes: in the order in which they were drawn.
        length: the number of steps.
        reverse: whether the last step comes first.

    Raises:
        TracingError: for draws that cannot be made at once.
    """
    found: dict[int, Any] = {}
    generators = {id(node.keywords["generator"]): node.keywords["generator"] for node in nodes}
    for generator in generators.values():
        own = [node for node in nodes if node.keywords["generator"] is generator]
        found |= _drawn_together(own, generator, length)
    turned = slice(None, None, -1)
    return [take(found[id(node)], turned) if reverse else found[id(node)] for node in nodes]


def _drawn_together(nodes: Sequence[Tensor], generator: Any, length: int) -> dict[int, Any]:
    """The draws from one generator, cut out of one draw."""
    kinds = {(n.keywords["method"], repr(n.keywords["parameters"]), n.dtype) for n in nodes}
    given = nodes[0].keywords
    dtype = given.get("dtype")
    method, parameters = given["method"], given["parameters"]
    width = sum(node.size for node in nodes)
    if len(kinds) > 1 or not _continues(generator, method, parameters, width, dtype):
        raise TracingError(
            "random numbers of several kinds are drawn from one generator inside of a scan; a "
            "program draws those of all steps at once, in another order. Draw them before the "
            "scan, ag.sample(generator, ..., shape=(steps, ...)), and pass them among xs"
        )
    if len(nodes) == 1:
        shape = (length, *nodes[0].shape)
        return {
            id(nodes[0]): _tensor(sample(generator, method, *parameters, shape=shape, dtype=dtype))
        }
    whole = _tensor(sample(generator, method, *parameters, shape=(length, width), dtype=dtype))
    found, start = {}, 0
    for node in nodes:
        part = take(whole, (slice(None), slice(start, start + node.size)))
        found[id(node)] = np.reshape(part, (length, *node.shape))
        start += node.size
    return found


def _continues(generator: Any, method: str, parameters: Any, width: int, dtype: Any) -> bool:
    """Return whether two draws, one after the other, are one draw of both."""
    one, two = copy.deepcopy(generator), copy.deepcopy(generator)
    chosen = {} if dtype is None else {"dtype": dtype}
    try:
        together = getattr(one, method)(*parameters, size=(2, width), **chosen)
        apart = [getattr(two, method)(*parameters, size=(width,), **chosen) for _ in range(2)]
    except Exception:
        return False
    return bool(np.array_equal(together, apart))


def _tensor(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else leaf(x)
