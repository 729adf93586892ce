"""`python -m autograd_lite` prints what a bug report needs."""

import os
import platform
import subprocess
import sys

import numpy as np

import autograd_lite as ag
from autograd_lite.openblas import loaded_openblas


def printed(**environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "autograd_lite"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    )
    lines = (line.partition(":") for line in done.stdout.splitlines())
    return {subject: text.strip() for subject, _, text in lines}


def test_versions_and_environment_are_those_of_this_process():
    facts = printed(OPENBLAS_NUM_THREADS="1", AUTOGRAD_LITE_CACHE="/tmp/some folder")
    assert facts["autograd_lite"].startswith(ag.__version__)
    assert facts["Python"].startswith(platform.python_version())
    assert facts["NumPy"] == np.__version__
    assert "OPENBLAS_NUM_THREADS=1" in facts["environment"]
    assert "AUTOGRAD_LITE_CACHE=/tmp/some folder" in facts["environment"]
    assert facts["engines"].split(", ")[0] == "numpy"
    if loaded_openblas() is not None:
        assert facts["BLAS"].endswith("1 threads")


def test_what_is_not_installed_is_named():
    code = (
        "import importlib.metadata as m\n"
        "def version(name): raise m.PackageNotFoundError(name)\n"
        "m.version = version\n"
        "from autograd_lite.__main__ import facts\n"
        "print(facts()['engines'], '|', facts()['packages'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    engines, _, packages = done.stdout.partition(" | ")
    assert engines == "numpy"
    assert "llvmlite (not installed)" in packages
