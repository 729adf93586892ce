"""Every operation of the table at ordinary and awkward points: the cases of test_rules.

A case is (name, function, inputs). The function takes Tensors (or arrays, for the comparison of
values with NumPy); inputs are float64 arrays at which it is twice differentiable.
"""

from __future__ import annotations

import numpy as np

RANDOM = np.random.default_rng(7)


def normal(*shape):
    """Values away from 0, in both signs."""
    x = RANDOM.normal(size=shape)
    return x + np.where(x < 0, -0.2, 0.2)


def positive(*shape):
    return RANDOM.uniform(0.3, 2.0, size=shape)


def unit(*shape):
    """Values inside (-1, 1)."""
    return RANDOM.uniform(-0.9, 0.9, size=shape)


def distinct(*shape):
    """Values that differ by at least 0.1, in random order: no ties."""
    n = int(np.prod(shape))
    return (RANDOM.permutation(n) * 0.3 - 0.5 + RANDOM.uniform(0, 0.1, n)).reshape(shape)


def square(n, *stack):
    """Well-conditioned matrices."""
    return RANDOM.normal(size=(*stack, n, n)) + 3 * np.eye(n)


def positive_definite(n, *stack):
    a = RANDOM.normal(size=(*stack, n, n))
    return a @ np.swapaxes(a, -2, -1) + 2 * np.eye(n)


UNARY = {
    "negative": normal, "positive": normal, "square": normal, "sqrt": positive, "cbrt": normal,
    "reciprocal": normal, "absolute": normal, "fabs": normal, "exp": normal, "exp2": normal,
    "expm1": normal, "log": positive, "log2": positive, "log10": positive, "log1p": positive,
    "sin": normal, "cos": normal, "tan": unit, "arcsin": unit, "arccos": unit, "arctan": normal,
    "sinh": normal, "cosh": normal, "tanh": normal, "arcsinh": normal,
    "arccosh": lambda *s: 1 + positive(*s), "arctanh": unit, "deg2rad": normal,
    "radians": normal, "rad2deg": normal, "degrees": normal, "sinc": normal, "sign": normal,
    "floor": normal, "ceil": normal, "trunc": normal, "rint": normal, "fix": normal,
    "round": normal, "around": normal, "nan_to_num": normal, "copy": normal, "real": normal,
    "conjugate": normal,
}  # fmt: skip

BINARY = {
    "add": (normal, normal), "subtract": (normal, normal), "multiply": (normal, normal),
    "divide": (normal, normal), "power": (positive, normal), "float_power": (positive, normal),
    "logaddexp": (normal, normal), "logaddexp2": (normal, normal), "arctan2": (normal, normal),
    "hypot": (normal, normal), "maximum": (distinct, normal), "minimum": (distinct, normal),
    "fmax": (distinct, normal), "fmin": (distinct, normal), "remainder": (normal, positive),
    "fmod": (normal, positive), "floor_divide": (normal, positive), "heaviside": (normal, normal),
    "copysign": (normal, normal),
}  # fmt: skip

SHAPES = [(), (3,), (2, 3), (0, 3), (1,)]
BROADCASTS = [((3, 1), (1, 4)), ((), (2, 3)), ((4,), (2, 1)), ((2, 3), (3,)), ((0, 2), (2,))]


def unary_cases():
    for name, points in UNARY.items():
        function = getattr(np, name)
        for shape in SHAPES:
            yield f"{name}{shape}", function, (points(*shape),)
        yield f"{name}-strided", function, (points(3, 4)[::2, ::-1].T,)


def binary_cases():
    for name, (left, right) in BINARY.items():
        function = getattr(np, name)
        for shape in SHAPES:
            yield f"{name}{shape}", function, (left(*shape), right(*shape))
        for a, b in BROADCASTS:
            yield f"{name}{a}{b}", function, (left(*a), right(*b))


def arithmetic_cases():
    x = normal(2, 3)
    yield "scalar-operands", lambda a: 2 * (1 - a) / 3 + 1 / a - 2.0**a, (x,)
    yield "power-integers", lambda a: a**3 + a**2 + a**1 + a**0 + a**-2, (x,)
    yield "power-half", lambda a: a**0.5, (positive(4),)
    yield "negative-base", lambda a: np.power(a, 3.0), (-positive(4),)
    yield "modulo-operators", lambda a, b: a % b + (a // b), (normal(5), positive(5))
    yield "same-twice", lambda a: a * a + a, (x,)
    yield "clip", lambda a: np.clip(a, -0.5, 0.7), (x,)
    yield "clip-low", lambda a: np.clip(a, -0.5, None), (x,)
    yield "clip-high", lambda a: np.clip(a, a_min=None, a_max=0.4), (x,)
    yield "clip-array-bounds", np.clip, (normal(2, 3), -positive(3), positive(2, 1))
    yield "clip-crossed-bounds", np.clip, (normal(5), positive(5) + 3, positive(5))
    yield "where", lambda a, b: np.where(np.array([True, False, True]), a, b), (x, normal(3))
    yield "where-compare", lambda a, b: np.where(a > 0, a * b, b), (x, normal(3))
    yield "round-decimals", lambda a: np.round(a, 1) * a, (np.array([0.123, 0.777]),)
    yield "nan_to_num-values", lambda a: np.nan_to_num(a, nan=1.0, posinf=2.0), (x,)
    yield "astype", lambda a: a.astype(np.float64) * 2, (x,)


AXES = [None, 0, 1, -1, (0, 2), (0, 1, 2), ()]


def reduction_cases():
    mask = RANDOM.uniform(size=(2, 3, 4)) > 0.3
    mask[0] = True
    for name in ("sum", "mean", "prod", "max", "amax", "min", "amin", "var", "std", "ptp",
                 "nansum", "nanmean"):  # fmt: skip
        function = getattr(np, name)
        for axis in AXES:
            if name == "std" and axis == ():
                continue  # all zero: the kink
            for keepdims in (False, True):
                yield (
                    f"{name}-axis={axis}-keepdims={keepdims}",
                    lambda a, f=function, axis=axis, k=keepdims: f(a, axis=axis, keepdims=k),
                    (distinct(2, 3, 4),),
                )
    for name in ("sum", "mean", "var", "std", "prod", "nansum", "nanmean"):
        function = getattr(np, name)
        for axis in (None, 0, (0, 1)):
            yield (
                f"{name}-where-axis={axis}",
                lambda a, f=function, axis=axis: f(a, axis=axis, where=mask),
                (distinct(2, 3, 4),),
            )
    for name in ("max", "min"):
        function, edge = getattr(np, name), {"max": -9.0, "min": 9.0}[name]
        for axis in (None, 0, (0, 1)):
            yield (
                f"{name}-where-axis={axis}",
                lambda a, f=function, axis=axis, e=edge: f(a, axis=axis, where=mask, initial=e),
                (distinct(2, 3, 4),),
            )
    x = distinct(3, 4)
    yield "sum-initial", lambda a: np.sum(a, axis=0, initial=2.0), (x,)
    yield "prod-initial", lambda a: np.prod(a, axis=0, initial=2.0), (x,)
    yield "max-initial", lambda a: np.max(a, axis=0, initial=0.55), (x,)
    yield "var-ddof", lambda a: np.var(a, axis=1, ddof=1), (x,)
    yield "std-ddof", lambda a: np.std(a, axis=1, ddof=1), (x,)
    yield "sum-positional-axis", lambda a: np.sum(a, 0), (x,)
    yield "sum-empty", lambda a: np.sum(a, axis=0), (np.ones((0, 3)),)
    yield "prod-empty", lambda a: np.prod(a, axis=0), (np.ones((0, 3)),)
    yield "sum-0d", np.sum, (np.array(2.0),)
    yield "mean-0d", np.mean, (np.array(2.0),)
    yield "prod-one-zero", np.prod, (np.array([1.0, 0.0, 3.0, 2.0, -1.0]),)
    yield "prod-two-zeros", np.prod, (np.array([1.0, 0.0, 3.0, 0.0]),)
    yield "cumsum", lambda a: np.cumsum(a, axis=1), (x,)
    yield "cumsum-flat", np.cumsum, (x,)
    yield "cumsum-negative", lambda a: np.cumsum(a, axis=-2), (x,)
    yield "cumprod", lambda a: np.cumprod(a, axis=1), (x,)
    yield "cumprod-flat", np.cumprod, (x,)
    yield "cumprod-first-axis", lambda a: np.cumprod(a, axis=0), (x,)
    yield "cumprod-zeros", np.cumprod, (np.array([2.0, 0.0, 3.0, 0.0, 1.5]),)
    yield "add.reduce", np.add.reduce, (x,)
    yield "multiply.accumulate", np.multiply.accumulate, (x,)
    yield "add.outer", np.add.outer, (normal(2), normal(2, 2))
    yield "diff", np.diff, (x,)
    yield "diff-2", lambda a: np.diff(a, n=2, axis=0), (x,)
    yield "diff-ends", lambda a: np.diff(a, axis=0, prepend=0.0, append=1.0), (x,)
    yield "average", lambda a: np.average(a, axis=0), (x,)
    yield "average-weights", lambda a, w: np.average(a, axis=1, weights=w), (x, positive(4))
    yield "average-full-weights", lambda a, w: np.average(a, weights=w), (x, positive(3, 4))
    yield "median-odd", lambda a: np.median(a, axis=0), (x,)
    yield "median-even", lambda a: np.median(a, axis=1, keepdims=True), (x,)
    yield "median-all", np.median, (x,)
    yield "quantile", lambda a: np.quantile(a, 0.3, axis=1), (x,)
    yield "quantile-several", lambda a: np.quantile(a, [0.0, 0.25, 0.9, 1.0], axis=0), (x,)
    yield (
        "quantile-keepdims",
        lambda a: np.quantile(a, [0.1, 0.6], axis=(0, 1), keepdims=True),
        (x,),
    )
    yield "percentile", lambda a: np.percentile(a, 30, axis=0), (x,)


def linalg_cases():
    shapes = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)),
              ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((3,), (5, 3, 4)), ((5, 2, 3), (3,)),
              ((5, 1, 2, 3), (4, 3, 2)), ((0, 3), (3, 2))]  # fmt: skip
    for a, b in shapes:
        yield f"matmul{a}{b}", np.matmul, (normal(*a), normal(*b))
        if 4 not in (len(a), len(b)):
            yield f"dot{a}{b}", np.dot, (normal(*a), normal(*b))
    yield "dot-scalar", np.dot, (normal(), normal(3))
    yield "vdot", np.vdot, (normal(2, 3), normal(2, 3))
    yield "inner", np.inner, (normal(2, 3), normal(4, 3))
    yield "inner-vectors", np.inner, (normal(3), normal(3))
    yield "inner-scalar", np.inner, (normal(), normal(3))
    yield "outer", np.outer, (normal(2), normal(2, 2))
    yield "tensordot", np.tensordot, (normal(2, 3, 4), normal(3, 4, 2))
    yield "tensordot-axes", lambda a, b: np.tensordot(a, b, axes=([0, 2], [1, 0])), (
        normal(2, 3, 4), normal(4, 2, 3))  # fmt: skip
    yield "tensordot-0", lambda a, b: np.tensordot(a, b, axes=0), (normal(2), normal(3))
    yield "trace", lambda a: np.trace(a, offset=1), (normal(3, 4),)
    yield "trace-axes", lambda a: np.trace(a, axis1=0, axis2=2), (normal(3, 2, 3),)
    yield "kron", np.kron, (normal(2, 3), normal(3, 2))
    yield "kron-mixed", np.kron, (normal(2), normal(3, 2))
    yield "cross", np.cross, (normal(2, 3), normal(3))
    yield "cross-axis", lambda a, b: np.cross(a, b, axis=0), (normal(3, 2), normal(3, 2))
    for subscripts, *shapes in [
        ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ii->i", (3, 3)),
        ("ii", (3, 3)), ("iij->j", (3, 3, 2)), ("ij->", (2, 3)), ("ij->ji", (2, 3)),
        ("i,i->", (3,), (3,)), ("i,j->ij", (3,), (2,)), ("ii,ij->j", (3, 3), (3, 2)),
        ("iii->i", (2, 2, 2)), ("...ij,...jk->...ik", (5, 2, 3), (5, 3, 2)),
        ("...i,i", (4, 3), (3,)), ("i...->...", (3, 2, 2)), ("...,...->...", (3, 1), (2, 1, 4)),
        ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)), ("ij,j->i", (2, 1), (3,)),
        ("b i j, b j k -> b i k", (2, 2, 3), (2, 3, 2)), (",i->i", (), (3,)),
        ("i,ij", (0,), (0, 2)),
    ]:  # fmt: skip
        yield f"einsum-{subscripts}", lambda *x, s=subscripts: np.einsum(s, *x), tuple(
            normal(*shape) for shape in shapes)  # fmt: skip
    stacks = [(), (2,)]
    for stack in stacks:
        a = square(3, *stack)
        yield f"inv{stack}", np.linalg.inv, (a,)
        yield f"solve{stack}", np.linalg.solve, (a, normal(*stack, 3, 2))
        yield f"det{stack}", np.linalg.det, (a,)
        yield f"slogdet{stack}", lambda x: np.linalg.slogdet(x)[1], (a,)
        yield f"cholesky{stack}", lambda x: np.linalg.cholesky(x + np.swapaxes(x, -2, -1)), (
            positive_definite(3, *stack),)  # fmt: skip
        yield f"eigh-values{stack}", lambda x: np.linalg.eigh(x + np.swapaxes(x, -2, -1))[0], (a,)
        yield f"eigh-both{stack}", _eigh_invariant, (a,)
        yield f"eigvalsh{stack}", lambda x: np.linalg.eigvalsh(x + np.swapaxes(x, -2, -1)), (a,)
        for shape in ((3, 3), (4, 2), (2, 4)):
            m = normal(*stack, *shape)
            yield (
                f"svd-values{stack}{shape}",
                lambda x: np.linalg.svd(x, full_matrices=False)[1],
                (m,),
            )
            yield f"svd-all{stack}{shape}", _svd_invariant, (m,)
            yield f"pinv{stack}{shape}", np.linalg.pinv, (m,)
        yield f"svdvals{stack}", np.linalg.svdvals, (normal(*stack, 3, 2),)
        yield f"qr{stack}", lambda x: np.linalg.qr(x)[0] * np.linalg.qr(x)[1][..., :1, :], (
            normal(*stack, 4, 3),)  # fmt: skip
        yield f"qr-r{stack}", lambda x: np.linalg.qr(x).R, (normal(*stack, 3, 3),)
    yield "solve-vector", np.linalg.solve, (square(3), normal(3))
    for n in (0, 1, 2, 3, 5, -1, -2):
        yield f"matrix_power-{n}", lambda x, n=n: np.linalg.matrix_power(x, n), (square(3),)
    yield "multi_dot", lambda *x: np.linalg.multi_dot(x), (normal(2, 3), normal(3, 4), normal(4, 2))
    yield "multi_dot-vectors", lambda *x: np.linalg.multi_dot(x), (
        normal(3), normal(3, 4), normal(4))  # fmt: skip
    x = normal(2, 3, 4)
    for order in (None, 2, 1, 3, 0.5, np.inf, -np.inf, 0):
        yield f"norm-vector-{order}", lambda a, o=order: np.linalg.norm(a, o, axis=1), (x,)
    for order in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        yield f"norm-matrix-{order}", lambda a, o=order: np.linalg.norm(
            a, ord=o, axis=(0, 2), keepdims=True), (x,)  # fmt: skip
    yield "norm-all", np.linalg.norm, (x,)
    yield "norm-vector-order", lambda a: np.linalg.norm(a, 3), (normal(4),)
    yield "vector_norm", lambda a: np.linalg.vector_norm(a, axis=1), (x,)
    yield "vector_norm-all", lambda a: np.linalg.vector_norm(a, ord=3), (x,)
    yield "matrix_norm", np.linalg.matrix_norm, (x,)


def _eigh_invariant(x):
    """A function of values and vectors that does not depend on the vectors' signs."""
    values, vectors = np.linalg.eigh(x + np.swapaxes(x, -2, -1))
    return vectors * vectors * values[..., None, :] ** 2


def _svd_invariant(x):
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    return np.sum(u * u * s[..., None, :], axis=-1), np.sum(vt * vt * s[..., :, None], axis=-2)


def shape_cases():
    x = normal(2, 3, 4)
    each = {
        "reshape": lambda a: np.reshape(a, (4, 6)),
        "reshape-minus-one": lambda a: np.reshape(a, (-1, 2)),
        "reshape-fortran": lambda a: np.reshape(a, (4, 6), order="F"),
        "reshape-method": lambda a: a.reshape(6, 4) * a.reshape((6, 4)),
        "ravel": np.ravel,
        "ravel-fortran": lambda a: np.ravel(a, order="F"),
        "transpose": np.transpose,
        "transpose-axes": lambda a: np.transpose(a, (1, 2, 0)),
        "transpose-negative": lambda a: np.transpose(a, (-1, 0, 1)),
        "T": lambda a: a.T,
        "mT": lambda a: a.mT,
        "swapaxes": lambda a: np.swapaxes(a, 0, 2),
        "moveaxis": lambda a: np.moveaxis(a, [0, 1], [-1, 0]),
        "rollaxis": lambda a: np.rollaxis(a, 2),
        "expand_dims": lambda a: np.expand_dims(a, (0, 2)),
        "squeeze": lambda a: np.squeeze(a[:, :1]),
        "squeeze-axis": lambda a: np.squeeze(a[:, :1], axis=1),
        "matrix_transpose": np.matrix_transpose,
        "linalg.matrix_transpose": np.linalg.matrix_transpose,
        "broadcast_to": lambda a: np.broadcast_to(a[:, :1], (5, 2, 3, 4)),
        "broadcast_arrays": lambda a: np.broadcast_arrays(a, a[0, :, :1])[1],
        "atleast": lambda a: np.atleast_1d(a[0, 0, 0]) * np.atleast_2d(a[0, 0])
        + np.atleast_3d(a[0]),
        "concatenate": lambda a: np.concatenate([a, a[:, :1] * 2], axis=1),
        "concatenate-flat": lambda a: np.concatenate((a, a[0]), axis=None),
        "concatenate-array": lambda a: np.concatenate([a, np.ones((2, 3, 1))], axis=-1),
        "stack": lambda a: np.stack([a, a * a], axis=-1),
        "vstack": lambda a: np.vstack([a[0], a[1, 0]]),
        "hstack": lambda a: np.hstack([a[0], a[1]]),
        "hstack-1d": lambda a: np.hstack([a[0, 0], a[1, 1]]),
        "dstack": lambda a: np.dstack([a[0], a[1]]),
        "column_stack": lambda a: np.column_stack([a[0, 0], a[0].T]),
        "append": lambda a: np.append(a[0], a[1], axis=0),
        "split": lambda a: tuple(np.split(a, 3, axis=1)),
        "array_split": lambda a: tuple(np.array_split(a, 3, axis=2)),
        "array_split-indices": lambda a: tuple(np.array_split(a, [1, 1, 3], axis=2)),
        "hsplit": lambda a: tuple(np.hsplit(a, 3)),
        "vsplit": lambda a: tuple(np.vsplit(a, 2)),
        "dsplit": lambda a: tuple(np.dsplit(a, 2)),
        "tile": lambda a: np.tile(a, (2, 1, 3)),
        "tile-longer": lambda a: np.tile(a[0], (2, 2, 1)),
        "tile-int": lambda a: np.tile(a, 2),
        "repeat": lambda a: np.repeat(a, 2, axis=1),
        "repeat-each": lambda a: np.repeat(a, [0, 2, 1], axis=1),
        "repeat-flat": lambda a: np.repeat(a, 2),
        "roll": lambda a: np.roll(a, 2, axis=1),
        "roll-flat": lambda a: np.roll(a, -3),
        "roll-axes": lambda a: np.roll(a, (1, -1), axis=(0, 2)),
        "flip": np.flip,
        "flip-axis": lambda a: np.flip(a, (0, 2)),
        "flipud": np.flipud,
        "fliplr": np.fliplr,
        "rot90": np.rot90,
        "rot90-axes": lambda a: np.rot90(a, 3, axes=(0, 2)),
        "pad": lambda a: np.pad(a, 1),
        "pad-value": lambda a: np.pad(a, ((1, 0), (0, 2), (1, 1)), constant_values=2.0),
        "pad-edge": lambda a: np.pad(a, 1, mode="edge"),
        "pad-reflect": lambda a: np.pad(a, ((1, 1), (2, 0), (0, 3)), mode="reflect"),
        "pad-symmetric": lambda a: np.pad(a, ((0, 1), (2, 1), (0, 0)), mode="symmetric"),
        "pad-wrap": lambda a: np.pad(a, ((0, 1), (2, 1), (0, 0)), mode="wrap"),
        "take": lambda a: np.take(a, [[0, 2], [1, 1]], axis=1),
        "take-flat": lambda a: np.take(a, [5, 0, 5]),
        "take_along_axis": lambda a: np.take_along_axis(
            a, np.array([[[0], [2], [2]], [[1], [1], [3]]]), axis=2),
        "compress": lambda a: np.compress([True, False, True], a, axis=1),
        "extract": lambda a: np.extract(np.arange(24).reshape(2, 3, 4) % 3 == 0, a),
        "diag": lambda a: np.diag(a[0, 0], 1),
        "diag-of-matrix": lambda a: np.diag(a[0], -1),
        "diagflat": lambda a: np.diagflat(a[0], 2),
        "diagonal": lambda a: np.diagonal(a, 1, 0, 2),
        "linalg.diagonal": lambda a: np.linalg.diagonal(a, offset=1),
        "linalg.trace": np.linalg.trace,
        "tril": np.tril,
        "triu": lambda a: np.triu(a, 1),
        "meshgrid": lambda a: np.meshgrid(a[0, 0], a[0, :, 0]),
        "meshgrid-ij": lambda a: np.meshgrid(a[0, 0], a[0, :, 0], a[:, 0, 0], indexing="ij"),
        "meshgrid-sparse": lambda a: np.meshgrid(a[0, 0], a[0, :, 0], sparse=True),
        "basic-index": lambda a: a[1, ::2, None, -1],
        "ellipsis-index": lambda a: a[..., 1],
        "slice-negative": lambda a: a[:, ::-1, 1:3],
        "boolean-index": lambda a: a[np.arange(24).reshape(2, 3, 4) % 2 == 0],
        "boolean-axis": lambda a: a[:, np.array([True, False, True])],
        "integer-index": lambda a: a[np.array([0, 1, 1, 0])],
        "integer-pairs": lambda a: a[[0, 1, 1], [2, 0, 0]],
        "mixed-index": lambda a: a[:, [0, 2, 2], 1:],
        "mixed-apart": lambda a: a[[0, 1], :, [1, 1]],
        "mixed-boolean-integer": lambda a: a[np.array([True, True]), [0, 1]],
        "index-0d-array": lambda a: a[np.array(1)],
        "tensor-mask": lambda a: a[np.arange(24).reshape(2, 3, 4) > 3] if isinstance(a, np.ndarray)
        else a[a.data * 0 + np.arange(24).reshape(2, 3, 4) > 3],
        "iterate": lambda a: sum(row * i for i, row in enumerate(a)),
        "sort": lambda a: np.sort(a, axis=1) * np.arange(4.0),
        "sort-last": np.sort,
        "sort-flat": lambda a: np.sort(a, axis=None) ** 2,
    }  # fmt: skip
    for name, function in each.items():
        yield name, function, (x,)
    yield "atleast-scalar", lambda a: np.atleast_3d(a) + np.atleast_2d(a), (normal(),)
    yield "stack-two", lambda a, b: np.stack((a, b)), (normal(2, 3), normal(2, 3))


def own_cases():
    import autograd_lite as ag

    x = normal(2, 3)
    yield "logsumexp", lambda a: ag.logsumexp(a, axis=1), (x,)
    yield "logsumexp-keepdims", lambda a: ag.logsumexp(a, axis=0, keepdims=True), (x,)
    yield "logsumexp-all", ag.logsumexp, (x,)
    yield "put", lambda a: ag.put(a, np.array([[0, 1, 0], [3, 3, 0]]), (5,)), (x,)
    yield "put-slice", lambda a: ag.put(a, (slice(1, 3), slice(None)), (4, 3)), (x,)
    yield "put-mask", lambda a: ag.put(a, np.array([True, False, True]), (3, 3)), (x,)
    yield "checkpoint", ag.checkpoint(lambda a: np.tanh(a) * a), (x,)


GROUPS = {
    "unary": unary_cases,
    "binary": binary_cases,
    "arithmetic": arithmetic_cases,
    "reductions": reduction_cases,
    "linalg": linalg_cases,
    "shapes": shape_cases,
    "own": own_cases,
}
CASES = [(group, *case) for group, cases in GROUPS.items() for case in cases()]
