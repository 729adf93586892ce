"""The way of each arrow between placed boxes: where it leaves, where it bends, where it arrives."""

from __future__ import annotations

from collections.abc import Hashable

from autograd_lite.visualize.layered import Link, Placed, Point, spread

PORT_SPACING = 18.0  # between arrows that end at one box
CORNER = 10.0  # how far from a box's corner arrows stay


def routes(
    free: list[bool],
    sizes: list[tuple[float, float]],
    links: list[Link],
    placed: Placed,
) -> list[list[Point]]:
    """The points of each link, from an edge of its source by its bends to one of its target.

    Args:
        free: for each node whether links may end anywhere along its edges.
        sizes: of each node.
        links: as given to `place`, with the places where they end at what is not free.
        placed: what `place` found.
    """
    starts, ends = _ports(free, sizes, links, placed)
    routes = []
    for i, link in enumerate(links):
        upwards = link.source > link.target
        below, above = placed.leaves[i], placed.enters[i]
        top, bottom = placed.y[link.source], placed.y[link.target]
        start = top if upwards else top + sizes[link.source][1]
        end = bottom + sizes[link.target][1] if upwards else bottom
        routes.append(
            [
                (starts[i], start),
                (starts[i], below),
                *placed.bends[i],
                (ends[i], above),
                (ends[i], end),
            ]
        )
    return routes


def _ports(
    free: list[bool],
    sizes: list[tuple[float, float]],
    links: list[Link],
    placed: Placed,
) -> tuple[list[float], list[float]]:
    """Return the positions along the edges of nodes where links start and end.

    Each as straight as possible, but apart from each other and from the corners.
    """
    starts = [placed.x[link.source] + link.start for link in links]
    ends = [placed.x[link.target] + link.end for link in links]
    leaving: dict[int, dict[Hashable, list[int]]] = {}
    entering: dict[int, dict[Hashable, list[int]]] = {}
    for i, (link, bends) in enumerate(zip(links, placed.bends, strict=True)):
        if free[link.source]:
            # Links over the same bend points are one line there, so they start at one place.
            line: Hashable = bends[0] if bends else i
            leaving.setdefault(link.source, {}).setdefault(line, []).append(i)
        if free[link.target]:
            entering.setdefault(link.target, {})[i] = [i]
    for nodes, places, others, near in ((leaving, starts, ends, 0), (entering, ends, starts, -1)):
        for node, lines in nodes.items():
            firsts = [i for i, *_ in lines.values()]
            wishes = [placed.bends[i][near][0] if placed.bends[i] else others[i] for i in firsts]
            found = _along(placed.x[node], sizes[node][0], wishes)
            for shared, x in zip(lines.values(), found, strict=True):
                for i in shared:
                    places[i] = x
    return starts, ends


def _along(middle: float, width: float, wishes: list[float]) -> list[float]:
    """Places along an edge for lines that come from the given places."""
    if len(wishes) == 1 and abs(wishes[0] - middle) > width / 2:
        return [middle]  # a line from the side looks best at the middle
    reach = max(width / 2 - CORNER, 0.0)
    spacing = min(PORT_SPACING, 2 * reach / max(len(wishes) - 1, 1))
    order = sorted(range(len(wishes)), key=wishes.__getitem__)
    gaps = [spacing] * (len(order) - 1)
    apart = spread([wishes[i] for i in order], gaps, [1.0] * len(order))
    left, right = middle - reach, middle + reach
    places = [0.0] * len(wishes)
    for rank, (i, x) in enumerate(zip(order, apart, strict=True)):
        after = len(order) - 1 - rank
        places[i] = min(max(x, left + rank * spacing), right - after * spacing)
    return places


def without_repetitions(points: list[Point]) -> list[Point]:
    """Without points on a straight line between their neighbours."""
    kept: list[Point] = []
    for point in points:
        if kept and abs(kept[-1][0] - point[0]) < 0.5:
            point = (kept[-1][0], point[1])
            if kept[-1] == point:
                continue
            if len(kept) > 1 and kept[-2][0] == point[0]:
                kept.pop()
        kept.append(point)
    return kept
