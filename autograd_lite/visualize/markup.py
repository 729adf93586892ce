"""The writing of SVG: a document with a style of its own, escaped text, numbers in pixels."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable

from autograd_lite.visualize.style import THEMES, Palette, Theme

FONTS = "'Segoe UI','Helvetica Neue',Arial,'Liberation Sans','DejaVu Sans',sans-serif"
NAME = "\0"  # stands for the drawing's id until that is known; no text contains it
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Rules = Iterable[tuple[str, str]]


def document(
    body: str,
    size: tuple[float, float],
    about: tuple[str, str],
    shapes: Rules,
    colours: Callable[[Palette], Rules],
    theme: Theme,
    definitions: str = "",
) -> str:
    """Write an SVG document. Its ids and style rules begin with an id of its own, so that several
    in one page do not change each other.

    Args:
        body: the elements; NAME stands for the id.
        size: width and height, in pixels.
        about: title and description, for those who do not see the picture.
        shapes: selectors with their rules that are the same in every theme.
        colours: those of a theme.
        theme: "light", "dark", or "auto" for what the reader's system prefers.
        definitions: what stands in ``<defs>``.
    """
    first, *other = THEMES[theme]
    css = _scoped([*shapes, *colours(first)])
    for palette in other:
        css += f"@media (prefers-color-scheme:dark){{{_scoped(colours(palette))}}}"
    title, description = map(escaped, about)
    page = (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{NAME}" role="img" '
        f'aria-labelledby="{NAME}-title {NAME}-description" viewBox="0 0 {pair(*size)}" '
        f'{area(*size)}><title id="{NAME}-title">{title}</title>'
        f'<desc id="{NAME}-description">{description}</desc>'
        f"<style>{css}</style><defs>{definitions}</defs>{body}</svg>\n"
    )
    return page.replace(NAME, f"ag{zlib.crc32(body.encode()):08x}")


def _scoped(rules: Rules) -> str:
    """Rules for this document alone. A selector may list several; an @media has a rule inside."""
    css = ""
    for selector, rule in rules:
        inside = selector.startswith("@")
        own = f"#{NAME} {rule}" if inside else selector.replace(",", f",#{NAME} ")
        css += f"{selector}{{{own}}}" if inside else f"#{NAME} {own}{{{rule}}}"
    return css


def pixels(x: float) -> str:
    """A length, to a tenth of a pixel.

    Example:
        >>> pixels(2.0), pixels(-0.01), pixels(3.14)
        ('2', '0', '3.1')
    """
    text = f"{x:.1f}"
    if text.endswith(".0"):
        text = text[:-2]
    return "0" if text == "-0" else text


def words_at(text: str, css: str, x: float, y: float) -> str:
    """A line of text."""
    return f'<text class="{css}" x="{pixels(x)}" y="{pixels(y)}">{escaped(text)}</text>'


def moved(x: float, y: float) -> str:
    """The start of a group whose origin is at x, y."""
    return f'<g transform="translate({pair(x, y)})">'


def area(width: float, height: float) -> str:
    """The attributes of an extent."""
    return f'width="{pixels(width)}" height="{pixels(height)}"'


def pair(x: float, y: float) -> str:
    """Two lengths."""
    return f"{pixels(x)} {pixels(y)}"


def escaped(text: str) -> str:
    """Text as XML; characters that XML does not allow become �."""
    return _NOT_XML.sub("�", text).translate(_ESCAPES)
