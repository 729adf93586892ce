"""What holds for every metric: no broadcasting, weights of each shape, comparisons, names."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest

import nn
from nn import losses, metrics

rng = np.random.default_rng(0)
N = 12
ALL = sorted(
    name
    for name, kind in vars(metrics).items()
    if inspect.isclass(kind)
    and issubclass(kind, metrics.Metric)
    and name not in ("Metric", "MeanMetric", "MeanMetricWrapper", "LossMetric", "Mean", "Sum")
)
ONE_OUTPUT = [
    name
    for name in ALL  # the cosine is of vectors, F-scores of (samples, classes), IoU of labels
    if "Categorical" not in name
    and name not in ("F1Score", "FBetaScore", "Accuracy", "CosineSimilarity")
    and ("IoU" not in name or name == "BinaryIoU")
]


ARGUMENTS = {name: (0.5,) for name in ALL if re.match(r"\w+At[A-Z]", name)}


def model(outputs: int = 1, **options: Any) -> nn.Model:
    nn.set_random_seed(0)
    made = nn.Sequential([nn.Input((4,)), nn.Dense(outputs, activation="sigmoid")])
    made.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    return made


X = rng.normal(size=(N, 4)).astype("f4")
LABELS = (X[:, 0] > 0).astype("f4")


# -- (n,) against (n, 1) ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ONE_OUTPUT)
@pytest.mark.parametrize("weights", [None, (N,), (N, 1)])
def test_one_number_for_each_sample_in_every_shape_is_the_same(name: str, weights: Any) -> None:
    p = rng.uniform(0.01, 0.99, N).astype("f4")
    w = None if weights is None else rng.uniform(0.5, 2, N).astype("f4").reshape(weights)
    values = [
        getattr(metrics, name)(*ARGUMENTS.get(name, ()))(
            LABELS.reshape(t), p.reshape(s), sample_weight=w
        )
        for t in ((N,), (N, 1))
        for s in ((N,), (N, 1))
    ]
    np.testing.assert_allclose(values, values[0], rtol=1e-6)


def outer(y_true: Any, y_pred: Any) -> Any:
    return np.mean((y_true - y_pred) ** 2)


def rows(y_true: Any, y_pred: Any) -> Any:
    return np.mean(np.abs(y_true - y_pred[:, 0]))


def flat(y_true: Any, y_pred: Any) -> Any:
    return np.mean(np.abs(np.ravel(y_true) - np.ravel(y_pred)))


def chosen(y_true: Any, y_pred: Any) -> Any:
    return np.where(y_true > 0.5, y_pred, 1 - y_pred)


def stripped(y_true: Any, y_pred: Any) -> Any:
    return np.abs(np.asarray(y_true) - np.asarray(y_pred))


FUNCTIONS = {
    outer: lambda t, p: np.mean((t - p) ** 2),
    rows: lambda t, p: np.mean(np.abs(t - p)),
    flat: lambda t, p: np.mean(np.abs(t - p)),
    chosen: lambda t, p: np.mean(np.where(t > 0.5, p, 1 - p)),
    stripped: lambda t, p: np.mean(np.abs(t - p)),
}


def as_subclass(function: Any) -> metrics.Metric:
    class Mine(metrics.Metric):
        def __init__(self) -> None:
            super().__init__()
            self.values: list[Any] = []
            self.batches = self.add_variable()

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.batches.assign_add(1)
            self.values.append(np.mean(function(y_true, y_pred)) * len(y_pred))

        def result(self) -> Any:
            return sum(self.values) / N if self.values else 0.0

        def reset_state(self) -> None:
            super().reset_state()
            self.values.clear()

    return Mine()


@pytest.mark.parametrize("function", list(FUNCTIONS), ids=lambda f: f.__name__)
@pytest.mark.parametrize("kind", [lambda f: f, as_subclass], ids=["function", "subclass"])
@pytest.mark.parametrize("shape", [(N,), (N, 1)])
def test_a_metric_of_the_users_never_broadcasts(function: Any, kind: Any, shape: Any) -> None:
    if function is rows and shape == (N, 1):
        return  # the user's own broadcasting, of what the user gave
    metric = kind(function)
    made = model(metrics=[metric])
    found = made.evaluate(X, LABELS.reshape(shape), batch_size=5, verbose=0, return_dict=True)
    expected = FUNCTIONS[function](LABELS, made.predict(X)[:, 0])
    (value,) = (value for name, value in found.items() if name != "loss")
    assert value == pytest.approx(expected, rel=1e-5)
    if isinstance(metric, metrics.Metric):
        assert metric.batches.item() == 3  # no batch was taken in twice


def test_what_broadcasts_in_every_shape_is_refused_with_the_way_out() -> None:
    def both(y_true: Any, y_pred: Any) -> Any:
        return np.mean(np.ravel(y_true) - np.reshape(y_pred, (-1, 1)))

    for metric in (both, as_subclass(both)):
        with pytest.raises(ValueError, match=r"shape \(12,\) and \(12, 1\).*reshape\(y_pred.shape"):
            model(metrics=[metric]).evaluate(X, LABELS, verbose=0)


def test_a_loss_that_compares_all_with_all_is_refused() -> None:
    def loss(y_true: Any, y_pred: Any) -> Any:
        return (y_pred[:, 0] - y_true) ** 2

    with pytest.raises(ValueError, match=r"compared every target with every prediction"):
        model(loss=loss).fit(X, LABELS, verbose=0)


# -- weights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_a_column_of_weights_is_a_weight_for_each_sample(name: str, outputs: int) -> None:
    t, p = rng.normal(size=(2, N, outputs)).astype("f4")
    w = rng.uniform(0.5, 2, N)
    errors = (np.abs(t - p) if "Absolute" in name else (t - p) ** 2).mean(axis=-1)
    expected = np.average(errors, weights=w) ** (0.5 if "Root" in name else 1)
    for weight in (w, w[:, None]):
        assert getattr(metrics, name)()(t, p, sample_weight=weight) == pytest.approx(expected)
    loss = losses.MeanSquaredError()
    assert loss(t, p, w[:, None]).item() == pytest.approx(loss(t, p, w).item())


def test_class_weight_times_a_column_of_weights() -> None:
    made, other = model(), model()
    w, per_class = np.arange(1.0, N + 1), {0: 1.0, 1: 3.0}
    one = made.train_on_batch(X, LABELS, sample_weight=w[:, None], class_weight=per_class)
    assert one == other.train_on_batch(X, LABELS, sample_weight=w, class_weight=per_class)
    for each, weight in ((made, w[:, None]), (other, w)):
        each.fit(X, LABELS, sample_weight=weight, class_weight=per_class, shuffle=False, verbose=0)
    np.testing.assert_array_equal(made.get_weights()[0], other.get_weights()[0])


# -- thresholds ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("level", [0.1, 0.2, 0.3, 0.6, 0.7, 0.9])
@pytest.mark.parametrize("kind", [float, np.float64, np.float32])
def test_a_prediction_at_a_threshold_does_not_exceed_it(dtype: str, level: Any, kind: Any) -> None:
    # Positive is above, as in Keras, where both are of one dtype. In float32 0.2 is 0.2000000030.
    t = kind(level)
    p = np.array([level], dtype)
    if kind is np.float32 and dtype == "f8":
        return  # np.float32(0.2) is another number than 0.2
    y = np.array([1])
    assert metrics.Recall(thresholds=t)(y, p) == 0
    assert metrics.Precision(thresholds=[t])(y, p) == 0
    assert metrics.BinaryAccuracy(threshold=t)(y, p) == 0
    assert metrics.binary_accuracy(y, p, t).tolist() == [False]
    assert metrics.F1Score(threshold=t)(y[:, None], p[:, None]).tolist() == [0]
    assert metrics.Recall(thresholds=t, top_k=1)(y[:, None], p[:, None]) == 0
    above = np.nextafter(p, np.array(1, dtype))
    assert metrics.Recall(thresholds=t)(y, above) == 1
    area = metrics.AUC(thresholds=[t], summation_method="majoring")
    area.update_state(y, p)
    assert area.true_positives.data.tolist() == [1, 0, 0]  # below all, above t, above all


# -- what "accuracy" means -------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["bce", "mse"])
@pytest.mark.parametrize(
    "y",
    [(rng.random((N, 5)) > 0.5).astype(int), np.zeros((N, 5), int), rng.normal(size=(N, 5))],
    ids=["multilabel", "no label", "real"],
)
@pytest.mark.parametrize("name", ["accuracy", "acc", "categorical_accuracy"])
def test_accuracy_of_what_is_not_one_class_of_several(loss: str, y: Any, name: str) -> None:
    made = model(5, loss=loss, metrics=[name])
    if loss == "bce" and y.dtype == float:
        return  # the loss refuses them
    with pytest.warns(UserWarning, match=r"not one-hot.*binary_accuracy"):
        result = made.evaluate(X, y, verbose=0)
    assert result[1] == np.mean(made.predict(X).argmax(-1) == y.argmax(-1))


def test_accuracy_of_one_hot_and_smoothed_targets() -> None:
    made = model(5, loss="categorical_crossentropy", metrics=["accuracy"])
    labels = rng.integers(0, 5, N)
    expected = np.mean(made.predict(X).argmax(-1) == labels)
    for y in (np.eye(5)[labels], np.eye(5)[labels] * 0.9 + 0.02, labels, labels[:, None]):
        loss = (
            "categorical_crossentropy"
            if y.shape == (N, 5)
            else "sparse_" * 1 + ("categorical_crossentropy")
        )
        made.compile("sgd", loss, metrics=["accuracy"])
        assert made.evaluate(X, y, verbose=0)[1] == pytest.approx(expected)


def test_real_valued_targets_of_one_output_have_no_accuracy() -> None:
    for y in (X[:, 0], X[:, :1], np.arange(N)):
        with pytest.raises(ValueError, match='use a metric such as "mae"'):
            model(metrics=["accuracy"]).evaluate(X, y, verbose=0)


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(losses._BY_NAME))
def test_every_loss_is_a_metric_by_its_name(name: str) -> None:
    outputs = 3 if "categorical" in name or name in ("kl_divergence", "kld") else 1
    y: Any = np.eye(3, dtype="f4")[rng.integers(0, 3, N)] if outputs == 3 else LABELS
    y = y.argmax(-1) if name.startswith("sparse") else y
    made = model(outputs, loss=name, metrics=[name], weighted_metrics=[name])
    logs = made.evaluate(X, y, verbose=0, return_dict=True)
    assert list(logs) == ["loss", name, f"weighted_{name}"]  # Keras's names
    assert logs[name] == pytest.approx(
        -logs["loss"] if name == "cosine_similarity" else logs["loss"], rel=1e-5
    )
    w = rng.uniform(0.5, 2, N)
    logs = made.evaluate(X, y, sample_weight=w, verbose=0, return_dict=True)
    weighted = (
        -logs[f"weighted_{name}"] if name == "cosine_similarity" else logs[f"weighted_{name}"]
    )
    assert weighted == pytest.approx(logs["loss"] * N / w.sum(), rel=1e-5)


def test_names_of_weighted_twins_are_kerass() -> None:
    # Keras's CompileMetrics.result: "weighted_" where the name is taken, then numbers.
    made = model(metrics=["mae", "mae"], weighted_metrics=["mae", "mse", "mae"])
    names = list(made.evaluate(X, LABELS, verbose=0, return_dict=True))
    assert names == ["loss", "mae", "mae_1", "weighted_mae", "mse", "weighted_mae_1"]


def test_get_of_none_is_none() -> None:
    assert metrics.get(None) is None
    assert losses.get(None) is None
    with pytest.raises(TypeError, match="has a None: leave it out"):
        model(metrics=[None])


# -- advice ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [metrics.Precision, metrics.Recall, metrics.AUC])
@pytest.mark.parametrize(
    ("shape", "advice"), [((4,), "sigmoid"), ((4, 1), "sigmoid"), ((4, 3), "softmax")]
)
def test_the_advice_for_logits(kind: Any, shape: Any, advice: str) -> None:
    y = np.zeros(shape)
    with pytest.raises(ValueError, match=f'activation="{advice}"'):
        kind()(y, np.full(shape, 2.5))


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Dense(1, activation="softmax"),
        lambda: nn.Dense(1, activation=nn.activations.log_softmax),
        lambda: nn.Sequential([nn.Input((2,)), nn.Dense(1), nn.layers.Softmax()]),
        lambda: nn.Sequential([nn.Input((2,)), nn.Dense(1), nn.layers.LogSoftmax()]),
        lambda: nn.Sequential([nn.Input((2,)), nn.Dense(1), nn.layers.Activation("softmax")]),
        lambda: nn.Sequential([nn.Input((1, 2)), nn.layers.Softmax(axis=1)]),
    ],
)
def test_a_softmax_of_one_number_warns(make: Any) -> None:
    with pytest.warns(UserWarning, match=r"always gives [01]: .*use the activation sigmoid"):
        make()
