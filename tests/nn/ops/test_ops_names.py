"""Every name of `keras.ops` is in the tables of docs/ops.md once, and is what they say."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import ops
from nn.ops import renamed

PAGE = (Path(__file__).parents[3] / "docs" / "ops.md").read_text("utf-8")
OWN, _, REST = PAGE.partition("## NumPy's own")[2].partition("\n## ")
NUMPYS = re.findall(r"`(\w+)`", OWN)
TABLES, _, REFUSED = REST.partition("## Not here")
HERE = re.findall(r"^\| `(\w+)` \|", TABLES, re.MULTILINE)
INSTEAD = re.findall(r"^\| `(\w+)` \| (.*) \|$", REFUSED, re.MULTILINE)


def test_each_is_listed_once():
    names = [*NUMPYS, *HERE, *(name for name, _ in INSTEAD), "image", "linalg", "nn"]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert len(names) == 341  # of Keras 3.15.1
    assert {*NUMPYS, *HERE, "image", "linalg", "nn"} == set(ops.__all__)


@pytest.mark.parametrize("name", NUMPYS)
def test_numpys_own(name):
    own = name in ops.NUMPYS_OWN or name in renamed.__all__
    assert own
    assert getattr(ops, name).__name__ == getattr(np, name).__name__


@pytest.mark.parametrize(("name", "what"), INSTEAD)
def test_what_is_not_here_says_what_to_write(name, what):
    with pytest.raises(AttributeError, match=re.escape(f"no attribute '{name}': {what}")):
        getattr(ops, name)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(AttributeError, match=r"no attribute 'sotfmax'\. Did you mean 'softmax'"):
        _ = ops.sotfmax
    with pytest.raises(
        AttributeError, match=r"'nn' has no attribute 'Convolution2D'\. Did you mean"
    ):
        _ = nn.Convolution2D


def test_modules_have_what_the_whole_has():
    assert ops.nn.relu is ops.relu is nn.activations.relu
    assert ops.linalg.det is ops.det
    with pytest.raises(AttributeError):
        _ = ops.image.no_such_name


def test_what_is_made_is_float32_and_what_is_given_keeps_its_dtype():
    assert (
        ops.zeros((2,)).dtype == ops.ones(2).dtype == ops.arange(0.0, 1.0, 0.5).dtype == "float32"
    )
    assert ops.convert_to_tensor([1.0]).dtype == "float32"
    assert ops.convert_to_tensor(np.array([1.0])).dtype == "float64"
    assert ops.convert_to_tensor([1]).dtype.kind == "i"
    t = ag.Tensor([1.0], requires_grad=True)
    assert ops.convert_to_tensor(t) is t
    assert isinstance(ops.convert_to_numpy(t), np.ndarray)
    assert ops.is_tensor(t)
    assert not ops.is_tensor(t.data)


def test_sparsemax_is_a_distribution():
    """By its definition; the formula of Keras 3.15.1 adds up to something else."""
    x = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
    np.testing.assert_allclose(ops.sparsemax(x), [[0.75, 0, 0.25], [0, 1, 0]])
    assert ops.sparsemax(x, axis=0).sum(axis=0).tolist() == [1, 1, 1]
    ag.check_gradients(ops.sparsemax, np.array([1.0, 0.3, -1.0]))


def test_loops_and_branches():
    assert ops.cond(np.bool_(False), lambda: 1, lambda: 2) == 2
    assert ops.switch(7, [lambda x: x, lambda x: -x], 3) == -3
    assert ops.while_loop(lambda i: i < 10, lambda i: i + 3, 0) == 12
    assert ops.while_loop(lambda i: True, lambda i: i + 1, 0, maximum_iterations=4) == 4
    last, ys = ops.scan(lambda c, x: (c * x, c), 1.0, np.array([2.0, 3.0]), reverse=True)
    assert (last, ys.tolist()) == (6.0, [3.0, 1.0])
    last, ys = ops.scan(lambda c, x: (c + 1, c), 0, None, length=3)
    assert (last, ys.tolist()) == (3, [0, 1, 2])
    pairs = ops.vectorized_map(lambda p: (p["a"] + 1, p["b"]), {"a": np.arange(2), "b": np.ones(2)})
    assert [part.tolist() for part in pairs] == [[1, 2], [1.0, 1.0]]
    backwards = ops.associative_scan(np.add, np.arange(4.0), reverse=True)
    assert backwards.tolist() == [6, 6, 5, 3]
    value, slope = ops.jvp(np.square, (np.array(3.0),), (np.array(1.0),))
    assert (float(value), float(slope)) == (9, 6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.segment_sum(np.ones(2), [0, -1]), "lie between 0 and"),
        (lambda: ops.segment_sum(np.ones(2), [0, 3], num_segments=2), "lie between 0 and 1"),
        (lambda: ops.segment_sum(np.ones(2), [0]), "one whole number for each of 2 rows"),
        (lambda: ops.scatter([[0, 1]], np.ones(1), (3,)), "axes at most 1"),
        (lambda: ops.scatter_update(np.ones(2), [[0]], np.ones(1), "sub"), "reduction is None"),
        (lambda: ops.slice(np.ones((2, 2)), (1, 1), (2, 1)), "outside of an axis of 2"),
        (lambda: ops.top_k(np.ones(2), 3), r"top_k\(k=3\) of an axis of 2"),
        (lambda: ops.unstack(np.ones((2, 3)), 2, axis=1), "has 3 parts, not 2"),
        (lambda: ops.conv(np.ones((1, 4)), np.ones((2, 1, 1))), "inputs of 3 or 4 or 5 axes"),
        (lambda: ops.conv(np.ones((1, 4, 3)), np.ones((2, 2, 1))), "does not fit inputs of 3 cha"),
        (lambda: ops.max_pool(np.ones((1, 2, 2, 1)), 3), "windows of 3 elements"),
        (lambda: ops.sparse_categorical_crossentropy([3], np.ones((1, 3))), "0 to 2"),
        (lambda: ops.binary_crossentropy(np.ones(2), np.ones(3)), "have one shape"),
        (lambda: ops.one_hot([0], 2, sparse=True), "leave out sparse=True"),
        (lambda: ops.scan(lambda c, x: (c, x), 0, [np.ones(2), np.ones(3)]), "one number of steps"),
        (lambda: ops.image.crop_images(np.ones((4, 4, 1)), 2, 0, 2, 0), "leaves nothing"),
        (lambda: ops.image.pad_images(np.ones((4, 4, 1)), 1, 1, 1, 1, 9, 9), "two of the three"),
        (lambda: ops.image.rgb_to_grayscale(np.ones((2, 2, 1))), "3 channels"),
        (
            lambda: ops.conv(np.ones((1, 4, 1)), np.ones((2, 1, 1)), data_format="first"),
            "'channels_last' or 'channels_first'",
        ),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises((ValueError, TypeError, IndexError), match=message):
        call()


@pytest.mark.parametrize("x", [-1.0, -0.9999999, -0.3, 0.0, 1e-300, 0.5, 0.999, 1.0, 2.0, np.nan])
def test_erfinv_is_the_inverse_of_erf(x):
    y = ops.erfinv(np.array(x))
    if abs(x) <= 1:
        np.testing.assert_allclose(ops.erf(y), x, rtol=4e-16)
    else:
        assert np.isnan(y)


def test_gradients_of_erfc_and_erfinv():
    ag.check_gradients(ops.erfinv, np.array([-0.7, 0.2, 0.95]), order=2)
    ag.check_gradients(ops.erfc, np.array([-0.7, 0.2, 3.0]), order=2)
