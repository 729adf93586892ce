"""`python -m tools.run_scripts`: scripts of Keras on `nn`, with nothing but imports changed."""

import sys

import pytest

from tools import run_scripts

GOOD = """
import numpy as np
import keras
from keras import layers, ops
from keras.datasets import mnist
from tensorflow.keras.utils import to_categorical
from tensorflow import keras as tfk

(x, y), (x_test, y_test) = mnist.load_data()
x = x.astype("float32").reshape(-1, 784) / 255
model = keras.models.Sequential()
model.add(layers.Dense(16, activation="relu", input_shape=(784,)))
model.add(layers.Dropout(0.2))
model.add(layers.Dense(10, activation="softmax"))
model.summary()
model.compile("rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, to_categorical(y, 10), batch_size=128, epochs=20, validation_split=0.1)
assert len(history.history["loss"]) == 2
score = model.evaluate(x_test.reshape(-1, 784) / 255.0, to_categorical(y_test, 10), verbose=0)
inputs = tfk.Input((784,))
outputs = layers.Dense(3)(layers.concatenate([inputs, ops.relu(inputs)]))
keras.Model(inputs, outputs).save("model.keras")
"""
BAD = "import keras\nkeras.layers.NoSuchLayer(3)\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "bad.py").write_text(BAD)
    return tmp_path


def test_scripts_are_run_and_counted(folder, capsys):
    assert run_scripts.main([str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "done  good.py"
    assert "bad.py: AttributeError: module 'nn.layers' has no attribute 'NoSuchLayer'" in lines[1]
    assert lines[2] == "1 of 2 scripts complete"
    assert "keras" not in sys.modules  # of this process nothing was changed
    assert run_scripts.main([str(folder / "good.py")]) == 0
