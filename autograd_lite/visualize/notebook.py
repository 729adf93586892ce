"""A drawing as a notebook shows it."""

from __future__ import annotations

import base64
import html

__all__ = ["replay_over_picture"]

HEIGHT = 720  # pixels; the picture scrolls, the replay fits itself in


def replay_over_picture(svg: str, page: str, summary: str) -> str:
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
