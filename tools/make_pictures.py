"""Draw the pictures that the documentation shows: `python -m tools.make_pictures`.

They go to docs/pictures. The same code gives the same bytes, so that a picture that changed says
that something changed.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import numpy as np

import autograd_lite as ag
from tools import make_film

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"


def first_loss() -> ag.Drawing:
    """README.md's first computation: small enough for every number to be shown."""
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    w = ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")
    return ag.draw(np.mean(np.log1p(np.exp(-(x @ w)))), direction="right")


def of_page(name: str) -> None:
    """The pictures that a page of docs/ saves, by its own code."""
    page = (FOLDER.parent / f"{name}.md").read_text("utf-8")
    folder = FOLDER / name
    folder.mkdir(exist_ok=True)
    with contextlib.chdir(folder):
        exec("\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)), {})


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    of_page("visualize")
    of_page("gallery")
    path = FOLDER / "first_loss.svg"
    first_loss().save(path)
    print(f"{path.relative_to(FOLDER.parents[1])}: {path.stat().st_size / 1e3:.0f} kB")
    make_film.main()


if __name__ == "__main__":
    main()
