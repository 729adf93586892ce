"""The pages of the site, as zensical.toml lists them, and the files that they show.

A page says what one file says. Here the Markdown files are copied, with links that lead to the
pages of the site; examples and public names have writers of their own.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "site"
SOURCE = SITE / "source"
HTML = SITE / "html"
ASSETS = Path(__file__).parent / "assets"
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)")
CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
# Pages whose files are not in docs/ under the same name.
ELSEWHERE = {
    "index.md": "README.md",
    "examples/index.md": "examples/README.md",
    "benchmarks-howto.md": "benchmarks/README.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
}


@cache
def listed() -> list[str]:
    """Return the pages in the table of contents, in order."""
    settings = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))
    return list(_leaves(settings["project"]["nav"]))


def _leaves(entry: Any) -> Any:
    if isinstance(entry, str):
        yield entry
    else:
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from _leaves(part)


def origin(page: str) -> str:
    """Return the file of the repository that a page shows; for a module its name."""
    if page in ELSEWHERE:
        return ELSEWHERE[page]
    folder, _, name = page.rpartition("/")
    if folder == "reference":
        return name.removesuffix(".md")
    if folder == "examples":
        return page.removesuffix(".md") + ".py"
    return f"docs/{page}"


@cache
def shown() -> dict[str, str]:
    """Return the page of each file that has one."""
    return {origin(page): page for page in listed()}


def write() -> None:
    """Copy the Markdown files and their pictures into an empty tree."""
    shutil.rmtree(SITE, ignore_errors=True)
    for page in listed():
        if origin(page).endswith(".md"):
            text = (ROOT / origin(page)).read_text("utf-8")
            save(page, linked(text, origin(page), page))
    shutil.copytree(ASSETS, SOURCE / "assets")


def save(page: str, text: str) -> None:
    """Write a page of the source."""
    path = SOURCE / page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def linked(text: str, file: str, page: str) -> str:
    """Return the text of a file with links that hold on its page."""

    def link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(file), match[1]))
        return posixpath.relpath(_place(target), posixpath.dirname(page) or ".")

    return outside_code(lambda part: LINK.sub(link, part), text)


def outside_code(change: Callable[[str], str], text: str) -> str:
    """Return Markdown changed by a function everywhere but in code."""
    parts = CODE.split(text)
    return "".join(part if i % 2 else change(part) for i, part in enumerate(parts))


def _place(file: str) -> str:
    """Where the site has a file: its page, or a copy that is made here."""
    if file in shown():
        return shown()[file]
    path = ROOT / file
    if not path.is_file() or path.suffix == ".md":
        raise FileNotFoundError(f"{file} has no page: add it to nav in zensical.toml")
    copy = SOURCE / file.removeprefix("docs/")
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
    return os.path.relpath(copy, SOURCE)
