"""What `fit` refuses, in whose words, and that the model is as it was."""

import numpy as np
import pytest

import nn

N = 20
X = np.sin(np.arange(N * 4.0)).reshape(N, 4)
LABELS = np.arange(N) % 3


def spoiled(x, value, place):
    x = np.array(x, dtype=float)
    x[place] = value
    return x


def classifier():
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(8, "relu"), nn.Dense(3)])
    model.compile("adam", nn.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


BAD_DATA = [
    ((X, LABELS[:5]), ValueError, r"X has 20 samples.*but y has 5"),
    ((X[:0], LABELS[:0]), ValueError, r"X is empty, it has shape \(0, 4\)"),
    ((X[:, :0], LABELS), ValueError, "X is empty"),
    ((3.0, 1), ValueError, "X is a single number"),
    (
        (spoiled(X, np.nan, (3, 2)), LABELS),
        ValueError,
        r"X has 1 value that is NaN.*row 3, column 2",
    ),
    ((spoiled(X, np.inf, (3, 2)), LABELS), ValueError, r"the first \(inf\) in row 3, column 2"),
    ((X, spoiled(LABELS, np.nan, 7)), ValueError, r"y has 1 value that is NaN.*row 7"),
    ((X.astype(str), LABELS), TypeError, "X holds text"),
    ((X, np.array(["cat", "dog"] * 10)), TypeError, r"y holds text \('cat'\).*np.unique"),
    (([*X.astype(object).tolist()[:-1], ["a"] * 4], LABELS), TypeError, "X holds text"),
    (([[1.0, None]] * N, LABELS), TypeError, r"X has a missing value \(None\) in row 0"),
    (([[1.0]] * 19 + [[1.0, 2.0]], LABELS), ValueError, "the rows of X have different lengths"),
    ((X * 1j, LABELS), TypeError, "complex"),
    ((X.astype("datetime64[s]"), LABELS), TypeError, "dtype datetime64"),
    ((np.ma.masked_array(X), LABELS), TypeError, "masked"),
    ((X * 1e300, LABELS), ValueError, "float32 ends at"),
    ((X, LABELS + 1), ValueError, "the label 3, but y_pred has 3 classes.*subtract 1"),
    ((X, LABELS - 1), ValueError, "the label -1"),
    ((X, np.eye(3)[LABELS]), ValueError, "One-hot targets go with CategoricalCrossentropy"),
    ((X, LABELS + 0.5), ValueError, "a class label is a whole number"),
    ((X, None), ValueError, "y was not given"),
    ((None, None), TypeError, "there is no data"),
]


@pytest.mark.parametrize(("data", "error", "message"), BAD_DATA)
def test_bad_data_is_refused_and_leaves_no_trace(data, error, message):
    model, untouched = classifier(), classifier()
    with pytest.raises(error, match=message):
        model.fit(*data, verbose=0)
    assert not model.built
    assert model.history is None
    assert model.variables == []
    # The next fit is the one that would have been without the failed one.
    nn.set_random_seed(1)
    expected = untouched.fit(X, LABELS, verbose=0).history
    nn.set_random_seed(1)
    assert model.fit(X, LABELS, verbose=0).history == expected


@pytest.mark.parametrize(("data", "error", "message"), BAD_DATA)
def test_bad_validation_data_is_refused_before_training(data, error, message):
    model = classifier()
    if data[1] is None:
        return  # (x, None) is not a pair of samples and targets
    message = message.replace("X has 20", ".* has 20")
    with pytest.raises(error, match=message):
        model.fit(X, LABELS, validation_data=data, verbose=0)
    assert not model.built


def test_a_label_out_of_range_is_found_wherever_it_is():
    model = classifier()
    labels = np.tile(LABELS, 1000)
    labels[-1] = 3
    with pytest.raises(ValueError, match="the label 3"):
        model.fit(np.tile(X, (1000, 1)), labels, verbose=0)


def test_a_frame_s_column_is_named():
    class Frame:
        columns = ("height", "city")

        def __array__(self, dtype=None, copy=None):
            return np.array([[1.0, "Bonn"], [2.0, "Kiel"]], dtype=object)

    with pytest.raises(TypeError, match=r"text \('Bonn'\) in row 0, column 'city'"):
        classifier().fit(Frame(), [0, 1], verbose=0)


def test_a_sparse_matrix_is_named():
    class Sparse:
        def toarray(self):
            return X

    with pytest.raises(TypeError, match=r"X.toarray\(\)"):
        classifier().fit(Sparse(), LABELS, verbose=0)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size is 1 or more, got 0"),
        ({"batch_size": -2}, ValueError, "got -2"),
        ({"batch_size": 2.5}, TypeError, "got 2.5"),
        ({"epochs": 0}, ValueError, "epochs is 1 or more, got 0"),
        ({"epochs": 1.5}, TypeError, "epochs is a whole number"),
        ({"initial_epoch": 2}, ValueError, "initial_epoch lies between 0 and 1"),
        ({"initial_epoch": -1}, ValueError, "initial_epoch lies between"),
        ({"initial_epoch": "0"}, TypeError, "initial_epoch is an integer"),
        ({"validation_split": 0.99}, ValueError, "leaves nothing for training"),
        ({"validation_split": 1.0}, ValueError, "between 0 and 1"),
        ({"validation_split": -0.1}, ValueError, "between 0 and 1"),
        ({"validation_data": X}, TypeError, r"validation_data is \(x, y\)"),
        ({"validation_data": (X,)}, TypeError, r"got tuple of 1"),
        ({"validation_data": (X[:, :3], LABELS)}, ValueError, "expects inputs of width 4"),
        ({"validation_data": (X, LABELS), "validation_freq": 0}, ValueError, "validation_freq"),
        ({"steps_per_epoch": 0}, ValueError, "the number of steps"),
        ({"validation_steps": 2}, ValueError, "validation_steps was given without validation data"),
        ({"validation_batch_size": 2}, ValueError, "validation_batch_size was given without"),
        ({"validation_freq": 2}, ValueError, "validation_freq was given without"),
        ({"validation_split": 0.5, "validation_batch_size": 0}, ValueError, "1 or more, got 0"),
        ({"shuffle": "batch"}, TypeError, "shuffle is True or False, got 'batch'"),
        (
            {"class_weight": {7: 2.0}},
            ValueError,
            r"class 7, which does not occur.*\[0, 1, 2\]",
        ),
        ({"class_weight": [1.0, 2.0]}, TypeError, "class_weight is a dict"),
        ({"sample_weight": np.ones(3)}, ValueError, "sample_weight has 3"),
        ({"sample_weight": np.full(N, np.nan)}, ValueError, "sample_weight has 20 values"),
        ({"sample_weight": np.ones((N, 2))}, ValueError, "sample_weight has shape"),
        ({"callbacks": [nn.History]}, TypeError, r"write History\(\)"),
        ({"callbacks": [print]}, TypeError, "subclasses of nn.Callback"),
        ({"verbose": "loud"}, ValueError, "verbose is 0"),
        ({"verbose": 3}, ValueError, "verbose is 0"),
    ],
)
def test_bad_arguments(options, error, message):
    model = classifier()
    with pytest.raises(error, match=message):
        model.fit(X, LABELS, **({"verbose": 0} | options))
    assert not model.built


def test_inputs_of_another_width_than_before():
    model = classifier()
    model.fit(X, LABELS, verbose=0)
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"dense expects inputs of width 4.*got \(20, 3\)"):
        model.fit(X[:, :3], LABELS, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    model.fit(X, LABELS, verbose=0)


@pytest.mark.parametrize(
    "method",
    ["fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch"],
)
def test_no_data(method):
    with pytest.raises(TypeError, match="there is no data: X is None"):
        getattr(classifier(), method)(None)


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_training_before_compile(method):
    model = nn.Sequential([nn.Dense(1)])
    with pytest.raises(RuntimeError, match=rf"was not compiled, so {method}.*model\.compile\("):
        getattr(model, method)(X, LABELS)


def test_a_loss_is_needed():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd")
    with pytest.raises(RuntimeError, match=r"compile\(\) was given none"):
        model.fit(X, LABELS, verbose=0)
    assert not model.built


def test_a_loss_that_is_not_reduced():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", nn.MeanSquaredError(reduction=None))
    with pytest.raises(ValueError, match=r"must be one number.*shape \(20,\)"):
        model.fit(X, LABELS, verbose=0)
    assert not model.built


def test_a_model_without_trainable_weights():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(1)])
    model.trainable = False
    model.compile("sgd", "mse")
    with pytest.raises(RuntimeError, match="has no trainable weights"):
        model.fit(X, LABELS, verbose=0)


def test_targets_are_not_broadcast():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"y_true has shape \(20, 4\), y_pred has shape \(20, 1\)"):
        model.fit(X, X, verbose=0)


def test_probabilities_that_are_logits():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "binary_crossentropy")
    with pytest.raises(ValueError, match=r"BinaryCrossentropy\(from_logits=True\)"):
        model.fit(100 * X, LABELS > 0, verbose=0)


def test_metrics_that_do_not_fit_leave_no_trace():
    model = classifier()
    model.compile("sgd", "mse", metrics=[lambda y_true, y_pred: y_true @ y_pred])
    with pytest.raises(ValueError, match="matmul"):
        model.fit(X, X[:, :3], verbose=0)
    assert not model.built
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(X, X[:, :3], verbose=0)


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("auc", r"the metric 'auc' does not fit.*\(20,\).*\(20, 3\)"),
        ("categorical_accuracy", "the metric 'categorical_accuracy' does not fit"),
        ("f1_score", r"the metric 'f1_score' does not fit.*np.eye\(3\)"),
        (lambda y_true, y_pred: y_true @ y_pred.T @ y_true, "the metric '<lambda>' does not fit"),
    ],
)
def test_a_metric_that_does_not_fit_is_named(metric, message):
    model = classifier()
    model.compile("sgd", nn.SparseCategoricalCrossentropy(from_logits=True), metrics=[metric])
    with pytest.raises(ValueError, match=message):
        model.fit(X, LABELS, verbose=0)
    assert not model.built


def test_a_layer_that_returns_nothing_is_named():
    model = nn.Sequential([nn.Dense(1), nn.layers.Lambda(lambda x: None, name="oops")])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="oops returned None"):
        model.fit(X, LABELS, verbose=0)
    assert not model.built


def test_a_layer_that_is_made_in_call():
    class Forgetful(nn.Model):
        def call(self, x):
            return nn.Dense(1)(x)

    model = Forgetful()
    model.compile("sgd", "mse")
    with pytest.raises(RuntimeError, match="Create layers in __init__"):
        model.fit(X, LABELS, verbose=0)


def test_a_fit_that_a_callback_breaks_off_leaves_the_model_usable():
    def fail(step, logs):
        if step == 1:
            raise KeyboardInterrupt

    model = classifier()
    with pytest.raises(KeyboardInterrupt):
        model.fit(
            X,
            LABELS,
            batch_size=5,
            verbose=0,
            callbacks=[nn.callbacks.LambdaCallback(on_train_batch_end=fail)],
        )
    assert model.optimizer.iterations.item() == 2
    losses = model.fit(X, LABELS, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_an_accuracy_resolved_for_refused_targets_is_resolved_anew():
    model = nn.Sequential([nn.Dense(3)])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    with pytest.raises(ValueError, match="use SparseCategoricalCrossentropy"):
        model.fit(X, LABELS, verbose=0)
    model.layers[0].activation = "softmax"
    model.fit(X, np.eye(3)[LABELS], verbose=0)
    assert isinstance(model.metrics[0], nn.metrics.CategoricalAccuracy)


def test_a_batch_of_one_and_a_batch_larger_than_the_data():
    model = classifier()
    assert len(model.fit(X[:1], LABELS[:1], batch_size=1000, verbose=0).epoch) == 1
    assert model.fit(X, LABELS, batch_size=1000, verbose=0).params["steps"] == 1


# -- a loss that is no number ----------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:the loss grew")
def test_divergence_stops_training_with_epoch_batch_and_finite_weights():
    model = nn.Sequential([nn.Dense(1)])
    model.compile(nn.SGD(1e6), "mse")
    with pytest.raises(nn.NonFiniteLossError, match=r"in epoch \d+, batch 1: the loss became inf"):
        model.fit(X, LABELS, epochs=50, verbose=0)
    assert all(np.all(np.isfinite(w)) for w in model.get_weights())
    assert isinstance(model.history, nn.History)
    model.set_weights([np.zeros((4, 1)), np.zeros(1)])
    model.compile("sgd", "mse")
    model.fit(X, LABELS, verbose=0)


def test_the_operation_that_began_it_is_named_with_its_layer_and_inputs():
    class Root(nn.Layer):
        def call(self, x):
            return np.sqrt(x - 10)

    model = nn.Sequential([nn.Dense(1), Root()])
    model.compile("sgd", "mse")
    message = r"(?s)the loss became nan\nsqrt made nan in 20 .* layer +sequential/root"
    with pytest.raises(nn.NonFiniteLossError, match=message):
        model.fit(X, LABELS, verbose=0)


def test_weights_that_are_nan_already_are_named():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(1)])
    model.compile("sgd", "mse")
    model.layers[0].bias.assign([np.nan])
    with pytest.raises(nn.NonFiniteLossError, match="The weights dense/bias already hold"):
        model.train_on_batch(X, LABELS)


# -- data sorted by class --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "targets",
    [
        np.repeat([0, 1, 2, 1], 5)[[*range(15)]],
        np.repeat([2.0, 0.0, 1.0], [7, 7, 6]),
        np.eye(3)[np.repeat([0, 1, 2], [7, 7, 6])],
    ],
    ids=["labels", "floats in another order", "one-hot"],
)
def test_a_split_of_sorted_data_is_warned_about(targets):
    model = nn.Sequential([nn.Dense(3)])
    one_hot = targets.ndim == 2
    model.compile("sgd", "mse" if one_hot else classifier().loss)
    with pytest.warns(UserWarning, match="y is sorted by class.*train_test_split"):
        model.fit(X[: len(targets)], targets, validation_split=0.2, verbose=0)


@pytest.mark.parametrize(
    "targets",
    [LABELS, np.sort(X[:, 0]), np.zeros(N, int), np.arange(N), X[:, :1]],
    ids=["mixed", "sorted values", "one class", "all different", "values"],
)
def test_other_data_is_not_warned_about(targets):
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, targets, validation_split=0.2, verbose=0)


def test_numbers_as_objects_are_called_that():
    model = nn.Sequential([nn.Dense(1)])
    model.compile(loss="mse")
    with pytest.raises(TypeError, match=r"numbers as Python objects.*X\.astype\(float\)"):
        model.fit(np.ones((4, 2), dtype=object), np.ones(4), verbose=0)


def test_metrics_in_the_place_of_loss_weights():
    with pytest.raises(TypeError, match=r"'accuracy'. For metrics write metrics="):
        nn.Sequential([nn.Dense(1)]).compile("adam", "mse", ["accuracy"])


@pytest.mark.parametrize("frequency", [1, 2, 3, 7])
def test_validations_are_counted_without_going_through_the_epochs(frequency):
    from nn.training.loops import Validation

    validation = Validation(None, frequency)
    for run in (range(10), range(3, 20), range(6, 7), range(4, 4)):
        assert validation.count(run) == sum(map(validation.due, run))
    assert validation.count(range(10**12)) == 10**12 // frequency


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64])
@pytest.mark.parametrize("column", [False, True])
def test_one_wrong_label_among_many(dtype, column):
    """Of labels only the different ones are checked: a wrong one late in the data is among them."""
    x, labels = np.zeros((20_000, 2), np.float32), np.arange(20_000).astype(np.uint8) % 3
    labels = labels.astype(dtype)
    model = nn.Sequential([nn.Dense(3)])
    model.compile("sgd", nn.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, labels, batch_size=10_000, verbose=0)
    before = [w.copy() for w in model.get_weights()]
    for wrong in (3, np.iinfo(dtype).max, np.iinfo(dtype).min or 100):
        labels[:] = np.arange(20_000).astype(np.uint8) % 3
        labels[19_000] = wrong
        given = labels[:, None] if column else labels
        with pytest.raises(ValueError, match=f"holds the label {wrong}, but y_pred has 3 classes"):
            model.fit(x, given, batch_size=10_000, verbose=0)
    for w, kept in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(w, kept)
