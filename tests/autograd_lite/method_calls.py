"""Calls of NumPy on the arrays of `test_as_numpy`: the methods of arrays, parts of numbers.

Calls are separated by semicolons. Those that NumPy refuses are refused with the same error.
"""

CALLS = {
    "methods": """
    m.sum(); m.sum(0); m.sum(1, None, None, True); m.sum(axis=(0, 1)); x.sum(-1, where=x > 0)
    m.mean(1); m.mean(axis=0, keepdims=True); m.prod(0); m.max(1); m.min(0, None, True)
    m.max(initial=3); e.sum(0); e.max(0); e.max(1); m.var(0, ddof=1); m.std(1); m.any(); m.all(0)
    m.cumsum(); m.cumsum(1); m.cumprod(0); z.cumsum(); m.trace(); x.trace(1, 0, 2); v.trace()
    m.trace(dtype='float32'); m.argmax(); m.argmax(1, keepdims=True); m.argmin(0); o.argmax()
    m.clip(0, 1); m.clip(max=1); m.round(); m.round(1); m.round(decimals=-1)
    m.dot(v); m.dot(m); v.dot(w); v.dot(b=w); m.real; m.imag; z.real; z.imag; m.conj()
    m.conjugate(); m.copy(); m.copy('F'); m.copy(order='X'); m.T; z.T; v.mT; x.mT
    m.reshape(12); m.reshape(2, -1); m.reshape((6, 2), order='F'); m.reshape(5); i.reshape(())
    m.reshape(-1, copy=True); m.reshape(); m.ravel(); m.ravel('F'); m.flatten(); m.flatten('F')
    x.transpose(); x.transpose(1, 0, 2); x.transpose((2, 0, 1)); x.transpose(0, 1)
    x.transpose(None); x.swapaxes(0, 2); x.swapaxes(0, 3); i.squeeze(); x.squeeze(0)
    i.squeeze(axis=0); x.diagonal(); x.diagonal(1, 1, 2); v.diagonal(); m.repeat(2)
    m.repeat([1, 2, 0], 0); m.repeat(2, axis=1); z.repeat(3); m.take([0, 5]); m.take([0, 1], 1)
    m.take([0, 7], 1, None, 'clip'); m.take([-9], axis=0, mode='wrap'); m.take(99)
    m.compress([True, False, True], 0); m.compress([0, 1], axis=1); m.compress([1, 0, 1])
    m.compress([[1]]); (v > w).astype(int).choose([v, w]); (v > w).astype(int).choose(v, w);
    m.item(3); m.item(1, 2); m.item(); m.item(99); z.item(); m.ravel('X'); m.nonzero(); z.nonzero()
    m.argsort(); m.argsort(0, 'stable'); m.argsort(None); m.argpartition(1)
    m.argpartition(1, 0); np.sort(v).searchsorted(w); np.sort(v).searchsorted(w, 'right')
    v.searchsorted(w, sorter=v.argsort()); m.searchsorted(v); m.astype('float32')
    m.astype('float64', 'C', 'unsafe', True, False); m.astype(int, casting='safe')
    m.astype(int, casting='unsafe'); m.astype('int8', copy=False); m.astype(bool, 'X')
    m.astype('complex64', casting='no') is None; np.astype(m, 'float32')
    np.astype(m, m.dtype, copy=False)
    """,
    "complex parts": """
    np.real(m); np.imag(m); np.imag(z); np.conj(m); np.angle(m); np.angle(m, deg=True); np.angle(z)
    np.real_if_close(m); np.real_if_close(m, tol=10); np.isreal(m); np.iscomplex(m); np.isreal(z)
    np.iscomplexobj(m); np.isrealobj(m)
    """,
    "resize": """
    np.resize(m, 5); np.resize(m, (5, 5)); np.resize(z, 3); np.resize(e, (2, 2)); np.resize(m, 0)
    np.resize(m, -1); np.resize(m, (2, -1)); np.resize(v, ())
    """,
}  # fmt: skip

# Differentiable where they stand: checked to second order.
DIFFERENTIABLE = """
    m.T.dot(a) ** 2; m.trace() ** 2; m.take([0, 7, 7], 1, mode='clip') ** 2
    m.compress([True, False, True], 0) ** 2; np.resize(v, 9) * np.arange(9); m.real * m.conj()
    v.astype(float) ** 2; (v > w).astype(int).choose([v, w]); m.reshape(2, 6, order='F')[0]
"""
