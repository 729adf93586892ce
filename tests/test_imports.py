"""Who imports whom: no circle of any kind, one direction, nothing heavy at import time."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = [
    "rich",
    "graphviz",
    "safetensors",
    "matplotlib",
    "numba",
    "torch",
    "sklearn",
    "pandas",
    "numpy.fft",
    "argparse",
    "autograd_lite.compiler",
    "autograd_lite.graphs",
    "autograd_lite.visualize",
    "autograd_lite.testing",
]


@cache
def modules() -> dict[str, Path]:
    """Each file of the two packages by its dotted name."""
    found = {}
    for package in ("autograd_lite", "nn"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def imports(path: Path) -> set[str]:
    """What a file imports of ours, wherever in it: at the top, late, for a type checker."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute"
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in modules() else str(node.module) for name in whole}
    return found & modules().keys()


def circles() -> list[list[str]]:
    """The strongly connected parts of more than one module, by Tarjan's algorithm."""
    graph = {name: sorted(imports(path) - {name}) for name, path in modules().items()}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph[node]:
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            at = stack.index(node)
            part, stack[at:] = stack[at:], []
            if len(part) > 1:
                found.append(sorted(part))

    for name in graph:
        if name not in index:
            visit(name)
    return found


def test_there_is_no_circle():
    assert circles() == []


def test_autograd_lite_never_imports_nn():
    for module, path in modules().items():
        if module.startswith("autograd_lite"):
            assert all(name.split(".")[0] != "nn" for name in imports(path)), module


@pytest.mark.parametrize("package", ["autograd_lite", "nn"])
def test_nothing_heavy_is_imported(package):
    code = f"import {package}, sys, json; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout
    )
    assert [name for name in HEAVY if name in loaded] == []


def test_nn_is_built_on_the_two_doors_alone():
    doors = {"autograd_lite", "autograd_lite.extend"}
    for module, path in modules().items():
        if module.split(".")[0] == "nn":
            assert {x for x in imports(path) if x.split(".")[0] == "autograd_lite"} <= doors, module


@pytest.mark.parametrize("package", ["autograd_lite", "nn"])
def test_dir_shows_public_names_alone(package):
    found = importlib.import_module(package)
    assert {name for name in dir(found) if not name.startswith("__")} == set(found.__all__)


def test_extend_has_what_it_says():
    from autograd_lite import extend

    assert sorted(extend.__all__) == sorted(set(extend.__all__))
    assert all(hasattr(extend, name) for name in extend.__all__)
    said = set(re.findall(r"``(\w+)``", extend.__doc__))
    assert said <= set(extend.__all__)


@pytest.mark.parametrize("module", ["autograd_lite", "autograd_lite.extend", "nn"])
def test_every_public_name_is_there(module):
    """Those, too, that are imported when they are first asked for."""
    code = f"import {module} as m; print([n for n in m.__all__ if not hasattr(m, n)])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True, cwd=ROOT) == "[]\n"
    code = f"from {module} import *"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    code = f"import {module} as m; m.no_such_name"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert "AttributeError" in result.stderr
    assert "no_such_name" in result.stderr
