"""The walks over a record."""

import numpy as np

import autograd_lite as ag
from autograd_lite.ancestors import ancestors, descendants, in_order


def recorded():
    """x and w, their product, a mask of x, and a masked sum of both."""
    x, w = ag.Tensor([1.0, -2.0], name="x"), ag.Tensor([3.0, 4.0], requires_grad=True, name="w")
    product, mask = x * w, x > 0
    return x, w, product, mask, np.sum(product, where=mask) + np.sum(w)


def test_each_once_and_inputs_before_their_users():
    x, w, product, _, J = recorded()
    nodes = in_order([J, product])
    assert len(nodes) == len(set(map(id, nodes)))
    assert {id(x), id(w), id(product)} < set(map(id, nodes))
    place = {id(node): i for i, node in enumerate(nodes)}
    assert all(place[id(i)] < place[id(node)] for node in nodes for i in node.inputs)


def test_masks_are_walked_to_when_asked():
    x, _, _, mask, J = recorded()
    assert not any(node is mask for node in ancestors([J]))
    with_masks = list(ancestors([J], keywords=True))
    assert any(node is mask for node in with_masks)
    after = descendants(mask, in_order([J], keywords=True), keywords=True)
    assert [node.function for node in after] == [np.sum, np.add]
    assert descendants(mask, in_order([J])) == []
    assert any(node is x for node in with_masks)


def test_along_gradients_only():
    x, w, _, _, J = recorded()
    nodes = list(ancestors([J], differentiable=True))
    assert all(node.requires_grad for node in nodes)
    assert any(node is w for node in nodes)
    assert not any(node is x for node in nodes)


def test_the_roots_come_first_and_nothing_is_walked_that_nobody_asks_for():
    y = ag.Tensor(1.0, requires_grad=True)
    for _ in range(100_000):
        y = -y
    assert next(ancestors([y])) is y
    assert len(in_order([y])) == 100_001
    assert list(ancestors([])) == []
