"""The recipes of CONTRIBUTING.md are applied to a copy of the packages, as they stand there, and do
what they promise.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COPIED = ["autograd_lite", "nn", "tests", "pyproject.toml", "_autograd_lite_pytest.py"]
RECIPES = dict(
    re.findall(
        r"^### An? (.+?)\n(.*?)(?=^### |\Z)",
        (ROOT / "CONTRIBUTING.md").read_text("utf-8"),
        re.DOTALL | re.MULTILINE,
    )
)


def blocks(text):
    """The language and the text of each code block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def apply(language, block, folder):
    """Write a file, or change files, as a block says."""
    if language == "python":
        path, _, text = block.removeprefix("# ").partition("\n")
        assert not (folder / path).exists(), f"{path} is there already"
        (folder / path).write_text(text, "utf-8")
    for path, hunks in re.findall(
        r"^--- (\S+)\n(.*?)(?=^--- |\Z)", block, re.DOTALL | re.MULTILINE
    ):
        text = (folder / path).read_text("utf-8")
        for hunk in re.split(r"^@@\n", hunks, flags=re.MULTILINE)[1:]:
            lines = hunk.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] != "+")
            after = "".join(line[1:] for line in lines if line[0] != "-")
            assert text.count(before) == 1, f"{path} has {text.count(before)} times\n{before}"
            text = text.replace(before, after)
        (folder / path).write_text(text, "utf-8")


def test_the_recipes_are_there():
    assert list(RECIPES) == ["operation", "layer", "loss", "optimizer", "picture format", "pass"]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_fits_a_screen(name):
    assert len(RECIPES[name].splitlines()) <= 80


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_does_what_it_promises(name, tmp_path):
    for part in COPIED:
        if (ROOT / part).is_dir():
            shutil.copytree(
                ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / part, tmp_path)
    commands = []
    for language, block in blocks(RECIPES[name]):
        if language:
            apply(language, block, tmp_path)
        else:
            commands += map(shlex.split, block.splitlines())
    assert commands
    for python, *arguments in commands:
        assert python == "python"
        run = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            encoding="utf-8",
        )
        assert run.returncode == 0, f"{shlex.join(arguments)}\n{run.stdout[-3000:]}{run.stderr}"
