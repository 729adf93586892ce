"""`replay`: Graphs as one self-contained page."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import get_args

from autograd_lite.graphs import Graph
from autograd_lite.visualize.replay.boundary import Boundary
from autograd_lite.visualize.replay.encoding import encode, json_text
from autograd_lite.visualize.style import DARK, LIGHT, Palette, Theme

MOST_PLAIN = 150_000  # characters of data; more are compressed, to a third or less

# In this order in the page: each uses only what stands in files before it.
SCRIPTS = (
    "dom.js",
    "numbers.js",
    "model.js",
    "steps.js",
    "groups.js",
    "layout.js",
    "heatmap.js",
    "mathml.js",
    "indices.js",
    "entry.js",
    "scene.js",
    "step_panel.js",
    "node_panel.js",
    "lines_panel.js",
    "sums_panel.js",
    "layers_panel.js",
    "quiz_panel.js",
    "boundary.js",
    "moments.js",
    "tabs.js",
    "theme.js",
    "main.js",
)


def replay(
    graphs: Graph | Sequence[Graph],
    *,
    title: str = "",
    theme: Theme = "auto",
    moments: Sequence[str] | None = None,
    curves: Mapping[str, Sequence[float]] | None = None,
    boundary: Boundary | None = None,
) -> str:
    """A computation as an HTML page on which to step through it, forward and then backward.

    The page is one text without anything else to load: it can be saved, sent and opened offline.

    Args:
        graphs: a Graph; or several of the same structure, such as those of one model's loss at
            several moments of its training, for a page with a slider through time.
        title: shown at the top and in the window's title.
        theme: "auto" follows what the reader's system prefers. The page has a button for it.
        moments: a name for each graph, such as "epoch 10".
        curves: numbers to plot over the moments, by name, such as the loss: one for each graph.
        boundary: the answers of a model of two features on a grid, with a frame for each graph.

    Returns:
        HTML.

    Raises:
        TypeError: if `graphs` is neither a Graph nor a list of Graphs.
        ValueError: for another theme, no graph, graphs of different structure, and moments or
            curves that are not one for each graph.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> w = ag.Tensor([1.0, -2.0], requires_grad=True, name="w")
        >>> page = replay(ag.graph(np.sum(w * w)), title="A sum of squares")
        >>> page[:15]
        '<!doctype html>'
    """
    listed = _graphs(graphs)
    if theme not in get_args(Theme):
        raise ValueError(f"theme is 'auto', 'light' or 'dark', got {theme!r}")
    _require_same_structure(listed)
    names = _moments(moments, len(listed))
    _require_one_for_each(curves or {}, len(listed))
    data = encode(listed, names, curves or {})
    if boundary is not None:
        _require_frames(boundary, len(listed))
        data["boundary"] = boundary.encoded()
    data |= {"title": title, "theme": theme, "heat": {"light": LIGHT.heat, "dark": DARK.heat}}
    text = json_text(data)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return _page(title or "Replay of a computation", text, f"replay-{digest}")


# -- what is asked for ---------------------------------------------------------------------------


def _graphs(graphs: object) -> list[Graph]:
    given: Sequence[object] = graphs if isinstance(graphs, (list, tuple)) else [graphs]
    if not given:
        raise ValueError("the list of graphs is empty: nothing to replay")
    listed = [graph for graph in given if isinstance(graph, Graph)]
    if len(listed) < len(given):
        other = next(graph for graph in given if not isinstance(graph, Graph))
        raise TypeError(
            f"a replay is made of a Graph, or a list of them; got {type(other).__name__}. "
            "Write replay(ag.graph(J))"
        )
    return listed


def _require_same_structure(graphs: Sequence[Graph]) -> None:
    first = graphs[0]
    for i, graph in enumerate(graphs[1:], 1):
        difference = _difference(first, graph)
        if difference:
            raise ValueError(
                f"graphs of one replay have the same structure; graph {i} differs from graph 0: "
                f"{difference}. Record them from the same code with the same batch"
            )


def _difference(a: Graph, b: Graph) -> str:
    """Describe how two graphs differ in structure; empty if they do not."""
    if len(a.nodes) != len(b.nodes):
        return f"{len(b.nodes)} nodes instead of {len(a.nodes)}"
    for old, new in zip(a.nodes, b.nodes, strict=True):
        for field in ("kind", "operation", "name", "shape", "scope"):
            was, is_now = getattr(old, field), getattr(new, field)
            if was != is_now:
                return f"the {field} of node {old.id} is {is_now!r} instead of {was!r}"
    if a.edges != b.edges or a.scopes != b.scopes or a.outputs != b.outputs:
        return "other edges, scopes or outputs"
    if _updated(a) != _updated(b):
        return "other parameters are updated"
    if [step.edge for step in a.backward] != [step.edge for step in b.backward]:
        return "gradients flowed along other edges"
    return ""


def _updated(graph: Graph) -> list[int]:
    return [] if graph.update is None else [i for i, _ in graph.update.after]


def _moments(moments: Sequence[str] | None, count: int) -> list[str]:
    if moments is None:
        return [f"moment {i}" for i in range(count)] if count > 1 else [""]
    if isinstance(moments, str):
        raise TypeError(f"moments is a list of names, got the text {moments!r}")
    if len(moments) != count:
        raise ValueError(f"moments has {len(moments)} names for {count} graphs")
    return [str(moment) for moment in moments]


def _require_one_for_each(curves: Mapping[str, Sequence[float]], count: int) -> None:
    for name, values in curves.items():
        if len(values) != count:
            raise ValueError(
                f"the curve {name!r} has {len(values)} numbers for {count} graphs; it takes one "
                f"for each, {math.nan} where there is none"
            )


def _require_frames(boundary: Boundary, count: int) -> None:
    if len(boundary.frames) != count:
        raise ValueError(f"the boundary has {len(boundary.frames)} frames for {count} graphs")


# -- the page ------------------------------------------------------------------------------------


def _page(title: str, data: str, prefix: str) -> str:
    style, script = _style(), _script()
    large = len(data) > MOST_PLAIN
    packed = base64.b64encode(gzip.compress(data.encode(), mtime=0)).decode() if large else data
    parts = {
        "title": html.escape(title),
        "style-hash": _hash(style),
        "script-hash": _hash(script),
        "style": style,
        "script": script,
        "prefix": prefix,
        "type": "application/gzip" if large else "application/json",
        "data": packed,
    }
    # One pass, so that nothing in a title or in the data is taken for a place to be filled.
    pieces = _asset("page.html").split("@@")
    return "".join(parts[piece] if i % 2 else piece for i, piece in enumerate(pieces))


def _hash(text: str) -> str:
    """The hash by which a Content-Security-Policy names a script or a style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@lru_cache
def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


@lru_cache
def _style() -> str:
    themes = (("light", LIGHT), ("dark", DARK))
    colours = "\n".join(
        f':root[data-theme="{name}"] {{ color-scheme: {name}; {_variables(palette)} }}'
        for name, palette in themes
    )
    return f"\n{colours}\n{_asset('page.css')}"


def _variables(palette: Palette) -> str:
    named = palette.variables()
    for kind, look in palette.looks.items():
        named |= {f"{kind}-fill": look.fill, f"{kind}-line": look.line}
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())


@lru_cache
def _script() -> str:
    return '\n"use strict";\n(() => {\n' + "\n".join(map(_asset, SCRIPTS)) + "\n})();\n"
