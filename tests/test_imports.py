"""Who imports whom: a file imports only from lines above its own; nothing heavy at import time."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the bottom up. A module may import from the lines above its own, and from its own line.
LAYERS = [
    [
        "autograd_lite.array_methods",
        "autograd_lite.arrays",
        "autograd_lite.context",
        "autograd_lite.copies",
        "autograd_lite.signatures",
    ],
    ["autograd_lite.table", "autograd_lite.tree"],
    ["autograd_lite.tape"],
    ["autograd_lite.traced_array"],
    ["autograd_lite.maths", "autograd_lite.tensor"],
    ["autograd_lite.anomaly", "autograd_lite.primitives"],
    ["autograd_lite.effects"],
    ["autograd_lite.backward"],
    ["autograd_lite.rules"],
    ["autograd_lite.transforms"],
    ["autograd_lite.graph"],
    ["autograd_lite.compile"],
    ["autograd_lite.explain"],
    ["autograd_lite.testing"],
    ["autograd_lite.visualize"],
    ["autograd_lite"],
    ["nn._core", "nn.data", "nn.random", "nn.training"],
    ["nn.training.interrupts", "nn.training.nonfinite", "nn.training.progress"],
    ["nn.datasets"],
    ["nn.activations", "nn.constraints", "nn.initializers", "nn.regularizers", "nn.schedules"],
    ["nn.callbacks", "nn.data.arrays", "nn.data.class_weights", "nn.training.outputs"],
    ["nn.data.batches", "nn.layers", "nn.losses", "nn.optimizers"],
    ["nn.metrics", "nn.models.plot", "nn.models.summary"],
    ["nn.training.compile_loss", "nn.training.epochs", "nn.training.rollback"],
    ["nn.training.compile_metrics", "nn.training.dry_run", "nn.training.metric_states"],
    ["nn.training.loops", "nn.training.trainable_state"],
    ["nn.training.fingerprint"],
    ["nn.training.compiled_steps"],
    ["nn.training.dispatch"],
    ["nn.models.model"],
    ["nn.models.sequential"],
    ["nn.models"],
    ["nn.saving"],
    ["nn.models.export", "nn.models.check_gradients"],
    ["nn.diagnosis"],
    ["nn.sklearn"],
    ["nn"],
    ["nn.playground"],
]
HEAVY = ["rich", "graphviz", "safetensors", "matplotlib", "numba", "torch", "sklearn", "pandas"]
# What is needed at call time only, by something further down: kept inside functions.
LATE = {
    "autograd_lite.tensor": {"autograd_lite.primitives", "autograd_lite.backward"},
    # model.save()
    "nn.models.model": {"nn.models.export", "nn.models.check_gradients", "nn.saving"},
    "nn.callbacks.backup_and_restore": {"nn.saving", "nn.training.loops"},
    "nn.callbacks.model_checkpoint": {"nn.saving"},
    "nn.callbacks.tensorboard": {"nn.saving"},
}


def level(module: str) -> int:
    """The line on which a module, or the package it is in, stands."""
    parts = module.split(".")
    for length in (3, 2, 1):
        listed = ".".join(parts[:length])
        for i, line in enumerate(LAYERS):
            if listed in line:
                return i
    raise AssertionError(f"{module} has no place in LAYERS: say whom it may import")


def modules():
    for package in ("autograd_lite", "nn"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path):
    """(module, whether inside a function) of every import of ours in a file.

    What only a type checker imports is no import.
    """
    tree = ast.parse(path.read_text())
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    late = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.split(".")[0] in ("autograd_lite", "nn"):
                yield name, id(node) in late


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda x: str(x))
def test_imports_only_from_above(module, path):
    known = {name for name, _ in modules()}
    for name, late in imports(path):
        if name not in known or name == module or module.startswith(name + "."):
            continue
        if late and any(f"{name}.".startswith(f"{allowed}.") for allowed in LATE.get(module, ())):
            continue
        if name in ("autograd_lite", "nn"):
            continue  # a package's own public names, checked by the packages below
        assert level(name) <= level(module), f"{module} imports {name}"


def test_autograd_lite_never_imports_nn():
    for module, path in modules():
        if module.startswith("autograd_lite"):
            assert all(name.split(".")[0] != "nn" for name, _ in imports(path)), module


@pytest.mark.parametrize("package", ["autograd_lite", "nn"])
def test_nothing_heavy_is_imported(package):
    code = f"import {package}, sys, json; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout
    )
    assert [name for name in HEAVY if name in loaded] == []
