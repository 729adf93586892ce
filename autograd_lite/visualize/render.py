"""SVG to PNG by resvg, DOT to PDF (and PNG, without resvg) by Graphviz's own `dot`."""

from __future__ import annotations

import shutil

from autograd_lite.visualize.markup import FONTS

ZOOM = 2  # pixels of a PNG for one of the SVG: sharp on today's screens
# One font with all letters, subscripts and signs of formulas; others are taken where it is missing.
COMPLETE = f"'DejaVu Sans',{FONTS}"


def png(svg: str, dot: str = "") -> bytes:
    """Draw an SVG as a PNG, in the light theme.

    Args:
        svg: the picture.
        dot: the same as DOT, for `dot` to draw where resvg is not installed; "" for none.

    Raises:
        ImportError: if nothing that draws it is installed; says what to install.
        RuntimeError: if the program failed; says what it wrote.
    """
    try:
        import resvg_py
    except ModuleNotFoundError:
        if dot and shutil.which("dot"):
            return _graphviz(dot, "png")
        raise ImportError(
            "drawing a PNG needs a program that draws SVG: pip install resvg-py. SVG needs none: "
            "save it with the suffix .svg"
        ) from None
    return bytes(resvg_py.svg_to_bytes(svg_string=svg.replace(FONTS, COMPLETE), zoom=ZOOM))


def pdf(dot: str) -> bytes:
    """Draw DOT source as a PDF.

    Raises:
        ImportError: if Graphviz is not installed; says how to get it.
        RuntimeError: if the program failed; says what it wrote.
    """
    if shutil.which("dot") is None:
        raise ImportError(
            "drawing a PDF needs Graphviz's program `dot`, which is not installed (Debian, Ubuntu: "
            "apt install graphviz; macOS: brew install graphviz). SVG and HTML need none: "
            ".save('graph.svg'), which a browser prints as PDF"
        )
    return _graphviz(dot, "pdf")


def _graphviz(source: str, format: str) -> bytes:
    import graphviz

    try:
        drawn: bytes = graphviz.pipe("dot", format, source.encode(), quiet=True)
    except graphviz.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip()
        raise RuntimeError(f"drawing the {format.upper()} failed: {said or error}") from error
    return drawn
