"""PyTorch's samples: a few operators of each kind of spelling, where PyTorch is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from oracle import libraries

ROOT = Path(__file__).parents[2]
OPERATORS = """
    tanh linalg.matrix_rank linalg.norm gather nn.functional.cross_entropy
    nn.functional.layer_norm nn.functional.batch_norm nn.functional.huber_loss
"""


def test_a_sample_of_pytorchs_samples(tmp_path):
    if not libraries.installed("torch"):
        pytest.skip("torch is not installed: pip install '.[oracle]'")
    options = ["--samples", "12", "--folder", str(tmp_path)]
    command = [sys.executable, "-m", "oracle.opinfo", *OPERATORS.split(), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n0 checks" not in done.stdout
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(OPERATORS.split())
