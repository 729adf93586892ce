"""pickle, copy.copy, copy.deepcopy and weakref, of all that a user holds in his hands."""

import copy
import gc
import pickle
import subprocess
import sys
import weakref

import numpy as np
import pytest

import autograd_lite as ag
import nn

X = np.sin(np.arange(96.0)).reshape(32, 3)
Y = X.sum(axis=1) > 0


def pickled(thing):
    return pickle.loads(pickle.dumps(thing))


WHOLE = pytest.mark.parametrize("copied", [pickled, copy.deepcopy])
ALL = pytest.mark.parametrize("copied", [pickled, copy.deepcopy, copy.copy])


# -- Tensors and Variables -------------------------------------------------------------------------


@ALL
def test_a_tensor(copied):
    t = ag.Tensor([1.0, 2.0], requires_grad=True, name="t")
    np.sum(t * t).backward()
    again = copied(t)
    assert (again.name, again.requires_grad, again.function) == ("t", True, None)
    np.testing.assert_array_equal(again.data, t.data)
    np.testing.assert_array_equal(again.grad, t.grad)


@ALL
@pytest.mark.parametrize("trainable", [True, False])
def test_a_variable(copied, trainable):
    v = ag.Variable([1.0, 2.0], name="v", trainable=trainable)
    again = copied(v)
    assert type(again) is ag.Variable
    assert (again.name, again.trainable, again.requires_grad) == ("v", trainable, trainable)
    np.testing.assert_array_equal(again.assign([3.0, 4.0]).data, [3.0, 4.0])


@WHOLE
def test_a_copy_is_of_its_own(copied):
    v = ag.Variable([1.0, 2.0])
    copied(v).assign([3.0, 4.0])
    np.testing.assert_array_equal(v.data, [1.0, 2.0])


@WHOLE
def test_a_recorded_tensor_is_copied_with_its_record(copied):
    w = ag.Tensor([1.0, 2.0], requires_grad=True)
    loss = np.sum(np.exp(w) * w)
    again_w, again_loss = copied((w, loss))
    again_loss.backward()
    assert w.grad is None
    np.testing.assert_allclose(again_w.grad, np.exp(w.data) * (1 + w.data), rtol=1e-15)
    (np.square(again_loss) + again_w[0]).backward()  # the record can be gone on with


# -- parts of models -------------------------------------------------------------------------------

PARTS = [
    nn.Dense(3, "relu", kernel_regularizer="l2"),
    nn.Dropout(0.5, seed=3),
    nn.Adam(nn.schedules.CosineDecay(0.1, 10), clipnorm=1.0),
    nn.BinaryCrossentropy(from_logits=True),
    nn.metrics.AUC(num_thresholds=10),
    nn.initializers.HeNormal(seed=3),
    nn.schedules.CosineDecay(0.1, 10),
    nn.regularizers.L1L2(0.1, 0.2),
    nn.constraints.MaxNorm(2.0),
    nn.random.Generator(3),
    nn.callbacks.EarlyStopping(patience=3),
    nn.callbacks.BackupAndRestore("folder"),
]


@ALL
@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_parts(copied, part):
    again = copied(part)
    assert type(again) is type(part)
    if "0x" not in repr(part):
        assert repr(again) == repr(part)
    assert vars(again).keys() == vars(part).keys()


@WHOLE
def test_a_layer_with_weights(copied):
    layer = nn.Dense(2)
    y = layer(X)
    again = copied(layer)
    np.testing.assert_array_equal(again(X).data, y.data)
    again.kernel.assign(again.kernel.data + 1)
    np.testing.assert_array_equal(layer(X).data, y.data)


@WHOLE
def test_layers_that_share_a_generator_go_on_sharing_it(copied):
    rng = nn.random.Generator(1)
    a, b = copied([nn.Dropout(0.5, seed=rng), nn.Dropout(0.5, seed=rng)])
    expected = nn.random.Generator(1)
    first, second = nn.Dropout(0.5, seed=expected), nn.Dropout(0.5, seed=expected)
    for layer, twin in ((a, first), (b, second), (a, first)):
        np.testing.assert_array_equal(layer(X, training=True).data, twin(X, training=True).data)


@WHOLE
def test_an_optimizer_in_the_middle_of_its_work(copied):
    w = ag.Variable([1.0, -2.0], name="w")
    optimizer = nn.Adam(0.1, use_ema=True, gradient_accumulation_steps=2)
    for _ in range(3):
        optimizer.apply([np.array([0.5, 0.25])], [w])
    again, again_w = copied((optimizer, w))
    for _ in range(3):
        optimizer.apply([np.array([0.5, 0.25])], [w])
        again.apply([np.array([0.5, 0.25])], [again_w])
    np.testing.assert_array_equal(again_w.data, w.data)
    for a, b in zip(again.variables, optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.data, b.data)
        assert a is not b


@WHOLE
def test_a_metric_keeps_what_it_has_seen(copied):
    metric = nn.metrics.MeanSquaredError()
    metric.update_state([1.0, 2.0], [1.0, 4.0])
    again = copied(metric)
    assert float(again.result()) == float(metric.result()) == 2.0
    again.reset_state()
    assert float(metric.result()) == 2.0


# -- models ----------------------------------------------------------------------------------------


def trained(**options):
    nn.set_random_seed(0)
    model = nn.Sequential(
        [
            nn.Input((3,)),
            nn.Dense(4, "relu", kernel_constraint=nn.constraints.MaxNorm(2.0)),
            nn.BatchNormalization(),
            nn.Dropout(0.5),
            nn.Dense(1, "sigmoid", kernel_regularizer="l2"),
        ]
    )
    model.compile(
        nn.Adam(nn.schedules.CosineDecay(0.01, 100)),
        "binary_crossentropy",
        metrics=["accuracy"],
        **options,
    )
    model.fit(X, Y, batch_size=4, epochs=2, verbose=0)
    return model


@WHOLE
@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}])
def test_a_model_that_is_copied_trains_on_as_the_original(copied, options):
    model = trained(**options)
    again = copied(model)
    before = model.get_weights()
    more = again.fit(X, Y, batch_size=4, epochs=50, verbose=0)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)  # the original is untouched
    expected = model.fit(X, Y, batch_size=4, epochs=50, verbose=0)
    assert more.history == expected.history
    for a, b in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


@WHOLE
def test_a_model_is_copied_after_it_was_compiled_to_a_program(copied):
    model = trained()
    model.fit(X, Y, batch_size=4, epochs=100, verbose=0)  # enough steps to be worth a program
    again = copied(model)
    for each in (model, again):
        each.fit(X, Y, batch_size=4, epochs=50, verbose=0)
    for a, b in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_shallow_copy_of_a_model_shares_its_layers():
    model = trained()
    again = copy.copy(model)
    assert again.layers[1] is model.layers[1]
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


OTHER_PROCESS = """
import pickle, sys
import numpy as np
model = pickle.load(sys.stdin.buffer)
X = np.sin(np.arange(96.0)).reshape(32, 3)
history = model.fit(X, X.sum(axis=1) > 0, batch_size=4, epochs=2, verbose=0)
pickle.dump((history.history, model.get_weights()), sys.stdout.buffer)
"""


def test_a_model_in_another_process():
    model = trained()
    command = [sys.executable, "-c", OTHER_PROCESS]
    output = subprocess.run(command, input=pickle.dumps(model), capture_output=True, check=True)
    history, weights = pickle.loads(output.stdout)
    assert history == model.fit(X, Y, batch_size=4, epochs=2, verbose=0).history
    for a, b in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@WHOLE
def test_a_model_of_ones_own(copied):
    made = copied(Own())
    made.compile("sgd", "mse")
    made.fit(X, Y, verbose=0)
    again = copied(made)
    np.testing.assert_array_equal(again.predict(X), made.predict(X))


class Own(nn.Model):
    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(1)

    def call(self, x):
        return self.dense(x)


# -- weak references -------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [*PARTS, ag.Tensor(1.0), ag.Variable(1.0)], ids=lambda p: type(p))
def test_weak_references(part):
    assert weakref.ref(part)() is part


def test_a_loss_that_nobody_holds_is_gone_at_once():
    gc.disable()
    try:
        w = ag.Tensor([1.0, 2.0], requires_grad=True)
        loss = np.sum(np.exp(w) * w)
        gone = weakref.ref(loss)
        loss.backward()
        del loss
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("epochs", [1, 100])
def test_a_model_that_nobody_holds_is_gone_at_once(epochs):
    """Also after training by a compiled program: nothing it holds holds it."""
    model = trained()
    model.fit(X, Y, batch_size=4, epochs=epochs, validation_data=(X, Y), verbose=0)
    model.predict(X)
    gc.collect()
    gc.disable()
    try:
        gone = weakref.ref(model)
        del model
        assert gone() is None
    finally:
        gc.enable()
