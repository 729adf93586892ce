"""Whether two outcomes of a program agree, up to what rounding can do."""

from dataclasses import dataclass

import numpy as np

from oracle import libraries

# Differences up to this part of an array's largest element are rounding without a further look:
# for values, gradients and products.
CLOSE = {"float64": (1e-11, 1e-10, 1e-9), "float32": (1e-5, 1e-4, 1e-3)}
# Else all values are changed at random by `JITTER`, and rounding may do a tenth of what that does:
# a few hundred units in the last place at every step.
JITTER = {"float64": 1e-12, "float32": 1e-5}
SHARE = 0.1
JITTERS = 3
DTYPES = ("float64", "float32")
# What cancels within one operation (x / x, a x a, a weighted mean of one number) is not changed by
# that. There rounding is in proportion to the largest numbers about.
ULPS = 100


@dataclass(frozen=True)
class Difference:
    """Where a library disagrees.

    Attributes:
        library: its name.
        dtype: the dtype of the inputs.
        what: "value of step 3 (tanh)", "gradient of input 0", "product of input 1".
        ours, theirs: the two elements that differ most.
    """

    library: str
    dtype: str
    what: str
    ours: float
    theirs: float

    def __str__(self):
        return f"{self.dtype}, {self.what}: {self.ours!r} here, {self.theirs!r} in {self.library}"


def differences(program, names, dtypes=DTYPES):
    """All differences between this package and the named libraries; an empty list if none."""
    found = []
    for dtype in dtypes:
        own = libraries.ours(program, dtype)
        for name in names:
            other = libraries.LIBRARIES[name](program, dtype)
            difference = _first(program, own, other, name, dtype)
            if difference is not None:
                found.append(difference)
    return found


def _first(program, own, other, library, dtype):
    """The first difference that rounding does not explain."""
    allowed = None
    named, mine = labels(program), parts(own)
    for i, (what, kind) in enumerate(named):
        a, b = mine[i], parts(other)[i]
        if a.shape != b.shape:
            return Difference(library, dtype, f"shape of the {what}", a.shape, b.shape)
        gap, ours, theirs = largest_gap(a, b)
        if gap <= CLOSE[dtype][kind] * max(largest(a), largest(b), 1e-3):
            continue
        if allowed is None:
            allowed = rounding(program, dtype)
        about = max(largest(part) for part, (_, k) in zip(mine, named, strict=True) if k <= kind)
        if not gap <= allowed[i] + ULPS * np.finfo(dtype).eps * about:
            return Difference(library, dtype, what, ours, theirs)
    return None


def labels(program):
    """What each array of an outcome is, and its kind: 0 value, 1 gradient, 2 product."""
    steps = enumerate(program.steps, len(program.inputs))
    inputs = range(len(program.inputs))
    return [
        *((f"value v{i} ({step.operation})", 0) for i, step in steps),
        *((f"gradient of v{i}", 1) for i in inputs),
        *((f"Hessian-vector product of v{i}", 2) for i in inputs),
    ]


def parts(outcome):
    """The arrays of an outcome, in the order of `labels`."""
    return [*outcome.values, *outcome.gradients, *outcome.products]


def rounding(program, dtype):
    """How much rounding may change each array: by changing all values at random, in float64."""
    exact = parts(libraries.ours(program, "float64"))
    allowed = np.zeros(len(exact))
    for seed in range(JITTERS):
        moved = parts(libraries.ours(program, "float64", JITTER[dtype], seed))
        changes = [largest_gap(a, b)[0] for a, b in zip(exact, moved, strict=True)]
        allowed = np.maximum(allowed, SHARE * np.array(changes))
    return allowed


def largest_gap(a, b):
    """The largest difference of two arrays, and the elements that differ so; NaN is infinite."""
    if not a.size:
        return 0.0, 0.0, 0.0
    with np.errstate(invalid="ignore"):
        gaps = np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64))
    gaps = np.where(np.isnan(gaps), np.inf, gaps)
    gaps = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, gaps)
    at = np.unravel_index(np.argmax(gaps), gaps.shape)
    return float(gaps[at]), float(a[at]), float(b[at])


def largest(a):
    """The largest element, without its sign."""
    return float(np.max(np.abs(a), initial=0.0))
