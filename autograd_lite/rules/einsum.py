"""Rules of einsum."""

from __future__ import annotations

import operator
import string
from typing import Any

import numpy as np

from autograd_lite.recording import primitive
from autograd_lite.rules.helpers import as_array, converted, stand_in
from autograd_lite.table import composite, gradient


@primitive
def einsum(*operands: Any, subscripts: str) -> Any:
    """`np.einsum` with explicit subscripts ("ij,jk->ik"), operands first."""
    return np.einsum(subscripts, *operands, optimize=len(operands) > 2)


def _einsum_rule(g: Any, y: Any, *operands: Any, subscripts: str) -> list[Any]:
    inputs, result = subscripts.split("->")
    labels = inputs.split(",")
    lengths: dict[str, int] = {}
    for names, x in zip(labels, operands, strict=True):
        for name, n in zip(names, np.shape(x), strict=True):
            lengths[name] = max(n, lengths.get(name, 0)) if n else 0
    return [_einsum_operand(i, g, operands, labels, result, lengths) for i in range(len(operands))]


def _einsum_operand(
    i: int,
    g: Any,
    operands: tuple[Any, ...],
    labels: list[str],
    result: str,
    lengths: dict[str, int],
) -> Any:
    """The gradient of one operand is again an einsum: of g and the other operands.

    A label that stands twice in the operand reads a diagonal: an identity matrix puts the
    gradient back on it. A label that no factor has in full length was summed or repeated: ones
    spread it.
    """
    others = [
        (names, x) for j, (names, x) in enumerate(zip(labels, operands, strict=True)) if j != i
    ]
    factors = [(result, g), *others]
    spare = iter(sorted(set(string.ascii_letters) - set(lengths)))
    wanted = ""
    for name in labels[i]:
        if name in wanted:
            twin = next(spare)
            factors.append((name + twin, np.eye(lengths[name], dtype=g.dtype)))
            wanted += twin
            continue
        wanted += name
        if not any(
            name in names and x.shape[names.index(name)] == lengths[name] for names, x in factors
        ):
            factors.append((name, np.ones(lengths[name], dtype=g.dtype)))
    left = ",".join(names for names, _ in factors)
    return einsum(*(x for _, x in factors), subscripts=f"{left}->{wanted}")


gradient(einsum, joint=_einsum_rule, maths=(r"\operatorname{einsum}(x_i, \ldots)", None))


@composite(np.einsum)
def _einsum(
    *operands: Any,
    optimize: Any = False,
    dtype: Any = None,
    order: str = "K",
    casting: str = "safe",
) -> Any:
    """In the order of multiplication that `einsum` chooses; `optimize` changes rounding only."""
    if not operands:
        raise ValueError("must specify the einstein sum subscripts string and at least one operand")
    subscripts, *arrays = operands if isinstance(operands[0], str) else _as_text(operands)
    arrays = [as_array(x) for x in arrays]
    explicit = _explicit(subscripts, [x.ndim for x in arrays])
    if optimize not in (False, True):
        np.einsum_path(explicit, *map(stand_in, arrays), optimize=optimize)  # refuses what is wrong
    np.array(0, order=order)  # type: ignore[call-overload]
    if dtype is not None:
        arrays = [converted(x, dtype, casting) for x in arrays]
    return einsum(*arrays, subscripts=explicit)


def _as_text(operands: tuple[Any, ...]) -> list[Any]:
    """The form with lists, ``einsum(a, [0, 1], b, [1, 2], [0, 2])``, as the form with a string."""
    pairs, result = operands[: len(operands) // 2 * 2], operands[len(operands) // 2 * 2 :]
    texts = [_labels(labels) for labels in pairs[1::2]]
    ending = "->" + _labels(result[0]) if result else ""
    return [",".join(texts) + ending, *pairs[::2]]


def _labels(numbers: Any) -> str:
    """Labels as letters; their order is that of the numbers."""
    letters = string.ascii_uppercase + string.ascii_lowercase
    text = ""
    for number in numbers:
        if number is Ellipsis:
            text += "..."
            continue
        if not 0 <= operator.index(number) < len(letters):
            raise ValueError("subscript is not within the valid range [0, 52)")
        text += letters[number]
    return text


def _explicit(subscripts: str, ndims: list[int]) -> str:
    """Subscripts with the result written out and every ellipsis replaced by labels."""
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    labels = left.split(",")
    if len(labels) != len(ndims):
        raise ValueError(f"einsum: {subscripts!r} names {len(labels)} operands, got {len(ndims)}")
    spare = [c for c in reversed(string.ascii_letters) if c not in subscripts]
    counts = [n - len(names.replace("...", "")) for names, n in zip(labels, ndims, strict=True)]
    for names, n, hidden in zip(labels, ndims, counts, strict=True):
        if hidden < 0 or (hidden and "..." not in names):
            raise ValueError(f"einsum: {names!r} does not fit an operand with {n} axes")
    widest = max((h for names, h in zip(labels, counts, strict=True) if "..." in names), default=0)
    if arrow and widest and "..." not in right:
        raise ValueError(f"einsum: {subscripts!r} has '...' in an operand but not in the result")
    ellipsis = "".join(spare[:widest])
    labels = [
        names.replace("...", ellipsis[widest - hidden :] if hidden else "")
        for names, hidden in zip(labels, counts, strict=True)
    ]
    if not arrow:
        joined = "".join(labels)
        once = sorted(c for c in set(joined) if joined.count(c) == 1 and c not in ellipsis)
        return f"{','.join(labels)}->{ellipsis}{''.join(once)}"
    return f"{','.join(labels)}->{right.replace('...', ellipsis)}"
