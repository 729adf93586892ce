"""DOT to SVG, PNG and PDF, by Graphviz's own `dot` or by its port graphviz-pure."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["render"]

PORT = "graphviz-pure"
PORT_FORMATS = ("svg", "png")  # graphviz-pure 0.2 writes no PDF

_swapping = threading.Lock()


def render(source: str, format: str) -> bytes:
    """Lay out DOT source and draw it.

    Args:
        source: DOT.
        format: "svg", "png" or "pdf".

    Raises:
        ImportError: if there is no program that can draw this format; says how to get one.
        RuntimeError: if the program failed; says what it wrote.
    """
    import graphviz

    with _program(_find_program(format)):
        try:
            drawn: bytes = graphviz.pipe("dot", format, source.encode(), quiet=True)
        except graphviz.CalledProcessError as error:
            said = (error.stderr or b"").decode(errors="replace").strip()
            raise RuntimeError(f"drawing the {format.upper()} failed: {said or error}") from error
    return drawn


def _find_program(format: str) -> str:
    dot = shutil.which("dot")
    if dot is not None:
        return dot
    port = _find_port()
    if port is not None and format in PORT_FORMATS:
        return port
    if format in PORT_FORMATS:
        raise ImportError(
            f"drawing a {format.upper()} needs a program that lays out graphs: "
            f"pip install {PORT} (or install Graphviz, which brings `dot`). "
            "SVG and HTML need none: .save('graph.svg'), .save('graph.html')"
        )
    raise ImportError(
        f"drawing a {format.upper()} needs Graphviz's own program `dot`, which is not installed "
        f"(Debian, Ubuntu: apt install graphviz; macOS: brew install graphviz). {PORT} ("
        f"pip install {PORT}) draws {' and '.join(PORT_FORMATS)} without it; "
        "SVG needs neither: .save('graph.svg'), which a browser prints as PDF"
    )


def _find_port() -> str | None:
    """Find graphviz-pure: beside Python, where its package was installed, or on the path.

    The first two find it in a virtual environment that is not activated.
    """
    import importlib.metadata  # takes as long to import as this whole package

    if sys.executable:
        beside = shutil.which(PORT, path=str(Path(sys.executable).parent))
        if beside is not None:
            return beside
    try:
        files = importlib.metadata.files(PORT) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.stem == PORT and Path(file.locate()).is_file():
            return str(file.locate())
    return shutil.which(PORT)


@contextmanager
def _program(path: str) -> Iterator[None]:
    """Let the graphviz package run the program at `path`, for the length of a ``with`` block."""
    from graphviz.backend import dot_command

    with _swapping:
        usual = dot_command.DOT_BINARY
        dot_command.DOT_BINARY = Path(path)
        try:
            yield
        finally:
            dot_command.DOT_BINARY = usual
