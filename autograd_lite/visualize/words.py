"""Words for what is in a picture: the shape, value and gradient of a node, the calls of layers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from autograd_lite.graphs import Node, ScopeCall
from autograd_lite.graphs.labels import number_text
from autograd_lite.graphs.summary import Sample, Statistics
from autograd_lite.maths.as_text import text
from autograd_lite.maths.reading import read


def calls(scopes: Sequence[ScopeCall]) -> list[str]:
    """For each scope call "call 2 of 3", or nothing where its name is called once."""
    total = Counter((scope.parent, scope.name) for scope in scopes)
    seen: Counter[tuple[int | None, str]] = Counter()
    found = []
    for scope in scopes:
        same = (scope.parent, scope.name)
        seen[same] += 1
        found.append(f"call {seen[same]} of {total[same]}" if total[same] > 1 else "")
    return found


def symbol(node: Node) -> str:
    """Return what formulas call a node, as text: "v₁"; nothing where that is not known."""
    return text(read(node.symbol)) if node.symbol else ""


def shape(node: Node) -> str:
    """The shape as NumPy writes it; "scalar" in place of ()."""
    if node.shape is None:
        return "several results"
    return str(node.shape) if node.shape else "scalar"


def value(node: Node) -> str:
    """The value of a node of one element; nothing for an array."""
    return _only_number(node.sample)


def gradient(node: Node) -> str:
    """The gradient of a single number, or the mean absolute gradient of an array.

    A gradient that was not computed is left to `remark`.
    """
    if node.gradient is None:
        return ""
    only = _only_number(node.gradient_sample)
    if only:
        return f"gradient {only}"
    if node.gradient.mean_absolute is None:
        return "gradient not finite" if node.gradient.nonfinite else "gradient empty"
    return f"mean |gradient| {number_text(node.gradient.mean_absolute)}" + _share(
        node.gradient.nonfinite, "not finite"
    )


def remark(node: Node) -> str:
    """Return why there is no gradient to show, which is not the same as a gradient of zero."""
    if node.kind == "parameter" and not node.requires_grad:
        return "not trainable"
    if node.requires_grad and node.gradient is None and node.shape is not None:
        return "gradient not computed"
    return ""


def statistics(node: Node, with_gradient: bool) -> tuple[str, ...]:
    """Minimum, mean and maximum: of the values, and of the gradient if it was computed."""
    lines = [] if node.value is None else [f"values: {_spread(node.value)}"]
    if with_gradient and node.gradient is not None:
        lines.append(f"gradient: {_spread(node.gradient)}")
    return tuple(lines)


def details(node: Node) -> str:
    """All that is known of a node, on a few lines."""
    lines = [f"#{node.id} {node.label}"]
    if node.shape is not None:
        lines.append(f"shape {node.shape}, {node.dtype}, {node.bytes:,} bytes")
    return "\n".join([*lines, *statistics(node, with_gradient=True)])


def contents(nodes: Iterable[Node]) -> str:
    """Count the nodes of each kind: "3 operations, 58 weights in 2 arrays"."""
    operations = inputs = parameters = numbers = 0
    for node in nodes:
        if node.operation is not None:
            operations += 1
        elif node.kind == "parameter":
            parameters += 1
            numbers += math.prod(node.shape or ())
        else:
            inputs += 1
    parts = []
    if operations:
        parts.append(counted(operations, "operation"))
    if parameters:
        parts.append(f"{counted(numbers, 'weight')} in {counted(parameters, 'array')}")
    if inputs:
        parts.append(counted(inputs, "input"))
    return ", ".join(parts)


def counted(count: int, noun: str) -> str:
    """A number of things: "1 node", "1,200 nodes"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _only_number(sample: Sample | None) -> str:
    if sample is None or len(sample.rows) != 1 or len(sample.columns) != 1:
        return ""
    return number_text(sample.values[0][0])


def _spread(statistics: Statistics) -> str:
    if statistics.mean is None or statistics.minimum is None or statistics.maximum is None:
        return "none finite" if statistics.nonfinite else "none"
    low, mean, high = map(number_text, (statistics.minimum, statistics.mean, statistics.maximum))
    shares = _share(statistics.zeros, "zero") + _share(statistics.nonfinite, "not finite")
    return f"min {low}, mean {mean}, max {high}{shares}"


def _share(share: float, of_what: str) -> str:
    """A share in percent, after a comma; nothing for none; 0% and 100% only where exact."""
    if share == 0:
        return ""
    percent = min(max(share, 0.01), 0.99) if share < 1 else 1.0
    return f", {percent:.0%} {of_what}"
