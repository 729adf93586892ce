"""Pictures as a notebook shows them."""

from __future__ import annotations

import base64
import html

__all__ = ["image", "replay_over_picture"]

HEIGHT = 720  # pixels; the picture scrolls, the replay fits itself in


def replay_over_picture(svg: str, page: str, summary: str) -> str:
    """The picture, covered by a frame with the replay where the notebook is trusted.

    A notebook that is not trusted loses frames, scripts and inline SVG, but keeps an image. The
    frame may run the page's script and nothing else: it is another origin than the notebook.
    """
    alternative = html.escape(summary)
    page = html.escape(page)
    return (
        f'<div style="position:relative;height:{HEIGHT}px;overflow:auto;resize:vertical">'
        f"{image(svg, summary)}"
        f'<iframe sandbox="allow-scripts" title="{alternative}" srcdoc="{page}" '
        'style="position:absolute;inset:0;width:100%;height:100%;border:0"></iframe></div>'
    )


def image(svg: str, alternative: str) -> str:
    """An SVG as an image of its own, which a notebook that is not trusted keeps."""
    picture = base64.b64encode(svg.encode()).decode()
    said = html.escape(" ".join(alternative.split()))
    return f'<img alt="{said}" src="data:image/svg+xml;base64,{picture}">'
