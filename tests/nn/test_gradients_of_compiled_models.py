"""A compiled function of models and losses is differentiated as the plain one."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
import nn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(8, 3)).astype(np.float32)
Y = np.array([[0.0], [1.0]] * 4, np.float32)


def model(seed=0):
    nn.random.set_random_seed(seed)
    made = nn.Sequential(
        [
            nn.Input((3,)),
            nn.Dense(4, activation="relu"),
            nn.BatchNormalization(),
            nn.Dropout(0.5),
            nn.Dense(1, activation="sigmoid"),
        ]
    )
    made(X)
    return made


def test_weights_get_the_gradients_of_the_plain_function():
    """Random masks, statistics that are assigned, labels that are checked: all happen once."""
    compiled_model, plain_model = model(), model()
    loss = nn.BinaryCrossentropy()

    def loss_of(net):
        return lambda x, y: loss(y, net(x, training=True))

    compiled, plain = ag.compile(loss_of(compiled_model)), loss_of(plain_model)
    for _ in range(4):
        values = []
        for net, f in ((compiled_model, compiled), (plain_model, plain)):
            for v in net.trainable_variables:
                v.zero_grad()
            J = f(X, Y)
            J.backward()
            grads = [v.grad for v in net.trainable_variables]
            values.append([J.item(), *grads, *(v.data for v in net.non_trainable_variables)])
        for a, b in zip(*values, strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-6)
    with pytest.raises(ValueError, match="0"):
        compiled(X, Y + 5)


def test_gradients_by_the_inputs_and_their_penalty():
    net = model()
    compiled = ag.compile(lambda x: np.sum(net(x, training=False)))

    def penalty(f):
        return ag.grad(lambda x: np.sum(ag.grad(f)(x) ** 2))(X)

    for _ in range(2):
        found, expected = penalty(compiled), penalty(lambda x: np.sum(net(x, training=False)))
        assert type(found) is type(expected)  # a Tensor, since the weights are captured
        np.testing.assert_allclose(found.data, expected.data, rtol=1e-4, atol=1e-7)


def test_what_updates_weights_says_that_nothing_flows_back_through_it():
    net = model()
    optimizer = nn.SGD(0.1)
    loss = nn.MeanSquaredError()

    @ag.compile
    def step(x, y):
        J = loss(y, net(x, training=True))
        gradients = ag.gradients(J, net.trainable_variables)
        optimizer.apply(gradients, net.trainable_variables)
        return J

    before = net.trainable_variables[0].data.copy()
    J = step(X, Y)
    assert not np.array_equal(net.trainable_variables[0].data, before)
    with pytest.raises(RuntimeError, match=r"updates weights|was assigned after"):
        J.backward()
    with pytest.raises(RuntimeError, match=r"updates weights|was assigned after"):
        ag.grad(step)(X, Y)
