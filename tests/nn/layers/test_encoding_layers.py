"""CategoryEncoding and Discretization, beside Keras's numbers."""

from __future__ import annotations

import numpy as np
import pytest

import nn
from nn.layers import CategoryEncoding, Dense, Discretization

X = np.array([[0, 1], [3, 3]])


def test_category_encoding_in_all_modes():
    for mode, expected in {
        "one_hot": [[[1, 0, 0, 0], [0, 1, 0, 0]], [[0, 0, 0, 1], [0, 0, 0, 1]]],
        "multi_hot": [[1, 1, 0, 0], [0, 0, 0, 1]],
        "count": [[1, 1, 0, 0], [0, 0, 0, 2]],
    }.items():
        layer = CategoryEncoding(4, mode)
        for inputs in (X, X.astype(np.float32), X.astype(np.uint8)):
            y = layer(inputs)
            assert y.data.tolist() == expected
            assert y.dtype == np.float32
    assert CategoryEncoding(3, "one_hot")(np.array([[2], [0]])).data.tolist() == [
        [0, 0, 1],
        [1, 0, 0],
    ]
    assert CategoryEncoding(3, "count")(np.array([2, 0, 2])).data.tolist() == [1, 0, 2]
    weighted = CategoryEncoding(4, "count")(X, count_weights=np.array([[0.5, 2.0], [1.0, 3.0]]))
    assert weighted.data.tolist() == [[0.5, 2, 0, 0], [0, 0, 0, 4]]
    assert CategoryEncoding(4, "binary").output_mode == "multi_hot"


def test_weights_of_counts_have_the_dtype_of_the_layer():
    layer = CategoryEncoding(3, "count")
    counts = layer(np.array([[1, 1], [0, 2]]), count_weights=np.array([[0.5, 2.0], [1.0, 1.0]]))
    assert counts.dtype == np.float32
    assert np.array_equal(counts.data, [[0, 2.5, 0], [1, 0, 1]])


@pytest.mark.parametrize("mode", ["multi_hot", "count"])
def test_category_encoding_in_a_model(mode, tmp_path):
    model = nn.Sequential([CategoryEncoding(4, mode), Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(X, np.ones((2, 1)), epochs=3, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    model.export(tmp_path / "predict.py")  # for any number of rows
    with pytest.raises(ValueError, match="encodes integers from 0 to 3"):
        model.fit(np.array([[0, 4], [1, 1]]), np.ones((2, 1)), verbose=0)


def test_discretization_with_given_boundaries():
    x = np.array([[-1.5, 1.0], [3.4, 0.5], [0.0, 1.3]])
    layer = Discretization([0.0, 1.0, 2.0])
    assert layer(x).data.tolist() == [[0, 2], [3, 1], [1, 2]]
    assert Discretization([0, 1], output_mode="one_hot")(x[:1]).data.tolist() == [
        [[1, 0, 0], [0, 0, 1]]
    ]
    assert Discretization([0, 1], output_mode="count")(x).data.tolist() == [
        [1, 0, 1],
        [0, 1, 1],
        [0, 1, 1],
    ]


def test_boundaries_that_are_adapted_are_those_of_keras():
    # Computed once with Keras 3.15.1 of np.sin(1.7 k): adapt of 1000 numbers, and of batches.
    data = np.sin(np.arange(1000) * 1.7).astype(np.float32)
    layer = Discretization(num_bins=4).adapt(data)
    np.testing.assert_allclose(
        layer.bin_boundaries, [-0.70734131336, -5.2347468227e-07, 0.70928531885], rtol=1e-6
    )
    batches = Discretization(num_bins=3, epsilon=0.1).adapt(np.array_split(data, 7))
    np.testing.assert_allclose(batches.bin_boundaries, [-0.49513724446, 0.47263664007], rtol=1e-6)
    counts = np.bincount(layer(data).data)
    assert counts.min() > 200
    again = Discretization.from_config(layer.get_config())
    assert again.bin_boundaries == layer.bin_boundaries
    assert again.adapt(data[:10]).bin_boundaries != layer.bin_boundaries


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: CategoryEncoding(), TypeError, "num_tokens, the number of categories"),
        (lambda: CategoryEncoding(0), ValueError, "is 1 or more"),
        (lambda: CategoryEncoding(3, "int"), ValueError, "output_mode is one of"),
        (lambda: CategoryEncoding(3, sparse=True), ValueError, "sparse outputs do not exist"),
        (
            lambda: CategoryEncoding(3)(X),
            ValueError,
            "integers from 0 to 2, but the inputs hold 3",
        ),
        (lambda: CategoryEncoding(3)(np.array([[-1]])), ValueError, "but the inputs hold -1"),
        (lambda: CategoryEncoding(3)(np.array([[0.5]])), ValueError, "takes whole numbers"),
        (lambda: CategoryEncoding(3)(np.array([[np.nan]])), ValueError, "takes whole numbers"),
        (lambda: CategoryEncoding(4)(X[None]), ValueError, "samples of several indices"),
        (lambda: CategoryEncoding(4)(X, count_weights=X), ValueError, 'output_mode="count"'),
        (lambda: Discretization(), ValueError, "takes bin_boundaries, or num_bins"),
        (lambda: Discretization([1.0, 0.0]), ValueError, "numbers in order"),
        (lambda: Discretization([1.0, np.nan]), ValueError, "NaN"),
        (lambda: Discretization(num_bins=3)(X), RuntimeError, "no boundaries yet"),
        (lambda: Discretization([1.0]).adapt(X), ValueError, "was given its bin_boundaries"),
        (lambda: Discretization(num_bins=3).adapt(X[:0]), ValueError, "needs data"),
        (lambda: Discretization(num_bins=3).adapt(X * np.nan), ValueError, "data has 4 values"),
        (lambda: Discretization([1.0])(X * np.nan), ValueError, "NaN, which belongs to no bin"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()
