"""`draw`: a computation as a picture that shows itself and can be saved."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd_lite.formats import Displayed, save
from autograd_lite.graphs import Graph, graph
from autograd_lite.graphs.update import descended
from autograd_lite.tensor import Tensor
from autograd_lite.visualize.called import outputs_of
from autograd_lite.visualize.dot import dot
from autograd_lite.visualize.options import DEFAULT_SHOW, Direction, Show, options
from autograd_lite.visualize.picture import Picture, picture
from autograd_lite.visualize.style import THEMES, Theme
from autograd_lite.visualize.text import text


def draw(
    J: Tensor | Sequence[Tensor] | Callable[..., Any],
    *inputs: Any,
    gradients: bool | None = None,
    upstream: Any = None,
    names: Mapping[str, Any] | None = None,
    learning_rate: float | None = None,
    depth: int | None = None,
    direction: Direction = "down",
    show: Show | Iterable[Show] | None = None,
    theme: Theme = "auto",
    limit: int | None = None,
    fold: bool = True,
) -> Drawing:
    """Draw the computation that J was recorded from; or that a function or model records.

    Each box is an array: the line of the computation that made it, in the symbols of
    `autograd_lite.explain`, its shape, its values, and the gradient of J by it. Gradients are
    computed from the record; no ``.grad`` changes. Operations under `autograd_lite.scope`, and so
    the layers of a model, stand in a frame with its name.

    Args:
        J: a Tensor, or a list of them; or a function, a layer or a model, which is called with
            `inputs` and returns Tensors. Then its layers are closed and their values are left
            out, unless `depth` and `show` say otherwise, or the result is one number.
        *inputs: what to call it with.
        gradients: whether to compute gradients. None: if J is one number and it can be done; the
            picture says why if not. True: raise if not.
        upstream: the upstream gradient, an array of J's shape, where J is not one number.
        names: what to call arrays and Tensors that have no name: ``{"X": X, "y": y}``.
        learning_rate: of one step of gradient descent, which the replay then shows after the
            backward walk: w, its gradient, the new w, and J before and after.
        depth: how many levels of nested scopes are opened; those below are one box each. None: as
            many as `limit` allows; without one up to 24 boxes, which fit on one slide.
        direction: where the computation flows, "down" or "right".
        show: what is shown of each array besides its name: "shapes", "values", "gradients" and
            "statistics" (minimum, mean and maximum); one of them or several. None: the first
            three. Small arrays are shown as numbers, larger ones as heatmaps of a sample.
        theme: "light", "dark", or "auto": what the reader's system prefers, where a format can
            tell (SVG and HTML), else light.
        limit: the largest number of boxes. A larger graph says what is left out. None: 200, and
            no more is opened than fits on one slide.
        fold: whether three or more identical closed layers in a row are merged into one, ×N; and
            in a graph of more than 40 boxes (or `limit`) repeated operations, such as time steps.

    Raises:
        TypeError, ValueError, RuntimeError: as `autograd_lite.graph`; for a function that gives
            no Tensors; for unknown options.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> w = ag.Tensor([1.0, -2.0], requires_grad=True, name="w")
        >>> print(draw(np.sum(w**2)))
        2 operations, 2 weights in 1 array
        result on top; ← names the inputs of a line; gradient: ∂J/∂line
        <BLANKLINE>
        ┌ #2 J = sum(v) ← #1  scalar = 5  gradient 1            result
        ├ #1 v = w² ← #0      (2,)        mean |gradient| 1
        └ #0 w (parameter)    (2,)        mean |gradient| 3
    """
    if isinstance(J, Tensor) or not callable(J):
        if inputs:
            raise TypeError(
                f"{len(inputs)} arguments follow a {type(J).__name__}, which cannot be called with "
                "them: write ag.draw(J), or ag.draw(model, X)"
            )
    else:
        J = outputs_of(J, inputs)
        if gradients is None and upstream is None and not (len(J) == 1 and J[0].size == 1):
            # A model is drawn for its layers; there is no loss whose gradients it could show.
            gradients = False
            depth = 1 if depth is None else depth
            show = "shapes" if show is None else show
    recorded = graph(J, gradients=gradients, upstream=upstream, names=names)
    if learning_rate is not None:
        recorded = descended(recorded, J if isinstance(J, Tensor) else J[0], learning_rate)
    return Drawing(
        recorded,
        depth=depth,
        direction=direction,
        show=show,
        theme=theme,
        limit=limit,
        fold=fold,
    )


class Drawing(Displayed):
    """A picture of a Graph. It shows itself in a notebook, and `print` writes it as a tree.

    Args:
        graph: what `autograd_lite.graph` returns.
        depth, direction, show, theme, limit, fold: as `draw`.

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
        show: Show | Iterable[Show] | None = None,
        theme: Theme = "auto",
        limit: int | None = None,
        fold: bool = True,
    ) -> None:
        shown = DEFAULT_SHOW if show is None else show
        self._options = options(depth, direction, shown, theme, limit, fold)
        self.graph = graph
        self.picture: Picture = picture(graph, self._options)

    @functools.cached_property
    def text(self) -> str:
        """The picture as a tree for a terminal."""
        return text(self.picture)

    @functools.cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        from autograd_lite.visualize.svg import svg  # and with it the layout

        return svg(self.picture, self._options.theme)

    @functools.cached_property
    def dot(self) -> str:
        """The picture as DOT source, the language of Graphviz."""
        return dot(self.picture, THEMES[self._options.theme][0])

    @functools.cached_property
    def html(self) -> str:
        """The replay: a page that steps through the computation, forward and backward."""
        from autograd_lite.visualize.replay import replay

        return replay(self.graph, theme=self._options.theme)

    @functools.cached_property
    def mermaid(self) -> str:
        """The picture as Mermaid source, with layers closed until Mermaid can draw it."""
        from autograd_lite.visualize.mermaid import mermaid

        return mermaid(self.graph, self._options)

    @functools.cached_property
    def latex(self) -> str:
        """The picture as a LaTeX document of its own, drawn by TikZ."""
        from autograd_lite.visualize.tikz import tikz

        return tikz(self.picture, THEMES[self._options.theme][0])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, in the format that its suffix names.

        ========  =================================================================
        .svg      the picture; opens in every browser
        .html     the replay: a page that steps through it, forward and backward
        .png      the picture, drawn by resvg from the SVG
        .pdf      the picture, drawn by `dot`
        .dot      its source for Graphviz
        .mmd      its source for Mermaid
        .tex      a LaTeX document that draws it with TikZ
        .txt      the tree
        ========  =================================================================

        Raises:
            ValueError: for an unknown suffix.
            OSError: if the file cannot be written.
            ImportError: if the program that draws the format is not installed.
            RuntimeError: if that program failed.
        """
        save(path, self._formats(), "a drawing")

    def _formats(self) -> dict[str, Callable[[], str | bytes]]:
        return {
            ".dot": lambda: self.dot,
            ".html": lambda: self.html,
            ".mmd": lambda: self.mermaid,
            ".pdf": self._pdf,
            ".png": self._png,
            ".svg": lambda: self.svg,
            ".tex": lambda: self.latex,
            ".txt": lambda: f"{self.text}\n",
        }

    # What runs programs is slow to import.
    def _pdf(self) -> bytes:
        from autograd_lite.visualize.render import pdf

        return pdf(self.dot)

    def _png(self) -> bytes:
        from autograd_lite.visualize.render import png

        return png(self.svg, self.dot)

    def __repr__(self) -> str:
        return self.text

    def _displayed(self) -> dict[str, str]:
        """Return what a notebook shows: the replay over the picture, the picture, and the text."""
        from autograd_lite.visualize.notebook import replay_over_picture

        shown = {"text/plain": self.text}
        try:
            shown["image/svg+xml"] = self.svg
            shown["text/html"] = replay_over_picture(self.svg, self.html, self.picture.summary)
        except Exception as error:  # a notebook must show something
            shown["text/plain"] += f"\n\nnote: the picture is incomplete: {error}"
        return shown
