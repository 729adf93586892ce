"""Linear algebra."""

import numpy as np

from oracle.opinfo.spelling.table import axes, given, same, spelled

same(
    """
    outer ger=outer dot inner vdot mm=matmul mv=matmul bmm=matmul matmul kron
    linalg.det linalg.inv linalg.slogdet linalg.matrix_power linalg.svdvals
    """
)
spelled("__rmatmul__")(lambda x, y: y @ x)
spelled("addmm", "addmm.decomposed", "baddbmm", "addmv")(
    lambda x, a, b, beta=1, alpha=1: beta * x + alpha * (a @ b)
)
spelled("addr")(lambda x, a, b, beta=1, alpha=1: beta * x + alpha * np.outer(a, b))
spelled("addbmm")(lambda x, a, b, beta=1, alpha=1: beta * x + alpha * np.sum(a @ b, axis=0))
spelled("linalg.multi_dot")(lambda arrays: np.linalg.multi_dot(list(arrays)))
spelled("dist")(lambda x, y, p=2: np.linalg.norm(np.ravel(x - y), p))


@spelled("einsum")
def einsum(arrays, equation):
    return np.einsum(equation, *arrays)


@spelled("tensordot")
def tensordot(a, b, dims=2):
    return np.tensordot(a, b, dims)


@spelled("cross")
def cross(a, b, dim=None):
    """Without `dim` along the first axis of length 3."""
    if dim is None:
        dim = np.broadcast_shapes(a.shape, b.shape).index(3)
    return np.cross(a, b, axis=dim)


spelled("linalg.cross")(lambda a, b, dim=-1: np.linalg.cross(a, b, axis=dim))
spelled("linalg.vecdot")(lambda a, b, dim=-1: np.linalg.vecdot(a, b, axis=dim))
spelled("linalg.inv_ex")(lambda x, check_errors=False: np.linalg.inv(x))


@spelled("linalg.solve", "linalg.solve_ex")
def solve(a, b, left=True, check_errors=False):
    if not left:
        return np.swapaxes(solve(a.mT, b.mT), -1, -2)
    vectors = b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1])
    return np.linalg.solve(a, b[..., None])[..., 0] if vectors else np.linalg.solve(a, b)


@spelled("linalg.pinv", "pinverse", "linalg.pinv.hermitian")
def pinv(x, rcond=None, hermitian=False, rtol=None):
    tolerance = rtol if rcond is None else rcond
    return np.linalg.pinv(
        x,
        **({} if tolerance is None else {"rcond": tolerance}),
        **({"hermitian": True} if hermitian else {}),
    )


spelled("cholesky", "linalg.cholesky")(lambda x, upper=False: np.linalg.cholesky(x, upper=upper))
spelled("linalg.cholesky_ex")(
    lambda x, upper=False, check_errors=False: np.linalg.cholesky(x, upper=upper)
)
spelled("linalg.cond")(lambda x, p=None: np.linalg.cond(x, p))
spelled("linalg.eigh")(lambda x, UPLO="L": np.linalg.eigh(x, UPLO))
spelled("linalg.eigvalsh")(lambda x, UPLO="L": np.linalg.eigvalsh(x, UPLO))
spelled("linalg.tensorinv")(lambda x, ind=2: np.linalg.tensorinv(x, ind))
spelled("linalg.tensorsolve")(lambda a, b, dims=None: np.linalg.tensorsolve(a, b, dims))
spelled("linalg.qr", "qr")(lambda x, mode="reduced": np.linalg.qr(x, mode))
spelled("linalg.svd")(lambda x, full_matrices=True: np.linalg.svd(x, full_matrices=full_matrices))


@spelled("linalg.vander")
def vander(x, N=None):
    x = np.atleast_1d(x)
    return x[..., None] ** np.arange(x.shape[-1] if N is None else N)


@spelled("linalg.vector_norm")
def vector_norm(x, ord=2, dim=None, keepdim=False, dtype=None):
    return np.linalg.vector_norm(x, axis=axes(x, dim), keepdims=keepdim, ord=ord)


@spelled("linalg.matrix_norm")
def matrix_norm(x, ord="fro", dim=(-2, -1), keepdim=False, dtype=None):
    x = np.moveaxis(x, tuple(dim), (-2, -1))
    found = np.linalg.matrix_norm(x, ord=ord, keepdims=keepdim)
    return np.moveaxis(found, (-2, -1), tuple(dim)) if keepdim else found


@spelled("linalg.norm", "linalg.norm.subgradients_at_zero")
def norm(x, ord=None, dim=None, keepdim=False, dtype=None):
    return np.linalg.norm(x, ord, axes(x, dim), keepdim)


@spelled("linalg.matrix_rank", "linalg.matrix_rank.hermitian")
def matrix_rank(x, atol=None, rtol=None, hermitian=False, tol=None):
    return np.linalg.matrix_rank(x, atol if tol is None else tol, hermitian, **given(rtol=rtol))


@spelled("norm", "norm.fro", "norm.inf", "norm.nuc")
def old_norm(x, p="fro", dim=None, keepdim=False, dtype=None):
    """As a vector, except for ``p="nuc"``."""
    if p == "nuc":
        return norm(x, p, (-2, -1) if dim is None else dim, keepdim)
    return vector_norm(x, 2 if p in ("fro", None) else p, dim, keepdim)


@spelled("linalg.lstsq", "linalg.lstsq.grad_oriented")
def lstsq(a, b, driver=None):
    solution, residuals, *_ = np.linalg.lstsq(a, b)
    return solution if driver == "gelsy" else (solution, residuals)


spelled("linalg.pinv.singular")(lambda a, b: np.linalg.pinv(a @ b.mT))
