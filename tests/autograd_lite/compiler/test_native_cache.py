"""Native code is kept on disk for the next process, and whatever is wrong there does no harm."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from autograd_lite.compiler.engines.native import native_is_installed

pytestmark = pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys, warnings
import numpy as np, autograd_lite as ag
step = ag.compile(lambda x: np.sum(np.tanh(x) * {factor}), engine="native")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(step(np.ones(3)).item(), step.report().engine)
for warning in caught:
    print("warned:", warning.message)
print("compiled" if "autograd_lite.compiler.engines.native.translate" in sys.modules else "loaded")
"""
EXPECTED = str(float(np.sum(np.tanh(np.ones(3)) * 2.0)))[:10]


def run(folder, factor=2.0):
    """What a process of its own prints that compiles with this cache folder."""
    environment = os.environ | {"AUTOGRAD_LITE_CACHE": str(folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(factor=factor)],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    return done.stdout


def test_the_second_process_loads_what_the_first_has_compiled(tmp_path):
    assert "compiled" in run(tmp_path)
    second = run(tmp_path)
    assert "loaded" in second
    assert second.startswith(EXPECTED)
    assert "native" in second
    assert "warned" not in second
    assert "compiled" in run(tmp_path, factor=3.0)  # another program has another file
    assert not list(tmp_path.glob("*.tmp"))


def test_processes_that_compile_at_once(tmp_path):
    with ThreadPoolExecutor(3) as pool:
        for printed in pool.map(lambda _: run(tmp_path), range(3)):
            assert printed.startswith(EXPECTED)
            assert "warned" not in printed
    assert not list(tmp_path.glob("*.tmp"))


def test_damaged_and_exchanged_files_count_as_none(tmp_path):
    run(tmp_path)
    paths = [*tmp_path.iterdir()]
    assert len(paths) > 1
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)  # of another program: the checksum holds the name, too
    printed = run(tmp_path)
    assert printed.startswith(EXPECTED)
    assert "compiled" in printed
    paths[0].write_bytes(b"")
    paths[1].write_bytes(contents[1][:-1])
    printed = run(tmp_path)
    assert printed.startswith(EXPECTED)
    assert "warned" not in printed
    assert [path.read_bytes() for path in paths] == contents


@pytest.mark.skipif(os.name == "nt", reason="folders are protected otherwise there")
def test_a_folder_that_cannot_be_written(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file where a folder is wanted")
    printed = run(blocked / "cache")
    assert printed.startswith(EXPECTED)
    assert "AUTOGRAD_LITE_CACHE" in printed
