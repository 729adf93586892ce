"""Cases of operations that NumPy does not have."""

from __future__ import annotations

import numpy as np

import autograd_lite as ag
from tests.autograd_lite.rule_cases.points import normal


def own_cases():
    x = normal(2, 3)
    yield "logsumexp", lambda a: ag.logsumexp(a, axis=1), (x,)
    yield "logsumexp-keepdims", lambda a: ag.logsumexp(a, axis=0, keepdims=True), (x,)
    yield "logsumexp-all", ag.logsumexp, (x,)
    yield "put", lambda a: ag.put(a, np.array([[0, 1, 0], [3, 3, 0]]), (5,)), (x,)
    yield "put-slice", lambda a: ag.put(a, (slice(1, 3), slice(None)), (4, 3)), (x,)
    yield "put-mask", lambda a: ag.put(a, np.array([True, False, True]), (3, 3)), (x,)
    yield "checkpoint", ag.checkpoint(lambda a: np.tanh(a) * a), (x,)
