"""nn.sklearn against scikit-learn's own checks, and what those do not ask."""

import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn, or SciPy that it needs, is not installed")

from sklearn.base import clone
from sklearn.datasets import make_blobs, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import nn
from nn.sklearn import Classifier, Regressor, Transformer

# Samples go in batches, so a weight of 2 is not the same as having a sample twice.
EXPECTED = {
    f"check_sample_weight_equivalence_on_{kind}_data": "a step is made for a batch of samples, "
    "whatever they weigh: repeating a sample gives other batches than weighing it"
    for kind in ("dense", "sparse")
}

FAST = nn.Adam(0.05)


@parametrize_with_checks(
    [Classifier(epochs=60), Regressor(), Transformer(epochs=20)],
    expected_failed_checks=lambda estimator: EXPECTED,
)
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)


def blobs(classes, labels=None):
    """Clouds far from each other, one a class."""
    centers = [[-2.0, -1.0], [2.0, -1.0], [0.0, 2.0]][:classes]
    X, y = make_blobs(90, centers=centers, cluster_std=0.4, random_state=0)
    return X, y if labels is None else np.array(labels)[y]


def network(n_outputs, hidden=8, activation="relu"):
    return nn.Sequential([nn.Dense(hidden, activation), nn.Dense(n_outputs)])


# -- what can be told apart ------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [["red", "green", "blue"], ["no", "yes"], [7, -3]])
def test_labels_of_any_kind(labels):
    X, y = blobs(len(labels), labels)
    classifier = Classifier(epochs=40, random_state=0).fit(X, y)
    assert classifier.classes_.tolist() == sorted(labels)
    assert classifier.score(X, y) == 1
    assert set(classifier.predict(X)) == set(labels)
    probabilities = classifier.predict_proba(X)
    assert probabilities.shape == (90, len(labels))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    # The column of each label is where classes_ has it.
    np.testing.assert_array_equal(classifier.classes_[probabilities.argmax(axis=1)], y)


@pytest.mark.parametrize(
    ("last", "loss", "classes"),
    [
        (lambda: nn.Dense(1, "sigmoid"), None, 2),
        (lambda: nn.Dense(1), None, 2),
        (lambda: nn.Dense(2), None, 2),
        (lambda: nn.Dense(2, nn.activations.softmax), None, 2),
        (lambda: nn.Dense(3, "softmax"), None, 3),
        (lambda: nn.Dense(3), None, 3),
        (lambda: nn.Sequential([nn.Dense(3), nn.layers.Softmax()]), None, 3),
        (lambda: nn.Dense(3, "softmax"), "categorical_crossentropy", 3),
        (lambda: nn.Dense(3, "softmax"), "mse", 3),
        (lambda: nn.Dense(3), nn.CategoricalCrossentropy(from_logits=True), 3),
        (lambda: nn.Dense(1, "sigmoid"), "mse", 2),
    ],
)
def test_outputs_that_are_logits_and_outputs_that_are_probabilities(last, loss, classes):
    X, y = blobs(classes)
    classifier = Classifier(
        lambda: nn.Sequential([nn.Dense(8, "relu"), last()]), loss=loss, epochs=60, random_state=0
    ).fit(X, y)
    assert classifier.score(X, y) > 0.95
    probabilities = classifier.predict_proba(X)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), classifier.predict(X))


def test_probabilities_are_the_sigmoid_and_the_softmax_of_the_logits():
    X, y = blobs(2)
    classifier = Classifier(epochs=2, random_state=0).fit(X, y)
    z = classifier.model_.predict(X)[:, 0]
    np.testing.assert_allclose(classifier.predict_proba(X)[:, 1], 1 / (1 + np.exp(-z)), rtol=1e-12)
    X, y = blobs(3)
    classifier = Classifier(epochs=2, random_state=0).fit(X, y)
    e = np.exp(classifier.model_.predict(X))
    np.testing.assert_allclose(
        classifier.predict_proba(X), e / e.sum(axis=1, keepdims=True), rtol=1e-12
    )


def test_scores_of_a_hinge_are_no_probabilities():
    X, y = blobs(2)
    classifier = Classifier(network, loss="hinge", optimizer=FAST, random_state=0)
    assert hasattr(classifier, "predict_proba")  # not yet known
    classifier.fit(X, y)
    assert classifier.score(X, y) > 0.95
    assert not hasattr(classifier, "predict_proba")


def test_one_class_alone_is_refused():
    X, _ = blobs(2)
    with pytest.raises(ValueError, match=r"one class only, 'a'"):
        Classifier().fit(X, ["a"] * len(X))


def test_one_class_alone_has_weight():
    X, y = blobs(2)
    with pytest.raises(ValueError, match="one class only"):
        Classifier().fit(X, y, sample_weight=(y == 1).astype(float))


def test_a_class_without_weight_keeps_its_column():
    X, y = blobs(3)
    classifier = Classifier(epochs=20, random_state=0).fit(X, y, sample_weight=y != 1)
    assert classifier.predict_proba(X).shape == (90, 3)
    assert classifier.score(X[y != 1], y[y != 1]) == 1


# -- weights ---------------------------------------------------------------------------------------


def test_samples_of_weight_0_do_not_count():
    X, y = blobs(2)
    weight = np.arange(len(y)) % 2
    weighted = Classifier(epochs=3, random_state=0).fit(X, y, sample_weight=weight)
    left_out = Classifier(epochs=3, random_state=0).fit(X[weight == 1], y[weight == 1])
    np.testing.assert_array_equal(weighted.predict_proba(X), left_out.predict_proba(X))


def test_no_weight_at_all_is_refused():
    X, y = blobs(2)
    for estimator in (Classifier(), Regressor()):
        with pytest.raises(ValueError, match="zero"):
            estimator.fit(X, y, sample_weight=np.zeros(len(y)))
    with pytest.raises(ValueError, match="zero"):
        Classifier(class_weight={0: 0.0, 1: 0.0}).fit(X, y)


def test_negative_weights_are_refused():
    X, y = blobs(2)
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        Regressor().fit(X, y, sample_weight=-np.ones(len(y)))


def test_class_weight_is_sample_weight_by_label():
    X, y = blobs(2, ["a", "b"])
    by_class = Classifier(epochs=3, random_state=0, class_weight={"a": 3.0, "b": 0.5}).fit(X, y)
    by_sample = Classifier(epochs=3, random_state=0).fit(
        X, y, sample_weight=np.where(y == "a", 3, 0.5)
    )
    np.testing.assert_array_equal(by_class.predict_proba(X), by_sample.predict_proba(X))


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", [Classifier(), Regressor()])
def test_nan_and_infinity_are_refused(estimator):
    X, y = blobs(2)
    for bad in (np.nan, np.inf):
        spoiled = X.copy()
        spoiled[3, 0] = bad
        with pytest.raises(ValueError, match="Input X contains"):
            estimator.fit(spoiled, y)
        fitted = clone(estimator).set_params(epochs=1).fit(X, y)
        with pytest.raises(ValueError, match="Input X contains"):
            fitted.predict(spoiled)


@pytest.mark.parametrize("estimator", [Classifier(), Regressor(), Transformer()])
def test_a_sparse_matrix_is_the_array_that_it_stands_for(estimator):
    sparse = pytest.importorskip("scipy.sparse")  # comes with scikit-learn
    X = np.where(np.random.default_rng(0).random((60, 4)) < 0.3, 1.0, 0.0)
    y = X[:, 0]
    estimator.set_params(epochs=2, validation_split=0.2, random_state=0)
    fitted, expected = (clone(estimator).fit(x, y) for x in (sparse.coo_array(X), X))
    assert fitted.history_ == expected.history_
    method = "transform" if isinstance(estimator, Transformer) else "predict"
    np.testing.assert_array_equal(
        getattr(fitted, method)(sparse.csc_matrix(X)), getattr(expected, method)(X)
    )


def test_a_regressor_refuses_targets_that_are_nan_or_text():
    X, y = blobs(2)
    with pytest.raises(ValueError, match="Input y contains NaN"):
        Regressor().fit(X, np.where(y == 1, np.nan, 0.0))
    with pytest.raises(TypeError, match="y holds text"):
        Regressor().fit(X, y.astype(str))


def test_predict_before_fit():
    for estimator, method in [(Classifier(), "predict_proba"), (Regressor(), "predict")]:
        with pytest.raises(NotFittedError):
            getattr(estimator, method)(np.zeros((2, 2)))


def test_a_model_whose_outputs_do_not_fit():
    X, y = blobs(3)
    with pytest.raises(ValueError, match=r"3 classes, so the model ends with Dense\(3\).*\(1, 4\)"):
        Classifier(lambda: nn.Sequential([nn.Dense(4)])).fit(X, y)
    with pytest.raises(ValueError, match=r"2 classes, so the model ends with Dense\(1\)"):
        Classifier(lambda: nn.Sequential([nn.Dense(3)])).fit(X, y > 0)
    with pytest.raises(ValueError, match=r"1 numbers for each sample.*Dense\(1\).*\(1, 2\)"):
        Regressor(lambda: nn.Sequential([nn.Dense(2)])).fit(X, y)


def test_what_is_no_model():
    X, y = blobs(2)
    with pytest.raises(TypeError, match=r"a function that returns one; got 'mlp'"):
        Classifier("mlp").fit(X, y)
    with pytest.raises(TypeError, match="returned NoneType: let it end with return model"):
        Classifier(lambda: None).fit(X, y)


def test_a_model_of_which_nobody_knows_what_it_gives():
    class Net(nn.Model):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(1)

        def call(self, x):
            return self.dense(x)

    X, y = blobs(2)
    with pytest.raises(ValueError, match="say which loss net is trained with"):
        Classifier(Net).fit(X, y)
    loss = nn.BinaryCrossentropy(from_logits=True)
    assert Classifier(Net, loss=loss, optimizer=FAST, random_state=0).fit(X, y).score(X, y) > 0.9


def test_compiled_twice():
    def compiled():
        model = network(1)
        model.compile(nn.SGD(0.5), nn.BinaryCrossentropy(from_logits=True))
        return model

    X, y = blobs(2)
    classifier = Classifier(compiled, epochs=20, random_state=0).fit(X, y)
    assert classifier.score(X, y) == 1
    assert isinstance(classifier.model_.optimizer, nn.SGD)
    with pytest.raises(ValueError, match="compiled already: leave out optimizer= and loss="):
        Classifier(compiled, optimizer="adam").fit(X, y)


# -- searches and pipelines ------------------------------------------------------------------------


def test_a_search_over_the_arguments_of_the_function_and_of_fit():
    X, y = blobs(3)
    pipeline = make_pipeline(StandardScaler(), Classifier(network, random_state=0))
    grid = {
        "classifier__model__hidden": [1, 8],
        "classifier__epochs": [1, 30],
        "classifier__optimizer": [nn.Adam(1e-2)],
    }
    search = GridSearchCV(pipeline, grid, cv=3).fit(X, y)
    assert search.best_score_ > 0.95
    best = search.best_estimator_[-1]
    assert (best.epochs, best.model_args) == (30, {"hidden": 8})
    assert best.model_.layers[0].units == 8
    assert best.optimizer.iterations.item() == 0  # the one given is copied, not used up


def test_cross_validation_with_copies_of_a_sequential():
    X, y = blobs(3)
    model = nn.Sequential([nn.Input((2,)), nn.Dense(8, "relu"), nn.Dense(3)])
    before = model.get_weights()
    scores = cross_val_score(Classifier(model, optimizer=FAST, random_state=0), X, y, cv=3)
    assert scores.min() > 0.9
    for weight, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)
    assert not model.compiled


def test_the_parameters_of_the_function():
    classifier = Classifier(network, model_args={"hidden": 3})
    params = classifier.get_params()
    assert params["model__hidden"] == 3
    assert params["model__activation"] == "relu"
    assert "model__n_outputs" not in params
    assert not any("__" in name for name in classifier.get_params(deep=False))
    copy = clone(classifier).set_params(model__activation="tanh", epochs=5)
    assert copy.model_args == {"hidden": 3, "activation": "tanh"}
    assert classifier.model_args == {"hidden": 3}
    with pytest.raises(ValueError, match=r"Invalid parameter model__width: .*'hidden'"):
        classifier.set_params(model__width=3)
    with pytest.raises(ValueError, match="only a function that makes the model has arguments"):
        Classifier(nn.Sequential([nn.Dense(1)]), model_args={"hidden": 3}).fit(*blobs(2))
    with pytest.raises(TypeError, match="model_args is a dict"):
        Classifier(network, model_args=["hidden"]).fit(*blobs(2))


def test_the_function_learns_the_shape_of_the_data():
    seen = []

    def build(n_features, n_outputs):
        seen.append((n_features, n_outputs))
        return nn.Sequential([nn.Input((n_features,)), nn.Dense(n_outputs)])

    X, y = blobs(3)
    Classifier(build, epochs=1).fit(X, y)
    Classifier(build, epochs=1).fit(X, y > 0)
    Regressor(build, epochs=1).fit(X, np.stack([y, y, y, y], axis=1))
    assert seen == [(2, 3), (2, 1), (2, 4)]


def test_names_within_layers_and_optimizers():
    model = nn.Sequential([nn.Dense(8, "relu", name="code"), nn.Dense(3)])
    classifier = Classifier(model, random_state=0)
    params = classifier.get_params()
    assert (params["code__units"], params["optimizer__learning_rate"]) == (8, 0.001)
    changed = clone(classifier).set_params(code__units=5, optimizer__learning_rate=0.5)
    assert changed.model.layers[0].units == 5
    assert changed.optimizer.learning_rate == 0.5
    assert isinstance(changed.set_params(optimizer="sgd").optimizer, str)
    both = clone(classifier).set_params(optimizer__momentum=0.9, optimizer=nn.SGD(0.1))
    assert both.optimizer.get_config()["momentum"] == 0.9
    assert (model.layers[0].units, classifier.optimizer) == (8, None)  # as they were
    for wrong, message in [
        ({"code__unit": 3}, "Invalid parameter code__unit: Dense has the arguments .*'units'"),
        ({"cod__units": 3}, "Invalid parameter cod__.*'code'"),
        ({"optimizer__lr": 3}, "Invalid parameter optimizer__lr: Adam .*'learning_rate'"),
    ]:
        with pytest.raises(ValueError, match=message):
            classifier.set_params(**wrong)


def test_a_search_over_layers_and_optimizers_and_a_pickle_of_its_best():
    X, y = blobs(3)
    model = nn.Sequential([nn.Input((2,)), nn.Dense(8, "relu", name="code"), nn.Dense(3)])
    grid = {"code__units": [1, 8], "optimizer__learning_rate": [1e-5, 0.05]}
    classifier = Classifier(model, epochs=20, random_state=0)
    search = GridSearchCV(classifier, grid, cv=2).fit(X, y)
    assert search.best_params_ == {"code__units": 8, "optimizer__learning_rate": 0.05}
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict_proba(X), search.predict_proba(X))
    assert "Classifier" in search.best_estimator_._repr_html_()


# -- trained in pieces -----------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", [Classifier(), Regressor()])
def test_epochs_one_by_one_are_the_epochs_of_one_fit(estimator):
    X, y = blobs(2)
    whole = clone(estimator).set_params(epochs=3, random_state=0).fit(X, y)
    online = clone(whole)
    warm = clone(whole).set_params(epochs=1, warm_start=True)
    for _ in range(3):
        online.partial_fit(X, y)
        warm.fit(X, y)
    for other in (online, warm):
        assert other.history_ == whole.history_
        for mine, others in zip(
            whole.model_.get_weights(), other.model_.get_weights(), strict=True
        ):
            np.testing.assert_array_equal(mine, others)
    cold = clone(whole).fit(X, y).fit(X, y)
    assert cold.history_ == whole.history_


def test_what_a_continued_training_refuses():
    X, y = blobs(3, ["a", "b", "c"])
    classifier = Classifier().partial_fit(X[y != "c"], y[y != "c"], classes=["a", "b", "c"])
    assert classifier.partial_fit(X, y).classes_.tolist() == ["a", "b", "c"]
    classifier.partial_fit(X, y, classes=["c", "b", "a"])
    with pytest.raises(ValueError, match=r"classes are .*'d'.*began with .*'c'"):
        classifier.partial_fit(X, y, classes=["a", "b", "c", "d"])
    assert classifier.partial_fit(X[:1], y[:1]).predict_proba(X).shape == (90, 3)
    with pytest.raises(ValueError, match="y has the label 'd', which is not among the classes"):
        classifier.partial_fit(X, np.where(y == "c", "d", y))
    with pytest.raises(ValueError, match="has one label a sample"):
        classifier.partial_fit(X, np.stack([y, y], axis=1))
    with pytest.raises(ValueError, match="expecting 2 features"):
        classifier.partial_fit(X[:, :1], y)
    with pytest.raises(ValueError, match="one class only, 'a'"):
        Classifier().partial_fit(X[:1], ["a"])


def test_classes_have_the_same_proportions_in_the_samples_held_out(monkeypatch):
    X = np.arange(100.0)[:, None]
    y = np.repeat([0, 1], [80, 20])  # sorted: Model.fit would hold out one class
    seen = {}
    fit = nn.Sequential.fit

    def spied(self, x, targets, **options):
        seen.update(x=x, y=targets, held_out=options["validation_data"])
        return fit(self, x, targets, **options)

    monkeypatch.setattr(nn.Sequential, "fit", spied)
    weight = np.arange(1.0, 101.0)
    Classifier(epochs=1, validation_split=0.2, random_state=0).fit(X, y, sample_weight=weight)
    x, targets, weights = seen["held_out"]
    assert np.bincount(targets).tolist() == [16, 4]
    assert np.bincount(seen["y"]).tolist() == [64, 16]
    np.testing.assert_array_equal(weights, x[:, 0] + 1)  # row by row
    np.testing.assert_array_equal(np.sort([*x[:, 0], *seen["x"][:, 0]]), X[:, 0])
    with pytest.raises(ValueError, match="validation_split"):
        Classifier(validation_split=1.5).fit(X, y)


# -- several labels, several outputs ---------------------------------------------------------------


def test_any_number_of_labels_a_sample():
    X = np.random.default_rng(0).normal(size=(200, 4))
    y = np.stack([X[:, 0] > 0, X[:, 1] + X[:, 2] > 0, X[:, 3] > 9], axis=1).astype(int)
    classifier = Classifier(epochs=40, random_state=0).fit(X, y)
    assert classifier.score(X, y) > 0.9
    assert classifier.classes_.tolist() == [0, 1, 2]
    z = classifier.model_.predict(X)
    np.testing.assert_allclose(classifier.predict_proba(X), 1 / (1 + np.exp(-z)), rtol=1e-12)
    np.testing.assert_array_equal(classifier.predict(X), z > 0)
    sparse = pytest.importorskip("scipy.sparse")
    again = clone(classifier).fit(X, sparse.csr_array(y))
    np.testing.assert_array_equal(again.predict_proba(X), classifier.predict_proba(X))
    with pytest.raises(ValueError, match=r"3 labels, so the model ends with Dense\(3\)"):
        Classifier(nn.Sequential([nn.Dense(2)])).fit(X, y)
    with pytest.raises(ValueError, match=r"each of 3 labels .* got shape \(200, 2\)"):
        classifier.partial_fit(X, y[:, :2])


def two_heads(n_features, n_outputs):
    x = nn.Input((n_features,))
    h = nn.Dense(16, "relu")(x)
    return nn.Model(x, [nn.Dense(n_outputs[0], "sigmoid")(h), nn.Dense(n_outputs[1], "softmax")(h)])


@pytest.mark.parametrize(
    ("model", "loss"),
    [
        (None, None),
        (two_heads, None),
        (two_heads, ["binary_crossentropy", "categorical_crossentropy"]),
    ],
)
def test_several_y_with_classes_of_their_own(model, loss):
    X = np.random.default_rng(0).normal(size=(200, 2))
    sign = np.where(X[:, 0] > 0, "pos", "neg")
    third = np.array(["a", "b", "c"])[np.digitize(X[:, 1], [-0.5, 0.5])]
    y = np.stack([sign, third], axis=1)
    classifier = Classifier(model, loss=loss, optimizer=FAST, epochs=15, random_state=0)
    classifier.fit(X, y, sample_weight=np.linspace(0.5, 1.5, 200))
    assert classifier.score(X, y) > 0.8
    assert [c.tolist() for c in classifier.classes_] == [["neg", "pos"], ["a", "b", "c"]]
    first, second = classifier.predict_proba(X)
    assert (first.shape, second.shape) == ((200, 2), (200, 3))
    for part in (first, second):
        np.testing.assert_allclose(part.sum(axis=1), 1, rtol=1e-6)
    predicted = classifier.predict(X)
    np.testing.assert_array_equal(predicted[:, 1], classifier.classes_[1][second.argmax(axis=1)])
    assert classifier.score(X, predicted) == 1
    with pytest.raises(ValueError, match="2 outputs, so the model returns a list of as many"):
        Classifier(nn.Sequential([nn.Dense(3)])).fit(X, y)


# -- features --------------------------------------------------------------------------------------


def test_a_linear_autoencoder_keeps_what_a_principal_component_analysis_keeps():
    X = np.random.default_rng(0).normal(size=(60, 4)) * [3.0, 2.0, 0.5, 0.2]
    X -= X.mean(axis=0)
    transformer = Transformer(optimizer=nn.Adam(0.02), epochs=200, random_state=0).fit(X)
    discarded = np.linalg.svd(X, compute_uv=False)[2:]
    optimum = np.sum(discarded**2) / X.size  # Eckart and Young
    reached = np.mean((transformer.model_.predict(X) - X) ** 2)
    assert optimum <= reached < 1.02 * optimum
    features = transformer.transform(X)
    code = transformer.model_.layers[0]
    np.testing.assert_allclose(features, X @ code.kernel.numpy() + code.bias.numpy(), rtol=1e-10)


def test_features_have_names_and_become_frames():
    pytest.importorskip("pandas")
    X, y = blobs(2)
    supervised = Transformer(network, layer=None, model_args={"hidden": 3}, epochs=1)
    steps = make_pipeline(StandardScaler(), supervised, Classifier(epochs=1))
    steps.set_output(transform="pandas").fit(X, y)
    assert steps[-1].feature_names_in_.tolist() == ["transformer0"]
    with pytest.raises(ValueError, match="unknown layer 'cod'"):
        Transformer(network, layer="cod", epochs=1).fit(X)
    with pytest.raises(ValueError, match="without y it repeats X"):
        Transformer(nn.Sequential([nn.Dense(3)])).fit(X)


# -- the same again --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Classifier, Regressor])
def test_one_random_state_one_model(kind):
    X, y = blobs(2)

    def build():
        return nn.Sequential([nn.Dense(8, "relu"), nn.Dropout(0.5), nn.Dense(1)])

    def predictions(seed):
        nn.set_random_seed(int(np.random.default_rng().integers(1000)))  # does not matter
        estimator = kind(build, epochs=3, random_state=seed).fit(X, y)
        return np.asarray(estimator.model_.predict(X))

    np.testing.assert_array_equal(predictions(1), predictions(1))
    assert np.any(predictions(1) != predictions(2))


def test_a_random_state_leaves_the_global_generator_alone():
    X, y = blobs(2)
    nn.set_random_seed(3)
    state = nn.random.generator().state
    Classifier(epochs=1, random_state=0).fit(X, y)
    np.testing.assert_array_equal(nn.random.generator().state, state)


def test_without_a_random_state_set_random_seed_decides():
    X, y = blobs(2)
    outputs = []
    for _ in range(2):
        nn.set_random_seed(4)
        outputs.append(Classifier(epochs=1).fit(X, y).predict_proba(X))
    np.testing.assert_array_equal(*outputs)


# -- shapes and names ------------------------------------------------------------------------------


def test_targets_of_one_axis_and_of_two():
    X, y = make_regression(80, 3, n_targets=2, random_state=0)
    y = y / y.std(axis=0)
    assert Regressor(epochs=100, random_state=0).fit(X, y).score(X, y) > 0.9
    assert Regressor(epochs=1).fit(X, y).predict(X).shape == (80, 2)
    assert Regressor(epochs=1).fit(X, y[:, :1]).predict(X).shape == (80, 1)
    assert Regressor(epochs=1).fit(X, y[:, 0]).predict(X).shape == (80,)


def test_samples_of_more_than_one_axis():
    X = np.random.default_rng(0).normal(size=(40, 4, 4))
    y = X.sum(axis=(1, 2)) > 0
    classifier = Classifier(
        lambda: nn.Sequential([nn.Flatten(), nn.Dense(1)]), optimizer=FAST, random_state=0
    )
    assert classifier.fit(X, y).score(X, y) > 0.9


def test_the_names_of_features_are_kept_and_compared():
    pandas = pytest.importorskip("pandas")
    X, y = blobs(2)
    classifier = Classifier(epochs=1).fit(pandas.DataFrame(X, columns=["width", "height"]), y)
    assert classifier.feature_names_in_.tolist() == ["width", "height"]
    assert classifier.n_features_in_ == 2
    with pytest.raises(ValueError, match="feature names should match"):
        classifier.predict(pandas.DataFrame(X, columns=["height", "width"]))


def test_the_number_of_features_is_compared():
    X, y = blobs(2)
    with pytest.raises(ValueError, match="expecting 2 features"):
        Classifier(epochs=1).fit(X, y).predict(X[:, :1])


def test_callbacks_validation_and_history():
    X, y = blobs(2)
    order = np.random.default_rng(0).permutation(len(y))
    stop = nn.EarlyStopping(monitor="val_loss", patience=0, min_delta=10.0)
    classifier = Classifier(epochs=50, callbacks=[stop], validation_split=0.2, random_state=0)
    classifier.fit(X[order], y[order])
    assert set(classifier.history_) == {"loss", "val_loss"}
    assert len(classifier.history_["loss"]) < 5
    assert classifier.callbacks[0] is stop
    assert not hasattr(stop, "model")  # a copy was used


def test_without_scikit_learn_there_is_one_clear_line():
    code = "import sys; sys.modules['sklearn'] = None\nimport nn\nimport nn.sklearn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        "ImportError: nn.sklearn needs scikit-learn 1.6 or later: pip install 'scikit-learn>=1.6'"
    )


# -- random_state ----------------------------------------------------------------------------------


def _noisy(n_outputs):
    return nn.Sequential([nn.Dense(8, activation="relu"), nn.Dropout(0.5), nn.Dense(n_outputs)])


@pytest.mark.parametrize("estimator", [Classifier, Regressor])
@pytest.mark.parametrize("model", [None, _noisy, nn.Sequential([nn.Dense(8), nn.Dense(1)])])
def test_random_state_holds_in_threads_and_touches_nothing_global(estimator, model):
    X = np.random.default_rng(0).normal(size=(60, 4))
    y = (X[:, 0] > 0).astype(int)
    barrier = threading.Barrier(4)

    def fit(seed, wait=True):
        if wait:
            barrier.wait()
        made = estimator(model, epochs=3, random_state=seed).fit(X, y)
        return made.model_.get_weights()

    before = nn.random.generator().state, np.random.get_state()[1].copy()
    alone = [fit(seed, wait=False) for seed in (0, 1)]
    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(fit, (0, 1, 0, 1)))
        for i, weights in enumerate(found):
            for a, b in zip(weights, alone[i % 2], strict=True):
                np.testing.assert_array_equal(a, b)
    assert (nn.random.generator().state == before[0]).all()
    assert (np.random.get_state()[1] == before[1]).all()
    if model is not None and not isinstance(model, nn.Sequential):
        assert not np.array_equal(alone[0][0], alone[1][0])


def test_a_seed_set_by_the_function_that_makes_the_model_stays_there():
    def network(n_outputs):
        nn.set_random_seed(7)
        return nn.Sequential([nn.Dense(n_outputs)])

    X = np.random.default_rng(0).normal(size=(20, 4))
    before = nn.random.generator().state
    Regressor(network, epochs=1, random_state=0).fit(X, X[:, 0])
    assert (nn.random.generator().state == before).all()
