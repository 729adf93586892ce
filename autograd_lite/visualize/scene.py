"""A picture laid out: every box as a card, and where it all goes, in no particular format."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from autograd_lite.visualize.card import Card, card, text_width
from autograd_lite.visualize.layered import Point
from autograd_lite.visualize.layout import Frame, Rectangle, layout
from autograd_lite.visualize.picture import Picture
from autograd_lite.visualize.routes import PORT_SPACING

FRAME_TITLE_INSET = 12.0
NARROWEST = 56.0  # of boxes
WIDEST_FOR_ARROWS = 640.0


class Scene(NamedTuple):
    """A picture with its positions.

    Attributes:
        picture: the boxes, arrows and frames.
        cards: what stands on each box.
        boxes: where each box is.
        frames: where the frame of each scope call is.
        levels: how many frames are around each frame.
        routes: for each arrow the points that it passes, in S-shaped pieces.
        width, height: of it all.
    """

    picture: Picture
    cards: list[Card]
    boxes: list[Rectangle]
    frames: list[Rectangle]
    levels: list[int]
    routes: list[list[Point]]
    width: float
    height: float


def scene(picture: Picture) -> Scene:
    """Lay out a picture."""
    arriving = Counter(arrow.target for arrow in picture.arrows if arrow.argument is not None)
    cards = [card(box, _narrowest(arriving[box.id])) for box in picture.boxes]
    box_index = {box.id: i for i, box in enumerate(picture.boxes)}
    frame_index = {scope.id: i for i, scope in enumerate(picture.scopes)}
    frames: list[Frame] = []
    levels: list[int] = []
    for scope in picture.scopes:
        parent = None if scope.parent is None else frame_index[scope.parent]
        width = text_width(scope.name, "title") + 2 * FRAME_TITLE_INSET
        frames.append(Frame(parent, width))
        levels.append(0 if parent is None else levels[parent] + 1)
    found = layout(
        [(card.width, card.height) for card in cards],
        [(box_index[arrow.source], box_index[arrow.target]) for arrow in picture.arrows],
        [None if box.scope is None else frame_index[box.scope] for box in picture.boxes],
        frames,
        rightwards=picture.direction == "right",
    )
    return Scene(
        picture,
        cards,
        found.boxes,
        found.frames,
        levels,
        found.routes,
        found.width,
        found.height,
    )


def beside_head(route: list[Point], rightwards: bool) -> Point:
    """Return the baseline's middle of the number at an arrow's head: on the side that the arrow
    does not come from.
    """
    (from_x, from_y), (x, y) = route[-2:]
    if rightwards:
        return x - 13, y + 14 if from_y < y else y - 5
    return (x - 9 if from_x > x else x + 9), y - 6


def _narrowest(numbered_arrows: int) -> float:
    """The least width of a box at which the numbers at its arrows do not touch."""
    return min(max(NARROWEST, (numbered_arrows + 1) * PORT_SPACING), WIDEST_FOR_ARROWS)
