"""fit, evaluate and predict by compiled steps: the same as in plain Python, whatever is changed on
the way; what cannot be compiled runs as plain Python.
"""

from __future__ import annotations

import copy
import gc
import pickle
import warnings
import weakref

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite import extend
from nn.training import compiled_steps, dispatch

RNG = np.random.default_rng(8)
X = RNG.normal(size=(50, 4)).astype(np.float32)
Y = (X @ RNG.normal(size=(4, 2))).astype(np.float32)
LABELS = (Y[:, 0] > 0).astype(int) + (Y[:, 1] > 0)
WEIGHTS = RNG.uniform(0.5, 2, size=50).astype(np.float32)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Whatever is trained here is worth compiling; but not to native code, which takes seconds."""
    monkeypatch.setattr(dispatch, "STEPS_WORTH_TRACING", 0)
    monkeypatch.setattr(extend, "native_is_installed", lambda: False)


def regression(**options):
    nn.set_random_seed(9)
    model = nn.Sequential(
        [
            nn.Input((4,)),
            nn.Dense(6, "tanh"),
            nn.Dropout(0.2),
            nn.BatchNormalization(),
            nn.Dense(2),
        ]
    )
    model.compile(nn.Adam(0.02), loss="mse", metrics=["mae"], **options)
    return model


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_a_step_that_is_refused_leaves_averages_and_metrics_beside_a_constraint(engine):
    pytest.importorskip("llvmlite")
    norm = nn.BatchNormalization()
    kernel = nn.Dense(2, kernel_constraint=nn.constraints.NonNeg())
    model = nn.Sequential([nn.Input((4,)), kernel, norm, nn.Dense(2)])
    model.compile("sgd", loss="mse", metrics=["mae"])
    program = model.train_program(X[:8], Y[:8], engine=engine)
    program(X[:8], Y[:8])
    kernel.kernel.assign(-np.ones((4, 2)))
    watched = [*model.variables, *model.metrics[-1].variables]
    before = [v.numpy().copy() for v in watched]
    assert np.isnan(program(X[:8] * np.nan, Y[:8]))
    for v, value in zip(watched, before, strict=True):
        np.testing.assert_array_equal(v.numpy(), value, err_msg=v.name)


def classifier(**options):
    nn.set_random_seed(9)
    model = nn.Sequential([nn.Input((4,)), nn.Dense(6, "tanh"), nn.Dense(3)])
    loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(nn.Adam(0.02), loss=loss, metrics=["accuracy"], **options)
    return model


def both(make, train):
    """The eager and the compiled model after a training, with what it returned."""
    results = []
    for run_eagerly in (True, False):
        model = make(run_eagerly=run_eagerly)
        results.append((model, train(model)))
    return results


def fitted(model, *args, **options):
    return model.fit(*args, **({"epochs": 3, "batch_size": 16, "verbose": 0} | options))


def same_fits(same, make, train, engine="numpy"):
    (eager, slow), (compiled, fast) = both(make, train)
    assert (slow.engine, fast.engine) == ("eager", engine)
    assert list(slow.history) == list(fast.history)
    for name, values in slow.history.items():
        np.testing.assert_allclose(fast.history[name], values, rtol=1e-12, err_msg=name)
    same.states(eager, compiled)
    return eager, compiled


# -- fit and its arguments -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_size": 7},
        {"batch_size": 50, "shuffle": False},
        {"validation_split": 0.3},
        {"validation_data": (X[:9], Y[:9], WEIGHTS[:9])},
        {"sample_weight": WEIGHTS},
        {"steps_per_epoch": 5},
    ],
    ids=lambda options: ", ".join(options) or "plain",
)
def test_fit_with_a_last_smaller_batch(same, options):
    same_fits(same, regression, lambda model: fitted(model, X, Y, **options))


def test_class_weight(same):
    weight = {0: 0.5, 1: 2.0}
    same_fits(same, classifier, lambda m: fitted(m, X, LABELS, class_weight=weight))


def test_a_generator_of_batches(same):
    def generator():
        while True:
            for start in range(0, 48, 12):
                yield X[start : start + 12].astype(float), Y[start : start + 12]

    same_fits(same, regression, lambda model: fitted(
        model, generator(), None, batch_size=None, steps_per_epoch=4
    ))  # fmt: skip


def test_arrays_in_any_layout_and_dtype(same):
    def train(model):
        wide = np.zeros((100, 8), np.float32)
        wide[::2, ::2] = X
        first = fitted(model, wide[::2, ::2], np.asfortranarray(Y))
        fitted(model, X.astype(np.float64), Y.astype(np.float16))
        fitted(model, X.tolist(), Y.tolist(), shuffle=False)
        fitted(model, np.round(X).astype(int), np.round(Y).astype(np.int8))
        frozen = X.copy()
        frozen.flags.writeable = False
        fitted(model, frozen, Y)
        return first

    same_fits(same, regression, train)


def test_evaluate_and_predict():
    (eager, slow), (compiled, fast) = both(
        regression,
        lambda m: (
            m.evaluate(X, Y, batch_size=16, verbose=0),
            m.evaluate(X, Y, sample_weight=WEIGHTS, verbose=0),
            m.predict(X, batch_size=16),
            m.predict(X[:1]),
            m.predict_on_batch(X[:5]),
        ),
    )
    np.testing.assert_allclose(fast[0], slow[0], rtol=1e-12)
    np.testing.assert_allclose(fast[1], slow[1], rtol=1e-12)
    for a, b in zip(slow[2:], fast[2:], strict=True):
        assert a.tobytes() == b.tobytes()
    assert compiled._step_runners["predict_step", "numpy"]._programs
    assert not eager._step_runners["predict_step", "eager"]._programs


def test_predictions_are_arrays_of_their_own():
    model = regression()
    first = model.predict(X[:3])
    kept = first.copy()
    model.predict(X[3:6])
    assert first.tobytes() == kept.tobytes()
    identity = nn.Sequential([nn.Input((4,)), nn.Activation("linear")])
    x = X[:2].copy()
    found = identity.predict(x)
    found[...] = 0
    assert x.tobytes() == X[:2].tobytes()


# -- models of one's own ---------------------------------------------------------------------------


class TwoHeads(nn.Model):
    """Two inputs, two outputs, a shared layer, a loop."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5, 3)
        self.shared = nn.Dense(4, "tanh")
        self.blocks = [nn.Dense(4, "relu") for _ in range(3)]
        self.heads = {"value": nn.Dense(2), "kind": nn.Dense(3)}

    def call(self, inputs):
        x = np.concatenate([self.embedding(inputs["id"]), inputs["x"]], axis=-1)
        h = self.shared(x[:, :4]) + self.shared(x[:, 3:])
        for block in self.blocks:
            h = h + block(h)
        return {name: head(h) for name, head in self.heads.items()}


def two_heads(**options):
    nn.set_random_seed(9)
    model = TwoHeads()
    model.compile(
        "adam",
        loss={
            "value": "mse",
            "kind": nn.losses.SparseCategoricalCrossentropy(from_logits=True),
        },
        loss_weights={"value": 0.5},
        metrics={"value": ["mae"], "kind": ["accuracy"]},
        **options,
    )
    return model


INPUTS = {"id": np.arange(50) % 5, "x": X}
TARGETS = {"value": Y, "kind": LABELS}


def test_several_inputs_and_outputs(same):
    weight = {"value": WEIGHTS, "kind": WEIGHTS[::-1].copy()}
    _, compiled = same_fits(
        same, two_heads, lambda m: fitted(m, INPUTS, TARGETS, sample_weight=weight)
    )
    found = compiled.predict(INPUTS)
    assert {name: y.shape for name, y in found.items()} == {"value": (50, 2), "kind": (50, 3)}


class Looping(nn.Model):
    """A recurrence, with a layer of one's own, and a penalty."""

    def __init__(self):
        super().__init__()
        self.scale = Scale()
        self.cell = nn.Dense(4, "tanh")
        self.out = nn.Dense(2)

    def call(self, x, training=False):
        state = np.zeros_like(x)
        for i in range(3):
            state = self.cell(np.concatenate([state, self.scale(x) * (i + 1)], axis=-1))
        self.add_loss(0.01 * np.mean(state**2))
        return self.out(state) if training else self.out(state) * 1.0


class Scale(nn.Layer):
    """A layer of one's own."""

    def __init__(self, factor=2.0):
        super().__init__()
        self.factor = factor

    def build(self, input_shape):
        self.gain = self.add_weight((input_shape[-1],), "ones", name="gain")

    def call(self, x):
        return x * self.gain * self.factor


def looping(**options):
    nn.set_random_seed(9)
    model = Looping()
    model.compile("sgd", loss="mse", metrics=["mae"], **options)
    return model


def test_a_model_with_a_loop(same):
    same_fits(same, looping, lambda m: fitted(m, X, Y))


class Doubled(nn.Sequential):
    """Minimizes a loss of its own."""

    def train_step(self, data):
        x, y = data
        loss = self.compute_loss(x, y, self(x, training=True)) * 2.0
        self.minimize(loss)
        return {"loss": loss}


class ByHand(nn.Sequential):
    """Walks back by itself, and hands the gradients to the optimizer."""

    def train_step(self, data):
        x, y = data
        for w in self.trainable_variables:
            w.zero_grad()
        loss = np.mean((self(x, training=True) - y) ** 2)
        loss.backward()
        weights = self.trainable_variables
        self.optimizer.apply([np.clip(w.grad, -0.1, 0.1) for w in weights], weights)
        return {"loss": loss}


class WithPenalty(nn.Sequential):
    """The loss is steep where its gradient by the inputs is: a second derivative."""

    def train_step(self, data):
        x, y = data
        x = ag.Tensor(np.zeros(x.shape), requires_grad=True, dtype=np.float32) + x
        y_pred = self(x, training=True)
        error = np.mean((y_pred - y) ** 2)
        (slope,) = ag.gradients(error, [x])
        loss = error + np.sum(slope**2)
        self.minimize(loss)
        self.compute_metrics(x, y, y_pred)
        return {"loss": loss, "error": error}


class LooksAgain(nn.Sequential):
    """Reads the weights once more, when they have been updated."""

    def train_step(self, data):
        x, y = data
        self.minimize(self.compute_loss(x, y, self(x, training=True)))
        return {"loss": self.compute_loss(x, y, self(x, training=True))}


def test_weights_read_after_their_update_are_the_new_ones():
    def trained(**options):
        nn.set_random_seed(9)
        model = LooksAgain([nn.Input((4,)), nn.Dense(2)])
        model.compile("sgd", loss="mse", **options)
        return fitted(model, X, Y).history["loss"]

    with pytest.warns(UserWarning, match="reads Variable 'dense/kernel' after an optimizer"):
        found = trained()
    assert found == trained(run_eagerly=True)


@pytest.mark.parametrize("kind", [Doubled, ByHand, WithPenalty])
def test_a_train_step_of_ones_own_is_compiled(same, kind):
    def make(**options):
        nn.set_random_seed(9)
        model = kind([nn.Input((4,)), nn.Dense(3, "tanh"), nn.Dense(2)])
        model.compile(nn.Adam(0.01), loss="mse", **options)
        return model

    same_fits(same, make, lambda m: fitted(m, X, Y), engine="numpy")


def test_what_backward_leaves_is_left_by_a_program():
    """As in plain Python, ``.grad`` holds the gradient of the latest step."""

    def gradients(**options):
        nn.set_random_seed(9)
        model = ByHand([nn.Input((4,)), nn.Dense(2)])
        model.compile("sgd", loss="mse", **options)
        fitted(model, X, Y)
        return [w.grad for w in model.trainable_variables]

    for a, b in zip(gradients(run_eagerly=True), gradients(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_names_are_no_code(same):
    name = 'a"""\nraise SystemExit("no")\n#\u2028\\'

    def make(**options):
        nn.set_random_seed(9)
        model = nn.Sequential([nn.Input((4,)), nn.Dense(2, name=name)], name=name)
        model.compile("sgd", loss="mse", **options)
        return model

    same_fits(same, make, lambda m: fitted(m, X, Y))


# -- what cannot be compiled -----------------------------------------------------------------------


class Branching(nn.Model):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Dense(2), nn.Dense(2)

    def call(self, x):
        if np.mean(x) > 0:
            return self.a(x) + self.b(x)
        return self.a(x) * 0.5 + self.b(x)


class Leaking(Branching):
    def call(self, x):
        return self.a(x) * float(x.data.max()) + self.b(x)


class Counting(Branching):
    """What changes from call to call, outside of the record."""

    count = 0

    def call(self, x):
        Counting.count += 1
        return self.a(x) / (1 + Counting.count % 3) + self.b(x)


@pytest.mark.parametrize("kind", [Branching, Leaking])
def test_what_cannot_be_compiled_runs_as_plain_python_with_one_warning(same, kind):
    def make(**options):
        nn.set_random_seed(9)
        model = kind()
        model.compile("sgd", loss="mse", **options)
        return model

    eager = make(run_eagerly=True)
    slow = fitted(eager, X, Y, validation_split=0.2)
    compiled = make()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fast = fitted(compiled, X, Y, validation_split=0.2)
    same.states(eager, compiled)
    assert fast.engine == "eager"
    assert slow.history == fast.history
    messages = [str(w.message) for w in caught]
    assert len(messages) == 1, messages
    assert "runs as plain Python instead" in messages[0]
    assert "test_compiled_training.py:" in messages[0]
    if kind is Branching:
        assert "if np.mean(x) > 0" in messages[0]


def test_a_counter_outside_of_the_record_is_noticed():
    model = Counting()
    model.compile("sgd", loss="mse")
    with pytest.warns(UserWarning, match="runs as plain Python instead"):
        fitted(model, X, Y, epochs=1)


def test_train_program_says_what_cannot_be_compiled():
    model = Branching()
    model.compile("sgd", loss="mse")
    with pytest.raises(ag.TracingError, match=r"if np.mean\(x\) > 0"):
        model.train_program(X, Y)


# -- what is changed on the way --------------------------------------------------------------------


def freeze(model):
    model.layers[0].trainable = False


def thaw(model):
    model.layers[0].trainable = True


def freeze_one_variable(model):
    model.layers[0].bias.trainable = False


def other_rate(model):
    model.optimizer.learning_rate = 0.003


def other_beta(model):
    model.optimizer.beta_1 = 0.5


def other_optimizer(model):
    model.optimizer = nn.SGD(0.05, momentum=0.5)


def other_dropout(model):
    model.layers[1].rate = 0.6


def other_momentum(model):
    model.layers[2].momentum = 0.5


def other_weights(model):
    model.set_weights([w * 0.5 for w in model.get_weights()])


def other_array(model):
    model.layers[0].kernel.data = model.layers[0].kernel.data * np.float32(0.5)


def other_regularizer(model):
    model.layers[-1].activity_regularizer = nn.regularizers.L2(0.5)
    model.layers[-1]._penalize = model.layers[-1].activity_regularizer


def other_generator(model):
    model.layers[1]._generator = np.random.default_rng(5)


def drawn_from(model):
    model.layers[1]._generator.random(3)


CHANGES = [
    freeze,
    freeze_one_variable,
    other_rate,
    other_beta,
    other_optimizer,
    other_dropout,
    other_momentum,
    other_weights,
    other_array,
    other_regularizer,
    other_generator,
    drawn_from,
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.filterwarnings("ignore:no gradient for")
def test_nothing_is_stale(same, change):
    def train(model):
        for _ in range(3):
            model.train_on_batch(X[:16], Y[:16])
        change(model)
        results = [model.train_on_batch(X[:16], Y[:16]) for _ in range(3)]
        if change is freeze:
            thaw(model)
            results.append(model.train_on_batch(X[:16], Y[:16]))
        return [*results, model.evaluate(X, Y, verbose=0)]

    (eager, slow), (compiled, fast) = both(regression, train)
    same.states(eager, compiled)
    np.testing.assert_allclose(fast, slow, rtol=1e-12)


def test_a_loss_and_a_metric_are_read_anew(same):
    def make(**options):
        nn.set_random_seed(9)
        model = nn.Sequential([nn.Input((4,)), nn.Dense(2)])
        model.compile(
            "sgd", loss=nn.losses.Huber(1.0), metrics=[nn.metrics.BinaryAccuracy()], **options
        )
        return model

    def train(model):
        ones = (Y > 0).astype(np.float32)
        first = model.train_on_batch(X, ones)
        model.loss.delta = 0.1
        model.metrics[0].threshold = -0.5
        return [first, model.train_on_batch(X, ones), model.train_on_batch(X, ones)]

    (eager, slow), (compiled, fast) = both(make, train)
    same.states(eager, compiled)
    np.testing.assert_allclose(fast, slow, rtol=1e-12)


FACTOR = 1.0


def test_globals_and_closures_of_ones_own_functions_are_read_anew(same):
    global FACTOR
    shift = 0.0

    def make(**options):
        nn.set_random_seed(9)
        model = nn.Sequential(
            [nn.Input((4,)), nn.layers.Lambda(lambda x: x * FACTOR + shift), nn.Dense(2)]
        )
        model.compile("sgd", loss=lambda y, p: np.mean((y - p) ** 2 * FACTOR, axis=-1), **options)
        return model

    results = []
    try:
        for run_eagerly in (True, False):
            FACTOR, shift = 1.0, 0.0
            model = make(run_eagerly=run_eagerly)
            model.train_on_batch(X, Y)
            FACTOR = 2.0
            model.train_on_batch(X, Y)
            shift = 1.0
            model.train_on_batch(X, Y)
            results.append(model)
    finally:
        FACTOR = 1.0
    same.states(*results)


def test_attributes_of_ones_own_layers_are_read_anew(same):
    def train(model):
        model.train_on_batch(X, Y)
        model.scale.factor = 0.5
        model.train_on_batch(X, Y)
        model.scale.call = lambda x: x * model.scale.gain * 3.0
        model.train_on_batch(X, Y)

    (eager, _), (compiled, _) = both(looping, train)
    same.states(eager, compiled)


def test_a_program_in_ones_hand_refuses_to_be_stale():
    model = regression()
    program = model.train_program(X, Y, engine="numpy")
    program(X, Y)
    model.optimizer.learning_rate = 0.5  # is read at each step
    program(X, Y)
    model.layers[1].rate = 0.5
    with pytest.raises(RuntimeError, match="was changed since this program was made"):
        program(X, Y)
    model.layers[1].rate = 0.2
    program(X, Y)
    model.layers[0].trainable = False
    with pytest.raises(RuntimeError, match="was changed since"):
        program(X, Y)
    with pytest.raises(ValueError, match=r"this program is for arrays of .*\(50, 4\)"):
        model.train_program(X, Y, engine="numpy")(X[:3], Y[:3])


@pytest.mark.parametrize("metrics", [None, ["mae"]])
@pytest.mark.parametrize("weighted", [None, ["mse"]])
def test_a_program_in_ones_hand_stays_valid_whatever_the_model_is_used_for(metrics, weighted):
    model = regression()
    model.compile(nn.Adam(0.02), loss="mse", metrics=metrics, weighted_metrics=weighted)
    program = model.train_program(X, Y, engine="numpy")
    program(X, Y)
    model.fit(X, Y, batch_size=20, epochs=2, validation_split=0.2, verbose=0)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    twin = copy.deepcopy(model)
    assert program(X, Y) == pytest.approx(twin.train_on_batch(X, Y, return_dict=True)["loss"])


def test_a_model_that_changes_at_each_step_is_given_up():
    model = regression()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for i in range(dispatch.MOST_CHANGES + 5):
            model.layers[1].rate = 0.1 + 0.01 * i
            model.train_on_batch(X, Y)
    assert len(caught) == 1
    assert "was changed 17 times" in str(caught[0].message)


def test_batches_of_many_sizes(same):
    sizes = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 3, 12, 4]

    def train(model):
        return [model.train_on_batch(X[:n], Y[:n]) for n in sizes]

    (eager, slow), (compiled, fast) = both(regression, train)
    same.states(eager, compiled)
    np.testing.assert_allclose(fast, slow, rtol=1e-12)


def test_an_optimizer_for_two_models(same):
    def train(run_eagerly):
        optimizer = nn.Adam(0.02)
        model = regression(run_eagerly=run_eagerly)
        other = nn.Sequential([nn.Input((4,)), model.layers[0], nn.Dense(2)])
        optimizer.build([*model.trainable_variables, *other.layers[1].variables])
        model.compile(optimizer, loss="mse", run_eagerly=run_eagerly)
        other.compile(optimizer, loss="mse", run_eagerly=run_eagerly)
        for _ in range(3):
            model.train_on_batch(X, Y)
            other.train_on_batch(X, Y)
        return model, other

    for eager, compiled in zip(train(True), train(False), strict=True):
        same.states(eager, compiled)


def test_two_optimizers_for_one_layer(same):
    def train(run_eagerly):
        model = regression(run_eagerly=run_eagerly)
        other = nn.Sequential([nn.Input((4,)), model.layers[0], nn.Dense(2)])
        other.compile("adam", loss="mse", run_eagerly=run_eagerly)
        for _ in range(3):
            model.train_on_batch(X, Y)
            other.train_on_batch(X, Y)
        return model, other

    nn.set_random_seed(0)
    eager = train(True)
    nn.set_random_seed(0)
    compiled = train(False)
    for one, other in zip(eager, compiled, strict=True):
        same.states(one, other)


# -- callbacks -------------------------------------------------------------------------------------


class Halved(nn.callbacks.Callback):
    """Changes the learning rate and the weights within an epoch, and looks at the logs."""

    def __init__(self):
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(logs["loss"])
        self.model.optimizer.learning_rate = 0.02 / (1 + batch)
        if batch == 1:
            kernel = self.model.layers[0].kernel
            kernel.assign(kernel * 0.9)


class Stopped(nn.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            self.model.stop_training = True


def callbacks_for(name, folder):
    return {
        "learning rate": lambda: [nn.callbacks.LearningRateScheduler(lambda e, rate: rate * 0.5)],
        "plateau": lambda: [nn.callbacks.ReduceLROnPlateau("loss", patience=0, min_delta=10.0)],
        "early stopping": lambda: [
            nn.callbacks.EarlyStopping(
                "loss", patience=0, min_delta=10.0, restore_best_weights=True
            )
        ],
        "stop": lambda: [Stopped()],
        "halved": lambda: [Halved()],
        "checkpoint": lambda: [nn.callbacks.ModelCheckpoint(str(folder / "m.safetensors"))],
        "backup": lambda: [nn.callbacks.BackupAndRestore(str(folder / "backup"))],
        "csv": lambda: [nn.callbacks.CSVLogger(str(folder / "log.csv"))],
        "terminate": lambda: [nn.callbacks.TerminateOnNaN()],
        "lambda": lambda: [nn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)],
    }[name]()


@pytest.mark.parametrize(
    "name",
    [
        "learning rate",
        "plateau",
        "early stopping",
        "stop",
        "halved",
        "checkpoint",
        "backup",
        "csv",
        "terminate",
        "lambda",
    ],
)
def test_callbacks(same, name, tmp_path):
    def train(model):
        folder = tmp_path / ("eager" if model._run_eagerly else "compiled")
        folder.mkdir()
        return fitted(model, X, Y, callbacks=callbacks_for(name, folder), epochs=4)

    same_fits(same, regression, train)


def test_averages_replace_the_weights_at_the_end(same):
    def make(**options):
        model = regression(**options)
        model.compile(nn.Adam(0.02, use_ema=True), loss="mse", **options)
        return model

    same_fits(same, make, lambda m: fitted(m, X, Y))


# -- copies and files ------------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_train_on_by_themselves(same, copied):
    model = regression()
    fitted(model, X, Y)
    twin = copied(model)
    same.states(model, twin)
    before = model.get_weights()
    fitted(twin, X, Y, shuffle=False)
    for a, b in zip(before, model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    fitted(model, X, Y, shuffle=False)
    same.states(model, twin)


def test_a_saved_model_trains_on_as_if_nothing_had_happened(same, tmp_path):
    model = regression()
    fitted(model, X, Y)
    model.save(tmp_path / "m.safetensors")
    loaded = nn.load_model(tmp_path / "m.safetensors")
    fitted(model, X, Y, shuffle=False)
    fitted(loaded, X, Y, shuffle=False)
    same.states(model, loaded)


def test_weights_are_loaded_into_a_compiled_model(same, tmp_path):
    def train(model):
        fitted(model, X, Y)
        model.save_weights(tmp_path / "w.safetensors")
        fitted(model, X, Y)
        model.load_weights(tmp_path / "w.safetensors")
        return fitted(model, X, Y)

    same_fits(same, regression, train)


# -- what goes wrong -------------------------------------------------------------------------------


def states(model):
    arrays = [v.data.copy() for v in [*model.variables, *model.optimizer.variables]]
    return arrays, [repr(g.bit_generator.state) for g in model.trainable_state.generators]


def unchanged(model, before):
    arrays, draws = states(model)
    return draws == before[1] and all(
        a.tobytes() == b.tobytes() for a, b in zip(arrays, before[0], strict=True)
    )


@pytest.mark.parametrize("optimizer", ["nadam", nn.Adam(use_ema=True)])
def test_a_loss_that_is_not_finite_changes_nothing_and_is_explained(optimizer):
    model = regression()
    model.compile(optimizer, loss="mse")
    model.train_on_batch(X, Y)
    program = model.train_program(X, Y, engine="numpy")
    program(X, Y)
    spoiled = X.copy()
    spoiled[3, 2] = np.inf
    before = states(model)
    assert np.isnan(program(spoiled, Y))
    assert unchanged(model, before)
    with pytest.raises(nn.NonFiniteLossError, match="dense"):
        model.train_on_batch(spoiled, Y)
    assert unchanged(model, before)


@pytest.mark.parametrize("options", [{}, {"use_ema": True}], ids=str)
def test_a_gradient_that_is_not_finite_changes_nothing(options):
    model = nn.Sequential([nn.Input((1,)), nn.Dense(1), nn.Dense(1)])
    model.compile(nn.Adam(**options), loss="mse")
    model.train_on_batch(X[:, :1], Y[:, :1])
    program = model.train_program(X[:, :1], Y[:, :1], engine="numpy")
    model.set_weights([np.full((1, 1), 1e-20), [0], np.full((1, 1), 3e38), [0]])
    before = states(model)
    x, y = np.full((50, 1), 1e-18, np.float32), np.full((50, 1), 1e10, np.float32)
    with np.errstate(all="ignore"):
        assert np.isnan(program(x, y))
        assert unchanged(model, before)
        with pytest.raises(nn.NonFiniteLossError, match="gradient"):
            model.train_on_batch(x, y)
    assert unchanged(model, before)


@pytest.mark.skipif(not extend.native_is_installed(), reason="needs llvmlite")
@pytest.mark.parametrize("last", [False, True])
def test_one_gradient_of_very_many_that_is_not_finite_changes_nothing(last):
    # So many that threads share the look at them.
    model = nn.Sequential([nn.Input((1,)), nn.Dense(70_000), nn.Dense(1)])
    model.compile(nn.SGD(0.1), loss="mse")
    x, y = np.ones((2, 1), np.float32), np.ones((2, 1), np.float32)
    program = model.train_program(x, y, engine="native")
    assert np.isfinite(program(x, y))
    place = -1 if last else 0
    first, second = np.zeros((1, 70_000)), np.zeros((70_000, 1))
    second[place] = 3e38
    model.set_weights([first, np.zeros(70_000), second, [-1e10]])
    before = states(model)
    with np.errstate(all="ignore"):
        assert np.isnan(program(x, y))
    assert unchanged(model, before)


def test_gradients_whose_squares_overflow_are_no_reason_to_stop(same):
    def make(**options):
        nn.set_random_seed(0)
        model = nn.Sequential([nn.Input((1,)), nn.Dense(1), nn.Dense(1)])
        model.compile(nn.SGD(1e-45), loss="mse", **options)
        return model

    x, y = np.full((5, 1), 1e-5, np.float32), np.full((5, 1), 1e10, np.float32)

    def train(model):
        model.set_weights([np.full((1, 1), 1e-20), [0], np.full((1, 1), 1e25), [0]])
        return model.train_on_batch(x, y)

    (eager, slow), (compiled, fast) = both(make, train)
    same.states(eager, compiled)
    assert slow == fast
    assert 9e19 < slow < 2e20


def test_labels_that_there_are_not():
    model = classifier()
    model.train_on_batch(X, LABELS)
    program = model.train_program(X, LABELS, engine="numpy")
    before = states(model)
    for wrong in (3, -1, 1000):
        labels = LABELS.copy()
        labels[7] = wrong
        with pytest.raises(IndexError, match=f"{wrong} is not one of the numbers 0 to 2"):
            program(X, labels)
        with pytest.raises(ValueError, match=f"holds the label {wrong}"):
            model.train_on_batch(X, labels)
        with pytest.raises(ValueError, match=f"holds the label {wrong}"):
            model.evaluate(X, labels, verbose=0)
        assert unchanged(model, before)


REFUSED = {
    "targets of a crossentropy": (nn.losses.BinaryCrossentropy(), "sigmoid", [], [2.0, -0.6]),
    "targets from logits": (nn.losses.BinaryCrossentropy(from_logits=True), None, [], [2.0, -0.6]),
    "targets of a hinge": ("hinge", None, [], [2.0, -1.0, 0.5]),
    "labels of a metric": ("mse", None, ["binary_accuracy"], [2.0, 0.5, -1.0]),
    "NaN": ("mse", None, [], [np.nan]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_targets_that_a_loss_or_a_metric_refuses(name):
    loss, activation, metrics, wrong = REFUSED[name]
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2, activation)])
    model.compile("adam", loss=loss, metrics=metrics)
    y = (Y > 0).astype(np.float32)
    model.train_on_batch(X, y)
    program = model.train_program(X, y, engine="numpy")
    program(X, y)
    before = states(model)
    for value in wrong:
        bad = y.copy()
        bad[7, 1] = value
        assert not np.isfinite(program(X, bad))
        assert unchanged(model, before)
        with pytest.raises(ValueError, match=f"{value:g}|is NaN"):
            model.test_on_batch(X, bad)
        with pytest.raises(ValueError, match=f"{value:g}|is NaN|infinite"):
            model.evaluate(X, bad, verbose=0)
        if name != "labels of a metric":  # which plain Python looks at after the step
            with pytest.raises(ValueError, match=f"{value:g}|is NaN"):
                model.train_on_batch(X, bad)
            assert unchanged(model, before)


def test_predictions_that_a_loss_refuses():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2, "relu")])
    model.compile("adam", loss="binary_crossentropy")
    y = (Y > 0).astype(np.float32)
    small = X * 1e-3
    model.train_on_batch(small, y)
    program = model.train_program(small, y, engine="numpy")
    assert np.isfinite(program(small, y))
    assert not np.isfinite(program(X * 100, y))
    with pytest.raises(ValueError, match="takes probabilities"):
        model.train_on_batch(X * 100, y)


def test_class_labels_that_are_no_whole_numbers():
    model = classifier()
    labels = LABELS.astype(np.float32)
    model.train_on_batch(X, labels)
    bad = labels.copy()
    bad[3] = 0.5
    assert not np.isfinite(model.train_program(X, labels, engine="numpy")(X, bad))
    with pytest.raises(ValueError, match=r"holds 0\.5, but a class label is a whole number"):
        model.train_on_batch(X, bad)


def test_rows_that_an_embedding_does_not_have():
    model = nn.Sequential([nn.Embedding(5, 3), nn.Flatten(), nn.Dense(1)])
    model.compile("adam", loss="mse")
    x, y = np.array([[0, 4], [1, 2]]), np.ones((2, 1), np.float32)
    model.train_on_batch(x, y)
    program = model.train_program(x, y, engine="numpy")
    before = states(model)
    for wrong in (5, -1):
        with pytest.raises(IndexError, match=f"{wrong} is not one of the numbers 0 to 4"):
            program(np.array([[0, wrong], [1, 2]]), y)
        with pytest.raises(ValueError, match=f"inputs hold {wrong}"):
            model.train_on_batch(np.array([[0, wrong], [1, 2]]), y)
        with pytest.raises(ValueError, match=f"inputs hold {wrong}"):
            model.predict(np.array([[0, wrong], [1, 2]]))
    assert unchanged(model, before)
    model.predict(x.astype(np.float32))
    for fraction in (0.5, np.float32(3.999)):
        with pytest.raises(ValueError, match="takes whole numbers"):
            model.predict(np.array([[0, fraction], [1, 2]], np.float32))


def test_an_inf_or_nan_in_predict_is_refused():
    model = regression()
    model.predict(X[:1])
    for bad in (np.nan, np.inf, -np.inf):
        x = X[:1].copy()
        x[0, 1] = bad
        with pytest.raises(ValueError, match="NaN or infinite"):
            model.predict(x)
    large = np.full((1, 4), 3e38, np.float32)  # finite, though the squares are not
    with np.errstate(all="ignore"):
        assert model.predict(large).shape == (1, 2)
    with pytest.raises(ValueError, match="empty"):
        model.predict(X[:0])


# -- memory ----------------------------------------------------------------------------------------


def test_a_dropped_model_is_freed_at_once():
    gc.disable()
    try:
        model = regression()
        fitted(model, X, Y)
        model.predict(X[:1])
        program = model.train_program(X, Y, engine="numpy")
        program(X, Y)
        kernel, itself = weakref.ref(model.layers[0].kernel), weakref.ref(model)
        del model
        assert itself() is None
        program(X, Y)  # lives on with the Variables
        del program
        assert kernel() is None
    finally:
        gc.enable()


def test_nobody_keeps_the_arrays_that_weights_had_before_they_moved_into_buffers():
    model = regression()
    gc.collect()
    before = [weakref.ref(v._array) for v in model.trainable_variables]
    model.optimizer.build(model.trainable_variables)
    assert all(x() is None for x in before)

    # A second optimizer moves them again, out of the first one's buffer.
    buffer = weakref.ref(model.trainable_variables[0]._array.base)
    program = model.train_program(X, Y, engine="numpy")
    model.compile(nn.SGD(0.01), loss="mse")
    del program
    program = model.train_program(X, Y, engine="numpy")
    assert buffer() is None
    assert program(X, Y) > 0


# -- the choice of the engine ----------------------------------------------------------------------


def test_the_engine_follows_from_the_planned_work(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(extend, "native_is_installed", lambda: True)
    choose = dispatch.planned_engine
    small, large = [64, 8, 8, 1], [400_000, 512, 260_000, 512]
    assert choose("auto", False, 50, small) == "eager"
    assert choose("auto", False, 1000, small) == "numpy"
    assert choose("auto", False, 1_000_000, small) == "native"
    assert choose("auto", False, 4000, large) == "native"  # five seconds are gained
    assert choose("auto", False, float("inf"), small) == "numpy"
    assert choose("auto", True, 1_000_000, small) == "eager"
    assert choose(False, False, 1_000_000, small) == "numpy"
    assert choose(True, False, 1, small) == "native"
    monkeypatch.setattr(extend, "native_is_installed", lambda: False)
    assert choose("auto", False, 1_000_000, small) == "numpy"


def test_native_code_throughout(same, monkeypatch):
    """A model is trained and asked in native code; what goes wrong is the same."""
    pytest.importorskip("llvmlite")
    monkeypatch.undo()
    wrong = LABELS.copy()
    wrong[3] = 3
    spoiled = X.copy()
    spoiled[5, 1] = np.inf

    def train(model):
        history = fitted(model, X, LABELS, batch_size=25, sample_weight=WEIGHTS)
        before = states(model)
        for x, y, error in ((X, wrong, ValueError), (spoiled, LABELS, nn.NonFiniteLossError)):
            with np.errstate(all="ignore"), pytest.raises(error):
                model.train_on_batch(x[:25], y[:25], WEIGHTS[:25])
            assert unchanged(model, before)
        return history, model.predict(X[:1])

    eager = classifier(run_eagerly=True)
    slow = train(eager)
    compiled = classifier(jit_compile=True)
    fast = train(compiled)
    assert (slow[0].engine, fast[0].engine) == ("eager", "native")
    same.states(eager, compiled, exact=False)
    np.testing.assert_allclose(fast[0].history["loss"], slow[0].history["loss"], rtol=1e-5)
    assert fast[0].history["accuracy"] == slow[0].history["accuracy"]
    np.testing.assert_allclose(fast[1], slow[1], rtol=1e-4, atol=1e-5)


def test_history_says_which_engine_ran(monkeypatch):
    monkeypatch.undo()
    assert fitted(regression(), X, Y).engine == "eager"
    assert fitted(regression(run_eagerly=True), X, Y).engine == "eager"
    monkeypatch.setattr(dispatch, "STEPS_WORTH_TRACING", 5)
    assert fitted(regression(), X, Y).engine == "numpy"


def test_programs_stay_valid_over_fits(monkeypatch):
    """Nothing has changed between two trainings of a model that was built, so nothing is traced."""
    made = []
    original = compiled_steps.CompiledStep

    def counted(*args):
        made.append(args)
        return original(*args)

    monkeypatch.setattr(compiled_steps, "CompiledStep", counted)
    model = regression()
    program = model.train_program(X[:16], Y[:16], engine="numpy")
    fitted(model, X, Y)
    count = len(made)
    assert count
    fitted(model, X, Y)
    model.evaluate(X, Y, verbose=0)
    fitted(model, X, Y)
    assert len(made) == count + 2  # those of evaluate: whole batches, and the rest
    x, y = model.to_batch(X[:16], Y[:16], None)
    assert np.isfinite(program(x, y))
