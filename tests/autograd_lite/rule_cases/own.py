"""Cases of operations that NumPy does not have."""

from __future__ import annotations

import numpy as np

import autograd_lite as ag
from autograd_lite.rules.joining import parts
from autograd_lite.rules.pooling import window_max, window_sum
from autograd_lite.rules.windows import fold, windows
from tests.autograd_lite.rule_cases.points import distinct, normal


def _step(c, x):
    return c * np.tanh(x), c + x


def own_cases():
    x = normal(2, 3)
    yield "logsumexp", lambda a: ag.logsumexp(a, axis=1), (x,)
    yield "logsumexp-keepdims", lambda a: ag.logsumexp(a, axis=0, keepdims=True), (x,)
    yield "logsumexp-all", ag.logsumexp, (x,)
    yield "put", lambda a: ag.put(a, np.array([[0, 1, 0], [3, 3, 0]]), (5,)), (x,)
    yield "put-slice", lambda a: ag.put(a, (slice(1, 3), slice(None)), (4, 3)), (x,)
    yield "put-mask", lambda a: ag.put(a, np.array([True, False, True]), (3, 3)), (x,)
    yield "checkpoint", ag.checkpoint(lambda a: np.tanh(a) * a), (x,)
    yield "parts", lambda a: parts(a, count=3), (x,)
    yield "scan", lambda a: ag.scan(_step, np.ones_like(a[0]), a), (x,)
    yield "scan-checkpoint", lambda a: ag.scan(_step, np.ones_like(a[0]), a, checkpoint=True), (x,)
    yield from window_cases()


def window_cases():
    """Overlapping and apart, dilated, with a rest, of one to three axes, of no samples."""
    line, image, cube = normal(2, 7), normal(2, 5, 6, 2), normal(1, 3, 4, 3, 2)
    for name, x, size, strides, dilation in (
        ("line", line, (3,), (1,), (1,)),
        ("apart", line, (2,), (3,), (1,)),
        ("dilated", line, (3,), (1,), (2,)),
        ("whole", line, (7,), (1,), (1,)),
        ("image", image, (3, 2), (2, 1), (1, 3)),
        ("cube", cube, (2, 1, 3), (1, 2, 1), (1, 1, 1)),
        ("no-samples", line[:0], (3,), (1,), (1,)),
    ):
        options = {"size": size, "strides": strides, "dilation": dilation}
        yield f"windows-{name}", lambda a, options=options: windows(a, **options), (x,)
        w = np.cos(windows(x, **options))
        back = {k: options[k] for k in ("strides", "dilation")}
        back["lengths"] = x.shape[1 : len(size) + 1]
        yield f"fold-{name}", lambda a, back=back: fold(a, **back), (w,)
    yield "window-sum", lambda a: window_sum(a, rank=1), (normal(2, 3, 4),)
    yield "window-sum-image", lambda a: window_sum(a, rank=2), (normal(2, 2, 1, 2, 2, 3),)
    yield "window-max", lambda a: window_max(a, rank=1), (distinct(2, 3, 4),)
    yield "window-max-image", lambda a: window_max(a, rank=2), (distinct(2, 2, 1, 2, 2, 3),)
