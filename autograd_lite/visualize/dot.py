"""A picture as DOT, the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_lite.graphs import ScopeCall
from autograd_lite.visualize.caption import legend, reading_aids
from autograd_lite.visualize.picture import Arrow, Box, Picture, identifier
from autograd_lite.visualize.style import KINDS, Palette

if TYPE_CHECKING:
    from graphviz import Digraph

_RANKDIR = {"down": "TB", "right": "LR"}
_FONT = "Helvetica"
WIDEST_NOTE = 80
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\\": "\\\\"})


def dot(picture: Picture, palette: Palette) -> str:
    """The picture as DOT source, in the colours of a palette."""
    from graphviz import Digraph

    whole = Digraph("computation")
    whole.attr(
        "graph",
        rankdir=_RANKDIR[picture.direction],
        label=_caption(picture, palette),
        labelloc="b",
        labeljust="l",
        fontname=_FONT,
        fontsize="10",
        fontcolor=palette.muted,
        bgcolor=palette.background,
        nodesep="0.25",
        ranksep="0.35",
        pad="0.2",
        ordering="in",
    )
    whole.attr("node", fontname=_FONT, fontsize="12", fontcolor=palette.text)
    whole.attr("edge", color=palette.line, arrowsize="0.7", penwidth="1.1")
    whole.attr("edge", fontname=_FONT, labelfontsize="9", labeldistance="1.4")
    whole.attr("edge", labelfontcolor=palette.muted)
    _add_boxes(whole, picture, palette)
    for arrow in picture.arrows:
        _add_arrow(whole, arrow, palette)
    source: str = whole.source
    return source


def _add_boxes(whole: Digraph, picture: Picture, palette: Palette) -> None:
    """The boxes, each in the cluster of its scope, and the clusters in each other."""
    parts: dict[int | None, Digraph] = {None: whole}
    inside: dict[int | None, list[Digraph]] = {None: []}
    levels: dict[int | None, int] = {None: -1}
    for scope in picture.scopes:
        levels[scope.id] = levels[scope.parent] + 1
        parts[scope.id] = _cluster(scope, levels[scope.id], palette)
        inside[scope.id] = []
        inside[scope.parent].append(parts[scope.id])
    for box in picture.boxes:
        _add_box(parts[box.scope], box, palette)
    for part in reversed(parts):  # inner ones are complete before they are put into outer ones
        for cluster in inside[part]:
            parts[part].subgraph(cluster)


def _cluster(scope: ScopeCall, level: int, palette: Palette) -> Digraph:
    from graphviz import Digraph

    cluster = Digraph(f"cluster_{scope.id}")
    cluster.attr(
        "graph",
        label=f"<<B>{_escaped(scope.name)}</B>>",
        style="rounded,filled",
        fillcolor=palette.frames[min(level, len(palette.frames) - 1)],
        color=palette.border,
        labelloc="t",
        labeljust="l",
        fontsize="11",
        fontcolor=palette.muted,
        margin="10",
    )
    return cluster


def _add_box(part: Digraph, box: Box, palette: Palette) -> None:
    kind = KINDS[box.kind]
    look = palette.looks[kind.look]
    border = palette.looks["output"] if box.result else look
    rounded = "rounded," if box.kind in ("operation", "output") else ""
    part.node(
        identifier(box.id),
        label=_label(box, palette),
        shape=kind.shape,
        style=f"{rounded}filled",
        fillcolor=look.fill,
        color=border.line,
        penwidth="2.2" if box.result else "1.2",
        margin="0.18,0.11" if box.kind == "layer" else "0.14,0.07",
        tooltip=_escaped(box.details or box.contents),
    )


def _add_arrow(whole: Digraph, arrow: Arrow, palette: Palette) -> None:
    attributes: dict[str, str] = {}
    if not arrow.gradient:
        attributes |= {"style": "dashed", "color": palette.muted}
    if arrow.argument is not None:
        attributes |= {"headlabel": str(arrow.argument)}
    whole.edge(identifier(arrow.source), identifier(arrow.target), **attributes)


def _label(box: Box, palette: Palette) -> str:
    shape = f"{box.shape} = {box.value}".strip() if box.value else box.shape
    small = [(text, palette.muted) for text in (shape, box.contents, *box.statistics)]
    small += [(box.gradient, palette.gradient), (box.remark, palette.muted)]
    rows = [f"<B>{_escaped(box.title)}</B>"]
    for text, colour in small:
        if text:
            rows.append(f'<FONT POINT-SIZE="10" COLOR="{colour}">{_escaped(text)}</FONT>')
    return _table(rows, 'CELLPADDING="0" CELLSPACING="0"')


def _table(rows: list[str], attributes: str, cell: str = "") -> str:
    cells = "".join(f"<TR><TD {cell}>{row}</TD></TR>" for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" {attributes}>{cells}</TABLE>>'


def _caption(picture: Picture, palette: Palette) -> str:
    looks = [(kind.meaning, palette.looks[kind.look]) for kind in legend(picture)]
    chips = "".join(
        f'<TD BORDER="1" COLOR="{look.line}" BGCOLOR="{look.fill}">{meaning}</TD>'
        for meaning, look in looks
    )
    rows = [f'<TABLE ALIGN="LEFT" BORDER="0" CELLSPACING="4"><TR>{chips}</TR></TABLE>']
    said = [picture.summary, *reading_aids(picture, heatmaps=False)]
    rows += [_lines(line, palette.muted) for line in said]
    rows += [_lines(note, palette.text) for note in picture.notes]
    return _table(rows, 'CELLSPACING="2" CELLPADDING="0"', 'ALIGN="LEFT" BALIGN="LEFT"')


def _lines(text: str, colour: str) -> str:
    import textwrap

    lines = "<BR/>".join(map(_escaped, textwrap.wrap(text, WIDEST_NOTE)))
    return f'<FONT COLOR="{colour}">{lines}</FONT>'


def _escaped(text: str) -> str:
    """Text that Graphviz shows as it is, in an HTML-like label: no markup, none of its escapes."""
    return text.translate(_ESCAPES)
