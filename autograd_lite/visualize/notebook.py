"""What a notebook shows of a drawing."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Container

__all__ = ["mimebundle"]

HEIGHT = 720  # pixels; the picture scrolls, the replay fits itself in


def mimebundle(
    text: str,
    svg: Callable[[], str],
    page: Callable[[], str],
    summary: Callable[[], str],
    include: Container[str] | None,
    exclude: Container[str] | None,
) -> dict[str, str]:
    """A drawing by MIME type: text, SVG, and as HTML the replay over the picture.

    Args:
        text: the drawing as text.
        svg: draws the picture.
        page: writes the replay.
        summary: says in words what the picture shows.
        include: the MIME types that are wanted; None for all.
        exclude: those that are not.
    """
    shown = {"text/plain": text}
    try:
        shown["image/svg+xml"] = svg()
        shown["text/html"] = _replay_over_picture(svg(), page(), summary())
    except Exception as error:  # a notebook must show something
        shown["text/plain"] += f"\n\nnote: not all of it could be drawn, since {error}"
    return {
        kind: data
        for kind, data in shown.items()
        if (include is None or kind in include) and (exclude is None or kind not in exclude)
    }


def _replay_over_picture(svg: str, page: str, summary: str) -> str:
    """The picture, covered by a frame with the replay where the notebook is trusted.

    A notebook that is not trusted loses frames, scripts and inline SVG, but keeps an image. The
    frame may run the page's script and nothing else: it is another origin than the notebook.
    """
    picture = base64.b64encode(svg.encode()).decode()
    alternative = html.escape(summary)
    page = html.escape(page)
    return (
        f'<div style="position:relative;height:{HEIGHT}px;overflow:auto;resize:vertical">'
        f'<img alt="{alternative}" src="data:image/svg+xml;base64,{picture}">'
        f'<iframe sandbox="allow-scripts" title="{alternative}" srcdoc="{page}" '
        'style="position:absolute;inset:0;width:100%;height:100%;border:0"></iframe></div>'
    )
