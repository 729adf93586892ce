"""Masks through layers, losses and metrics.

Numbers are those of Keras 3.15.1 with PyTorch, on these inputs and weights.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.extend import mask_of
from nn import layers, losses, metrics


def wave(function, factor):
    return function(np.arange(1, 31) * factor).reshape(2, 5, 3).astype(np.float32)


X, OTHER = wave(np.sin, 1.7), wave(np.cos, 1.1)
X[0, 3:] = X[1, 1] = 0
OTHER[0, 1] = OTHER[1, 1:3] = 0
X_KEPT = [[1, 1, 1, 0, 0], [1, 0, 1, 1, 1]]
OTHER_KEPT = [[1, 0, 1, 1, 1], [1, 0, 0, 1, 1]]
EITHER = [[1, 1, 1, 1, 1], [1, 0, 1, 1, 1]]
Y = np.linspace(-1, 1, 10).reshape(2, 5, 1).astype(np.float32)
WEIGHTS = np.arange(10).reshape(2, 5).astype(np.float32)
LABELS = np.arange(10).reshape(2, 5) % 4
IDS = np.array([[1, 2, 3, 0, 0], [4, 5, 0, 0, 0], [1, 1, 1, 1, 1]])


def masked(x=X):
    return layers.Masking()(x)


def mask(x):
    found = mask_of(x)
    return None if found is None else found.data.astype(int).tolist()


def set_weights(layer):
    rng = np.random.default_rng(0)
    layer.set_weights(
        [np.abs(rng.normal(size=w.shape)).astype(np.float32) * 0.5 for w in layer.get_weights()]
    )


def dense(units, x):
    layer = layers.Dense(units)
    layer(x)
    set_weights(layer)
    return layer(x)


# -- what makes masks ------------------------------------------------------------------------------


def test_masking_masks_steps_of_which_all_features_have_the_value():
    y = layers.Masking(mask_value=2.0)([[[2.0, 2.0], [2.0, 1.0], [0.0, 0.0]]])
    assert mask(y) == [[0, 1, 1]]
    assert y.data.tolist() == [[[0.0, 0.0], [2.0, 1.0], [0.0, 0.0]]]


def test_masking_refuses_nan():
    with pytest.raises(ValueError, match=r"NaN, which equals nothing.*nan_to_num"):
        layers.Masking(float("nan"))


def test_embedding_masks_zeros_if_told_to():
    assert mask(layers.Embedding(6, 2, mask_zero=True)(IDS)) == (IDS != 0).astype(int).tolist()
    assert mask(layers.Embedding(6, 2)(IDS)) is None
    assert layers.Embedding(6, 2, mask_zero=True).get_config()["mask_zero"] is True


def test_compute_mask_of_a_layer_is_keras_s():
    embedding = layers.Embedding(6, 2, mask_zero=True)
    assert np.array(embedding.compute_mask(IDS, None)).tolist() == (IDS != 0).tolist()
    assert layers.Dense(2).compute_mask(X, "as it was") == "as it was"


# -- layers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.Dense(2),
        lambda: layers.Dropout(0.5),
        lambda: layers.Activation("relu"),
        layers.ReLU,
        layers.Softmax,
        layers.PReLU,
        layers.BatchNormalization,
        layers.LayerNormalization,
        lambda: layers.Rescaling(2.0),
        lambda: nn.Sequential([layers.Dense(3), layers.LeakyReLU(), layers.Dense(1)]),
        lambda: layers.Lambda(lambda x: x[:, ::-1], mask=lambda x, mask: mask[:, ::-1]),
    ],
)
def test_layers_pass_a_mask_on(make):
    layer = make()
    expected = [row[::-1] for row in X_KEPT] if isinstance(layer, layers.Lambda) else X_KEPT
    assert mask(layer(masked())) == expected
    with ag.no_grad():
        assert mask(layer(masked())) == expected
    assert isinstance(layer, layers.Lambda) or mask(layer(X)) is None


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (layers.Add, EITHER),
        (layers.Average, EITHER),
        (layers.Multiply, EITHER),
        (layers.Subtract, EITHER),
        (layers.Minimum, EITHER),
        (lambda: layers.Dot(2), None),
        (layers.Concatenate, EITHER),
        (
            lambda: layers.Concatenate(axis=1),
            [a + b for a, b in zip(X_KEPT, OTHER_KEPT, strict=True)],
        ),
    ],
)
def test_merging_layers_combine_masks(make, expected):
    assert mask(make()([masked(), masked(OTHER)])) == expected


def test_merging_layers_of_one_input_with_a_mask():
    for make in (layers.Add, layers.Average, layers.Multiply):
        assert mask(make()([masked(), OTHER])) is None
    assert mask(layers.Concatenate()([masked(), OTHER])) == np.ones((2, 5)).tolist()
    assert mask(layers.Concatenate(1)([masked(), OTHER])) == [row + [1] * 5 for row in X_KEPT]


def test_a_masked_step_is_1_in_a_product():
    both = layers.Multiply()([masked(), masked(OTHER)]).data
    np.testing.assert_allclose(both[0, 1], X[0, 1])
    np.testing.assert_allclose(both[0, 3], OTHER[0, 3])
    np.testing.assert_array_equal(both[1, 1], 0)
    np.testing.assert_allclose(both[0, 2], X[0, 2] * OTHER[0, 2])
    one = layers.Multiply()([masked(), OTHER]).data
    np.testing.assert_allclose(one[1, 0], X[1, 0] * OTHER[1, 0])
    np.testing.assert_array_equal(one[1, 1], OTHER[1, 1])


def test_of_a_masked_step_the_other_input_is_the_largest():
    both = layers.Maximum()([masked(), masked(OTHER)])
    assert mask(both) == EITHER
    np.testing.assert_array_equal(both.data[0, 1], X[0, 1])
    np.testing.assert_array_equal(both.data[0, 3], OTHER[0, 3])
    np.testing.assert_array_equal(both.data[0, 2], np.maximum(X, OTHER)[0, 2])
    least = layers.Minimum()([masked(), OTHER]).data
    np.testing.assert_array_equal(least[0, 3], OTHER[0, 3])


def test_a_list_of_masks_has_one_for_each_input():
    with pytest.raises(ValueError, match="has 2 inputs, and takes a list of as many masks"):
        layers.Add().compute_mask([X, OTHER], [None])


def test_global_average_pooling_is_over_steps_that_count():
    y = layers.GlobalAveragePooling1D()(masked())
    np.testing.assert_allclose(
        y.data, [[0.289214, 0.467369, -0.40965], [-0.217453, -0.051593, 0.230748]], atol=2e-6
    )
    assert mask(y) is None
    empty = layers.GlobalAveragePooling1D(keepdims=True)(masked(X * 0))
    np.testing.assert_array_equal(empty.data, np.zeros((2, 1, 3)))


def test_batch_statistics_are_those_of_steps_that_count():
    layer = layers.BatchNormalization(momentum=0.5)
    y = layer(masked(), training=True)
    np.testing.assert_allclose(y.data[0, 0], [1.36834, -0.62276, -1.272498], atol=2e-6)
    np.testing.assert_allclose(y.data[1, 4], [-0.631791, -1.450626, 1.029903], atol=2e-6)
    np.testing.assert_allclose(layer.moving_mean.data, [-0.000155, 0.08541, -0.021854], atol=2e-6)
    np.testing.assert_allclose(layer.moving_variance.data, [0.762275, 0.73386, 0.739769], atol=2e-6)


def test_softmax_leaves_out_what_a_mask_says():
    y = layers.Softmax()(X, mask=np.array([[[True, False, True]]]))
    np.testing.assert_allclose(np.sum(y.data, axis=-1), np.ones((2, 5)), rtol=1e-6)
    np.testing.assert_array_equal(y.data[:, :, 1], 0)
    over_steps = layers.Softmax(axis=1)(masked())
    np.testing.assert_allclose(np.sum(over_steps.data, axis=1), np.ones((2, 3)), rtol=1e-6)
    np.testing.assert_array_equal(over_steps.data[0, 3:], 0)
    with pytest.raises(ValueError, match=r"mask of shape \(2, 5\), which does not broadcast"):
        layers.Softmax()(X, mask=np.ones((2, 5), bool))


def test_a_layer_that_takes_a_mask_gets_it():
    class Count(nn.Layer):
        def call(self, x, mask=None):
            return np.sum(x[..., 0] * 0 + (1.0 if mask is None else mask), axis=1)

    assert Count()(masked()).data.tolist() == [3.0, 4.0]
    assert Count()(X).data.tolist() == [5.0, 5.0]
    assert Count()(X, mask=np.array([[1, 0, 0, 0, 0], [1, 1, 0, 0, 0]])).data.tolist() == [1.0, 2.0]


def test_an_input_by_name_gets_the_argument_for_its_mask():
    class Pair(nn.Layer):
        def call(self, query, value, query_mask=None, value_mask=None):
            self.seen = (query_mask, value_mask)
            return query

    layer = Pair()
    layer.supports_masking = True
    assert mask(layer(X, masked())) is None
    assert layer.seen[0] is None
    assert layer.seen[1].data.astype(int).tolist() == X_KEPT


def test_a_mask_given_by_hand_is_that_of_the_first_input():
    assert mask(layers.Dense(2)(X, mask=np.array(X_KEPT))) == X_KEPT
    model = nn.Sequential([layers.Dense(2), layers.GlobalAveragePooling1D()])
    np.testing.assert_allclose(
        model(X, mask=np.array(X_KEPT, bool)).data, model(masked()).data, rtol=1e-6
    )
    y = layers.Concatenate(1)([X, OTHER], mask=[np.array(X_KEPT), None])
    assert mask(y) == [row + [1] * 5 for row in X_KEPT]


@pytest.mark.parametrize("shape", [(2, 4), (5,), (2, 5, 2), ()])
def test_a_mask_of_the_wrong_shape_is_refused(shape):
    for layer in (layers.Dense(2), layers.GlobalAveragePooling1D(), layers.BatchNormalization()):
        with pytest.raises(ValueError, match=r"got a mask of shape .* for an array of shape"):
            layer(X, mask=np.ones(shape, bool), training=True)


def test_a_layer_that_does_not_support_masks_ends_them_with_one_warning():
    class Scale(nn.Layer):
        def call(self, x):
            return x * 2

    scale = Scale()
    with pytest.warns(UserWarning, match=r"scale \(Scale\) was passed inputs with a mask"):
        assert mask(scale(masked())) is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mask(scale(masked())) is None
    Scale.supports_masking = True
    assert mask(Scale()(masked())) == X_KEPT
    with pytest.warns(UserWarning, match="flatten"):
        layers.Flatten()(masked())


def test_operations_between_layers_pass_a_mask_on():
    class Residual(nn.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(3), layers.Dense(3)

        def call(self, x):
            y = self.second(np.tanh(self.first(x)) * 2)
            return np.concatenate([(x + y)[:, ::-1], y], axis=-1)

    model = Residual()
    expected = (np.array(X_KEPT)[:, ::-1] | np.array(X_KEPT)).tolist()
    assert mask(model(masked())) == expected
    with ag.no_grad():
        assert mask(model(masked())) == expected


def test_a_layer_that_would_use_a_lost_mask_warns():
    x = masked().reshape(10, 3).reshape(2, 5, 3)
    with pytest.warns(UserWarning, match="uses masks, but that of its inputs ended at reshape"):
        layers.GlobalAveragePooling1D()(layers.Dense(2)(x))
    with pytest.warns(UserWarning, match="mean_squared_error uses masks"):
        losses.MeanSquaredError()(Y.reshape(10, 1), layers.Dense(1)(masked()).reshape(10, 1))


def test_nothing_warns_of_a_mask_that_has_ended():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pooled = layers.Dense(2)(np.mean(masked(), axis=1))
        losses.MeanSquaredError()(np.zeros((2, 2)), pooled)
        losses.MeanSquaredError()(np.zeros((2, 2)), layers.Dense(2)(masked()[:, -1]))


# -- losses and metrics ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reduction", "alone", "weighted"),
    [
        ("sum_over_batch_size", 0.406711, 1.592234),
        ("mean", 0.406711, 1.592234),
        ("sum", 2.84698, 11.145635),
        ("mean_with_sample_weight", 0.406711, 0.348301),
    ],
)
def test_a_loss_is_over_what_counts(reduction, alone, weighted):
    loss, p = losses.MeanSquaredError(reduction=reduction), dense(1, masked())
    np.testing.assert_allclose(loss(Y, p).data, alone, rtol=4e-6)
    np.testing.assert_allclose(loss(Y, p, WEIGHTS).data, weighted, rtol=4e-6)


def test_a_loss_without_reduction_is_0_where_nothing_counts():
    values = losses.MeanSquaredError(reduction=None)(Y, dense(1, masked()))
    np.testing.assert_allclose(values.data[0], [0.642331, 0.475996, 0.566914, 0, 0], atol=1e-6)


def test_an_ignored_class_and_a_mask_ignore_together():
    z = dense(4, masked())
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    np.testing.assert_allclose(loss(LABELS, z).data, 1.520794, rtol=2e-6)
    loss.ignore_class = 2
    np.testing.assert_allclose(loss(LABELS, z).data, 1.556336, rtol=2e-6)


def test_a_weight_for_each_sample_is_one_for_each_of_its_steps():
    p = dense(1, masked())
    steps = losses.MeanSquaredError()(Y, p, np.repeat([[1.0], [3.0]], 5, axis=1))
    assert losses.MeanSquaredError()(Y, p, np.array([1.0, 3.0])).item() == steps.item()


def test_a_loss_of_nothing_that_counts_is_0():
    p = dense(1, masked(X * 0))
    for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight"):
        assert losses.MeanSquaredError(reduction=reduction)(Y, p).item() == 0
    assert metrics.MeanSquaredError()(Y, p) == 0


def test_a_mask_over_the_averaged_axis_is_refused():
    p = dense(1, masked())[..., 0]
    with pytest.raises(ValueError, match=r"averaged over the last axis.*which their mask"):
        losses.MeanSquaredError()(Y[..., 0], p)
    with pytest.raises(ValueError, match=r"does not fit\. Give the predictions an axis more"):
        metrics.MeanSquaredError().update_state(Y[..., 0], p)


def test_metrics_are_over_what_counts():
    p, z = dense(1, masked()), dense(4, masked())
    metric = metrics.MeanSquaredError()
    np.testing.assert_allclose(metric(Y, p), 0.406711, rtol=3e-6)
    np.testing.assert_allclose(metric(Y, p, sample_weight=WEIGHTS), 0.358785, rtol=3e-6)
    np.testing.assert_allclose(metrics.SparseCategoricalAccuracy()(LABELS, z), 0.285714, rtol=3e-6)
    top = metrics.SparseTopKCategoricalAccuracy(k=2)
    np.testing.assert_allclose(top(LABELS, z), 0.571429, rtol=3e-6)
    np.testing.assert_allclose(metrics.RootMeanSquaredError()(Y, p), 0.406711**0.5, rtol=3e-6)


# -- training --------------------------------------------------------------------------------------

TARGETS = np.sin(np.arange(15)).reshape(3, 5, 1).astype(np.float32)
ENGINES = [{"run_eagerly": True}, {"jit_compile": False}, {"jit_compile": True}]


@pytest.mark.parametrize("engine", ENGINES, ids=["eager", "numpy", "native"])
def test_training_takes_the_steps_of_keras(engine):
    if engine.get("jit_compile"):
        pytest.importorskip("llvmlite")
    stack = [layers.Embedding(6, 4, mask_zero=True), layers.Dense(8, "relu")]
    model = nn.Sequential([*stack, layers.LayerNormalization(), layers.Dense(1)])
    model(IDS)
    set_weights(model)
    model.compile("sgd", "mse", metrics=["mae", lambda y, p: np.abs(y - p)[..., 0]], **engine)
    weight = np.arange(1, 16).reshape(3, 5).astype(np.float32)
    history = model.fit(
        IDS, TARGETS, epochs=3, batch_size=2, shuffle=False, sample_weight=weight, verbose=0
    ).history
    np.testing.assert_allclose(history["loss"], [12.629669, 4.395608, 4.561867], rtol=2e-6)
    np.testing.assert_allclose(history["mae"], [1.13342, 0.687037, 0.677328], rtol=2e-6)
    np.testing.assert_allclose(history["<lambda>"], history["mae"], rtol=1e-6)
    np.testing.assert_allclose(
        model.predict(IDS, verbose=0)[0, :, 0],
        [-0.133482, 0.080073, -0.054479, 0.013545, 0.013545],
        atol=2e-6,
    )


@pytest.mark.parametrize("engine", ENGINES, ids=["eager", "numpy", "native"])
def test_masks_of_one_batch_are_not_those_of_the_next(engine):
    """All programs see masks as values: two batches that differ only in their padding."""
    if engine.get("jit_compile"):
        pytest.importorskip("llvmlite")
    model = nn.Sequential([layers.Masking(), layers.Dense(4, "tanh"), layers.Dense(1)])
    model(X)
    set_weights(model)
    model.compile(nn.SGD(0.0), "mse", **engine)
    for x in (X, OTHER, X):
        by_hand = losses.MeanSquaredError()(Y, model(masked(x))).item()
        assert model.train_on_batch(x, Y) == pytest.approx(by_hand, rel=1e-6)
        assert model.evaluate(x, Y, verbose=0) == pytest.approx(by_hand, rel=1e-6)


def test_a_saved_model_makes_its_masks_again(tmp_path):
    model = nn.Sequential(
        [layers.Embedding(6, 4, mask_zero=True), layers.Masking(), layers.Dense(1)]
    )
    model(IDS)
    model.save(tmp_path / "m.safetensors")
    loaded = nn.load_model(tmp_path / "m.safetensors")
    assert mask(loaded(IDS)) == mask(model(IDS))
