"""The groups of the replay page: which there are, and that each member stands in one place."""

import contextlib
import dataclasses
import itertools

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.visualize.groups import TOO_MANY, Group, groups_of
from autograd_lite.visualize.replay.places import places


def chain(length):
    y = ag.Tensor([1.0], requires_grad=True, name="x")
    for _ in range(length):
        y = np.tanh(y)
    return y


def alternating(length):
    y = ag.Tensor([1.0], name="x")
    for i in range(length):
        y = [np.tanh, np.exp, np.sin][i * i % 7 % 3](y)
    return y


def called_twice():
    w, y = ag.Tensor([2.0], requires_grad=True, name="w"), ag.Tensor([1.0], name="x")
    for _ in range(2):
        with ag.scope("layer"):
            y = np.sin(y * w)
    return y


def nested(levels):
    with contextlib.ExitStack() as stack:
        for i in range(levels):
            stack.enter_context(ag.scope(f"s{i % 3}"))
        return ag.Tensor([1.0], name="x") * 2


def scopes_that_no_program_makes():
    """As a file may hold them: what is in a scope call is also used outside, and back again."""
    graph = ag.graph(called_twice())
    scopes = [0, None, 1, 0, None, 1, 0]
    nodes = [n._replace(scope=scopes[n.id % len(scopes)]) for n in graph.nodes]
    return dataclasses.replace(graph, nodes=tuple(nodes))


GRAPHS = {
    "a leaf": lambda: ag.Tensor(1.0),
    "a chain": lambda: chain(3),
    "a long chain": lambda: chain(5_000),
    "much that is not repeated": lambda: alternating(900),
    "two calls": called_twice,
    "deeper than Python's stack": lambda: nested(2_000),
    "scopes that no program makes": scopes_that_no_program_makes,
}


def graph_of(name):
    made = GRAPHS[name]()
    return made if isinstance(made, ag.Graph) else ag.graph(made)


@pytest.mark.parametrize("name", GRAPHS)
def test_each_node_is_in_one_group_and_none_holds_too_many(name):
    graph = graph_of(name)
    groups = groups_of(graph)
    members = [member for group in groups for member in group.members]
    assert sorted(m for m in members if isinstance(m, int)) == [n.id for n in graph.nodes]
    assert [m for m in members if isinstance(m, Group)] == groups[1:]
    assert all(len(group.members) <= TOO_MANY for group in groups)


def test_what_is_repeated_is_one_group():
    groups = groups_of(ag.graph(np.sum(chain(100))))
    assert [(g.title, g.repeats) for g in groups[:2]] == [("", 1), ("tanh", 100)]
    assert [g.title for g in groups[2:]] == [f"tanh {i}–{i + 19}" for i in range(1, 101, 20)]


def test_calls_are_counted():
    calls = [(g.title, g.call) for g in groups_of(ag.graph(called_twice())) if g.is_scope]
    assert calls == [("layer", "call 1 of 2"), ("layer", "call 2 of 2")]


@pytest.mark.parametrize("name", GRAPHS)
def test_every_edge_has_a_line_from_its_source_to_its_target(name):
    graph = graph_of(name)
    found = places(graph)
    for edge, route in zip(graph.edges, found["routes"], strict=True):
        lines = [found["lines"][i] for i in route]
        assert lines[0][0] == edge.source
        assert lines[-1][1] == edge.target
        for before, after in itertools.pairwise(lines):
            assert -1 in (before[1], after[0])  # one of them meets the border of a group
            assert (before[1], after[0]) != (-1, -1) or before[0] != after[1]
    groups, boxes = found["groups"], found["boxes"]
    for group in groups:
        corners = [boxes[3 * m : 3 * m + 3] for m in group[6:]]
        assert all(x >= 0 and y >= 0 and x + width <= group[4] for x, y, width in corners)
