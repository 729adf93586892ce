"""What a call is like, as part of its kind's name: an explanation then holds for nothing else."""

import numpy as np


def named(name, args, kwargs):
    """The name of a kind: ``pad(mode='empty')``, ``linalg.cond(singular)``, or just ``tanh``."""
    for text, holds in CIRCUMSTANCES.get(name, ()):
        if holds(args, kwargs):
            return f"{name}({text})"
    return name


def _masked(args, kwargs):
    return kwargs.get("where", True) is not True


def _into_memory(args, kwargs):
    return "empty" in (kwargs.get("mode"), *(x for x in args if isinstance(x, str)))


def _without_copy(args, kwargs):
    return kwargs.get("copy", True) is False


def _singular(args, kwargs):
    matrices = np.asarray(args[0])
    fewest = min(matrices.shape[-2:], default=0)
    return matrices.ndim >= 2 and bool(np.any(np.linalg.matrix_rank(matrices) < fewest))


def _solved_exactly(args, kwargs):
    """Whether residuals are nothing but rounding."""
    if _singular(args, kwargs) or not np.size(args[0]):
        return False
    a, b = args[:2]
    residuals = np.linalg.lstsq(a, b)[1]
    return bool(np.any(residuals < 1e-20 * np.sum(np.square(b))))


def _beyond(args, kwargs):
    """Whether a dtype of integers does not hold all numbers that are cast to it."""
    values, dtype = args[0], np.dtype(args[1] if len(args) > 1 else kwargs["dtype"])
    if values.dtype.kind != "f" or dtype.kind not in "iu":
        return False
    range_of = np.iinfo(dtype)
    return not bool(np.all((values > range_of.min - 1.0) & (values < range_of.max + 1.0)))


def _with_text(args, kwargs):
    return any(isinstance(x, (str, bytes)) for x in args)


CIRCUMSTANCES = {
    "pad": [("mode='empty'", _into_memory)],
    "reshape": [("copy=False", _without_copy)],
    "x.reshape": [("copy=False", _without_copy)],
    "linalg.cond": [("singular", _singular)],
    "linalg.lstsq": [("singular", _singular), ("solved exactly", _solved_exactly)],
    "x.astype": [("beyond the dtype", _beyond)],
    "operator eq": [("text", _with_text)],
    "operator ne": [("text", _with_text)],
    **{f.__name__: [("where=", _masked)] for f in vars(np).values() if isinstance(f, np.ufunc)},
}
