"""Masks are carried from the inputs of an operation to its result, by the axes they belong to."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.extend import lost_by, mask_of, set_mask, with_mask
from autograd_lite.masks import Mask

KEPT = np.array([[True, True, False], [True, False, False]])
W = np.arange(20.0).reshape(4, 5)
OTHER = np.array([[True, False, False], [True, False, True]])


def masked(mask=KEPT, **options):
    """A result of shape (2, 3, 4) with a mask over samples and steps."""
    x = ag.Tensor(np.arange(24.0).reshape(2, 3, 4), **options)
    return with_mask(x, ag.Tensor(mask))


KEEPS = {
    "a ufunc": lambda x: np.tanh(x) * 2,
    "an array broadcast over it": lambda x: x + np.ones((2, 1, 4)),
    "a product with a matrix": lambda x: x @ W,
    "einsum": lambda x: np.einsum("btf,fg->btg", x, W),
    "dot": lambda x: np.dot(x, W),
    "a reduction of features": lambda x: np.mean(x, axis=-1),
    "a reduction of features, kept": lambda x: np.max(x, axis=2, keepdims=True),
    "heads and back": lambda x: (
        x.reshape(2, 3, 2, 2).transpose(0, 2, 1, 3).transpose(0, 2, 1, 3).reshape(2, 3, 4)
    ),
    "an index of features": lambda x: x[..., 0],
    "an index of features by an array": lambda x: x[:, :, np.array([0, 2])],
    "a new axis behind": lambda x: x[:, :, None],
    "where": lambda x: np.where(x > 3, x, 0.0),
    "astype": lambda x: x.astype(np.float32),
    "clip": lambda x: np.clip(x, 0, 5),
    "joined features": lambda x: np.concatenate([x, np.zeros((2, 3, 1))], axis=-1),
    "cumsum": lambda x: np.cumsum(x, axis=1),
    "padded features": lambda x: np.pad(x, [(0, 0), (0, 0), (1, 1)]),
    "stop_gradient": ag.stop_gradient,
    "sorted features": lambda x: np.sort(x, axis=-1),
    "itself twice": lambda x: x + x,
}
DOES_THE_SAME = {
    "steps in reverse": lambda x: x[:, ::-1],
    "flip": lambda x: np.flip(x, 1),
    "the first steps": lambda x: x[:, :2],
    "one sample, kept": lambda x: x[1:],
    "samples in another order": lambda x: x[np.array([1, 0])],
    "some steps": lambda x: x[:, [0, 2]],
    "repeated steps": lambda x: np.repeat(x, 2, axis=1),
    "joined samples": lambda x: np.concatenate([x, x]),
    "a checkpoint": ag.checkpoint(lambda x: x[::-1] * 1),
}
ENDS = {
    "a mean over steps": lambda x: np.mean(x, axis=1),
    "a sum of everything": np.sum,
    "one step": lambda x: x[:, -1],
    "one sample": lambda x: x[0],
    "a contraction over steps": lambda x: np.ones((5, 3)) @ x,
}
LOSES = {
    "reshape": lambda x: x.reshape(6, 4),
    "ravel": np.ravel,
    "roll": lambda x: np.roll(x, 1, axis=1),
    "pad": lambda x: np.pad(x, [(0, 0), (1, 0), (0, 0)]),
    "sort": lambda x: np.sort(x, axis=1),
    "transpose": lambda x: np.transpose(x, (1, 0, 2)),
    "frexp": lambda x: np.frexp(x)[0],
    "qr": lambda x: np.linalg.qr(x)[0],
    "scan": lambda x: ag.scan(lambda c, step: (c, step * 2), 0.0, np.swapaxes(x, 0, 1))[1],
}


@pytest.mark.parametrize("name", KEEPS)
def test_the_mask_stays(name):
    result = KEEPS[name](masked())
    assert mask_of(result).data.tolist() == KEPT.tolist()


@pytest.mark.parametrize("name", DOES_THE_SAME)
def test_what_is_done_to_the_steps_is_done_to_the_mask(name):
    result = DOES_THE_SAME[name](masked())
    expected = DOES_THE_SAME[name](np.repeat(KEPT[:, :, None], 4, axis=2))[..., 0]
    assert mask_of(result).data.tolist() == expected.tolist()


@pytest.mark.parametrize("name", ENDS)
def test_what_has_no_steps_has_no_mask(name):
    result = ENDS[name](masked())
    assert mask_of(result) is None
    assert lost_by(result) is None


@pytest.mark.parametrize("name", LOSES)
def test_a_mask_that_cannot_be_carried_on_is_known_to_be_lost(name):
    result = LOSES[name](masked())
    assert mask_of(result) is None
    assert lost_by(result) == ("reshape" if name == "ravel" else name) or name == "ravel"
    assert lost_by(result * 2) is not None
    assert lost_by(np.sum(result, axis=0)) is None


def test_a_transposed_mask_comes_back():
    x = masked()
    assert mask_of(np.swapaxes(np.swapaxes(x, 0, 1) * 2, 0, 1)).data.tolist() == KEPT.tolist()


def test_a_step_counts_if_it_does_in_one_of_two():
    result = masked() - masked(OTHER)
    assert mask_of(result).data.tolist() == (KEPT | OTHER).tolist()


def test_joined_steps_without_a_mask_count():
    result = np.concatenate([masked(), np.zeros((2, 2, 4))], axis=1)
    assert mask_of(result).data.tolist() == [
        [True, True, False, True, True],
        [True, False, False, True, True],
    ]


def test_masks_of_different_axes_do_not_mix():
    x = masked()
    assert lost_by(x[:, :, None] - x[:, None]) == "subtract"


def test_it_is_carried_on_without_gradients_and_with():
    with ag.no_grad():
        assert mask_of(masked() * 2).data.tolist() == KEPT.tolist()
    x = masked(requires_grad=True)
    J = np.sum(np.where(mask_of(x * 3)[..., None], x * 3, 0))
    (d_x,) = ag.gradients(J, [x])
    assert d_x.data.tolist() == np.repeat(KEPT[..., None] * 3.0, 4, axis=2).tolist()


def test_a_compiled_program_computes_it_anew():
    @ag.compile
    def count(x):
        y = x * 2
        set_mask(y, x[..., 0] > 0)
        return np.sum(np.where(mask_of(np.tanh(y)[:, ::-1])[..., None], 1.0, 0.0))

    for x in (np.ones((2, 3, 4)), np.zeros((2, 3, 4)), np.arange(24.0).reshape(2, 3, 4)):
        assert float(count(x)) == np.count_nonzero(x[..., 0])
    assert count.traces == 1


def test_a_tensor_keeps_its_own_mask_when_it_is_given_another():
    x = masked()
    other = with_mask(x, ag.Tensor(OTHER))
    assert mask_of(x).data.tolist() == KEPT.tolist()
    assert mask_of(other).data.tolist() == OTHER.tolist()


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"mask of shape \(2, 4\) does not fit.*\(2, 3\)"):
        with_mask(ag.Tensor(np.zeros((2, 3, 4))), ag.Tensor(np.ones((2, 4), bool)))


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_have_the_mask(copied):
    assert mask_of(copied(masked())).data.tolist() == KEPT.tolist()


def test_derivatives_do_not_depend_on_masks():
    def f(x, w):
        return np.sum(np.tanh(with_mask(x * 1.0, ag.Tensor(KEPT)) @ w) ** 2)

    ag.check_gradients(f, np.arange(24.0).reshape(2, 3, 4) / 30, W / 20, order=2)


def test_an_operation_without_masks_makes_plain_tensors():
    assert type(ag.Tensor([1.0]) * 2) is ag.Tensor
    assert Mask._fields == ("values", "axes", "final")
