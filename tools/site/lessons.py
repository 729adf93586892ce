"""The lessons: the executed notebooks of examples/notebooks as pages, with what each cell printed
and drew. `make notebooks` runs the examples; here nothing is run.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Iterable
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from tools.site.formulas import with_formulas
from tools.site.pages import ROOT, SOURCE, linked, listed, origin, save

HEAD = """<p class="lesson"><a href="{stem}.py" download>Script</a>
<a href="{stem}.ipynb" download>Notebook</a></p>

"""


def write() -> None:
    """Write the pages of the examples in the table of contents, and their pictures' gallery."""
    pages = [page for page in listed() if origin(page).endswith(".py")]
    for page in pages:
        _lesson(page)
    with (SOURCE / "gallery.md").open("a", encoding="utf-8") as gallery:
        gallery.write(_drawn(sorted(pages)))


def _lesson(page: str) -> None:
    script = ROOT / origin(page)
    notebook = script.parent / "notebooks" / f"{script.stem}.ipynb"
    folder = SOURCE / page.removesuffix(".md")
    folder.mkdir(parents=True)
    for file in (script, notebook):
        shutil.copyfile(file, folder.parent / file.name)
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    save(page, HEAD.format(stem=script.stem) + "\n".join(_cells(cells, page, folder)))


def _cells(cells: list[dict[str, Any]], page: str, folder: Path) -> list[str]:
    """The Markdown of each cell and its outputs; pictures are described by their section."""
    parts, section = [], ""
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(with_formulas(linked(text, origin(page), page)) + "\n")
            section = (re.findall(r"^#+ (.+)$", text, re.MULTILINE) or [section])[-1]
        else:
            parts.append(f"```python\n{text}\n```\n")
            outputs = groupby(cell["outputs"], lambda output: "data" in output)
            for shown, group in outputs:
                found = list(group) if shown else [_joined(group)]
                parts += [_output(output, section, folder) for output in found]
    return parts


def _joined(printed: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What a cell printed at several moments, as one output."""
    return {"text": [line for output in printed for line in output["text"]]}


def _output(output: dict[str, Any], section: str, folder: Path) -> str:
    """What a cell printed as text, else its page or picture."""
    data = output.get("data", {})
    if "text/html" in data:
        return f'<div class="display" markdown="0">\n{"".join(data["text/html"])}\n</div>\n'
    if "image/png" in data:
        picture = folder / f"{sum(1 for _ in folder.iterdir()) + 1}.png"
        picture.write_bytes(base64.b64decode("".join(data["image/png"])))
        title = escape(re.sub(r"[`$]", "", section), quote=True)
        return f'<p><img src="{folder.name}/{picture.name}" alt="{title}" loading="lazy"></p>\n'
    text = "".join(output.get("text", data.get("text/plain", "")))
    return f"```text\n{text.strip(chr(10))}\n```\n" if text.strip() else ""


def _drawn(pages: list[str]) -> str:
    """The pictures of all lessons, each with a link to its lesson."""
    found = [
        f'<a href="{page.removesuffix(".md")}.html"><img src="{picture}" alt="{page[9:-3]}"></a>'
        for page in pages
        for picture in _pictures(page.removesuffix(".md"))
    ]
    return "\n## Drawn by the lessons\n\n<p>" + "\n".join(found) + "</p>\n" if found else ""


def _pictures(folder: str) -> list[str]:
    return [path.relative_to(SOURCE).as_posix() for path in sorted((SOURCE / folder).glob("*.png"))]
