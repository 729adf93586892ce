"""Hypothesis strategies for arrays at which functions are smooth.

For tests that check gradients at many points: `arrays` keeps away from kinks, `distinct` from ties,
`broadcastable` makes several arrays whose shapes fit. Needs hypothesis (``pip install
hypothesis``).

Example:
    >>> import numpy as np, autograd_lite as ag
    >>> from hypothesis import given, settings
    >>> from autograd_lite.testing import strategies
    >>> @settings(max_examples=5, database=None, deadline=None)
    ... @given(strategies.arrays(away_from=[0.0, 6.0]))
    ... def test_clip(x):
    ...     ag.check_gradients(lambda x: np.clip(x, 0, 6), x)
    >>> test_clip()
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

try:
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as hnp
except ImportError as error:
    raise ImportError(
        "autograd_lite.testing.strategies needs hypothesis: pip install hypothesis"
    ) from error

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
Arrays = st.SearchStrategy[Array]


def arrays(
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    *,
    low: float = -5.0,
    high: float = 5.0,
    away_from: Sequence[float] = (0.0,),
    margin: float = 0.01,
    dtype: Any = np.float64,
) -> Arrays:
    """Arrays whose entries keep a distance from given points.

    Args:
        shape: a shape, or a strategy of shapes; by default of up to 3 axes of up to 4 entries,
            no axis at all included.
        low: the smallest entry.
        high: the largest entry.
        away_from: the kinks: no entry lies within `margin` of any.
        margin: larger than the steps of differences, about 1e-5 times the entry in float64.
        dtype: a floating dtype.

    Raises:
        ValueError: if no number is left between `low` and `high`.

    Example:
        >>> from hypothesis import find
        >>> find(arrays((2,), away_from=[0.0], margin=0.25), lambda x: x[0] < 0)
        array([-1., -1.])
    """
    dtype = np.dtype(dtype)
    stretches = _stretches(low, high, away_from, margin)
    width = dtype.itemsize * 8
    parts = [
        st.floats(*_inside(start, end, dtype), width=width, allow_subnormal=False)
        for start, end in stretches
    ]
    return hnp.arrays(dtype, _shapes(shape), elements=st.one_of(parts))


def distinct(
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    *,
    gap: float = 0.1,
    dtype: Any = np.float64,
) -> Arrays:
    """Arrays without ties: entries differ by at least `gap`; for max, sort, median and their kin.

    Example:
        >>> from hypothesis import find
        >>> find(distinct((4,)), lambda x: True)
        array([-0.4, -0.2,  0. ,  0.2])
    """
    return st.builds(
        _in_order,
        arrays(shape, low=0.0, high=1.0, away_from=(), dtype=np.float64),
        st.randoms(use_true_random=False),
        st.just(gap),
        st.just(np.dtype(dtype)),
    )


def broadcastable(
    count: int = 2, *, max_dims: int = 3, max_side: int = 4, **entries: Any
) -> st.SearchStrategy[tuple[Array, ...]]:
    """Several arrays whose shapes broadcast.

    Args:
        count: how many.
        max_dims: the most axes.
        max_side: the longest axis.
        **entries: as in `arrays`, but for `shape`.

    Example:
        >>> from hypothesis import find
        >>> a, b = find(broadcastable(2), lambda both: (both[0] + both[1]).ndim == 2)
        >>> (a + b).shape
        (1, 1)
    """
    shapes = hnp.mutually_broadcastable_shapes(
        num_shapes=count, max_dims=max_dims, max_side=max_side
    )
    return shapes.flatmap(
        lambda found: st.tuples(*(arrays(shape, **entries) for shape in found.input_shapes))
    )


def _shapes(shape: Any) -> Any:
    return hnp.array_shapes(min_dims=0, max_dims=3, max_side=4) if shape is None else shape


def _stretches(
    low: float, high: float, away_from: Sequence[float], margin: float
) -> list[tuple[float, float]]:
    """Return the parts of [low, high] that are not near a kink."""
    found = []
    start = low
    for kink in sorted(away_from):
        if start <= min(kink - margin, high):
            found.append((start, min(kink - margin, high)))
        start = max(start, kink + margin)
    if start <= high:
        found.append((start, high))
    if not found:
        raise ValueError(
            f"no number between low={low} and high={high} is {margin} away from "
            f"{list(away_from)}: widen the range, or lower margin"
        )
    return found


def _inside(start: float, end: float, dtype: np.dtype[Any]) -> tuple[float, float]:
    """The ends of a stretch as numbers of a dtype, rounded inwards."""
    infinity = dtype.type(np.inf)
    first, last = dtype.type(start), dtype.type(end)
    if float(first) < start:
        first = np.nextafter(first, infinity)
    if float(last) > end:
        last = np.nextafter(last, -infinity)
    return float(first), float(last)


def _in_order(offsets: Array, random: Any, gap: float, dtype: np.dtype[Any]) -> Array:
    """Multiples of 2 gap in random order, each moved by up to a gap."""
    places = list(range(offsets.size))
    random.shuffle(places)
    steps = np.array(places, dtype=float).reshape(offsets.shape) - offsets.size / 2
    values: Array = (2 * steps + offsets) * gap
    return values.astype(dtype)
