"""Who imports whom: no circle of any kind, one direction, nothing heavy at import time."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys

import pytest

from tools.imports import ROOT, circles, imports, modules

HEAVY = [
    "rich",
    "graphviz",
    "safetensors",
    "matplotlib",
    "llvmlite",
    "torch",
    "scipy",
    "sklearn",
    "pandas",
    "numpy.fft",
    "argparse",
    "logging",
    "lzma",
    "multiprocessing",
    "socket",
    "nn.datasets",
    "autograd_lite.compiler",
    "autograd_lite.graphs",
    "autograd_lite.visualize",
    "autograd_lite.testing",
]


def test_there_is_no_circle():
    graph = {name: imports(path) - {name} for name, path in modules().items()}
    assert [part for part in circles(graph) if len(part) > 1] == []


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
