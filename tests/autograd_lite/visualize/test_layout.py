"""Boxes in frames in frames, and the arrows between them."""

import itertools

import hypothesis.strategies as st
from hypothesis import given, settings

from autograd_lite.visualize.layout import HEADER, PADDING, Frame, Rectangle, layout


def within(inner, outer):
    return (
        inner.x >= outer.x - 1e-6
        and inner.y >= outer.y - 1e-6
        and inner.x + inner.width <= outer.x + outer.width + 1e-6
        and inner.y + inner.height <= outer.y + outer.height + 1e-6
    )


def overlap(a, b):
    return (
        a.x < b.x + b.width - 1e-6
        and b.x < a.x + a.width - 1e-6
        and a.y < b.y + b.height - 1e-6
        and b.y < a.y + a.height - 1e-6
    )


def test_a_frame_has_room_for_its_title():
    found = layout([(40, 20)], [], [0], [Frame(None, title_width=200.0)])
    (frame,), (box,) = found.frames, found.boxes
    assert frame == Rectangle(0.0, 0.0, 200.0, 20 + HEADER + 2 * PADDING)
    assert box.y == HEADER + PADDING
    assert box.x + 20 == 100.0  # in the middle


def test_nothing():
    assert layout([], []) == ([], [], [], 0.0, 0.0)


def test_arrows_go_from_edge_to_edge_through_the_borders():
    # 0 -> [1 -> 2] -> 3
    found = layout([(40, 20)] * 4, [(0, 1), (1, 2), (2, 3)], [None, 0, 0, None], [Frame(None)])
    for (a, b), route in zip([(0, 1), (1, 2), (2, 3)], found.routes, strict=True):
        x = found.boxes[a].x + 20
        assert route == [(x, found.boxes[a].y + 20), (x, found.boxes[b].y)]


def test_two_uses_by_one_operation_are_two_arrows():
    found = layout([(80, 20), (80, 20)], [(0, 1), (0, 1)])
    (a, *_), (b, *_) = found.routes
    assert abs(a[0] - b[0]) >= 10


def test_many_arrows_share_an_edge_evenly():
    arrows = [(0, 1)] * 4 + [(0, 2)]  # four go down, one to the side
    found = layout([(50, 30)] * 3, arrows)
    starts = [route[0][0] - found.boxes[0].x for route in found.routes]
    assert min(starts) >= 0
    assert max(starts) <= 50
    gaps = sorted(b - a for a, b in itertools.pairwise(sorted(starts)))
    assert gaps[0] > 0


def test_two_uses_inside_of_a_frame_part_inside():
    found = layout([(80, 20), (80, 20)], [(0, 1), (0, 1)], [None, 0], [Frame(None)])
    a, b = found.routes
    assert a[0] == b[0]
    assert abs(a[-1][0] - b[-1][0]) >= 10


def test_rightwards_is_downwards_turned():
    arrows = [(0, 1), (0, 2), (1, 3), (2, 3)]
    down = layout([(20, 40)] * 4, arrows)
    right = layout([(40, 20)] * 4, arrows, rightwards=True)
    assert [(box.y, box.x) for box in right.boxes] == [(box.x, box.y) for box in down.boxes]
    assert (right.width, right.height) == (down.height, down.width)
    assert right.routes == [[(y, x) for x, y in route] for route in down.routes]


def test_a_title_is_above_in_both_directions():
    for rightwards in (False, True):
        found = layout([(40, 20)], [], [0], [Frame(None)], rightwards=rightwards)
        assert found.boxes[0].y - found.frames[0].y == HEADER + PADDING


def test_a_frame_called_again_after_what_it_feeds_makes_no_knot():
    # frame 0 holds 0 and 2, but 1, between them, is outside: an arrow has to run back
    found = layout([(40, 20)] * 3, [(0, 1), (1, 2)], [0, None, 0], [Frame(None)])
    assert not overlap(found.boxes[1], found.frames[0])


def test_frames_3000_deep():
    depth = 3_000
    frames = [Frame(None if i == 0 else i - 1) for i in range(depth)]
    found = layout([(40, 20)] * 2, [(0, 1)], [None, depth - 1], frames)
    assert within(found.boxes[1], found.frames[-1])
    assert len(found.routes[0]) == 2


@st.composite
def nested(draw):
    frames = draw(st.integers(0, 5))
    parents = [
        Frame(draw(st.one_of(st.none(), st.integers(0, i - 1))) if i else None)
        for i in range(frames)
    ]
    boxes = draw(st.integers(1, 14))
    where = st.one_of(st.none(), st.integers(0, frames - 1)) if frames else st.none()
    inside = [draw(where) for _ in range(boxes)]
    pairs = st.tuples(st.integers(0, boxes - 1), st.integers(0, boxes - 1))
    arrows = [(min(p), max(p)) for p in draw(st.lists(pairs, max_size=20)) if p[0] != p[1]]
    return parents, inside, arrows, draw(st.booleans())


@settings(max_examples=80, deadline=None)
@given(nested())
def test_nothing_overlaps_and_everything_is_in_its_frame(case):
    frames, inside, arrows, rightwards = case
    sizes = [(40.0 + 10 * (i % 3), 20.0 + 5 * (i % 2)) for i in range(len(inside))]
    found = layout(sizes, arrows, inside, frames, rightwards=rightwards)
    whole = Rectangle(0.0, 0.0, found.width, found.height)
    used = {frame for frame in inside if frame is not None}
    for frame in sorted(used, reverse=True):
        if frames[frame].parent is not None:
            used.add(frames[frame].parent)
    for box, frame in zip(found.boxes, inside, strict=True):
        assert within(box, whole if frame is None else found.frames[frame])
    for frame in used:
        parent = frames[frame].parent
        assert within(found.frames[frame], whole if parent is None else found.frames[parent])
    for a, b in itertools.combinations(found.boxes, 2):
        assert not overlap(a, b)
    for a, b in itertools.combinations(sorted(used), 2):
        if frames[a].parent == frames[b].parent:
            assert not overlap(found.frames[a], found.frames[b])
    for box, frame in zip(found.boxes, inside, strict=True):
        for other in used:
            if frame is None or (other != frame and frames[other].parent == frame):
                assert not overlap(box, found.frames[other]) or other == frame


@settings(max_examples=40, deadline=None)
@given(nested())
def test_arrows_start_and_end_on_their_boxes(case):
    frames, inside, arrows, rightwards = case
    found = layout([(50.0, 30.0)] * len(inside), arrows, inside, frames, rightwards=rightwards)
    for (a, b), route in zip(arrows, found.routes, strict=True):
        for box, (x, y) in ((found.boxes[a], route[0]), (found.boxes[b], route[-1])):
            assert box.x - 1e-6 <= x <= box.x + box.width + 1e-6
            assert box.y - 1e-6 <= y <= box.y + box.height + 1e-6
