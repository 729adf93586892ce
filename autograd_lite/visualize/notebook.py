"""Pictures as a notebook shows them."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence

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


_CELL = "text-align:{};padding:2px 14px 2px 0;border:0;background:none;vertical-align:top"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table of text, styled in its cells, so that a notebook's own rules do not reach them.

    Args:
        head: the titles of the columns.
        rows: the cells.
        numbers: the columns that hold numbers, which stand on the right.

    Example:
        >>> table(["a"], [["<b>"]]).count("&lt;b&gt;")
        1
    """
    styles = [_CELL.format("right" if i in numbers else "left") for i in range(len(head))]

    def cells(row: Sequence[str], tag: str, more: str = "") -> str:
        written = zip(row, styles, strict=True)
        inside = (f'<{tag}{more} style="{css}">{html.escape(x)}</{tag}>' for x, css in written)
        return f'<tr style="background:none">{"".join(inside)}</tr>'

    body = "".join(cells(row, "td") for row in rows)
    top = cells(head, "th", ' scope="col"')
    return f'<table style="margin:0"><thead>{top}</thead><tbody>{body}</tbody></table>'
