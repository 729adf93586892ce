"""Hooks: which are called with what, under which names, and what may be done inside of them."""

import numpy as np
import pytest

import nn
from nn.callbacks.hooks import HOOKS

X = np.random.default_rng(0).normal(size=(70, 4)).astype("f4")
Y = (X[:, 0] > 0).astype("f4")


def model(**options):
    nn.set_random_seed(0)
    made = nn.Sequential([nn.Input((4,)), nn.Dense(1, activation="sigmoid")])
    given = {"optimizer": nn.SGD(0.5), "loss": "bce", "metrics": ["accuracy", nn.metrics.AUC()]}
    made.compile(**{**given, **options})
    return made


def fit(*callbacks, made=None, **options):
    made = made or model()
    options = {"verbose": 0, "shuffle": False, "epochs": 2, **options}
    return made.fit(X, Y, callbacks=list(callbacks), **options).history


CALLED = [hook for hook in HOOKS if hook != "on_loss_not_finite"]
BATCH_HOOKS = [hook for hook in CALLED if "_batch_" in hook]


@pytest.mark.parametrize("hook", CALLED)
def test_every_hook_is_told_a_dict(hook):
    told = []
    callback = nn.callbacks.LambdaCallback(**{hook: lambda *args: told.append(args)})
    made = model()
    fit(callback, made=made, validation_split=0.2)
    made.evaluate(X, Y, callbacks=callback, verbose=0)
    made.predict(X, callbacks=callback)
    assert told
    numbered = "epoch" in hook or "batch" in hook
    for args in told:
        assert len(args) == 1 + numbered
        assert type(args[-1]) is dict
        assert not numbered or type(args[0]) is int


@pytest.mark.parametrize("hook", ["begin", "end"])
def test_the_old_names_of_the_hooks_of_a_batch(hook):
    # Keras 3.15: on_batch_end is called by on_train_batch_end; three times for 70 samples.
    class Old(nn.Callback):
        told = ()

        def seen(self, batch, logs=None):
            self.told += ((batch, sorted(logs)),)

    class ByClass(Old):
        if hook == "begin":
            on_batch_begin = Old.seen
        else:
            on_batch_end = Old.seen

    old = ByClass()
    lambdas = nn.callbacks.LambdaCallback(**{f"on_batch_{hook}": old.seen})
    for callback in (old, lambdas):
        old.told = ()
        fit(callback, epochs=1)
        names = ["accuracy", "auc", "loss"] if hook == "end" else []
        assert old.told == tuple((i, names) for i in range(3))


def test_a_subclass_may_call_the_hook_it_overrides():
    class Both(nn.Callback):
        new = old = 0

        def on_train_batch_end(self, batch, logs=None):
            self.new += 1
            super().on_train_batch_end(batch, logs)

        def on_batch_end(self, batch, logs=None):
            self.old += 1

    both = Both()
    fit(both, epochs=1)
    assert (both.new, both.old) == (3, 3)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("on_epoch_ends", "on_epoch_end"),
        ("on_epochend", "on_epoch_end"),
        ("onEpochBegin", "on_epoch_begin"),
        ("on_train_epoch_end", "on_(epoch|train)_end"),
        ("on_bacth_end", "on_batch_end"),
        ("on_predictbegin", "on_predict_begin"),
    ],
)
def test_a_misspelt_hook_is_warned_about(name, meant):
    kind = type("Mine", (nn.Callback,), {name: lambda self, epoch, logs=None: None})
    with pytest.warns(UserWarning, match=rf"Mine has a method {name}.*Did you mean {meant}\?"):
        fit(kind())


def test_other_methods_are_nobodys_business():
    class Mine(nn.Callback):
        on = True
        only_best = 3

        def on_plateau(self):
            pass

        def once(self):
            pass

    fit(Mine())


def test_a_lambda_callback_has_all_hooks_and_no_others():
    for hook in HOOKS:
        nn.callbacks.LambdaCallback(**{hook: lambda *args: None})
    with pytest.raises(TypeError, match="no hook 'on_epoch_ends'\\. Did you mean on_epoch_end"):
        nn.callbacks.LambdaCallback(on_epoch_ends=print)
    with pytest.raises(TypeError, match="on_test_end is a function"):
        nn.callbacks.LambdaCallback(on_test_end=3)


@pytest.mark.parametrize(
    ("hook", "function", "message"),
    [
        ("on_epoch_end", lambda logs: None, r"called with \(epoch, logs\)"),
        ("on_train_begin", lambda: None, r"called with \(logs\)"),
        ("on_train_batch_end", lambda epoch, batch, logs: None, r"called with \(batch, logs\)"),
    ],
)
def test_a_hook_of_other_arguments_is_refused_before_training(hook, function, message):
    made = model()
    with pytest.raises(TypeError, match=message):
        fit(nn.callbacks.LambdaCallback(**{hook: function}), made=made)
    assert made.optimizer.iterations.item() == 0


# -- inside of a hook ------------------------------------------------------------------------------


class Kept(nn.metrics.Metric):
    """A user's metric that keeps lists and numbers, no Variables."""

    def __init__(self):
        super().__init__()
        self.seen, self.calls = [], 0

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen.append(float(np.mean(y_pred)))
        self.calls += 1

    def result(self):
        return np.mean(self.seen) if self.seen else 0.0

    def reset_state(self):
        self.seen.clear()
        self.calls = 0


def failing(made):
    with pytest.raises(ValueError, match="targets in"):
        made.evaluate(X[:5], Y[:5] + 3, verbose=0)


PASSES = {
    "evaluate": lambda made: made.evaluate(X[:5], 1 - Y[:5], verbose=0),
    "predict": lambda made: made.predict(X[:5]),
    "test_on_batch": lambda made: made.test_on_batch(X[:5], 1 - Y[:5]),
    "fails": lambda made: failing(made),
}


@pytest.mark.parametrize("hook", [hook for hook in CALLED if "predict" not in hook])
@pytest.mark.parametrize("what", list(PASSES))
def test_what_is_measured_in_a_hook_does_not_disturb_the_epoch(hook, what):
    def run(act):
        made = model(metrics=["accuracy", nn.metrics.AUC(), Kept()])
        inner = [False]

        def once(*args):
            if act and not inner[0]:
                inner[0] = True
                PASSES[what](made)
                inner[0] = False

        return fit(nn.callbacks.LambdaCallback(**{hook: once}), made=made, validation_split=0.2)

    assert run(True) == run(False)


def test_also_where_the_steps_are_compiled():
    def run(act):
        made = model()
        evaluate = nn.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: act and PASSES["evaluate"](made)
        )
        return fit(evaluate, made=made, epochs=50)

    assert run(True) == run(False)


def test_evaluate_in_evaluate():
    made = model()
    plain = made.evaluate(X, Y, batch_size=10, verbose=0)
    inner = nn.callbacks.LambdaCallback(on_test_batch_end=lambda b, logs: PASSES["evaluate"](made))
    assert made.evaluate(X, Y, batch_size=10, callbacks=inner, verbose=0) == plain


def test_fit_in_a_hook_of_fit_is_refused():
    made = model()
    again = nn.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: fit(made=made))
    with pytest.raises(RuntimeError, match="while it is being trained or evaluated"):
        fit(again, made=made)
    fit(made=made)  # afterwards it can be trained


@pytest.mark.parametrize("hook", ["on_test_batch_end", "on_predict_batch_end"])
def test_evaluate_and_predict_can_be_stopped(hook):
    # As Keras: after the batch under way; the next call starts anew.
    made = model()
    flag = "stop_evaluating" if "test" in hook else "stop_predicting"
    stop = nn.callbacks.LambdaCallback(**{hook: lambda b, logs: setattr(made, flag, b == 1)})
    if "test" in hook:
        found = made.evaluate(X, Y, batch_size=10, callbacks=stop, verbose=0)
        assert found == pytest.approx(made.evaluate(X[:20], Y[:20], batch_size=10, verbose=0))
    else:
        assert len(made.predict(X, batch_size=10, callbacks=stop)) == 20
        assert len(made.predict(X, batch_size=10)) == 70


# -- found before training -------------------------------------------------------------------------


def watching(name, tmp_path):
    return [
        nn.EarlyStopping(name, mode="max"),
        nn.callbacks.ReduceLROnPlateau(name, mode="max"),
        nn.callbacks.ModelCheckpoint(
            tmp_path / "m.safetensors", name, save_best_only=True, mode="max"
        ),
    ]


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("name", ["f1_score", "val_f1_score", "recall", "r2_score"])
def test_a_metric_of_several_numbers_cannot_be_watched(which, name, tmp_path):
    nn.set_random_seed(0)
    made = nn.Sequential([nn.Input((4,)), nn.Dense(2, activation="softmax")])
    several = {
        "f1_score": nn.metrics.F1Score(),
        "recall": nn.metrics.Recall(thresholds=[0.2, 0.6]),
        "r2_score": nn.metrics.R2Score(class_aggregation=None),
    }
    metric = several[name.removeprefix("val_")]
    made.compile("sgd", "categorical_crossentropy", metrics=[metric])
    before = made.get_weights()
    callback = watching(name, tmp_path)[which]
    with pytest.raises(ValueError, match=f"'{name}' is 2 numbers, .*average='macro'"):
        made.fit(X, np.eye(2)[Y.astype(int)], validation_split=0.2, verbose=0, callbacks=[callback])
    np.testing.assert_array_equal(made.get_weights()[0], before[0])


@pytest.mark.parametrize("only_weights", [False, True])
def test_a_checkpoint_that_cannot_be_written_says_so_before_training(tmp_path, only_weights):
    def mine(y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2, axis=-1)

    made = model(loss=mine, metrics=[])
    checkpoint = nn.callbacks.ModelCheckpoint(
        tmp_path / "m.safetensors", save_weights_only=only_weights
    )
    if only_weights:
        fit(checkpoint, made=made)  # weights need no names of functions
        return
    with pytest.raises(ValueError, match=r"cannot be saved: the loss is mine.*register"):
        fit(checkpoint, made=made)
    assert made.optimizer.iterations.item() == 0
