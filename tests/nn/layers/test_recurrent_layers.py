"""SimpleRNN, LSTM, GRU, their cells, RNN of any cell, Bidirectional and TimeDistributed."""

import copy
import functools

import numpy as np
import pytest

import nn
from nn import layers as L  # noqa: N812
from nn.training.dry_run import dry_run_batch

X = np.sin(np.arange(1.0, 25.0)).reshape(2, 4, 3)
MASK = np.array([[True, True, False, False], [False, True, True, False]])
F64 = {"dtype": "float64"}


def filled(layer, x=X, **options):
    """The layer with weights cos(1), cos(2), ... / 2, each from there."""
    layer(x, **options)
    for weight in layer.variables:
        weight.assign(np.cos(np.arange(1.0, weight.size + 1)).reshape(weight.shape) / 2)
    return layer


def listed(outputs):
    return [y.data for y in (outputs if isinstance(outputs, (tuple, list)) else [outputs])]


class Sum(nn.Layer):
    """A cell of the user's own."""

    state_size = 3

    def call(self, x, states):
        total = states[0] + x
        return 2 * total, [total]


class TestFormulas:
    def test_simple_rnn(self):
        layer = filled(L.SimpleRNN(2, return_sequences=True, **F64))
        kernel, recurrent, bias = (w.data for w in layer.variables)
        h = np.zeros((2, 2))
        for t, y in enumerate(layer(X).data.transpose(1, 0, 2)):
            h = np.tanh(X[:, t] @ kernel + h @ recurrent + bias)
            np.testing.assert_allclose(y, h, rtol=1e-12)

    def test_lstm(self):
        layer = filled(L.LSTM(2, return_state=True, **F64))
        kernel, recurrent, bias = (w.data for w in layer.variables)
        h = c = np.zeros((2, 2))
        for t in range(4):
            z = X[:, t] @ kernel + h @ recurrent + bias
            i, f, o = (1 / (1 + np.exp(-z[:, 2 * k : 2 * k + 2])) for k in (0, 1, 3))
            c = f * c + i * np.tanh(z[:, 4:6])
            h = o * np.tanh(c)
        for given, expected in zip(listed(layer(X)), (h, h, c), strict=True):
            np.testing.assert_allclose(given, expected, rtol=1e-12)

    @pytest.mark.parametrize("reset_after", [True, False])
    def test_gru(self, reset_after):
        layer = filled(L.GRU(2, reset_after=reset_after, **F64))
        kernel, recurrent, bias = (w.data for w in layer.variables)
        one, other = bias if reset_after else (bias, np.zeros(6))
        h = np.zeros((2, 2))
        for t in range(4):
            x = X[:, t] @ kernel + one
            inner = h @ recurrent + other
            z, r = (1 / (1 + np.exp(-(x + inner)[:, k : k + 2])) for k in (0, 2))
            last = r * inner[:, 4:] if reset_after else (r * h) @ recurrent[:, 4:]
            h = z * h + (1 - z) * np.tanh(x[:, 4:] + last)
        np.testing.assert_allclose(layer(X).data, h, rtol=1e-12)


# Keras 3.15.1 (jax), weights and inputs as in `filled`: sums of the outputs and of their squares,
# without a mask and with MASK.
FROM_KERAS = [
    (lambda: L.SimpleRNN(2, return_sequences=True), (1.22621, 2.7275), (2.72675, 2.28963)),
    (
        lambda: L.SimpleRNN(2, "relu", go_backwards=True, return_sequences=True),
        (2.94143, 1.35934),
        (1.89187, 0.91773),
    ),
    (lambda: L.LSTM(2, return_sequences=True), (1.5487, 0.22251), (0.94995, 0.13891)),
    (
        lambda: L.LSTM(2, recurrent_activation="hard_sigmoid", use_bias=False),
        (-0.03848, 0.01495),
        (-0.13067, 0.00596),
    ),
    (lambda: L.GRU(2, return_sequences=True), (4.07188, 1.70749), (2.66359, 0.9601)),
    (
        lambda: L.GRU(2, reset_after=False, go_backwards=True),
        (1.42339, 0.67936),
        (0.78855, 0.242),
    ),
    (lambda: L.RNN([L.LSTMCell(3), L.GRUCell(2)]), (1.42852, 0.69952), (1.11629, 0.45439)),
    (
        lambda: L.Bidirectional(L.LSTM(2, return_sequences=True)),
        (2.90709, 0.4362),
        (1.01113, 0.17048),
    ),
    (
        lambda: L.Bidirectional(L.GRU(2), merge_mode="ave"),
        (1.20615, 0.47103),
        (0.88935, 0.27284),
    ),
]


@pytest.mark.parametrize(("make", "plain", "masked"), FROM_KERAS)
def test_values_of_keras(make, plain, masked):
    layer = filled(make())
    for mask, expected in ((None, plain), (MASK, masked)):
        y = layer(X, mask=mask).data.astype(np.float64)
        np.testing.assert_allclose((y.sum(), (y**2).sum()), expected, atol=2e-5)


class TestArguments:
    @pytest.mark.parametrize("make", [L.SimpleRNN, L.LSTM, L.GRU])
    def test_unrolled_is_the_same(self, make):
        one = filled(make(2, return_sequences=True, go_backwards=True, **F64))
        other = filled(make(2, return_sequences=True, go_backwards=True, unroll=True, **F64))
        np.testing.assert_allclose(one(X, mask=MASK).data, other(X, mask=MASK).data, rtol=1e-12)

    @pytest.mark.parametrize("make", [L.SimpleRNN, L.LSTM, L.GRU])
    def test_backwards_is_forwards_on_the_sequence_turned_round(self, make):
        one = filled(make(2, return_sequences=True, **F64))
        other = filled(make(2, return_sequences=True, go_backwards=True, **F64))
        np.testing.assert_allclose(other(X).data, one(X[:, ::-1]).data, rtol=1e-12)
        one.return_sequences = other.return_sequences = False
        np.testing.assert_allclose(other(X).data, one(X[:, ::-1]).data, rtol=1e-12)

    def test_a_masked_step_copies_states_and_output(self):
        layer = filled(L.LSTM(2, return_sequences=True, return_state=True, **F64))
        y, h, c = listed(layer(X, mask=MASK))
        short, _, state = listed(layer(X[:1, :2]))
        np.testing.assert_allclose(y[0], short[0][[0, 1, 1, 1]], rtol=1e-12)
        np.testing.assert_allclose(h[0], short[0, 1], rtol=1e-12)
        np.testing.assert_allclose(c[0], state[0], rtol=1e-12)
        np.testing.assert_array_equal(y[1, 0], 0)
        layer.zero_output_for_mask = True
        np.testing.assert_array_equal(layer(X, mask=MASK)[0].data[0, 2:], 0)
        np.testing.assert_allclose(layer(X, mask=MASK)[1].data, h, rtol=1e-12)

    def test_a_batch_whose_steps_are_all_masked(self):
        layer = filled(L.GRU(2, **F64))
        np.testing.assert_array_equal(layer(X, mask=np.zeros((2, 4), bool)).data, 0)

    def test_the_bias_of_the_forget_gate_begins_with_one(self):
        layer = L.LSTM(2)
        layer(X)
        np.testing.assert_array_equal(layer.cell.bias.data, [0, 0, 1, 1, 0, 0, 0, 0])
        layer = L.LSTM(2, unit_forget_bias=False)
        layer(X)
        np.testing.assert_array_equal(layer.cell.bias.data, 0)

    def test_recurrent_kernels_are_orthogonal(self):
        layer = L.SimpleRNN(5)
        layer(X)
        kernel = layer.cell.recurrent_kernel.data
        np.testing.assert_allclose(kernel @ kernel.T, np.eye(5), atol=1e-6)

    def test_initial_states(self):
        layer = filled(L.LSTM(2, return_state=True, **F64))
        _, h, c = layer(X[:, :2])
        whole = layer(X)[0].data
        np.testing.assert_allclose(layer(X[:, 2:], initial_state=[h, c])[0].data, whole)
        np.testing.assert_allclose(layer(X[:, 2:], [h, c])[0].data, whole)
        gru = filled(L.GRU(2, **F64))
        h = gru(X[:, :2])
        np.testing.assert_allclose(gru(X[:, 2:], initial_state=h).data, gru(X).data)

    def test_dropout_drops_the_same_at_each_step(self):
        layer = L.SimpleRNN(
            50, "linear", False, "ones", "zeros", dropout=0.5, return_sequences=True, seed=0
        )
        y = layer(np.ones((1, 6, 1)), training=True).data[0]
        assert len(np.unique(y)) == 1
        assert y[0, 0] in (0, 2)
        np.testing.assert_array_equal(layer(np.ones((1, 6, 1))).data, 1)
        layer = L.SimpleRNN(200, "linear", recurrent_initializer="identity", recurrent_dropout=0.5)
        h = layer(np.zeros((1, 1, 1)), initial_state=np.ones((1, 200)), training=True).data
        assert set(np.unique(h)) == {0, 2}
        assert 60 < np.sum(h == 0) < 140

    def test_a_custom_layer_has_to_pass_training_on_where_there_is_dropout(self):
        class Inner(nn.Layer):
            def __init__(self, layer):
                super().__init__()
                self.layer = layer

            def call(self, x):
                return self.layer(x)

        Inner(L.LSTM(2))(X)
        with pytest.raises(TypeError, match=r"without training=\. Pass it on"):
            Inner(L.LSTM(2, dropout=0.1))(X)


def three_times(layer):
    h = np.zeros((2, 2), np.float32)
    for _ in range(3):
        h = layer(X, initial_state=h).data
    return h


class TestStateful:
    def test_a_batch_continues_where_the_one_before_has_ended(self):
        plain = filled(L.LSTM(2, **F64))
        layer = filled(L.LSTM(2, stateful=True, **F64))
        layer.reset_state()
        layer(X[:, :2])
        np.testing.assert_allclose(layer(X[:, 2:]).data, plain(X).data, rtol=1e-12)
        assert [state.shape for state in layer.states] == [(2, 2), (2, 2)]
        assert len(layer.variables) == 3
        layer.reset_states()
        np.testing.assert_allclose(layer(X).data, plain(X).data, rtol=1e-12)

    @pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": False}])
    def test_in_fit(self, options):
        model = nn.Sequential([nn.Input((4, 3)), L.GRU(2, stateful=True), nn.Dense(1)])
        model.compile(nn.SGD(0.0), loss="mse", **options)
        model.fit(X, np.ones((2, 1)), epochs=3, shuffle=False, verbose=0)
        layer = model.layers[0]  # a dry run leaves states as they were
        twin = copy.deepcopy(layer)
        twin.stateful = False
        np.testing.assert_allclose(layer.states[0].data, three_times(twin), rtol=1e-5)
        layer.reset_state()
        model.fit(X, np.ones((2, 1)), epochs=3, shuffle=False, verbose=0)
        np.testing.assert_allclose(layer.states[0].data, three_times(twin), rtol=1e-5)

    def test_another_batch_size(self):
        layer = L.LSTM(2, stateful=True, name="memory")
        layer(X)
        with pytest.raises(ValueError, match=r"memory is stateful.*2 samples; this batch has 1"):
            layer(X[:1])


class TestCells:
    def test_a_cell_is_one_step_of_its_layer(self):
        for layer in map(filled, (L.SimpleRNN(2), L.LSTM(2), L.GRU(2))):
            zeros = layer.get_initial_state(2)
            h, states = layer.cell(X[:, 0], zeros)
            assert [np.shape(state) for state in states] == [np.shape(z) for z in zeros]
            np.testing.assert_allclose(h.data, layer(X[:, :1]).data, rtol=1e-6)

    def test_a_cell_of_ones_own(self):
        np.testing.assert_array_equal(
            L.RNN(Sum(), return_sequences=True)(X).data, 2 * np.cumsum(X.astype("float32"), axis=1)
        )
        assert L.RNN(Sum()).state_size == [3]

    def test_a_subclass_that_overrides_call_is_called(self):
        class Doubled(L.SimpleRNNCell):
            def call(self, x, states, training=False):
                h, new = super().call(x, states, training)
                return 2 * h, new

        layer = filled(L.RNN(Doubled(2)))
        np.testing.assert_allclose(layer(X).data, 2 * filled(L.SimpleRNN(2))(X).data, rtol=1e-6)

    def test_stacked_cells_are_layers_one_behind_the_other(self):
        stacked = L.RNN([L.LSTMCell(2, **F64), L.GRUCell(3, **F64)], return_state=True, **F64)
        filled(stacked)
        one, other = L.LSTM(2, return_sequences=True, return_state=True, **F64), L.GRU(3, **F64)
        other(one(X)[0])
        one.set_weights(stacked.get_weights()[:3])
        other.set_weights(stacked.get_weights()[3:])
        y, (h, c), state = stacked(X)
        np.testing.assert_allclose(y.data, other(one(X)[0]).data, rtol=1e-12)
        np.testing.assert_allclose(c.data, one(X)[2].data, rtol=1e-12)
        np.testing.assert_allclose(state.data, y.data, rtol=1e-12)
        assert stacked.state_size == [[2, 2], 3]
        again = stacked(X, initial_state=[[h, c], state])[0]
        assert again.shape == (2, 3)


class TestWrappers:
    @pytest.mark.parametrize(
        ("mode", "merge"),
        [
            ("concat", lambda a, b: np.concatenate([a, b], -1)),
            ("sum", np.add),
            ("mul", np.multiply),
            ("ave", lambda a, b: (a + b) / 2),
        ],
    )
    @pytest.mark.parametrize("sequences", [True, False])
    def test_bidirectional_merges_both_directions(self, mode, merge, sequences):
        layer = L.Bidirectional(L.GRU(2, return_sequences=sequences, **F64), mode, **F64)
        filled(layer)
        a, b = layer.forward_layer(X).data, layer.backward_layer(X).data
        np.testing.assert_allclose(layer(X).data, merge(a, b[:, ::-1] if sequences else b))

    def test_bidirectional_without_merging_and_with_states(self):
        layer = L.Bidirectional(L.LSTM(2, return_state=True, return_sequences=True), None)
        outputs = layer(X)
        assert [y.shape for y in outputs] == [(2, 4, 2)] * 2 + [(2, 2)] * 4
        again = layer(X, initial_state=list(outputs[2:]))
        np.testing.assert_allclose(
            again[0].data, layer.forward_layer(X, initial_state=outputs[2:4])[0].data
        )

    def test_bidirectional_has_weights_of_its_own(self):
        inner = L.LSTM(2, name="both")
        layer = L.Bidirectional(inner)
        layer(X)
        assert (layer.forward_layer.name, layer.backward_layer.name) == (
            "forward_both",
            "backward_both",
        )
        assert len(layer.variables) == 6
        assert not inner.variables
        twin = L.Bidirectional(L.LSTM(2), weights=layer.get_weights())
        np.testing.assert_array_equal(twin(X).data, layer(X).data)

    def test_bidirectional_of_two_kinds(self):
        layer = L.Bidirectional(L.LSTM(2), backward_layer=L.GRU(3, go_backwards=True))
        assert layer(X).shape == (2, 5)

    def test_time_distributed(self):
        layer = L.TimeDistributed(L.Dense(2))
        y = layer(X).data
        np.testing.assert_allclose(y[:, 1], layer.layer(X[:, 1]).data, rtol=1e-6)
        images = np.sin(np.arange(2 * 3 * 5 * 5.0)).reshape(2, 3, 5, 5, 1)
        assert L.TimeDistributed(L.Conv2D(4, 2))(images).shape == (2, 3, 4, 4, 4)


MODELS = {
    "SimpleRNN": lambda: [L.SimpleRNN(3)],
    "LSTM": lambda: [L.LSTM(3, return_sequences=True), L.LSTM(2)],
    "GRU": lambda: [L.GRU(3, go_backwards=True, reset_after=False)],
    "dropout": lambda: [L.LSTM(3, dropout=0.3, recurrent_dropout=0.2, seed=1)],
    "RNN": lambda: [L.RNN([L.LSTMCell(3), L.SimpleRNNCell(2)])],
    "Bidirectional": lambda: [L.Bidirectional(L.GRU(3, return_sequences=True)), L.LSTM(2)],
    "TimeDistributed": lambda: [L.TimeDistributed(L.Dense(2)), L.GRU(2)],
    "unrolled": lambda: [L.GRU(2, unroll=True)],
}


@functools.cache
def trained(name, **options):
    nn.random.set_random_seed(0)
    model = nn.Sequential([nn.Input((4, 3)), *MODELS[name](), nn.Dense(1)])
    model.compile(nn.SGD(0.1, momentum=0.5), loss="mse", **dict(options))
    model.fit(X, np.array([[0.5], [-1.0]]), epochs=3, shuffle=False, verbose=0)
    return model


class TestModels:
    @pytest.mark.parametrize(
        ("name", "engine"),
        [*((name, False) for name in MODELS), ("LSTM", True), ("GRU", True), ("RNN", True)],
    )
    def test_compiled_training_is_eager_training(self, name, engine):
        if engine:
            pytest.importorskip("llvmlite")
        eager, compiled = trained(name, run_eagerly=True), trained(name, jit_compile=engine)
        for a, b in zip(eager.get_weights(), compiled.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)

    @pytest.mark.parametrize("name", MODELS)
    def test_saved_and_loaded(self, name, tmp_path):
        model = trained(name, run_eagerly=True)
        model.save(tmp_path / "m.safetensors")
        loaded = nn.load_model(tmp_path / "m.safetensors")
        np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))

    @pytest.mark.parametrize("name", MODELS)
    def test_configs(self, name):
        for layer in MODELS[name]():
            twin = type(layer).from_config(layer.get_config())
            assert twin.compute_output_shape((None, 4, 3)) == layer.compute_output_shape(
                (None, 4, 3)
            )

    def test_output_shapes(self):
        layer = L.LSTM(2, return_sequences=True, return_state=True)
        assert layer.compute_output_shape((None, None, 3)) == (
            (None, None, 2),
            (None, 2),
            (None, 2),
        )


class TestRefused:
    @pytest.mark.parametrize("make", [L.LSTM, L.GRU, L.SimpleRNN])
    def test_inputs(self, make):
        layer = make(2, name="memory")
        with pytest.raises(ValueError, match=r"memory expects inputs of 3 axes.*got \(None, 3\)"):
            layer(X[0])
        layer(X)
        with pytest.raises(ValueError, match=r"memory expects inputs of 3 axes.*got \(4, 3\)"):
            layer(X[0])
        with pytest.raises(ValueError, match=r"memory got sequences of length 0"):
            layer(X[:, :0])
        with pytest.raises(ValueError, match=r"expects inputs of width 3"):
            layer(X[..., :2])

    @pytest.mark.parametrize(
        "make",
        [
            L.LSTM,
            lambda n, **options: L.RNN([L.GRUCell(n), L.LSTMCell(n)], **options),
            lambda n, **options: L.Bidirectional(L.SimpleRNN(n, **options)),
        ],
    )
    @pytest.mark.parametrize("unroll", [True, False])
    def test_steps_that_are_arrays(self, make, unroll):
        # Samples and the axis behind the steps have one length: states would be broadcast.
        for x in (np.ones((3, 4, 3, 2)), nn.Input((4, 3, 2))):
            with pytest.raises(ValueError, match=r"3 axes.*TimeDistributed\(Flatten\(\)\)"):
                make(2, unroll=unroll)(x)

    def test_a_cell_of_ones_own_may_take_arrays_as_steps(self):
        class Sums(nn.Layer):
            state_size = 1

            def call(self, x, states):
                total = states[0] + np.sum(x, axis=(1, 2))[:, None]
                return total, [total]

        assert L.RNN(Sums())(np.ones((3, 4, 3, 2))).data.tolist() == [[24], [24], [24]]

    def test_states(self):
        layer = L.LSTM(2, name="memory")
        with pytest.raises(ValueError, match=r"memory expects initial states of the shapes"):
            layer(X, initial_state=[np.zeros((3, 2)), np.zeros((3, 2))])
        with pytest.raises(ValueError, match=r"memory expects initial states of the shapes"):
            layer(X, initial_state=np.zeros((2, 2)))

    def test_a_cell_is_called_on_one_step(self):
        cell = L.GRUCell(4, name="cell")
        with pytest.raises(ValueError, match=r"cell is one step.*write RNN\(GRUCell\(4\)\)"):
            cell(np.ones((2, 2, 3)), [np.zeros((2, 4))])
        with pytest.raises(TypeError, match=r"cell\(x, states\), got 1 input, without states"):
            L.GRUCell(4, name="cell")(np.ones((2, 3)))

    def test_sequences_and_widths_of_wrappers(self):
        with pytest.raises(ValueError, match=r"steps got sequences of length 0"):
            L.TimeDistributed(L.Dense(2), name="steps")(np.ones((2, 0, 3)))
        one, other = L.GRU(3), L.GRU(2, go_backwards=True)
        with pytest.raises(ValueError, match=r"by 'sum', got \(2, 3\) and \(2, 2\)"):
            L.Bidirectional(one, backward_layer=other, merge_mode="sum")(np.ones((2, 5, 4)))

    def test_masks(self):
        layer = L.LSTM(2, name="memory")
        with pytest.raises(ValueError, match=r"memory .*mask of shape \(2, 3\)|memory .*\(2, 3\)"):
            layer(X, mask=np.ones((2, 3), bool))

    def test_cells(self):
        with pytest.raises(TypeError, match=r"RNN takes a cell: a layer with state_size"):
            L.RNN(L.Dense(2))
        with pytest.raises(TypeError, match=r"StackedRNNCells takes a cell"):
            L.StackedRNNCells([L.LSTMCell(2), 3])
        with pytest.raises(TypeError, match=r"a list of cells"):
            L.StackedRNNCells([])

    def test_arguments(self):
        with pytest.raises(ValueError, match=r"units is 1 or more"):
            L.LSTM(0)
        with pytest.raises(ValueError, match=r"dropout lies in"):
            L.GRU(2, dropout=1.0)
        with pytest.raises(ValueError, match=r"sigmiod"):
            L.LSTM(2, recurrent_activation="sigmiod")
        with pytest.raises(TypeError, match=r"return_sequences"):
            L.LSTM(2, return_sequences="yes")

    def test_wrappers(self):
        with pytest.raises(TypeError, match=r"Bidirectional takes a recurrent layer"):
            L.Bidirectional(L.Dense(2))
        with pytest.raises(ValueError, match=r"merge_mode is"):
            L.Bidirectional(L.LSTM(2), merge_mode="add")
        with pytest.raises(ValueError, match=r"opposite directions"):
            L.Bidirectional(L.LSTM(2), backward_layer=L.LSTM(2))
        with pytest.raises(ValueError, match=r"one return_state"):
            L.Bidirectional(
                L.LSTM(2), backward_layer=L.LSTM(2, go_backwards=True, return_state=True)
            )
        with pytest.raises(TypeError, match=r"TimeDistributed takes a layer"):
            L.TimeDistributed(3)


@pytest.mark.parametrize("cell", [L.SimpleRNNCell, L.GRUCell, L.LSTMCell])
def test_a_new_cell_takes_its_states_by_place(cell):
    cell = cell(2)
    states = [np.zeros((3, 2))] * (2 if isinstance(cell, L.LSTMCell) else 1)
    x = np.ones((3, 4))
    by_place, _ = cell(x, states)
    by_name, _ = cell(x, states=states)
    np.testing.assert_array_equal(by_place.data, by_name.data)


class TestCellsAlone:
    @pytest.mark.parametrize(
        ("make", "widths"),
        [
            (lambda: L.SimpleRNNCell(3), [3]),
            (lambda: L.LSTMCell(3), [3, 3]),
            (lambda: L.GRUCell(3), [3]),
            (lambda: L.StackedRNNCells([L.LSTMCell(2), L.GRUCell(3)]), [[2, 2], 3]),
        ],
    )
    def test_a_first_call_a_shape_and_a_model(self, make, widths):
        def states_of(one, widths):
            return [states_of(one, n) if isinstance(n, list) else one(n) for n in widths]

        cell = make()
        shapes = states_of(lambda n: (None, n), widths)
        assert cell.compute_output_shape((None, 4), shapes) == ((None, 3), shapes)
        assert not cell.built
        x, states = np.ones((2, 4), "f4"), states_of(lambda n: np.ones((2, n), "f4"), widths)
        by_call, _ = cell(x, states)  # which builds it
        symbols = nn.Input((4,)), states_of(lambda n: nn.Input((n,)), widths)
        model = nn.Model(symbols, cell(*symbols)[0])
        np.testing.assert_array_equal(model((x, states)).data, by_call.data)

    def test_training_is_said_where_it_makes_a_difference(self):
        class Step(nn.Layer):
            def __init__(self, cell):
                super().__init__()
                self.cell = cell

            def call(self, x):
                return self.cell(x, [np.zeros((len(x), 3), "f4")])[0]

        assert Step(L.GRUCell(3))(X[0]).shape == (4, 3)
        assert Step(L.StackedRNNCells([L.GRUCell(3)]))(X[0]).shape == (4, 3)
        with pytest.raises(TypeError, match="without training="):
            Step(L.GRUCell(3, dropout=0.5))(X[0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: L.RNN([L.GRUCell(3), L.LSTMCell(2)]),
        lambda: L.Bidirectional(L.RNN(L.GRUCell(3))),
        lambda: L.TimeDistributed(nn.Dense(2)),
        lambda: L.TimeDistributed(nn.Sequential([nn.Dense(2)])),
    ],
)
def test_a_clone_shares_no_weights(make):
    model = nn.Sequential([make()])
    before = model(X)
    clone = nn.models.clone_model(model)
    clone(X)
    assert {id(v) for v in clone.variables}.isdisjoint(map(id, model.variables))
    for variable in clone.variables:
        variable.assign(variable + 1)
    np.testing.assert_array_equal(model(X).data, before.data)


def test_a_layer_given_twice_is_one_in_what_is_made_again():
    class Both(nn.Layer):
        def __init__(self, parts, **options):
            super().__init__(**options)
            self.parts = parts

    shared = nn.Dense(2)
    one, other, rest = Both.from_config(Both([shared, shared, 3]).get_config()).parts
    assert one is other is not shared
    assert rest == 3


@pytest.mark.parametrize("kind", [L.SimpleRNN, L.GRU, L.LSTM])
def test_narrower_inputs_are_widened(kind):
    """As those are of a layer in float64 within a model that computes in float32."""
    layer = kind(2, dtype="float64")
    a = nn.Input((4, 3))
    model, masked = nn.Model(a, layer(a)), nn.Model(a, layer(L.Masking()(a)))
    x = X.astype(np.float32)
    x[0, 2] = x[1, 0] = 0
    wide, mask = x.astype(np.float64), x.any(axis=-1)
    for found, expected in ((model(x), layer(wide)), (masked(x), layer(wide, mask=mask))):
        assert found.dtype == np.float64
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-12)


def test_what_precedes_training_does_not_take_longer_for_more_steps():
    calls = []

    class Counted(L.SimpleRNNCell):
        def call(self, inputs, states, training=False):
            calls.append(inputs.shape)
            return super().call(inputs, states, training=training)

    model = nn.Sequential([nn.Input((40, 2)), L.RNN(Counted(3)), nn.Dense(1)])
    model.compile("sgd", "mse")
    assert 0 < len(calls) < 10  # examples of two lengths
    calls.clear()
    dry_run_batch(model, (np.ones((4, 40, 2)), np.ones((4, 1))))
    assert calls == [(4, 2)] * 3
    model.fit(np.ones((4, 40, 2)), np.ones((4, 1)), verbose=0)
    assert calls == [(4, 2)] * (3 + 3 + 40)
