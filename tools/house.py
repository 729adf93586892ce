"""Draw docs/pictures/house.svg, the packages and folders and who imports whom: `make house`.

A box is a folder, or files at the root of a package that stand in one storey: those that build on
the same folders. Folders whose files import each other, without a circle of files, share a box.
Arrows run downwards, from what imports to what is imported; one that others imply is left out.
"""

from __future__ import annotations

import textwrap
from html import escape
from itertools import accumulate, pairwise

import numpy as np

from autograd_lite.visualize.layered import Link, Placed, place
from autograd_lite.visualize.style import DARK, LIGHT, Palette
from tools.imports import PACKAGES, ROOT, circles, imports, modules

PICTURE = ROOT / "docs" / "pictures" / "house.svg"
Graph = dict[str, set[str]]

TITLE, LINE = 19.0, 14.0  # the heights of a title and of a line of file names
LETTER = 6.1  # the width of a letter, in whatever font the reader has
LETTERS, LINES = 32, 4  # a line of file names has so many letters, or more if these lines are full
PADDING, MARGIN, GAP = 8.0, 12.0, 30.0


def part_of(module: str) -> str:
    """Return the folder or the file at a package's root that a module belongs to."""
    return ".".join(module.split(".")[:2])


def between(parts: dict[str, str], graph: Graph) -> Graph:
    """Return the graph of the parts that its nodes belong to."""
    found: Graph = {part: set() for part in parts.values()}
    for node, others in graph.items():
        found[parts[node]] |= {parts[other] for other in others} - {parts[node]}
    return found


def below(graph: Graph) -> Graph:
    """Return all that each node builds on, directly or not. The graph has no circle."""
    found: Graph = {}
    for (node,) in circles(graph):
        found[node] = graph[node].union(*(found[other] for other in graph[node]))
    return found


def reduced(graph: Graph) -> Graph:
    """Return the graph without the arrows that others imply."""
    deep = below(graph)
    return {
        node: {x for x in others if not any(x in deep[y] for y in others)}
        for node, others in graph.items()
    }


def house() -> tuple[list[tuple[str, list[str]]], Graph]:
    """Return the boxes, importers first, each with its files, and the arrows between them."""
    files = {name: imports(path) - {name} for name, path in modules().items()}
    boxes = {name: part_of(name) for name in files}
    parts = between(boxes, files)
    shared = {part: "+".join(group) for group in circles(parts) for part in group}
    boxes = {name: shared[part] for name, part in boxes.items()}
    storeys = _storeys(between(boxes, files), folders(boxes))
    boxes = {name: storeys[part] for name, part in boxes.items()}
    graph = between(boxes, files)
    order = [box for (box,) in circles(graph)][::-1]
    return [(box, _contents(box, files, boxes)) for box in order], reduced(graph)


def folders(boxes: dict[str, str]) -> set[str]:
    """Return the boxes that are more than one file."""
    count = list(boxes.values()).count
    return {box for box in boxes.values() if count(box) > 1 and box not in PACKAGES}


def _storeys(graph: Graph, folders: set[str]) -> dict[str, str]:
    """Return for each part the box that it is drawn in: files of a package share one if they build
    on the same folders.
    """
    deep = below(graph)
    groups: dict[tuple[str, frozenset[str]], list[str]] = {}
    for (part,) in circles(graph):
        if part in folders or part in PACKAGES:
            continue
        key = part.split(".")[0], frozenset(deep[part] & folders)
        groups.setdefault(key, []).append(part)
    return {part: part for part in graph} | {
        part: "+".join(group) for group in groups.values() for part in group
    }


def _contents(box: str, files: Graph, boxes: dict[str, str]) -> list[str]:
    """Return the names of the files in a box, a folder as one; those that import first."""
    inside = {name for name in files if boxes[name] == box}
    graph = {name: files[name] & inside for name in files if name in inside}
    order = [name.split(".") for (name,) in circles(graph)][::-1]
    several = len({part_of(".".join(name)) for name in order}) > 1
    depth = 1 if several else 2
    names = [name[depth] + ("/" if len(name) > depth + 1 else "") for name in order if name[depth:]]
    whole = {name.removesuffix("/") for name in names if name.endswith("/")}
    return list(dict.fromkeys(f"{n}/" if n in whole else n for n in names if n != "__init__"))


def title_of(box: str) -> str:
    """Return what stands above the files in a box."""
    parts = box.split("+")
    if box in PACKAGES:
        return box
    if (ROOT / parts[0].replace(".", "/")).is_dir():
        return " ".join(part.split(".")[-1] + "/" for part in parts)
    return f"{parts[0].split('.')[-1]}.py" if len(parts) == 1 else f"{parts[0].split('.')[0]}/*.py"


def lines_of(box: str, names: list[str]) -> list[str]:
    """Return the file names of a box in lines."""
    if box in PACKAGES:
        return ["the public names"]
    if all(f"{part.split('.')[-1]}/" in names for part in box.split("+")):
        return []
    text = " ".join(names)
    return textwrap.wrap(text, max(LETTERS, len(text) // LINES + 8), break_long_words=False)


def picture() -> str:
    """Return the picture as SVG."""
    boxes, arrows = house()
    texts = [(title_of(box), lines_of(box, names)) for box, names in boxes]
    widths = [_width(title, lines) for title, lines in texts]
    heights = [TITLE + LINE * len(lines) + PADDING for _, lines in texts]
    number = {box: i for i, (box, _) in enumerate(boxes)}
    links = [Link(number[box], number[x]) for box, _ in boxes for x in sorted(arrows[box])]
    placed = closer(place(widths, heights, links), heights)
    drawn = [
        _arrow(link, path, placed, heights) for link, path in zip(links, placed.bends, strict=True)
    ]
    for i, (box, _) in enumerate(boxes):
        drawn += _box(box, *texts[i], placed.x[i], placed.y[i], widths[i], heights[i])
    return _svg(placed.width, placed.height, drawn)


def closer(placed: Placed, heights: list[float]) -> Placed:
    """Return a layout with less room between its rows."""
    edges: list[float] = []  # where a row begins, ends, begins, ...
    for y, height in sorted(zip(placed.y, heights, strict=True)):
        if not edges or y > edges[-1]:
            edges += [y, y + height]
        edges[-1] = max(edges[-1], y + height)
    rooms = [b - a if i % 2 == 0 else min(b - a, GAP) for i, (a, b) in enumerate(pairwise(edges))]
    moved = [0.0, *accumulate(rooms)]

    def at(y: float) -> float:
        return float(np.interp(y, edges, moved))

    return placed._replace(
        y=[at(y) for y in placed.y],
        bends=[[(x, at(y)) for x, y in bends] for bends in placed.bends],
        height=moved[-1],
    )


def _width(title: str, lines: list[str]) -> float:
    letters = [1.25 * len(title), *map(len, lines)]
    return LETTER * max(letters) + 2 * PADDING


def _arrow(
    link: Link, bends: list[tuple[float, float]], placed: Placed, heights: list[float]
) -> str:
    start = placed.x[link.source], placed.y[link.source] + heights[link.source]
    end = placed.x[link.target], placed.y[link.target] - 3
    points = [start, *bends, end]
    return f'<path class="arrow" d="M {" L ".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>'


def _box(
    box: str, title: str, lines: list[str], x: float, y: float, width: float, height: float
) -> list[str]:
    package = box.split(".")[0].split("+")[0]
    left = x - width / 2
    drawn = [
        f'<rect class="{package}" x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="4"/>'
    ]
    top = y + TITLE
    drawn.append(f'<text class="title" x="{x:.1f}" y="{top - 1:.1f}">{escape(title)}</text>')
    for line in lines:
        top += LINE
        drawn.append(f'<text x="{x:.1f}" y="{top:.1f}">{escape(line)}</text>')
    return drawn


def _svg(width: float, height: float, drawn: list[str]) -> str:
    size = f"{width + 2 * MARGIN:.0f} {height + 2 * MARGIN:.0f}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img">',
        "<title>The packages and folders, and who imports whom</title>",
        "<style>",
        "text { font: 11px ui-sans-serif, system-ui, sans-serif; text-anchor: middle }",
        "text.title { font-size: 13px; font-weight: 600 }",
        "path.arrow { fill: none; stroke-width: 1; marker-end: url(#tip) }",
        *_colours(LIGHT),
        "@media (prefers-color-scheme: dark) {",
        *_colours(DARK),
        "}",
        "</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto">',
        '<path class="tip" d="M 0 0 L 8 4 L 0 8 z"/></marker></defs>',
        '<rect class="ground" width="100%" height="100%"/>',
        f'<g transform="translate({MARGIN:.0f} {MARGIN:.0f})">',
        *drawn,
        "</g>",
        "</svg>",
        "",
    ]
    return "\n".join(lines)


def _colours(palette: Palette) -> list[str]:
    ours, nn = palette.looks["data"], palette.looks["output"]
    return [
        f".ground {{ fill: {palette.background} }}",
        f"text {{ fill: {palette.muted} }}",
        f"text.title {{ fill: {palette.text} }}",
        f"path.arrow {{ stroke: {palette.line} }}",
        f"path.tip {{ fill: {palette.line} }}",
        f"rect.autograd_lite {{ fill: {ours.fill}; stroke: {ours.line} }}",
        f"rect.nn {{ fill: {nn.fill}; stroke: {nn.line} }}",
    ]


if __name__ == "__main__":
    PICTURE.write_text(picture(), "utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")
