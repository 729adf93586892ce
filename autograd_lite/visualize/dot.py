"""A picture as DOT, the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from autograd_lite.graph import ScopeCall
from autograd_lite.visualize.picture import Arrow, Box, Picture
from autograd_lite.visualize.style import GRADIENT, LAYERS, LINE, MUTED, STYLES, TEXT

if TYPE_CHECKING:
    from graphviz import Digraph

__all__ = ["dot"]

_RANKDIR = {"down": "TB", "right": "LR"}
_FONT = "Helvetica"
WIDEST_NOTE = 80
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\\": "\\\\"})


def dot(picture: Picture) -> str:
    """The picture as DOT source."""
    from graphviz import Digraph

    whole = Digraph("computation")
    whole.attr(
        "graph",
        rankdir=_RANKDIR[picture.direction],
        label=_caption(picture),
        labelloc="b",
        labeljust="l",
        fontname=_FONT,
        fontsize="10",
        fontcolor=MUTED,
        nodesep="0.25",
        ranksep="0.35",
        pad="0.2",
        ordering="in",
    )
    whole.attr("node", fontname=_FONT, fontsize="12", fontcolor=TEXT)
    whole.attr("edge", color=LINE, arrowsize="0.7", penwidth="1.1")
    whole.attr("edge", fontname=_FONT, labelfontsize="9", labelfontcolor=MUTED, labeldistance="1.4")
    _add_boxes(whole, picture)
    for arrow in picture.arrows:
        _add_arrow(whole, arrow)
    source: str = whole.source
    return source


def _add_boxes(whole: Digraph, picture: Picture) -> None:
    """The boxes, each in the cluster of its scope, and the clusters in each other."""
    parts: dict[int | None, Digraph] = {None: whole}
    inside: dict[int | None, list[Digraph]] = {None: []}
    levels: dict[int | None, int] = {None: -1}
    for scope in picture.scopes:
        levels[scope.id] = levels[scope.parent] + 1
        parts[scope.id] = _cluster(scope, levels[scope.id])
        inside[scope.id] = []
        inside[scope.parent].append(parts[scope.id])
    for box in picture.boxes:
        _add_box(parts[box.scope], box)
    for part in reversed(parts):  # inner ones are complete before they are put into outer ones
        for cluster in inside[part]:
            parts[part].subgraph(cluster)


def _cluster(scope: ScopeCall, level: int) -> Digraph:
    from graphviz import Digraph

    cluster = Digraph(f"cluster_{scope.id}")
    cluster.attr(
        "graph",
        label=f"<<B>{_escaped(scope.name)}</B>>",
        style="rounded,filled",
        fillcolor=LAYERS[min(level, len(LAYERS) - 1)],
        color="#9aa5b1",
        labelloc="t",
        labeljust="l",
        fontsize="11",
        fontcolor=MUTED,
        margin="10",
    )
    return cluster


def _add_box(part: Digraph, box: Box) -> None:
    style = STYLES[box.kind]
    rounded = "rounded," if box.kind in ("operation", "output") else ""
    part.node(
        _node_name(box.id),
        label=_label(box),
        shape=style.shape,
        style=f"{rounded}filled",
        fillcolor=STYLES["output"].fill if box.result else style.fill,
        color=STYLES["output"].line if box.result else style.line,
        penwidth="2.2" if box.result else "1.2",
        margin="0.18,0.11" if box.kind == "layer" else "0.14,0.07",
        tooltip=_escaped(box.details or box.contents),
    )


def _add_arrow(whole: Digraph, arrow: Arrow) -> None:
    attributes: dict[str, str] = {}
    if not arrow.gradient:
        attributes |= {"style": "dashed", "color": MUTED}
    if arrow.argument is not None:
        attributes |= {"headlabel": str(arrow.argument)}
    whole.edge(_node_name(arrow.source), _node_name(arrow.target), **attributes)


def _node_name(box: str) -> str:
    """A box's id as a name without special characters."""
    return {"#": "node", "@": "layer"}.get(box[0], "rest") + box[1:].strip(".")


def _label(box: Box) -> str:
    small = [
        (f"{box.shape} = {box.value}" if box.value else box.shape, MUTED),
        (box.contents, MUTED),
        (box.gradient, GRADIENT),
        (box.remark, MUTED),
    ]
    rows = [f"<B>{_escaped(box.title)}</B>"]
    for text, colour in small:
        if text:
            rows.append(f'<FONT POINT-SIZE="10" COLOR="{colour}">{_escaped(text)}</FONT>')
    return _table(rows, 'CELLPADDING="0" CELLSPACING="0"')


def _table(rows: list[str], attributes: str, cell: str = "") -> str:
    cells = "".join(f"<TR><TD {cell}>{row}</TD></TR>" for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" {attributes}>{cells}</TABLE>>'


def _caption(picture: Picture) -> str:
    kinds = ["output" if box.result else box.kind for box in picture.boxes]
    legend = "".join(
        f'<TD BORDER="1" COLOR="{style.line}" BGCOLOR="{style.fill}">{style.meaning}</TD>'
        for style in dict.fromkeys(STYLES[kind] for kind in kinds)
    )
    rows = [f'<TABLE ALIGN="LEFT" BORDER="0" CELLSPACING="4"><TR>{legend}</TR></TABLE>']
    rows += [_lines(line, MUTED) for line in (picture.summary, *_reading_aids(picture))]
    rows += [_lines(note, TEXT) for note in picture.notes]
    return _table(rows, 'CELLSPACING="2" CELLPADDING="0"', 'ALIGN="LEFT" BALIGN="LEFT"')


def _lines(text: str, colour: str) -> str:
    import textwrap

    lines = "<BR/>".join(map(_escaped, textwrap.wrap(text, WIDEST_NOTE)))
    return f'<FONT COLOR="{colour}">{lines}</FONT>'


def _reading_aids(picture: Picture) -> Iterator[str]:
    if picture.has_gradients:
        yield (
            "gradient: of the result, by the values of the box; for an array the mean of its "
            "absolute values"
        )
    if any(not arrow.gradient for arrow in picture.arrows):
        yield "dashed arrow: no gradient flows back"
    if any(arrow.argument is not None for arrow in picture.arrows):
        yield "number at an arrow: which argument of the operation it is"


def _escaped(text: str) -> str:
    """Text that Graphviz shows as it is, in an HTML-like label: no markup, none of its escapes."""
    return text.translate(_ESCAPES)
