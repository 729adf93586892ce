"""Many steps in one call: bit for bit what one step after the other gives, and stops as they do.

A callback that asks for batches makes `fit` go step by step; without one it runs ahead.
"""

import re
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import nn
from autograd_lite.extend import native_is_installed
from nn.training import dispatch
from nn.training.compiled_steps import CompiledStep

RNG = np.random.default_rng(3)
X = RNG.standard_normal((75, 6)).astype(np.float32)
Y = RNG.integers(0, 4, 75)


class EachBatch(nn.Callback):
    """Asks for batches, so that steps are run one by one."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.last = batch

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.last = batch


def model_of(
    engine: str, optimizer: Any = "adam", layers: Any = (), metrics: Any = ("accuracy",)
) -> nn.Sequential:
    nn.utils.set_random_seed(5)  # before any layer is made: Dropout takes its seed then
    parts = [make() for make in layers]
    model = nn.Sequential([nn.Input((6,)), nn.Dense(8, "relu"), *parts, nn.Dense(4)])
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=list(metrics), jit_compile=engine == "native")
    return model


def state_of(model: Any) -> list[bytes]:
    variables = [*model.variables, *model.optimizer.variables]
    variables += [v for metric in model.metrics for v in metric.variables]
    return [v.numpy().tobytes() for v in variables]


@pytest.fixture
def stretches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of steps that are run ahead."""
    counts: list[int] = []
    over = CompiledStep.over

    def counted(self: Any, batches: Any, errors: Any) -> Any:
        counts.append(batches.count)
        return over(self, batches, errors)

    monkeypatch.setattr(CompiledStep, "over", counted)
    return counts


def trained(make: Any, callbacks: Any = (), **how: Any) -> Any:
    model = make()
    how = {"x": X, "y": Y, "epochs": 8, "batch_size": 4, "verbose": 0} | how
    return model, model.fit(callbacks=list(callbacks), **how).history


def require_same(make: Any, stretches: list[int], callbacks: Any = list, **how: Any) -> Any:
    """Train one model step by step, one ahead, and require the same; return the second."""
    plain, expected = trained(make, [EachBatch(), *callbacks()], **how)
    assert not stretches
    model, history = trained(make, callbacks(), **how)
    assert stretches
    assert history == expected
    assert state_of(model) == state_of(plain)
    return model


OPTIMIZERS: list[Any] = [
    lambda: nn.SGD(0.05, momentum=0.9, nesterov=True),
    lambda: nn.RMSprop(0.01, centered=True),
    lambda: nn.Adam(0.01, amsgrad=True, clipnorm=0.5),
    lambda: nn.AdamW(0.01, weight_decay=0.1, global_clipnorm=0.3),
    lambda: nn.optimizers.Nadam(0.01, clipvalue=0.05),
    lambda: nn.optimizers.Adamax(nn.schedules.ExponentialDecay(0.1, 5, 0.5)),
    lambda: nn.optimizers.Adagrad(nn.schedules.PiecewiseConstantDecay([4, 9], [0.1, 0.05, 0.01])),
    lambda: nn.optimizers.Adadelta(1.0),
    lambda: nn.optimizers.Lion(0.001),
    lambda: nn.Adam(0.01, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=4),
    lambda: nn.optimizers.Nadam(0.01, gradient_accumulation_steps=3, use_ema=True),
    lambda: nn.optimizers.Muon(nn.schedules.ExponentialDecay(0.1, 5, 0.5)),
    lambda: nn.optimizers.Muon(0.1, exclude_layers=["dense_1"], gradient_accumulation_steps=3),
]


@pytest.mark.parametrize("make", OPTIMIZERS, ids=range(len(OPTIMIZERS)))
def test_every_optimizer(make: Any, stretches: list[int]) -> None:
    require_same(lambda: model_of("numpy", make()), stretches)


def test_weights_a_smaller_last_batch_and_a_validation(stretches: list[int]) -> None:
    model = require_same(
        lambda: model_of(
            "numpy",
            nn.SGD(0.1, momentum=0.9),
            metrics=["accuracy", nn.metrics.SparseTopKCategoricalAccuracy(2)],
        ),
        stretches,
        sample_weight=np.linspace(0.5, 2.0, len(X)).astype(np.float32),
        class_weight={0: 2.0, 1: 1.0, 2: 0.5, 3: 1.0},
        validation_split=0.21,
    )
    assert model.optimizer.iterations.item() == 8 * 15


@pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")
def test_native_code(stretches: list[int]) -> None:
    def make() -> nn.Sequential:
        return model_of("native", nn.Adam(nn.schedules.ExponentialDecay(0.1, 5, 0.5), clipnorm=0.5))

    how = {"x": X[:40], "y": Y[:40], "batch_size": 8, "epochs": 3}
    model = require_same(make, stretches, **how)
    assert model.history.engine == "native"
    model.fit(X[:40], Y[:40], batch_size=8, verbose=0, shuffle=False)  # again, another order
    plain = model_of("numpy")
    plain.set_weights(model.get_weights())
    found, expected = (m.evaluate(X[:40], Y[:40], 8, verbose=0) for m in (model, plain))
    np.testing.assert_allclose(found, expected, rtol=1e-6)

    def error_of(callbacks: Any) -> str:
        rows = X[:40].copy()
        rows[33] = 3e38
        fresh = make()
        fresh.set_weights([100 * w for w in fresh.get_weights()])
        with pytest.raises(nn.NonFiniteLossError) as caught:
            fresh.fit(rows, Y[:40], batch_size=8, verbose=0, shuffle=False, callbacks=callbacks)
        assert fresh.optimizer.iterations.item() == 4
        return f"{caught.value} {state_of(fresh)}"

    assert error_of([EachBatch()]) == error_of([])


def test_random_draws_keep_their_order(stretches: list[int]) -> None:
    layers = [lambda: nn.Dropout(0.3), nn.BatchNormalization]
    require_same(lambda: model_of("numpy", layers=layers), stretches)


def noisy_model(engine: str) -> nn.Sequential:
    layers = [lambda: nn.Dropout(0.3), lambda: nn.layers.GaussianNoise(0.1)]
    layers += [lambda: nn.layers.AlphaDropout(0.2)]
    return model_of(engine, "sgd", layers, ())


def draws_of(model: nn.Sequential) -> list[Any]:
    return [layer._generator.state.tolist() for layer in model.layers[1:4]]


@pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")
def test_random_draws_in_native_code(stretches: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd_lite.compiler.engines.native.circuit import Circuit

    natively: list[int] = []
    over = Circuit.over

    def counted(self: Any, *given: Any) -> int:
        natively.append(over(self, *given))
        return natively[-1]

    monkeypatch.setattr(Circuit, "over", counted)
    model = require_same(lambda: noisy_model("native"), stretches)
    assert sum(natively) > 100
    eager = noisy_model("numpy")
    eager.fit(X, Y, epochs=8, batch_size=4, verbose=0)
    assert draws_of(eager) == draws_of(model)


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_a_step_that_is_refused_has_drawn_nothing(
    engine: str, stretches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "STEPS_WORTH_TRACING", 0)
    if engine == "native" and not native_is_installed():
        pytest.skip("llvmlite is not installed")
    rows = X[:40].copy()
    rows[33] = 3e38

    def after(callbacks: Any) -> Any:
        model = noisy_model(engine)
        model.set_weights([100 * w for w in model.get_weights()])
        with pytest.raises(nn.NonFiniteLossError):
            model.fit(rows, Y[:40], batch_size=2, verbose=0, shuffle=False, callbacks=callbacks)
        assert model.optimizer.iterations.item() == 16
        return state_of(model), draws_of(model)

    plain = after([EachBatch()])
    assert not stretches
    assert after([]) == plain
    assert stretches


def test_epochs_that_go_on_in_the_data(stretches: list[int]) -> None:
    require_same(lambda: model_of("numpy"), stretches, steps_per_epoch=11, epochs=11)


def test_a_callback_at_epochs_changes_the_rate_and_stops(stretches: list[int]) -> None:
    def callbacks() -> list[Any]:
        reduce = nn.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9)
        return [reduce, nn.callbacks.EarlyStopping("loss", min_delta=100.0, patience=5)]

    model = require_same(lambda: model_of("numpy"), stretches, callbacks)
    assert len(model.history.epoch) == 6


def test_a_model_in_each_of_two_threads(stretches: list[int]) -> None:
    alone = [fitted(seeded(seed)) for seed in (1, 2)]
    assert stretches
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(fitted, [seeded(1), seeded(2)]))
    assert both == alone


def seeded(seed: int) -> nn.Sequential:
    model = model_of("numpy")
    nn.utils.set_random_seed(seed)
    model._shuffle_generator()
    return model


def fitted(model: nn.Sequential) -> list[bytes]:
    model.fit(X, Y, batch_size=4, epochs=8, verbose=0)
    return state_of(model)


@dataclass(frozen=True)
class CtrlC(nn.schedules.LearningRateSchedule):
    """Presses Ctrl-C when the rate of a step is asked for."""

    at: int

    def __call__(self, step: int) -> float:
        if step == self.at:
            signal.raise_signal(signal.SIGINT)
        return 0.1


def test_ctrl_c_leaves_whole_steps(stretches: list[int]) -> None:
    model = model_of("numpy", nn.SGD(CtrlC(100)))
    with pytest.raises(KeyboardInterrupt) as caught:
        model.fit(X, Y, batch_size=4, epochs=8, verbose=0)
    assert stretches
    epoch, step = map(int, re.findall(r"epoch (\d+), after step (\d+)", str(caught.value))[0])
    done = model.optimizer.iterations.item()
    assert (epoch - 1) * 19 + step == done < 8 * 19

    class Stop(nn.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = self.model.optimizer.iterations.item() == done

    plain = model_of("numpy", nn.SGD(0.1))
    plain.fit(X, Y, batch_size=4, epochs=8, verbose=0, callbacks=[Stop()])
    assert [w.tobytes() for w in plain.get_weights()] == [w.tobytes() for w in model.get_weights()]


def test_a_loss_that_is_not_finite_ends_training_where_it_does_step_by_step(
    stretches: list[int],
) -> None:
    rows = X.copy()
    rows[62] = 3e38

    def message(callbacks: list[Any]) -> str:
        model = model_of("numpy")
        with pytest.raises(nn.NonFiniteLossError) as caught:
            model.fit(
                rows, Y, batch_size=4, epochs=8, verbose=0, shuffle=False, callbacks=callbacks
            )
        return f"{caught.value} {state_of(model)}"

    expected = message([EachBatch()])
    assert not stretches
    assert message([]) == expected
    assert "epoch 1, batch 16" in expected
    quiet = model_of("numpy")
    ends = nn.callbacks.TerminateOnNaN()
    quiet.fit(rows, Y, batch_size=4, epochs=8, verbose=0, shuffle=False, callbacks=[ends])
    assert quiet.optimizer.iterations.item() == 15


def test_evaluate_and_predict(stretches: list[int]) -> None:
    model = model_of("numpy")
    rows, labels = np.tile(X, (8, 1)), np.tile(Y, 8)
    asks = nn.callbacks.LambdaCallback(
        on_test_batch_end=lambda batch, logs: None, on_predict_batch_end=lambda batch, logs: None
    )
    expected = model.evaluate(rows, labels, 4, verbose=0, callbacks=[asks])
    outputs = model.predict(rows, 4, callbacks=[asks])
    assert not stretches
    assert model.evaluate(rows, labels, 4, verbose=0) == expected
    assert model.predict(rows, 4).tobytes() == outputs.tobytes()
    assert sum(stretches) > 250


@pytest.mark.parametrize("what", ["rate", "metric", "step"])
def test_what_python_has_to_do_between_steps(what: str, stretches: list[int]) -> None:
    class Own(nn.Sequential):
        def train_step(self, data: Any) -> Any:
            return super().train_step(data)

    model = model_of("numpy", nn.SGD((lambda step: 0.1) if what == "rate" else 0.1))
    if what == "step":
        model = Own([nn.Input((6,)), nn.Dense(4)])
    metrics = [lambda y, p: np.mean(p, axis=-1)] if what == "metric" else None
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(model.optimizer or "sgd", loss, metrics=metrics, jit_compile=False)
    model.fit(X, Y, batch_size=4, epochs=8, verbose=0)
    assert model.history.engine == "numpy"
    assert not stretches


def test_counts_at_a_threshold_are_part_of_the_step(stretches: list[int]) -> None:
    def make(eager: bool = False) -> nn.Sequential:
        nn.utils.set_random_seed(5)
        model = nn.Sequential([nn.Input((6,)), nn.Dense(1, "sigmoid")])
        counts = [nn.metrics.Precision(0.4), nn.metrics.Recall(), nn.metrics.FalseNegatives()]
        counts += [nn.metrics.TrueNegatives(0.7)]
        model.compile("sgd", "bce", metrics=counts, run_eagerly=eager, jit_compile=False)
        return model

    labels = (Y[:, None] > 1).astype(np.float32)
    model = require_same(make, stretches, y=labels)
    _, plainly = trained(lambda: make(eager=True), y=labels)
    for name in ("precision", "recall", "false_negatives", "true_negatives"):
        assert plainly[name] == model.history.history[name]


@pytest.mark.parametrize("asks", [True, False])
def test_a_pass_that_is_stopped_when_it_begins_ends_after_its_first_step(asks: bool) -> None:
    model = model_of("numpy")
    each = [EachBatch()] if asks else []
    if asks:
        each += [nn.callbacks.LambdaCallback(on_predict_batch_end=lambda batch, logs: None)]

    def stops(hook: str, name: str, at: int | None = None) -> list[Any]:
        def stop(*given: Any) -> None:
            setattr(model, name, at is None or given[0] == at)

        return [nn.callbacks.LambdaCallback(**{hook: stop}), *each]

    how = {"batch_size": 4, "verbose": 0}
    model.fit(X, Y, epochs=8, callbacks=stops("on_epoch_begin", "stop_training", 6), **how)
    assert model.optimizer.iterations.item() == 6 * 19 + 1
    first, _ = model.evaluate(X[:4], Y[:4], **how)
    rows, labels = np.tile(X, (8, 1)), np.tile(Y, 8)
    model.evaluate(rows, labels, **how)
    model.predict(rows, **how)
    found, _ = model.evaluate(
        rows, labels, callbacks=stops("on_test_begin", "stop_evaluating"), **how
    )
    assert found == pytest.approx(first, rel=1e-6)
    outputs = model.predict(rows, callbacks=stops("on_predict_begin", "stop_predicting"), **how)
    assert outputs.shape == (4, 4)


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize("asks", [True, False])
def test_a_schedule_that_reads_what_a_callback_changes(eager: bool, asks: bool) -> None:
    rates = [0.5]

    class Read(nn.schedules.LearningRateSchedule):
        def __call__(self, step: int) -> float:
            return rates[0]

    model = nn.Sequential([nn.Input((1,)), nn.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(nn.SGD(Read()), "mse", run_eagerly=eager, jit_compile=False)
    weights = []

    def end(epoch: int, logs: Any) -> None:
        weights.append(model.get_weights()[0].item())
        rates[0] = 0.0 if epoch < 7 else 0.125

    ends = [nn.callbacks.LambdaCallback(on_epoch_end=end), *([EachBatch()] if asks else [])]
    x = np.ones((15, 1), np.float32)
    model.fit(x, x, batch_size=1, epochs=9, verbose=0, callbacks=ends)
    # One step of rate 1/2 goes from 0 to 1, where the gradient 2 (w - 1) is 0.
    assert weights == [1.0] * 9
    model.set_weights([np.zeros((1, 1))])
    model.train_on_batch(x, x)
    rates[0] = 0.0
    model.train_on_batch(x, x)
    assert model.get_weights()[0].item() == 0.25


@pytest.mark.parametrize("batch_size", [1, 75])
def test_dicts_in_another_order_are_the_same_inputs(batch_size: int) -> None:
    a, b = nn.Input((3,), name="a"), nn.Input((3,), name="b")
    one = {"use_bias": False, "kernel_initializer": "ones"}
    model = nn.Model({"a": a, "b": b}, nn.Dense(1, **one)(a) + 2 * nn.Dense(1, **one)(b))
    model.compile(nn.SGD(0.0), "mse", jit_compile=False)
    left, right = X[:, :3].copy(), X[:, 3:].copy()
    expected = left.sum(1, keepdims=True) + 2 * right.sum(1, keepdims=True)
    how = {"batch_size": batch_size, "verbose": 0}
    for given in 2 * [{"a": left, "b": right}, {"b": right, "a": left}]:
        for _ in range(3):
            np.testing.assert_allclose(model.predict(given, **how), expected, atol=1e-5)
            assert model.evaluate(given, expected, **how) < 1e-10
            assert model.train_on_batch(given, expected) < 1e-10
        history = model.fit(given, expected, epochs=150 if batch_size > 1 else 2, **how).history
        assert max(history["loss"]) < 1e-10
