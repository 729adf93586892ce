"""`draw`: a computation as a picture that shows itself and can be saved."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Container, Sequence
from typing import Any

from autograd_lite.graph import Graph, graph
from autograd_lite.tensor import Tensor
from autograd_lite.visualize.dot import dot
from autograd_lite.visualize.picture import Direction, Picture, picture
from autograd_lite.visualize.text import text

__all__ = ["Drawing", "draw"]


def draw(
    J: Tensor | Sequence[Tensor],
    *,
    gradients: bool | None = None,
    upstream: Any = None,
    depth: int | None = None,
    direction: Direction = "down",
    limit: int = 200,
) -> Drawing:
    """Draw the computation that J was recorded from.

    Each box is an array: its name or the operation that made it, its shape, its value if that is
    one number, and the gradient of J by it: for an array the mean of the absolute values.
    Gradients are computed from the record; no ``.grad`` changes. Operations under
    `autograd_lite.scope`, and so the layers of a model, stand in a frame with the scope's name.

    Args:
        J: a Tensor, or a list of Tensors.
        gradients: whether to compute gradients. None: if J is one number and it can be done; the
            picture says why if not. True: raise if not.
        upstream: the upstream gradient, an array of J's shape, where J is not one number.
        depth: how many levels of nested scopes are opened; those below are one box each. None:
            as many as `limit` allows.
        direction: where the computation flows, "down" or "right".
        limit: the largest number of boxes. What is left out of a larger graph is said.

    Raises:
        TypeError, ValueError, RuntimeError: as `autograd_lite.graph`; also for a wrong depth,
            direction or limit.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> w = ag.Tensor([1.0, -2.0], requires_grad=True, name="w")
        >>> print(draw(np.sum(w**2)))
        2 operations, 1 parameter of 2 numbers
        result on top; ← names what a line was computed from; gradients are those of the result
        <BLANKLINE>
        ┌ #2 sum ← #1          scalar = 5  gradient 1            result
        ├ #1 power(·, 2) ← #0  (2,)        mean |gradient| 1
        └ #0 w (parameter)     (2,)        mean |gradient| 3
    """
    recorded = graph(J, gradients=gradients, upstream=upstream)
    return Drawing(recorded, depth=depth, direction=direction, limit=limit)


class Drawing:
    """A picture of a Graph. It shows itself in a notebook, and `print` writes it as a tree.

    Args:
        graph: what `autograd_lite.graph` returns.
        depth: as `draw`.
        direction: as `draw`.
        limit: as `draw`.

    Attributes:
        graph: the computation as plain data.
        picture: what is drawn of it.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        depth: int | None = None,
        direction: Direction = "down",
        limit: int = 200,
    ) -> None:
        self.graph = graph
        self.picture: Picture = picture(graph, depth, limit, direction)

    @functools.cached_property
    def text(self) -> str:
        """The picture as a tree for a terminal."""
        return text(self.picture)

    @functools.cached_property
    def dot(self) -> str:
        """The picture as DOT source, the language of Graphviz."""
        return dot(self.picture)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, in the format that its suffix names.

        ``.txt`` is the tree, ``.dot`` the source for Graphviz. ``.svg`` and ``.png`` are drawn by
        `dot`, or by graphviz-pure where there is none; ``.pdf`` by `dot` alone.

        Raises:
            ValueError: for an unknown suffix.
            OSError: if the file cannot be written.
            ImportError: if the program that draws the format is not installed.
            RuntimeError: if that program failed.
        """
        target = os.fspath(path)
        suffix = os.path.splitext(target)[1]
        write = _FORMATS.get(suffix.lower())
        if write is None:
            raise ValueError(_unknown_suffix(target, suffix))
        drawn = write(self)
        try:
            with open(target, "wb") as file:
                file.write(drawn)
        except OSError as error:
            reason = f"cannot write the drawing: {error.strerror}"
            raise type(error)(error.errno, reason, target) from error

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, str]:
        """What a notebook shows: the picture, where it can be drawn, and the text."""
        shown = {"text/plain": self.text}
        try:
            shown["image/svg+xml"] = _rendered(self, "svg").decode()
        except Exception as error:  # a notebook must show something
            shown["text/plain"] += f"\n\nnote: shown as text, since {error}"
        return {
            kind: data
            for kind, data in shown.items()
            if (include is None or kind in include) and (exclude is None or kind not in exclude)
        }


def _rendered(drawing: Drawing, format: str) -> bytes:
    from autograd_lite.visualize.render import render  # what runs programs is slow to import

    return render(drawing.dot, format)


_FORMATS: dict[str, Callable[[Drawing], bytes]] = {
    ".dot": lambda drawing: drawing.dot.encode(),
    ".pdf": lambda drawing: _rendered(drawing, "pdf"),
    ".png": lambda drawing: _rendered(drawing, "png"),
    ".svg": lambda drawing: _rendered(drawing, "svg"),
    ".txt": lambda drawing: f"{drawing.text}\n".encode(),
}


def _unknown_suffix(path: str, suffix: str) -> str:
    import difflib

    near = difflib.get_close_matches(suffix.lower(), _FORMATS, n=1)
    guess = f" (did you mean {near[0]!r}?)" if near else ""
    what = f"{suffix!r} names no format{guess}" if suffix else "it has no suffix"
    return f"cannot save a drawing as {path!r}: {what}. Known: {', '.join(_FORMATS)}"
