"""Calls of NumPy on the arrays of `test_as_numpy`: products and linear algebra.

Calls are separated by semicolons. Those that NumPy refuses are refused with the same error.
"""

ORDERS = ["None", "2", "1", "3", "0.5", "0", "-2", "np.inf", "-np.inf", "'fro'", "'nuc'", "'x'"]
AXES = ["None", "0", "(1, 0)"]
NORMS = [
    *(f"la.norm({x}, {order}, {axis})" for x in "vmxeq" for order in ORDERS for axis in AXES),
    *(f"la.vector_norm({x}, ord={order}, axis=(0, 1))" for x in "mxe" for order in ORDERS),
    *(f"la.vector_norm({x}, ord={order}, keepdims=True)" for x in "mxe" for order in ORDERS),
    *(f"la.matrix_norm({x}, ord={order}, keepdims=True)" for x in "mxe" for order in ORDERS),
]
CALLS = {
    "products": """
    np.dot(v, w); np.dot(m, v); np.dot(m, m.T); np.dot(x, m.T); np.dot(v, x); np.dot(z, v);
    np.dot(m, m); np.dot(2, v); np.dot([1, 2, 3, 4], v); np.dot(e, s); np.dot(o, o);
    np.dot(m.T, e.T); np.dot(x, np.moveaxis(x, 1, 0)[..., :3]); np.dot(z, z); np.dot(v, a);
    np.dot(m, a); np.vdot(v, w); np.vdot(m, m.T); np.vdot(z, z); np.vdot(v, a); np.vdot(e, e);
    np.vdot([1, 2, 3, 4], v); np.inner(v, w); np.inner(m, m); np.inner(x, v); np.inner(z, v);
    np.inner(m, a); np.inner(x, m); np.inner(e, s); np.outer(v, w); np.outer(m, v); np.outer(z, v);
    np.outer(e, v); np.outer([1, 2], v); la.outer(v, w); la.outer(m, v); la.outer(z, v);
    np.matmul(m, m.T); np.matmul(v, m.T); np.matmul(m, v); np.matmul(x, m.T); np.matmul(z, v);
    np.matmul(m, m); np.matmul(e, s); np.matmul(e.T, e); np.matmul(o, o); la.matmul(m, m.T);
    la.matmul(z, v); np.matmul(q, a); np.matmul(a, q); m @ m.T; v @ w; np.vecdot(m, v);
    la.vecdot(m, m, axis=0); la.vecdot(v, w); np.tensordot(x, x, 3); np.tensordot(x, m, 2);
    np.tensordot(v, w, 0); np.tensordot(x, m.T, 1); np.tensordot(x, x, ([0, 1], [0, 1]));
    np.tensordot(m, m, (1, 1)); np.tensordot(m, m, ([1], [0])); np.tensordot(m, m, ([0, 1], [0]));
    np.tensordot(m, m.T, axes=((-1,), (0,))); la.tensordot(m, m.T, axes=1); np.tensordot(z, z, 0);
    np.tensordot(e, s, 1); np.tensordot(m, m.T, -1); np.tensordot(m, m, ([0, 0], [0, 0]));
    np.tensordot(m, m.T, 5); np.kron(v, w); np.kron(m, v); np.kron(z, m); np.kron(x, m);
    np.kron(e, m); np.kron(2, v); np.kron(v, [1, 2]); np.cross(a, b); np.cross(s, a);
    np.cross(s, s, axis=0); np.cross(s, s, axisa=0, axisb=1, axisc=0); np.cross(v, w);
    np.cross(z, a); np.cross(s, a, axis=3); la.cross(a, b); la.cross(s, s, axis=0); la.cross(v, w);
    np.cross(a, [1, 2, 3]); np.cross(q, a); np.cross(np.zeros((0, 3)), a)
    """,
    "einsum": """
    np.einsum('ij,jk', m, m.T); np.einsum(m, [0, 1], m.T, [1, 2]);
    np.einsum(m, [0, 1], m.T, [1, 2], [0, 2]); np.einsum(x, [Ellipsis, 0], v, [0]);
    np.einsum(x, [Ellipsis, 0], v, [0], [Ellipsis]); np.einsum(s, [0, 0]);
    np.einsum(s, [0, 0], [0]); np.einsum(m, [1, 0]); np.einsum(m, [0, 60]); np.einsum(m, [0]);
    np.einsum('ij->ji', m, optimize=True); np.einsum('ij,jk,kl', m, m.T, m, optimize='greedy');
    np.einsum('ij,jk,kl', m, m.T, m, optimize='optimal');
    np.einsum('ij,jk,kl->il', m, m.T, m, optimize=['einsum_path', (0, 1), (0, 1)]);
    np.einsum('ij,jk', m, m.T, optimize='nope'); np.einsum('ii', s); np.einsum('ii->i', s);
    np.einsum('...ii', q); np.einsum('ij->', m); np.einsum('ij,ij', m, m, dtype='float64');
    np.einsum('ij,ij', m, m, dtype='float32', casting='same_kind');
    np.einsum('ij,ij', m, m, dtype='int8'); np.einsum('ij,jk->ii', m, m.T);
    np.einsum('ij,kl->iz', m, m.T); np.einsum('ij,jk', m, m); np.einsum('ij', v);
    np.einsum('i...->...', x); np.einsum('ij...,j...->i...', x, m);
    np.einsum('a,b,c->abc', v, w, a); np.einsum(',', z, z); np.einsum('', z);
    np.einsum('i,i', o, o); np.einsum('ij,jk', e, s); np.einsum('i,i->i', v, [1, 2, 3, 4]);
    np.einsum(); np.einsum('ij,jk', m); np.einsum('i.j', m); np.einsum('ij-ji', m);
    np.einsum('ijk->kji', x, order='F'); np.einsum('ij->ji', m, out=None);
    np.einsum('i,j->ij', v, w); np.einsum('ij, jk -> ik', m, m.T);
    np.einsum('iij->j', q.transpose(1, 2, 0)); np.einsum('ij,ij->ij', m, v); np.einsum('i1', m)
    """,
    "decompositions": """
    la.eigh(p); la.eigh(p, 'U'); la.eigh(p, UPLO='L'); la.eigh(s, 'U')[0]; la.eigh(p, 'X');
    la.eigvalsh(p, 'U'); la.eigvalsh(p); la.eigvalsh(s, 'L'); la.eigh(m); la.eigh(v);
    la.eigvalsh(np.zeros((0, 0))); la.eigvals(p).real; la.eig(p)[0].real; la.eigvals(m);
    la.eig(p)[1].real; la.eig(np.zeros((0, 0))); la.eigh(q)[0]; la.cholesky(p);
    la.cholesky(p, upper=True); la.cholesky(p, upper=False); la.cholesky(-p); la.cholesky(m);
    la.cholesky(v); la.svd(m, False); la.svd(s); la.svd(m, compute_uv=False);
    la.svd(p, hermitian=True);
    la.svd(s + s.T, compute_uv=False, hermitian=True); la.svd(v); la.svdvals(m); la.svdvals(v);
    la.svd(q); la.svdvals(e); la.qr(m.T); la.qr(m); la.qr(m.T, 'r'); la.qr(m, mode='r');
    la.qr(m, 'complete'); la.qr(v); la.qr(s, mode='complete'); la.qr(q); la.qr(np.zeros((0, 3)));
    la.qr(x)
    """,
    "solving": """
    la.inv(s); la.inv(m); la.inv(v); la.inv(s * 0); la.inv(q); la.det(s); la.det(m); la.det(v);
    la.det(np.zeros((0, 0))); la.slogdet(s); la.slogdet(m); la.slogdet(s * 0); la.solve(s, a);
    la.solve(s, m.T.T[:3]); la.solve(s, v); la.solve(q, a); la.solve(m, v); la.inv(e); la.pinv(m);
    la.pinv(p, hermitian=True); la.pinv(m, 0.001); la.pinv(m, rcond=0.5); la.pinv(m, rtol=0.01);
    la.pinv(m, rcond=0.01, rtol=0.01); la.pinv(e); la.pinv(v); la.pinv(q, [0.001, 0.01]);
    la.lstsq(m.T, v); la.lstsq(m.T, v, rcond=None); la.lstsq(m.T, m.T[:, :2], -1); la.lstsq(m, a);
    la.lstsq(m, v); la.lstsq(v, v); la.lstsq(m.T, v, 0.5); la.lstsq(s, a);
    la.lstsq(np.zeros((0, 3)), o); la.lstsq(m.T * 0 + 1, v); la.cond(s); la.cond(m); la.cond(s, -2);
    la.cond(s, 1); la.cond(s, 'fro'); la.cond(s, np.inf); la.cond(s, -1);
    la.cond(s + 9 * np.eye(3), 'nuc');
    la.cond(m, 1); la.cond(e); la.cond(s * 0); la.cond(s * 0, 1); la.cond(q, 1); la.cond(v);
    la.cond(s, 3); la.matrix_rank(m); la.matrix_rank(s * 0); la.matrix_rank(q); la.matrix_rank(v);
    la.matrix_rank(p, hermitian=True); la.matrix_rank(m, 0.5); la.matrix_rank(m, rtol=0.1);
    la.matrix_power(s, 3); la.matrix_power(s, -1); la.matrix_power(s, 0); la.matrix_power(m, 1);
    la.matrix_power(v, 0); la.matrix_power(s, 1.5); la.matrix_power(q, 2);
    la.matrix_power(s * 0, -1); la.matrix_power(s, 1); la.matrix_power(s, 5);
    la.matrix_power(s, np.int64(2)); la.multi_dot([m, m.T]); la.multi_dot([a, m, m.T]);
    la.multi_dot([m, m.T, a]); la.multi_dot([m]); la.multi_dot([a, m, v]);
    la.multi_dot([m, x, m.T]); la.multi_dot([m, m.T, m, m.T]); la.multi_dot([m, m, m.T]);
    la.multi_dot([v, w]); la.multi_dot((m.T, m)); la.multi_dot([z, z]); la.tensorsolve(x, m);
    la.tensorinv(np.eye(4).reshape(2, 2, 2, 2) * z);
    la.tensorinv(np.eye(4).reshape(4, 2, 2) * z, 1); la.tensorinv(x); la.tensorinv(s, 1);
    la.tensorinv(s, 0); la.tensorsolve(np.eye(6).reshape(2, 3, 3, 2) * z, m[:3, :2].T, axes=(1,));
    la.tensorsolve(s, a); la.tensorsolve(s, a, axes=(0,))
    """,
    "norms": """
    la.norm(x, axis=(0, 0)); la.norm(x, axis=(0, 1, 2)); la.norm(x, axis=[0, 1]);
    la.norm(x, axis=1.0); la.norm(x, axis=5); la.norm(x, axis=(0, 5));
    la.norm(x, 2, axis=(0, 2), keepdims=True); la.norm([1.0, 2.0] + v[:2]); la.norm(x, axis='a');
    la.norm(x, axis=())
    """,
    "applying": """
    np.apply_along_axis(np.sum, 0, m); np.apply_along_axis(lambda r: r[:2] * 2, 1, m);
    np.apply_along_axis(np.sort, -1, x); np.apply_along_axis(lambda r: np.outer(r, r), 0, m);
    np.apply_along_axis(lambda r, k: r.sum() + k, 1, m, 3);
    np.apply_along_axis(lambda r, k=0: r.sum() + k, 1, m, k=3); np.apply_along_axis(np.sum, 0, z);
    np.apply_along_axis(np.sum, 2, m); np.apply_along_axis(np.sum, 1, e);
    np.apply_along_axis(np.sum, 0, e); np.apply_along_axis(lambda r: 1, 0, m);
    np.apply_over_axes(np.sum, x, [0, 2]); np.apply_over_axes(np.sum, x, 0);
    np.apply_over_axes(np.sum, x, (-1,)); np.apply_over_axes(np.cumsum, x, 1);
    np.apply_over_axes(lambda a, i: a.sum(), x, [0])
    """,
    "norms of every order": ";".join(NORMS),
}  # fmt: skip

# Differentiable where they stand: checked to second order.
DIFFERENTIABLE = """
    np.vdot(m, m.T); la.outer(v, w); la.cross(a, b); np.einsum(m, [0, 1], m.T, [1, 2], [0, 2]);
    np.einsum(x, [Ellipsis, 0], v, [0]); np.einsum(s, [0, 0]); la.eigh(p + p.T, 'U')[0];
    la.svd(s + s.T, compute_uv=False, hermitian=True); la.qr(m); la.qr(m, 'r'); la.pinv(m);
    la.pinv(p + p.T, hermitian=True); la.pinv(m, rtol=0.001); la.lstsq(m.T, v); la.lstsq(m, a);
    la.lstsq(m.T, m.T[:, :2], -1)[0]; la.lstsq(m.T, v, 0.5)[0]; la.pinv(m.T, 0.5);
    la.pinv(m, rtol=0.5); la.pinv(s, 0.4); la.pinv(p + p.T, 0.3, hermitian=True); la.pinv(s, 1e-09);
    la.lstsq(m, a, 0.5)[0]; la.cond(s); la.cond(s, 1); la.cond(s, 'fro'); la.cond(s, -2);
    la.cond(q, np.inf); la.tensorinv(np.eye(4).reshape(2, 2, 2, 2) * z + m[:2, :2]); la.eigvals(p);
    la.eig(p); la.multi_dot([a, m, m.T]); la.multi_dot([m, m.T, a]); la.matrix_power(s, 5);
    la.norm(x, np.inf, axis=1); la.vector_norm(x, axis=(0, 2), ord=3, keepdims=True);
    la.norm(m, 'nuc'); la.norm(m, 2); la.norm(m, -2);
    np.apply_along_axis(lambda r: r[:2] * r[2], 1, m);
    np.apply_along_axis(lambda r: np.outer(r, r), 0, m); np.apply_over_axes(np.sum, x, [0, 2]);
    la.cholesky(p + p.T, upper=True)
"""
