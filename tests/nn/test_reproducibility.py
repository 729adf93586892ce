"""One seed, the same weights, bit for bit; and nothing random that is not seeded."""

import numpy as np

import nn


def trained(seed):
    nn.set_random_seed(seed)
    model = nn.Sequential([nn.Dense(16, "relu"), nn.Dropout(0.3), nn.Dense(1)])
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(100, 4))
    history = model.fit(x, x.sum(axis=1), epochs=3, validation_split=0.2, verbose=0)
    return model.get_weights(), history.history


def test_the_same_seed_gives_the_same_weights_and_history():
    (weights, history), (again, history_again) = trained(7), trained(7)
    for a, b in zip(weights, again, strict=True):
        assert a.tobytes() == b.tobytes()
    assert history == history_again


def test_another_seed_gives_others():
    (weights, _), (others, _) = trained(7), trained(8)
    assert any(np.any(a != b) for a, b in zip(weights, others, strict=True))


def test_shuffling_comes_in_a_new_order_in_each_epoch_and_can_be_switched_off():
    def orders(shuffle):
        seen = []

        class Watch(nn.Sequential):
            def train_step(self, data):
                seen.append(data[0].ravel().tolist())
                return {}

        model = Watch([nn.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(np.arange(6.0)[:, None], np.zeros(6), epochs=2, shuffle=shuffle, verbose=0)
        return seen

    nn.set_random_seed(0)
    first, second = orders(shuffle=True)
    assert sorted(first) == sorted(second) == [0, 1, 2, 3, 4, 5]
    assert first != second
    assert orders(shuffle=False) == [[0, 1, 2, 3, 4, 5]] * 2


def test_numpy_s_global_state_is_not_touched():
    before = np.random.get_state()[1].copy()
    trained(3)
    np.testing.assert_array_equal(before, np.random.get_state()[1])
