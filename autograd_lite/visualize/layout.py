"""The layout of a picture: its boxes, the frames around them and the arrows between them.

Each frame is laid out alone and is then one box of what is around it, so that frames never
overlap. Where an arrow crosses a frame's border there is a port: a node of no size on the first or
last row inside, from which the arrow continues outside.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

from autograd_lite.visualize.layered import Link, Placed, Point, place
from autograd_lite.visualize.routes import routes, without_repetitions

PADDING = 14.0  # between a frame and what is inside
HEADER = 24.0  # for a frame's title
FEW = 24  # members of a part whose places are kept for others like it


class Frame(NamedTuple):
    """A frame around boxes.

    Attributes:
        parent: the index of the frame around it, smaller than its own; None at the top.
        title_width: how wide it has to be for its title.
    """

    parent: int | None
    title_width: float = 0.0


class Rectangle(NamedTuple):
    """Its upper left corner, and its size."""

    x: float
    y: float
    width: float
    height: float


class Layout(NamedTuple):
    """The positions of boxes, frames and arrows.

    Attributes:
        boxes: in the order given.
        frames: in the order given.
        routes: for each arrow the points that it passes. From one to the next it goes in an S that
            is parallel to the direction of flow at both.
        width: from the left edge, at 0, to the right one.
        height: from the upper edge, at 0, to the lower one.
    """

    boxes: list[Rectangle]
    frames: list[Rectangle]
    routes: list[list[Point]]
    width: float
    height: float


class Line(NamedTuple):
    """A part of an arrow, or of several that are one line there, inside of one frame.

    Attributes:
        start: ("box", i), ("frame", i), or ("in", i): where what box i gives enters the frame.
        end: ("box", i), ("frame", i), or ("out", i): where it leaves.
        points: as a route of `Layout`, in the coordinates of that frame's inside.
    """

    start: Key
    end: Key
    points: list[Point]


class Inside(NamedTuple):
    """The positions of the boxes and the closed frames in one frame.

    Attributes:
        corners: the upper left corner of each ("box", i) and ("frame", i).
        width, height: of all of them, without the frame's border.
    """

    corners: dict[Key, Point]
    width: float
    height: float


class Closed(NamedTuple):
    """Layouts of what stands in each frame while all frames in it are closed.

    Attributes:
        insides: of what stands in no frame, and of each frame in the order given.
        lines: the parts of the arrows, each once.
        routes: for each arrow the numbers of its lines, from its source to its target.
    """

    insides: list[Inside]
    lines: list[Line]
    routes: list[list[int]]


def layout(
    sizes: Sequence[tuple[float, float]],
    arrows: Sequence[tuple[int, int]],
    inside: Sequence[int | None] = (),
    frames: Sequence[Frame] = (),
    rightwards: bool = False,
) -> Layout:
    """Lay out boxes, so that arrows point downwards, or to the right.

    Args:
        sizes: width and height of each box, in the order of computation: an arrow to an earlier
            box is drawn backwards.
        arrows: the indices of the boxes that each connects. Several may connect the same two.
        inside: for each box the index of the innermost frame around it, or None. Not given:
            there are no frames.
        frames: the frames, outer ones first. One without boxes has no size.
        rightwards: whether arrows point to the right.

    Example:
        >>> found = layout([(40, 20), (40, 20)], [(0, 1)])
        >>> found.boxes
        [Rectangle(x=0.0, y=0.0, width=40, height=20),
         Rectangle(x=0.0, y=54.0, width=40, height=20)]
        >>> found.routes
        [[(20.0, 20.0), (20.0, 54.0)]]
    """
    flipped = [(height, width) for width, height in sizes] if rightwards else list(sizes)
    found = _Nested(flipped, arrows, inside or [None] * len(sizes), frames, rightwards).layout()
    return _transposed(found) if rightwards else found


def layout_closed(
    sizes: Sequence[tuple[float, float]],
    arrows: Sequence[tuple[int, int]],
    inside: Sequence[int | None],
    parents: Sequence[int | None],
    closed: Sequence[tuple[float, float]],
) -> Closed:
    """Lay out the inside of each frame by itself, so that arrows point to the right.

    Whoever opens a frame makes room for it: see `replay/assets/layout.js`.

    Args:
        sizes: as `layout`.
        arrows: as `layout`.
        inside: as `layout`.
        parents: for each frame the one around it, as `Frame.parent`.
        closed: width and height of each frame while it is closed.
    """
    frames = [Frame(parent) for parent in parents]
    flipped = [(height, width) for width, height in sizes]
    nested = _Nested(flipped, arrows, inside, frames, True, [(h, w) for w, h in closed])
    return nested.layout_closed()


def _transposed(found: Layout) -> Layout:
    def turned(rectangles: list[Rectangle]) -> list[Rectangle]:
        return [Rectangle(y, x, height, width) for x, y, width, height in rectangles]

    routes = [[(y, x) for x, y in route] for route in found.routes]
    return Layout(turned(found.boxes), turned(found.frames), routes, found.height, found.width)


# A node of a part: ("box", i), ("frame", i), ("in", i) or ("out", i), the ports through which what
# comes from box i enters and leaves.
Key = tuple[str, int]


class _Piece(NamedTuple):
    """A part of an arrow inside one frame, or of several arrows that share a line there.

    Attributes:
        source: the box from which it comes.
        start: where it starts in this part.
        end: where it ends.
        arrow: the arrow, where it ends at its target: a value that is used twice has two arrows.
    """

    source: int
    start: Key
    end: Key
    arrow: int | None = None


class _Part:
    """The members of one frame, or those outside all frames.

    Attributes:
        members: the boxes and frames, in the order of computation.
        entries: the ports through which arrows enter, each once.
        exits: the ports through which they leave.
        pieces: what is inside of arrows, each once.
        routes: the points that each piece passes.
        ports: how far to the right of the frame's middle each port is.
        corner: the upper left corner of each member.
        size: across the flow and along it, the frame's border included.
        origin: where the members' coordinates start, in the whole picture.
    """

    def __init__(self) -> None:
        self.members: list[Key] = []
        self.entries: dict[Key, None] = {}
        self.exits: dict[Key, None] = {}
        self.pieces: dict[_Piece, None] = {}
        self.routes: dict[_Piece, list[Point]] = {}
        self.ports: dict[Key, float] = {}
        self.corner: dict[Key, Point] = {}
        self.size = (0.0, 0.0)
        self.origin = (0.0, 0.0)


class _Nested:
    """The layout of frames in frames, while it is made. Arrows point downwards here.

    Attributes:
        parts: what is inside of each frame; under None, what is in none. Outer ones first.
        pieces: for each arrow the parts that it passes, and the piece of it in each.
        closed: the sizes of the frames, if they are closed; then arrows end at them as at boxes.
    """

    def __init__(
        self,
        sizes: list[tuple[float, float]],
        arrows: Sequence[tuple[int, int]],
        inside: Sequence[int | None],
        frames: Sequence[Frame],
        rightwards: bool,
        closed: list[tuple[float, float]] | None = None,
    ) -> None:
        self.closed = closed
        self.sizes = sizes
        self.arrows = arrows
        self.inside = inside
        self.frames = frames
        # Before and after the members, across the flow and along it.
        before = (PADDING + HEADER, PADDING) if rightwards else (PADDING, PADDING + HEADER)
        self.before = before
        self.around = (before[0] + PADDING, before[1] + PADDING)
        self.narrowest = [
            (0.0, frame.title_width) if rightwards else (frame.title_width, 0.0) for frame in frames
        ]
        self.parts: dict[int | None, _Part] = {None: _Part()}
        self.depth: list[int] = []
        for i, frame in enumerate(frames):
            self.parts[i] = _Part()
            self.depth.append(0 if frame.parent is None else self.depth[frame.parent] + 1)
        self._put_members_into_parts()
        self.pieces = [self._split(i, *arrow) for i, arrow in enumerate(arrows)]

    def _put_members_into_parts(self) -> None:
        """A frame comes where its last box does: its output is complete then."""
        listed: set[int] = set()
        for box in reversed(range(len(self.sizes))):
            frame = self.inside[box]
            self.parts[frame].members.append(("box", box))
            while frame is not None and frame not in listed:
                listed.add(frame)
                parent = self.frames[frame].parent
                self.parts[parent].members.append(("frame", frame))
                frame = parent
        for part in self.parts.values():
            part.members.reverse()

    def _split(self, arrow: int, source: int, target: int) -> list[tuple[int | None, _Piece]]:
        """Cut an arrow at the borders that it crosses; gives the part of each piece, too."""
        outwards, inwards = self._borders(self.inside[source], self.inside[target])
        part = self.inside[source]
        at: Key = ("box", source)
        pieces: list[tuple[int | None, _Piece]] = []
        for frame in outwards:
            port = ("out", source)
            self.parts[frame].exits[port] = None
            pieces.append((frame, _Piece(source, at, port)))
            part, at = self.frames[frame].parent, ("frame", frame)
        for frame in inwards:
            port = ("in", source)
            self.parts[frame].entries[port] = None
            pieces.append((part, _Piece(source, at, ("frame", frame))))
            part, at = frame, port
        pieces.append((part, _Piece(source, at, ("box", target), arrow)))
        for part, piece in pieces:
            self.parts[part].pieces[piece] = None
        return pieces

    def _borders(self, a: int | None, b: int | None) -> tuple[list[int], list[int]]:
        """The frames to leave and to enter, from one frame's inside to another's."""
        outwards, inwards = [], []
        while a != b:
            if b is None or (a is not None and self.depth[a] >= self.depth[b]):
                assert a is not None
                outwards.append(a)
                a = self.frames[a].parent
            else:
                inwards.append(b)
                b = self.frames[b].parent
        return outwards, inwards[::-1]

    def layout(self) -> Layout:
        for frame in (*reversed(range(len(self.frames))), None):  # inner ones first
            self._lay_out(self.parts[frame], frame)
        boxes = [Rectangle(0.0, 0.0, *size) for size in self.sizes]
        frames = [Rectangle(0.0, 0.0, 0.0, 0.0)] * len(self.frames)
        for part in self.parts.values():  # outer ones first
            for (kind, i), (x, y) in part.corner.items():
                x, y = x + part.origin[0], y + part.origin[1]
                if kind == "box":
                    boxes[i] = Rectangle(x, y, *self.sizes[i])
                else:
                    frames[i] = Rectangle(x, y, *self.parts[i].size)
                    self.parts[i].origin = (x + self.before[0], y + self.before[1])
        routes = [self._joined(pieces) for pieces in self.pieces]
        width, height = self.parts[None].size
        return Layout(boxes, frames, routes, width, height)

    def layout_closed(self) -> Closed:
        """The parts as they are, each with a size of its own; the axes exchanged."""
        insides: list[Inside] = []
        lines: dict[tuple[int | None, _Piece], Line] = {}
        for frame, part in self.parts.items():
            self._lay_out(part, None)
            for piece, route in part.routes.items():
                points = [(x, y) for y, x in without_repetitions(route)]
                lines[frame, piece] = Line(piece.start, piece.end, points)
            corners = {key: (x, y) for key, (y, x) in part.corner.items()}
            insides.append(Inside(corners, *reversed(part.size)))
        number = {key: i for i, key in enumerate(lines)}
        routes = [[number[key] for key in pieces] for pieces in self.pieces]
        return Closed(insides, list(lines.values()), routes)

    def _lay_out(self, part: _Part, frame: int | None) -> None:
        keys = [*part.entries, *part.members, *part.exits]
        index = {key: i for i, key in enumerate(keys)}
        sizes = [self._size(key) for key in keys]
        links = tuple(
            Link(
                index[piece.start],
                index[piece.end],
                self._port_of(piece.start, ("out", piece.source)),
                self._port_of(piece.end, ("in", piece.source)),
            )
            for piece in part.pieces
        )
        free = tuple(
            key[0] == "box" or (key[0] == "frame" and self.closed is not None) for key in keys
        )
        arrange = _arranged if len(keys) > FEW else _arranged_once
        placed, found = arrange(tuple(sizes), links, len(part.entries), len(part.exits), free)
        part.routes = dict(zip(part.pieces, found, strict=True))
        left = self._keep_size(part, frame, placed)
        for key, x, y, (width, _) in zip(keys, placed.x, placed.y, sizes, strict=True):
            if key in part.entries or key in part.exits:
                # Where the port is, as seen from the middle of the frame.
                part.ports[key] = x + self.before[0] + left - part.size[0] / 2
            else:
                part.corner[key] = (x - width / 2 + left, y)
        if left:
            for piece, route in part.routes.items():
                part.routes[piece] = [(x + left, y) for x, y in route]

    def _keep_size(self, part: _Part, frame: int | None, placed: Placed) -> float:
        """Note the size with all that is around; gives how far the members move to be central."""
        if frame is None:
            part.size = (placed.width, placed.height)
            return 0.0
        across, along = placed.width + self.around[0], placed.height + self.around[1]
        least = self.narrowest[frame]
        part.size = (max(across, least[0]), max(along, least[1]))
        return (part.size[0] - across) / 2

    def _size(self, key: Key) -> tuple[float, float]:
        kind, i = key
        if kind == "frame":
            return self.parts[i].size if self.closed is None else self.closed[i]
        return self.sizes[i] if kind == "box" else (0.0, 0.0)

    def _port_of(self, key: Key, port: Key) -> float:
        kind, i = key
        return self.parts[i].ports[port] if kind == "frame" and self.closed is None else 0.0

    def _joined(self, pieces: list[tuple[int | None, _Piece]]) -> list[Point]:
        """The pieces of an arrow as one, in the coordinates of the whole picture."""
        points: list[Point] = []
        for part, piece in pieces:
            dx, dy = self.parts[part].origin
            points += [(x + dx, y + dy) for x, y in self.parts[part].routes[piece]]
        return without_repetitions(points)


def _arranged(
    sizes: tuple[tuple[float, float], ...],
    links: tuple[Link, ...],
    first: int,
    last: int,
    free: tuple[bool, ...],
) -> tuple[Placed, list[list[Point]]]:
    """Return the places of the members of one part, and the points of its links."""
    widths, heights = [width for width, _ in sizes], [height for _, height in sizes]
    placed = place(widths, heights, links, first, last)
    return placed, routes(list(free), list(sizes), list(links), placed)


# Thousands of steps that were folded are alike: each kind is laid out once.
_arranged_once = functools.lru_cache(maxsize=512)(_arranged)
