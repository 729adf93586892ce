"""`import nn` brings in NumPy and nothing heavy; its names are there."""

import importlib
import subprocess
import sys

import pytest

import nn

HEAVY = ["rich", "matplotlib", "graphviz", "safetensors", "llvmlite", "tensorboardX", "sklearn"]


def test_nothing_heavy_is_imported():
    code = f"import sys, nn; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="."
    )
    assert done.stdout.strip() == "[]"


def test_training_and_predicting_without_a_terminal_does_not_import_rich():
    code = (
        "import sys, nn; m = nn.Sequential([nn.Dense(1)]); m.compile('sgd', 'mse');"
        "m.fit([[1.0]], [1.0]); m.evaluate([[1.0]], [1.0]); m.predict([[1.0]]);"
        "print('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize("module", ["nn", "nn.layers", "nn.callbacks"])
def test_every_public_name_is_there(module):
    loaded = importlib.import_module(module)
    assert sorted(loaded.__all__) == sorted(set(loaded.__all__))
    for name in loaded.__all__:
        assert hasattr(loaded, name)


def test_the_course_s_names():
    from nn import (  # noqa: F401
        Adam,
        BinaryCrossentropy,
        Dense,
        Input,
        MeanSquaredError,
        Sequential,
    )

    assert nn.losses.MeanSquaredError is nn.MeanSquaredError
