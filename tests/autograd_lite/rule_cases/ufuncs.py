"""Cases of ufuncs called with keywords, of their methods, and of numbers taken apart."""

from __future__ import annotations

import numpy as np

from tests.autograd_lite.rule_cases.points import RANDOM, distinct, normal, positive, unit


def ufunc_cases():
    mask = np.array([[True, False, True], [False, True, True]])
    x = positive(2, 3)
    # Where the mask is False, NumPy's results are undefined: only the others are compared.
    yield "where", lambda a: np.log(a, where=mask, out=None)[mask], (np.where(mask, x, -x),)
    yield (
        "where-arctanh",
        lambda a: np.arctanh(a, where=mask, out=None)[mask],
        (np.where(mask, x / 3, 1),),
    )
    yield "where-broadcast", lambda a: np.multiply(a, a, where=mask, out=None)[mask], (normal(3),)
    yield (
        "where-two",
        lambda a, b: np.divide(a, b, where=mask, out=None)[mask],
        (x, np.where(mask, x, 0)),
    )
    yield "where-true", lambda a: np.add(1, a, where=True), (x,)
    yield "casting", lambda a: np.add(a, 1, casting="safe", order="F", subok=False), (x,)
    yield "signature", lambda a: np.add(a, 1, signature=(None, None, np.float64)), (x,)
    for name in ("subtract", "divide", "logaddexp", "hypot", "fmax", "fmin", "arctan2", "power"):
        ufunc = getattr(np, name)
        rows = distinct(3, 4) + 1
        yield f"{name}.reduce", lambda a, u=ufunc: u.reduce(a, keepdims=True), (rows,)
        yield f"{name}.accumulate", lambda a, u=ufunc: u.accumulate(a, axis=0), (rows,)
        yield f"{name}.outer", lambda a, b, u=ufunc: u.outer(a, b), (positive(2), positive(3, 1))
        yield f"{name}.reduceat", lambda a, u=ufunc: u.reduceat(a, [0, 2, 1], axis=0), (rows,)
    rows = distinct(3, 4) + 1
    yield "add.reduce", np.add.reduce, (rows,)
    yield "multiply.accumulate", np.multiply.accumulate, (rows,)
    yield "add.reduceat", lambda a: np.add.reduceat(a, [1, 3, 3, 0], axis=1), (rows,)
    yield "add.outer", np.add.outer, (normal(2), normal(2, 2))
    yield "hypot.reduce-axes", lambda a: np.hypot.reduce(a, axis=(0, 1)), (rows,)
    yield "logaddexp.reduce-initial", lambda a: np.logaddexp.reduce(a, axis=1, initial=0.5), (rows,)
    yield (
        "subtract.reduce-where",
        lambda a: np.subtract.reduce(a, axis=1, where=rows > 2, initial=1.0),
        (rows,),
    )
    yield "logaddexp.reduce-empty", lambda a: np.logaddexp.reduce(a, axis=0), (np.ones((0, 2)),)


def float_cases():
    for shape in [(), (3,), (0, 2)]:
        yield f"divmod{shape}", np.divmod, (normal(*shape), positive(*shape))
        yield f"modf{shape}", np.modf, (normal(*shape),)
        yield f"frexp{shape}", lambda a: np.frexp(a)[0] * a, (normal(*shape),)
        yield f"nextafter{shape}", np.nextafter, (normal(*shape), positive(*shape))
        yield f"spacing{shape}", lambda a: np.spacing(a) + a * a, (unit(*shape),)
        yield f"i0{shape}", np.i0, (normal(*shape),)
    yield "ldexp", lambda a: np.ldexp(a, [[1], [-3]]), (normal(3),)
    yield "divmod-operator", lambda a: divmod(a, 0.7)[1] + divmod(7.0, a)[1], (positive(4),)
    yield "i0-wide", np.i0, (np.array([-30.0, -9.0, 0.0, 1e-9, 8.0, 70.0]),)


def vector_cases():
    yield "vecdot", np.vecdot, (normal(2, 3), normal(4, 1, 3))
    yield "vecdot-axis", lambda a, b: np.vecdot(a, b, axis=0), (normal(2, 3), normal(2, 3))
    yield "vecdot-keepdims", lambda a, b: np.vecdot(a, b, keepdims=True), (normal(3), normal(3))
    yield "vecdot-empty", np.vecdot, (normal(2, 0), normal(0))
    yield "linalg.vecdot", lambda a, b: np.linalg.vecdot(a, b, axis=0), (normal(2, 3), normal(2, 1))
    yield "matmul-axes", lambda a, b: np.matmul(a, b, axes=[(0, 1), (1, 0), (2, 0)]), (
        normal(2, 3, 4), normal(4, 3))  # fmt: skip
    if hasattr(np, "matvec"):
        yield "matvec", np.matvec, (normal(2, 3), normal(4, 1, 3))
        yield "vecmat", np.vecmat, (normal(4, 1, 2), normal(5, 2, 3))
        yield "vecmat-axes", lambda a, b: np.vecmat(a, b, axes=[0, (2, 1), 0]), (
            normal(4, 2), RANDOM.normal(size=(2, 3, 4)))  # fmt: skip
