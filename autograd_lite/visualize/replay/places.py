"""Positions of the page's boxes, from the layout of the pictures: of each group by itself.

Which groups are open is the reader's choice, and there are more choices than can be written down.
So each group is laid out once, with all in it closed; the page only makes room for what is opened.
"""

from __future__ import annotations

import math
import re
from typing import Any

from autograd_lite.graphs import Graph, Node
from autograd_lite.visualize.card import FONT_SIZES, text_width
from autograd_lite.visualize.groups import Group, Member, groups_of
from autograd_lite.visualize.layered import Point
from autograd_lite.visualize.layout import Key, layout_closed

HEIGHTS = (92, 116)  # of a node's card and of a closed group's
NODE_WIDTHS = (84, 184)  # the least and the most
DIGITS = (3, 2)  # the most rows and columns of an array that a card shows in numbers
DIGIT_WIDTH = 40
GROUP_WIDTHS = (96, 176)
FONT_SIZE = 12.0
LONGEST = 100  # letters of a title that are measured
PORT = -1  # in place of a member, where a line crosses the border of its group


def places(graph: Graph) -> dict[str, Any]:
    """The groups of a page, and the places of all boxes and lines, as tables.

    A member is the number of a node, or that of a group counted on from the last node.
    """
    groups = groups_of(graph)
    count = len(graph.nodes)
    numbers = {group: count + i for i, group in enumerate(groups)}

    def number(member: Member) -> int:
        return member if isinstance(member, int) else numbers[member]

    home = {member: i for i, group in enumerate(groups) for member in group.members}
    widths = [*map(_node_width, graph.nodes), *map(_group_width, groups)]
    found = layout_closed(
        [(width, HEIGHTS[0]) for width in widths[:count]],
        [(edge.source, edge.target) for edge in graph.edges],
        [_frame(home[node.id]) for node in graph.nodes],
        [_frame(home[group]) for group in groups[1:]],
        [(width, HEIGHTS[1]) for width in widths[count + 1 :]],
    )
    corners = {key: at for inside in found.insides for key, at in inside.corners.items()}
    nodes = [corners["box", i] for i in range(count)]
    frames = [corners["frame", i] for i in range(len(groups) - 1)]
    boxes = zip([*nodes, (0.0, 0.0), *frames], widths, strict=True)  # between: the whole graph
    return {
        "groups": [
            [
                *(group.title, int(group.is_scope), group.repeats, group.call),
                *_flat([(inside.width, inside.height)]),
                *map(number, group.members),
            ]
            for group, inside in zip(groups, found.insides, strict=True)
        ],
        "boxes": [n for corner, width in boxes for n in (*_flat([corner]), width)],
        "heights": HEIGHTS,
        "lines": [
            [_end(line.start, count), _end(line.end, count), *_flat(line.points)]
            for line in found.lines
        ],
        "routes": found.routes,
    }


def _flat(points: list[Point]) -> list[int]:
    """The coordinates in whole pixels; halves always go up, so that what is level stays so."""
    return [math.floor(x + 0.5) for point in points for x in point]


def _frame(group: int) -> int | None:
    """The frame of a group; the whole graph has none."""
    return group - 1 if group else None


def _end(key: Key, count: int) -> int:
    kind, i = key
    return {"box": i, "frame": count + 1 + i}.get(kind, PORT)


# -- cards: as wide as their titles need, within limits -------------------------------------------


def _node_width(node: Node) -> int:
    return _between(NODE_WIDTHS, max(_width(node.label) + 18, _width_of_numbers(node)))


def _width_of_numbers(node: Node) -> float:
    """The width of a small array and its gradient, in numbers side by side."""
    taken = node.sample
    if taken is None or len(taken.rows) > DIGITS[0] or not 0 < len(taken.columns) <= DIGITS[1]:
        return 0.0
    arrays = 2 if node.requires_grad else 1
    return arrays * (len(taken.columns) * DIGIT_WIDTH + 4) + 12


def _group_width(group: Group) -> int:
    """The title takes two lines, broken behind a "_"."""
    pieces = re.findall("[^_]*_+|[^_]+", group.title[:LONGEST]) or [""]
    ways = [("".join(pieces[:i]), "".join(pieces[i:])) for i in range(1, len(pieces) + 1)]
    return _between(GROUP_WIDTHS, min(max(map(_width, lines)) for lines in ways) + 44)


def _width(text: str) -> float:
    return text_width(text[:LONGEST], "title") * FONT_SIZE / FONT_SIZES["title"]


def _between(limits: tuple[int, int], width: float) -> int:
    return min(max(limits[0], math.ceil(width)), limits[1])
