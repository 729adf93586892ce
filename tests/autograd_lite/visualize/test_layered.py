"""A flat graph in rows."""

import itertools

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from autograd_lite.visualize.layered import LANE_GAP, NODE_GAP, ROW_GAP, Link, place, spread


def of_size(nodes, links, size=(40.0, 20.0), **borders):
    return place([size[0]] * nodes, [size[1]] * nodes, [Link(*link) for link in links], **borders)


def rows(placed):
    tops = sorted(set(placed.y))
    return [tops.index(y) for y in placed.y]


def test_a_chain_is_straight():
    placed = of_size(4, [(0, 1), (1, 2), (2, 3)])
    assert placed.x == [20.0] * 4
    assert placed.y == [0.0, 54.0, 108.0, 162.0]  # 20 high, 34 apart
    assert (placed.width, placed.height) == (40.0, 182.0)


def test_nothing_and_one():
    assert of_size(0, []).width == 0.0
    placed = of_size(1, [])
    assert (placed.x, placed.y, placed.width, placed.height) == ([20.0], [0.0], 40.0, 20.0)


def test_a_leaf_stands_just_above_its_user():
    # 0 -> 1 -> 2 -> 4, and the leaf 3 is used by 4 alone
    assert rows(of_size(5, [(0, 1), (1, 2), (2, 4), (3, 4)])) == [0, 1, 2, 2, 3]


def test_what_is_made_of_a_leaf_alone_moves_with_it():
    # 4 = f(3), 3 a leaf; used at the end of the chain 0 -> 1 -> 2 -> 5
    assert rows(of_size(6, [(0, 1), (1, 2), (2, 5), (3, 4), (4, 5)])) == [0, 1, 2, 1, 2, 3]


def test_a_side_input_leaves_the_main_line_straight():
    placed = of_size(6, [(0, 2), (1, 2), (2, 4), (3, 4), (4, 5)])
    assert placed.x[2] == pytest.approx(placed.x[4], abs=1)
    assert placed.x[4] == pytest.approx(placed.x[5], abs=1)


def test_a_tree_has_no_crossing_and_keeps_the_order_of_arguments():
    # 6 = f(4, 5), 4 = f(0, 1), 5 = f(2, 3)
    placed = of_size(7, [(0, 4), (1, 4), (2, 5), (3, 5), (4, 6), (5, 6)])
    assert placed.x[0] < placed.x[1] < placed.x[2] < placed.x[3]
    assert placed.x[4] < placed.x[5]


def test_crossings_are_undone():
    # 2 uses 1, 3 uses 0; both are used by 4 in the order 3, 2
    placed = of_size(5, [(1, 2), (0, 3), (3, 4), (2, 4)])
    assert (placed.x[0] < placed.x[1]) == (placed.x[3] < placed.x[2])


def test_a_long_arrow_passes_beside_what_is_between():
    placed = of_size(3, [(0, 1), (1, 2), (0, 2)])
    ((x, above), (same_x, below)) = placed.bends[2]
    assert x == same_x
    assert (above, below) == (placed.y[1], placed.y[1] + 20)
    assert abs(x - placed.x[1]) >= 20 + LANE_GAP


def test_long_arrows_from_one_place_share_their_way():
    placed = of_size(5, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 3), (0, 4)])
    assert placed.bends[4] == placed.bends[5][: len(placed.bends[4])]


def test_an_arrow_against_the_order_is_drawn_upwards():
    placed = of_size(3, [(0, 1), (1, 2), (2, 0)])
    upwards = [y for _, y in placed.bends[2]]
    assert upwards == sorted(upwards, reverse=True)
    assert placed.leaves[2] > placed.enters[2]


def test_ports_lie_on_the_borders():
    # 0 enters, 4 leaves; 1 is a leaf
    placed = place(
        [0.0, 40.0, 40.0, 40.0, 0.0],
        [0.0, 20.0, 20.0, 20.0, 0.0],
        [Link(0, 3), Link(1, 2), Link(2, 3), Link(3, 4)],
        first=1,
        last=1,
    )
    assert placed.y[0] == 0.0
    assert placed.y[4] == placed.height
    assert min(placed.y[1:4]) > 0


def test_a_kernel_that_every_step_uses_takes_linear_space():
    steps = 1_500
    links = [(i, i + 1) for i in range(1, steps)] + [(0, i) for i in range(1, steps + 1)]
    placed = of_size(steps + 1, links)
    assert placed.x[1] == pytest.approx(placed.x[steps], abs=20)
    assert sum(map(len, placed.bends)) < 50_000


def test_too_many_long_arrows_run_straight():
    """All of 1,000 steps are stacked at the end: a million bend points, were they all made."""
    steps = 1_000
    links = [(i, i + 1) for i in range(steps - 1)] + [(i, steps) for i in range(steps)]
    placed = of_size(steps + 1, links)
    assert sum(map(len, placed.bends)) < 50_000
    assert placed.bends[steps - 1] == []


@st.composite
def graphs(draw):
    nodes = draw(st.integers(1, 25))
    links = draw(
        st.lists(st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)), max_size=50)
    )
    sizes = draw(st.lists(st.integers(10, 90), min_size=nodes, max_size=nodes))
    return sizes, [Link(min(a, b), max(a, b)) for a, b in links if a != b]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_boxes_never_overlap_and_arrows_point_down(graph):
    sizes, links = graph
    placed = place(sizes, sizes, links)
    for a, b in itertools.combinations(range(len(sizes)), 2):
        apart = (
            abs(placed.x[a] - placed.x[b]) >= (sizes[a] + sizes[b]) / 2 + NODE_GAP - 1e-6
            or placed.y[a] + sizes[a] <= placed.y[b]
            or placed.y[b] + sizes[b] <= placed.y[a]
        )
        assert apart
    for link, bends in zip(links, placed.bends, strict=True):
        start, end = placed.y[link.source] + sizes[link.source], placed.y[link.target]
        assert start < end
        heights = [start, *(y for _, y in bends), end]
        assert heights == sorted(heights)
        for x, y in bends:
            for node, size in enumerate(sizes):
                beside = abs(placed.x[node] - x) >= size / 2 + LANE_GAP - 1e-6
                assert beside or not placed.y[node] < y < placed.y[node] + size


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_spread_is_the_least_squares_solution(data):
    n = data.draw(st.integers(1, 6))
    numbers = st.floats(-10, 10, allow_nan=False)
    wishes = np.array(data.draw(st.lists(numbers, min_size=n, max_size=n)))
    gaps = np.array(data.draw(st.lists(st.floats(0, 5), min_size=n - 1, max_size=n - 1)))
    weights = np.array(data.draw(st.lists(st.floats(0.1, 10), min_size=n, max_size=n)))
    found = np.array(spread(list(wishes), list(gaps), list(weights)))
    assert (np.diff(found) >= gaps - 1e-9).all()
    # Optimal: no block of neighbours can be moved so that the sum of squares falls.
    cost = weights @ (found - wishes) ** 2
    for i in range(n):
        for j in range(i + 1, n + 1):
            for step in (-1e-3, 1e-3):
                moved = found.copy()
                moved[i:j] += step
                if (np.diff(moved) >= gaps - 1e-12).all():
                    assert weights @ (moved - wishes) ** 2 >= cost - 1e-9


def test_rows_move_apart_where_arrows_run_sideways():
    narrow = of_size(3, [(0, 2), (1, 2)])
    wide = of_size(21, [(i, 20) for i in range(20)])
    assert narrow.y[2] - 20 < wide.y[20] - 20
    assert narrow.y[2] - 20 >= ROW_GAP
