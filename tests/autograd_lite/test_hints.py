"""Names of other libraries and shapes that do not fit are answered with what to write."""

import copy
import pickle

import numpy as np
import pytest

import autograd_lite as ag


@pytest.fixture
def t():
    return ag.Tensor([[1.0, 2.0]], requires_grad=True)


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("detach", r"ag.stop_gradient\(t\)"),
        ("cpu", "t.data"),
        ("view", r"t.reshape"),
        ("unsqueeze", "np.expand_dims"),
        ("relu", r"np.maximum\(t, 0\)"),
        ("frobnicate", "has no attribute 'frobnicate'"),
    ],
)
def test_attributes_of_other_libraries(t, name, instead):
    assert not hasattr(t, name)
    with pytest.raises(AttributeError, match=instead) as caught:
        getattr(t, name)
    assert (caught.value.name, caught.value.obj) == (name, t)


def test_copies_and_pickles_still_work(t):
    assert copy.copy(t).data.tolist() == pickle.loads(pickle.dumps(t)).data.tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ((2, 3), (2, 3), r"3 columns of the first, 2 rows of the second. a.T @ b gives \(3, 3\)"),
        ((2, 3), (4, 3), r"a @ b.T gives \(2, 4\)"),
        ((2, 3), (4,), r"shapes \(2, 3\) and \(4,\).* 4 entries of the second"),
        ((5, 2, 3), (2, 4), r"shapes \(5, 2, 3\) and \(2, 4\) cannot be multiplied"),
        ((2, 3), (), r"write a \* b"),
    ],
)
@pytest.mark.parametrize("which", [0, 1])
def test_a_product_of_matrices_that_do_not_fit(left, right, message, which):
    a, b = np.ones(left), np.ones(right)
    if which == 0:
        a = ag.Tensor(a, requires_grad=True)
    else:
        b = ag.Tensor(b, requires_grad=True)
    with pytest.raises(ValueError, match=message):
        np.matmul(a, b)


def test_axes_that_do_not_broadcast_are_left_to_numpy(t):
    with pytest.raises(ValueError, match="broadcast"):
        ag.Tensor(np.ones((2, 3, 4))) @ np.ones((3, 4, 5))
