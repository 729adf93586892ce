"""Write the examples as executed notebooks: `python -m tools.make_notebooks [NUMBER ...]`.

They go to examples/notebooks, with all outputs, to be read where nothing is installed.
The scripts stay the source: cells begin with `# %%`, those of text with `# %% [markdown]`.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("[0-9][0-9]_*.py"))
NOTEBOOKS = ROOT / "examples" / "notebooks"
TIMEOUT = 600  # seconds of a cell
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def cells(script: str) -> list[tuple[str, str]]:
    """Return the cells of a script: their kind, "code" or "markdown", and their text."""
    found = []
    for cell in re.split(r"^# %%", script, flags=re.MULTILINE)[1:]:
        head, _, body = cell.partition("\n")
        text = body.strip("\n")
        if head.strip() == "[markdown]":
            text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in text.split("\n"))
        found.append(("markdown" if head.strip() == "[markdown]" else "code", text))
    return found


def executed(path: Path) -> Any:
    """Run a script as a notebook, in a folder of its own; its cells raise nothing."""
    import nbformat
    from nbclient import NotebookClient

    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    book = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    for i, (kind, text) in enumerate(cells(path.read_text("utf-8"))):
        book.cells.append(make[kind](text, id=f"cell-{i}"))
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        run = {"metadata": {"path": folder}}
        options = {"timeout": TIMEOUT, "kernel_name": "python3", "coalesce_streams": True}
        NotebookClient(book, **options, resources=run).execute()
        text = nbformat.writes(book).replace(f"{Path(folder).resolve()}/", "")
    book = nbformat.reads(text.replace(f"{ROOT}/", ""), 4)
    book.metadata.pop("language_info", None)
    for cell in book.cells:
        cell.metadata.pop("execution", None)  # the times
    return book


def main() -> None:
    """Write them all, or those whose numbers are given."""
    import nbformat

    wanted = sys.argv[1:]
    NOTEBOOKS.mkdir(exist_ok=True)
    for path in EXAMPLES:
        if not wanted or path.name[:2] in wanted:
            target = NOTEBOOKS / f"{path.stem}.ipynb"
            nbformat.write(executed(path), target)
            print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e3:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
