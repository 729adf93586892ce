import copy
import pickle

import numpy as np
import pytest

from nn import random
from nn.random import Generator, from_seed, generator, set_random_seed


@pytest.fixture(autouse=True)
def _global_state_is_put_back():
    state = generator().state
    yield
    generator().state = state


def test_it_draws_what_numpy_draws():
    # np.random.default_rng(42).normal(size=3), NumPy 2.
    expected = [0.30471707975443135, -1.0399841062404955, 0.7504511958064572]
    assert Generator(42).normal(size=3).tolist() == expected


def test_a_seed_repeats_itself_and_none_does_not():
    assert Generator(3).random() == Generator(np.int64(3)).random()
    assert Generator().random() != Generator().random()


def test_its_state_is_six_numbers_that_bring_everything_back():
    rng = Generator(1)
    rng.integers(0, 10, dtype=np.uint32)  # half of a 64-bit word is left over
    state = rng.state
    assert (state.shape, state.dtype) == ((6,), np.uint64)

    def everything(rng):
        return (
            rng.integers(0, 1000, 5, dtype=np.uint32).tolist(),
            rng.normal(size=5).tolist(),
            [child.random() for child in rng.spawn(2)],
            rng.permutation(10).tolist(),
        )

    first = everything(rng)
    other = Generator(99)
    other.state = state
    assert everything(other) == first


@pytest.mark.parametrize(
    "wrong", [np.zeros(5, np.uint64), np.zeros(6), [1, 2, 3, 4, 5, 6], np.zeros((1, 6), np.uint64)]
)
def test_a_state_of_another_kind_is_refused(wrong):
    with pytest.raises(ValueError, match="an array of 6 uint64 numbers"):
        Generator(0).state = wrong


def test_children_follow_from_the_state_and_are_independent():
    a, b = Generator(5).spawn(2)
    again, _ = Generator(5).spawn(2)
    assert a.random() == again.random() != b.random()
    assert Generator(5).spawn(0) == []
    draws = np.array([child.random(2000) for child in (Generator(7), *Generator(7).spawn(3))])
    correlation = np.corrcoef(draws)
    assert np.abs(correlation - np.eye(4)).max() < 0.08  # 3.5 standard deviations


def test_copies_are_generators_that_go_on_alike():
    rng = Generator(11)
    rng.random()
    for twin in (copy.deepcopy(rng), copy.copy(rng), pickle.loads(pickle.dumps(rng))):
        assert type(twin) is Generator
        assert twin is not rng
        assert twin.state.tolist() == rng.state.tolist()
    twin = copy.deepcopy(rng)
    assert twin.spawn(1)[0].random() == rng.spawn(1)[0].random()


def test_the_global_generator_starts_anew():
    set_random_seed(42)
    first = generator().random(), from_seed(None).random()
    held = generator()
    set_random_seed(42)
    assert held is generator() is random.generator()
    assert (generator().random(), from_seed(None).random()) == first


def test_python_and_numpy_are_left_alone():
    before = np.random.get_state()[1].tolist()
    set_random_seed(0)
    assert np.random.get_state()[1].tolist() == before


def test_what_a_seed_argument_means():
    assert from_seed(3).random() == Generator(3).random()
    own, plain = Generator(3), np.random.default_rng(3)
    assert from_seed(own) is own
    assert from_seed(plain) is plain
    assert from_seed(None).random() != from_seed(None).random()


@pytest.mark.parametrize("wrong", [1.0, "1", True, np.bool_(True), [1]])
def test_a_seed_is_an_integer(wrong):
    for take in (Generator, from_seed, set_random_seed):
        with pytest.raises(TypeError, match="a seed is an integer"):
            take(wrong)


def test_a_seed_is_not_negative():
    with pytest.raises(ValueError, match="from 0 up, got -1"):
        set_random_seed(-1)


def test_the_global_seed_is_not_none():
    with pytest.raises(TypeError, match=r"set_random_seed\(42\)"):
        set_random_seed(None)
