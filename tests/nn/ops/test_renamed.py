"""Functions of NumPy take their arguments by Keras's names (Keras 3.15.1), and by NumPy's."""

import inspect

import numpy as np
import pytest

import autograd_lite as ag
from nn import ops
from nn.ops.renamed import ARGUMENTS

X, Y = np.array([[0.5, 0.25], [0.75, 0.125]]), np.array([[0.25, 0.5], [1.0, 2.0]])
WHOLE_NUMBERS = np.array([[1, 2], [3, 0]])
# Further arguments, by the names that both have.
FURTHER = {
    "argpartition": {"kth": 1},
    "array_split": {"indices_or_sections": 2},
    "broadcast_to": {"shape": (3, 2, 2)},
    "dsplit": {"indices_or_sections": 2},
    "expand_dims": {"axis": 1},
    "full_like": {"fill_value": 7.0},
    "hsplit": {"indices_or_sections": 2},
    "moveaxis": {"source": 0, "destination": 1},
    "repeat": {"repeats": 2, "axis": 1},
    "roll": {"shift": 1},
    "split": {"indices_or_sections": 2},
    "swapaxes": {"axis1": 0, "axis2": 1},
    "take": {"indices": [1, 0], "axis": 1},
    "vsplit": {"indices_or_sections": 2},
}
OF_INTEGERS = {"bitwise_invert", "bitwise_not", "gcd", "lcm"}  # these take integers
LEADING = {
    "x": [X],
    "x1 x2": [X, Y],
    "x y": [WHOLE_NUMBERS, WHOLE_NUMBERS],
    "xs": [[X, Y]],
    "x repeats": [X, 2],
    "array": [X],
    "sorted_sequence values": [np.array([0.0, 1.0]), X],
    "condition x1 x2": [WHOLE_NUMBERS > 1, X, Y],
}
CASES = [(name, names) for names, functions in ARGUMENTS.items() for name in functions.split()]


def _arguments(name, names):
    if name == "dsplit":
        return [X[None]]
    if name in ("correlate", "ldexp"):
        return [X[0], Y[0]] if name == "correlate" else [X, WHOLE_NUMBERS]
    if name == "cross":
        return [np.eye(3), np.ones((3, 3))]
    return (
        [WHOLE_NUMBERS, WHOLE_NUMBERS][: len(names.split())]
        if name in OF_INTEGERS
        else LEADING[names]
    )


@pytest.mark.parametrize(("name", "names"), CASES)
def test_keras_names_and_numpys(name, names):
    given = dict(zip(names.split(), _arguments(name, names), strict=True))
    further = FURTHER.get(name, {})
    with np.errstate(all="ignore"):
        wanted = getattr(np, name)(*given.values(), **further)
        found = getattr(ops, name)(**given, **further)
        first, *others = given.items()
        mixed = getattr(ops, name)(first[1], **dict(others), **further)
    if name != "empty_like":
        several = isinstance(wanted, (list, tuple))
        for a, b, c in zip(*(x if several else [x] for x in (wanted, found, mixed)), strict=True):
            np.testing.assert_array_equal(a, b)
            np.testing.assert_array_equal(a, c)
    assert list(inspect.signature(getattr(ops, name)).parameters)[: len(given)] == list(given)


def test_numpys_names_hold_too():
    assert ops.tile(A=X, reps=2).shape == (2, 4)
    assert ops.take(a=X, indices=[0], axis=0).shape == (1, 2)
    with pytest.raises(TypeError):
        ops.tile(x=X)


def test_matrices():
    np.testing.assert_allclose(ops.det(x=X), np.linalg.det(X))
    np.testing.assert_allclose(ops.linalg.inv(x=X), np.linalg.inv(X))
    assert ops.svd(x=X, full_matrices=False, compute_uv=False).shape == (2,)


def test_they_are_differentiated():
    t = ag.Tensor(X, requires_grad=True)
    np.sum(ops.tile(x=ops.multiply(x1=t, x2=3.0), repeats=(2, 1))).backward()
    np.testing.assert_array_equal(t.grad, np.full((2, 2), 6.0))
