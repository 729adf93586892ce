"""Products and linear algebra. Decompositions come in combinations that do not depend on the signs
and the order of their vectors, which differ between libraries.
"""

import numpy as np

from oracle.operations.operation import ANY, NONZERO, operation


def _dims(random, count):
    return [int(n) for n in random.integers(1, 4, count)]


# -- products --------------------------------------------------------------------------------------


def _product_shapes(random):
    m, k, n = _dims(random, 3)
    stack = tuple(_dims(random, int(random.integers(0, 2))))
    left = [(k,), (m, k), (*stack, m, k)][random.integers(3)]
    right = [(k,), (k, n), (*stack, k, n)][random.integers(3)]
    return [left, right]


def _fits(function):
    """Parameters of operations that have none: there are some if NumPy accepts the shapes."""

    def draw(random, *shapes):
        try:
            function(*map(np.ones, shapes))
        except ValueError:
            return None
        return {}

    return draw


for _name, _function, _torch in [
    ("matmul", np.matmul, lambda t, a, b: t.matmul(a, b)),
    (
        "dot",
        np.dot,
        lambda t, a, b: (
            a * b
            if 0 in (a.ndim, b.ndim)
            else t.matmul(a, b)
            if b.ndim < 3
            else t.tensordot(a, b, ([-1], [-2]))
        ),
    ),
]:
    operation(
        _name,
        _function,
        lambda xp, a, b, name=_name: getattr(xp, name)(a, b),
        _torch,
        needs=(ANY, ANY),
        parameters=_fits(_function),
        shapes=_product_shapes,
    )
operation(
    "vdot",
    np.vdot,
    lambda xp, a, b: xp.vdot(a, b),
    lambda t, a, b: t.dot(a.reshape(-1), b.reshape(-1)),
    needs=(ANY, ANY),
    parameters=_fits(np.vdot),
    shapes=lambda random: [(2, 3), (3, 2)],
)
operation(
    "inner",
    np.inner,
    lambda xp, a, b: xp.inner(a, b),
    lambda t, a, b: t.inner(a, b),
    needs=(ANY, ANY),
    parameters=_fits(np.inner),
    shapes=lambda random: [(2, 3), (2, 3)],
)
operation(
    "outer",
    np.outer,
    lambda xp, a, b: xp.outer(a, b),
    lambda t, a, b: t.outer(a.reshape(-1), b.reshape(-1)),
    needs=(ANY, ANY),
    parameters=lambda random, a, b: {} if np.prod(a) * np.prod(b) <= 36 else None,
)
operation(
    "linalg_outer",
    np.linalg.outer,
    lambda xp, a, b: xp.linalg.outer(a, b),
    lambda t, a, b: t.outer(a, b),
    needs=(ANY, ANY),
    parameters=lambda random, a, b: {} if len(a) == len(b) == 1 else None,
    shapes=lambda random: [(2,), (3,)],
)


def _contractions(random, a, b):
    pairs = [(i, j) for i in range(len(a)) for j in range(len(b)) if a[i] == b[j]]
    if not pairs or len(a) + len(b) > 5:
        return None
    i, j = pairs[random.integers(len(pairs))]
    return {"i": int(i), "j": int(j)}


for _name, _function in [
    ("tensordot", lambda xp: xp.tensordot),
    ("linalg_tensordot", lambda xp: xp.linalg.tensordot),
]:
    operation(
        _name,
        _function(np),
        lambda xp, a, b, i, j, f=_function: f(xp)(a, b, axes=([i], [j])),
        lambda t, a, b, i, j: t.tensordot(a, b, ([i], [j])),
        needs=(ANY, ANY),
        parameters=_contractions,
        shapes=lambda random: [(2, 3), (3, 2)],
    )
operation(
    "kron",
    np.kron,
    lambda xp, a, b: xp.kron(a, b),
    lambda t, a, b: t.kron(a.contiguous(), b.contiguous()),
    needs=(ANY, ANY),
    parameters=lambda random, a, b: {} if np.prod(a) * np.prod(b) <= 36 else None,
    shapes=lambda random: [(2, 2), (2,)],
)
operation(
    "cross",
    np.cross,
    lambda xp, a, b: xp.cross(a, b),
    lambda t, a, b: t.linalg.cross(*t.broadcast_tensors(a, b)),
    needs=(ANY, ANY),
    parameters=lambda random, a, b: {} if a[-1:] == b[-1:] == (3,) else None,
    shapes=lambda random: [(2, 3), (3,)],
    broadcasts=True,
)
operation(
    "multi_dot",
    np.linalg.multi_dot,
    lambda xp, a, b: xp.linalg.multi_dot([a, b, a]),
    lambda t, a, b: t.linalg.multi_dot([a, b, a]),
    needs=(ANY, ANY),
    parameters=lambda random, a, b: {} if len(a) == 2 and b == a[::-1] else None,
    shapes=lambda random: [(2, 3), (3, 2)],
)

_SUBSCRIPTS = {
    (2, 2): ["ij,jk->ik", "ij,jk", "ij,ij->i", "ij,ij->", "ij,kj->ikj", "ij,jk->"],
    (1, 2): ["i,ij->j", "i,jk->ijk", "i,ij"],
    (1, 1): ["i,j->ij", "i,i->", "i,i->i"],
    (3, 2): ["bij,jk->bik", "bij,ij->b", "...ij,jk->...ik"],
    (3, 3): ["bij,bjk->bik", "...ij,...jk->...ik"],
    (1,): ["i->", "i->i"],
    (2,): ["ij->ji", "ij->", "ij->j", "ii->i", "ii"],
    (3,): ["ijk->kij", "ijk->ik", "...j->...", "iij->j"],
}


def _einsum_parameters(random, *shapes):
    known = _SUBSCRIPTS.get(tuple(map(len, shapes)), [])
    fitting = []
    for subscripts in known:
        try:
            np.einsum(subscripts, *map(np.ones, shapes))
        except ValueError:
            continue
        labels = subscripts.split("->")[0].replace("...", "").split(",")
        lengths = {}  # a label of length 1 broadcasts in NumPy, not in the others
        pairs = [
            (name, n)
            for names, shape in zip(labels, shapes, strict=True)
            for name, n in zip(names[::-1], shape[::-1], strict=False)
        ]
        if all(lengths.setdefault(name, n) == n for name, n in pairs):
            fitting.append(subscripts)
    return {"subscripts": str(random.choice(fitting))} if fitting else None


for _name, _needs, _shapes in [
    ("einsum_1", (ANY,), lambda random: [(2, 2)]),
    ("einsum_2", (ANY, ANY), lambda random: [(2, 3), (3, 2)]),
]:
    operation(
        _name,
        np.einsum,
        lambda xp, *x, subscripts: xp.einsum(subscripts, *x),
        lambda t, *x, subscripts: t.einsum(subscripts, *x),
        needs=_needs,
        parameters=_einsum_parameters,
        shapes=_shapes,
    )

# -- matrices --------------------------------------------------------------------------------------


def _square(random, *shapes):
    a = shapes[0]
    return {} if len(a) > 1 and a[-1] == a[-2] else None


def _square_shape(random):
    n = int(random.integers(1, 4))
    return [(*_dims(random, int(random.integers(0, 2))), n, n)]


def _regular(x):
    """What is inverted: far from singular."""
    return x + 3 * np.eye(x.shape[-1])


def _well_conditioned(a, *others, **parameters):
    return bool((np.linalg.cond(_regular(a)) < 20).all())


def _shifted(x):
    """x + 3 I, in any library: `like` x."""
    return x + np.eye(x.shape[-1], dtype=str(x.dtype).rpartition(".")[2]) * 3


def _t_shifted(t, x):
    return x + 3 * t.eye(x.shape[-1], dtype=x.dtype)


_REGULAR = {"parameters": _square, "shapes": _square_shape, "fits": _well_conditioned}
operation(
    "inv",
    np.linalg.inv,
    lambda xp, a: xp.linalg.inv(_shifted(a)),
    lambda t, a: t.linalg.inv(_t_shifted(t, a)),
    **_REGULAR,
)
operation(
    "det",
    np.linalg.det,
    lambda xp, a: xp.linalg.det(_shifted(a)),
    lambda t, a: t.linalg.det(_t_shifted(t, a)),
    **_REGULAR,
)
operation(
    "slogdet",
    np.linalg.slogdet,
    lambda xp, a: xp.linalg.slogdet(_shifted(a))[1],
    lambda t, a: t.linalg.slogdet(_t_shifted(t, a))[1],
    **_REGULAR,
)
operation(
    "solve",
    np.linalg.solve,
    lambda xp, a, b: xp.linalg.solve(_shifted(a), b),
    lambda t, a, b: t.linalg.solve(_t_shifted(t, a), b),
    needs=(ANY, ANY),
    parameters=lambda random, a, b: (
        {}
        if _square(random, a) is not None
        and (len(b) == 1 or len(b) == len(a))
        and b[:-2] == a[:-2]
        and (b[-1] if len(b) == 1 else b[-2]) == a[-1]
        and not (len(b) == 1 and len(a) > 2)
        else None
    ),
    shapes=lambda random: [(2, 2), [(2,), (2, 3)][random.integers(2)]],
    fits=_well_conditioned,
)
operation(
    "matrix_power",
    np.linalg.matrix_power,
    lambda xp, a, n: xp.linalg.matrix_power(_shifted(a) / 3, n),
    lambda t, a, n: t.linalg.matrix_power(_t_shifted(t, a) / 3, n),
    parameters=lambda random, a: (
        None if _square(random, a) is None else {"n": int(random.integers(-2, 5))}
    ),
    shapes=_square_shape,
    fits=_well_conditioned,
)


def _gram(xp, x):
    """x x' + I: symmetric, positive definite."""
    return xp.matmul(x, xp.swapaxes(x, -1, -2)) + np.eye(
        x.shape[-2], dtype=str(x.dtype).rpartition(".")[2]
    )


def _t_gram(t, x):
    return x @ x.mT + t.eye(x.shape[-2], dtype=x.dtype)


def _matrix(random, shape):
    return {} if len(shape) > 1 else None


def _matrix_shape(random):
    return [tuple(_dims(random, int(random.integers(2, 4))))]


operation(
    "cholesky",
    np.linalg.cholesky,
    lambda xp, x: xp.linalg.cholesky(_gram(xp, x)),
    lambda t, x: t.linalg.cholesky(_t_gram(t, x)),
    parameters=_matrix,
    shapes=_matrix_shape,
    fits=lambda x: bool((np.abs(x) < 5).all()),
)


def _values_apart(x, gap=0.1):
    """The singular values are neither equal nor 0: where decompositions have derivatives."""
    s = np.linalg.svd(x, compute_uv=False)
    return bool((s > 0.1).all() and (np.abs(np.diff(s, axis=-1)) > gap).all() and (s < 20).all())


_EIGENVALUES = {
    "parameters": lambda random, shape: {} if len(shape) > 1 and shape[-2] <= shape[-1] else None,
    "shapes": lambda random: [(2, 3)],
    "fits": _values_apart,
}
operation(
    "eigvalsh",
    np.linalg.eigvalsh,
    lambda xp, x: xp.linalg.eigvalsh(_gram(xp, x)),
    lambda t, x: t.linalg.eigvalsh(_t_gram(t, x)),
    **_EIGENVALUES,
)


def _eigh(xp, x):
    values, vectors = xp.linalg.eigh(_gram(xp, x))
    return vectors * vectors * values[..., None, :]


def _t_eigh(t, x):
    values, vectors = t.linalg.eigh(_t_gram(t, x))
    return vectors * vectors * values[..., None, :]


operation("eigh", np.linalg.eigh, _eigh, _t_eigh, **_EIGENVALUES)

_SINGULAR = {"parameters": _matrix, "shapes": _matrix_shape, "fits": _values_apart}
operation(
    "svdvals",
    np.linalg.svdvals,
    lambda xp, x: xp.linalg.svdvals(x),
    lambda t, x: t.linalg.svdvals(x),
    **_SINGULAR,
)


def _svd(xp, x):
    u, s, vt = xp.linalg.svd(x, full_matrices=False)
    left = xp.sum(u * u * s[..., None, :], axis=-1)
    right = xp.sum(vt * vt * s[..., :, None], axis=-2)
    return xp.concatenate([left, right], axis=-1)


def _t_svd(t, x):
    u, s, vt = t.linalg.svd(x, full_matrices=False)
    left = (u * u * s[..., None, :]).sum(-1)
    right = (vt * vt * s[..., :, None]).sum(-2)
    return t.cat([left, right], dim=-1)


operation("svd", np.linalg.svd, _svd, _t_svd, **_SINGULAR)


def _qr(xp, x):
    q, r = xp.linalg.qr(x)
    return xp.matmul(q * q, r * r)


operation(
    "qr",
    np.linalg.qr,
    _qr,
    _qr,
    parameters=lambda random, shape: {} if len(shape) > 1 and shape[-2] >= shape[-1] else None,
    shapes=lambda random: [(3, 2)],
    fits=_values_apart,
    jax=_qr,
)
operation(
    "pinv",
    np.linalg.pinv,
    lambda xp, x: xp.linalg.pinv(x),
    lambda t, x: t.linalg.pinv(x),
    parameters=_matrix,
    shapes=_matrix_shape,
    fits=lambda x: _values_apart(x, gap=0.0) and bool((np.linalg.cond(x) < 20).all()),
)

# -- norms -----------------------------------------------------------------------------------------

_ORDERS = {None: None, "1": 1, "2": 2, "3": 3, "0.5": 0.5, "inf": np.inf, "-inf": -np.inf}
_MATRIX_ORDERS = {"fro": "fro", "nuc": "nuc", "1": 1, "-1": -1, "2": 2, "-2": -2, "inf": np.inf,
                  "-inf": -np.inf}  # fmt: skip


def _no_ties_of_size(x, **parameters):
    size = np.sort(np.abs(x), axis=-1)
    return bool((np.diff(size, axis=-1) > 0.02).all() and (size > 0.05).all())


def _sums_apart(x, order):
    sums = [np.sort(np.abs(x).sum(axis), axis=-1) for axis in (-1, -2)]
    return (
        all(bool((np.diff(s, axis=-1) > 0.02).all()) for s in sums)
        and _values_apart(x)
        and bool((np.abs(x) > 0.05).all())
    )


def _jax_norm(xp, x, order):
    """JAX's norms of order inf and -inf have gradients that are NaN or infinite."""
    if order in ("inf", "-inf"):
        return (xp.max if order == "inf" else xp.min)(xp.abs(x), axis=-1)
    return xp.linalg.norm(x, _ORDERS[order], axis=-1)


operation(
    "norm_of_vectors",
    np.linalg.norm,
    lambda xp, x, order: xp.linalg.norm(x, _ORDERS[order], axis=-1),
    lambda t, x, order: t.linalg.vector_norm(x, _ORDERS[order] or 2, dim=-1),
    jax=_jax_norm,
    needs=(NONZERO,),
    parameters=lambda random, shape: (
        {"order": random.choice(np.array(list(_ORDERS), dtype=object))} if shape else None
    ),
    shapes=lambda random: [(2, 3)],
    fits=_no_ties_of_size,
)
operation(
    "norm_of_all",
    np.linalg.norm,
    lambda xp, x: xp.linalg.norm(x),
    lambda t, x: t.linalg.vector_norm(x),
    needs=(NONZERO,),
)
operation(
    "vector_norm",
    np.linalg.vector_norm,
    lambda xp, x, keepdims: xp.linalg.vector_norm(x, axis=-1, keepdims=keepdims),
    lambda t, x, keepdims: t.linalg.vector_norm(x, dim=-1, keepdim=keepdims),
    needs=(NONZERO,),
    parameters=lambda random, shape: {"keepdims": bool(random.random() < 0.5)} if shape else None,
    shapes=lambda random: [(2, 3)],
)
for _name, _function in [
    ("norm_of_matrices", lambda xp, x, order: xp.linalg.norm(x, order, axis=(-2, -1))),
    ("matrix_norm", lambda xp, x, order: xp.linalg.matrix_norm(x, ord=order)),
]:
    operation(
        _name,
        np.linalg.norm if _name == "norm_of_matrices" else np.linalg.matrix_norm,
        lambda xp, x, order, f=_function: f(xp, x, _MATRIX_ORDERS[order]),
        lambda t, x, order: t.linalg.matrix_norm(x, _MATRIX_ORDERS[order]),
        parameters=lambda random, shape: (
            {"order": str(random.choice(list(_MATRIX_ORDERS)))} if len(shape) > 1 else None
        ),
        shapes=_matrix_shape,
        fits=_sums_apart,
    )
