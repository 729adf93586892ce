"""A picture as Mermaid source, which GitHub, GitLab and many editors draw inside of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_lite.graphs import Graph
from autograd_lite.visualize.options import Options
from autograd_lite.visualize.picture import Arrow, Box, Picture, identifier, picture
from autograd_lite.visualize.style import KINDS, LIGHT

# Mermaid draws no more, unless the page that it is in raises the limits.
MOST_ARROWS = 500
MOST_LETTERS = 50_000

DIRECTIONS = {"down": "TB", "right": "LR"}
SHAPES = {
    "input": ('(["', '"])'),
    "constant": ('(["', '"])'),
    "parameter": ('[("', '")]'),
    "operation": ('["', '"]'),
    "output": ('("', '")'),
    "layer": ('[["', '"]]'),
    "rest": ('>"', '"]'),
}
# Everything else could be markup, an entity, a directive or the end of a text.
_SPECIAL = re.compile(r"[^\w ,.()+=/|·×…−-]")


def mermaid(graph: Graph, options: Options) -> str:
    """The picture of a graph as a Mermaid flowchart.

    One that is too large for Mermaid is drawn with fewer boxes: layers are closed first, then
    what is furthest from the result is left out, which the picture says.
    """
    chosen = picture(graph, options)
    source = _flowchart(chosen)
    while len(chosen.arrows) > MOST_ARROWS or len(source) > MOST_LETTERS:
        fewer = max(len(chosen.boxes) * 3 // 4, 1)
        if options.limit == 1:
            break  # a title of 50,000 letters does not exist: labels are cut
        options = options._replace(depth=None, limit=min(fewer, options.limit - 1))
        chosen = picture(graph, options)
        source = _flowchart(chosen)
    return source


def _flowchart(picture: Picture) -> str:
    return "\n".join([*_lines(picture), ""])


def _lines(picture: Picture) -> Iterator[str]:
    yield f"flowchart {DIRECTIONS[picture.direction]}"
    yield "accTitle: A computation graph"
    yield f"accDescr: {_escaped(picture.summary)}"
    yield from _boxes(picture)
    for arrow in picture.arrows:
        yield _arrow(arrow)
    if picture.notes:
        yield f'notes["{_label([picture.summary, *picture.notes])}"]:::notes'
    for look, (fill, line) in LIGHT.looks.items():
        yield f"classDef {look} fill:{fill},stroke:{line},color:{LIGHT.text}"
    yield f"classDef frame fill:{LIGHT.frames[0]},stroke:{LIGHT.border},color:{LIGHT.muted}"
    yield f"classDef result stroke:{LIGHT.looks['output'].line},stroke-width:3px"
    yield "classDef notes fill:none,stroke:none"


def _boxes(picture: Picture) -> Iterator[str]:
    """Each box in the subgraph of its scope, written from the outer scopes to the inner ones."""
    boxes: dict[int | None, list[Box]] = {}
    for box in picture.boxes:
        boxes.setdefault(box.scope, []).append(box)
    inside: dict[int | None, list[int]] = {}
    for scope in picture.scopes:
        inside.setdefault(scope.parent, []).append(scope.id)
    names = {scope.id: scope.name for scope in picture.scopes}
    waiting: list[int | str | None] = [None]  # a scope, or a line that closes one
    while waiting:
        here = waiting.pop()
        if isinstance(here, str):
            yield here
            continue
        if here is not None:
            yield f'subgraph scope{here}["{_escaped(names[here])}"]'
            # Said again, since Mermaid turns a part that nothing leads into or out of.
            yield f"direction {DIRECTIONS[picture.direction]}"
            waiting.append("end")
        yield from map(_box, boxes.get(here, ()))
        waiting += reversed(inside.get(here, ()))
    if names:
        yield f"class {','.join(f'scope{scope}' for scope in names)} frame"


def _box(box: Box) -> str:
    opening, closing = SHAPES[box.kind]
    shape = f"{box.shape} = {box.value}".strip() if box.value else box.shape
    lines = [box.title, shape, box.contents, *box.statistics, box.gradient, box.remark]
    css = "output" if box.kind == "output" else KINDS[box.kind].look
    drawn = f"{identifier(box.id)}{opening}{_label(lines)}{closing}:::{css}"
    return f"{drawn}\nclass {identifier(box.id)} result" if box.result else drawn


def _arrow(arrow: Arrow) -> str:
    line = "-->" if arrow.gradient else "-.->"
    if arrow.argument is not None:
        line += f"|{arrow.argument}|"
    return f"{identifier(arrow.source)} {line} {identifier(arrow.target)}"


def _label(lines: list[str]) -> str:
    return "<br>".join(_escaped(line) for line in lines if line)


def _escaped(text: str) -> str:
    """Text that Mermaid shows as it is."""
    return _SPECIAL.sub(lambda match: f"#{ord(match[0])};", text)
