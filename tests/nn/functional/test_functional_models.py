"""Models of symbolic Tensors. Values come from Keras 3.15.1 on JAX, with the same weights."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import layers

X = np.random.default_rng(0).normal(size=(7, 4)).astype("f4")


def filled(model):
    """The weights that Keras was given: waves."""
    for i, w in enumerate(model.weights):
        w.assign((0.5 * np.sin(np.arange(w.size) + i)).reshape(w.shape).astype("f4"))
    return model


def two_by_two():
    a, b = nn.Input((3,), name="a"), nn.Input((2,), name="b")
    h = layers.Dense(4, activation="tanh", name="h")(a)
    x = layers.Concatenate()([h, layers.Dense(3, name="g")(b)])
    x = x * 2 + 1
    y = layers.Dense(7, name="s")(x) + x
    p = layers.Dense(1, name="p")(y)
    q = layers.Dense(2, activation="softmax", name="q")(np.mean(y, axis=1, keepdims=True) * y)
    return filled(nn.Model([a, b], [p, q]))


A = np.arange(6, dtype="f4").reshape(2, 3) / 6
B = np.arange(4, dtype="f4").reshape(2, 2) / 4 - 0.5
Y = [np.array([[1.0], [2.0]], "f4"), np.array([[1.0, 0.0], [0.0, 1.0]], "f4")]


def test_two_inputs_and_two_outputs_as_in_keras():
    p, q = two_by_two()([A, B])
    np.testing.assert_allclose(p.data, [[2.1994755268], [2.2908051014]], rtol=1e-6)
    np.testing.assert_allclose(
        q.data, [[0.6938039064, 0.3061961532], [0.6953822374, 0.3046177626]], rtol=1e-6
    )


@pytest.mark.parametrize("engine", [{"run_eagerly": True}, {"jit_compile": False}])
def test_training_as_in_keras(engine):
    model = two_by_two()
    model.compile(
        nn.SGD(0.02),
        loss=["mse", "categorical_crossentropy"],
        loss_weights=[1.0, 0.5],
        metrics=[["mae"], ["accuracy"]],
        **engine,
    )
    history = model.fit([A, B], Y, batch_size=2, epochs=3, verbose=0, shuffle=False).history
    for name, expected in HISTORY.items():
        np.testing.assert_allclose(history[name], expected, rtol=1e-5)


HISTORY = {
    "loss": [1.1502203941345215, 0.8848235011100769, 0.6285749673843384],
    "p_loss": [0.7616545557975769, 0.49361371994018555, 0.24931538105010986],
    "p_mae": [0.7451403141021729, 0.5000313520431519, 0.4133588671684265],
    "q_accuracy": [0.5, 0.5, 0.5],
    "q_loss": [0.7771317958831787, 0.7824195623397827, 0.758519172668457],
}


def test_data_by_the_names_of_inputs_and_outputs():
    model, other = two_by_two(), two_by_two()
    for m, loss in ((model, ["mse", "mse"]), (other, {"q": "mse", "p": "mse"})):
        m.compile("sgd", loss=loss)
    one = model.evaluate([A, B], Y, verbose=0)
    by_name = other.evaluate({"b": B, "a": A}, {"q": Y[1], "p": Y[0]}, verbose=0)
    np.testing.assert_array_equal(one, by_name)
    np.testing.assert_array_equal(model.predict((A, B), verbose=0)[1], model([A, B])[1].data)


def test_a_sub_model_gives_what_a_layer_gives():
    model = two_by_two()
    inner = nn.Model(model.inputs, model.get_layer("s").output)
    np.testing.assert_allclose(
        inner([A, B]).data[0],
        [-1.998999834, -0.898568332, 1.028002739, 2.009432793, 1.143399596, -0.773869753,
         -1.979646921],
        rtol=2e-6,
    )  # fmt: skip
    rest = nn.Model(model.get_layer("s").input, model.outputs[0])
    x = model.get_layer("concatenate")
    np.testing.assert_allclose(
        rest(nn.Model(model.inputs, x.output * 2 + 1)([A, B])).data, model([A, B])[0].data
    )


# -- names, order and the summary ------------------------------------------------------------------


def test_names_and_order_of_layers_as_in_keras(capsys):
    """The toy ResNet of Keras's guide to the functional API."""
    x = i = nn.Input((32, 32, 3), name="img")
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, activation="relu")(x)
    one = x = layers.MaxPooling2D(3)(x)
    for _ in range(2):
        x = layers.Conv2D(64, 3, activation="relu", padding="same")(x)
    two = x = layers.Add()([x, one])
    for _ in range(2):
        x = layers.Conv2D(64, 3, activation="relu", padding="same")(x)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(64, 3, activation="relu")(x + two))
    x = layers.Dropout(0.5)(layers.Dense(256)(x))
    model = nn.Model(i, layers.Dense(10)(x), name="toy")
    assert [layer.name for layer in model.layers] == [
        "img", "conv2d", "conv2d_1", "max_pooling2d", "conv2d_2", "conv2d_3", "add", "conv2d_4",
        "conv2d_5", "conv2d_6", "global_average_pooling2d", "dense", "dropout", "dense_1",
    ]  # fmt: skip
    assert model.count_params() == 223_242
    model.summary()
    said = capsys.readouterr().out
    rows = [[cell.strip() for cell in row.split("│")[1:-1]] for row in said.splitlines()]
    table = {row[0]: row[1:] for row in rows if len(row) == 4}
    assert table["img (InputLayer)"] == ["(None, 32, 32, 3)", "0", "-"]
    assert table["conv2d_2 (Conv2D)"] == ["(None, 9, 9, 64)", "36,928", "max_pooling2d[0][0]"]
    assert table["add (Add)"][2] == "conv2d_3[0][0],"
    assert table["add_1 (np.add)"][2] == "conv2d_5[0][0],"  # Keras: add_1 (Add)
    assert "Total params: 223,242 (872.04 KB)" in said


def test_a_shared_layer_is_one_row(capsys):
    shared = layers.Dense(4, name="s")
    a, b = nn.Input((4,), name="a"), nn.Input((4,), name="b")
    model = nn.Model([b, a], shared(shared(a)) + np.tanh(shared(b)))
    assert [layer.name for layer in model.layers] == ["a", "s", "b"]
    model.summary()
    said = " ".join(capsys.readouterr().out.split())
    assert "s (Dense) │ (None, 4) │ 20 │ a[0][0], s[0][0], b[0][0]" in said
    assert "add (np.add) │ (None, 4) │ 0 │ s[1][0], tanh[0][0]" in said
    k, c = (w.data for w in shared.variables)
    expected = (X @ k + c) @ k + c + np.tanh(2 * X @ k + c)
    np.testing.assert_allclose(model([2 * X, X]).data, expected, rtol=1e-5)


def test_outputs_in_a_dict_come_in_the_order_of_their_keys():
    x = nn.Input((4,))
    model = nn.Model(x, {"z": layers.Dense(2, name="z")(x), "a": layers.Dense(3, name="y")(x)})
    assert [layer.name for layer in model.layers] == ["input_layer", "y", "z"]
    assert {name: y.shape for name, y in model(X).items()} == {"z": (7, 2), "a": (7, 3)}
    assert model.output_shape == {"z": (None, 2), "a": (None, 3)}


def test_a_chain_has_no_column_of_connections(capsys):
    x = nn.Input((4,))
    model = nn.Model(x, layers.Dense(3)(layers.Dense(4)(x)))
    model.summary()
    said = capsys.readouterr().out
    assert said.startswith('Model: "functional"')
    assert "Connected to" not in said
    assert [layer.name for layer in model.layers] == ["input_layer", "dense", "dense_1"]


# -- what models are made of -----------------------------------------------------------------------


def test_what_numpy_does_between_layers():
    """Each function on data directly is the reference."""
    w = ag.Variable(np.ones((4, 4)) / 3, name="w", dtype="f4")

    def f(x):
        a = np.concatenate([x, 2 * x], -1).reshape(len(x), -1, 2)
        b = np.einsum("bij,bik->bjk", a, a).reshape(-1, 4)
        c = np.where(x > 0, x, -0.5) @ w + np.sqrt(np.abs(x)) / len(x)
        d = np.stack([b, c], axis=1)[:, 1] - np.max(x, axis=1, keepdims=True)
        e, g = np.split(d, 2, axis=1)
        return (e * g.astype("f8") + np.zeros((len(x), 1)) + x.shape[-1]).T.transpose()[:, ::-1]

    x = nn.Input((4,))
    model = nn.Model(x, f(x))
    assert model.output_shape == (None, 2)
    for n in (1, 2, 7):
        np.testing.assert_array_equal(model(X[:n]).data, f(ag.Tensor(X[:n])).data)
    assert model.trainable_variables == [w]
    w.assign(np.zeros((4, 4)))
    np.testing.assert_array_equal(model(X).data, f(ag.Tensor(X)).data)


def test_methods_and_indices():
    x = nn.Input((4, 3))
    data = np.arange(24.0).reshape(2, 4, 3)
    for f in (
        lambda x: x.sum(axis=1),
        lambda x: x.mean(-1, keepdims=True),
        lambda x: x[:, 1:, ::2],
        lambda x: x[..., None],
        lambda x: x[:, np.array([0, 2, 2])],
        lambda x: np.take(x, [1, 0], axis=2),
        lambda x: x.swapaxes(1, 2),
        lambda x: x.reshape(x.shape[0], 12),
        lambda x: np.clip(x, 1, 5) ** 2 % 3,
        lambda x: abs(-x) // 2,
        lambda x: np.argmax(x, axis=-1),
        lambda x: (x > 3) & (x < 9),
        lambda x: np.divmod(x, 2)[1],
        lambda x: np.linalg.inv(x[:, :3] @ x[:, :3].swapaxes(1, 2) + np.eye(3)),
    ):
        y = f(x)
        result = nn.Model(x, y)(data.astype("f4")).data
        np.testing.assert_allclose(result, f(data.astype("f4")), rtol=1e-4)
        assert result.dtype == y.dtype
        assert result.shape[1:] == y.shape[1:]


def test_activations_are_functions_of_symbolic_tensors():
    x = nn.Input((4,))
    for name in nn.activations.__all__:
        if name in ("get", "threshold"):
            continue
        f = getattr(nn.activations, name)
        np.testing.assert_allclose(nn.Model(x, f(x))(X).data, f(ag.Tensor(X)).data, err_msg=name)


def test_nested_models_and_models_of_a_class():
    class Twice(nn.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(4)

        def call(self, x, training=False):
            return self.dense(self.dense(x))

    encoder_in = nn.Input((4,))
    encoder = nn.Model(encoder_in, layers.Dense(2, activation="tanh")(encoder_in), name="encoder")
    decoder = nn.Sequential([nn.Input((2,)), layers.Dense(4)], name="decoder")
    x, twice = nn.Input((4,)), Twice()
    model = nn.Model(x, twice(decoder(encoder(x))))
    expected = twice(decoder(encoder(X))).data
    np.testing.assert_array_equal(model(X).data, expected)
    assert [layer.name for layer in model.layers[1:]] == ["encoder", "decoder", "twice"]
    assert len(model.weights) == 6
    average = nn.Model(x, layers.Average()([encoder(x), encoder(2 * x)]))
    np.testing.assert_allclose(
        average(X).data, (encoder(X).data + encoder(2 * X).data) / 2, rtol=1e-6
    )


def test_a_subclass_of_model_may_have_its_own_train_step():
    class Mine(nn.Model):
        steps = 0

        def train_step(self, data):
            type(self).steps += 1
            return super().train_step(data)

    x = nn.Input((4,))
    model = Mine(x, layers.Dense(1)(x))
    assert model.name == "mine"
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(X, X[:, :1], batch_size=7, epochs=3, verbose=0)
    assert Mine.steps >= 3


def test_training_in_the_graph_stays():
    x = nn.Input((4,))
    always = nn.Model(x, layers.Dropout(0.5, seed=1)(x, training=True))
    by_call = nn.Model(x, layers.Dropout(0.5, seed=1)(x))
    assert np.any(always(X, training=False).data == 0)
    np.testing.assert_array_equal(by_call(X).data, X)
    assert np.any(by_call(X, training=True).data == 0)


def test_recording_changes_no_state():
    """Examples of zeros are no data: statistics and generators stay."""
    nn.set_random_seed(3)
    norm = layers.BatchNormalization()
    x = nn.Input((4,))
    drop = layers.Dropout(0.5)
    norm(drop(x, training=True), training=True)
    mean, variance = norm.variables[2].data, norm.variables[3].data
    np.testing.assert_array_equal(mean, np.zeros(4))
    np.testing.assert_array_equal(variance, np.ones(4))
    before = nn.random.generator().state
    drop(x, training=True)
    assert (nn.random.generator().state == before).all()


def test_weights_are_those_of_the_same_sequential():
    nn.set_random_seed(1)
    sequential = nn.Sequential([nn.Input((4,)), layers.Dense(3), layers.Dense(2)])
    nn.set_random_seed(1)
    x = nn.Input((4,))
    model = nn.Model(x, layers.Dense(2)(layers.Dense(3)(x)))
    for a, b in zip(sequential.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_sequential_gives_and_takes_symbolic_tensors():
    model = nn.Sequential([nn.Input((4,)), layers.Dense(3), layers.Dense(2)])
    assert model.input.shape == (None, 4)
    assert model.output.shape == (None, 2)
    features = nn.Model(model.inputs, [layer.output for layer in model.layers])
    one, two = features(X)
    np.testing.assert_array_equal(two.data, model(X).data)
    np.testing.assert_array_equal(one.data, model.layers[0](X).data)
    model.add(layers.Dense(1))
    assert model.output.shape == (None, 1)
    model.pop()
    assert model.outputs[0].shape == (None, 2)


def test_a_sequential_without_input_has_symbolic_tensors_after_its_first_batch():
    model = nn.Sequential([layers.Dense(3)])
    with pytest.raises(AttributeError, match=r"Start it with nn\.Input"):
        _ = model.input
    model(X)
    np.testing.assert_array_equal(
        nn.Model(model.inputs, model.layers[0].output)(X).data, model(X).data
    )


def test_integer_inputs_and_any_length():
    tokens, weights = nn.Input((None,), dtype="int32"), nn.Input((None, 1))
    x = np.sum(layers.Embedding(10, 3)(tokens) * weights, axis=1)
    model = nn.Model([tokens, weights], layers.Dense(2)(x))
    for length in (1, 4, 9):
        ids = np.arange(2 * length).reshape(2, length) % 10
        assert model([ids, np.ones((2, length, 1))]).shape == (2, 2)


def test_gradients_to_second_order():
    model = two_by_two()
    model.compile("sgd", loss=["mse", "mse"])
    assert len(model.check_gradients([A, B], Y, order=2).comparisons) == 20


def test_penalties_of_layers_count():
    x = nn.Input((4,))
    h = layers.Dense(3, kernel_regularizer=nn.regularizers.L2(0.1), activity_regularizer="l1")(x)
    model = nn.Model(x, layers.Dense(1)(h))
    assert len(model.losses) == 1  # nothing of the examples of zeros
    model(X)
    assert len(model.losses) == 2


def test_a_deep_model():
    x = y = nn.Input((4,))
    for _ in range(60):
        y = y + layers.Dense(4, activation="tanh")(y)
    model = nn.Model(x, y)
    assert len(model.layers) == 61
    assert model(X).shape == (7, 4)


def test_values_are_freed_when_nothing_needs_them():
    import gc
    import weakref

    x = nn.Input((4,))
    seen = []

    def watch(t):
        seen.append(weakref.ref(t))
        assert sum(ref() is not None for ref in seen) <= 3
        return t + 1

    y = x
    for _ in range(8):
        y = layers.Lambda(watch)(y)
    model = nn.Model(x, y)
    seen.clear()
    gc.disable()
    try:
        with ag.no_grad():
            model(X)
    finally:
        gc.enable()


def test_formulas_of_the_number_of_samples_are_refused_and_lengths_are_followed():
    x, exponent = nn.Input((4,)), 0.7

    def of_a_variable():
        n = len(x)
        m = n - 1
        return x * m**exponent

    for formula, make in {
        r"\(len\(x\) - 3\) \*\* 0.7": lambda: x * (len(x) - 3) ** 0.7,
        r"min\(len\(x\), 10\)": lambda: x * min(len(x), 10),
        r"len\(x\) > 5": lambda: x if len(x) > 5 else -x,
        r"len\(x\) % 7": lambda: x * (len(x) % 7),
        r"np.power\(len\(x\) - 3, 0.7\)": lambda: x * np.power(len(x) - 3, 0.7),
        r"m \*\* exponent": of_a_variable,
    }.items():
        with pytest.raises(TypeError, match=f"{formula}, computed from len"):
            make()

    def followed():
        n = len(x)
        h = np.tanh(x)
        assert len(h) == len(x)
        return (np.reshape(h / n, (n, 2, 2)) ** 2)[: n - 1]

    y = nn.Model(x, followed())(X).data
    np.testing.assert_allclose(y, (np.tanh(X) / len(X)).reshape(-1, 2, 2)[:-1] ** 2, rtol=1e-5)
