"""A picture as a LaTeX document, drawn by TikZ where this package's own layout puts everything."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from autograd_lite.visualize.caption import legend, reading_aids
from autograd_lite.visualize.card import FONT_SIZES, Card, Grid, text_width
from autograd_lite.visualize.heat import NOT_FINITE, softened
from autograd_lite.visualize.layered import Point
from autograd_lite.visualize.layout import Rectangle
from autograd_lite.visualize.markup import pixels
from autograd_lite.visualize.picture import Arrow, Box, Picture
from autograd_lite.visualize.scene import FRAME_TITLE_INSET, Scene, beside_head, scene
from autograd_lite.visualize.style import KINDS, Palette

POINTS_PER_PIXEL = 0.75
LONGEST = 14_000.0  # points; TeX knows no lengths beyond 16,383
LID = 5.0  # of a cylinder
STACK = 4.0  # how far the second sheet of a closed layer looks out
CHIP = (22.0, 13.0)
NARROWEST_CAPTION = 420.0
# A role's colour, and whether it is bold.
ROLES = {
    "title": ("text", True),
    "muted": ("muted", False),
    "gradient": ("gradient", False),
    "caption": ("muted", False),
    "gradient caption": ("gradient", False),
    "number": ("text", False),
    "frame title": ("muted", True),
    "note": ("text", False),
}

SPELLED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": r"\textasciigrave{}",
    "-": "{-}",  # two in a row are no dash
    "·": r"$\cdot$",
    "×": r"$\times$",
    "−": "$-$",
    "…": r"\ldots{}",
    "∂": r"$\partial$",
    "ο": "o",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "≠": r"$\ne$",
    **{letter: f"$_{i}$" for i, letter in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{letter: f"$^{i}$" for i, letter in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}
OTHER_LETTERS = (
    r"\newcommand{\other}[1]{\ifpdftex"
    r"{\setlength{\fboxsep}{0pt}\framebox[0.8em]{\rule{0pt}{1.4ex}}}\else #1\fi}"
)
GREEK_CAPITALS = "ΓΔΘΛΞΠΣΥΦΨΩ"  # the others look like Latin letters and have no command


def tikz(picture: Picture, palette: Palette) -> str:
    """The picture as a document that pdfLaTeX, XeLaTeX and LuaLaTeX can set.

    It needs the class standalone and the packages tikz and iftex. Letters beyond Latin and Greek
    are left to XeLaTeX and LuaLaTeX; pdfLaTeX sets an empty box for each.
    """
    drawn = scene(picture)
    unit = min(POINTS_PER_PIXEL, LONGEST / max(drawn.width, drawn.height, 1.0))
    writer = _Writer(unit)
    return "\n".join(
        [
            r"\documentclass[border=8pt]{standalone}",
            r"\usepackage{tikz,iftex}",
            r"\usetikzlibrary{arrows.meta}",
            OTHER_LETTERS,
            *_colours(palette),
            r"\begin{document}",
            r"\pagecolor{agbackground}\sffamily",
            rf"\begin{{tikzpicture}}[x={unit:.4f}pt, y=-{unit:.4f}pt,",
            rf"  line width={writer.points(1.3)},",
            "  every node/.style={inner sep=0pt, outer sep=0pt, anchor=base},",
            rf"  arrow/.style={{-{{Stealth[length={writer.points(8)}]}}, draw=agline}},",
            rf"  dashed arrow/.style={{arrow, draw=agmuted, {writer.dashes}}},",
            rf"  box/.style={{rounded corners={writer.points(6)}}},",
            rf"  result/.style={{draw=agoutputline, line width={writer.points(2.6)}}}]",
            *writer.scene(drawn),
            *writer.caption(drawn),
            r"\end{tikzpicture}",
            r"\end{document}",
            "",
        ]
    )


def _colours(palette: Palette) -> Iterator[str]:
    named = {
        "background": palette.background,
        "text": palette.text,
        "muted": palette.muted,
        "gradient": palette.gradient,
        "line": palette.line,
        "border": palette.border,
    }
    named |= {f"frame{level}": fill for level, fill in enumerate(palette.frames)}
    named |= {f"heat{level}": fill for level, fill in enumerate(palette.heat)}
    named["heatnone"] = palette.background
    for look, (fill, line) in palette.looks.items():
        named |= {f"{look}fill": fill, f"{look}line": line}
    for name, colour in named.items():
        yield rf"\definecolor{{ag{name}}}{{HTML}}{{{colour[1:].upper()}}}"


class _Writer:
    """Writes parts of a scene as TikZ.

    Args:
        unit: the length of a pixel, in points.
    """

    def __init__(self, unit: float) -> None:
        self.unit = unit
        self.dashes = f"dash pattern=on {self.points(5)} off {self.points(4)}"
        self.dots = f"dash pattern=on {self.points(1.5)} off {self.points(1.5)}"

    def points(self, pixels: float) -> str:
        """A length for TikZ's options."""
        return f"{pixels * self.unit:.2f}pt"

    def scene(self, drawn: Scene) -> Iterator[str]:
        """Frames lie below arrows, arrows below boxes."""
        for frame, level in zip(drawn.frames, drawn.levels, strict=True):
            fill = f"agframe{min(level, 3)}"
            yield rf"\filldraw[box, fill={fill}, draw=agborder] {_rectangle(frame)};"
        rightwards = drawn.picture.direction == "right"
        for arrow, route in zip(drawn.picture.arrows, drawn.routes, strict=True):
            yield from self.arrow(arrow, route, rightwards)
        for scope, frame in zip(drawn.picture.scopes, drawn.frames, strict=True):
            x, y = frame.x + FRAME_TITLE_INSET, frame.y + 17
            yield self.text(scope.name, "frame title", x, y, "anchor=base west")
        for box, place, card in zip(drawn.picture.boxes, drawn.boxes, drawn.cards, strict=True):
            yield from self.box(box, place, card)

    def arrow(self, arrow: Arrow, route: list[Point], rightwards: bool) -> Iterator[str]:
        style = "arrow" if arrow.gradient else "dashed arrow"
        yield rf"\draw[{style}] {_curve(route, rightwards)};"
        if arrow.argument is not None:
            yield self.text(str(arrow.argument), "caption", *beside_head(route, rightwards))

    def box(self, box: Box, place: Rectangle, card: Card) -> Iterator[str]:
        yield from self.outline(box.kind, box.result, place)
        for line in card.lines:
            yield self.text(line.text, line.role, place.x + place.width / 2, place.y + line.y)
        for grid in card.grids:
            yield from self.grid(grid, place.x + grid.x, place.y + grid.y)

    def outline(self, kind: str, result: bool, place: Rectangle) -> Iterator[str]:
        look = KINDS[kind].look
        shape = "box"
        if kind in ("input", "constant"):
            shape = f"rounded corners={self.points(min(place.height / 2, 14))}"
        style = f"{shape}, fill=ag{look}fill, draw=ag{look}line"
        if result:
            style += ", result"
        if kind == "rest":
            style += f", {self.dashes}"
        if kind == "parameter":
            yield from self.cylinder(style.removeprefix("box, "), place)
            return
        if kind == "layer":
            behind = place._replace(x=place.x + STACK, y=place.y + STACK)
            yield rf"\filldraw[{style}] {_rectangle(behind)};"
        yield rf"\filldraw[{style}] {_rectangle(place)};"

    def cylinder(self, style: str, place: Rectangle) -> Iterator[str]:
        x, y, width, height = place
        lid = min(LID, height / 4)
        radii = f"x radius={pixels(width / 2)}, y radius={pixels(lid)}"
        left, right, top, bottom = x, x + width, y + lid, y + height - lid
        lower = f"arc[start angle=0, end angle=180, {radii}]"
        yield (
            rf"\filldraw[{style}] {_at(left, top)} arc[start angle=180, end angle=360, {radii}] "
            f"-- {_at(right, bottom)} {lower} -- cycle;"
        )
        yield rf"\draw[{style}, fill=none] {_at(right, top)} {lower};"

    def grid(self, grid: Grid, x: float, y: float) -> Iterator[str]:
        wide, high = grid.cell
        heatmap = grid.heatmap
        yield self.text(grid.caption, grid.role, x + grid.width / 2, y - 4)
        for i, row in enumerate(softened(heatmap.levels) if heatmap.numbers else heatmap.levels):
            for j, level in enumerate(row):
                cell = Rectangle(x + j * wide, y + i * high, wide, high)
                shade = "none" if level == NOT_FINITE else level
                yield rf"\fill[agheat{shade}] {_rectangle(cell)};"
                if heatmap.numbers:
                    middle = cell.x + wide / 2, cell.y + high / 2 + 3.4
                    yield self.text(heatmap.numbers[i][j], "number", *middle)
                elif level == NOT_FINITE:
                    cross = "-- ++(4,4) ++(0,-4) -- ++(-4,4)"
                    yield rf"\draw[agtext] {_at(cell.x + 2, cell.y + 2)} {cross};"
        style = "agmuted" if heatmap.complete else f"agmuted, {self.dots}"
        yield rf"\draw[{style}] {_rectangle(Rectangle(x, y, grid.width, grid.height))};"

    def caption(self, drawn: Scene) -> Iterator[str]:
        x, y = 0.0, drawn.height + 16.0
        names = {kind: name for name, kind in KINDS.items()}
        for kind in legend(drawn.picture):
            chip = Rectangle(x, y, *CHIP)
            yield from self.outline(names[kind], kind.look == "output", chip)
            yield self.text(kind.meaning, "muted", x + CHIP[0] + 7, y + 10.5, "anchor=base west")
            x += CHIP[0] + 25 + text_width(kind.meaning, "muted")
        width = max(drawn.width, NARROWEST_CAPTION) * self.unit
        said = [drawn.picture.summary, *reading_aids(drawn.picture, heatmaps=True)]
        lines = [(line, "muted") for line in said] + [(n, "note") for n in drawn.picture.notes]
        options = f"anchor=north west, align=left, text width={width:.1f}pt"
        text = r" \\ ".join(self.styled(line, role) for line, role in lines)
        yield rf"\node[{options}] at {_at(0, y + CHIP[1] + 8)} {{{text}}};"

    def text(self, text: str, role: str, x: float, y: float, options: str = "") -> str:
        return rf"\node[{options}] at {_at(x, y)} {{{self.styled(text, role)}}};"

    def styled(self, text: str, role: str) -> str:
        colour, bold = ROLES[role]
        size = FONT_SIZES.get(role.removeprefix("gradient "), FONT_SIZES["muted"]) * self.unit
        weight = r"\bfseries" if bold else ""
        font = rf"\fontsize{{{size:.2f}}}{{{size * 1.25:.2f}}}\selectfont{weight}"
        return rf"{font}\color{{ag{colour}}}{_escaped(text)}"


def _curve(route: list[Point], rightwards: bool) -> str:
    """A path through the points, along the flow at each of them."""
    x, y = route[0]
    parts = [_at(x, y)]
    for to_x, to_y in route[1:]:
        if (y == to_y) if rightwards else (x == to_x):
            parts.append(f"-- {_at(to_x, to_y)}")
        else:
            if rightwards:
                half = (x + to_x) / 2
                controls = _at(half, y), _at(half, to_y)
            else:
                half = (y + to_y) / 2
                controls = _at(x, half), _at(to_x, half)
            parts.append(f".. controls {controls[0]} and {controls[1]} .. {_at(to_x, to_y)}")
        x, y = to_x, to_y
    return " ".join(parts)


def _rectangle(place: Rectangle) -> str:
    return f"{_at(place.x, place.y)} rectangle ++{_at(place.width, place.height)}"


def _at(x: float, y: float) -> str:
    return f"({pixels(x)},{pixels(y)})"


def _escaped(text: str) -> str:
    """Text that LaTeX sets as it is; what is no command of its own cannot become one."""
    return "".join(map(_spelled, text))


def _spelled(letter: str) -> str:
    known = SPELLED.get(letter)
    if known is not None:
        return known
    if letter.isascii():
        return letter
    if "\u00c0" <= letter <= "\u017f" and letter.isalpha():
        return letter  # Latin letters with accents, which every LaTeX knows
    name = unicodedata.name(letter, "").lower().replace("lamda", "lambda").split()
    if name[:3] == ["greek", "small", "letter"] and len(name) == 4:
        return rf"$\{name[3]}$"
    if letter in GREEK_CAPITALS:
        return rf"$\{name[3].capitalize()}$"
    return rf"\other{{{letter}}}"
