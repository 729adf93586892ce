"""Options that are set after the first step, schedules that are not to be replaced, pairs."""

import numpy as np
import pytest

import autograd_lite as ag
import nn

X = np.random.default_rng(0).normal(size=(70, 4)).astype("f4")
Y = np.random.default_rng(1).normal(size=(70, 3)) * 3  # noise: each batch has a gradient to clip


def weights():
    return [ag.Variable(np.array([1.0, -2.0]), name="w"), ag.Variable(np.array([[0.5]]), name="b")]


def gradients(step):
    rng = np.random.default_rng(step)
    return [rng.normal(size=2) / (step + 1) ** 4, rng.normal(size=(1, 1)) / (step + 1) ** 4]


def stepped(optimizer, variables, steps):
    for step in steps:
        optimizer.apply(gradients(step), variables)
    return [v.data.copy() for v in variables]


# Each option, switched on after two steps, and what it is by its formula: the steps of an optimizer
# that has had it from there on, with the other slots as they were. A slot that is new starts as at
# the first step.
SWITCHED = {
    "SGD momentum": (lambda: nn.SGD(0.1), {"momentum": 0.9}),
    "SGD momentum, nesterov": (lambda: nn.SGD(0.1), {"momentum": 0.9, "nesterov": True}),
    "SGD other momentum": (lambda: nn.SGD(0.1, momentum=0.5), {"momentum": 0.9}),
    "SGD none any more": (lambda: nn.SGD(0.1, momentum=0.5), {"momentum": 0.0}),
    "RMSprop momentum": (lambda: nn.RMSprop(0.1), {"momentum": 0.9}),
    "RMSprop centered": (lambda: nn.RMSprop(0.1), {"centered": True}),
    "Adam amsgrad": (lambda: nn.Adam(0.1), {"amsgrad": True}),
    "Adam beta_1": (lambda: nn.Adam(0.1), {"beta_1": 0.5}),
    "AdamW amsgrad": (lambda: nn.AdamW(0.1, weight_decay=0.1), {"amsgrad": True}),
    "Adam weight_decay": (lambda: nn.Adam(0.1), {"weight_decay": 0.1}),
    "Adam clipnorm": (lambda: nn.Adam(0.1), {"clipnorm": 0.001}),
    "SGD clipvalue": (lambda: nn.SGD(0.1), {"clipvalue": 0.001}),
    "SGD global_clipnorm": (lambda: nn.SGD(0.1), {"global_clipnorm": 0.01}),
    "Adadelta rho": (lambda: nn.optimizers.Adadelta(0.1), {"rho": 0.5}),
}


@pytest.mark.parametrize("name", list(SWITCHED))
def test_an_option_set_after_the_first_step_holds_from_there_on(name):
    make, options = SWITCHED[name]
    optimizer, variables = make(), weights()
    stepped(optimizer, variables, range(2))
    for option, value in options.items():
        setattr(optimizer, option, value)
    found = stepped(optimizer, variables, range(2, 5))

    first, others = make(), weights()
    stepped(first, others, range(2))
    later = type(first)(**{**first.get_config(), **options})
    later.build(others)
    known = {v.name: v for v in first.variables}
    for variable in later.variables:
        if variable.name in known:
            variable.assign(known[variable.name].data)
    expected = stepped(later, others, range(2, 5))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)
    plain, untouched = make(), weights()
    stepped(plain, untouched, range(5))
    assert not np.array_equal(untouched[0].data, found[0])  # it makes a difference at all


@pytest.mark.parametrize("name", list(SWITCHED))
@pytest.mark.parametrize("how", [{"run_eagerly": True}, {"jit_compile": False}])
def test_also_in_fit_on_every_engine(name, how):
    make, options = SWITCHED[name]

    def run(switch, **how):
        nn.set_random_seed(0)
        model = nn.Sequential([nn.Input((4,)), nn.Dense(3)])
        model.compile(make(), "mse", **how)

        def begin(epoch, logs):
            if switch and epoch == 40:
                for option, value in options.items():
                    setattr(model.optimizer, option, value)

        callback = nn.callbacks.LambdaCallback(on_epoch_begin=begin)
        model.fit(X, Y, epochs=45, shuffle=False, verbose=0, callbacks=[callback])
        return model.get_weights()

    found, expected = run(True, **how), run(True, run_eagerly=True)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    assert not np.array_equal(found[0], run(False, **how)[0])


@pytest.mark.parametrize(
    ("option", "value"), [("use_ema", True), ("gradient_accumulation_steps", 4)]
)
def test_what_was_gathered_otherwise_cannot_be_changed(option, value):
    optimizer, variables = nn.SGD(0.1), weights()
    setattr(optimizer, option, value)  # before the first step
    setattr(optimizer, option, getattr(nn.SGD(), option))
    stepped(optimizer, variables, range(1))
    setattr(optimizer, option, getattr(optimizer, option))  # nothing is changed
    with pytest.raises(ValueError, match=f"{option} cannot be set after the first step"):
        setattr(optimizer, option, value)
    assert getattr(optimizer, option) == getattr(nn.SGD(), option)


@pytest.mark.parametrize(
    ("make", "option", "value", "error"),
    [
        (nn.SGD, "momentum", 1.5, ValueError),
        (nn.SGD, "momentum", "high", TypeError),
        (nn.SGD, "nesterov", True, ValueError),
        (nn.SGD, "clipnorm", -1.0, ValueError),
        (lambda: nn.SGD(clipnorm=1.0), "clipvalue", 1.0, ValueError),
        (nn.Adam, "beta_1", 1.0, ValueError),
        (nn.Adam, "epsilon", float("nan"), ValueError),
        (nn.RMSprop, "rho", -0.1, ValueError),
        (nn.Adam, "weight_decay", -1, ValueError),
        (lambda: nn.AdamW(), "weight_decay", None, ValueError),
    ],
)
def test_a_value_that_the_constructor_refuses_is_refused_later_too(make, option, value, error):
    optimizer, variables = make(), weights()
    stepped(optimizer, variables, range(1))
    before = getattr(optimizer, option)
    with pytest.raises(error):
        setattr(optimizer, option, value)
    assert getattr(optimizer, option) == before
    stepped(optimizer, variables, range(1, 2))


def test_a_numpy_number_does_not_widen_the_arithmetic():
    variable = ag.Variable(np.ones(2, "f4"))
    optimizer = nn.SGD(0.1, momentum=0.5)
    optimizer.apply([np.ones(2, "f4")], [variable])
    optimizer.momentum = np.float64(0.9)
    assert type(optimizer.momentum) is float
    optimizer.apply([np.ones(2, "f4")], [variable])
    assert {v.dtype for v in (variable, *optimizer._slots["momentum"])} == {np.dtype("f4")}


def test_a_checkpoint_has_the_slots_that_there_are(tmp_path):
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3)])
    model.compile(nn.SGD(0.1), "mse")
    model.train_on_batch(X, Y)
    model.optimizer.momentum = 0.9
    model.train_on_batch(X, Y)
    model.save(tmp_path / "m.safetensors")
    again = nn.load_model(tmp_path / "m.safetensors")
    assert again.train_on_batch(X, Y) == model.train_on_batch(X, Y)
    assert again.train_on_batch(X, Y) == model.train_on_batch(X, Y)


# -- schedules -------------------------------------------------------------------------------------

SCHEDULES = [
    nn.schedules.ExponentialDecay(0.1, 3, 0.5),
    nn.schedules.CosineDecay(0.1, 10),
    lambda: 0.1,
    lambda step: 0.1 / (step + 1),
]


def halve(optimizer):
    optimizer.learning_rate *= 0.5


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(
    "change", [halve, lambda optimizer: setattr(optimizer, "learning_rate", 0.05)]
)
def test_a_schedule_is_not_replaced_by_a_number(schedule, change):
    # Keras: "this optimizer was created with a LearningRateSchedule ... not settable", a TypeError.
    optimizer = nn.SGD(schedule)
    rate = optimizer.learning_rate
    with pytest.raises(TypeError, match="would replace the schedule"):
        change(optimizer)
    assert optimizer.learning_rate == rate
    optimizer.learning_rate = nn.schedules.CosineDecay(0.3, 10)  # another schedule may
    assert optimizer.learning_rate == 0.3


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(
    "callback",
    [
        lambda: nn.callbacks.LearningRateScheduler(lambda epoch, rate: rate),
        lambda: nn.callbacks.ReduceLROnPlateau("loss", patience=100),
    ],
)
def test_callbacks_that_set_the_rate_refuse_a_schedule_before_training(schedule, callback):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3)])
    model.compile(nn.SGD(schedule), "mse")
    before = model.get_weights()
    with pytest.raises(TypeError, match="would replace the schedule"):
        model.fit(X, Y, verbose=0, callbacks=[callback()])
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


# -- pairs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.asarray, ag.Tensor, np.ndarray.tolist])
def test_apply_gradients_is_apply_in_pairs(kind):
    one, other = weights(), weights()
    optimizer = nn.SGD(0.1, momentum=0.9)
    for step in range(3):
        pairs = zip(map(kind, gradients(step)), one, strict=True)
        assert optimizer.apply_gradients(pairs).item() == step + 1  # Keras returns iterations
    stepped(nn.SGD(0.1, momentum=0.9), other, range(3))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_what_are_no_pairs_of_gradient_and_variable():
    (w, _) = weights()
    g = np.ones(2)
    for pairs, error, message in [
        ([], ValueError, "no pairs"),
        ([g, w], TypeError, "takes pairs"),
        ([(w, g)], TypeError, "write .gradient, variable"),
        ([(g, g)], TypeError, "updates Variables"),
        ([(None, w)], ValueError, "no variable has a gradient"),
    ]:
        with pytest.raises(error, match=message):
            nn.SGD().apply_gradients(pairs)
