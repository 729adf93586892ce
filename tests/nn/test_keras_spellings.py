"""What Keras lets one write: columns, the learning rate as a Variable, add_weight of metrics."""

import json
import pickle

import numpy as np
import pytest

import autograd_lite as ag
import nn


def line(shape=None):
    layers = [nn.Dense(1)] if shape is None else [nn.Input(shape), nn.Dense(1)]
    model = nn.Sequential(layers)
    model.compile(nn.SGD(0.1), "mse")
    return model


@pytest.mark.parametrize("x", [np.arange(4.0), [0.0, 1.0, 2.0, 3.0], np.arange(4)])
@pytest.mark.parametrize("shape", [None, (1,)])
def test_samples_of_one_number_are_a_column(x, shape):
    model = line(shape)
    with pytest.warns(UserWarning, match=r"x has shape \(4,\), and is taken as \(4, 1\)"):
        model.fit(x, np.arange(4.0) * 2 - 1, epochs=100, verbose=0)
    with pytest.warns(UserWarning, match=r"Write x\[:, None\]"):
        assert model.predict(x, verbose=0).shape == (4, 1)
    with pytest.warns(UserWarning, match="is taken as"):
        assert model.evaluate(x, np.arange(4.0) * 2 - 1, verbose=0) < 0.01


def test_a_sample_alone_is_not_a_column():
    model = line((3,))
    with pytest.raises(ValueError, match="3"):
        model.predict(np.ones(3), verbose=0)
    model = line()
    model.fit(np.ones((4, 3)), np.ones(4), verbose=0)
    with pytest.raises(ValueError, match=r"takes an array of samples.*got one of shape \(3,\)"):
        model.predict(np.ones(3), verbose=0)


def test_indices_are_no_column():
    model = nn.Sequential([nn.Embedding(5, 2)])
    assert model.predict(np.arange(5), verbose=0).shape == (5, 2)


def test_the_learning_rate_is_assigned_to():
    optimizer = nn.Adam(0.5)
    optimizer.learning_rate.assign(0.25)
    assert optimizer.learning_rate == 0.25
    assert optimizer.learning_rate.numpy() == 0.25
    nn.backend.set_value(optimizer.learning_rate, 0.125)
    assert optimizer.learning_rate == 0.125
    assert json.dumps(optimizer.learning_rate) == "0.125"
    assert type(pickle.loads(pickle.dumps(optimizer.learning_rate))) is float
    with pytest.raises(ValueError, match="a number from 0 up"):
        optimizer.learning_rate.assign(-1)
    scheduled = nn.SGD(nn.schedules.ExponentialDecay(0.1, 10, 0.9))
    with pytest.raises(TypeError, match="would replace the schedule"):
        scheduled.learning_rate.assign(0.1)


def test_a_metric_adds_weights():
    class Positives(nn.metrics.Metric):
        def __init__(self, name="positives", **options):
            super().__init__(name=name, **options)
            self.count = self.add_weight(name="count", initializer="zeros")
            self.rows = self.add_weight(shape=(2,), name="rows")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.count.assign_add(np.count_nonzero(y_pred > 0.5))
            self.rows.assign_add(np.ones(2))

        def result(self):
            return self.count.data / self.rows.data[0]

    metric = Positives()
    assert metric(np.ones(3), np.array([0.2, 0.7, 0.9])) == 2
    assert metric(np.ones(3), np.array([0.2, 0.7, 0.1])) == 1.5
    metric.reset_state()
    assert metric.rows.data.tolist() == [0, 0]


def test_words_of_layers():
    leaky = nn.layers.LeakyReLU(alpha=0.1)
    assert leaky.negative_slope == 0.1
    assert nn.layers.LeakyReLU.from_config(leaky.get_config()).negative_slope == 0.1
    double = nn.layers.Lambda(lambda x: 2 * x, output_shape=(3,), name="")
    assert double(np.ones((1, 3))).data.tolist() == [[2, 2, 2]]
    assert double.get_config()["output_shape"] is None
    dense = nn.Dense(
        2,
        bias_initializer=None,
        kernel_regularizer=nn.regularizers.L2,
        kernel_constraint=nn.constraints.NonNeg,
    )
    dense(np.ones((1, 3)))
    assert dense.bias.data.any()  # Keras makes a bias by "glorot_uniform" where it is given None
    assert float(dense.losses[0].data) == pytest.approx(0.01 * np.square(dense.kernel.data).sum())
    added = nn.layers.add([np.ones((1, 2)), np.ones((1, 2))], name="sum")
    assert added.data.tolist() == [[2, 2]]
    joined = nn.layers.concatenate([np.ones((1, 2)), np.zeros((1, 1))], axis=1)
    assert joined.data.tolist() == [[1, 1, 0]]


def test_a_learning_rate_that_is_read_widens_nothing():
    rate = nn.SGD(0.25).learning_rate
    half = np.ones(3, np.float32)
    for product in (rate * half, half * rate, np.multiply(half, rate)):
        assert product.dtype == np.float32
        assert product.tolist() == [0.25] * 3
    assert (ag.Tensor(half) * rate).dtype == np.float32
    assert (rate * ag.Tensor(half)).dtype == np.float32
    assert np.float32(2) * rate == 0.5


def test_schedules_have_keras_s_place_too():
    from nn.optimizers.schedules import ExponentialDecay

    assert (
        ExponentialDecay
        is nn.schedules.ExponentialDecay
        is nn.optimizers.schedules.ExponentialDecay
    )
    rate = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    assert nn.optimizers.SGD(rate).learning_rate == 0.1


# -- what Keras runs, with a warning in place of silence; values of Keras 3.15.1 on JAX ------------


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}])
def test_a_functional_model_without_weights_is_fitted_with_a_warning(options):
    x = nn.Input((3,))
    model = nn.Model(x, x * 2)
    model.compile("adam", "mse", metrics=["mae"], **options)
    X = np.arange(12.0).reshape(4, 3) / 10
    with pytest.warns(UserWarning, match="no trainable weights: its layers have none"):
        history = model.fit(X, np.ones_like(X), epochs=2, verbose=0).history
    np.testing.assert_allclose(history["loss"], [0.4866666793823242] * 2, rtol=1e-6)
    np.testing.assert_allclose(history["mae"], [0.6000000238418579] * 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("from_logits", "y_pred", "expected"),
    [(False, [[0.8, 0.3]], 0.2637249231338501), (True, [[1.5, -0.3]], 0.3433842957019806)],
)
def test_labels_with_noise_beyond_0_and_1(from_logits, y_pred, expected):
    loss = nn.BinaryCrossentropy(from_logits=from_logits)
    with pytest.warns(UserWarning, match=r"targets from 0\.02 to 1\.05.*np\.clip\(y, 0, 1\)"):
        assert loss([[1.05, 0.02]], y_pred).item() == pytest.approx(expected, rel=1e-6)


def test_accuracy_of_labels_of_which_several_hold():
    metric = nn.metrics.CategoricalAccuracy()
    y_true = [[1, 1, 0], [0, 1, 1], [0, 0, 0]]
    with pytest.warns(UserWarning, match=r"not one-hot.*binary_accuracy"):
        metric.update_state(y_true, [[0.1, 0.5, 0.4], [0.2, 0.5, 0.3], [0.6, 0.2, 0.2]])
    assert metric.result() == pytest.approx(0.6666666865348816)


def test_no_reduction_has_two_names():
    loss = nn.MeanSquaredError(reduction="none")
    y_true, y_pred = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[0.0, 0.0], [1.0, 1.0]])
    assert loss(y_true, y_pred).data.tolist() == [2.5, 10.0]
    assert loss.reduction is None


def test_the_version_is_told():
    assert nn.__version__ == ag.__version__


def test_a_variable_by_the_arguments_of_keras():
    w = nn.Variable(shape=(2, 3), initializer="uniform", name="w")
    assert (w.shape, w.dtype, w.name, w.trainable) == ((2, 3), np.float32, "w", True)
    assert np.abs(w.data).max() <= 0.05  # RandomUniform's limits
    count = nn.Variable(3, trainable=False)
    count.assign_add(2)
    assert count.item() == 5
    assert count.dtype.kind == "i"
    with pytest.raises(ValueError, match=r"'zeros' needs a shape: write shape=\(\.\.\.\)"):
        nn.Variable("zeros")


def test_metrics_whose_state_is_an_argument():
    metric = nn.metrics.SparseCategoricalAccuracy()
    p = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    metric.update_state([0], p[:1])
    state = metric.stateless_reset_state()
    state = metric.stateless_update_state(state, [1, 1], p[:2])
    state = metric.stateless_update_state(state, [1], p[2:])
    assert metric.stateless_result(state) == pytest.approx(2 / 3)  # Keras 3.15.1 on JAX: 0.6666667
    assert metric.result() == 0
    with pytest.raises(ValueError, match=r"2 variables.*got 1\. Begin with"):
        metric.stateless_result(state[:1])


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": False}])
def test_labels_with_noise_are_told_in_compiled_training_too(options):
    nn.set_random_seed(0)
    X = np.linspace(-1, 1, 40, dtype=np.float32).reshape(20, 2)
    y = (X[:, :1] > 0).astype(np.float32)
    y[13] = 1.05
    model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
    model.compile("sgd", nn.losses.BinaryCrossentropy(from_logits=True), **options)
    with pytest.warns(UserWarning, match=r"targets from [01] to 1.05"):
        history = model.fit(X, y, epochs=60, batch_size=10, shuffle=False, verbose=0)
    # In NumPy: z = x w + b, the loss max(z, 0) - z y + log(1 + exp(-|z|)), from the same weights.
    nn.set_random_seed(0)
    again = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
    w, b = (v.astype(np.float64) for v in again.get_weights())
    for _ in range(60):
        losses = []
        for rows in (slice(0, 10), slice(10, 20)):
            z = X[rows] @ w + b
            losses.append(np.mean(np.maximum(z, 0) - z * y[rows] + np.log1p(np.exp(-np.abs(z)))))
            g = (1 / (1 + np.exp(-z)) - y[rows]) / 10
            w, b = w - 0.01 * X[rows].T @ g, b - 0.01 * g.sum(axis=0)
    assert history.history["loss"][-1] == pytest.approx(np.mean(losses), rel=1e-5)
