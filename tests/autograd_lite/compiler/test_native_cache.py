"""Native code is kept on disk for the next process, and whatever is wrong there does no harm."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from autograd_lite.compiler.engines.native import numba_is_installed

pytestmark = pytest.mark.skipif(not numba_is_installed(), reason="numba is not installed")

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys, warnings
import numpy as np, autograd_lite as ag
step = ag.compile(lambda x: np.sum(np.tanh(x) * {factor}), engine="numba")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(step(np.ones(3)).item(), step.report().engine)
for warning in caught:
    print("warned:", warning.message)
if {stats}:
    engine = step._latest.engine
    print("hits", sum(sum(f.stats.cache_hits.values()) for f in engine._functions))
"""
EXPECTED = str(float(np.sum(np.tanh(np.ones(3)) * 2.0)))[:10]


def run(folder, factor=2.0, stats=False):
    """What a process of its own prints that compiles with this cache folder."""
    code = PROGRAM.format(factor=factor, stats=stats)
    environment = os.environ | {"AUTOGRAD_LITE_CACHE": str(folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout


def test_the_second_process_finds_what_the_first_has_compiled(tmp_path):
    assert "hits 0" in run(tmp_path, stats=True)
    second = run(tmp_path, stats=True)
    assert "hits 1" in second
    assert second.startswith(EXPECTED)
    assert "numba" in second
    assert "warned" not in second
    other = run(tmp_path, factor=3.0, stats=True)  # another program has another file
    assert "hits 0" in other
    assert all(p.is_relative_to(tmp_path) for p in tmp_path.rglob("*"))


def test_processes_that_compile_at_once(tmp_path):
    with ThreadPoolExecutor(3) as pool:
        for printed in pool.map(lambda _: run(tmp_path), range(3)):
            assert printed.startswith(EXPECTED)
            assert "warned" not in printed
    assert not list(tmp_path.glob("*.tmp"))


def test_a_damaged_cache_is_reported_and_does_no_harm(tmp_path):
    run(tmp_path)
    damaged = [p for p in tmp_path.rglob("*") if p.suffix in (".nbi", ".nbc")]
    assert damaged
    for path in damaged:
        path.write_bytes(b"damaged" * 10)
    printed = run(tmp_path)
    assert printed.startswith(EXPECTED)
    assert "warned: " in printed


def test_a_changed_source_is_written_anew(tmp_path):
    run(tmp_path)
    (source,) = (p for p in tmp_path.glob("native_*.py") if "def native_0" in p.read_text())
    source.write_text("raise SystemExit('not what was written')\n")
    printed = run(tmp_path)
    assert printed.startswith(EXPECTED)


@pytest.mark.skipif(os.name == "nt", reason="folders are protected otherwise there")
def test_a_folder_that_cannot_be_written(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file where a folder is wanted")
    printed = run(blocked / "cache")
    assert printed.startswith(EXPECTED)
    assert "AUTOGRAD_LITE_CACHE" in printed
