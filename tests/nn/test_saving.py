"""Models into files and back: the same predictions and the same training, bit for bit."""

import dataclasses
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

import autograd_lite as ag
import nn
from nn import saving
from nn.saving.paths import variable_paths

X = np.random.default_rng(0).normal(size=(40, 4))
Y = X @ np.random.default_rng(1).normal(size=(4, 2))


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "model.safetensors")


@pytest.fixture(autouse=True)
def _registered_for_one_test(monkeypatch):
    monkeypatch.setattr(nn.saving.registry, "_registered", {})


def same(model, other, x=X):
    a, b = model.predict(x), other.predict(x)
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()


def holding(value):
    """A layer with an argument of any kind."""
    return nn.layers.Lambda(np.add, arguments={"x2": value})


def saved(model, path, **options):
    saving.save(model, path, **options)
    return saving.load_model(path, **options)


def train(model, epochs=2):
    return model.fit(X, Y, batch_size=8, epochs=epochs, verbose=0).history


def goes_on_alike(model, other):
    """Train both some more; whether everything that can be told apart is equal."""
    assert same(model, other)
    assert train(model) == train(other)
    state, other_state = model.optimizer.variables, other.optimizer.variables
    return (
        same(model, other)
        and [v.name for v in state] == [v.name for v in other_state]
        and all(
            a.data.tobytes() == b.data.tobytes() for a, b in zip(state, other_state, strict=True)
        )
    )


# -- the same model --------------------------------------------------------------------------------


def everything():
    """A model of one layer of each class that takes one input; Lambda has its own tests."""
    return nn.Sequential(
        [
            nn.layers.Normalization().adapt(X),
            nn.Rescaling(scale=0.5, offset=[0.1, 0.2, 0.3, 0.4]),
            nn.Dense(8, "leaky_relu", kernel_regularizer="l2", bias_constraint="non_neg"),
            nn.BatchNormalization(momentum=0.9),
            nn.layers.GaussianNoise(0.1),
            nn.layers.Reshape((2, 4)),
            nn.layers.Permute((2, 1)),
            nn.LayerNormalization(),
            nn.layers.PReLU(),
            nn.Flatten(),
            nn.Dropout(0.25),
            nn.Dense(8, np.tanh, kernel_initializer=nn.initializers.Orthogonal(seed=3)),
            *[getattr(nn.layers, name)() for name in ("ELU", "GELU", "SELU", "Linear", "SiLU")],
            *[getattr(nn.layers, name)() for name in ("Mish", "Softplus", "Softsign", "Tanh")],
            *[getattr(nn.layers, name)() for name in ("HardSigmoid", "HardTanh", "LogSigmoid")],
            *[getattr(nn.layers, name)() for name in ("Sigmoid", "Exponential", "LeakyReLU")],
            *[nn.layers.ReLU(max_value=5.0), nn.layers.ReLU6(), nn.layers.Softmax()],
            nn.layers.LogSoftmax(),
            nn.Activation(nn.activations.gelu),
            nn.Dense(2, name="out"),
        ]
    )


def test_layers_of_every_class(path):
    model = everything()
    model.compile(nn.Adam(0.01), "mse", metrics=["mae"])
    train(model)
    again = saved(model, path)
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in model.layers]
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    for layer, twin in zip(model.layers, again.layers, strict=True):
        assert layer.output_shape == twin.output_shape
        np.testing.assert_equal(twin.get_config(), layer.get_config())
    assert goes_on_alike(model, again)


class Branches(nn.Model):
    """Layers that take several inputs, and integers."""

    def __init__(self, width):
        super().__init__()
        self.width = width
        self.embed = nn.Embedding(5, width)
        self.merge = [nn.layers.Add(), nn.layers.Multiply(), nn.layers.Average()]
        self.join = nn.layers.Concatenate()
        self.dense = nn.Dense(1)

    def call(self, inputs):
        a, b = self.embed(inputs["a"]), self.embed(inputs["b"])
        return {"y": self.dense(self.join([merge([a, b]) for merge in self.merge]))}


@pytest.fixture
def registered_branches():
    saving.register("Branches")(Branches)


def test_a_model_by_subclassing(path, registered_branches):
    rng = np.random.default_rng(0)
    x = {"a": rng.integers(0, 5, 20), "b": rng.integers(0, 5, 20)}
    y = {"y": rng.normal(size=(20, 1))}
    model = Branches(width=3)
    model.compile("sgd", {"y": "mse"}, metrics={"y": ["mae"]})
    model.fit(x, y, epochs=2, verbose=0)
    again = saved(model, path)
    assert again.predict(x)["y"].tobytes() == model.predict(x)["y"].tobytes()
    histories = [m.fit(x, y, epochs=2, verbose=0).history for m in (model, again)]
    assert histories[0] == histories[1]
    assert list(variable_paths(again)) == ["embedding/embeddings", "dense/kernel", "dense/bias"]


OPTIMIZERS = [
    nn.SGD(0.1),
    nn.SGD(0.1, momentum=0.9, nesterov=True, clipnorm=1.0),
    nn.RMSprop(centered=True, momentum=0.5),
    nn.optimizers.Adagrad(),
    nn.optimizers.Adadelta(),
    nn.Adam(amsgrad=True, global_clipnorm=0.5),
    nn.AdamW(clipvalue=0.1),
    nn.optimizers.Adamax(),
    nn.optimizers.Nadam(),
    nn.optimizers.Lion(),
    nn.Adam(nn.schedules.CosineDecay(0.1, 30, warmup_target=0.2, warmup_steps=3)),
    nn.Adam(nn.schedules.PiecewiseConstantDecay([3, 12], [0.1, 0.01, 0.001])),
    nn.Adam(use_ema=True, ema_overwrite_frequency=3),
    nn.Adam(gradient_accumulation_steps=3),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_training_goes_on_as_if_never_saved(path, optimizer):
    optimizer = nn.optimizers.get(
        nn._core.identifiers.serialize(optimizer)
    )  # a new one for each run
    model = nn.Sequential([nn.Dense(5, "relu"), nn.Dropout(0.2), nn.Dense(2)])
    model.compile(optimizer, nn.losses.Huber(), metrics=[nn.metrics.MeanAbsoluteError(), "mse"])
    train(model)
    model.train_on_batch(X[:8], Y[:8])  # in the middle of an accumulation
    again = saved(model, path)
    assert repr(again.optimizer) == repr(model.optimizer)
    assert again.optimizer.iterations.item() == model.optimizer.iterations.item() > 0
    assert goes_on_alike(model, again)


def test_the_learning_rate_is_the_latest(path):
    model = nn.Sequential([nn.Dense(2)])
    model.compile(nn.SGD(0.5), "mse")
    train(model)
    model.optimizer.learning_rate = 0.1 + 0.2
    assert saved(model, path).optimizer.learning_rate == 0.1 + 0.2


def test_weights_that_do_not_decay(path):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3), nn.Dense(2)])
    optimizer = nn.AdamW(weight_decay=0.5)
    optimizer.exclude_from_weight_decay([model.layers[1].kernel], ["bias"])
    model.compile(optimizer, "mse")
    train(model)
    assert goes_on_alike(model, saved(model, path))


def test_what_was_compiled_but_not_trained(path):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2)])
    model.compile("adam", nn.losses.mean_squared_error, weighted_metrics=["mae"])
    again = saved(model, path)
    assert not again.optimizer.built
    assert again.loss is nn.losses.mean_squared_error
    nn.set_random_seed(0)
    expected = train(model)
    nn.set_random_seed(0)
    assert train(again) == expected


def test_what_was_not_compiled(path):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2)])
    again = saved(model, path)
    assert not again.compiled
    assert same(model, again)


def test_without_compiling(path):
    model = nn.Sequential([nn.Dense(2)])
    model.compile("adam", "mse")
    train(model)
    saving.save(model, path)
    again = saving.load_model(path, compile=False)
    assert not again.compiled
    assert same(model, again)


def test_several_losses_and_weights(path, registered_branches):
    model = Branches(2)
    model.compile("sgd", {"y": nn.MeanSquaredError()}, {"y": 0.5}, {"y": [nn.metrics.Mean]})
    again = saved(model, path)
    assert again.compile_loss.weights == {"y": 0.5}
    assert type(again.loss["y"]) is nn.MeanSquaredError


def test_a_model_without_weights_yet(path):
    model = nn.Sequential([nn.Dense(3, kernel_initializer=nn.initializers.Ones()), nn.Dense(2)])
    again = saved(model, path)
    assert not again.built
    assert again.predict(X).shape == (40, 2)
    np.testing.assert_array_equal(again.layers[0].kernel.data, 1)


def test_a_sequential_goes_on_growing(path):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3)])
    again = saved(model, path)
    assert again.input_shape == (None, 4)
    again.add(nn.Dense(2))
    assert again.layers[-1].name == "dense_1"
    assert again.layers[-1].kernel.shape == (3, 2)
    assert again.predict(X).shape == (40, 2)
    assert again.pop() is not None
    assert same(model, again)
    with pytest.raises(ValueError, match=r"made with Input\(\(4,\)\)"):
        again.predict(X[:, :3])
    empty = saved(nn.Sequential([nn.Input((4,))]), path)
    empty.add(nn.Dense(1))
    assert empty.layers[0].kernel.shape == (4, 1)


def test_in_another_process(path):
    model = everything()
    model.compile("adam", "mse")
    train(model)
    saving.save(model, path)
    expected = model.predict(X).tobytes().hex()
    train(model)
    code = (
        "import sys, numpy as np, nn, nn.saving\n"
        "X = np.random.default_rng(0).normal(size=(40, 4))\n"
        "Y = X @ np.random.default_rng(1).normal(size=(4, 2))\n"
        "model = nn.saving.load_model(sys.argv[1])\n"
        "print(model.predict(X).tobytes().hex())\n"
        "model.fit(X, Y, batch_size=8, epochs=2, verbose=0)\n"
        "print(model.predict(X).tobytes().hex())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [expected, model.predict(X).tobytes().hex()]


# -- what is easily lost ---------------------------------------------------------------------------


def test_a_layer_used_twice_is_one_layer(path):
    shared = nn.Dense(4)
    model = nn.Sequential([shared, nn.Activation("tanh"), shared, nn.Dense(2)])
    model.compile("adam", "mse")
    train(model)
    again = saved(model, path)
    assert again.layers[0] is again.layers[2]
    assert goes_on_alike(model, again)


def test_a_generator_that_two_layers_share_is_one_generator(path):
    rng = nn.random.Generator(5)
    model = nn.Sequential([nn.Dropout(0.5, seed=rng), nn.Dropout(0.2, seed=rng), nn.Dense(2)])
    model.compile("sgd", "mse")
    train(model)
    again = saved(model, path)
    first, second, _ = again.layers
    assert first.seed is first._generator is second.seed
    assert goes_on_alike(model, again)


def test_a_generator_of_numpy_s(path):
    model = nn.Sequential([nn.Dropout(0.5, seed=np.random.default_rng(5)), nn.Dense(2)])
    model.compile("sgd", "mse")
    train(model)
    assert goes_on_alike(model, saved(model, path))
    legacy = np.random.Generator(np.random.MT19937(0))
    with pytest.raises(ValueError, match=r"argument seed is a generator of NumPy's kind MT19937"):
        saving.save(nn.Sequential([nn.Dropout(0.5, seed=legacy)]), path)


def test_frozen_layers_and_frozen_variables(path):
    model = nn.Sequential(
        [nn.Dense(4, trainable=False), nn.BatchNormalization(), nn.Dense(3), nn.Dense(2)]
    )
    model.predict(X)
    model.layers[2].trainable = False
    model.layers[3].bias.trainable = False
    model.compile("adam", "mse")
    train(model)
    again = saved(model, path)
    flags = [v.trainable for v in model.variables]
    assert [v.trainable for v in again.variables] == flags
    assert goes_on_alike(model, again)
    for each in (model, again):  # what thaws is what was frozen by its layer
        each.trainable = False
        each.trainable = True
    assert [v.trainable for v in again.variables] == [v.trainable for v in model.variables]


def test_a_frozen_model_with_a_thawed_layer(path):
    model = nn.Sequential([nn.Sequential([nn.Dense(3), nn.Dense(3)]), nn.Dense(2)])
    model.predict(X)
    model.trainable = False
    model.layers[0].layers[1].trainable = True
    again = saved(model, path)
    assert [v.trainable for v in again.variables] == [False, False, True, True, False, False]
    assert [layer.trainable for layer in again.layers] == [False, False]


def test_names_that_were_given_and_names_that_were_found(path):
    model = nn.Sequential([nn.Dense(3, name="first"), nn.Dense(3), nn.Dense(2)], name="net")
    again = saved(model, path)
    assert again.name == "net"
    assert [layer.name for layer in again.layers] == ["first", "dense", "dense_1"]
    # A name that was found gives way, as it would have; one that was given does not.
    other = nn.Sequential([nn.Dense(1), again.layers[1]])
    assert [layer.name for layer in other.layers] == ["dense_1", "dense"]
    with pytest.raises(ValueError, match="two layers are named 'first'"):
        nn.Sequential([again.layers[0], nn.Dense(1, name="first")])


def test_models_in_models(path):
    model = nn.Sequential(
        [
            nn.Sequential([nn.Input((4,)), nn.Dense(3), nn.Dense(3)], name="body"),
            nn.Sequential([nn.Dense(2)]),
        ]
    )
    model.compile("adam", "mse")
    train(model)
    again = saved(model, path)
    assert list(variable_paths(again)) == [
        "body/dense/kernel",
        "body/dense/bias",
        "body/dense_1/kernel",
        "body/dense_1/bias",
        "sequential/dense/kernel",
        "sequential/dense/bias",
    ]
    assert goes_on_alike(model, again)


def test_float64_and_float16(path):
    model = nn.Sequential(
        [nn.Dense(3, dtype=np.float64), nn.Dense(3, dtype="float16"), nn.Dense(2, dtype=float)]
    )
    model.predict(X)
    again = saved(model, path)
    assert [v.dtype for v in again.variables] == [v.dtype for v in model.variables]
    assert same(model, again)


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="longdouble is float64 here")
def test_a_dtype_that_the_format_lacks(path):
    model = nn.Sequential([nn.Dense(3, dtype=np.longdouble)])
    model.predict(X)
    with pytest.raises(ValueError, match=r"dense/kernel has dtype .*, which safetensors does"):
        saving.save_weights(model, path)


def test_weights_that_lie_in_other_orders_in_memory(path):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3)])
    model.layers[0].kernel.data = np.asfortranarray(np.arange(12, dtype=np.float32).reshape(4, 3))
    model.layers[0].bias.data = np.arange(6, dtype=np.float32)[::2]
    again = saved(model, path)
    np.testing.assert_array_equal(again.layers[0].kernel.data, np.arange(12).reshape(4, 3))
    np.testing.assert_array_equal(again.layers[0].bias.data, [0, 2, 4])


def test_the_global_generator_is_not_touched(path):
    model = nn.Sequential([nn.Dense(3), nn.Dropout(0.5)])
    model.predict(X)
    state = nn.random.generator().state
    saved(model, path)
    np.testing.assert_array_equal(nn.random.generator().state, state)


def test_numbers_that_json_lacks(path):
    @saving.register("Odd")
    class Odd(nn.Layer):
        def __init__(self, values):
            super().__init__()
            self.values = values

        def call(self, x):
            return x

    values = {
        "floats": [float("inf"), -float("inf"), 0.1, 1e-320, -0.0],
        "tuples": ((1, 2), (), [None, True]),
        "keys": {1: "one", (2, 3): "pair", "$name": "layers.Dense"},
        "scalars": [np.float32(0.1), np.float64(0.1), np.int8(-3), np.bool_(True)],
        "arrays": [np.arange(6).reshape(2, 3), np.zeros((0, 2), np.float16), np.array(7)],
        "dtypes": [np.dtype("int8"), np.float32, float],
        "functions": [nn.activations.relu, np.exp, nn.losses.MeanSquaredError],
        "object": nn.regularizers.L2(0.25),
        "text": "ä\ud7ff\n\0",
    }
    again = saved(nn.Sequential([Odd(values)]), path).layers[0].values
    nan = saved(nn.Sequential([Odd(float("nan"))]), path).layers[0].values
    assert np.isnan(nan)
    assert str(again["floats"]) == str(values["floats"])
    assert [type(v) for v in again["scalars"]] == [type(v) for v in values["scalars"]]
    assert again["scalars"] == values["scalars"]
    for array, given in zip(again["arrays"], values["arrays"], strict=True):
        assert (array.dtype, array.shape) == (given.dtype, given.shape)
        np.testing.assert_array_equal(array, given)
    assert again["dtypes"] == [np.dtype(np.int8), np.dtype(np.float32), np.dtype(np.float64)]
    for key in ("tuples", "keys", "functions", "object", "text"):
        assert again[key] == values[key]


# -- classes and functions of one's own ------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class OneOverRoot(nn.schedules.LearningRateSchedule):
    initial_learning_rate: float

    def __call__(self, step):
        return self.initial_learning_rate / (step + 1) ** 0.5


class Quartic(nn.losses.Loss):
    def __init__(self, factor=1.0, name=None, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name, reduction, dtype)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * np.mean((y_pred - y_true) ** 4, axis=-1)


class Block(nn.Layer):
    """Its config has no name; it makes a layer in build, and has a generator of its own."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units
        self.inner = nn.Sequential([nn.Dense(units, "relu"), nn.BatchNormalization()])
        self.noise = np.random.default_rng(11)

    def build(self, input_shape):
        self.gate = nn.Dense(input_shape[-1])
        self.scale = self.add_weight((input_shape[-1],), "random_normal", name="scale")
        self.unnamed = self.add_weight((), "ones")
        self.counter = ag.Variable(0, trainable=False, name="counter")

    def call(self, x, training=False):
        if training:
            self.counter.assign(self.counter.data + 1)
            x = x + self.noise.normal(size=x.shape).astype("float32")
        return self.gate(self.inner(x, training=training)) * self.scale * self.unnamed


CUSTOM = {"OneOverRoot": OneOverRoot, "Quartic": Quartic, "my.Block": Block}


def custom_model():
    model = nn.Sequential([Block(3), Block(4, name="second"), nn.Dense(2)])
    model.compile(nn.Adam(OneOverRoot(0.1)), Quartic(2.0), metrics=[Quartic(name="quartic")])
    train(model)
    return model


def test_classes_that_are_given(path):
    model = custom_model()
    again = saved(model, path, custom_objects=CUSTOM)
    assert list(variable_paths(again)) == list(variable_paths(model))
    assert list(variable_paths(again))[:5] == [
        "block/scale",
        "block/weight",
        "block/counter",
        "block/sequential/dense/kernel",
        "block/sequential/dense/bias",
    ]
    assert again.layers[1].counter.item() == model.layers[1].counter.item() > 0
    assert goes_on_alike(model, again)


def test_classes_that_are_registered(path):
    for name, thing in CUSTOM.items():
        assert saving.register(name)(thing) is thing
    model = custom_model()
    assert goes_on_alike(model, saved(model, path))


def test_unknown_when_saved(path):
    message = (
        "this cannot be saved: the optimizer, argument learning_rate is OneOverRoot, a class that "
        "is not nn's own; a file holds no code, only names. Give it one: write "
        "@nn.saving.register('OneOverRoot') above 'class OneOverRoot' (or call "
        "nn.saving.register('OneOverRoot')(OneOverRoot) now), and do so again before loading. "
        "save_weights(path) needs no such thing"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        saving.save(custom_model(), path, custom_objects={"Block": Block, "Quartic": Quartic})


def test_unknown_when_loaded(path):
    class Later(nn.Layer):
        def call(self, x):
            return x

    saving.save(nn.Sequential([Later()]), path, custom_objects={"Later": Later})
    with pytest.raises(saving.ModelFileError, match=r"names 'Later', which is unknown.*register"):
        saving.load_model(path)
    with pytest.raises(saving.ModelFileError, match=r"The nearest known name is 'Latter'"):
        saving.load_model(path, custom_objects={"Latter": Later})


def test_a_model_class_that_is_not_registered(path):
    class Net(nn.Model):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(1)

        def call(self, x):
            return self.dense(x)

    model = Net()
    model.predict(X)
    with pytest.raises(ValueError, match=r"Net, a class that is not nn's own.*save_weights"):
        saving.save(model, path)
    saving.save_weights(model, path)
    other = Net()
    other.predict(X)
    saving.load_weights(other, path)
    assert same(model, other)
    assert same(model, saved(model, path, custom_objects={"Net": Net}))


def test_a_class_whose_config_is_not_its_constructor_s(path):
    class Hidden(nn.Layer):
        def __init__(self, units):
            super().__init__()
            self._units = units

    class Fixed(nn.Sequential):
        def __init__(self):
            super().__init__([nn.Dense(1)])

    class Forgetful(nn.Layer):
        def __init__(self, **options):
            super().__init__(**options)

    def refused(model, match):
        kinds = {kind.__name__: kind for kind in (Hidden, Fixed, Forgetful)}
        with pytest.raises(ValueError, match=match):
            saving.save(model, path, custom_objects=kinds)

    refused(nn.Sequential([Hidden(3)]), r"'units'.*get_config\(\) reads each argument of the")
    refused(Fixed(), r"Fixed 'fixed' cannot be saved: its get_config\(\) does not give what its")
    refused(
        nn.Sequential([Forgetful(dtype="float64")]), r"made with dtype='float64', which its get_co"
    )
    refused(
        nn.Sequential([Forgetful(activity_regularizer="l2")]), "made with activity_regularizer='l2'"
    )


def test_a_config_and_from_config_of_one_s_own(path):
    class Pair:
        def __init__(self, a, b):
            self.a, self.b = a, b

        def __call__(self, x):
            return x * self.a + self.b

        def get_config(self):
            return {"both": (self.a, self.b)}

        @classmethod
        def from_config(cls, config):
            return cls(*config["both"])

    model = nn.Sequential([nn.Dense(2, Pair(2.0, 0.5))])
    model.predict(X)
    assert same(model, saved(model, path, custom_objects={"Pair": Pair}))


def test_functions_are_looked_up_by_name(path):
    def double(x):
        return x * 2

    def cost(y_true, y_pred):
        return np.mean(np.square(y_true - y_pred), axis=-1)

    model = nn.Sequential([nn.layers.Lambda(double), nn.Dense(2, activation=double)])
    model.compile("sgd", cost, metrics=[cost])
    train(model)
    again = saved(model, path, custom_objects={"double": double, "cost": cost})
    assert again.layers[0].function is double
    assert goes_on_alike(model, again)


@pytest.mark.parametrize(
    ("model", "match"),
    [
        (
            lambda: nn.Sequential([nn.layers.Lambda(lambda x: 2 * x)]),
            r"the model, Sequential 'sequential', argument layers, \[0\], Lambda 'lambda', "
            r"argument function is <lambda>, a function that is not nn's own; a file holds no "
            r"code, only names.*@nn.saving.register\('my_function'\) above 'def my_function'",
        ),
        (lambda: compiled(loss=lambda y, p: (y - p) ** 2), "the loss is <lambda>, a function"),
        (lambda: compiled(metrics=[len]), r"metrics, \[0\] is <built-in function len>"),
        (lambda: compiled(optimizer=nn.SGD(lambda step: 0.1)), "the learning rate is computed by"),
        (lambda: nn.Sequential([holding(ag.Tensor([1.0]))]), "argument arguments.* is Tensor"),
        (lambda: nn.Sequential([holding(np.array(["a"]))]), "an array of dtype <U1"),
        (lambda: nn.Sequential([holding(object())]), "argument arguments.* is <object object"),
    ],
)
def test_what_no_file_can_hold(path, tmp_path, model, match):
    with pytest.raises(ValueError, match=match):
        saving.save(model(), path)
    assert list(tmp_path.iterdir()) == []


def compiled(optimizer="sgd", loss="mse", metrics=None):
    model = nn.Sequential([nn.Dense(1)])
    model.compile(optimizer, loss, metrics=metrics)
    return model


def test_what_is_no_model(path):
    with pytest.raises(TypeError, match=r"save takes a model, got Dense.*save_weights"):
        saving.save(nn.Dense(1), path)


def test_more_layers_than_can_be_loaded(path):
    flat = nn.Flatten()
    saved(nn.Sequential([flat] * 3000), path)  # it is one layer
    many = nn.Sequential([])
    many._stack = [nn.Flatten(name=f"f{i}") for i in range(2001)]
    with pytest.raises(ValueError, match="more than 2000 layers"):
        saving.save(many, path)


def test_a_config_that_is_longer_than_can_be_loaded(path, monkeypatch):
    monkeypatch.setattr(nn.saving.describing, "LONGEST", 1000)
    with pytest.raises(ValueError, match=r"\d+ characters to describe.*let it be an array"):
        saving.save(nn.Sequential([holding([0.5] * 1000)]), path)
    long = nn.Sequential([nn.Rescaling(np.full(1000, 0.5))])
    np.testing.assert_array_equal(saved(long, path).layers[0].scale, long.layers[0].scale)


def test_a_layer_that_was_built_by_hand(path):
    model = nn.Sequential([nn.Dense(2)])
    model.layers[0].build((None, 4))
    again = saved(model, path)
    np.testing.assert_array_equal(again.layers[0].kernel.data, model.layers[0].kernel.data)

    class Own(nn.Dense):
        def __init__(self, units, name=None):
            super().__init__(units, name=name)
            self.weight = self.add_weight((1,), "ones", name="w")
            self.built = True

    with pytest.raises(ValueError, match=r"own was built by hand, and the .* save_weights"):
        saving.save(nn.Sequential([Own(2)]), path, custom_objects={"Own": Own})


def test_registering():
    with pytest.raises(TypeError, match=r'write @register\("MyLayer"\)'):

        @saving.register
        class Bare:
            pass

    with pytest.raises(TypeError, match="a class or a function, got an object of type Dense"):
        saving.register("layer")(nn.Dense(1))
    with pytest.raises(ValueError, match=r"the name 'layers\.Dense' is taken"):
        saving.register("layers.Dense")(Block)

    def cell(value):
        @saving.register("FromACell")
        class FromACell:
            number = value

        return FromACell

    assert cell(1) is not cell(2)  # a notebook's cell, run again
    with pytest.raises(ValueError, match="the name 'FromACell' is taken"):
        saving.register("FromACell")(Block)
    for name in ("layers.Dense", "numpy.tanh"):
        with pytest.raises(ValueError, match="is taken: it is one of nn's own or of NumPy's"):
            saving.load_model("none.safetensors", custom_objects={name: Block})
    with pytest.raises(TypeError, match=r"custom_objects is a dict"):
        saving.load_model("none.safetensors", custom_objects=[Block])


# -- the file --------------------------------------------------------------------------------------


def test_the_file_is_plain_safetensors(path):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3), nn.Dense(2)])
    model.compile(nn.SGD(momentum=0.9), "mse")
    train(model)
    saving.save(model, path)
    tensors = load_file(path)
    assert sorted(tensors) == [
        "dense/bias",
        "dense/kernel",
        "dense_1/bias",
        "dense_1/kernel",
        "optimizer:dense/bias/momentum",
        "optimizer:dense/kernel/momentum",
        "optimizer:dense_1/bias/momentum",
        "optimizer:dense_1/kernel/momentum",
        "optimizer:iterations",
        "optimizer:learning_rate",
    ]
    np.testing.assert_array_equal(tensors["dense/kernel"], model.layers[0].kernel.data)
    assert tensors["optimizer:iterations"] == 10
    with safe_open(path, "numpy") as file:
        document = json.loads(file.metadata()["nn"])
    assert document["version"] == 1
    assert document["model"]["config"]["layers"][1]["config"]["units"] == 3
    assert document["compiled"]["loss"] == "mse"


def test_paths_that_two_weights_would_share(path):
    model = nn.Sequential([nn.Sequential([nn.Dense(1, name="b")], name="a"), nn.Dense(1)])
    model.predict(X)
    model.layers[1]._rename("a/b")
    with pytest.raises(ValueError, match="no place for 'a/b/kernel': give the layer a name="):
        saving.save_weights(model, path)
    reserved = nn.Sequential([nn.Input((4,)), nn.Dense(1, name="optimizer:x")])
    with pytest.raises(ValueError, match="no place for 'optimizer:x/kernel'"):
        saving.save_weights(reserved, path)
