"""The files of the two packages as pages, where the links to sources lead."""

from __future__ import annotations

from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools.imports import ROOT, modules
from tools.site.pages import HTML

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{name}</title>
<link rel="stylesheet" href="{root}assets/listing.css">
<main>
<p><a href="{root}index.html">autograd_lite</a></p>
<h1>{name}</h1>
{code}
</main>
</html>
"""


def write() -> None:
    """Write a page for each file, with a place for each line."""
    formatter = HtmlFormatter(
        classprefix="c-", linenos="inline", lineanchors="L", anchorlinenos=True, wrapcode=True
    )
    for path in modules().values():
        name = path.relative_to(ROOT)
        page = HTML / "source" / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        code = highlight(path.read_text("utf-8"), PythonLexer(), formatter)
        root = "../" * len(name.parts)
        page.write_text(PAGE.format(name=escape(name.as_posix()), root=root, code=code), "utf-8")
