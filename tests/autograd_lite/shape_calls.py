"""Calls of NumPy on the arrays of `test_as_numpy`: new arrays, shapes, borders.

Calls are separated by semicolons. Those that NumPy refuses are refused with the same error.
"""

CALLS = {
    "creation": """
    np.linspace(z, v); np.linspace(v, w, 7, axis=-1); np.linspace(z, 5, 5, retstep=True);
    np.linspace(v, w, 1); np.linspace(v, w, 0); np.linspace(v, w, 1, False);
    np.linspace(z, 3, 4, False, dtype=int); np.linspace(v, w, dtype='float32');
    np.linspace(z, z, 3); np.linspace(v, 1.0, 3, retstep=True); np.linspace(0, v, 3);
    np.linspace(z, 3, -1); np.linspace(z, 3, 2.5); np.logspace(z, 1); np.logspace(v, w, 3);
    np.logspace(v, w, 3, base=2); np.logspace(v, w, 3, base=np.abs(a[:1]) + 1);
    np.logspace(0, 1, 3, base=np.abs(v) + 1); np.logspace(v, w, 3, dtype='float32');
    np.logspace(z, 1, 4, False); np.logspace(v, w, 3, axis=1);
    np.logspace(0, 1, 3, base=np.abs(v) + 1, axis=1); np.geomspace(np.abs(v) + 1, np.abs(w) + 2, 5);
    np.geomspace(np.abs(v) + 1, np.abs(w) + 2, 5, False); np.geomspace(z, 1);
    np.geomspace(z * 0, 1); np.geomspace(z + 1, 1000, dtype=int);
    np.geomspace(-abs(v) - 1, -abs(w) - 2, 5, axis=1); np.geomspace(z + 1, 2, 0);
    np.geomspace(z + 1, 2, 1); np.zeros_like(m, order='F'); np.zeros_like(m, int);
    np.ones_like(m, 'float32', 'C', False); np.empty_like(m, shape=(2, 0));
    np.zeros_like(m, shape=5); np.full_like(m, 3); np.full_like(m, 2.7, dtype=int);
    np.full_like(m, v); np.full_like(m, z); np.full_like(m, z, shape=(2, 2));
    np.full_like(m, fill_value=v, order='F'); np.full_like(m, a); np.full_like(m, 300);
    np.zeros_like(m, device='cpu'); np.zeros_like(m, device='gpu'); np.zeros_like(m, order='X');
    np.asarray(v, like=v); np.array(v, dtype='float32', like=v); np.full((2, 4), v, like=v);
    np.full((2,), 3, like=v); np.zeros(3, like=v); np.arange(3, like=v); np.eye(3, like=v);
    np.tri(3, like=v); np.ones((2, 2), dtype=int, like=v)
    """,
    "shaping": """
    np.rollaxis(x, 2); np.rollaxis(x, 0, -5); np.rollaxis(x, 0, 3); np.rollaxis(x, 0, 4);
    np.rollaxis(x, -1, start=1); np.rollaxis(x, 5); np.rollaxis(x, 1, -3); np.rollaxis(x, 1, -4);
    np.rollaxis(z, 0); np.fft.fftshift(x); np.fft.fftshift(x, 1); np.fft.fftshift(x, (0, 2));
    np.fft.ifftshift(x); np.fft.ifftshift(x, axes=[-1]); np.fft.fftshift(f); np.fft.ifftshift(f);
    np.fft.fftshift(x, 5); np.fft.fftshift(z); np.fft.fftshift(e); np.roll(x, 1);
    np.roll(x, (1, 2), (0, 1)); np.roll(x, 1, (0, 1)); np.roll(x, (1, 2), 0); np.roll(x, 1, 5);
    np.roll(z, 1); np.roll(e, 1); np.roll(x, 1.5); np.roll(x, [1, 2]); np.rot90(m); np.rot90(m, 2);
    np.rot90(x, -1, (1, 2)); np.rot90(m, k=5); np.rot90(v); np.rot90(m, 1, (0, 0));
    np.rot90(m, 1, (0, 1, 2)); np.rot90(m, 1, (0, 3)); np.rot90(x, 1, (-1, 0)); np.flip(x);
    np.flip(x, 0); np.flip(x, (0, -1)); np.flip(x, [0, 1]); np.flip(z); np.flip(e); np.flip(x, 3);
    np.flipud(v); np.flipud(z); np.fliplr(m); np.fliplr(v); np.moveaxis(x, 0, -1);
    np.moveaxis(x, [0, 1], [1, 2]); np.moveaxis(x, [0, 0], [1, 2]); np.moveaxis(x, 0, [0, 1]);
    np.moveaxis(x, 3, 0); np.swapaxes(x, 0, -1); np.swapaxes(x, 0, 3); np.transpose(x, (0, 1));
    np.transpose(x, (0, 1, 1)); np.transpose(x, [2, 0, 1]); np.transpose(z); np.transpose(v);
    np.matrix_transpose(v); np.matrix_transpose(x); np.permute_dims(x, (1, 0, 2));
    la.matrix_transpose(v); np.expand_dims(x, 0); np.expand_dims(x, (0, -1)); np.expand_dims(x, 5);
    np.expand_dims(x, (0, 0)); np.expand_dims(z, 0); np.expand_dims(x, [1]); np.squeeze(i);
    np.squeeze(x, 0); np.squeeze(i, 0); np.squeeze(i, ()); np.squeeze(x); np.squeeze(i, 1);
    np.squeeze(i, (0,)); np.squeeze(z); np.reshape(x, -1); np.reshape(x, (2, -1), 'F');
    np.reshape(x, (5, 5)); np.reshape(x, 24, order='C', copy=True); np.reshape(x, (-1, -1));
    np.reshape(x, ()); np.reshape(i, ()); np.reshape(e, -1); np.reshape(e, (3, 0));
    np.reshape(x, [4, 6]); np.ravel(x); np.ravel(x, 'F'); np.ravel(z); np.atleast_1d(z);
    np.atleast_2d(z); np.atleast_3d(z); np.atleast_1d(z, v); np.atleast_2d(v);
    np.atleast_3d(v, m, x); np.atleast_2d(o); np.atleast_3d(o)
    """,
    "repeating": """
    np.broadcast_to(v, (2, 4)); np.broadcast_to(v, (3,)); np.broadcast_to(z, 3);
    np.broadcast_to(z, ()); np.broadcast_to(e, (2, 0, 3)); np.broadcast_to(v, -1);
    np.broadcast_arrays(v, m); np.broadcast_arrays(v, a); np.broadcast_arrays(v); np.tile(v, 2);
    np.tile(v, (2, 1)); np.tile(z, 3); np.tile(x, ()); np.tile(x, (2, 0)); np.tile(e, 2);
    np.tile(v, np.array([2, 2])); np.tile(v, -1); np.tile(v, 1.5); np.tile(z, ());
    np.repeat(z, 3, axis=0); np.repeat(z, 3); np.repeat(x, 2, 1); np.repeat(x, [1, 2], 0);
    np.repeat(x, [1, 2, 3], 0); np.repeat(x, [2], -1); np.repeat(v, -1); np.repeat(v, 1.5);
    np.repeat(z, 3, axis=1); np.repeat(z, 3, axis=-1); np.repeat(e, 2, 0); np.repeat(e, 2);
    np.repeat(x, 2, 3); np.repeat(x, np.array(2), 0); np.repeat(x, [], 0); np.repeat(v, 0);
    np.repeat(m, True, 0); np.meshgrid(v, w); np.meshgrid(v, w, copy=False);
    np.meshgrid(v, a, sparse=True, indexing='ij'); np.meshgrid(v); np.meshgrid(z, v);
    np.meshgrid(v, w, indexing='no'); np.meshgrid(m, v); np.meshgrid(v, o)
    """,
    "diagonals": """
    np.tril(m); np.triu(x, 1); np.tril(v); np.triu(z); np.tril(m, -1); np.tril(e); np.diag(v);
    np.diag(m); np.diag(m, 5); np.diag(x); np.diag(v, -2); np.diag(z); np.diagflat(m, 1);
    np.diagflat(z); np.diagonal(x); np.diagonal(x, 1, 1, 2); np.diagonal(x, -1, axis1=-1, axis2=0);
    np.diagonal(v); np.diagonal(x, 0, 1, 1); np.diagonal(x, 0, 0, 4); np.trace(m); np.trace(x, 1);
    np.trace(v); np.trace(x, 0, 2, 0); np.trace(m, dtype='float32'); la.trace(x);
    la.trace(x, offset=1); la.diagonal(x); la.diagonal(x, offset=-1); la.diagonal(v);
    la.trace(s, dtype='float32'); np.trace(e); np.diagonal(e); np.diag(e); np.diag(o);
    np.diag(m, k=-9); np.tril_indices_from(m); np.triu_indices_from(m, 1); np.diag_indices_from(s);
    np.diag_indices_from(m); np.tril_indices_from(v)
    """,
    "padding": """
    np.pad(x, 2); np.pad(x, ((1, 2), (0, 1), (3, 0)), constant_values=((1, 2), (3, 4), (5, 6)));
    np.pad(x, 1, 'constant', constant_values=(1, 2)); np.pad(x, (2, 3), 'edge');
    np.pad(x, (2, 3), mode='linear_ramp');
    np.pad(x, (2, 3), mode='linear_ramp', end_values=(5, -4));
    np.pad(x, (2, 3), mode='linear_ramp', end_values=((5, 4), (1, 2), (3, 1)));
    np.pad(x, 2, 'maximum'); np.pad(x, 2, 'maximum', stat_length=2);
    np.pad(x, 2, 'maximum', stat_length=((1, 2), (2, 3), (9, 1)));
    np.pad(x, 2, 'maximum', stat_length=1); np.pad(x, ((1, 2), (3, 0), (0, 4)), 'maximum');
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'maximum', stat_length=2);
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'maximum', stat_length=((1, 2), (2, 3), (9, 1)));
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'maximum', stat_length=1); np.pad(x, 2, 'minimum');
    np.pad(x, 2, 'minimum', stat_length=2);
    np.pad(x, 2, 'minimum', stat_length=((1, 2), (2, 3), (9, 1)));
    np.pad(x, 2, 'minimum', stat_length=1); np.pad(x, ((1, 2), (3, 0), (0, 4)), 'minimum');
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'minimum', stat_length=2);
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'minimum', stat_length=((1, 2), (2, 3), (9, 1)));
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'minimum', stat_length=1); np.pad(x, 2, 'mean');
    np.pad(x, 2, 'mean', stat_length=2); np.pad(x, 2, 'mean', stat_length=((1, 2), (2, 3), (9, 1)));
    np.pad(x, 2, 'mean', stat_length=1); np.pad(x, ((1, 2), (3, 0), (0, 4)), 'mean');
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'mean', stat_length=2);
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'mean', stat_length=((1, 2), (2, 3), (9, 1)));
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'mean', stat_length=1); np.pad(x, 2, 'median');
    np.pad(x, 2, 'median', stat_length=2);
    np.pad(x, 2, 'median', stat_length=((1, 2), (2, 3), (9, 1)));
    np.pad(x, 2, 'median', stat_length=1); np.pad(x, ((1, 2), (3, 0), (0, 4)), 'median');
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'median', stat_length=2);
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'median', stat_length=((1, 2), (2, 3), (9, 1)));
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'median', stat_length=1);
    np.pad(x, 2, 'reflect', reflect_type='even'); np.pad(x, 2, 'reflect', reflect_type='odd');
    np.pad(x, 2, 'symmetric', reflect_type='even'); np.pad(x, 2, 'symmetric', reflect_type='odd');
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'reflect', reflect_type='even');
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'reflect', reflect_type='odd');
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'symmetric', reflect_type='even');
    np.pad(x, ((1, 2), (3, 0), (0, 4)), 'symmetric', reflect_type='odd');
    np.pad(x, ((0, 7), (9, 11), (20, 3)), 'reflect', reflect_type='even');
    np.pad(x, ((0, 7), (9, 11), (20, 3)), 'reflect', reflect_type='odd');
    np.pad(x, ((0, 7), (9, 11), (20, 3)), 'symmetric', reflect_type='even');
    np.pad(x, ((0, 7), (9, 11), (20, 3)), 'symmetric', reflect_type='odd');
    np.pad(v, 1, 'reflect', reflect_type='even'); np.pad(v, 1, 'reflect', reflect_type='odd');
    np.pad(v, 1, 'symmetric', reflect_type='even'); np.pad(v, 1, 'symmetric', reflect_type='odd');
    np.pad(v, (3, 20), 'reflect', reflect_type='even');
    np.pad(v, (3, 20), 'reflect', reflect_type='odd');
    np.pad(v, (3, 20), 'symmetric', reflect_type='even');
    np.pad(v, (3, 20), 'symmetric', reflect_type='odd');
    np.pad(v, 17, 'reflect', reflect_type='even'); np.pad(v, 17, 'reflect', reflect_type='odd');
    np.pad(v, 17, 'symmetric', reflect_type='even'); np.pad(v, 17, 'symmetric', reflect_type='odd');
    np.pad(i, 3, 'reflect', reflect_type='even'); np.pad(i, 3, 'reflect', reflect_type='odd');
    np.pad(i, 3, 'symmetric', reflect_type='even'); np.pad(i, 3, 'symmetric', reflect_type='odd');
    np.pad(i, (0, 2), 'reflect', reflect_type='even');
    np.pad(i, (0, 2), 'reflect', reflect_type='odd');
    np.pad(i, (0, 2), 'symmetric', reflect_type='even');
    np.pad(i, (0, 2), 'symmetric', reflect_type='odd');
    np.pad(m, ((0, 0), (1, 8)), 'reflect', reflect_type='even');
    np.pad(m, ((0, 0), (1, 8)), 'reflect', reflect_type='odd');
    np.pad(m, ((0, 0), (1, 8)), 'symmetric', reflect_type='even');
    np.pad(m, ((0, 0), (1, 8)), 'symmetric', reflect_type='odd'); np.pad(x, 2, 'wrap');
    np.pad(x, ((5, 0), (1, 9), (2, 2)), 'wrap'); np.pad(v, 11, 'wrap'); np.pad(e, 2);
    np.pad(e, ((1, 1), (0, 0))); np.pad(e, 1, 'edge'); np.pad(e, ((0, 0), (1, 1)), 'edge');
    np.pad(e, ((0, 0), (1, 1)), 'mean'); np.pad(e, 1, 'reflect'); np.pad(z, 1);
    np.pad(z, 1, 'edge'); np.pad(z, 1, 'mean'); np.pad(x, 1, 'edge', constant_values=0);
    np.pad(x, 1, 'nope'); np.pad(x, 1, 'constant', end_values=1); np.pad(x, -1); np.pad(x, 1.5);
    np.pad(x, (1, 2, 3)); np.pad(x, 1, 'maximum', stat_length=0);
    np.pad(x, 1, 'mean', stat_length=-1); np.pad(x, {0: 1, -1: (2, 3)});
    np.pad(x, 1, 'reflect', stat_length=2);
    np.pad(x, pad_width=1, mode='constant', constant_values=300);
    np.pad(m, ((1, 2), (0, 0)), 'linear_ramp', end_values=2.5); np.pad(v, 0, 'mean');
    np.pad(v, [[1], [2]]); np.pad(m, [[1], [2]])
    """,
}  # fmt: skip

# Differentiable where they stand: checked to second order.
DIFFERENTIABLE = """
    np.linspace(z, v, 5); np.linspace(v, w, 5, axis=-1); np.linspace(v, w, 3, False, retstep=True);
    np.logspace(v / 5, w / 5, 3, base=np.abs(z) + 1); np.geomspace(np.abs(v) + 1, np.abs(w) + 2, 4);
    np.geomspace(-np.abs(v) - 1, -np.abs(w) - 2, 4, False, axis=1); np.full_like(m, v);
    np.full((2, 4), v, like=v); np.fft.fftshift(x, (0, 2)); np.fft.ifftshift(x);
    np.repeat(z, 3, axis=0); np.trace(s, dtype='float64');
    np.pad(x, ((1, 2), (0, 1), (3, 0)), constant_values=((1, 2), (3, 4), (5, 6)));
    np.pad(m, 1, 'linear_ramp', end_values=z); np.pad(m, (2, 3), 'linear_ramp');
    np.pad(v, (2, 1), constant_values=b[:2]); np.pad(v, (2, 9), 'symmetric', reflect_type='odd');
    np.pad(m, ((1, 5), (0, 7)), 'reflect', reflect_type='odd'); np.pad(m, 2, 'maximum');
    np.pad(m, 2, 'minimum', stat_length=2); np.pad(m, 2, 'mean', stat_length=(1, 3));
    np.pad(m, 2, 'median'); np.pad(z, 1, 'mean')
"""
