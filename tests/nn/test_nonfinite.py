"""A loss or gradient that is not finite: where it began, and that nothing was spoiled by it."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn.training.nonfinite import NonFiniteGradientError

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


class Root(nn.Layer):
    def call(self, x):
        return np.sqrt(x - 10)  # the line to be found


def error_of(model, x=X, y=Y, **options):
    with pytest.raises(nn.NonFiniteLossError) as caught:
        model.fit(x, y, verbose=0, **options)
    return caught.value


def compiled(layers, optimizer="sgd", loss="mse"):
    nn.set_random_seed(0)
    model = nn.Sequential(layers)
    model.compile(optimizer, loss)
    return model


def test_a_layer_of_one_s_own_is_named_with_its_line_cause_and_remedy():
    error = error_of(compiled([nn.Dense(3), Root(), nn.Dense(1)]))
    found = error.anomaly
    assert (found.operation, found.layer) == ("sqrt", "sequential/root")
    assert str(error).startswith(
        "in epoch 1, batch 1: the loss became nan\nsqrt made nan in 96 of 96 elements"
    )
    assert "return np.sqrt(x - 10)  # the line to be found" in str(error)
    assert "square root of a negative number" in str(error)
    assert "np.maximum(x, 0)" in str(error)
    assert "are still those before this batch" in str(error)


def test_a_loss_of_one_s_own():
    def surprise(y_true, y_pred):
        return -np.mean(y_true * np.log(nn.activations.relu(y_pred)), axis=-1)

    error = error_of(compiled([nn.Dense(8, activation="relu"), nn.Dense(1)], loss=surprise))
    assert error.anomaly.layer == "surprise"
    assert "y_true * np.log(nn.activations.relu(y_pred))" in str(error)


def test_a_lambda_layer():
    error = error_of(compiled([nn.layers.Lambda(lambda x: np.log(x - x)), nn.Dense(1)]))
    assert error.anomaly.operation == "log"
    assert "np.log(x - x)" in str(error)


@pytest.mark.filterwarnings("ignore:the loss grew")
def test_divergence_names_the_learning_rate():
    error = error_of(compiled([nn.Dense(1)], nn.SGD(1e6)), epochs=50)
    assert "squared_error made inf" in str(error)
    assert "learning rate of 1e+06, that rate is" in " ".join(str(error).split())
    assert "try 0.1 or less" in " ".join(str(error).split())


def test_unscaled_data_is_named():
    error = error_of(compiled([nn.Dense(1)]), x=X * 1e15, y=Y * 1e6)
    text = " ".join(str(error).split())
    assert f"X reaches {np.abs(X * 1e15).max():.4g}. Scale it" in text
    assert "y reaches 1e+06. Scale it" in text


class Length(nn.Layer):
    def call(self, x):
        return np.sqrt(np.sum(nn.activations.relu(x), axis=-1, keepdims=True))


def test_a_gradient_that_is_not_finite_stops_training_before_the_weights_are_spoiled():
    x = np.concatenate([X[:32], np.zeros_like(X[:32])])
    model = compiled([nn.Dense(16, use_bias=False), Length(), nn.Dense(1)])
    with pytest.raises(NonFiniteGradientError) as caught:
        model.fit(x, Y, shuffle=False, verbose=0)
    error = caught.value
    assert str(error).startswith(
        "in epoch 1, batch 2: the loss is finite, but its gradient for dense/kernel became NaN"
    )
    assert "inf in 32 of 32 elements" in str(error)
    assert (error.anomaly.operation, error.anomaly.layer) == ("sqrt", "sequential/length")
    assert "slope of sqrt at 0" in error.anomaly.cause
    assert "np.sqrt(np.sum(nn.activations.relu(x)" in str(error)
    assert all(np.isfinite(w).all() for w in model.get_weights())
    assert model.optimizer.iterations.item() == 1
    assert all(v.grad is None for v in model.variables)


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("optimizer", ["sgd", "muon"])
def test_no_program_takes_a_gradient_that_is_not_finite(optimizer, engine):
    """relu hides the infinity from the loss; in the kernel's gradient it meets a zero."""
    if engine == "native":
        pytest.importorskip("llvmlite")
    model = compiled([nn.Dense(4, activation="relu"), nn.Dense(1)], optimizer)
    program = model.train_program(X, Y, engine=engine)
    model.layers[0].kernel.assign(-np.abs(model.layers[0].kernel.data))
    x = np.abs(X)
    assert np.isfinite(program(x, Y))
    x[0, 0] = np.inf
    before = model.get_weights()
    assert np.isnan(program(x, Y))
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_second_run_draws_what_the_first_has_drawn_and_changes_nothing():
    """Only with the mask of the failed step is there an operation to be named."""

    class Fragile(nn.Layer):
        def __init__(self):
            super().__init__()
            self.generator = nn.random.Generator(5)
            self.calls = 0

        def call(self, x, training=False):
            if not training:
                return x
            number = self.generator.random()
            self.calls += 1
            self.drawn = number
            return np.log(x * 0 + (0.0 if number < 0.2 else 1.0))

    layer = Fragile()
    model = compiled([layer, nn.Dense(1)])
    error = error_of(model, epochs=20)  # too few steps to be compiled
    assert error.anomaly.operation == "log"
    draws = nn.random.Generator(5).random(layer.calls - 1)  # the last call is the second run
    assert layer.drawn == draws[-1] < 0.2
    assert (draws[:-1] >= 0.2).all()


def test_a_batch_norm_s_averages_are_those_before_the_batch():
    model = compiled([nn.BatchNormalization(momentum=0.5), Root(), nn.Dense(1)])
    error_of(model, batch_size=64)
    assert model.layers[0].moving_mean.data.tolist() == [0, 0, 0, 0]
    assert model.layers[0].moving_variance.data.tolist() == [1, 1, 1, 1]


def test_weights_that_are_spoiled_already():
    model = compiled([nn.Input((4,)), nn.Dense(1)])
    model.layers[0].bias.assign([np.nan])
    with pytest.raises(nn.NonFiniteLossError) as caught:
        model.train_on_batch(X, Y)
    assert "The weights dense/bias already hold" in " ".join(str(caught.value).split())
    assert "add was given dense/bias with 1 NaN" in str(caught.value)


def test_a_second_run_that_does_not_fail_leaves_the_message_without_an_operation():
    class Once(nn.Layer):
        failed = False

        def call(self, x, training=False):
            if training and not self.failed:
                self.failed = True
                return x * np.nan
            return x

    error = error_of(compiled([Once(), nn.Dense(1)]))
    assert error.anomaly is None
    assert str(error).startswith("in epoch 1, batch 1: the loss became nan\n")


def test_a_step_of_one_s_own_is_told_how_to_find_out():
    class Mine(nn.Sequential):
        def train_step(self, data):
            return {"loss": np.nan}

    model = Mine([nn.Dense(1)])
    model.compile("sgd", "mse")
    assert "with autograd_lite.detect_anomaly()" in str(error_of(model))


def test_gradients_of_a_step_of_one_s_own_are_looked_at_too():
    class Mine(nn.Sequential):
        def train_step(self, data):
            loss = np.sum(np.sqrt(self(data[0])))  # of zeros
            self.minimize(loss)
            return {"loss": loss}

    model = Mine([nn.Input((4,)), nn.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "mse")
    error = error_of(model)
    assert isinstance(error, NonFiniteGradientError)
    assert model.optimizer.iterations.item() == 0


def test_large_gradients_that_are_finite_pass():
    model = compiled([nn.Input((4,)), nn.Dense(1)], nn.SGD(1e-30, clipnorm=1.0))
    model.set_weights([np.full((4, 1), 1e18), np.zeros(1)])
    model.fit(X, Y, verbose=0)
    w = ag.Variable(np.float32([1e25, 1e25]), name="w")
    nn.training.nonfinite.require_finite_gradients([w], [w.data])
