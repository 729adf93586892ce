"""Calls of NumPy on the arrays of `test_as_numpy`: joining, selecting, sorting.

Calls are separated by semicolons. Those that NumPy refuses are refused with the same error.
"""

CALLS = {
    "joining": """
    np.concatenate([m, m], dtype='float32'); np.concatenate([m, m], 1, casting='no');
    np.concatenate([m, m], dtype=int); np.concatenate([m, m], dtype=int, casting='unsafe');
    np.concatenate([m, np.ones((3, 4), 'float32')], casting='equiv'); np.concatenate([m, v]);
    np.concatenate([z, z]); np.concatenate([]); np.concatenate([v, [1, 2]]);
    np.concatenate([v, w], None); np.concatenate([v, w], axis=1); np.concatenate([e, e]);
    np.concatenate(m); np.concat([v, w], axis=0);
    np.concatenate([v, [1, 2]], dtype='f4', casting='unsafe'); np.concatenate([v, 1.0], axis=None);
    np.stack([v, w]); np.stack([v, w], -1, dtype='float32'); np.stack([v, a]); np.stack([v, w], 2);
    np.stack([]); np.stack([z, z]); np.stack([v, w], casting='no'); np.stack(m, 1);
    np.stack([v, w], dtype=bool); np.stack([v, w], dtype=bool, casting='unsafe');
    np.vstack([v, w], dtype='float32'); np.vstack([v, m]); np.vstack(m); np.vstack([v, a]);
    np.hstack([v, w], dtype='f4', casting='unsafe'); np.hstack([z, z]); np.hstack([m, m]);
    np.hstack([m, v]); np.dstack([v, w]); np.dstack([m, m]); np.column_stack([v, w]);
    np.column_stack([m, a]); np.column_stack([z, z]); np.column_stack([x, x]);
    np.block([[m, m], [m, m]]); np.block([v, w]); np.block([[v], [w]]); np.block(m);
    np.block([[s, a[:, None]], [a, 1]]); np.block([z, 1.0]); np.block([[m], v]); np.block([]);
    np.block([[]]); np.block([(v, w)]); np.block([[x, x], [x, x]]); np.block([[m, v], [m, m]]);
    np.block([1, v]); np.block(z); np.block([[m, 1]]); np.append(v, 1); np.append(m, m, 0);
    np.append(m, v, 0); np.append(m, v); np.append(v, [1, 2.5]);
    np.append(m, [[1, 2, 3, 4]], axis=0); np.append([1.5], v); np.append(z, z); np.append(m, m, 5);
    np.append([[1, 2, 3, 4]], m, axis=0); np.delete(v, 1); np.delete(m, [0, 2], 1);
    np.delete(m, slice(0, 2), 0); np.delete(m, [0, 1]); np.delete(v, 7); np.delete(v, -1);
    np.delete(v, [True, False, False, True]); np.delete(v, []); np.delete(m, 1, 5); np.delete(z, 0);
    np.delete(z, 0, 0); np.delete(v, [0, 0]); np.delete(v, 1.5); np.delete(m, [[0, 1]], 0);
    np.delete(e, 0); np.delete(v, slice(None, None, 2)); np.delete(v, np.array(1));
    np.insert(v, 1, 5); np.insert(m, 1, a, axis=1); np.insert(m, [1], [[1], [2], [3]], axis=1);
    np.insert(v, [1, 3], [6, 7]); np.insert(v, [1, 1], 9); np.insert(m, 1, 99);
    np.insert(v, slice(1, 3), [7, 8]); np.insert(v, 9, 1);
    np.insert(v, [True, False, True, False], 1); np.insert(m, 0, v, 0); np.insert(m, 1, v, 1);
    np.insert(v, -1, 3.7); np.insert(m, [0, 2], v, axis=0);
    np.insert(m, [0, 2], [[1], [2]], axis=0); np.insert(v, [], []); np.insert(v, 1, [1, 2, 3]);
    np.insert(v, [1], [1, 2, 3]); np.insert(z, 0, 1); np.insert(e, 0, 1, axis=0);
    np.insert(v, [1, 2], [1, 2, 3]); np.insert(v, 1.5, 1); np.insert([1.0, 2.0], 1, z);
    np.insert(m, 1, m, axis=0); np.insert(x, 1, m[0], axis=1); np.unstack(m);
    np.unstack(x, axis=-1); np.unstack(z); np.unstack(m, axis=2); np.unstack(e); np.split(v, 2);
    np.split(v, 3); np.split(m, [1, 2], 1); np.split(m, 2, 5); np.array_split(v, 3);
    np.array_split(v, 0); np.array_split(z, 1); np.hsplit(z, 1); np.hsplit(v, 2); np.hsplit(m, 2);
    np.vsplit(m, 3); np.vsplit(v, 2); np.dsplit(x, 2); np.dsplit(m, 2); np.split(v, [1, 9]);
    np.split(e, 1); np.array_split(v, [2, 1]); np.split(v, 2.0); np.array_split(v, -1);
    np.split(v, [-1])
    """,
    "indexing": """
    np.take(v, 1); np.take(x, [0, 1], 1); np.take(x, 5, 1); np.take(x, 5, 1, mode='clip');
    np.take(x, [-9, 7], 1, mode='wrap'); np.take(x, [-9, 7], mode='clip'); np.take(z, [0], axis=0);
    np.take(z, 0); np.take(z, [0, 0], axis=-1); np.take(z, 0, axis=1); np.take(v, []);
    np.take(v, [True, False]); np.take(e, [], 0); np.take(e, [0], 0);
    np.take(e, 0, mode='clip', axis=0); np.take(v, 1, mode='no'); np.take(v, [[0, 1], [1, 2]]);
    np.take(v, np.array([1, 2], 'uint8')); np.take(v, [0], axis=3); np.take(v, -1);
    np.take(v, np.array([])); np.take(e, [], 1); np.take(v, None); np.take(m, slice(0, 1));
    np.take_along_axis(m, np.array([[0], [1], [2]]), 1);
    np.take_along_axis(m, np.array([[0, 1, 2, 0]]), 0); np.take_along_axis(m, np.array([0]), None);
    np.take_along_axis(m, np.zeros((2, 1), int), None); np.take_along_axis(m, np.zeros((3, 1)), 1);
    np.take_along_axis(m, np.array([0]), 0); np.take_along_axis(m, np.zeros((3, 1), int), 5);
    np.take_along_axis(m, np.zeros((3, 1), bool), 1);
    np.take_along_axis(m, np.zeros((2, 4), int), 1); np.take_along_axis(v, np.array([1]));
    np.take_along_axis(m, np.zeros((1, 1), int), 1);
    np.take_along_axis(m, np.zeros((1, 2), int), 1); np.take_along_axis(m, np.array([[7]]), 1);
    np.choose([0, 1, 0, 1], [v, w]); np.choose(np.array([0, 3, 1, 2]), [v, w], mode='wrap');
    np.choose(np.array([-1, 3, 1, 2]), [v, w], mode='clip'); np.choose([2, 0, 0, 0], [v, w]);
    np.choose(1, [v, w]); np.choose([0, 1, 2, 0], m); np.choose([[0], [1]], [v, 3.0]);
    np.choose([0.5, 1], [v, w]); np.choose(v.astype(int) * 0, [v, w]); np.choose([0, 1], [v, w]);
    np.choose(np.array([True, False, True, False]), [v, w]); np.choose(z, [v, w]);
    np.compress([True, False, True], m, 0); np.compress([0, 1], m, 1); np.compress([1, 0, 1], m);
    np.compress([[1, 0]], m, 1); np.compress([1] * 9, m, 1); np.compress([1], z); np.compress(v, v);
    np.compress(v > 0, w); np.compress([], m, 0); np.compress(1, m); np.compress([True], z, 0);
    np.extract(m > 0, m); np.extract([1, 0, 1], v); np.extract(m, m); np.extract([[1, 0]], z);
    np.select([v > 0, v < -1], [v, w]); np.select([v > 0, v < -1], [v, w], default=7);
    np.select([v > 0], [v, w]); np.select([], []); np.select([v], [v]); np.select([v > 0], [3]);
    np.select([m > 0], [v], 1.5); np.select([z > 0, z < 0], [v, w], z);
    np.select([True, False], [v, w]); np.select([v > 0], [m], default=z); np.select([v > 0], [a]);
    np.select([v > 0, v > 1], [1, 2.5]); np.select([np.array(True)], [z]);
    np.piecewise(v, [v > 0, v <= 0], [lambda t: t * 2, lambda t: -t]);
    np.piecewise(v, [v > 0], [1, -1]); np.piecewise(v, v > 0, [lambda t: t, 7]);
    np.piecewise(v, [v > 0], [1, 2, 3]); np.piecewise(z, z > 0, [lambda t: t * 3, 0]);
    np.piecewise(m, [m > 1, m > 0], [lambda t, k: t + k, lambda t, k: t - k], 1);
    np.piecewise(v, [v > 0, v > 1], [lambda t: t * 2, lambda t: t * 3]);
    np.piecewise(v, [v > 0], [lambda t: 3]); np.piecewise(e, [e > 0], [lambda t: t]);
    np.piecewise(z, [True], [lambda t: t + 1]); np.piecewise(v, [v > 100], [lambda t: 1 / 0, 0]);
    np.piecewise(m, [m > 1, m > 0], [lambda t, k=0: t + k, 1], k=3);
    np.piecewise(v, [[True, False, True, False]], [9, lambda t: t]); np.where(v > 0); np.where(m);
    np.where(z); np.where(v > 0, v, w); np.where(m > 0, v, 1); np.nonzero(m); np.nonzero(z);
    np.flatnonzero(m); np.argwhere(m); np.argwhere(z); np.flatnonzero(z); np.ix_(v > 0, [0]);
    np.unravel_index(np.array([1, 2]), (3, 4))
    """,
    "sorting": """
    np.sort(m); np.sort(m, 0); np.sort(m, None); np.sort(m, 1, 'stable');
    np.sort(m, kind='mergesort'); np.sort(m, stable=True); np.sort(m, 3); np.sort(z);
    np.sort(z, None); np.sort(e); np.sort(m, kind='x'); np.sort(m, -1, None, None);
    np.sort(m, kind='stable', stable=True); np.partition(m, 1); np.partition(m, 1, None);
    np.partition(m, [0, 2], 0); np.partition(m, 9); np.partition(m, -1);
    np.partition(m, 1, -1, 'introselect'); np.partition(m, 1, kind='quick'); np.partition(z, 0);
    np.partition(m, 1.5); np.partition(e, 0); np.argpartition(m, 1, kind='introselect');
    np.argpartition(m, 1, 0); np.argpartition(m, 1, None); np.argpartition(z, 0); np.argsort(m);
    np.argsort(m, 0, 'stable'); np.argsort(m, None); np.argsort(m, kind='x'); np.argsort(z);
    np.argsort(m, stable=True); np.argsort(m, -1, None, None); np.lexsort((v, w)); np.lexsort(m);
    np.lexsort((v, a)); np.searchsorted(np.sort(v), w); np.searchsorted(np.sort(v), w, 'right');
    np.searchsorted(v, w, sorter=np.argsort(v)); np.searchsorted(np.sort(v), 1.5);
    np.searchsorted(np.sort(v), m, side='left'); np.searchsorted(np.sort(v), w, 'up');
    np.searchsorted(m, w); np.searchsorted([1, 2, 3], v); np.searchsorted(z, v);
    np.searchsorted(o, v); np.digitize(v, np.sort(w)); np.digitize(v, [0, 1, 2], right=True);
    np.digitize(v, [0, 1, 0]); np.digitize(v, m)
    """,
    "sets": """
    np.unique(m); np.unique(np.round(m), return_counts=True); np.unique(m, True, True, True);
    np.unique(m, axis=0); np.unique(m, return_inverse=True, axis=1); np.unique(z); np.unique(e);
    np.unique(np.append(v, v)); np.unique(m, axis=4); np.unique(m, return_index=True);
    np.unique(m, equal_nan=False); np.unique_all(m); np.unique_counts(np.append(v, v));
    np.unique_inverse(m); np.unique_values(m); np.unique_values(np.append(v, v)); np.union1d(v, w);
    np.union1d(v, v); np.union1d(m, [1, 2]); np.intersect1d(v, v[:2]); np.intersect1d(v, w);
    np.intersect1d(v, v, return_indices=True); np.intersect1d(v, [1, 2.5]); np.setdiff1d(v, v[:2]);
    np.setdiff1d(m, v); np.setdiff1d(v, w, assume_unique=True); np.setxor1d(v, v[:2]);
    np.setxor1d(o, o); np.setxor1d(v, w, True); np.isin(v, w); np.isin(m, v, invert=True);
    np.isin(m, v, kind='sort'); np.isin(z, v); np.isin(v, [1, 2]); np.isin([1, 2], v);
    np.isin(v, w, kind='x')
    """,
}  # fmt: skip

# Differentiable where they stand: checked to second order.
DIFFERENTIABLE = """
    np.concatenate([v, w], dtype='float64'); np.block([[s, a[:, None]], [a, 1]]);
    np.block([[x, x], [x, x * 2]]); np.delete(m, [0, 2], 1); np.insert(m, [0, 2], v, axis=0);
    np.insert(m, 1, a, axis=1); np.insert(v, 1, b); np.unstack(x, axis=1); np.append(m, v);
    np.take(x, [-9, 7, 7], 1, mode='wrap'); np.take(z, [0], axis=0);
    np.choose([0, 1, 0, 1], [v, w]); np.choose([[0], [5]], [v, z], mode='clip');
    np.select([np.arange(4) > 2, np.arange(4) < 1], [v, w], z);
    np.piecewise(v, [v > 0, v > 1], [lambda t: t * t, lambda t: t ** 3, lambda t: np.exp(t)]);
    np.partition(m, 1); np.partition(m, [0, 2], 0) * np.arange(4);
    np.partition(m, 1, None) * np.arange(12); np.sort(m, 0) * np.arange(4);
    np.unique(m) * np.arange(12); np.unique(m, axis=1); np.union1d(v, w);
    np.intersect1d(v, v[:2]) * np.arange(2); np.setdiff1d(v, np.array([100.0])); np.setxor1d(v, w);
    np.compress([0, 1], m, 1); np.take_along_axis(m, np.array([0]), None)
"""
