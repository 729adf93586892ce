"""How kinds of boxes look: each has a shape and a colour of its own.

Line colours are of Okabe and Ito's palette, which readers with any colour blindness can tell
apart (Color Universal Design, 2008), darkened until they have contrast against white. All are of
six hexadecimal digits: some versions of `dot` know no others.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["GRADIENT", "LAYERS", "LINE", "MUTED", "STYLES", "TEXT", "Style"]


class Style(NamedTuple):
    """One kind of box.

    Attributes:
        meaning: what the legend calls it.
        shape: Graphviz's name of the shape.
        fill: the colour inside.
        line: the colour of the border.
    """

    meaning: str
    shape: str
    fill: str
    line: str


_DATA = Style("data", "ellipse", "#e3f1fb", "#0072b2")
STYLES = {
    "input": _DATA,
    "constant": _DATA,
    "parameter": Style("parameter", "cylinder", "#fdefd0", "#b46f00"),
    "operation": Style("operation", "box", "#ffffff", "#5b6875"),
    "output": Style("result", "box", "#d8f2e8", "#00795a"),
    "layer": Style("layer, closed", "box3d", "#f1e6f0", "#9a4f7f"),
    "rest": Style("left out", "note", "#f2f2f2", "#6e6e6e"),
}

TEXT = "#1f2933"
MUTED = "#5b6875"
GRADIENT = "#a8430a"
LINE = "#3c4854"
# The background of a layer, by how many layers are around it.
LAYERS = ("#f4f6f8", "#e9edf1", "#dde3e9", "#d1d9e1")
