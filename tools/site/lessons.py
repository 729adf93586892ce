"""The examples as pages: each cell's text, its code, and what it printed and drew.

A script is run by a process of its own, cell by cell (`python -m tools.site.lessons SCRIPT`), in a
folder under build/lessons, where the next build finds what it printed and drew.
AUTOGRAD_LITE_FAST=1 trains for less time, as in the tests.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any

from tools.imports import modules
from tools.site.formulas import with_formulas
from tools.site.pages import ROOT, SOURCE, linked, listed, origin, save

RUNS = ROOT / "build" / "lessons"
OUTPUT = Path("demo_output")
SHOWN = (".png", ".svg", ".html")


def cells(text: str) -> list[tuple[bool, str, int]]:
    """Return the cells of a script: text or not, its lines, how many lines stand before it."""
    found = []
    for match in re.finditer(r"^# %%(.*)\n((?:(?!# %%).*\n?)*)", text, re.MULTILINE):
        markdown = "[markdown]" in match[1]
        lines = re.sub(r"^# ?", "", match[2], flags=re.MULTILINE) if markdown else match[2]
        found.append((markdown, lines, text[: match.start(2)].count("\n")))
    return found


def write(draft: bool = False) -> None:
    """Write the pages of the listed examples; a draft shows their code and text alone."""
    pages = [page for page in listed() if origin(page).endswith(".py")]
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        list(workers.map(_as_it_stands if draft else _as_it_runs, pages))
    with (SOURCE / "gallery.md").open("a", encoding="utf-8") as gallery:
        gallery.write(_drawn(sorted(pages)))


def _drawn(pages: list[str]) -> str:
    """The pictures of all lessons, each with a link to its lesson."""
    found = [
        f'<a href="{page.removesuffix(".md")}.html"><img src="{picture}" alt="{page[9:-3]}"></a>'
        for page in pages
        for picture in _pictures(page.removesuffix(".md"))
    ]
    return "\n## Drawn by the lessons\n\n<p>" + "\n".join(found) + "</p>\n" if found else ""


def _pictures(folder: str) -> list[str]:
    paths = sorted((SOURCE / folder).rglob("*.png")) + sorted((SOURCE / folder).rglob("*.svg"))
    return [path.relative_to(SOURCE).as_posix() for path in paths]


def _as_it_stands(page: str) -> None:
    nothing = {"printed": "", "display": "", "files": []}
    text = (ROOT / origin(page)).read_text("utf-8")
    _lesson(page, [{"markdown": kind, "text": lines} | nothing for kind, lines, _ in cells(text)])


def _as_it_runs(page: str) -> None:
    ran = _ran(ROOT / origin(page))
    if (ran / OUTPUT).exists():
        shutil.copytree(ran / OUTPUT, SOURCE / page.removesuffix(".md") / OUTPUT)
    _lesson(page, json.loads((ran / "cells.json").read_text("utf-8")))


def _lesson(page: str, outputs: list[dict[str, Any]]) -> None:
    for cell in outputs:
        if cell["markdown"]:
            cell["text"] = with_formulas(linked(cell["text"], origin(page), page))
    save(page, _page(outputs, Path(page).stem))


def _ran(script: Path) -> Path:
    """The folder in which a script has run; it runs again if it, or the packages, have changed."""
    fast = os.environ.get("AUTOGRAD_LITE_FAST", "")
    seen = hashlib.sha256(fast.encode())
    for path in (script, *modules().values()):
        seen.update(path.read_bytes())
    folder = RUNS / f"{script.stem}-{seen.hexdigest()[:16]}"
    if not (folder / "cells.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        settings = {"MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"}
        settings["OPENBLAS_NUM_THREADS"] = "1"  # several run at a time
        environment = os.environ | settings | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tools.site.lessons", str(script)]
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(f"{script}: {run.stdout}\n{run.stderr}")
    return folder


def _page(outputs: list[dict[str, Any]], folder: str) -> str:
    """The Markdown of cells that have run."""
    parts, section = [], ""
    for cell in outputs:
        if cell["markdown"]:
            parts.append(cell["text"])
            section = (re.findall(r"^#+ (.+)$", cell["text"], re.MULTILINE) or [section])[-1]
            continue
        parts.append(f"```python\n{cell['text'].strip()}\n```\n")
        if cell["printed"].strip():
            parts.append(f"```text\n{cell['printed'].strip(chr(10))}\n```\n")
        if cell["display"]:
            parts.append(f'<div class="display" markdown="0">\n{cell["display"]}\n</div>\n')
        parts += [_embedded(f"{folder}/{name}", section) for name in cell["files"]]
    return "\n".join(parts)


def _embedded(path: str, section: str) -> str:
    """A picture, or a page in a frame."""
    title = escape(section.replace("`", "").replace("$", ""), quote=True)
    if not path.endswith(".html"):
        return f'<p><img src="{path}" alt="{title}" loading="lazy"></p>\n'
    frame = f'<iframe src="{path}" title="{title}" loading="lazy"></iframe>'
    return f'<div class="page">{frame}<a href="{path}">The whole page</a></div>\n'


# -- in the process of a script --------------------------------------------------------------------


def run(script: Path) -> list[dict[str, Any]]:
    """Run a script cell by cell, and return each cell with its outputs."""
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": str(script)}
    seen: set[str] = set()
    outputs = []
    for markdown, text, line in cells(script.read_text("utf-8")):
        cell: dict[str, Any] = {"markdown": markdown, "text": text}
        if not markdown:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                cell["display"] = _executed("\n" * line + text, str(script), namespace)
            files = sorted(os.listdir(OUTPUT)) if OUTPUT.exists() else []
            cell["printed"] = printed.getvalue()
            cell["files"] = [f"{OUTPUT}/{f}" for f in files if f not in seen and f.endswith(SHOWN)]
            seen |= set(files)
        outputs.append(cell)
    return outputs


def _executed(code: str, filename: str, namespace: dict[str, Any]) -> str:
    """The HTML of the last line's value, where it has one; "" otherwise."""
    tree = ast.parse(code, filename)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, filename, "exec"), namespace)
    if last is None:
        return ""
    value = eval(compile(ast.Expression(last.value), filename, "eval"), namespace)
    if hasattr(value, "_repr_mimebundle_"):
        return str(value._repr_mimebundle_().get("text/html", ""))
    return str(value._repr_html_()) if hasattr(value, "_repr_html_") else ""


if __name__ == "__main__":
    ran = json.dumps(run(Path(sys.argv[1])))
    Path("cells.json").write_text(ran, encoding="utf-8")
