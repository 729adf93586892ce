import json

import numpy as np
import pytest

from autograd_lite import Variable, grad
from nn import regularizers
from nn._core.identifiers import serialize
from nn.regularizers import L1, L1L2, L2

X = np.array([[1.0, -2.0], [0.0, 4.0]])


@pytest.mark.parametrize(
    ("regularizer", "penalty", "gradient"),
    [
        (L1(0.5), 3.5, [[0.5, -0.5], [0.0, 0.5]]),
        (L2(0.5), 10.5, [[1.0, -2.0], [0.0, 4.0]]),
        (L1L2(l1=0.5, l2=0.25), 3.5 + 5.25, [[1.0, -1.5], [0.0, 2.5]]),
        (L1L2(), 0.0, [[0.0, 0.0], [0.0, 0.0]]),
    ],
)
def test_penalties_and_their_gradients_follow_the_formula(regularizer, penalty, gradient):
    assert float(regularizer(X)) == penalty
    assert regularizer(Variable(X)).item() == penalty
    np.testing.assert_array_equal(grad(regularizer)(X), gradient)


def test_the_penalty_is_no_average():
    # Keras's documentation of regularizers: L2(2.)(ones((5, 5))) is 50.
    assert float(L2(2.0)(np.ones((5, 5)))) == 50.0


@pytest.mark.parametrize("regularizer", [L1(), L2(), L1L2(0.1, 0.1)])
def test_the_dtype_stays(regularizer):
    penalty = regularizer(Variable(X, dtype="float32"))
    assert (penalty.dtype, penalty.shape) == (np.float32, ())
    assert regularizer(Variable(np.zeros((0, 3)))).item() == 0.0


def test_defaults_are_those_of_keras():
    assert (L1(), L2(), L1L2()) == (L1(0.01), L2(0.01), L1L2(0.0, 0.0))


@pytest.mark.parametrize("wrong", [-0.1, float("nan"), float("inf")])
def test_factors_out_of_range_are_refused(wrong):
    for make in (L1, L2, lambda x: L1L2(l1=x), lambda x: L1L2(l2=x)):
        with pytest.raises(ValueError, match="from 0 up"):
            make(wrong)


def test_what_an_argument_means():
    assert regularizers.get(None) is None
    assert regularizers.get("l2") == L2()
    # By name, both factors are 0.01; Keras's "l1l2" has factors of 0, which penalise nothing.
    assert regularizers.get("L1L2") == regularizers.get("l1_l2") == L1L2(0.01, 0.01)
    for own in (L1(3.0), np.sum):
        assert regularizers.get(own) is own
    for made in (L1(3.0), L1L2(l1=0.5)):
        assert regularizers.get(json.loads(json.dumps(serialize(made)))) == made


def test_what_is_no_regularizer_is_refused():
    with pytest.raises(ValueError, match="unknown regularizer 'l3'"):
        regularizers.get("l3")
    assert regularizers.get(L2) == L2()  # a class stands for its defaults, as in Keras
    assert regularizers.l2 is L2
    with pytest.raises(TypeError, match=r"0.1 is not a regularizer. Give a name, 'l1' say"):
        regularizers.get(0.1)
