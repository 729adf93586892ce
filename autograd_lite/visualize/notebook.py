"""What a notebook shows of a drawing."""

from __future__ import annotations

import base64
import html
from collections.abc import Container
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd_lite.visualize.drawing import Drawing

__all__ = ["mimebundle"]

HEIGHT = 720  # pixels; the picture scrolls, the replay fits itself in


def mimebundle(
    drawing: Drawing, include: Container[str] | None, exclude: Container[str] | None
) -> dict[str, str]:
    """A drawing by MIME type: text, SVG, and as HTML the replay over the picture."""
    shown = {"text/plain": drawing.text}
    try:
        shown["image/svg+xml"] = drawing.svg
        shown["text/html"] = _replay_over_picture(drawing)
    except Exception as error:  # a notebook must show something
        shown["text/plain"] += f"\n\nnote: not all of it could be drawn, since {error}"
    return {
        kind: data
        for kind, data in shown.items()
        if (include is None or kind in include) and (exclude is None or kind not in exclude)
    }


def _replay_over_picture(drawing: Drawing) -> str:
    """The picture, covered by a frame with the replay where the notebook is trusted.

    A notebook that is not trusted loses frames, scripts and inline SVG, but keeps an image. The
    frame may run the page's script and nothing else: it is another origin than the notebook.
    """
    picture = base64.b64encode(drawing.svg.encode()).decode()
    alternative = html.escape(drawing.picture.summary)
    page = html.escape(drawing.html)
    return (
        f'<div style="position:relative;height:{HEIGHT}px;overflow:auto;resize:vertical">'
        f'<img alt="{alternative}" src="data:image/svg+xml;base64,{picture}">'
        f'<iframe sandbox="allow-scripts" title="{alternative}" srcdoc="{page}" '
        'style="position:absolute;inset:0;width:100%;height:100%;border:0"></iframe></div>'
    )
