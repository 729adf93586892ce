"""Functional models with masks, in compiled steps, in files of NumPy, in pictures."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import layers, ops

X = np.random.default_rng(0).normal(size=(8, 4)).astype("f4")
Y = [np.ones((8, 3), "f4"), np.ones((8, 1), "f4")]


def branches():
    nn.set_random_seed(0)
    a, b = nn.Input((4,), name="a"), nn.Input((2,), name="b")
    h = layers.Dense(4, activation="tanh", name="h")
    c = h(layers.Dropout(0.2, seed=1)(h(a))) + a
    p = layers.Dense(3, name="p")(np.concatenate([c, b], -1))
    return nn.Model([a, b], [p, layers.Dense(1, name="q")(c.reshape(len(c), -1))])


def trained(**engine):
    model = branches()
    model.compile("adam", "mse", **engine)
    model.fit([X, X[:, :2]], Y, epochs=4, batch_size=4, verbose=0, shuffle=False)
    return model.get_weights()


@pytest.mark.parametrize("native", [False, True])
def test_compiled_training_is_the_eager_one(native):
    if native:
        pytest.importorskip("llvmlite")
    expected = trained(run_eagerly=True)
    for a, b in zip(expected, trained(jit_compile=native), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4 if native else 0, atol=1e-6 if native else 0)


def test_a_compiled_call():
    model = branches()
    p, _ = ag.compile(lambda a, b: model([a, b]))(X, X[:, :2])
    np.testing.assert_array_equal(p.data, model([X, X[:, :2]])[0].data)


def test_a_file_of_numpy(tmp_path):
    model = branches()
    model.export(tmp_path / "predict.py")
    namespace = {"__file__": str(tmp_path / "predict.py")}
    exec((tmp_path / "predict.py").read_text(), namespace)
    for a, b in zip(namespace["predict"]([X, X[:, :2]]), model([X, X[:, :2]]), strict=True):
        np.testing.assert_allclose(a, b.data, rtol=1e-5)


def test_a_file_and_a_picture_of_a_model_of_indices(tmp_path):
    i = nn.Input((5,), dtype="int32")
    model = nn.Model(i, layers.Dense(2)(layers.Flatten()(layers.Embedding(7, 3)(i))))
    model.export(tmp_path / "predict.py")
    namespace = {"__file__": str(tmp_path / "predict.py")}
    exec((tmp_path / "predict.py").read_text(), namespace)
    ids = np.array([[1, 2, 0, 6, 5]])
    np.testing.assert_allclose(namespace["predict"](ids), model(ids).data, rtol=1e-6)
    titles = {box.title for box in model.plot(depth=1).picture.boxes}
    assert titles >= {"embedding", "flatten", "dense"}


def test_a_picture_shows_shared_layers_and_all_inputs():
    picture = branches().plot(depth=1).picture
    titles = [box.title for box in picture.boxes]
    assert {"h, call 1 of 2", "h, call 2 of 2", "p", "q"} <= set(titles)
    assert sum(box.kind == "input" for box in picture.boxes) == 2


def test_a_picture_of_a_model_of_any_length():
    x = nn.Input((None, 3))
    model = nn.Model(x, layers.GlobalMaxPooling1D()(layers.Conv1D(2, 5)(x)))
    assert "conv1d" in {box.title for box in model.plot(depth=1).picture.boxes}


def test_an_explanation_and_gradients():
    model = branches()
    w = model.get_layer("h").kernel
    J = np.sum(model([X[:2], X[:2, :2]])[0] ** 2)
    assert "Result" in str(ag.explain(J, w))
    model.compile("sgd", loss=["mse", "mse"])
    model.check_gradients([X[:3], X[:3, :2]], [y[:3] for y in Y], order=2)


# -- masks -----------------------------------------------------------------------------------------


def test_a_mask_passes_from_layer_to_layer_and_through_numpy():
    tokens = nn.Input((None,), dtype="int32")
    embedding = layers.Embedding(9, 3, mask_zero=True)
    model = nn.Model(tokens, layers.GlobalAveragePooling1D()(np.tanh(embedding(tokens)) * 2))
    ids = np.array([[1, 2, 0], [3, 0, 0]])
    table = 2 * np.tanh(embedding.embeddings.data)
    expected = [table[[1, 2]].mean(axis=0), table[3]]
    np.testing.assert_allclose(model(ids).data, expected, rtol=1e-6)


def test_a_mask_may_be_an_input():
    x, mask = nn.Input((5, 3)), nn.Input((5,), dtype="bool")
    model = nn.Model([x, mask], layers.GlobalAveragePooling1D()(x, mask=mask))
    data = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("f4")
    keep = np.array([[1, 1, 0, 0, 0], [1, 0, 1, 0, 1]], bool)
    expected = [data[k][keep[k]].mean(axis=0) for k in range(2)]
    np.testing.assert_allclose(model([data, keep]).data, expected, rtol=1e-6)


def test_a_layer_is_recorded_with_the_mask_that_it_will_get(tmp_path):
    """One that requires a mask can be part of a model, and a mask be an operand."""

    class Softmax(nn.Layer):
        def call(self, x, mask=None):
            assert mask is not None
            e = np.exp(x) * mask.astype("f4")[..., None]
            return e / np.sum(e, axis=1, keepdims=True)

    tokens = nn.Input((None,), dtype="int32")
    x = layers.Embedding(9, 3, mask_zero=True)(tokens)
    assert x.mask.shape == (None, None)
    assert nn.Input((3,)).mask is None
    ids = np.array([[1, 2, 0], [3, 0, 0]])
    model = nn.Model(tokens, [Softmax()(np.tanh(x)), np.sum(x.mask, axis=1)])
    weights, counts = model(ids)
    np.testing.assert_allclose(np.sum(weights.data, axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(weights.data[1, 1:], 0)
    np.testing.assert_array_equal(counts.data, [2, 1])
    counting = nn.Model(tokens, np.sum(x.mask, axis=1))
    counting.save(tmp_path / "m.safetensors")
    again = nn.load_model(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(again(ids).data, [2, 1])
    assert nn.Model(again.inputs, again.layers[1].output * 2).output.mask is not None


# -- nn.ops ----------------------------------------------------------------------------------------


def test_keras_operations_on_symbolic_tensors():
    image = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("f4")
    kernel = np.ones((3, 3, 3, 2), "f4")
    x = nn.Input((8, 8, 3))
    for f in (
        lambda x: ops.concatenate([x, x], axis=-1),
        lambda x: ops.mean(x, axis=[1, 2]),
        lambda x: ops.reshape(x, (ops.shape(x)[0], 192)),
        lambda x: ops.transpose(x, (0, 3, 1, 2)),
        lambda x: ops.cast(x, "float64"),
        lambda x: ops.conv(x, kernel),
        lambda x: ops.one_hot(ops.cast(x[..., 0] > 0, "int32"), 4),
        lambda x: ops.top_k(x, 2)[0],
        lambda x: ops.image.resize(x, (4, 4)),
        lambda x: ops.relu(x) + ops.softmax(x),
    ):
        y = f(x)
        result, expected = nn.Model(x, y)(image).data, np.asarray(f(image))
        np.testing.assert_allclose(result, expected, rtol=1e-5)
        assert y.shape[1:] == expected.shape[1:]
