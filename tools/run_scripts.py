"""Run scripts that were written for Keras on `nn`: `python -m tools.run_scripts FOLDER`.

The scripts are not part of the project: get them from their authors. Each is run as it stands, in a
process and a folder of its own, with one thing changed: what it imports from `keras`,
`tensorflow.keras` or `tf_keras` is found in `nn`. Training is cut to two epochs of 256 samples, and
data sets that would be downloaded are random arrays of the same shapes. A script completes if it
runs to its end.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.abc
import importlib.machinery
import inspect
import subprocess
import sys
import tempfile
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nn

KERAS = ("tensorflow.keras", "tf_keras", "keras")
EPOCHS, SAMPLES, SECONDS = 2, 256, 300


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of Keras in `nn`."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name == "tensorflow" or any(name == k or name.startswith(f"{k}.") for k in KERAS):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> types.ModuleType:
        if spec.name == "tensorflow":
            module = types.ModuleType("tensorflow")
            module.keras = nn  # type: ignore[attr-defined]
            return module
        kept = next(k for k in KERAS if spec.name == k or spec.name.startswith(f"{k}."))
        return importlib.import_module(f"nn{spec.name.removeprefix(kept)}")

    def exec_module(self, module: types.ModuleType) -> None:
        """Do nothing: the module is there already."""


def shorten() -> None:
    """Cut training and evaluation down, whatever the script asks for."""
    for name in ("fit", "evaluate"):
        original = getattr(nn.Model, name)

        def cut(self: Any, *args: Any, _original: Any = original, **options: Any) -> Any:
            given = inspect.signature(_original).bind(self, *args, **options).arguments
            for key in ("x", "y", "sample_weight", "validation_data"):
                if key in given:
                    given[key] = _first(given[key])
            if "epochs" in given:
                given["epochs"] = min(given["epochs"], given.get("initial_epoch", 0) + EPOCHS)
            return _original(**given)

        setattr(nn.Model, name, cut)


def _first(data: Any) -> Any:
    """Return the first samples of arrays; of anything else, itself."""
    if isinstance(data, (tuple, list)):
        return type(data)(_first(part) for part in data)
    if isinstance(data, dict):
        return {name: _first(part) for name, part in data.items()}
    return data[:SAMPLES] if hasattr(data, "shape") else data


def make_data() -> None:
    """Put random arrays in the place of data sets that would be downloaded."""
    rng = np.random.default_rng(0)

    def images(shape: tuple[int, ...], classes: int, train: int) -> Any:
        def load_data(*_: Any, **__: Any) -> Any:
            n = train + 10_000
            x = rng.integers(0, 256, (n, *shape), np.uint8)
            y = rng.integers(0, classes, (n, 1) if len(shape) == 3 else n, np.uint8)
            return (x[:train], y[:train]), (x[train:], y[train:])

        return load_data

    def texts(classes: int, train: int) -> Any:
        def load_data(*_: Any, num_words: int | None = None, **__: Any) -> Any:
            x = np.empty(train * 5 // 4, object)
            x[:] = [rng.integers(1, num_words or 1000, rng.integers(5, 80)).tolist() for _ in x]
            y = rng.integers(0, classes, len(x))
            return (x[:train], y[:train]), (x[train:], y[train:])

        return load_data

    sets = nn.datasets
    sets.mnist.load_data = sets.fashion_mnist.load_data = images((28, 28), 10, 60_000)
    sets.cifar10.load_data = images((32, 32, 3), 10, 50_000)
    sets.cifar100.load_data = images((32, 32, 3), 100, 50_000)
    sets.imdb.load_data, sets.reuters.load_data = texts(2, 25_000), texts(46, 8_982)


def run(script: Path) -> None:
    """Run one script in this process."""
    sys.meta_path.insert(0, Finder())
    shorten()
    make_data()
    sys.argv = [str(script)]
    scope = {"__name__": "__main__", "__file__": str(script)}
    exec(compile(script.read_text("utf-8"), str(script), "exec"), scope)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scripts of a folder and report which complete; the exit status is 0 if all do."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="a folder of scripts, or one script")
    parser.add_argument("--here", action="store_true", help="run one script in this process")
    given = parser.parse_args(arguments)
    if given.here:
        run(given.folder.resolve())
        return 0
    scripts = [given.folder] if given.folder.is_file() else sorted(given.folder.rglob("*.py"))
    completed = sum(_completes(script) for script in scripts)
    print(f"{completed} of {len(scripts)} scripts complete")
    return 0 if completed == len(scripts) else 1


def _completes(script: Path) -> bool:
    command = [sys.executable, "-m", "tools.run_scripts", "--here", str(script.resolve())]
    root = str(Path(__file__).parents[1])
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PYTHONPATH": root, "MPLBACKEND": "Agg", "PATH": "", "HOME": folder}
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            print(f"      {script.name}: more than {SECONDS} s")
            return False
    last = (done.stderr.strip().splitlines() or [""])[-1]
    print(
        f"{'      ' if done.returncode else 'done  '}{script.name}"
        + f": {last[:160]}" * bool(done.returncode)
    )
    return not done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
