"""A picture as SVG, drawn by this package alone: no system program, no script, no outside file.

One drawing's ids and style rules all begin with its own id, so that several drawings in one page
do not change each other. Text goes in as text; nothing of it becomes markup or a link.
"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterator

from autograd_lite.visualize.caption import legend, reading_aids
from autograd_lite.visualize.card import FONT_SIZES, Card, Grid, card, text_width
from autograd_lite.visualize.heat import NOT_FINITE, softened
from autograd_lite.visualize.layered import Point
from autograd_lite.visualize.layout import Rectangle
from autograd_lite.visualize.markup import (
    FONTS,
    NAME,
    area,
    document,
    escaped,
    moved,
    pair,
    pixels,
    words_at,
)
from autograd_lite.visualize.picture import Arrow, Box, Picture
from autograd_lite.visualize.scene import FRAME_TITLE_INSET, Scene, beside_head, scene
from autograd_lite.visualize.style import KINDS, THEMES, Palette, Theme

MARGIN = 16.0
EDGE = 3.0  # around a card that stands alone
NARROWEST = 520.0  # for the caption
WIDEST_CAPTION = 860.0
CAPTION_LINE = 15.0
CHIP = (22.0, 13.0)
LID = 5.0  # of a cylinder
STACK = 4.0  # how far the second sheet of a closed layer looks out
CORNER = 6.0
FOLD = 9.0  # of a note
MOST_DESCRIBED = 12


def svg(picture: Picture, theme: Theme = "auto") -> str:
    """The picture as an SVG document.

    Args:
        picture: what to draw.
        theme: "light", "dark", or "auto" for what the reader's system prefers.
    """
    drawn = scene(picture)
    caption, caption_width, caption_height = _caption(picture, drawn.width)
    width = max(drawn.width, caption_width) + 2 * MARGIN
    below = drawn.height + 2 * MARGIN
    height = below + caption_height + MARGIN
    left = (width - drawn.width) / 2
    body = "".join(
        [
            f'<rect class="background" {area(width, height)}/>',
            moved(left, MARGIN),
            *_drawn(drawn),
            "</g>",
            moved(MARGIN, below),
            *caption,
            "</g>",
        ]
    )
    heads = _arrowhead("line") + _arrowhead("dashed")
    about = _title(picture), _description(picture)
    return document(body, (width, height), about, _shapes(), _colours, theme, heads)


def card_svg(box: Box, title: str, description: str, theme: Theme = "auto") -> str:
    """One box as an SVG document."""
    laid = card(box, 0.0)
    size = laid.width + 2 * EDGE, laid.height + 2 * EDGE
    place = Rectangle(EDGE, EDGE, laid.width, laid.height)
    body = f'<rect class="background" {area(*size)}/>{_box(box, place, laid)}'
    return document(body, size, (title, description), _shapes(), _colours, theme)


def _title(picture: Picture) -> str:
    results = [box.title for box in picture.boxes if box.result]
    return f"Computation of {', '.join(results[:3])}{'…' if len(results) > 3 else ''}"


def _description(picture: Picture) -> str:
    """For those who do not see the picture: what flows into what, while that is short."""
    sentences = [f"A graph of {picture.summary}.", *(f"{note}." for note in picture.notes)]
    if len(picture.boxes) <= MOST_DESCRIBED:
        inputs: dict[str, list[str]] = {box.id: [] for box in picture.boxes}
        title = {box.id: box.title for box in picture.boxes}
        for arrow in picture.arrows:
            inputs[arrow.target].append(title[arrow.source])
        for box in picture.boxes:
            made = f" from {', '.join(inputs[box.id])}" if inputs[box.id] else ""
            said = [text for text in (box.shape, box.value, box.gradient, box.remark) if text]
            for grid, of in ((box.values, "values"), (box.gradients, "gradients")):
                if grid is not None and grid.numbers:
                    said.append(f"{of} {grid.said}")
            sentences.append(f"{box.title}{made}: {', '.join(said)}." if said else box.title)
    return " ".join(sentences)


# -- style ---------------------------------------------------------------------------------------


def _shapes() -> Iterator[tuple[str, str]]:
    """The rules that are the same in every theme."""
    yield "text", f"font-family:{FONTS};font-size:11px;text-anchor:middle"
    yield ".title", f"font-size:{pixels(FONT_SIZES['title'])}px;font-weight:600"
    yield ".left", "text-anchor:start"
    yield ".frame-title", "font-weight:600;paint-order:stroke;stroke-width:4px;text-anchor:start"
    yield ".box", "stroke-width:1.3px"
    yield ".result", "stroke-width:2.6px"
    yield ".rest", "stroke-dasharray:4 3"
    yield ".arrow", "fill:none;stroke-width:1.3px"
    yield ".dashed", "stroke-dasharray:5 4"
    yield ".lid", "fill:none"
    yield ".cross", "fill:none;stroke-width:1.2px"
    yield ".grid", "fill:none;stroke-width:.8px"
    yield ".sampled", "stroke-dasharray:1.5 1.5"


def _colours(palette: Palette) -> Iterator[tuple[str, str]]:
    yield ".background", f"fill:{palette.background}"
    yield "text", f"fill:{palette.muted}"
    yield ".title", f"fill:{palette.text}"
    yield ".note", f"fill:{palette.text}"
    yield ".number", f"fill:{palette.text}"
    yield ".gradient", f"fill:{palette.gradient}"
    yield ".arrow", f"stroke:{palette.line}"
    yield ".dashed", f"stroke:{palette.muted}"
    yield ".head-line", f"fill:{palette.line}"
    yield ".head-dashed", f"fill:{palette.muted}"
    yield ".frame", f"stroke:{palette.border}"
    yield ".grid", f"stroke:{palette.muted}"
    yield ".cross", f"stroke:{palette.text}"
    for level, fill in enumerate(palette.frames):
        yield f".level{level}", f"fill:{fill}"
        yield f".on{level}", f"stroke:{fill}"
    for look, (fill, line) in palette.looks.items():
        yield f".{look}", f"fill:{fill};stroke:{line}"
    yield ".result", f"stroke:{palette.looks['output'].line}"
    for level, fill in enumerate(palette.heat):
        yield f".heat{level}", f"fill:{fill}"
    yield f".heat{NOT_FINITE}", f"fill:{palette.background}"


def _arrowhead(kind: str) -> str:
    return (
        f'<marker id="{NAME}-{kind}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" '
        'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path class="head-{kind}" d="M0 .6L8 4L0 7.4L2 4z"/></marker>'
    )


# -- the drawing ---------------------------------------------------------------------------------


def _drawn(drawn: Scene) -> Iterator[str]:
    """Frames lie below arrows, arrows below boxes."""
    deepest = len(THEMES["light"][0].frames) - 1
    levels = [min(level, deepest) for level in drawn.levels]
    for frame, level in zip(drawn.frames, levels, strict=True):
        at = f'x="{pixels(frame.x)}" y="{pixels(frame.y)}" {area(frame.width, frame.height)}'
        yield f'<rect class="frame level{level}" rx="10" {at}/>'
    rightwards = drawn.picture.direction == "right"
    for arrow, route in zip(drawn.picture.arrows, drawn.routes, strict=True):
        yield _arrow(arrow, route, rightwards)
    for scope, frame, level in zip(drawn.picture.scopes, drawn.frames, levels, strict=True):
        x, y = frame.x + FRAME_TITLE_INSET, frame.y + 17
        yield words_at(scope.name, f"frame-title on{level}", x, y)
    for box, place, laid in zip(drawn.picture.boxes, drawn.boxes, drawn.cards, strict=True):
        yield _box(box, place, laid)


def _arrow(arrow: Arrow, route: list[Point], rightwards: bool) -> str:
    kind = "line" if arrow.gradient else "dashed"
    css = "arrow" if arrow.gradient else "arrow dashed"
    path = f'<path class="{css}" marker-end="url(#{NAME}-{kind})" d="{_curve(route, rightwards)}"/>'
    if arrow.argument is None:
        return path
    return path + words_at(str(arrow.argument), "argument", *beside_head(route, rightwards))


def _curve(route: list[Point], rightwards: bool) -> str:
    """A path through the points, along the flow at each of them."""
    x, y = route[0]
    parts = [f"M{pair(x, y)}"]
    for to_x, to_y in route[1:]:
        if (y == to_y) if rightwards else (x == to_x):
            parts.append(f"L{pair(to_x, to_y)}")
        elif rightwards:
            half = (x + to_x) / 2
            parts.append(f"C{pair(half, y)} {pair(half, to_y)} {pair(to_x, to_y)}")
        else:
            half = (y + to_y) / 2
            parts.append(f"C{pair(x, half)} {pair(to_x, half)} {pair(to_x, to_y)}")
        x, y = to_x, to_y
    return "".join(parts)


def _box(box: Box, place: Rectangle, card: Card) -> str:
    css = f"box {KINDS[box.kind].look}{' result' if box.result else ''}"
    middle = card.width / 2
    return "".join(
        [
            moved(place.x, place.y),
            f"<title>{escaped(box.details or box.contents)}</title>",
            _outline(box.kind, css, card.width, card.height),
            *(words_at(line.text, line.role, middle, line.y) for line in card.lines),
            *(part for grid in card.grids for part in _grid(grid)),
            "</g>",
        ]
    )


def _outline(kind: str, css: str, width: float, height: float) -> str:
    """The shape of a kind of box, with its upper left corner at 0, 0."""
    if kind == "parameter":
        return _cylinder(css, width, height)
    if kind == "rest":
        return _note(css, width, height)
    round = min(height / 2, 15.0) if kind in ("input", "constant") else min(CORNER, height / 3)
    rect = f'<rect class="{css}" {area(width, height)} rx="{pixels(round)}"'
    if kind == "layer":  # sheets on each other
        stack = pixels(min(STACK, height / 5))
        return f'{rect} x="{stack}" y="{stack}"/>{rect}/>'
    return f"{rect}/>"


def _cylinder(css: str, width: float, height: float) -> str:
    lid = min(LID, height / 4)
    arc = f"A{pair(width / 2, lid)} 0 0"
    top, bottom = f"M{pair(0, lid)}{arc}", f"V{pixels(height - lid)}{arc} 1"
    sides = f"{top} 1 {pair(width, lid)}{bottom} {pair(0, height - lid)}z"
    edge = f"{top} 0 {pair(width, lid)}"
    return f'<path class="{css}" d="{sides}"/><path class="{css} lid" d="{edge}"/>'


def _note(css: str, width: float, height: float) -> str:
    """A sheet with a corner that is folded down."""
    fold = min(FOLD, height / 2)
    sheet = f"M0 0H{pixels(width - fold)}L{pair(width, fold)}V{pixels(height)}H0z"
    corner = f"M{pair(width - fold, 0)}V{pixels(fold)}H{pixels(width)}"
    return f'<path class="{css}" d="{sheet}{corner}"/>'


def _grid(grid: Grid) -> Iterator[str]:
    heatmap, (wide, high) = grid.heatmap, grid.cell
    yield words_at(grid.caption, grid.role, grid.x + grid.width / 2, grid.y - 4)
    yield moved(grid.x, grid.y)
    levels = softened(heatmap.levels) if heatmap.numbers else heatmap.levels
    for level, shape in _shaded(levels, wide, high).items():
        yield f'<path class="heat{level}" d="{"".join(shape)}"/>'
    for i, texts in enumerate(heatmap.numbers):
        for j, text in enumerate(texts):
            yield words_at(text, "number", (j + 0.5) * wide, (i + 0.5) * high + 4)
    if not heatmap.numbers:
        yield from _crosses(levels, wide, high)
    css = "grid" if heatmap.complete else "grid sampled"
    yield f'<rect class="{css}" {area(grid.width, grid.height)}/></g>'


def _shaded(levels: tuple[tuple[int, ...], ...], wide: float, high: float) -> dict[int, list[str]]:
    """For each shade the outlines of its cells; neighbours in a row are one."""
    shapes: dict[int, list[str]] = {}
    for i, row in enumerate(levels):
        start = 0
        for j, level in enumerate(row, 1):
            if j == len(row) or row[j] != level:
                shapes.setdefault(level, []).append(_cells(i, start, j, wide, high))
                start = j
    return shapes


@functools.lru_cache(maxsize=1024)
def _cells(row: int, start: int, end: int, wide: float, high: float) -> str:
    across = (end - start) * wide
    around = f"h{pixels(across)}v{pixels(high)}h{pixels(-across)}z"
    return f"M{pair(start * wide, row * high)}{around}"


def _crosses(levels: tuple[tuple[int, ...], ...], wide: float, high: float) -> Iterator[str]:
    """A cross on each cell whose value is not finite."""
    strokes = "".join(
        f"M{pair((j + 0.5) * wide - 2, (i + 0.5) * high - 2)}l4 4m0 -4l-4 4"
        for i, row in enumerate(levels)
        for j, level in enumerate(row)
        if level == NOT_FINITE
    )
    if strokes:
        yield f'<path class="cross" d="{strokes}"/>'


# -- the caption ---------------------------------------------------------------------------------


def _caption(picture: Picture, room: float) -> tuple[list[str], float, float]:
    """The legend and the notes; how wide and how high they are."""
    width = min(max(room, NARROWEST), WIDEST_CAPTION)
    parts, y = _legend(picture, width)
    aids = [(line, "left") for line in (picture.summary, *reading_aids(picture, heatmaps=True))]
    for text, css in [*aids, *((note, "left note") for note in picture.notes)]:
        for line in _wrapped(text, width):
            y += CAPTION_LINE
            parts.append(words_at(line, css, 0, y))
    return parts, width, y


def _legend(picture: Picture, width: float) -> tuple[list[str], float]:
    parts = []
    x, y = 0.0, 0.0
    names = {kind: name for name, kind in KINDS.items()}
    for kind in legend(picture):
        needed = CHIP[0] + 7 + text_width(kind.meaning, "muted")
        if x and x + needed > width:
            x, y = 0.0, y + CHIP[1] + 8
        css = f"box {kind.look}{' result' if kind.look == 'output' else ''}"
        parts.append(
            f"{moved(x, y)}{_outline(names[kind], css, *CHIP)}"
            f"{words_at(kind.meaning, 'left', CHIP[0] + 7, 10.5)}</g>"
        )
        x += needed + 18
    return parts, y + CHIP[1] + 6


def _wrapped(text: str, width: float) -> list[str]:
    letters = max(len(text), 1)
    fitting = max(int(width / (text_width(text, "muted") / letters or 1)), 20)
    return textwrap.wrap(text, fitting)
