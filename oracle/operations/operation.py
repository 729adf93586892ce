"""What the generator needs to know of an operation, and how each library spells it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

FAR = 1e-2  # how far values keep from kinks, ties and jumps


@dataclass(frozen=True)
class Need:
    """What an operand has to be like.

    Attributes:
        holds: says whether an array is.
        adapter: the name of an operation (with parameters) that makes any array so, or None.
        fresh: a random array of a shape that is.
    """

    holds: Callable
    fresh: Callable
    adapter: tuple | None = None


def _normal(random, shape):
    x = random.normal(size=shape)
    return x + np.where(x < 0, -0.2, 0.2)


ANY = Need(lambda x: True, _normal)
POSITIVE = Need(
    lambda x: (x > 0.1).all(),
    lambda random, shape: random.uniform(0.3, 2.0, shape),
    ("affine_square", {"a": 0.5, "b": 0.3}),
)
ABOVE_ONE = Need(
    lambda x: (x > 1.1).all(),
    lambda random, shape: random.uniform(1.2, 3.0, shape),
    ("affine_square", {"a": 0.5, "b": 1.3}),
)
UNIT = Need(
    lambda x: (np.abs(x) < 0.9).all(),
    lambda random, shape: random.uniform(-0.8, 0.8, shape),
    ("squash", {"a": 0.8}),
)
SMALL = Need(
    lambda x: (np.abs(x) < 3).all(),
    lambda random, shape: random.uniform(-2, 2, shape),
    ("squash", {"a": 2.5}),
)
# Where a sigmoid or tanh saturates, 1 - y has few digits left, and roundings of y show in it.
MODEST = Need(lambda x: (np.abs(x) < 8).all(), _normal, ("squash", {"a": 6.0}))
MODERATE = Need(lambda x: (np.abs(x) < 20).all(), _normal, ("squash", {"a": 2.5}))
NONZERO = Need(lambda x: (np.abs(x) > 0.1).all(), _normal, ("affine_square", {"a": 1.0, "b": 0.2}))
OFF_KINK = Need(lambda x: (np.abs(x) > FAR).all(), _normal, ("affine_square", {"a": 1.0, "b": 0.2}))
OFF_INTEGERS = Need(
    lambda x: (np.abs(x - np.rint(x)) > FAR).all() and (np.abs(x - np.rint(x)) < 0.5 - FAR).all(),
    lambda random, shape: random.integers(-3, 3, shape) + random.uniform(0.1, 0.4, shape),
)


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes:
        name: in programs.
        covers: the functions of NumPy (or of this package) that it is there to test.
        numpy: ``numpy(xp, *operands, **parameters)`` with xp NumPy; with xp JAX's NumPy too, unless
            `jax` is given.
        torch: ``torch(t, *operands, **parameters)``.
        jax: as `numpy`, for JAX.
        needs: for each operand.
        parameters: ``parameters(random, *shapes)`` draws them; None if the shapes do not fit.
        shapes: ``shapes(random)`` gives shapes that fit, for operands made on purpose.
        fits: ``fits(*arrays, **parameters)`` says whether it is smooth there.
        broadcasts: whether operands have to broadcast.
    """

    name: str
    covers: tuple
    numpy: Callable
    torch: Callable
    jax: Callable
    needs: tuple[Need, ...]
    parameters: Callable
    shapes: Callable
    fits: Callable
    broadcasts: bool


TABLE: dict[str, Operation] = {}


def operation(
    name,
    covers,
    numpy,
    torch,
    *,
    jax=None,
    needs=(ANY,),
    parameters=lambda random, *shapes: {},
    shapes=None,
    fits=lambda *arrays, **parameters: True,
    broadcasts=False,
):
    """Enter an operation; see `Operation`."""
    assert name not in TABLE, name
    covers = covers if isinstance(covers, tuple) else (covers,)
    if shapes is None:
        shapes = broadcast_shapes(len(needs)) if broadcasts else any_shapes(len(needs))
    TABLE[name] = Operation(
        name, covers, numpy, torch, jax or numpy, needs, parameters, shapes, fits, broadcasts
    )


# -- shapes ----------------------------------------------------------------------------------------


def some_shape(random, least=0, most=3):
    return tuple(int(n) for n in random.integers(1, 4, random.integers(least, most + 1)))


def any_shapes(count):
    return lambda random: [some_shape(random) for _ in range(count)]


def of_rank(least, most=3):
    return lambda random: [some_shape(random, least, most)]


def broadcast_shapes(count):
    """Shapes that broadcast: parts of one shape, some axes of length 1, some left out."""

    def draw(random):
        whole = some_shape(random)
        return [weaker(random, whole) for _ in range(count)]

    return draw


def weaker(random, shape):
    """A shape that broadcasts with `shape`."""
    start = random.integers(0, len(shape) + 1) if random.random() < 0.4 else 0
    return tuple(1 if random.random() < 0.25 else n for n in shape[start:])


# -- parameters ------------------------------------------------------------------------------------


def axis(random, shape):
    """Any axis, from either end; None if there is none."""
    if not shape:
        return None
    return {"axis": int(random.integers(-len(shape), len(shape)))}


def axes_or_none(random, shape):
    """axis= of a reduction (None, one, several) and keepdims=."""
    choice = random.integers(0, 3)
    keepdims = bool(random.random() < 0.3)
    if choice == 0 or not shape:
        return {"axis": None, "keepdims": keepdims}
    if choice == 1:
        return {"axis": int(random.integers(-len(shape), len(shape))), "keepdims": keepdims}
    count = random.integers(1, len(shape) + 1)
    chosen = random.choice(len(shape), count, replace=False)
    return {"axis": [int(a) for a in chosen], "keepdims": keepdims}


def hashable(axis):
    """JSON has lists where NumPy wants tuples."""
    return tuple(axis) if isinstance(axis, list) else axis


def all_axes(x, axis):
    """axis= as PyTorch wants it: a tuple, always."""
    if axis is None:
        return tuple(range(x.ndim))
    return tuple(axis) if isinstance(axis, list) else (axis,)


# -- where functions are smooth --------------------------------------------------------------------


def rows_along(x, axis):
    """The elements that an operation along an axis (None: all) looks at together, in the last."""
    reduced = sorted(a % x.ndim for a in all_axes(x, axis)) if x.ndim else ()
    kept = [a for a in range(x.ndim) if a not in reduced]
    rows = np.transpose(x, (*kept, *reduced))
    return rows.reshape(*(x.shape[a] for a in kept), -1)


def no_ties(x, axis=-1, **parameters):
    """No two elements that are compared are close."""
    ordered = np.sort(rows_along(x, axis), axis=-1)
    return bool((np.diff(ordered, axis=-1) > FAR).all())


def apart(a, b, **parameters):
    """Two operands differ everywhere."""
    return bool((np.abs(a - b) > FAR).all())
