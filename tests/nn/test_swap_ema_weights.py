"""SwapEMAWeights: averages are evaluated and saved, weights are trained."""

import numpy as np
import pytest

import nn
from nn.callbacks import Callback, EarlyStopping, ModelCheckpoint, SwapEMAWeights

X = np.linspace(-1, 1, 16, dtype=np.float32)[:, None]
Y = 3 * X - 1


class Seen(Callback):
    """The kernel at the ends of epochs, and while validating."""

    def __init__(self):
        self.at_end, self.while_testing = [], []

    def kernel(self):
        return float(self.model.layers[0].kernel.data[0, 0])

    def on_epoch_end(self, epoch, logs=None):
        self.at_end.append(self.kernel())

    def on_test_begin(self, logs=None):
        self.while_testing.append(self.kernel())


def trained(callbacks, epochs=3, **options):
    model = nn.Sequential([nn.Input((1,)), nn.Dense(1, kernel_initializer="ones")])
    model.compile(nn.SGD(0.2, use_ema=True, ema_momentum=0.5), "mse", **options)
    model.fit(
        X, Y, epochs=epochs, batch_size=16, shuffle=False, verbose=0,
        validation_data=(X, Y), callbacks=callbacks,
    )  # fmt: skip
    return model


def by_hand(epochs):
    """The weights and their averages after each epoch of one step: SGD, then the average, which
    begins as the first weights.
    """
    w, b, average, found = 1.0, 0.0, 0.0, []
    for t in range(epochs):
        error = w * X + b - Y
        w, b = w - 0.2 * float((2 * error * X).mean()), b - 0.2 * float((2 * error).mean())
        average = w if t == 0 else 0.5 * average + 0.5 * w
        found.append((w, average))
    return found


@pytest.mark.parametrize("eagerly", [True, False])
def test_the_averages_are_validated_and_the_weights_trained(eagerly):
    seen = Seen()
    model = trained([SwapEMAWeights(), seen], run_eagerly=eagerly)
    weights, averages = zip(*by_hand(3), strict=True)
    np.testing.assert_allclose(seen.while_testing, averages, rtol=1e-5)
    np.testing.assert_allclose(seen.at_end, weights, rtol=1e-5)
    assert model.layers[0].kernel.data[0, 0] == pytest.approx(averages[-1], rel=1e-5)


def test_the_averages_are_saved_at_the_end_of_epochs(tmp_path):
    seen, path = Seen(), str(tmp_path / "{epoch}.safetensors")
    saves = ModelCheckpoint(path, save_weights_only=True)
    model = trained([SwapEMAWeights(swap_on_epoch=True), seen, saves])
    averages = [average for _, average in by_hand(3)]
    np.testing.assert_allclose(seen.at_end, averages, rtol=1e-5)
    assert model.layers[0].kernel.data[0, 0] == pytest.approx(averages[-1], rel=1e-5)
    model.load_weights(str(tmp_path / "2.safetensors"))
    assert model.layers[0].kernel.data[0, 0] == pytest.approx(averages[1], rel=1e-5)


def test_a_training_that_stops_early_ends_with_the_averages():
    stop = EarlyStopping("loss", min_delta=100.0, patience=1)
    model = trained([SwapEMAWeights(swap_on_epoch=True), stop], epochs=9)
    epochs = len(model.history.epoch)
    assert epochs < 9
    expected = by_hand(epochs)[-1][1]
    assert model.layers[0].kernel.data[0, 0] == pytest.approx(expected, rel=1e-5)


def test_evaluate_and_predict_put_the_weights_back():
    model = trained([], epochs=2)
    model.optimizer.iterations.assign(2)
    model.layers[0].kernel.assign([[7.0]])
    outputs = model.predict(X, callbacks=[SwapEMAWeights()], verbose=0)
    average = by_hand(2)[-1][1]
    slope = (outputs[-1] - outputs[0])[0] / 2
    assert slope == pytest.approx(average, rel=1e-4)
    assert model.layers[0].kernel.data[0, 0] == 7
    model.evaluate(X, Y, callbacks=[SwapEMAWeights()], verbose=0)
    assert model.layers[0].kernel.data[0, 0] == 7


def test_an_optimizer_without_averages_is_refused():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"write Adam\(use_ema=True\)"):
        model.fit(X, Y, callbacks=[SwapEMAWeights()], verbose=0)
    with pytest.raises(TypeError, match="swap_on_epoch"):
        SwapEMAWeights(3)
