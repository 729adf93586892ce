"""NumPy's own tests, run on Tensors too: `python -m oracle.numpy_suite --help`.

The tests that ship inside NumPy are rewritten as they are imported (`rewrite`): each call, index,
operator and array method passes a `Watcher`, which computes it once on arrays, for the test, and
once on Tensors, and compares values, shapes, dtypes, errors and a directional derivative.
"""
