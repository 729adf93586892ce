"""Whole trainings beside Keras 3.15.1 (JAX backend, float32), from the same weights, in order."""

import numpy as np
import pytest

import nn

X = np.sin(np.arange(21.0)).reshape(7, 3)
Y = np.array([0, 1, 1, 0, 1, 0, 1.0])
K1 = np.cos(np.arange(12.0)).reshape(3, 4)
B1 = np.linspace(-0.1, 0.1, 4)
K2 = np.sin(1 + np.arange(4.0)).reshape(4, 1)
B2 = np.array([0.05])


def network(**options):
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4, "tanh", **options), nn.Dense(1)])
    model.set_weights([K1, B1, K2, B2])
    return model


def assert_history(history, expected):
    assert list(history.history) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(history.history[name], values, rtol=2e-6, err_msg=name)


def test_binary_classification_with_a_validation_split_and_a_partial_batch():
    model = network()
    model.compile(nn.SGD(0.5), nn.BinaryCrossentropy(from_logits=True), metrics=["mae"])
    history = model.fit(
        X, Y, batch_size=2, epochs=2, shuffle=False, validation_split=0.3, verbose=0
    )
    assert_history(
        history,
        {
            "loss": [1.1562509536743164, 0.9396165609359741],
            "mae": [1.7365331649780273, 1.1241284608840942],
            "val_loss": [1.4327693792, 1.1125015020370483],
            "val_mae": [1.8265933990478516, 1.3804386854171753],
        },
    )
    np.testing.assert_allclose(
        model.layers[1].kernel.data[:, 0],
        [0.3974241316318512, 0.42930206656455994, 0.04561891779303551, -0.3443485498428345],
        rtol=2e-6,
    )


def test_class_weight_and_weighted_metrics():
    model = network()
    model.compile(
        nn.SGD(0.5),
        nn.BinaryCrossentropy(from_logits=True),
        metrics=["mae"],
        weighted_metrics=["mse"],
    )
    history = model.fit(
        X, Y, batch_size=3, epochs=2, shuffle=False, class_weight={0: 2.0, 1: 0.5}, verbose=0
    )
    assert_history(
        history,
        {
            "loss": [1.6156978607177734, 0.8103561401367188],
            "mae": [1.9483128786087036, 0.9927161335945129],
            "mse": [3.629610061645508, 0.7252202033996582],
        },
    )
    np.testing.assert_allclose(model.layers[1].bias.data, [-0.3601558804512024], rtol=2e-6)


def test_sample_weight():
    model = network()
    model.compile(nn.SGD(0.05), "mse")
    weight = np.arange(7.0)
    history = model.fit(
        X, Y, batch_size=3, epochs=2, shuffle=False, sample_weight=weight, verbose=0
    )
    assert_history(history, {"loss": [9.576422691345215, 0.41941455006599426]})
    np.testing.assert_allclose(model.layers[1].bias.data, [0.6730320453643799], rtol=2e-6)
    measured = model.evaluate(X, Y, sample_weight=weight, batch_size=2, verbose=0)
    assert measured == pytest.approx(0.17264258861541748, rel=2e-6)


def test_regularizers_and_constraints():
    model = network(
        kernel_regularizer="l2",
        bias_regularizer=nn.regularizers.L1(0.1),
        activity_regularizer=nn.regularizers.L2(0.3),
        kernel_constraint=nn.constraints.MaxNorm(0.9),
    )
    model.compile(nn.SGD(0.1), "mse")
    history = model.fit(X, Y, batch_size=3, epochs=2, shuffle=False, verbose=0)
    assert_history(history, {"loss": [3.0547449588775635, 0.5498098134994507]})
    np.testing.assert_allclose(
        model.layers[0].bias.data,
        [0.08930694311857224, 0.17854386568069458, 0.025528674945235252, -0.07798582315444946],
        rtol=1e-5,
    )
    norms = np.linalg.norm(model.layers[0].kernel.data, axis=0)
    assert norms.max() <= 0.9 + 1e-6
    measured = model.evaluate(X, Y, batch_size=4, verbose=0)
    assert measured == pytest.approx(0.40851011872291565, rel=2e-6)


class TwoHeads(nn.Model):
    def __init__(self):
        super().__init__()
        self.first = nn.Dense(1)
        self.second = nn.Dense(2)

    def call(self, x):
        return {"p": self.first(x), "q": self.second(x)}


def test_several_outputs_with_weights_and_metrics_of_their_own():
    model = TwoHeads()
    model(X)
    model.set_weights([K1[:, :1], B1[:1], K1[:, 1:3], B1[1:3]])
    model.compile(
        nn.SGD(0.1),
        loss={"p": "mse", "q": "mae"},
        loss_weights={"p": 1.0, "q": 0.25},
        metrics={"q": ["mse"]},
    )
    targets = {"p": Y, "q": np.cos(np.arange(14.0)).reshape(7, 2)}
    history = model.fit(X, targets, batch_size=3, epochs=2, shuffle=False, verbose=0)
    assert_history(
        history,
        {
            "loss": [1.7294921875, 0.5502378344535828],
            "p_loss": [1.5048539638519287, 0.33163443207740784],
            "q_loss": [0.8985530138015747, 0.8744136095046997],
            "q_mse": [1.1834899187088013, 1.129497766494751],
        },
    )
    np.testing.assert_allclose(model.first.bias.data, [0.5229974985122681], rtol=2e-6)


def test_batch_normalization_in_a_model():
    model = nn.Sequential([nn.Input((3,)), nn.layers.BatchNormalization(momentum=0.8), nn.Dense(1)])
    model.layers[1].set_weights([K1[:, :1], B2])
    model.compile(nn.SGD(0.1), "mse")
    history = model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    assert_history(history, {"loss": [2.6183011531829834, 0.37022992968559265]})
    np.testing.assert_allclose(
        model.layers[0].moving_variance.data,
        [0.5505138039588928, 0.5686304569244385, 0.9210315942764282],
        rtol=2e-6,
    )
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(0.23813365399837494, rel=5e-6)
    np.testing.assert_allclose(
        model.predict(X)[:3, 0], [0.7378102541, 0.0960271508, 0.7360693812], rtol=5e-6
    )


def test_thirty_epochs_of_adam():
    """On Keras's other backend, PyTorch, the losses are these to 5e-7: bias corrections, which it
    rounds to float32, are rounded here too.
    """
    model = network()
    model.compile(nn.Adam(0.01), "mse")
    history = model.fit(X, Y[:, None], batch_size=2, epochs=30, shuffle=False, verbose=0)
    losses = [history.history["loss"][i] for i in (0, 1, 9, 19, 29)]
    expected = [4.553253173828125, 3.775620937347412, 0.6931152939796448, 0.331122487783432]
    np.testing.assert_allclose(losses, [*expected, 0.2556339204311371], rtol=1e-6)
