"""nn.diagnose finds what is sick on purpose, is silent on what is healthy, and changes nothing."""

import copy
import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn.diagnosis import Severity
from nn.random import generator


def load(name):
    """A module beside this one: folders of tests are no packages."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(name, module)
    spec.loader.exec_module(module)
    return module


sick, healthy = load("sick"), load("healthy")


@pytest.mark.filterwarnings("ignore:Dense.1. with a softmax always gives 1")
@pytest.mark.parametrize(
    ("make", "name", "severity", "text"), sick.SICK, ids=lambda x: getattr(x, "__name__", "")
)
def test_what_is_sick_is_found(make, name, severity, text):
    report = nn.diagnose(*make())
    assert name in report, str(report)
    finding = report[name]
    assert finding.severity == Severity[severity]
    assert re.search(text, finding.summary), finding.summary
    assert finding.remedy
    assert report.ok == (severity == "NOTE" and all(f.severity == 1 for f in report.findings))
    assert finding.name.replace("_", " ") in str(report)


@pytest.mark.parametrize("make", healthy.HEALTHY)
def test_it_is_silent_on_what_is_healthy(make):
    model, X, y = make()
    report = nn.diagnose(model, X, y)
    assert report.ok, str(report)
    assert {f.name for f in report.findings} <= {"constant_features", "few_samples"}


@pytest.mark.parametrize(
    "make", [healthy.example_03_line, healthy.example_05_several_classes, healthy.example_09,
             healthy.example_10, healthy.xor],
)  # fmt: skip
def test_it_is_silent_after_a_healthy_training_too(make):
    model, X, y = make()
    model.fit(X, y, epochs=20, verbose=0)
    report = nn.diagnose(model, X, y)
    assert report.ok, str(report)


@pytest.mark.filterwarnings("ignore:Dense.1. with a softmax always gives 1")
def test_what_follows_from_another_finding_is_not_repeated():
    names = {f.name for f in nn.diagnose(*sick.raw_wine()).findings}
    assert names == {"unscaled_inputs"}
    names = {f.name for f in nn.diagnose(*sick.softmax_of_one()).findings}
    assert names == {"loss_mismatch"}


def test_a_training_that_has_broken_the_model():
    model, X, y = healthy.example_05_several_classes()
    model.compile(nn.SGD(300.0), "sparse_categorical_crossentropy")
    model.fit(X, y, epochs=2, verbose=0)
    finding = nn.diagnose(model, X, y)["worse_than_guessing"]
    assert finding.numbers["guessing"] == pytest.approx(np.log(3), rel=1e-6)
    assert "after 10 steps" in finding.summary


# -- leaks -----------------------------------------------------------------------------------------


def split(X, y):
    X_train, X_val, y_train, y_val = nn.datasets.train_test_split(X, y, test_size=0.25, seed=0)
    return X_train, y_train, X_val, y_val


@pytest.mark.parametrize("make", [healthy.raw_iris, healthy.moons, healthy.example_03_line,
                                  healthy.example_08, healthy.embedded_words])  # fmt: skip
def test_an_honest_split_is_no_leak(make):
    model, X, y = make()
    X_train, y_train, X_val, y_val = split(X, y)
    report = nn.diagnose(model, X_train, y_train, (X_val, y_val))
    assert report.ok, str(report)
    assert f"{len(X_val):,} to validate on" in str(report)


def test_rows_in_both_parts_are_a_leak():
    model, X, y = healthy.moons()
    X_train, y_train, X_val, y_val = split(X, y)
    X_val[[3, 40]], y_val[[3, 40]] = X_train[[7, 100]], y_train[[7, 100]]
    finding = nn.diagnose(model, X_train, y_train, (X_val, y_val))["leak"]
    assert finding.severity is Severity.WARNING
    assert finding.numbers["rows"] == [3, 40]
    assert finding.numbers["share"] == 2 / 75
    assert "row 3 is training row 7" in finding.summary


def test_a_negative_zero_is_a_zero():
    model, X, y = healthy.moons()
    X_train, y_train, X_val, y_val = split(X, y)
    X_train[:3, 1], X_val[:3] = 0.0, X_train[:3] * np.array([1.0, -0.0])
    X_val[:3, 0] = X_train[:3, 0]
    assert nn.diagnose(model, X_train, y_train, (X_val, y_val))["leak"].numbers["rows"] == [0, 1, 2]


def test_noisy_copies_are_a_leak():
    model, X, y = healthy.example_05_binary()
    X_train, y_train, X_val, y_val = split(X, y)
    X_val[:20] = X_train[:20] * (1 + 1e-4)
    report = nn.diagnose(model, X_train, y_train, (X_val, y_val))
    assert report["near_leak"].numbers["share"] == pytest.approx(20 / len(X_val))
    assert "leak" not in report


# -- nothing is changed ----------------------------------------------------------------------------


def state_of(model):
    """All that a training, a prediction or a save could see."""
    metrics = [m.name for m in model.metrics], str(model.metrics_results())
    optimizer = [] if not model.optimizer.built else [v.numpy() for v in model.optimizer.variables]
    generators = [
        value.bit_generator.state
        for layer in [model, *model.layers]
        for value in vars(layer).values()
        if isinstance(value, np.random.Generator)
    ]
    return (
        [(v.name, v.data.tobytes(), id(v.data), v.changed, v.grad) for v in model.variables],
        [x.tobytes() for x in optimizer],
        generators,
        generator().state.tobytes(),
        np.random.get_state()[1].tobytes(),
        [
            (key, id(value))
            for layer in [model, *model.layers]
            for key, value in vars(layer).items()
            if key != "_gathered"  # what `variables` found, for the next time
        ],
        metrics,
    )


@pytest.mark.parametrize("trained", [False, True])
def test_the_model_stays_as_it_is(trained):
    nn.set_random_seed(3)
    model = nn.Sequential(
        [nn.Dense(16, activation="relu"), nn.Dropout(0.3), nn.BatchNormalization(), nn.Dense(3)]
    )
    model.compile(nn.Adam(0.01), sick.LOGITS, metrics=["accuracy"])
    if trained:
        model.fit(sick.X, sick.Y, epochs=2, verbose=0)
    twin = copy.deepcopy(model)
    before = state_of(model)
    at = generator().state
    report = nn.diagnose(model, sick.X, sick.Y, (sick.X[:20], sick.Y[:20]))
    assert state_of(model) == before
    assert model.built == trained
    assert str(nn.diagnose(model, sick.X, sick.Y, (sick.X[:20], sick.Y[:20]))) == str(report)
    history = model.fit(sick.X, sick.Y, epochs=3, verbose=0).history
    generator().state = at
    assert twin.fit(sick.X, sick.Y, epochs=3, verbose=0).history == history


def test_a_graph_recorded_before_can_be_differentiated_after():
    model, X, y = healthy.raw_iris()
    loss = model.loss(y, model(X))
    nn.diagnose(model, X, y)
    loss.backward()
    assert model.variables[0].grad is not None


def test_data_is_not_written_to():
    model, X, y = healthy.example_10()
    before = X.copy(), y.copy()
    X.flags.writeable = y.flags.writeable = False
    nn.diagnose(model, X, y, (X, y))
    assert np.array_equal(X, before[0])
    assert np.array_equal(y, before[1])


# -- models of every kind --------------------------------------------------------------------------


class TwoInputs(nn.Model):
    def __init__(self):
        super().__init__()
        self.left, self.right, self.out = nn.Dense(8, "relu"), nn.Dense(8, "relu"), nn.Dense(3)

    def call(self, inputs):
        return self.out(self.left(inputs["a"]) + self.right(inputs["b"]))


def test_several_inputs():
    model = TwoInputs()
    model.compile("adam", sick.LOGITS)
    X = {"a": sick.X[:, :6].copy(), "b": sick.X[:, 6:].copy()}
    assert nn.diagnose(model, X, sick.Y).ok
    X["b"][0, 0] = np.nan
    assert nn.diagnose(model, X, sick.Y)["not_finite"].summary.startswith("X['b'] has 1 value")


class TwoOutputs(nn.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.kind, self.size = nn.Dense(8, "relu"), nn.Dense(3), nn.Dense(1)

    def call(self, x):
        h = self.hidden(x)
        return {"kind": self.kind(h), "size": self.size(h)}


def test_several_outputs():
    model = TwoOutputs()
    model.compile("adam", {"kind": sick.LOGITS, "size": "mse"})
    y = {"kind": sick.Y, "size": sick.X[:, :1]}
    report = nn.diagnose(model, sick.X, y)
    assert report.ok, str(report)
    assert report.rates is not None


def test_a_train_step_of_one_s_own_is_not_judged_by_its_loss():
    class Mine(nn.Sequential):
        def train_step(self, data):
            return {"loss": 0.0}

    model = Mine([nn.Dense(3)])
    model.compile("adam")
    report = nn.diagnose(model, sick.WINE.X, sick.Y)
    assert "train_step is your own" in str(report)
    assert [f.name for f in report.findings] == ["unscaled_inputs"]
    with pytest.raises(ValueError, match="no learning rate test"):
        report.plot()


def test_a_frozen_model():
    model, X, y = healthy.raw_iris()
    model.trainable = False
    assert nn.diagnose(model, X, y).rates is None


def test_a_schedule_is_run_as_it_is_and_not_called_too_low():
    model, X, y = healthy.raw_iris()
    warmup = nn.schedules.PiecewiseConstantDecay([1000], [1e-8, 1e-2])
    model.compile(nn.Adam(warmup), sick.LOGITS)
    report = nn.diagnose(model, X, y)
    assert report.ok, str(report)
    assert report.rates.scheduled


def test_a_loss_of_one_s_own_and_an_activity_penalty():
    def cubed(y_true, y_pred):
        return np.mean(np.abs(y_true - y_pred) ** 3, axis=-1)

    layers = [nn.Dense(8, "relu", activity_regularizer=nn.regularizers.L2(1e-3)), nn.Dense(1)]
    model = healthy.compiled(layers, cubed, "adam")
    report = nn.diagnose(model, sick.X_DIABETES, sick.standardized(sick.Y_DIABETES))
    assert report.ok, str(report)


def test_a_residual_model_with_a_shared_layer():
    class Residual(nn.Model):
        def __init__(self):
            super().__init__()
            self.first, self.shared, self.out = nn.Dense(16), nn.Dense(16, "relu"), nn.Dense(3)

        def call(self, x):
            x = self.first(x)
            for _ in range(6):
                x = x + self.shared(x)
            return self.out(x)

    model = Residual()
    model.compile("adam", sick.LOGITS)
    report = nn.diagnose(model, sick.X, sick.Y)
    assert "vanishing_gradients" not in report


def test_one_hot_targets_and_float64():
    layers = [nn.Dense(8, "relu", dtype="float64"), nn.Dense(3, "softmax", dtype="float64")]
    model = healthy.compiled(layers, "categorical_crossentropy", nn.Adam(0.01))
    assert nn.diagnose(model, sick.X, np.eye(3)[sick.Y]).ok


def test_a_single_sample_and_a_single_batch():
    model, X, y = healthy.raw_iris()
    report = nn.diagnose(model, X[:1], y[:1])
    assert {f.name for f in report.findings} == {"one_class", "few_samples"}
    assert nn.diagnose(model, X, y, batch_size=10_000).ok


def test_all_rows_spoiled():
    model, X, y = healthy.raw_iris()
    report = nn.diagnose(model, np.full_like(X, np.nan), y)
    assert [f.name for f in report.findings] == ["not_finite"]
    assert "no sample without NaN" in str(report)


def test_nan_in_targets_and_in_the_validation():
    model, X, y = healthy.example_03_line()
    spoiled = y.copy()
    spoiled[4] = np.nan
    report = nn.diagnose(model, X, spoiled, (X[:9], spoiled[:9]))
    assert [f.summary.split(" has ")[0] for f in report.findings if f.name == "not_finite"] == [
        "y",
        "y of the validation",
    ]


# -- what is refused -------------------------------------------------------------------------------


def test_what_is_refused():
    model, X, y = healthy.raw_iris()
    with pytest.raises(RuntimeError, match="was not compiled, so diagnose has no loss"):
        nn.diagnose(nn.Sequential([nn.Dense(1)]), X, y)
    with pytest.raises(TypeError, match="X is a generator"):
        nn.diagnose(model, ((X, y) for _ in range(3)), None)
    with pytest.raises(TypeError, match=r"validation_data is a pair \(X, y\)"):
        nn.diagnose(model, X, y, X)
    with pytest.raises(TypeError, match="X holds text"):
        nn.diagnose(model, [["a", "b"]], [1])
    with pytest.raises(ValueError, match="X has 150 samples"):
        nn.diagnose(model, X, y[:-1])
    model.lock = __import__("threading").Lock()
    with pytest.raises(TypeError, match="something in it cannot be copied"):
        nn.diagnose(model, X, y)


def test_what_fit_would_refuse_is_a_finding():
    model, X, y = healthy.raw_iris()
    assert "nothing is broadcast" in nn.diagnose(*relabelled(model, X, y))["refused"].summary
    narrow = nn.diagnose(model, X, y, (X[:, :3], y))
    assert "refused" in narrow
    assert "refused" in nn.diagnose(model, X)


def relabelled(model, X, y):
    model.compile("adam", "mse")
    return model, X, y


# -- the report ------------------------------------------------------------------------------------


def test_the_report_is_read_by_programs_too():
    report = nn.diagnose(*sick.rare_class())
    assert report.findings[0] is report["class_imbalance"]
    assert report["class_imbalance"].numbers["counts"] == {0: 980, 1: 20}
    assert report["class_imbalance"].numbers["accuracy_of_guessing"] == 0.98
    with pytest.raises(KeyError, match="found was: class_imbalance"):
        report["leak"]
    assert str(report).startswith("Diagnosis of sequential: 1 warning\n\ndata      1,000 samples")
    assert max(map(len, str(report).splitlines())) <= 88


def test_the_loss_of_guessing_is_that_of_the_formula():
    """-sum p log p for the frequencies 980 and 20 of 1000; ln 2 for equal ones; the variance."""
    p = 0.02
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    facts = dict(nn.diagnose(*sick.rare_class()).facts)
    assert f"probabilities give {np.log(2):.4g}" in facts["loss"]
    assert f"best constant prediction: {entropy:.4g}" in facts["loss"]
    facts = dict(nn.diagnose(*healthy.example_03_line()).facts)
    assert f"best constant prediction: {healthy.DIABETES.y.var():.4g}" in facts["loss"]


def test_severities_are_in_order():
    report = nn.diagnose(*sick.no_numbers())
    severities = [f.severity for f in report.findings]
    assert severities == sorted(severities, reverse=True)


def test_the_first_loss_is_what_the_model_gives():
    model, X, y = healthy.example_06()
    assert nn.diagnose(model, X, y).rates.start == pytest.approx(np.log(2), rel=1e-6)


def test_rates_that_are_tried_train_as_fit_does():
    """One unit, squared error, all samples in one batch: gradient descent by hand."""
    X, y = np.array([[1.0], [2.0], [-1.0]]), np.array([[1.0], [3.0], [0.0]])
    model = healthy.compiled([nn.Input((1,)), nn.Dense(1, use_bias=False)], "mse", nn.SGD(0.01))
    model.set_weights([np.array([[0.5]])])
    rates = nn.diagnose(model, X, y).rates
    w = 0.5
    for _ in range(rates.steps):
        w -= 0.01 * np.mean(2 * (X * w - y) * X)
    assert rates.loss_at_yours == pytest.approx(np.mean((X * w - y) ** 2), rel=1e-4)


def test_the_picture(tmp_path):
    report = nn.diagnose(*sick.too_slow())
    chart = report.plot(tmp_path / "rates.png")
    assert (tmp_path / "rates.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    (panel,) = chart._panels
    assert panel.x.log
    assert "yours: 1e-05" in [mark.label for mark in panel.marks]
    assert f"{report.rates.loss_at_yours:.4g} with yours" in chart.description


def test_data_that_no_learning_rate_learns_from(tmp_path):
    """Inputs of 1e5: already the smallest rate of the test overshoots."""
    X = 1e5 * np.random.default_rng(0).normal(size=(40, 3))
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    model.compile(nn.SGD(0.01), "mse")
    report = nn.diagnose(model, X, X[:, :1] / 1e5)
    assert "unscaled_inputs" in report
    assert "no rate from there up learns" in report["learning_rate_too_high"].remedy
    chart = report.plot(tmp_path / "rates.svg")
    assert "With no rate the loss" in chart.description
    assert all(mark.label != "learns well" for mark in chart._panels[0].marks)


def test_the_picture_of_a_loss_that_diverges(tmp_path):
    nn.diagnose(*sick.diverging()).plot(tmp_path / "rates.svg")
    assert "higher still, or not finite" in (tmp_path / "rates.svg").read_text()


def test_it_works_under_no_grad_and_inside_of_detect_anomaly():
    with ag.no_grad(), ag.detect_anomaly():
        assert nn.diagnose(*healthy.raw_iris()).ok
        assert "learning_rate_too_high" in nn.diagnose(*sick.diverging())
