"""A layered layout: nodes in rows, so that arrows run from each row to later ones.

The method of Sugiyama, Tagawa and Toda ("Methods for visual understanding of hierarchical system
structures", 1981): give each node a row, order the rows so that few arrows cross, then place the
nodes. Long arrows get a bend point in every row they pass ("dummy nodes"), so that they run
between the boxes.

Everything is a loop over nodes or arrows: time grows linearly, but for one sort in each row.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

NODE_GAP = 22.0  # between boxes of a row
LANE_GAP = 12.0  # between a box and an arrow that passes it, and between such arrows
ROW_GAP = 34.0  # between rows
PORT_GAP = 14.0  # between a row and the border that arrows cross
STEEPEST = 0.1  # rows move apart by this share of the widest sidestep between them,
LARGEST_GAP = 84.0  # up to this gap
SWEEPS = 12
# When all arrows together have so many bend points, the longest run straight, behind the boxes: a
# value that 1,000 rows use is no line that one follows.
MOST_BENDS_PER_NODE = 8
FEWEST_BENDS = 20_000

Point = tuple[float, float]


class Link(NamedTuple):
    """An arrow between two nodes.

    Attributes:
        source: the index of the node where it starts.
        target: the index of the node where it ends.
        start: how far to the right of the source's middle it has to start.
        end: how far to the right of the target's middle it has to end.
    """

    source: int
    target: int
    start: float = 0.0
    end: float = 0.0


class Placed(NamedTuple):
    """The positions of nodes, and the bends of links.

    Attributes:
        x: the middle of each node.
        y: the upper edge of each node.
        bends: for each link the points on its way, from the lower edge of the row it leaves to
            the upper edge of the row it enters, those two not included.
        leaves: for each link the height at which it is below all boxes of the row it leaves.
        enters: for each link the height at which it is above all boxes of the row it enters.
        width: from the leftmost to the rightmost edge.
        height: from the uppermost to the lowermost edge.
    """

    x: list[float]
    y: list[float]
    bends: list[list[Point]]
    leaves: list[float]
    enters: list[float]
    width: float
    height: float


def place(
    widths: Sequence[float],
    heights: Sequence[float],
    links: Sequence[Link],
    first: int = 0,
    last: int = 0,
) -> Placed:
    """Place nodes of the given sizes.

    Args:
        widths: of each node.
        heights: of each node.
        links: the arrows. They should run from lower to higher indices; one that does not is drawn
            upwards. A link from a node to itself is left without bends.
        first: so many nodes, the first ones, lie on the upper border.
        last: so many nodes, the last ones, lie on the lower border.
    """
    graph = _Layered(len(widths), links, first, last)
    graph.widths = [*widths, *([0.0] * graph.bends)]
    graph.heights = [*heights, *([0.0] * graph.bends)]
    graph.order_rows()
    graph.place_in_rows()
    return graph.placed()


class _Layered:
    """The layout while it is made. Bend points are nodes too, numbered on from the last one.

    Attributes:
        rows: the nodes of each row, from left to right.
        leaf: whether nothing leads to a node.
        origin: for each bend the node that the line comes from.
        above, below: for each node its neighbours in the rows before and after it, with the
            places where their line starts and ends (to the right of the node's own middle, and of
            the neighbour's), and how much it wants to be straight.
    """

    widths: list[float]
    heights: list[float]

    def __init__(self, nodes: int, links: Sequence[Link], first: int, last: int) -> None:
        self.nodes = nodes
        self.links = links
        self.row = _rows_of(nodes, links, first, last)
        self.leaf = [True] * nodes
        for source, target, *_ in links:
            self.leaf[max(source, target)] = False
        self.origin: dict[int, int] = {}
        self.paths = self._paths()
        self.bends = len(self.row) - nodes
        self.above: list[list[tuple[int, float, float, float]]] = [[] for _ in self.row]
        self.below: list[list[tuple[int, float, float, float]]] = [[] for _ in self.row]
        self._connect()

    def _paths(self) -> list[list[int]]:
        """The nodes that each link passes. Links that leave a node at one place share their bends.

        So a value with many uses is one line that branches off where it is used.
        """
        budget = max(FEWEST_BENDS, MOST_BENDS_PER_NODE * self.nodes)
        trunks: dict[tuple[int, float], list[int]] = {}
        paths: list[list[int]] = [[] for _ in self.links]
        for i in sorted(range(len(self.links)), key=self._rows_spanned):
            source, target, start, end = self.links[i]
            if source == target:
                continue
            upper, leaving = (source, start) if source < target else (target, end)
            lower = max(source, target)
            trunk = trunks.setdefault((upper, leaving), [])
            needed = self.row[lower] - self.row[upper] - 1
            if needed > budget:
                paths[i] = [upper, lower]
                continue
            budget -= needed
            while len(trunk) < needed:
                self.origin[len(self.row)] = upper
                trunk.append(len(self.row))
                self.row.append(self.row[upper] + len(trunk))
            paths[i] = [upper, *trunk[:needed], lower]
        return paths

    def _rows_spanned(self, link: int) -> int:
        source, target, *_ = self.links[link]
        return abs(self.row[target] - self.row[source])

    def _connect(self) -> None:
        seen = set()
        for (source, target, start, end), path in zip(self.links, self.paths, strict=True):
            leaving, entering = (start, end) if source < target else (end, start)
            for k in range(len(path) - 1):
                a, b = path[k], path[k + 1]
                if self.row[b] != self.row[a] + 1:
                    continue  # runs straight over several rows
                out = leaving if k == 0 else 0.0
                into = entering if k == len(path) - 2 else 0.0
                if (a, b, out, into) in seen:
                    continue  # shared
                seen.add((a, b, out, into))
                pull = self._pull(a, b)
                self.below[a].append((b, out, into, pull))
                self.above[b].append((a, into, out, pull))

    def _pull(self, a: int, b: int) -> float:
        """Weight the straightness of a line: most where it passes rows, least from a leaf."""
        if a >= self.nodes and b >= self.nodes:
            return 8.0
        if self.leaf[self.origin.get(a, a)]:
            return 1.0
        return 4.0 if a < self.nodes and b < self.nodes else 2.0

    # -- order -----------------------------------------------------------------------------------

    def order_rows(self) -> None:
        """Sort each row by where the neighbours are, sweeping down and up; keep the best."""
        self.rows = self._first_order()
        best, fewest = self.rows, self._crossings()
        for sweep in range(SWEEPS):
            if fewest == 0:
                break
            self._sweep(downwards=sweep % 2 == 0)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(row) for row in self.rows], crossings
        self.rows = best

    def _first_order(self) -> list[list[int]]:
        """In the order of a walk from the results to what they were computed from.

        Arguments are visited from the left to the right, so a tree has no crossings at all.
        """
        rows: list[list[int]] = [[] for _ in range(max(self.row, default=-1) + 1)]
        seen = [False] * len(self.row)
        for top in reversed(range(len(self.row))):
            if self.below[top]:
                continue
            waiting = [top]
            while waiting:
                node = waiting.pop()
                if seen[node]:
                    continue
                seen[node] = True
                rows[self.row[node]].append(node)
                waiting += [x for x, *_ in reversed(self.above[node]) if not seen[x]]
        for node, visited in enumerate(seen):
            if not visited:
                rows[self.row[node]].append(node)
        return rows

    def _sweep(self, downwards: bool) -> None:
        neighbours = self.above if downwards else self.below
        place = [0.0] * len(self.row)
        for row in self.rows if downwards else reversed(self.rows):
            wanted = []
            for i, node in enumerate(row):
                ends = [place[x] + self._share(x, end) for x, _, end, _ in neighbours[node]]
                wanted.append(sum(ends) / len(ends) if ends else float(i))
            by_wish = sorted(range(len(row)), key=wanted.__getitem__)
            row[:] = [row[i] for i in by_wish]
            for i, node in enumerate(row):
                place[node] = float(i)

    def _crossings(self) -> int:
        total = 0
        place = [0] * len(self.row)
        for row in self.rows:
            for i, node in enumerate(row):
                place[node] = i
        for row in self.rows:
            ends: list[float] = []
            for node in row:
                lines = sorted(
                    (own, place[x] + self._share(x, end)) for x, own, end, _ in self.below[node]
                )
                for _, target in lines:
                    total += len(ends) - bisect_right(ends, target)
                    insort(ends, target)
        return total

    def _share(self, node: int, offset: float) -> float:
        """A place on a node as part of its width: between the places in the row on both sides."""
        return offset / (self.widths[node] + 1.0)

    # -- place -----------------------------------------------------------------------------------

    def place_in_rows(self) -> None:
        """Move each node to the median of its neighbours, as far as the row's order allows."""
        self.x = [0.0] * len(self.row)
        gaps = [self._gaps(row) for row in self.rows]
        weights = [[self._weight(node) for node in row] for row in self.rows]
        for row, gap in zip(self.rows, gaps, strict=True):
            self._settle(row, [0.0] * len(row), gap, [1.0] * len(row))
        numbers = range(len(self.rows))
        for sweep in range(SWEEPS):
            downwards = sweep % 2 == 0
            for i in numbers if downwards else reversed(numbers):
                row = self.rows[i]
                self._settle(row, self._wishes(row, downwards, sweep), gaps[i], weights[i])

    def _gaps(self, row: list[int]) -> list[float]:
        """Return the least distances between the middles of neighbours."""
        gaps = []
        for a, b in pairwise(row):
            between = NODE_GAP if self.widths[a] and self.widths[b] else LANE_GAP
            gaps.append((self.widths[a] + self.widths[b]) / 2 + between)
        return gaps

    def _weight(self, node: int) -> float:
        """Weight a node's resistance to being moved: leaves make way for computed values."""
        if node >= self.nodes:
            return 100.0
        return 1.0 if self.leaf[node] else 200.0

    def _wishes(self, row: list[int], downwards: bool, sweep: int) -> list[float]:
        wishes = []
        for node in row:
            near = self.above[node] if downwards else self.below[node]
            if sweep >= SWEEPS - 2 or not near:
                near = self.above[node] + self.below[node]
            wishes.append(
                _median([(self.x[x] + end - own, pull) for x, own, end, pull in near])
                if near
                else self.x[node]
            )
        return wishes

    def _settle(
        self, row: list[int], wishes: list[float], gaps: list[float], weights: list[float]
    ) -> None:
        for node, x in zip(row, spread(wishes, gaps, weights), strict=True):
            self.x[node] = x

    # -- what comes out --------------------------------------------------------------------------

    def placed(self) -> Placed:
        self._move_to_the_left_edge()
        tall = [max((self.heights[node] for node in row), default=0.0) for row in self.rows]
        tops = self._row_tops(tall)
        y = [self._top(node, tops, tall) for node in range(self.nodes)]
        bends, leaves, enters = [], [], []
        for (source, target, *_), path in zip(self.links, self.paths, strict=True):
            points: list[Point] = []
            for bend in path[1:-1]:
                top = tops[self.row[bend]]
                points += [(self.x[bend], top), (self.x[bend], top + tall[self.row[bend]])]
            upper, lower = min(source, target), max(source, target)
            below = tops[self.row[upper]] + tall[self.row[upper]]
            above = tops[self.row[lower]]
            upwards = source > target
            bends.append(points[::-1] if upwards else points)
            leaves.append(above if upwards else below)
            enters.append(below if upwards else above)
        edges = [self.x[node] + self.widths[node] / 2 for node in range(len(self.row))]
        height = tops[-1] + tall[-1] if tops else 0.0
        return Placed(
            self.x[: self.nodes], y, bends, leaves, enters, max(edges, default=0.0), height
        )

    def _move_to_the_left_edge(self) -> None:
        left = min((x - w / 2 for x, w in zip(self.x, self.widths, strict=True)), default=0.0)
        self.x = [x - left for x in self.x]

    def _row_tops(self, tall: list[float]) -> list[float]:
        tops: list[float] = []
        y = 0.0
        for i, row in enumerate(self.rows):
            tops.append(y)
            sidestep = max(
                (
                    abs(self.x[node] + own - self.x[x] - end)
                    for node in row
                    for x, own, end, _ in self.below[node]
                ),
                default=0.0,
            )
            on_border = tall[i] == 0 or (i + 1 < len(tall) and tall[i + 1] == 0)
            gap = (PORT_GAP if on_border else ROW_GAP) + STEEPEST * sidestep
            y += tall[i] + min(gap, LARGEST_GAP)
        return tops

    def _top(self, node: int, tops: list[float], tall: list[float]) -> float:
        """Leaves stand close to what uses them, results close to what they come from."""
        row = self.row[node]
        free = tall[row] - self.heights[node]
        if not self.above[node] and self.below[node]:
            return tops[row] + free
        if self.above[node] and not self.below[node]:
            return tops[row]
        return tops[row] + free / 2


def _rows_of(nodes: int, links: Sequence[Link], first: int, last: int) -> list[int]:
    """The row of each node: below all that it uses, and leaves just above their first use."""
    inputs: list[list[int]] = [[] for _ in range(nodes)]
    users: list[list[int]] = [[] for _ in range(nodes)]
    for source, target, *_ in links:
        if source != target:
            upper, lower = min(source, target), max(source, target)
            inputs[lower].append(upper)
            users[upper].append(lower)
    row = [0] * nodes
    top = 1 if first else 0
    for node in range(first, nodes):
        row[node] = max((row[x] + 1 for x in inputs[node]), default=top)
    if last:
        lowest = max(row[: nodes - last], default=-1) + 1
        row[nodes - last :] = [lowest] * last
    for node in reversed(range(first, nodes - last)):
        if users[node] and len(set(inputs[node])) <= len(set(users[node])):
            row[node] = min(row[x] for x in users[node]) - 1
    used = sorted(set(row))  # rows that were left empty close up
    number = {old: new for new, old in enumerate(used)}
    return [number[old] for old in row]


def _median(wishes: list[tuple[float, float]]) -> float:
    """The weighted median of (value, weight); the middle between two if it is not unique."""
    if len(wishes) == 1:
        return wishes[0][0]
    wishes.sort()
    half = sum(weight for _, weight in wishes) / 2
    reached = 0.0
    for i, (value, weight) in enumerate(wishes):
        reached += weight
        if reached > half:
            return value
        if reached == half:
            return (value + wishes[i + 1][0]) / 2
    return wishes[-1][0]


def spread(wishes: Sequence[float], gaps: Sequence[float], weights: Iterable[float]) -> list[float]:
    """Places as close to the wishes as gaps between them allow, in the order given.

    Least squares with weights; solved by pooling adjacent violators (Ayer et al., "An empirical
    distribution function for sampling with incomplete information", 1955) after the gaps are
    taken out.

    Args:
        wishes: where each wants to be.
        gaps: the least distance of each from the next; one fewer.
        weights: how much each resists being moved, all positive.

    Example:
        >>> spread([0.0, 0.0, 10.0], [2.0, 2.0], [1.0, 1.0, 1.0])
        [-1.0, 1.0, 10.0]
    """
    taken_out = [0.0]
    for gap in gaps:
        taken_out.append(taken_out[-1] + gap)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for wish, gap, weight in zip(wishes, taken_out, weights, strict=False):
        mean, heavy, count = wish - gap, weight, 1
        while pools and pools[-1][0] > mean:
            before, weight_before, count_before = pools.pop()
            mean = (mean * heavy + before * weight_before) / (heavy + weight_before)
            heavy += weight_before
            count += count_before
        pools.append((mean, heavy, count))
    places = [mean for mean, _, count in pools for _ in range(count)]
    return [x + gap for x, gap in zip(places, taken_out, strict=False)]
