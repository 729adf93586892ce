"""What courses and guides do with the functional API, each in a few lines."""

import numpy as np
import pytest

import nn
from nn import layers, models

RNG = np.random.default_rng(0)


def test_an_autoencoder_whose_parts_are_models():
    image = nn.Input((12, 12, 1), name="img")
    h = layers.Conv2D(4, 3, activation="relu")(image)
    h = layers.MaxPooling2D(2)(layers.Conv2D(8, 3, activation="relu")(h))
    encoder = nn.Model(image, layers.GlobalMaxPooling2D()(h), name="encoder")
    code = nn.Input((8,), name="code")
    h = layers.Conv2DTranspose(4, 3, activation="relu")(layers.Reshape((2, 2, 2))(code))
    decoder = nn.Model(code, layers.Conv2DTranspose(1, 9)(h), name="decoder")
    x = nn.Input((12, 12, 1))
    autoencoder = nn.Model(x, decoder(encoder(x)), name="autoencoder")
    assert autoencoder.output_shape == (None, 12, 12, 1)
    assert autoencoder.count_params() == encoder.count_params() + decoder.count_params()
    data = RNG.normal(size=(6, 12, 12, 1)).astype("f4")
    autoencoder.compile("adam", "mse")
    before = encoder.get_weights()[0].copy()
    autoencoder.fit(data, data, epochs=1, verbose=0)
    assert np.any(encoder.get_weights()[0] != before)
    np.testing.assert_array_equal(autoencoder(data).data, decoder(encoder(data)).data)


def test_an_ensemble():
    def member():
        x = nn.Input((6,))
        return nn.Model(x, layers.Dense(1)(x))

    members = [member() for _ in range(3)]
    x = nn.Input((6,))
    ensemble = nn.Model(x, layers.Average()([m(x) for m in members]))
    assert [layer.name for layer in ensemble.layers] == [
        "input_layer", "functional", "functional_1", "functional_2", "average"
    ]  # fmt: skip
    data = RNG.normal(size=(4, 6)).astype("f4")
    expected = np.mean([m(data).data for m in members], axis=0)
    np.testing.assert_allclose(ensemble(data).data, expected, rtol=1e-6)


def test_a_shared_embedding():
    shared = layers.Embedding(50, 4)
    a, b = nn.Input((None,), dtype="int32"), nn.Input((None,), dtype="int32")
    model = nn.Model([a, b], [shared(a), shared(b)])
    assert model.count_params() == 200
    assert [y.shape for y in model([np.ones((2, 3)), np.ones((2, 5))])] == [(2, 3, 4), (2, 5, 4)]


def test_features_of_all_layers():
    net = nn.Sequential(
        [nn.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.MaxPooling2D(2), layers.Flatten()]
    )
    extractor = nn.Model(inputs=net.inputs, outputs=[layer.output for layer in net.layers])
    features = extractor(RNG.normal(size=(3, 8, 8, 1)))
    assert [y.shape for y in features] == [(3, 6, 6, 2), (3, 3, 3, 2), (3, 18)]


def test_transfer_learning():
    base = nn.Sequential(
        [nn.Input((5,)), layers.Dense(4), layers.BatchNormalization()], name="base"
    )
    base.trainable = False
    x = nn.Input((5,))
    model = nn.Model(x, layers.Dense(1)(base(x, training=False)))
    assert [w.name for w in model.trainable_variables] == ["dense/kernel", "dense/bias"]
    model.compile("sgd", "mse")
    before = base.get_weights()
    data = RNG.normal(size=(16, 5)).astype("f4")
    model.fit(data, data[:, :1], epochs=2, verbose=0)
    for a, b in zip(before, base.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)  # the statistics, too: training=False stays
    chopped = nn.Model(base.inputs, base.layers[-2].output)
    assert chopped.output_shape == (None, 4)


def test_a_layer_of_ones_own_and_its_config():
    class Scaled(layers.Dense):
        def __init__(self, units=4, factor=2.0, **kwargs):
            super().__init__(units, **kwargs)
            self.factor = factor

        def call(self, x):
            return self.factor * super().call(x)

        def get_config(self):
            return {**super(layers.Dense, self).get_config(), "units": self.units}

    x = nn.Input((4,))
    model = nn.Model(x, Scaled(10)(x))
    again = nn.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    data = RNG.normal(size=(2, 4)).astype("f4")
    np.testing.assert_array_equal(again(data).data, model(data).data)


def test_a_functional_model_inside_of_a_class_and_the_other_way_round():
    x = nn.Input((None, 3))
    projected = nn.Model(x, layers.Dense(2)(np.mean(x, axis=1)))

    class Outer(nn.Model):
        def __init__(self):
            super().__init__()
            self.projected = projected
            self.last = layers.Dense(1, activation="sigmoid")

        def call(self, x, training=False):
            return self.last(self.projected(x, training=training))

    outer = Outer()
    assert outer(np.ones((4, 7, 3))).shape == (4, 1)
    y = nn.Input((None, 3))
    assert nn.Model(y, outer(y) + 1).output_shape == (None, 1)


def test_a_siamese_network_as_in_keras_2():
    """Distances by a Lambda of a list, as old examples write them."""
    base_in = nn.Input((6,))
    base = nn.Model(base_in, layers.Dense(3, activation="relu")(base_in))
    a, b = nn.Input(shape=(6,)), nn.Input(shape=(6,))
    distance = layers.Lambda(
        lambda v: np.sqrt(np.maximum(np.sum(np.square(v[0] - v[1]), axis=1, keepdims=True), 1e-7))
    )([base(a), base(b)])
    model = models.Model([a, b], distance)
    data = RNG.normal(size=(5, 6)).astype("f4")
    np.testing.assert_allclose(model([data, data]).data, np.full((5, 1), 1e-7**0.5), rtol=1e-5)


def test_a_variational_layer_adds_its_loss():
    class Sampling(layers.Layer):
        def call(self, inputs, training=False):
            mean, log_var = inputs
            self.add_loss(-0.5 * np.mean(1 + log_var - mean**2 - np.exp(log_var)))
            return mean + np.exp(log_var / 2)

    x = nn.Input((4,))
    mean, log_var = layers.Dense(2)(x), layers.Dense(2)(x)
    model = nn.Model(x, layers.Dense(4)(Sampling()([mean, log_var])))
    model.compile("adam", "mse")
    data = RNG.normal(size=(8, 4)).astype("f4")
    history = model.fit(data, data, epochs=2, verbose=0)
    m, v = nn.Model(x, [mean, log_var])(data)
    penalty = -0.5 * np.mean(1 + v.data - m.data**2 - np.exp(v.data))
    loss = model.evaluate(data, data, verbose=0)
    np.testing.assert_allclose(loss, penalty + np.mean((model(data).data - data) ** 2), rtol=1e-5)
    assert len(history.history["loss"]) == 2


def test_a_gan_freezes_one_half():
    z = nn.Input((2,))
    generator = nn.Model(z, layers.Dense(3)(z), name="generator")
    x = nn.Input((3,))
    critic = nn.Model(x, layers.Dense(1)(x), name="critic")
    critic.trainable = False
    both = nn.Model(z, critic(generator(z)))
    assert len(both.trainable_variables) == 2
    assert len(both.variables) == 4


@pytest.mark.parametrize("depth", [50])
def test_a_residual_network_of_many_layers(depth, tmp_path):
    x = h = nn.Input((8,))
    for _ in range(depth):
        g = layers.Dense(8, activation="relu")(h)
        h = layers.Add()([h, g])
    model = nn.Model(x, layers.Dense(1)(h))
    data = RNG.normal(size=(4, 8)).astype("f4")
    model.compile("adam", "mse")
    model.fit(data, data[:, :1], epochs=1, verbose=0)
    model.save(tmp_path / "deep.safetensors")
    again = nn.load_model(tmp_path / "deep.safetensors")
    np.testing.assert_array_equal(again(data).data, model(data).data)


class PositionalEmbedding(nn.Layer):
    """Adds a row for each place, of as many places as there are."""

    def __init__(self, places, width):
        super().__init__()
        self.tokens = nn.Embedding(9, width)
        self.places = nn.Embedding(places, width)

    def call(self, x):
        return self.tokens(x) + self.places(np.arange(x.shape[-1]))


def test_places_of_an_open_length():
    x = nn.Input((None,), dtype="int32")
    layer = PositionalEmbedding(4, 3)
    model = nn.Model(x, layer(x))
    rows, places = layer.tokens.embeddings.data, layer.places.embeddings.data
    tokens = np.array([[1, 8, 0], [2, 2, 5]])
    np.testing.assert_array_equal(model.predict(tokens, verbose=0), rows[tokens] + places[:3])
    with pytest.raises(ValueError, match="has rows 0 to 3, but the inputs hold 4"):
        model(np.ones((1, 5), int))


def test_windows_over_an_open_length():
    parts = [layers.Conv1D(2, 5), layers.MaxPooling1D(3)] * 2
    made = [type(part).from_config(part.get_config() | {"name": None}) for part in parts]
    model = nn.Sequential([nn.Input((None, 3)), *made, layers.Conv1D(2, 5)])
    assert model.predict(np.ones((2, 90, 3)), verbose=0).shape == (2, 4, 2)
    wide = layers.Conv1D(1, 60)(nn.Input((None, 1)))
    assert wide.shape == (None, None, 1)
