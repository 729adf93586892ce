"""Model: compile, steps, evaluate, predict, subclassing."""

import gc
import weakref

import numpy as np
import pytest

import nn

X = np.sin(np.arange(40.0)).reshape(10, 4)
Y = X.sum(axis=1)
LABELS = np.arange(10) % 3


def regression(**options):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(1)])
    model.compile("sgd", "mse", **options)
    return model


def classifier(**options):
    model = nn.Sequential([nn.Dense(3)])
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(**({"optimizer": "adam", "loss": loss} | options))
    return model


# -- compile ---------------------------------------------------------------------------------------


def test_the_default_optimizer_is_rmsprop():
    model = nn.Sequential([nn.Dense(1)])
    model.compile(loss="mse")
    assert isinstance(model.optimizer, nn.RMSprop)
    assert model.compiled
    assert model.loss == "mse"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"optimizer": "adm"}, ValueError, "Did you mean 'adam'"),
        ({"optimizer": nn.Adam}, TypeError, r"write Adam\(\)"),
        ({"loss": "msee"}, ValueError, "Did you mean 'mse'"),
        ({"loss": 3}, TypeError, "a loss is a name"),
        ({"loss": ["mse", "maee"]}, ValueError, "unknown loss 'maee'"),
        ({"loss": {"a": "maee"}}, ValueError, "unknown loss 'maee'"),
        ({"metrics": ["acuracy"]}, ValueError, "Did you mean 'accuracy'"),
        ({"metrics": "accuracy"}, TypeError, r"metrics=\['accuracy'\]"),
        ({"metrics": {"a": ["acuracy"]}}, ValueError, "Did you mean 'accuracy'"),
        ({"weighted_metrics": ["acuracy"]}, ValueError, "Did you mean 'accuracy'"),
        ({"loss_weights": "2"}, TypeError, "a weight in loss_weights is a number, got '2'"),
        ({"loss_weights": ["2"]}, TypeError, "a weight in loss_weights is a number, got '2'"),
        ({"jit_compile": True, "run_eagerly": True}, ValueError, "contradict each other"),
        ({"jit_compile": "yes"}, ValueError, "jit_compile is 'auto', True or False"),
    ],
)
def test_a_failed_compile_changes_nothing(arguments, error, message):
    model = regression()
    optimizer = model.optimizer
    with pytest.raises(error, match=message):
        model.compile(**arguments)
    assert model.optimizer is optimizer
    assert model.loss == "mse"


@pytest.mark.parametrize(
    "options", [{"run_eagerly": True}, {"jit_compile": "auto"}, {"jit_compile": False}]
)
def test_steps_are_eager_whatever_is_said(options):
    model = regression(**options)
    assert len(model.fit(X, Y, verbose=0).epoch) == 1


# -- steps -----------------------------------------------------------------------------------------


def test_train_on_batch_gives_the_loss_before_the_step_and_changes_the_weights():
    model = regression()
    before = model.test_on_batch(X, Y)
    assert model.train_on_batch(X, Y) == pytest.approx(before, rel=1e-6)
    assert model.test_on_batch(X, Y) < before


def test_on_batch_methods_report_metrics_of_this_batch_alone():
    model = regression(metrics=["mae"])
    for _ in range(2):
        loss, mae = model.train_on_batch(X, Y)
    gap = np.abs(model.predict(X)[:, 0] - Y).mean()
    assert model.test_on_batch(X, Y, return_dict=True) == {
        "loss": model.test_on_batch(X, Y)[0],
        "mae": pytest.approx(gap, rel=1e-5),
    }
    assert loss > 0
    assert mae > 0


def test_train_on_batch_weighs_samples_and_classes():
    a, b = regression(), regression()
    b.set_weights(a.get_weights())
    labels = (Y > 0).astype(int)
    weight = np.where(labels == 1, 3.0, 1.0)
    first = a.train_on_batch(X, labels, sample_weight=weight)
    assert first == pytest.approx(b.train_on_batch(X, labels, class_weight={1: 3.0}))
    np.testing.assert_array_equal(a.layers[0].kernel.data, b.layers[0].kernel.data)


def test_a_gradient_left_over_by_hand_does_not_spoil_the_step():
    a, b = regression(), regression()
    b.set_weights(a.get_weights())
    b.layers[0].kernel.grad = np.full((4, 1), 100.0, np.float32)
    a.train_on_batch(X, Y)
    b.train_on_batch(X, Y)
    np.testing.assert_array_equal(a.layers[0].kernel.data, b.layers[0].kernel.data)
    assert b.layers[0].kernel.grad is None


def test_freezing_a_layer_after_compile_takes_effect_and_can_be_undone():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2), nn.Dense(1)])
    model.compile("sgd", "mse")
    first, second = model.layers
    model.train_on_batch(X, Y)
    first.trainable = False
    frozen, free = first.kernel.numpy(), second.kernel.numpy()
    model.train_on_batch(X, Y)
    np.testing.assert_array_equal(first.kernel.data, frozen)
    assert np.any(second.kernel.data != free)
    first.trainable = True
    model.train_on_batch(X, Y)
    assert np.any(first.kernel.data != frozen)


def test_a_constraint_holds_after_every_step():
    model = nn.Sequential([nn.Dense(1, kernel_constraint="non_neg", kernel_initializer="ones")])
    model.compile(nn.SGD(1.0), "mse")
    model.train_on_batch(X, -10 * Y)
    assert model.layers[0].kernel.data.min() >= 0


def test_a_custom_train_step():
    class Mine(nn.Sequential):
        def train_step(self, data):
            x, y = data
            loss = self.compute_loss(x, y, self(x, training=True))
            self.minimize(loss)
            return {"loss": loss, "twice": 2 * loss.item()}

    a, b = Mine([nn.Input((4,)), nn.Dense(1)]), regression()
    a.compile("sgd", "mse")
    a.set_weights(b.get_weights())
    mine = a.fit(X, Y, epochs=2, batch_size=3, shuffle=False, verbose=0).history
    usual = b.fit(X, Y, epochs=2, batch_size=3, shuffle=False, verbose=0).history
    np.testing.assert_allclose(mine["loss"], usual["loss"], rtol=1e-6)
    np.testing.assert_allclose(mine["twice"], 2 * np.array(usual["loss"]), rtol=1e-6)
    np.testing.assert_array_equal(a.layers[0].kernel.data, b.layers[0].kernel.data)


def test_a_custom_train_step_without_a_loss_and_with_a_metric_of_its_own():
    class Counts(nn.Model):
        def __init__(self):
            super().__init__()
            self.seen = nn.metrics.Sum(name="seen")

        def train_step(self, data):
            self.seen.update_state(data[0])
            return {"seen": self.seen.result()}

    model = Counts()
    model.compile()
    history = model.fit(np.ones((5, 1)), epochs=2, batch_size=2, verbose=0).history
    assert history == {"seen": [5.0, 5.0]}


def test_a_step_that_reports_no_dict_is_refused():
    class Mine(nn.Sequential):
        def train_step(self, data):
            return self.compute_loss(data[0], data[1], self(data[0], training=True))

    model = Mine([nn.Dense(1)])
    model.compile("sgd", "mse")
    for train in (lambda: model.fit(X, Y, verbose=0), lambda: model.train_on_batch(X, Y)):
        with pytest.raises(TypeError, match=r"train_step must return a dict.*it returned Tensor"):
            train()


def test_fit_ends_with_the_moving_average_of_the_weights():
    model, plain = regression(), regression()
    model.compile(nn.SGD(0.1, use_ema=True, ema_momentum=0.75), "mse")
    plain.compile(nn.SGD(0.1), "mse")
    plain.set_weights(model.get_weights())
    plain.fit(X, Y, verbose=0)
    after_one = plain.get_weights()
    plain.fit(X, Y, verbose=0)
    after_two = plain.get_weights()
    model.fit(X, Y, epochs=2, verbose=0)
    # The average begins with the weights after the first step, as in Keras.
    for first, second, got in zip(after_one, after_two, model.get_weights(), strict=True):
        np.testing.assert_allclose(got, 0.75 * first + 0.25 * second, rtol=1e-5)


def test_a_loss_may_be_a_plain_function():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", lambda y_true, y_pred: np.mean((y_true - y_pred) ** 2))
    other = nn.Sequential([nn.Dense(1)])
    other.compile("sgd", "mse")
    for each in (model, other):
        each(X)
        each.set_weights([np.ones((4, 1)), np.zeros(1)])
    assert model.train_on_batch(X, Y) == pytest.approx(other.train_on_batch(X, Y), rel=1e-6)


def test_a_model_that_has_only_penalties_can_be_trained():
    class Shrinks(nn.Model):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(1, activity_regularizer="l2")

        def call(self, x):
            return self.dense(x)

    model = Shrinks()
    model.compile(nn.SGD(1.0))
    losses = model.fit(X, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_accuracy_means_what_the_outputs_say():
    model = classifier(metrics=["accuracy"])
    history = model.fit(X, LABELS, verbose=0).history
    predicted = model.predict(X).argmax(axis=1)
    assert model.evaluate(X, LABELS, verbose=0)[1] == pytest.approx((predicted == LABELS).mean())
    assert 0 <= history["accuracy"][0] <= 1

    binary = nn.Sequential([nn.Dense(1)])
    loss = nn.BinaryCrossentropy(from_logits=True)
    binary.compile("sgd", loss, metrics=["accuracy"])
    expected = ((binary.predict(X)[:, 0] > 0) == (Y > 0)).mean()  # a logit is cut at 0
    assert binary.evaluate(X, Y > 0, verbose=0)[1] == pytest.approx(expected)


def test_any_function_is_a_metric():
    def gap(y_true, y_pred):
        return np.abs(y_true - y_pred[:, 0])

    model = regression(metrics=[gap])
    measured = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert measured["gap"] == pytest.approx(np.abs(Y - model.predict(X)[:, 0]).mean(), rel=1e-5)


# -- evaluate and predict --------------------------------------------------------------------------


def test_evaluate_gives_a_number_a_list_or_a_dict():
    model = regression()
    expected = np.mean((model.predict(X)[:, 0] - Y) ** 2)
    assert model.evaluate(X, Y, verbose=0, batch_size=3) == pytest.approx(expected, rel=1e-5)
    model.compile("sgd", "mse", metrics=["mae", "mse"])
    values = model.evaluate(X, Y, verbose=0)
    assert model.metrics_names == ["loss", "mae", "mse"]
    named = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert named == dict(zip(model.metrics_names, values, strict=True))


def test_evaluate_changes_nothing():
    model = nn.Sequential([nn.Input((4,)), nn.layers.BatchNormalization(), nn.Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.evaluate(X, Y, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("batch_size", [None, 1, 3, 10, 1000])
def test_predict_does_not_depend_on_the_batches(batch_size):
    model = classifier()
    whole = model(X).data
    np.testing.assert_allclose(model.predict(X, batch_size=batch_size), whole, atol=1e-6)


def test_predict_gives_plain_arrays_of_its_own():
    model = nn.Sequential([nn.layers.Flatten()])
    x = np.ones((3, 2), np.float32)
    y = model.predict(x)
    assert type(y) is np.ndarray
    y[...] = 7
    assert np.all(x == 1)


def test_predict_needs_no_compile_and_takes_lists_and_steps():
    model = nn.Sequential([nn.Dense(2)])
    assert model.predict([[1.0, 2.0], [3.0, 4.0]]).shape == (2, 2)
    assert model.predict(X[:, :2], batch_size=2, steps=2).shape == (4, 2)
    assert model.predict(x for x in (X[:3, :2], X[3:7, :2])).shape == (7, 2)


def test_outputs_in_a_structure_are_joined_in_it():
    class Both(nn.Model):
        def call(self, x):
            return {"x": x, "parts": [x + 1, x * 2]}

    outputs = Both().predict(X, batch_size=4)
    np.testing.assert_allclose(outputs["x"], X, rtol=1e-6)
    np.testing.assert_allclose(outputs["parts"][1], 2 * X, rtol=1e-6)


# -- subclassing -----------------------------------------------------------------------------------


class TwoTowers(nn.Model):
    """Two inputs by name, a shared layer, a branch in Python."""

    def __init__(self, deep=True):
        super().__init__()
        self.shared = nn.Dense(3, "tanh")
        self.merge = nn.layers.Concatenate()
        self.out = nn.Dense(1)
        self.deep = deep

    def call(self, inputs):
        a, b = self.shared(inputs["a"]), self.shared(inputs["b"])
        if self.deep:
            b = b * b
        return self.out(self.merge([a, b]))


def test_several_inputs_and_a_shared_layer():
    model = TwoTowers()
    model.compile("adam", "mse")
    data = {"a": X, "b": X[::-1].copy()}
    losses = model.fit(data, Y, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert model.predict(data).shape == (10, 1)
    assert len(model.variables) == 4
    assert [layer.name for layer in model.layers] == ["dense", "concatenate", "dense_1"]


def test_several_inputs_in_a_list():
    class Difference(nn.Model):
        def call(self, inputs):
            left, right = inputs
            return left - right

    y = Difference().predict([X, X / 2])
    np.testing.assert_allclose(y, X / 2, rtol=1e-5)


def test_several_outputs_in_a_list():
    class Heads(nn.Model):
        def __init__(self):
            super().__init__()
            self.heads = [nn.Dense(1), nn.Dense(3)]

        def call(self, x):
            return [head(x) for head in self.heads]

    model = Heads()
    classes = nn.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", ["mse", classes], metrics=[["mae"], ["accuracy"]])
    history = model.fit(X, [Y, LABELS], verbose=0).history
    assert list(history) == [
        "loss",
        "output_0_loss",
        "output_1_loss",
        "output_0_mae",
        "output_1_accuracy",
    ]
    parts = history["output_0_loss"][0] + history["output_1_loss"][0]
    assert history["loss"][0] == pytest.approx(parts, rel=1e-6)


class Named(nn.Model):
    def __init__(self):
        super().__init__()
        self.value, self.kind = nn.Dense(1), nn.Dense(3)

    def call(self, x):
        return {"value": self.value(x), "kind": self.kind(x)}


def test_several_outputs_by_name_with_losses_weights_and_metrics_of_their_own():
    model = Named()
    model.compile(
        "sgd",
        {"value": "mse", "kind": nn.SparseCategoricalCrossentropy(from_logits=True)},
        loss_weights={"value": 0.5, "kind": 2},
        metrics={"kind": "accuracy"},
        weighted_metrics={"value": ["mae"]},
    )
    history = model.fit(X, {"value": Y, "kind": LABELS}, validation_split=0.2, verbose=0).history
    value, kind = history["value_loss"][0], history["kind_loss"][0]
    assert history["loss"][0] == pytest.approx(0.5 * value + 2 * kind, rel=1e-6)
    assert {"kind_accuracy", "value_mae", "val_kind_accuracy", "val_value_mae"} <= set(history)
    sizes = {"value": np.ones(10), "kind": np.zeros(10)}
    targets = {"value": Y, "kind": LABELS}
    measured = model.evaluate(X, targets, sample_weight=sizes, verbose=0, return_dict=True)
    assert measured["kind_loss"] == 0
    assert measured["loss"] == pytest.approx(0.5 * measured["value_loss"], rel=1e-6)


def test_the_one_output_has_a_name_too():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", {"output": "mse"}, metrics={"output": ["mae"]})
    assert list(model.fit(X, Y, verbose=0).history) == ["loss", "mae"]


def test_losses_of_a_list_of_outputs_by_name():
    class Heads(nn.Model):
        def __init__(self):
            super().__init__()
            self.heads = [nn.Dense(1), nn.Dense(1)]

        def call(self, x):
            return [head(x) for head in self.heads]

    model = Heads()
    model.compile("sgd", {"output_0": "mse", "output_1": "mae"})
    history = model.fit(X, [Y, Y], verbose=0).history
    assert list(history) == ["loss", "output_0_loss", "output_1_loss"]


def test_targets_that_belong_to_no_output_are_refused():
    model = Named()
    model.compile("sgd", {"value": "mse", "kind": "mse"})
    targets = {"value": Y, "kind": np.eye(3)[LABELS], "knid": Y}
    with pytest.raises(ValueError, match=r"y has an entry for 'knid'.*\['value', 'kind'\]"):
        model.fit(X, targets, verbose=0)


def test_a_metric_does_not_take_the_name_of_the_loss():
    def loss(y_true, y_pred):
        return np.abs(y_true - y_pred)

    model = regression(metrics=[loss])
    assert list(model.fit(X, Y, verbose=0).history) == ["loss", "loss_1"]


@pytest.mark.parametrize(
    ("compiled", "targets", "message"),
    [
        ({"loss": ["mse"]}, [Y, LABELS], "loss has 1 entries, but the model has 2 outputs"),
        ({"loss": "mse"}, Y, "the model has several outputs"),
        ({"loss": "mse"}, [Y], "y has nothing for the output 1"),
        ({"loss": "mse"}, [Y, Y, Y], "y has 3 entries, but the model has 2 outputs"),
        ({"loss": {"output_2": "mse"}}, [Y, Y], "Did you mean 'output_"),
    ],
)
def test_losses_and_targets_have_to_fit_the_outputs(compiled, targets, message):
    class Heads(nn.Model):
        def call(self, x):
            return [x[:, :1], x[:, 1:2]]

    model = Heads()
    model.compile("sgd", **compiled)
    with pytest.raises(ValueError, match=message):
        model.fit(X, targets, verbose=0)


def test_layers_have_different_names_before_any_call():
    class Two(nn.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Dense(1), nn.Dense(1)

    assert [layer.name for layer in Two().layers] == ["dense", "dense_1"]


def test_more_steps_than_data_measure_nothing_twice():
    model = regression()
    expected = model.evaluate(X, Y, verbose=0)
    with pytest.warns(UserWarning, match="the data ended after 3 of 5 batches"):
        assert model.evaluate(X, Y, batch_size=4, steps=5, verbose=0) == pytest.approx(expected)
    with pytest.warns(UserWarning, match="after 3 of 5 batches"):
        assert model.predict(X, batch_size=4, steps=5).shape == (10, 1)


def test_one_callback_needs_no_list():
    seen = []
    callback = nn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    regression().fit(X, Y, epochs=2, callbacks=callback, verbose=0)
    assert seen == [0, 1]


def test_numbers_in_the_history_are_python_s_own():
    model = regression(metrics=["mae"])
    history = model.fit(X, Y, batch_size=np.int32(4), epochs=np.int64(2), verbose=0).history
    assert {type(value) for values in history.values() for value in values} == {float}


def test_get_layer_by_name_and_position():
    model = nn.Sequential([nn.Dense(2), nn.Dense(1, name="head")])
    assert model.get_layer("head") is model.get_layer(index=-1) is model.layers[1]
    with pytest.raises(ValueError, match="Did you mean 'head'"):
        model.get_layer("haed")
    with pytest.raises(ValueError, match="has 2 layers, there is no layer 2"):
        model.get_layer(index=2)
    with pytest.raises(ValueError, match="a name or an index"):
        model.get_layer()


def test_a_dropped_model_is_freed_without_the_cyclic_collector():
    gc.collect()
    gc.disable()
    try:
        model = regression(metrics=["mae"])
        model.fit(X, Y, verbose=0)
        watched = weakref.ref(model)
        del model
        assert watched() is None
    finally:
        gc.enable()
