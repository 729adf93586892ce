"""Models as files of ONNX: `onnxruntime` computes from them what `predict` does."""

import numpy as np
import pytest

import nn
from nn import layers
from nn._core.nest import leaves
from tests.nn.test_compiled_layers import LAYERS

onnx = pytest.importorskip("onnx", reason="needs the extra onnx")
runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime")

X = np.sin(np.arange(48, dtype=np.float32)).reshape(6, 8)
IMAGES = np.sin(np.arange(4 * 12 * 12 * 2, dtype=np.float32)).reshape(4, 12, 12, 2)
CASES = [
    pytest.param(make, x, id=f"{name}-{i}")
    for name, cases in LAYERS.items()
    for i, (make, x) in enumerate(cases)
]
DTYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(uint8)": np.uint8,
}


class Alone(nn.Model):
    """A model of one layer, whatever its inputs."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, x, training=False):
        return self.layer(x, training=training)


def exported(model, path, x=None):
    model.export(path, x)
    return onnx.load(path), runtime.InferenceSession(path, providers=["CPUExecutionProvider"])


def require_equal(model, session, x, tolerance=1e-5):
    """The same for another number of rows than the file was written for."""
    rows = [np.concatenate([a, a[:1], a]) for a in leaves(x)]
    inputs = zip(session.get_inputs(), rows, strict=True)
    feed = {i.name: a.astype(DTYPES[i.type]) for i, a in inputs}
    expected = model.predict(rows if isinstance(x, (list, tuple)) else rows[0])
    for a, b in zip(leaves(expected), session.run(None, feed), strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(b, a, rtol=tolerance, atol=tolerance)


def operators(model):
    return [node.op_type for node in model.graph.node]


@pytest.mark.parametrize(("make", "x"), CASES)
def test_every_layer(make, x, tmp_path):
    layer = make()
    x = [np.asarray(a) for a in x] if isinstance(x, list) else x
    model = Alone(layer)
    model.predict(x)
    _, session = exported(model, tmp_path / "layer.onnx", x)
    require_equal(model, session, x)


def small_cnn():
    return nn.Sequential(
        [
            nn.Input((12, 12, 2)),
            layers.Conv2D(4, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(2),
            layers.BatchNormalization(),
            layers.SeparableConv2D(5, 3, activation="elu"),
            layers.Dropout(0.3),
            nn.Flatten(),
            nn.Dense(3, activation="softmax"),
        ]
    )


def test_a_convolutional_network_has_the_operations_of_onnx(tmp_path):
    model = small_cnn()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(IMAGES, np.array([0, 1, 2, 1]), epochs=3, verbose=0)
    written, session = exported(model, tmp_path / "cnn.onnx")
    require_equal(model, session, IMAGES)
    assert operators(written) == [
        *["Transpose", "Conv", "Add", "Relu", "MaxPool", "BatchNormalization"],
        *["Conv", "Conv", "Add", "Elu", "Transpose", "Reshape", "Gemm", "Softmax"],
    ]
    names = {array.name for array in written.graph.initializer}
    assert {"dense/kernel", "dense/bias", "conv2d/kernel"} <= names
    assert written.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"


def test_several_inputs_and_outputs_by_name(tmp_path):
    a, b = nn.Input((8,), name="left"), nn.Input((8,), name="right")
    shared = nn.Dense(4, activation="tanh")
    joined = np.concatenate([shared(a), shared(b), a * b], axis=-1)
    model = nn.Model([a, b], {"sum": np.sum(joined, axis=1), "score": nn.Dense(2)(joined)})
    _, session = exported(model, tmp_path / "two.onnx")
    assert [i.name for i in session.get_inputs()] == ["left", "right"]
    assert [o.name for o in session.get_outputs()] == ["sum", "score"]
    left, right = session.run(None, {"left": X, "right": X[::-1].copy()})
    expected = model.predict([X, X[::-1].copy()])
    np.testing.assert_allclose(left, expected["sum"], rtol=1e-5)
    np.testing.assert_allclose(right, expected["score"], rtol=1e-5)


TOKENS = np.array([[3, 1, 4, 1, 0, 0], [5, 2, 2, 0, 0, 0], [1, 1, 5, 3, 2, 4]])


def test_recurrent_layers_are_those_of_onnx(tmp_path):
    model = nn.Sequential(
        [
            nn.Input((6,), dtype="int64"),
            nn.Embedding(6, 4),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(4, go_backwards=True),
            nn.Dense(2),
        ]
    )
    for variable in model.trainable_variables:
        variable.assign(variable.data + 0.1)
    written, session = exported(model, tmp_path / "text.onnx")
    assert [op for op in operators(written) if op in ("LSTM", "GRU")] == ["LSTM", "LSTM", "GRU"]
    require_equal(model, session, TOKENS)


def test_recurrence_with_a_mask_is_written_step_by_step(tmp_path):
    model = nn.Sequential(
        [
            nn.Input((6,), dtype="int64"),
            nn.Embedding(6, 4, mask_zero=True),
            layers.LSTM(3),
            nn.Dense(2),
        ]
    )
    _, session = exported(model, tmp_path / "masked.onnx")
    require_equal(model, session, TOKENS)


def test_a_transformer(tmp_path):
    tokens = nn.Input((6,), dtype="int64")
    x = nn.Embedding(6, 8)(tokens)
    attended = layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    x = nn.LayerNormalization()(x + attended)
    x = nn.LayerNormalization()(x + nn.Dense(8)(nn.Dense(16, activation="gelu")(x)))
    model = nn.Model(tokens, nn.Dense(6)(x))
    _, session = exported(model, tmp_path / "transformer.onnx")
    require_equal(model, session, TOKENS)


def test_what_depends_on_the_rows(tmp_path):
    class Rows(nn.Model):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(4)

        def call(self, x, training=False):
            rows = len(x)
            y = np.reshape(self.dense(x), (rows * 2, 2))
            return np.reshape(y * np.arange(rows * 2)[:, None], (rows, 4)) + np.zeros((rows, 1))

    model = Rows()
    model.predict(X)
    _, session = exported(model, tmp_path / "rows.onnx", X)
    require_equal(model, session, X)


NOT_IN_ONNX = {"get", "glu", "sparsemax", "threshold"}  # of a sort; with arguments


@pytest.mark.parametrize("activation", sorted({*nn.activations.__all__} - NOT_IN_ONNX))
def test_every_activation(activation, tmp_path):
    model = nn.Sequential([nn.Input((8,)), nn.Dense(6, activation=activation)])
    _, session = exported(model, tmp_path / "m.onnx")
    require_equal(model, session, 3 * X)


def test_what_onnx_does_not_have_is_named_with_its_layer(tmp_path):
    model = nn.Sequential([nn.Input((8,)), nn.layers.Lambda(np.i0, name="bessel")])
    with pytest.raises(ValueError, match=r"computes i0 \(in .*bessel\)"):
        model.export(tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_model_without_weights_is_refused(tmp_path):
    with pytest.raises(RuntimeError, match="has no weights yet"):
        nn.Sequential([nn.Dense(2)]).export(tmp_path / "m.onnx")


def test_the_model_is_not_changed(tmp_path):
    model = small_cnn()
    before = model.predict(IMAGES)
    exported(model, tmp_path / "m.onnx")
    np.testing.assert_array_equal(model.predict(IMAGES), before)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(IMAGES, np.array([0, 1, 2, 1]), epochs=1, verbose=0)
    assert np.abs(model.predict(IMAGES) - before).max() > 0
