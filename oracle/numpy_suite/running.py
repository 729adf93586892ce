"""Runs one of NumPy's test modules under a watcher, with pytest."""

import importlib.util
import os
import time
from pathlib import Path

import numpy as np
import pytest

from oracle.numpy_suite.rewrite import load
from oracle.numpy_suite.watcher import Watcher


def run(name, seconds, select=None):
    """Run a module, such as "_core.test_umath".

    Args:
        name: the module's name, without ``tests``.
        seconds: when to stop.
        select: of its tests only those, in pytest's words for ``-k``.

    Returns:
        The plugin, with the watcher and the number of tests that were run.
    """
    folder, _, file = name.partition(".")
    path = Path(np.__file__).parent / folder / "tests" / f"{file}.py"
    plugin = Plugin(time.monotonic() + seconds)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-c", os.devnull]
    options += ["--tb=no", "--no-header", "--no-summary", "--disable-warnings", "-m", "not slow"]
    if select is not None:
        options += ["-k", select]
    pytest.main([*options, "--rootdir", str(path.parent), str(path)], plugins=[plugin])
    return plugin


class Plugin:
    """Hands pytest rewritten modules, and tells the watcher which test runs."""

    def __init__(self, deadline):
        self.watcher = Watcher()
        self.deadline = deadline
        self.tests = 0

    def pytest_pycollect_makemodule(self, module_path, parent):
        module = _Rewritten.from_parent(parent, path=module_path)
        module.watcher = self.watcher
        return module

    def pytest_runtest_setup(self, item):
        self.watcher.test = f"{item.path.stem}::{item.name}"
        self.tests += 1
        if time.monotonic() > self.deadline:
            item.session.shouldstop = "out of time"


class _Rewritten(pytest.Module):
    def _getobj(self):
        package = ".".join(("numpy", self.path.parents[1].name, "tests"))
        spec = importlib.util.spec_from_file_location(f"{package}.{self.path.stem}", self.path)
        module = importlib.util.module_from_spec(spec)
        load(module, self.path.read_text(), str(self.path), self.watcher)
        return module
