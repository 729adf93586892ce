"""Outputs of Keras beside those of a layer of the same name, arguments and weights."""

from __future__ import annotations

import numpy as np

from nn import layers


def made(name, arguments, shape):
    """A layer with weights that are no random numbers, and its inputs."""
    x = np.sin(np.arange(1, 1 + np.prod(shape)) * 1.7).reshape(shape)
    layer = getattr(layers, name)(**arguments, dtype="float64")
    layer.build(shape)
    layer.set_weights(
        [
            np.cos(np.arange(w.size) * 0.9 + i).reshape(w.shape)
            for i, w in enumerate(layer.get_weights())
        ]
    )
    return layer, x


def summary(y):
    """The first, the middle and the last output, and all of them times a wave."""
    flat = np.ravel(y)
    return [flat[0], flat[flat.size // 2], flat[-1], flat @ np.cos(np.arange(flat.size) * 0.3)]


def require_keras_outputs(name, arguments, shape, output_shape, expected):
    """Assert that the layer gives what Keras 3.15.1 gave, with JAX in float64."""
    layer, x = made(name, arguments, shape)
    y = layer(x)
    assert y.shape == output_shape
    assert y.dtype == np.float64
    rtol = 1e-6 if name.startswith("GlobalAverage") else 1e-9  # Keras computes that in float32
    np.testing.assert_allclose(summary(y.data), expected, rtol=rtol, atol=1e-11)
    unknown = (None, *(None for _ in shape[1:-1]), shape[-1])
    assert layer.compute_output_shape(shape) == output_shape
    assert layer.compute_output_shape((None, *shape[1:])) == (None, *output_shape[1:])
    found = layer.compute_output_shape(unknown)
    assert len(found) == len(output_shape)
    assert all(a in (None, b) for a, b in zip(found, output_shape, strict=True))
