"""Cases of products and of linear algebra."""

from __future__ import annotations

import numpy as np

from tests.autograd_lite.rule_cases.points import normal, positive_definite, square


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
    tall, wide = normal(4, 3), normal(3, 4)
    for a, b in ((tall, normal(4)), (tall, normal(4, 2)), (wide, normal(3))):
        yield f"lstsq{a.shape}{b.shape}", lambda a, b: np.linalg.lstsq(a, b)[::3], (a, b)
    yield "lstsq-residuals", lambda a, b: np.linalg.lstsq(a, b)[1], (tall, normal(4, 2))
    yield "lstsq-dropping", lambda a, b: np.linalg.lstsq(a, b, 0.5)[0], (tall, normal(4, 2))
    for name, a in {"tall": tall, "wide": wide, "square": square(3)}.items():
        yield f"pinv-dropping-{name}", lambda x: np.linalg.pinv(x, 0.5), (a,)
    yield "pinv-hermitian", lambda x: np.linalg.pinv(x + x.T, hermitian=True), (square(3),)
    for order in (None, -2, 1, "fro", np.inf):
        yield f"cond-{order}", lambda x, o=order: np.linalg.cond(x, o), (square(3, 2),)
    # Real parts: since NumPy 2.5 its own results are complex whatever the matrix.
    yield "eig", lambda a: [np.real(part) for part in np.linalg.eig(a)], (
        np.triu(normal(3, 3), 1) + np.diag([1.0, 2.5, -2.0]),)  # fmt: skip
    yield "eigvals-stack", lambda a: np.real(np.linalg.eigvals(a)), (
        np.tril(normal(2, 3, 3), -1) + np.diag([1.0, 3.0, -2.0]),)  # fmt: skip
    yield "eigh-upper", lambda x: np.linalg.eigh(x + x.T, "U")[0], (square(3),)
    yield "cholesky-upper", lambda x: np.linalg.cholesky(x + x.T, upper=True), (
        positive_definite(3),)  # fmt: skip
    yield "svd-hermitian", lambda x: np.linalg.svd(x + x.T, True, False, True), (normal(3, 3),)
    yield "qr-wide", np.linalg.qr, (normal(2, 4),)
    yield "tensorsolve", np.linalg.tensorsolve, (square(6).reshape(2, 3, 6), normal(2, 3))
    yield "tensorinv", np.linalg.tensorinv, (square(6).reshape(2, 3, 6),)
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
