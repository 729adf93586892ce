"""What must not reach others: a thread's or generator's recording, what a rule or caller writes."""

from __future__ import annotations

import contextlib
import threading

import numpy as np
import pytest

import autograd_lite as ag


def recording():
    return (ag.Tensor(1.0, requires_grad=True) * 2).requires_grad


def scope_name():
    scope = (ag.Tensor(1.0, requires_grad=True) * 2).scope
    return scope and scope.name


@pytest.mark.parametrize("make", [ag.no_grad, lambda: ag.scope("a")])
def test_one_object_in_two_threads(make):
    """Entered by one, then the other, and left in the order of entering."""
    block, errors, steps = make(), [], [threading.Event() for _ in range(3)]

    def first():
        with block:
            steps[0].set()
            steps[1].wait(5)
        errors.extend([] if recording() and scope_name() is None else ["first"])
        steps[2].set()

    def second():
        steps[0].wait(5)
        with block:
            steps[1].set()
            steps[2].wait(5)
            errors.extend(["second"] if recording() and scope_name() is None else [])

    threads = [threading.Thread(target=f) for f in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_one_object_entered_twice():
    block = ag.no_grad()
    with block:
        with block:
            assert not recording()
        assert not recording()
    assert recording()


def test_blocks_left_in_another_order():
    first, second = ag.no_grad(), ag.no_grad()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not recording()
    second.__exit__(None, None, None)
    assert recording()


class TestGenerators:
    """A suspended generator's block does not go on in whoever iterates over it."""

    def test_no_grad(self):
        def batches():
            with ag.no_grad():
                for i in range(3):
                    assert not recording()
                    yield i
                    assert not recording()

        for _ in batches():
            assert recording()
        assert recording()
        for _ in batches():
            break
        assert recording()

    def test_scope(self):
        def parts():
            with ag.scope("inside"):
                yield scope_name()

        for name in parts():
            assert (name, scope_name()) == ("inside", None)

    def test_two_at_a_time(self):
        def batches():
            with ag.no_grad():
                yield recording()
                yield recording()

        assert list(zip(batches(), batches(), strict=True)) == [(False, False)] * 2
        assert recording()

    def test_one_that_is_given_up(self):
        def batches():
            with ag.no_grad():
                yield 1

        kept = batches()
        next(kept)
        with ag.scope("a"):
            kept.close()
            assert recording()
        assert recording()
        assert scope_name() is None

    def test_a_context_manager_written_as_one_is_meant_to(self):
        @contextlib.contextmanager
        def evaluating():
            with ag.no_grad():
                yield

        with evaluating():
            assert not recording()
        assert recording()


def test_threads_add_to_one_gradient():
    """Nothing is lost: all contributions are whole numbers, whose sum is exact."""
    x = ag.Tensor(np.zeros(20_000), requires_grad=True)
    gate = threading.Barrier(4)

    def work():
        gate.wait()
        for _ in range(50):
            np.sum(x * 2.0).backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(x.grad, 400)


@pytest.mark.parametrize("written", ["g", "y", "a", "b"])
def test_a_rule_that_writes_into_what_it_is_handed(written):
    """It would change the gradients of others, so it fails where it does."""

    @ag.primitive
    def product(a, b):
        return a * b

    def rule(g, y, a, b):
        {"g": g, "y": y, "a": a, "b": b}[written][...] = 0
        return g * b

    ag.gradient(product, rule, lambda g, y, a, b: g * a)
    a, b = ag.Tensor(np.ones(2), requires_grad=True), np.full(2, 3.0)
    with pytest.raises(ValueError, match="read-only"):
        np.sum(product(a, b) + a).backward()
    assert a.grad is None
    np.testing.assert_array_equal(a.data, 1)
    np.testing.assert_array_equal(b, 3)


def test_a_gradient_is_no_ones_else_array():
    """Written into, it changes neither the upstream gradient nor another gradient."""
    u = np.ones(2)
    for f in (lambda x: x, lambda x: x + 0, lambda x: np.reshape(x, (1, 2))[0], np.positive):
        y, pull_back = ag.vjp(f, np.array([1.0, 2.0]))
        first = pull_back(u)
        first[...] = 7
        y[...] = 7
        np.testing.assert_array_equal(u, 1)
        np.testing.assert_array_equal(pull_back(u), 1)
    a, b = (ag.Tensor(np.ones(2), requires_grad=True) for _ in range(2))
    (a + b).backward(u)
    a.grad[...] = 7
    np.testing.assert_array_equal(b.grad, 1)
    np.testing.assert_array_equal(u, 1)


def test_a_value_of_vjp_is_no_part_of_the_record():
    y, pull_back = ag.vjp(np.exp, np.zeros(2))
    y *= 5
    np.testing.assert_array_equal(pull_back(np.ones(2)), 1)
