"""The style of pictures: the colours of each theme, and the shape of each kind of box.

Line colours are of Okabe and Ito's palette, which readers with any colour blindness can tell
apart (Color Universal Design, 2008), darkened until they have contrast against white, or lightened
for the dark theme. No kind is told by its colour alone. All colours are of six hexadecimal digits:
some versions of `dot` know no others.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Theme = Literal["auto", "light", "dark"]


class Kind(NamedTuple):
    """One kind of box.

    Attributes:
        meaning: what the legend calls it.
        shape: Graphviz's name of the shape.
        look: the name of its colours in a palette.
    """

    meaning: str
    shape: str
    look: str


KINDS = {
    "input": Kind("data", "ellipse", "data"),
    "constant": Kind("data", "ellipse", "data"),
    "parameter": Kind("parameter", "cylinder", "parameter"),
    "operation": Kind("operation", "box", "operation"),
    "output": Kind("result", "box", "output"),
    "leaf": Kind("layer", "box", "layer"),
    "layer": Kind("layer, closed", "box3d", "layer"),
    "rest": Kind("left out", "note", "rest"),
}


class Look(NamedTuple):
    """The colours of one kind of box: inside, and of the border."""

    fill: str
    line: str


class Palette(NamedTuple):
    """The colours of a theme.

    Attributes:
        background: behind everything.
        text: of titles.
        muted: of everything else that is written.
        gradient: of text about gradients.
        line: of arrows.
        border: of the frames around layers.
        frames: inside those, by how many frames are around.
        looks: of the kinds of boxes.
        heat: from the most negative values to the most positive ones, zero in the middle.
        series: of classes and curves: the ends of heat, then colours of Okabe and Ito's palette.
    """

    background: str
    text: str
    muted: str
    gradient: str
    line: str
    border: str
    frames: tuple[str, ...]
    looks: dict[str, Look]
    heat: tuple[str, ...]
    series: tuple[str, ...]

    def variables(self) -> dict[str, str]:
        """The colours that a page names in its style, by name; without those of kinds and heat."""
        plain = ("background", "text", "muted", "gradient", "line", "border")
        frames = {f"frame-{i}": colour for i, colour in enumerate(self.frames)}
        return {name: getattr(self, name) for name in plain} | frames


LIGHT = Palette(
    background="#ffffff",
    text="#1f2933",
    muted="#52606d",
    gradient="#a8430a",
    line="#3c4854",
    border="#b4bec9",
    frames=("#f4f6f8", "#e9edf1", "#dde3e9", "#d1d9e1"),
    looks={
        "data": Look("#e3f1fb", "#0072b2"),
        "parameter": Look("#fdefd0", "#b46f00"),
        "operation": Look("#ffffff", "#5b6875"),
        "output": Look("#d8f2e8", "#00795a"),
        "layer": Look("#f6e9f2", "#9a4f7f"),
        "rest": Look("#f2f2f2", "#6e6e6e"),
    },
    heat=(
        *("#0a5a94", "#4f95c4", "#93c0de", "#cfe3f0"),
        "#f3f1ec",
        *("#fbdcc0", "#f2b27f", "#de7f3a", "#b24d08"),
    ),
    series=("#0a5a94", "#b24d08", "#00795a", "#9a4f7f", "#6b5b00", "#3c4854"),
)

DARK = Palette(
    background="#14181d",
    text="#edf1f5",
    muted="#a3b0bd",
    gradient="#ff9a5c",
    line="#a7b3bf",
    border="#46525e",
    frames=("#1b2127", "#222931", "#29323b", "#313b45"),
    looks={
        "data": Look("#12293a", "#56b4e9"),
        "parameter": Look("#33270c", "#e6a417"),
        "operation": Look("#262d35", "#8b98a5"),
        "output": Look("#0d3228", "#2fc79a"),
        "layer": Look("#35223a", "#d68fbf"),
        "rest": Look("#2a2a2a", "#9c9c9c"),
    },
    heat=(
        *("#7cc7f5", "#4496c8", "#2b6690", "#23425a"),
        "#3a3f45",
        *("#5f4126", "#96592a", "#cf7a35", "#ffae6b"),
    ),
    series=("#7cc7f5", "#ffae6b", "#2fc79a", "#e79ccb", "#e8dc5a", "#c3ccd5"),
)

THEMES: dict[str, tuple[Palette, ...]] = {
    "auto": (LIGHT, DARK),
    "light": (LIGHT,),
    "dark": (DARK,),
}
