"""What is written as a file that needs NumPy alone does what the model does."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import activations, layers

RNG = np.random.default_rng(3)
X = RNG.normal(size=(7, 4)).astype(np.float32)
IMAGES = RNG.normal(size=(7, 3, 4)).astype(np.float32)


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def exported(model, folder, x=None):
    model.export(folder / "predict.py", x)
    return loaded(folder / "predict.py").predict


def same(found, expected):
    assert type(found) is type(expected)
    for a, b in zip(nn._core.nest.leaves(found), nn._core.nest.leaves(expected), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert a.tobytes() == b.tobytes()


# -- inference -------------------------------------------------------------------------------------

BETWEEN = {
    "BatchNormalization": (lambda: layers.BatchNormalization(), X),
    "BatchNormalization of axis 1": (lambda: layers.BatchNormalization(axis=1), IMAGES),
    "Dropout": (lambda: layers.Dropout(0.5), X),
    "Flatten": (layers.Flatten, IMAGES),
    "GaussianNoise": (lambda: layers.GaussianNoise(0.5), X),
    "LayerNormalization": (layers.LayerNormalization, X),
    "LayerNormalization of two axes": (lambda: layers.LayerNormalization(axis=(1, 2)), IMAGES),
    "Normalization": (lambda: layers.Normalization().adapt(X), X),
    "PReLU": (layers.PReLU, X),
    "Permute": (lambda: layers.Permute((2, 1)), IMAGES),
    "Rescaling": (lambda: layers.Rescaling(0.5, 1.0), X),
    "Reshape": (lambda: layers.Reshape((6, 2)), IMAGES),
    "Reshape with -1": (lambda: layers.Reshape((-1, 2)), IMAGES),
    "Lambda": (lambda: layers.Lambda(lambda x: np.where(x > 0, x, -x)[:, ::2] ** 3), X),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_layer(name, tmp_path):
    make, x = BETWEEN[name]
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(4), make(), layers.Flatten(), nn.Dense(2)])
    model.compile("sgd", loss="mse")
    model.train_on_batch(x, np.ones((7, 2)))
    predict = exported(model, tmp_path)
    for rows in (7, 1, 3):
        same(predict(x[:rows]), model.predict(x[:rows]))


@pytest.mark.parametrize("name", sorted({*activations.__all__} - {"get", "glu", "threshold"}))
def test_activation(name, tmp_path):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3, activation=name)])
    same(exported(model, tmp_path)(X * 10), model.predict(X * 10))


class Several(nn.Model):
    """Several inputs and outputs, a shared layer, names that no identifier can have."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5, 3)
        self.shared = nn.Dense(4, "relu")
        self.heads = [nn.Dense(2), nn.Dense(1, "sigmoid")]

    def call(self, inputs):
        words = self.embedding(inputs["the words"])
        h = self.shared(np.mean(words, axis=1)) + self.shared(inputs["1 × x"])
        pair = np.concatenate([h, np.ones_like(h)], axis=-1)
        length = len(h)
        return {
            "value": self.heads[0](pair),
            "kind": (self.heads[1](h), np.reshape(h, (length * 2, 2)), inputs["1 × x"]),
        }


def test_several_inputs_and_outputs(tmp_path):
    x = {"the words": np.array([[0, 4], [1, 2], [3, 3]]), "1 × x": X[:3, :3]}
    model = Several()
    predict = exported(model, tmp_path, x)
    same(predict(x), model.predict(x))
    one = {name: array[:1] for name, array in x.items()}
    same(predict(one), model.predict(one))
    with pytest.raises(IndexError, match="5 is not one of the numbers 0 to 4"):
        predict(x | {"the words": np.array([[0, 4], [5, 2], [3, 3]])})


def test_outputs_are_arrays_of_their_own(tmp_path):
    model = nn.Sequential([nn.Input((4,)), nn.Activation("linear")])
    x = X.copy()
    exported(model, tmp_path)(x)[...] = 0
    assert x.tobytes() == X.tobytes()


def test_the_file_is_read_by_people(tmp_path):
    nn.set_random_seed(0)
    model = nn.Sequential(
        [nn.Input((4,)), nn.Dense(3, activation="relu"), nn.Dense(2, activation="softmax")]
    )
    model.export(tmp_path / "predict.py")
    text = (tmp_path / "predict.py").read_text()
    assert "dense = np.maximum(x @ dense_kernel + dense_bias, 0)\n" in text
    assert 'dense_kernel = weights["dense_kernel"]  # (4, 3)\n' in text
    assert max(map(len, text.splitlines())) <= 100


def test_lists_and_single_rows_of_any_dtype(tmp_path):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3)])
    predict = exported(model, tmp_path)
    same(predict(X.tolist()), model.predict(X))
    same(predict(X.astype(np.float64)), model.predict(X))
    same(predict(X[::2]), model.predict(X[::2]))
    assert predict(X[:0]).shape == (0, 3)


def test_hostile_names(tmp_path):
    name = 'a"""\nraise SystemExit("no")\n"""\\'
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3, name=name)], name=name)
    same(exported(model, tmp_path)(X), model.predict(X))

    class Named(Averaging):
        def call(self, inputs):
            return self.dense(inputs[name])

    model = Named()
    same(exported(model, tmp_path, {name: X})({name: X}), model.predict({name: X}))


def test_float64(tmp_path):
    model = nn.Sequential([nn.Dense(3, "tanh", dtype="float64"), nn.Dense(1, dtype="float64")])
    x = X.astype(np.float64)
    same(exported(model, tmp_path, x)(x), model.predict(x))


class Averaging(nn.Model):
    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(2)

    def call(self, x):
        return self.dense(x - np.sum(x, axis=0) / len(x))


class Sized(Averaging):
    def call(self, x):
        return self.dense(x) * 2 if len(x) > 4 else self.dense(x)


class Later(Averaging):
    """Behaves in another way for many rows only, which the traces do not see."""

    def call(self, x):
        return self.dense(x) * 2 if len(x) > 10 else self.dense(x)


class Deciding(Averaging):
    def call(self, x):
        return self.dense(x) if np.sum(x) > 0 else self.dense(-x)


class Own(Averaging):
    def call(self, x):
        return doubled(self.dense(x))


@ag.primitive
def doubled(x):
    return np.asarray(x.tolist(), x.dtype) * 2


ag.gradient(doubled, lambda g, y, x: 2 * g)


def test_a_number_of_rows_in_arithmetic(tmp_path):
    model = Averaging()
    model.predict(X)
    same(exported(model, tmp_path)(X), model.predict(X))


@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        (Sized, ValueError, "for another number of rows"),
        (Later, ValueError, "for 17 rows"),
        (Deciding, ag.TracingError, r"if np.sum\(x\) > 0"),
        (Own, ValueError, "doubled, which is not part of NumPy"),
    ],
)
def test_what_cannot_be_exported(kind, error, message, tmp_path):
    model = kind()
    model.predict(X)
    with pytest.raises(error, match=f"cannot be exported(.|\n)*{message}"):
        model.export(tmp_path / "predict.py")
    assert not list(tmp_path.iterdir())


def test_errors(tmp_path):
    with pytest.raises(RuntimeError, match="no weights yet"):
        nn.Sequential([nn.Dense(2)]).export(tmp_path / "predict.py")
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2)])
    with pytest.raises(ValueError, match=r"as a Python file: .*predict\.py"):
        model.export(tmp_path / "predict.txt")
    with pytest.raises(ValueError, match="inputs of any length along an axis"):
        nn.Sequential([nn.Input((None, 4)), nn.Dense(2)]).export(tmp_path / "predict.py")
    assert not list(tmp_path.iterdir())


# -- in a process with NumPy alone -----------------------------------------------------------------


def run_alone(folder, code):
    """What a process prints that finds NumPy and the files of a folder, and nothing of ours."""
    code = (
        f"import json, sys\nsys.path.insert(0, {str(folder)!r})\nimport numpy as np\n{code}\n"
        "assert not any(m.split('.')[0] in ('nn', 'autograd_lite') for m in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_prediction_alone(tmp_path):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3, "gelu"), nn.Dense(2, "softmax")])
    model.export(tmp_path / "predict.py")
    np.save(tmp_path / "x.npy", X)
    found = run_alone(
        tmp_path,
        "from predict import predict\nprint(json.dumps(predict(np.load('x.npy')).tolist()))",
    )
    assert found == model.predict(X).tolist()


def test_training_alone(tmp_path):
    """Dropout goes on where the model's generator stood; Adam's slots, too."""
    nn.set_random_seed(0)
    model = nn.Sequential(
        [nn.Input((4,)), nn.Dense(6, "tanh"), nn.Dropout(0.3), nn.BatchNormalization(), nn.Dense(2)]
    )
    model.compile(nn.AdamW(0.01), loss="mse", metrics=["mae"])
    y = (X[:, :2] * 2).astype(np.float32)
    for _ in range(3):
        model.train_on_batch(X, y)
    program = model.train_program(X, y, engine="numpy")
    program(X, y)
    program.save(tmp_path / "step.py")
    np.savez(tmp_path / "data.npz", x=X, y=y)
    numbers = []
    for _ in range(3):
        numbers.append(model.optimizer._scalars_of_update())
        program(X, y)
    found = run_alone(
        tmp_path,
        "import step\n"
        "data = np.load('data.npz')\n"
        f"for numbers in {numbers}:\n"
        "    numbers = [np.array(n, np.float32) for n in numbers]\n"
        "    loss = step.step(data['x'], data['y'], *numbers)[0]\n"
        "print(json.dumps([float(loss), step.dense_kernel.tolist()]))",
    )
    assert found[1] == model.layers[0].kernel.data.tolist()


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_constraint": lambda w: np.abs(w)},
        {"metrics": [lambda y_true, y_pred: np.abs(y_true - y_pred)]},
    ],
    ids=["constraint of one's own", "metrics"],
)
def test_a_step_that_is_more_than_its_program_is_not_saved(options, tmp_path):
    metrics = options.pop("metrics", None)
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2, **options)])
    model.compile("sgd", loss="mse", metrics=metrics)
    program = model.train_program(X, X[:, :2], engine="numpy")
    with pytest.raises(ValueError, match="this step is more than its program"):
        program.save(tmp_path / "step.py")
    assert not list(tmp_path.iterdir())
