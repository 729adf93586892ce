"""Callbacks: the order of calls, what they are told, History."""

import numpy as np
import pytest

import nn
from nn.callbacks.history import sparkline

X = np.sin(np.arange(24.0)).reshape(8, 3)
Y = X.sum(axis=1)
HOOKS = [name for name in dir(nn.Callback) if name.startswith("on_")]


class Recorder(nn.Callback):
    def __init__(self):
        self.calls = []
        for hook in HOOKS:
            setattr(self, hook, lambda *args, hook=hook: self.calls.append((hook, *args)))

    @property
    def order(self):
        return [call[0].removeprefix("on_") for call in self.calls]


def model(**options):
    made = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    made.compile("sgd", "mse", **options)
    return made


def test_the_order_of_calls_in_fit():
    recorder = Recorder()
    model().fit(X, Y, batch_size=4, validation_split=0.25, callbacks=[recorder], verbose=0)
    assert recorder.order == [
        "train_begin",
        "epoch_begin",
        "train_batch_begin",
        "train_batch_end",
        "train_batch_begin",
        "train_batch_end",
        "test_begin",
        "test_batch_begin",
        "test_batch_end",
        "test_end",
        "epoch_end",
        "train_end",
    ]


def test_what_they_are_told():
    recorder = Recorder()
    history = model(metrics=["mae"]).fit(
        X, Y, batch_size=4, validation_split=0.25, callbacks=[recorder], verbose=0
    )
    calls = {call[0]: call[1:] for call in recorder.calls}
    epoch, logs = calls["on_epoch_end"]
    assert epoch == 0
    assert logs == {name: values[0] for name, values in history.history.items()}
    assert list(logs) == ["loss", "mae", "val_loss", "val_mae"]
    step, so_far = calls["on_train_batch_end"]
    assert step == 1
    assert so_far == {"loss": logs["loss"], "mae": logs["mae"]}
    assert calls["on_test_end"] == ({"loss": logs["val_loss"], "mae": logs["val_mae"]},)
    assert recorder.params == {"epochs": 1, "steps": 2, "verbose": 0}
    assert recorder.model.history is history


def test_in_evaluate_and_predict():
    recorder = Recorder()
    model().evaluate(X, Y, callbacks=[recorder], verbose=0)
    assert recorder.order == ["test_begin", "test_batch_begin", "test_batch_end", "test_end"]
    recorder = Recorder()
    outputs = model().predict(X, callbacks=[recorder])
    assert recorder.order == [
        "predict_begin",
        "predict_batch_begin",
        "predict_batch_end",
        "predict_end",
    ]
    np.testing.assert_array_equal(recorder.calls[2][2]["outputs"], outputs)


def test_a_subclass_writes_only_the_hooks_it_wants():
    class Halve(nn.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.optimizer.learning_rate *= 0.5

    made = model()
    made.fit(X, Y, epochs=3, callbacks=[Halve()], verbose=0)
    assert made.optimizer.learning_rate == pytest.approx(0.01 / 8)


@pytest.mark.parametrize("hook", ["on_epoch_end", "on_train_batch_end", "on_epoch_begin"])
def test_training_can_be_stopped(hook):
    class Stop(nn.Callback):
        pass

    setattr(Stop, hook, lambda self, number, logs=None: setattr(self.model, "stop_training", True))
    made = model()
    history = made.fit(X, Y, batch_size=2, epochs=5, callbacks=[Stop()], verbose=0)
    assert history.epoch == [0]
    made.fit(X, Y, epochs=2, verbose=0)
    assert made.history.epoch == [0, 1]


def test_what_a_callback_adds_to_the_logs_is_in_the_history():
    class Adds(nn.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["rate"] = 0.5

    assert model().fit(X, Y, epochs=2, callbacks=[Adds()], verbose=0).history["rate"] == [0.5, 0.5]


def test_history():
    history = model().fit(X, Y, epochs=5, initial_epoch=2, verbose=0)
    assert history.epoch == [2, 3, 4]
    assert len(history.history["loss"]) == 3
    assert all(type(value) is float for value in history.history["loss"])
    assert history.params["epochs"] == 5
    assert "3 epochs, last loss" in repr(history)
    assert repr(nn.History()) == "<History, empty>"


@pytest.mark.parametrize(("frequency", "count"), [(1, 6), (2, 3), (5, 1), (7, 0), ([1, 6], 2)])
def test_validation_frequency(frequency, count):
    history = (
        model()
        .fit(X, Y, epochs=6, validation_data=(X, Y), validation_freq=frequency, verbose=0)
        .history
    )
    assert len(history.get("val_loss", [])) == count
    assert len(history["loss"]) == 6


def test_the_epoch_s_loss_is_the_mean_over_samples_not_over_batches():
    made = model()
    made.optimizer.learning_rate = 0.0
    whole = made.evaluate(X, Y, verbose=0)
    history = made.fit(X, Y, batch_size=5, shuffle=False, verbose=0).history
    assert history["loss"][0] == pytest.approx(whole, rel=1e-6)


def test_an_exception_in_a_callback_ends_the_training_and_leaves_the_model_usable():
    class Trips(nn.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyError("tripped")

    made = model()
    with pytest.raises(KeyError, match="tripped"):
        made.fit(X, Y, callbacks=[Trips()], verbose=0)
    made.fit(X, Y, verbose=0)


# -- the ones that watch a value: driven by logs that a test makes up ------------------------------


class Stub:
    """What a callback sees of a model."""

    def __init__(self):
        self.stop_training = False
        self.optimizer = nn.SGD(1.0)
        self.weights = 0

    def get_weights(self):
        return self.weights

    def metrics_results(self):
        return {}

    def set_weights(self, weights):
        self.weights = weights


def drive(callback, values, name="val_loss"):
    """Epochs with these values, until the callback stops them; the stub model."""
    stub = Stub()
    callback.set_model(stub)
    callback.validates = True
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        stub.weights = epoch
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {} if value is None else {name: value})
        if stub.stop_training:
            break
    callback.on_train_end()
    return stub


@pytest.mark.parametrize(
    ("options", "values", "stopped", "best"),
    [
        ({}, [5, 4, 4, 3], 2, 1),
        ({"patience": 1}, [5, 4, 4, 3], 2, 1),
        ({"patience": 2}, [5, 4, 4, 3, 3, 3, 1], 5, 3),
        ({"patience": 2}, [5, 4, 3, 2], 0, 3),
        ({"patience": 1, "min_delta": 0.5}, [5, 4.6, 4.4, 4.2], 1, 0),
        ({"patience": 1, "min_delta": -0.5}, [5, 4.4, 4.0, 3.0], 2, 1),
        ({"patience": 2, "start_from_epoch": 3}, [1, 2, 3, 4, 3, 3, 3, 9], 6, 4),
        ({"patience": 2, "baseline": 2.0}, [5, 4, 3, 3, 1], 3, 2),
        ({"patience": 1}, [5, float("nan"), 4], 1, 0),
        ({"patience": 2}, [5, None, 6, None, 6, 1], 4, 0),
        ({"patience": 1, "mode": "max"}, [1, 2, 2, 3], 2, 1),
    ],
)
def test_early_stopping(options, values, stopped, best):
    # Stopped and best epoch are those of Keras 3.15.1's callback, driven by the same values.
    callback = nn.EarlyStopping(**options)
    drive(callback, values)
    assert (callback.stopped_epoch, callback.best_epoch) == (stopped, best)


def test_early_stopping_restores_the_best_weights_at_the_end():
    callback = nn.EarlyStopping(patience=2, restore_best_weights=True)
    assert drive(callback, [5, 3, 4, 4, 4]).weights == 1
    assert drive(callback, [5, 3, 4]).weights == 1  # it was not stopped, and begins anew
    assert drive(nn.EarlyStopping(patience=2), [5, 3, 4, 4]).weights == 3


def test_early_stopping_in_fit(capsys):
    stop = nn.EarlyStopping(patience=3, restore_best_weights=True, verbose=1)
    made = model()
    made.compile(nn.SGD(0.5), "mse")
    history = made.fit(X, Y, epochs=1000, validation_split=0.25, callbacks=[stop], verbose=0)
    losses = history.history["val_loss"]
    assert len(losses) < 1000
    assert made.evaluate(X[6:], Y[6:], verbose=0) == pytest.approx(min(losses), rel=1e-6)
    assert f"Epoch {stop.stopped_epoch + 1}: val_loss has not improved" in capsys.readouterr().out


@pytest.mark.parametrize("make", [nn.EarlyStopping, nn.callbacks.ReduceLROnPlateau])
def test_a_value_that_is_not_measured(make):
    with pytest.raises(ValueError, match="fit was given none: give it validation_data"):
        model().fit(X, Y, callbacks=[make()], verbose=0)
    with pytest.raises(ValueError, match="Did you mean 'loss'"):
        model().fit(X, Y, callbacks=[make("losss_loss")], verbose=0)
    with pytest.raises(ValueError, match="Did you mean 'val_loss'"):
        model().fit(X, Y, validation_split=0.25, callbacks=[make("val_los_loss")], verbose=0)
    with pytest.raises(ValueError, match=r"is 'dice' better when it is larger.*mode='max'"):
        make("dice")
    with pytest.raises(ValueError, match="mode is 'min', 'max' or 'auto'"):
        make(mode="up")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("val_accuracy", [0.5, 0.6, 0.6]),
        ("auc", [0.5, 0.6, 0.6]),
        ("digit_f1_score", [0.5, 0.6, 0.6]),
        ("val_loss", [0.6, 0.5, 0.5]),
        ("mae", [0.6, 0.5, 0.5]),
        ("val_mean_squared_error", [0.6, 0.5, 0.5]),
    ],
)
def test_what_is_better_by_the_name(name, values):
    callback = nn.EarlyStopping(name)
    drive(callback, values, name)
    assert callback.best_epoch == 1


@pytest.mark.parametrize(
    ("options", "values", "rates"),
    [
        ({"patience": 1}, [1, 1, 1], [1.0, 0.1, 0.01]),
        ({"patience": 2}, [1, 1, 1, 1, 1], [1.0, 1.0, 0.1, 0.1, 0.01]),
        ({"patience": 1, "factor": 0.5, "min_lr": 0.3}, [1, 1, 1, 1], [1.0, 0.5, 0.3, 0.3]),
        ({"patience": 1, "cooldown": 2}, [1, 1, 1, 1, 1], [1.0, 0.1, 0.1, 0.01, 0.01]),
        ({"patience": 1, "min_delta": 0.1}, [1, 0.95, 0.8, 0.8], [1.0, 0.1, 0.1, 0.01]),
        ({"patience": 1}, [3, 2, 1], [1.0, 1.0, 1.0]),
    ],
)
def test_reduce_lr_on_plateau(options, values, rates):
    seen = []

    class Watched(nn.callbacks.ReduceLROnPlateau):
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            seen.append(self.model.optimizer.learning_rate)

    drive(Watched(**options), values)
    # The rates are those of Keras 3.15.1's callback, driven by the same values.
    assert seen == pytest.approx(rates)


@pytest.mark.parametrize(
    "schedule", [lambda epoch: 0.5**epoch, lambda e, rate: rate / 2 if e else 1.0]
)
def test_learning_rate_scheduler(schedule, capsys):
    made = model()
    scheduler = nn.callbacks.LearningRateScheduler(schedule, verbose=1)
    history = made.fit(X, Y, epochs=3, callbacks=[scheduler], verbose=0)
    assert history.history["learning_rate"] == [1.0, 0.5, 0.25]
    assert "Epoch 3: the learning rate is 0.25" in capsys.readouterr().out


def test_a_schedule_returns_a_number():
    with pytest.raises(TypeError, match="a schedule is a function"):
        nn.callbacks.LearningRateScheduler(0.1)
    scheduler = nn.callbacks.LearningRateScheduler(lambda epoch: "fast")
    with pytest.raises(TypeError, match="learning_rate is a number"):
        model().fit(X, Y, callbacks=[scheduler], verbose=0)


def diverging():
    made = model()
    made.compile(nn.SGD(1e30), "mse")
    return made


def test_terminate_on_nan_ends_quietly(capsys):
    stop = nn.callbacks.TerminateOnNaN()
    history = diverging().fit(X, Y, epochs=50, callbacks=[stop], verbose=0)
    assert 0 < len(history.epoch) < 50
    assert "Training stopped in epoch" in capsys.readouterr().out
    stop = nn.callbacks.TerminateOnNaN(raise_error=True)
    with pytest.raises(nn.NonFiniteLossError):
        diverging().fit(X, Y, epochs=50, callbacks=[stop], verbose=0)


def test_a_loss_that_a_train_step_of_one_s_own_reports_is_looked_at_too():
    class Mine(nn.Sequential):
        def train_step(self, data):
            return {"loss": float("nan")}

    made = Mine([nn.Dense(1)])
    made.compile("sgd", "mse")
    with pytest.raises(nn.NonFiniteLossError, match="in epoch 1, batch 1: train_step reported"):
        made.fit(X, Y, verbose=0)


def test_csv_logger(tmp_path):
    path = tmp_path / "log.csv"
    made = model()
    first = made.fit(X, Y, epochs=2, callbacks=[nn.callbacks.CSVLogger(path)], verbose=0)
    lines = path.read_text().splitlines()
    assert lines[0] == "epoch,loss"
    assert [line.split(",")[0] for line in lines[1:]] == ["0", "1"]
    assert float(lines[2].split(",")[1]) == first.history["loss"][1]

    again = nn.callbacks.CSVLogger(path, append=True)
    made.fit(X, Y, epochs=3, initial_epoch=2, callbacks=[again], verbose=0)
    assert path.read_text().splitlines()[:3] == lines
    assert len(path.read_text().splitlines()) == 4


def test_csv_logger_has_a_column_for_a_validation_that_comes_later(tmp_path):
    path = tmp_path / "log.tsv"
    logger = nn.callbacks.CSVLogger(path, separator="\t")
    model().fit(
        X,
        Y,
        epochs=2,
        validation_data=(X, Y),
        validation_freq=2,
        callbacks=[logger],
        verbose=0,
    )
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    assert lines[0] == ["epoch", "loss", "val_loss"]
    assert lines[1][2] == "NA"
    assert float(lines[2][2]) > 0


def test_csv_logger_finds_a_wrong_path_before_training(tmp_path):
    logger = nn.callbacks.CSVLogger(tmp_path / "no" / "log.csv")
    with pytest.raises(FileNotFoundError):
        model().fit(X, Y, callbacks=[logger], verbose=0)


def test_lambda_callback():
    seen = []
    callback = nn.callbacks.LambdaCallback(
        on_train_begin=lambda logs=None: seen.append("begin"),
        on_epoch_end=lambda epoch, logs: seen.append((epoch, sorted(logs))),
        on_train_batch_end=lambda batch, logs: seen.append(batch),
    )
    model().fit(X, Y, batch_size=4, callbacks=[callback], verbose=0)
    assert seen == ["begin", 0, 1, (0, ["loss"])]
    with pytest.raises(TypeError, match="on_epoch_end is a function"):
        nn.callbacks.LambdaCallback(on_epoch_end=3)


# -- History, drawn --------------------------------------------------------------------------------


def test_a_history_prints_itself_as_sparklines():
    history = nn.History()
    assert str(history) == "no epochs yet"
    for epoch, loss in enumerate([0.75, 0.5, 0.25]):
        history.on_epoch_end(epoch, {"loss": loss, "val_loss": 2 * loss})
    assert str(history) == "loss      █▅▁  0.75 → 0.25\nval_loss  █▅▁  1.5 → 0.5"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0], "▁"),
        ([2.0, 2.0], "▁▁"),
        ([0.0, 7.0], "▁█"),
        ([0.0, float("nan"), 7.0], "▁?█"),
        ([float("nan")], "?"),
        ([float("inf"), 1.0], "?▁"),
    ],
)
def test_sparkline(values, expected):
    assert sparkline(values) == expected


def test_a_long_sparkline_is_shortened():
    assert len(sparkline([float(i) for i in range(1000)])) == 40


def test_a_history_plots_itself(tmp_path):
    history = model(metrics=["mae"]).fit(
        X, Y, epochs=4, validation_data=(X, Y), validation_freq=2, verbose=0
    )
    chart = history.plot(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000
    loss, mae = chart._panels
    assert (loss.title, mae.title) == ("loss", "mae")
    training, validation = loss.marks
    assert training.x == [1, 2, 3, 4]
    assert validation.x == [2, 4]
    assert validation.y == history.history["val_loss"]
    assert (training.label, validation.label) == ("training", "validation")
    assert str(history) in repr(chart)
    assert chart._repr_mimebundle_()["text/html"].startswith("<img alt=")
    with pytest.raises(ValueError, match="nothing to plot"):
        nn.History().plot()
