"""Check the built site: links and anchors lead somewhere, no page loads anything from elsewhere."""

from __future__ import annotations

import re
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools.site import reference
from tools.site.pages import HTML

LOADING = {"src", "srcset", "poster", "data"}


class Page(HTMLParser):
    """The links of a page, what it loads, and the anchors it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors = {"", "top"}
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the addresses in a tag."""
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            elif name in LOADING or (name == "href" and tag in ("link", "use")):
                self.loads.append(value or "")
            elif name == "href":
                self.links.append(value or "")


@cache
def read(path: Path) -> Page:
    """Return a page of the site."""
    return Page(path)


def check(folder: Path = HTML) -> None:
    """End the program with a list of what is wrong, if anything is."""
    wrong = [
        f"{path.relative_to(folder)}: {problem}"
        for path in sorted(folder.rglob("*.html"))
        if path.relative_to(folder).parts[0] != "source"  # listings, which link to the first page
        for problem in problems(path, folder)
    ]
    wrong += [
        f"{path.name}: loads {url}" for path in folder.rglob("*.css") for url in outside(path)
    ]
    wrong += [f"{name} has no entry" for name in missing(folder)]
    if wrong:
        sys.exit("\n".join(wrong))


def problems(path: Path, folder: Path) -> list[str]:
    """Return the dead links of a page of a site, and what it would load from another machine."""
    page = read(path)
    found = [f"loads {url}" for url in page.loads if re.match("https?:|//", url)]
    for url in page.links + page.loads:
        if not re.match("[a-z]+:|//", url) and not _leads(path, url, folder):
            found.append(f"dead link {url}")
    return found


def _leads(path: Path, url: str, folder: Path) -> bool:
    parts = urlsplit(url)
    start = folder if url.startswith("/") else path.parent
    target = (start / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.exists():
        return False
    return target.suffix != ".html" or unquote(parts.fragment) in read(target).anchors


def outside(path: Path) -> list[str]:
    """Return what a style sheet would load from another machine."""
    return re.findall(r"(?:url\(|@import )[\"']?((?:https?:)?//[^\"')]+)", path.read_text("utf-8"))


def missing(folder: Path) -> list[str]:
    """Return the public names that have no place on the page of their module."""
    return [
        f"{name}.{each}"
        for name in reference.modules()
        for each in reference.described(name)
        if f"{name}.{each}" not in read(folder / "reference" / f"{name}.html").anchors
    ]
