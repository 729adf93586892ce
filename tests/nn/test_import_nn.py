"""`import nn` brings in NumPy and nothing heavy; its names are there."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import nn

LATER = ["nn.layers.rnn", "nn.metrics", "nn.callbacks", "nn.saving", "numpy.ma"]
HEAVY = ["rich", "matplotlib", "graphviz", "safetensors", "llvmlite", "tensorboardX", "sklearn"]
HEAVY += LATER


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


def test_names_are_imported_when_they_are_first_asked_for():
    code = (
        "import sys, pickle, nn; from nn import layers, metrics; import nn.metrics as same;"
        "assert metrics is same and 'nn.layers.rnn' not in sys.modules;"
        "assert 'LSTM' in dir(layers) and 'LSTM' not in vars(layers);"
        "assert layers.LSTM is nn.layers.rnn.LSTM is vars(layers)['LSTM'];"
        "assert pickle.loads(pickle.dumps(layers.GRU)) is layers.GRU;"
        "layer = layers.Conv1D(2, 3);"
        "assert nn.layers.Convolution1D.from_config(layer.get_config()).filters == 2"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_compiled_training_does_not_import_what_draws():
    code = (
        "import sys, nn; m = nn.Sequential([nn.Dense(1)]); m.compile('sgd', 'mse');"
        "m.fit([[1.0]] * 200, [1.0] * 200, batch_size=1, verbose=0);"
        "assert m.history.engine == 'numpy';"
        "drawing = ('autograd_lite.graphs', 'autograd_lite.maths', 'autograd_lite.visualize');"
        "assert not {*drawing} & {*sys.modules}, {*drawing} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("call", ["load_model", "saving.load_model", "models.load_model"])
@pytest.mark.parametrize("suffix", [".safetensors", ".keras"])
def test_the_first_thing_may_be_a_file(tmp_path, call, suffix):
    if suffix == ".keras":
        pytest.importorskip("h5py", reason="needs the extra keras-files")
    inputs = nn.Input((4, 2))
    model = nn.Model(inputs, nn.Dense(1)(nn.layers.GRU(3)(inputs[:, 1:])))
    model.save(tmp_path / f"model{suffix}")
    code = f"import nn, nn.saving; print(nn.{call}(r'{tmp_path}/model{suffix}').count_params())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == model.count_params()


def test_a_star_brings_all_names():
    names = {}
    exec("from nn.layers import *", names)
    assert {*names} - {"__builtins__"} == {*nn.layers.__all__}
    with pytest.raises(AttributeError, match="Did you mean 'Dense'"):
        _ = nn.layers.Dens


@pytest.mark.parametrize("module", ["nn", "nn.layers", "nn.callbacks", "autograd_lite"])
def test_type_checkers_see_the_names_that_are_attached(module):
    """The imports under TYPE_CHECKING are those that `attach` does later."""
    package = importlib.import_module(module)
    tree = ast.parse(Path(package.__file__).read_text())
    block = next(x for x in tree.body if isinstance(x, ast.If))
    found = set()
    for node in block.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found.add(alias.name)
                assert getattr(package, alias.name) is getattr(
                    importlib.import_module(node.module), alias.name
                )
    assert {*package.__all__} <= found | {*vars(package)}
