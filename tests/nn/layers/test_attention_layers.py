"""Attention and EinsumDense.

Expected values: Keras 3.15.1 on PyTorch, in float64 (attention partly in float32), of these
inputs and weights.
"""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.extend import mask_of
from nn import layers
from tests.nn.layers.keras_values import summary

F64 = {"dtype": "float64"}


def wave(shape, function, factor):
    return function(np.arange(1, 1 + np.prod(shape)) * factor).reshape(shape)


QUERY = wave((2, 3, 4), np.sin, 1.7)
VALUE = wave((2, 5, 4), np.cos, 1.1)
KEY = wave((2, 5, 4), np.sin, 0.7)
SEEN = np.array([[1, 1, 0, 1, 0], [1, 0, 1, 1, 1]], bool)
PAIRS = np.array([[1, 1, 0, 0, 1], [0, 1, 1, 0, 1], [1, 0, 1, 0, 0]], bool)


def filled(layer, *inputs):
    layer(*inputs)
    layer.set_weights(
        [
            np.cos(np.arange(w.size) * 0.9 + i).reshape(w.shape)
            for i, w in enumerate(layer.get_weights())
        ]
    )
    return layer


@pytest.mark.parametrize(
    ("name", "arguments", "options", "shape", "expected"),
    [
        (
            "MultiHeadAttention",
            {"num_heads": 2, "key_dim": 3},
            {},
            (2, 3, 4),
            [0.330707858, 0.348155805, -0.752164137, -1.66898257],
        ),
        (
            "MultiHeadAttention",
            {"num_heads": 2, "key_dim": 3, "value_dim": 2, "output_shape": 5, "use_bias": False},
            {"use_causal_mask": True},
            (2, 3, 5),
            [-0.396894083, 0.398078158, 0.514618531, -3.95425955],
        ),
        (
            "MultiHeadAttention",
            {"num_heads": 3, "key_dim": 2, "use_gate": True, "sliding_window": 2},
            {"value_mask": SEEN},
            (2, 3, 4),
            [-0.612451171, -1.03402788, -0.471637275, -2.58800865],
        ),
        (
            "MultiHeadAttention",
            {"num_heads": 2, "key_dim": 3},
            {"attention_mask": PAIRS},
            (2, 3, 4),
            [-0.265970812, 0.87054969, -0.68908127, -3.76143625],
        ),
        (
            "GroupQueryAttention",
            {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2},
            {},
            (2, 3, 4),
            [2.37698162, 0.728413187, -0.844797413, 5.87553434],
        ),
        (
            "GroupQueryAttention",
            {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2},
            {"use_causal_mask": True, "value_mask": SEEN},
            (2, 3, 4),
            [2.82343788, 0.585809683, -3.09322067, 6.1338211],
        ),
    ],
)
def test_heads(name, arguments, options, shape, expected):
    layer = filled(getattr(layers, name)(**arguments, **F64), QUERY, VALUE, KEY)
    y = layer(QUERY, VALUE, KEY, **options)
    assert y.shape == shape
    np.testing.assert_allclose(summary(y.data), expected, rtol=1e-6)
    by_name = layer(query=QUERY, value=VALUE, key=KEY, return_attention_scores=True, **options)
    np.testing.assert_array_equal(by_name[0].data, y.data)
    np.testing.assert_allclose(np.sum(by_name[1].data, axis=-1), 1, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "arguments", "options", "expected"),
    [
        ("Attention", {}, {}, [0.209913522, -0.365740836, 0.416475415, 0.495295588]),
        (
            "Attention",
            {"use_scale": True, "score_mode": "concat"},
            {"use_causal_mask": True},
            [0.453596115, -0.445690006, -0.132578939, -0.472390988],
        ),
        (
            "Attention",
            {},
            {"mask": [[[1, 1, 0], [1, 1, 1]], SEEN]},
            [0.256791383, -0.00738053024, 0.0345953703, 0.480956554],
        ),
        ("AdditiveAttention", {}, {}, [0.114555925, -0.10204009, -0.0247807354, 0.581095318]),
        (
            "AdditiveAttention",
            {"use_scale": False},
            {"mask": [[[1, 1, 0], [1, 1, 1]], SEEN]},
            [0.438496709, -0.3262631, 0.31906122, -0.204196958],
        ),
    ],
)
def test_attention(name, arguments, options, expected):
    layer = filled(getattr(layers, name)(**arguments, **F64), [QUERY, VALUE, KEY])
    y, scores = layer([QUERY, VALUE, KEY], return_attention_scores=True, **options)
    assert y.shape == (2, 3, 4)
    np.testing.assert_allclose(summary(y.data), expected, rtol=2e-6)
    np.testing.assert_allclose(np.sum(scores.data, axis=-1), 1, rtol=1e-12)


@pytest.mark.parametrize(
    ("equation", "output_shape", "bias_axes", "shape", "expected"),
    [
        (
            *("abc,cd->abd", (None, 2), "d", (2, 3, 2)),
            [2.73386892, 0.8885401, -0.78941595, 8.92365874],
        ),
        (
            *("...x,xy->...y", 3, "y", (2, 3, 3)),
            [1.05504831, 1.32399158, -0.110021479, -0.719325797],
        ),
        (
            *("ab...,bc->ac...", (2,), "c", (2, 2, 4)),
            [0.994768724, 1.38047498, -0.263631552, 0.829058923],
        ),
        (
            *("abc,bde->aecd", (2, 4, 3), "ed", (2, 2, 4, 3)),
            [1.96166264, 0.236741302, 0.0155134694, 3.30029927],
        ),
    ],
)
def test_einsum_dense(equation, output_shape, bias_axes, shape, expected):
    layer = filled(layers.EinsumDense(equation, output_shape, bias_axes=bias_axes, **F64), QUERY)
    y = layer(QUERY)
    assert y.shape == shape
    np.testing.assert_allclose(summary(y.data), expected, rtol=1e-8)


def test_weights_have_keras_s_names_and_shapes():
    layer = layers.MultiHeadAttention(2, 3, value_dim=5, output_shape=7, name="mha")
    layer(QUERY, VALUE)
    assert [(w.name, w.shape) for w in layer.weights] == [
        ("query/kernel", (4, 2, 3)),
        ("query/bias", (2, 3)),
        ("key/kernel", (4, 2, 3)),
        ("key/bias", (2, 3)),
        ("value/kernel", (4, 2, 5)),
        ("value/bias", (2, 5)),
        ("attention_output/kernel", (2, 5, 7)),
        ("attention_output/bias", (7,)),
    ]


def test_a_kernel_starts_by_the_axes_that_are_summed():
    """Of 3 heads of 5: uniform up to sqrt(6 / (fan_in + fan_out)), 400 inputs and 15 outputs."""
    nn.set_random_seed(0)
    layer = layers.EinsumDense("abc,cde->abde", (None, 3, 5))
    layer.build((None, None, 400))
    limit = (6 / (400 + 15)) ** 0.5
    assert 0.99 * limit < np.abs(layer.kernel.data).max() <= limit


def test_masks_of_the_inputs_are_heeded_and_that_of_the_query_passed_on():
    x = layers.Masking(**F64)(np.where(SEEN[..., None], VALUE, 0))
    layer = filled(layers.MultiHeadAttention(2, 3, **F64), VALUE, VALUE)
    y, scores = layer(x, x, return_attention_scores=True)
    assert mask_of(y).data.tolist() == SEEN.tolist()
    assert mask_of(scores) is None
    np.testing.assert_array_equal(scores.data[0, :, 0][:, ~SEEN[0]], 0)
    by_hand = layer(x.data, x.data, query_mask=SEEN, value_mask=SEEN)
    np.testing.assert_array_equal(by_hand.data, y.data)
    assert mask_of(layers.Attention(**F64)([x, x])).data.tolist() == SEEN.tolist()
    assert mask_of(layer(QUERY, x)) is None


def test_a_step_that_may_look_at_nothing_sees_the_mean():
    layer = filled(layers.MultiHeadAttention(2, 3, **F64), QUERY, VALUE)
    nothing = np.zeros((3, 5), bool)

    def f(x):
        return layer(x, VALUE, attention_mask=nothing)

    _, scores = layer(QUERY, VALUE, attention_mask=nothing, return_attention_scores=True)
    np.testing.assert_allclose(scores.data, 0.2, rtol=1e-12)
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(f(x)))(QUERY).data, 0)


def test_later_steps_change_nothing_before_them():
    layer = layers.GroupQueryAttention(2, 4, 2, **F64)
    y = layer(VALUE, VALUE, use_causal_mask=True).data
    changed = VALUE.copy()
    changed[:, 3:] += 1
    z = layer(changed, changed, use_causal_mask=True).data
    np.testing.assert_array_equal(z[:, :3], y[:, :3])
    assert np.abs(z[:, 3:] - y[:, 3:]).min() > 1e-6


def test_as_many_heads_of_keys_as_of_queries_are_multi_head_attention():
    one = filled(layers.GroupQueryAttention(3, 2, 2, **F64), QUERY, VALUE)
    other = filled(layers.MultiHeadAttention(2, 3, **F64), QUERY, VALUE)
    np.testing.assert_array_equal(one(QUERY, VALUE).data, other(QUERY, VALUE).data)


def test_along_one_of_two_axes_it_is_attention_in_each_row():
    x = wave((2, 3, 5, 4), np.sin, 0.9)
    layer = filled(layers.MultiHeadAttention(2, 3, attention_axes=2, **F64), x, x)
    flat = layers.MultiHeadAttention(2, 3, **F64)
    rows = x.reshape(6, 5, 4)
    flat(rows, rows)
    flat.set_weights(layer.get_weights())
    np.testing.assert_allclose(
        layer(x, x).data.reshape(6, 5, 4), flat(rows, rows).data, rtol=1e-12, atol=1e-14
    )


def test_dropout_is_of_the_weights_in_training():
    layer = layers.MultiHeadAttention(2, 3, dropout=0.5, seed=0, **F64)
    layer(QUERY, VALUE)
    assert not np.array_equal(layer(QUERY, VALUE, training=True).data, layer(QUERY, VALUE).data)

    class Inside(nn.Layer):
        def __init__(self, layer):
            super().__init__()
            self.layer = layer

        def call(self, x):
            return self.layer(x, x)

    assert Inside(layers.MultiHeadAttention(2, 3))(QUERY).shape == QUERY.shape
    with pytest.raises(TypeError, match="without training="):
        Inside(layers.MultiHeadAttention(2, 3, dropout=0.1))(QUERY)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.GroupQueryAttention(4, 3, 2), "multiple of num_key_value_heads"),
        (lambda: layers.MultiHeadAttention(0, 2), "num_heads"),
        (lambda: layers.MultiHeadAttention(2, 2, dropout=1.0), "dropout"),
        (lambda: layers.MultiHeadAttention(2, 2, sliding_window=0), "sliding_window"),
        (lambda: layers.MultiHeadAttention(2, 2, dropout=0.1, flash_attention=True), "no dropout"),
        (lambda: layers.Attention(score_mode="sum"), "'dot' or 'concat'"),
        (lambda: layers.EinsumDense("ab,bc", 3), "an equation is like"),
        (lambda: layers.EinsumDense("...ab,bc->ac...", 3), "an equation is like"),
        (lambda: layers.EinsumDense("ab,bc->ad", 3), "'d' of 'ab,bc->ad' stands on one side"),
    ],
)
def test_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layers.MultiHeadAttention(2, 2)(QUERY[0], QUERY[0]), "takes a query"),
        (lambda: layers.MultiHeadAttention(2, 2)(QUERY, VALUE, KEY[:, 1:]), "number of steps"),
        (
            lambda: layers.MultiHeadAttention(2, 2)(QUERY, VALUE, value_mask=SEEN[:, 1:]),
            r"mask of shape \(2, 4\) for an array of shape \(2, 5, 4\)",
        ),
        (
            lambda: layers.MultiHeadAttention(2, 2)(QUERY, VALUE, attention_mask=PAIRS.T),
            r"masks that together have shape \(5, 3\)",
        ),
        (
            lambda: layers.MultiHeadAttention(2, 2, flash_attention=True)(
                QUERY, VALUE, return_attention_scores=True
            ),
            "returns no scores",
        ),
        (lambda: layers.Attention()(QUERY), r"called on a list, \[query, value\]"),
        (lambda: layers.Attention()([QUERY, VALUE[..., 1:]]), "as wide as the query"),
        (lambda: layers.Attention()([QUERY, VALUE], mask=SEEN), r"mask=\[query_mask, value_mask\]"),
        (lambda: layers.EinsumDense("abc,cd->abd", (None, 2))(QUERY[0]), "have 3 axes, got 2"),
        (lambda: layers.EinsumDense("abc,cd->abd", 2)(QUERY), "have 2 axes after the samples"),
        (
            lambda: layers.EinsumDense("abc,cd->abd", (7, 2))(QUERY),
            "'b' of its inputs has length 3",
        ),
        (lambda: layers.EinsumDense("ab,bc->ac", 2, bias_axes="b")(QUERY[0]), "bias_axes='b'"),
    ],
)
def test_inputs_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize(
    ("query", "value", "message"),
    [
        (QUERY, np.repeat(VALUE, 2, axis=0)[:3], "one number of samples"),
        (QUERY, VALUE[:, :0], "value of no steps"),
    ],
)
def test_what_is_attended_to_fits_the_query_in_every_call(query, value, message, built):
    of_heads = layers.MultiHeadAttention(2, 2, name="heads")
    plain = layers.Attention(name="plain")
    if built:
        of_heads(QUERY, VALUE)
        plain([QUERY, VALUE])
    with pytest.raises(ValueError, match=f"heads .*{message}"):
        of_heads(query, value)
    with pytest.raises(ValueError, match=f"plain .*{message}"):
        plain([query, value])


def test_heads_name_the_widths_they_were_made_for():
    layer = layers.MultiHeadAttention(2, 2, name="heads")
    layer(QUERY, VALUE)
    for width in (1, 3):
        with pytest.raises(ValueError, match=r"heads was made for .* widths \(4, 4, 4\), got"):
            layer(QUERY, VALUE[..., :width])
    with pytest.raises(ValueError, match=r"heads takes a query .* and of one number of steps"):
        layer(QUERY, VALUE, VALUE[:, :-1])


def test_inputs_of_another_width_are_refused_later_too():
    layer = layers.EinsumDense("abc,cd->abd", (None, 2))
    layer(QUERY)
    with pytest.raises(ValueError, match=r"kernel of shape \(4, 2\) for 'abc,cd->abd'"):
        layer(QUERY[..., 1:])
