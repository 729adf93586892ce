"""Layer: building, weights found by attribute, names, freezing, penalties, training=."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.testing import check_gradients
from nn._core.identifiers import snake_case

X = np.sin(np.arange(15.0)).reshape(5, 3)


class Scale(nn.Layer):
    def build(self, input_shape):
        self.seen = input_shape
        self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")

    def call(self, x):
        return x * self.factor


class Block(nn.Layer):
    """Layers in a list, a dict and an attribute, one of them twice."""

    def __init__(self, **options):
        super().__init__(**options)
        self.row = [nn.Dense(3), (nn.Dense(4),)]
        self.named = {"head": nn.Dense(2), "again": self.row[0]}
        self.offset = ag.Variable([1.0, 1.0], dtype="float32", name="offset")

    def call(self, x):
        return self.named["head"](self.row[1][0](self.row[0](x))) + self.offset


def test_it_is_built_on_the_first_call_without_the_number_of_samples():
    layer = Scale()
    assert not layer.built
    y = layer(np.ones((5, 2)))
    assert layer.built
    assert layer.seen == (None, 2)
    assert layer.output_shape == (None, 2)
    assert isinstance(y, ag.Tensor)
    first = layer.factor
    layer(np.ones((7, 2)))
    assert layer.factor is first


@pytest.mark.parametrize(
    "x",
    [
        [[1.0, 2.0]],
        np.array([[1.0, 2.0]]),
        np.array([[1, 2]]),
        np.array([[True, False]]),
        np.array([[1, 2]], dtype=np.float16),
        ag.Tensor([[1.0, 2.0]]),
        ag.Tensor([[1, 2]]),
        np.asfortranarray([[1.0, 2.0]]),
    ],
    ids=["list", "f8", "i8", "bool", "f2", "Tensor f8", "Tensor i8", "fortran"],
)
def test_it_computes_in_float32_whatever_it_is_given(x):
    assert Scale()(x).dtype == np.float32


def test_it_computes_in_another_dtype_when_told():
    assert Scale(dtype="float64")(np.ones((1, 2), np.float32)).dtype == np.float64
    assert Scale(dtype=np.float16)(np.ones((1, 2))).dtype == np.float16


def test_inside_of_a_model_a_layer_without_weights_takes_over_what_flows_through_it():
    model = nn.Sequential([nn.Dense(3, dtype="float64"), nn.Dropout(0.5), nn.layers.ReLU()])
    assert model(np.ones((2, 4))).dtype == np.float64
    model.add(nn.Dense(1, dtype="float32"))
    assert model(np.ones((2, 4))).dtype == np.float32


def test_the_gradients_of_a_float32_model_are_checked_in_double_precision():
    nn.set_random_seed(0)
    model = nn.Sequential(
        [
            nn.Input((3,)),
            nn.Dense(4, "tanh"),
            nn.layers.LayerNormalization(),
            nn.layers.Activation("sigmoid"),
            nn.Dense(1),
        ]
    )
    report = check_gradients(lambda *weights: model(X), *model.trainable_variables, order=2)
    gaps = [abs(c.analytic - c.numeric) for c in report.comparisons]
    assert max(gaps) < 1e-5  # central differences in float32 would be off by 1e-3
    assert all(v.dtype == np.float32 for v in model.variables)


def test_integer_inputs_stay_integers_where_a_layer_asks_for_them():
    class Positions(nn.Layer):
        integer_inputs = True

        def call(self, x):
            return x

    assert Positions()(np.array([[1, 2]])).dtype == np.int64
    assert Positions()(np.array([[1.0, 2.0]])).dtype == np.float32


def test_an_array_of_the_right_dtype_is_not_copied():
    class Same(nn.Layer):
        def call(self, x):
            return x

    x = np.ones((1, 2), np.float32)
    assert Same()(x).data is x


def test_gradients_pass_through_the_cast_of_a_tensor():
    x = ag.Tensor([[1.0, 2.0]], requires_grad=True)
    np.sum(Scale()(x) * 3.0).backward()
    np.testing.assert_array_equal(x.grad, [[3.0, 3.0]])
    assert x.grad.dtype == np.float64


def test_variables_are_found_in_attributes_lists_and_dicts_each_once_in_order():
    block = Block()
    block(np.ones((1, 5)))
    assert [v.name for v in block.variables] == [
        "dense/kernel",
        "dense/bias",
        "dense_1/kernel",
        "dense_1/bias",
        "dense_2/kernel",
        "dense_2/bias",
        "offset",
    ]
    assert block.count_params() == (5 * 3 + 3) + (3 * 4 + 4) + (4 * 2 + 2) + 2
    assert block.weights == block.variables


def test_a_layer_that_forgets_to_call_the_base_constructor_is_a_layer_all_the_same():
    class Careless(nn.Layer):
        def __init__(self):
            self.inner = nn.Dense(2)

        def call(self, x):
            return self.inner(x)

    layer = Careless()
    assert layer(np.ones((3, 4))).shape == (3, 2)
    assert len(layer.trainable_variables) == 2
    assert layer.name == "careless"


def test_a_cycle_of_layers_does_not_hang_the_walk():
    outer, inner = Scale(), Scale()
    outer.inner, inner.outer = inner, outer
    inner(np.ones((1, 2)))
    assert len(outer.variables) == 1


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),  # Keras 3.15.1, keras.src.utils.naming.to_snake_case
    [
        ("BatchNormalization", "batch_normalization"),
        ("ReLU", "re_lu"),
        ("PReLU", "p_re_lu"),
        ("ELU", "elu"),
        ("LeakyReLU", "leaky_re_lu"),
        ("Conv2D", "conv2d"),
        ("GELU", "gelu"),
    ],
)
def test_snake_case_is_that_of_keras(name, expected):
    assert snake_case(name) == expected


def test_names_are_unique_within_a_model_and_do_not_depend_on_other_models():
    for _ in range(2):
        model = nn.Sequential([nn.Dense(1), nn.Dense(1), nn.Dense(1, name="last")])
        assert [layer.name for layer in model.layers] == ["dense", "dense_1", "last"]


def test_a_layer_shared_with_another_model_keeps_its_name_and_the_new_one_gives_way():
    base = nn.Sequential([nn.Input((2,)), nn.Dense(3), nn.Dense(3)])
    model = nn.Sequential([nn.Dense(2), *base.layers])
    assert [layer.name for layer in model.layers] == ["dense_2", "dense", "dense_1"]
    assert [layer.name for layer in base.layers] == ["dense", "dense_1"]


def test_a_generated_name_makes_way_for_one_that_was_given():
    model = nn.Sequential([nn.Dense(1), nn.Dense(1, name="dense")])
    assert [layer.name for layer in model.layers] == ["dense_1", "dense"]


def test_two_layers_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two layers are named 'a'"):
        nn.Sequential([nn.Dense(1, name="a"), nn.Dense(1, name="a")])

    class Twins(nn.Model):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Dense(1, name="a"), nn.Dense(1, name="a")

    with pytest.raises(ValueError, match="two layers are named 'a'"):
        Twins()(np.ones((1, 1)))


@pytest.mark.parametrize("name", [3, b"dense"])
def test_a_name_is_a_string(name):
    with pytest.raises(TypeError, match="a layer's name is a string"):
        nn.Dense(1, name=name)


def test_variables_are_renamed_with_their_layer():
    first, second = nn.Dense(1), nn.Dense(1)
    for layer in (first, second):
        layer(np.ones((1, 1)))
    nn.Sequential([first, second])
    assert [v.name for v in second.variables] == ["dense_1/kernel", "dense_1/bias"]


def test_every_call_opens_a_scope_of_its_name():
    model = nn.Sequential([nn.Dense(2, name="hidden"), nn.Dense(1)], name="net")
    y = model(np.ones((1, 3)))
    assert y.scope.path == "net/dense"
    assert y.inputs[0].inputs[0].scope.path == "net/hidden"


# -- freezing --------------------------------------------------------------------------------------


def test_freezing_and_thawing_reaches_sublayers_but_not_what_was_never_trainable():
    model = nn.Sequential([nn.Input((2,)), nn.layers.BatchNormalization(), nn.Dense(1)])
    trained = [v.name for v in model.trainable_variables]
    assert [v.name for v in model.non_trainable_variables] == [
        "batch_normalization/moving_mean",
        "batch_normalization/moving_variance",
    ]
    model.trainable = False
    assert model.trainable_variables == []
    assert not model.layers[1].trainable
    assert not model.layers[1].kernel.requires_grad
    model.trainable = True
    assert [v.name for v in model.trainable_variables] == trained


def test_a_layer_frozen_before_it_is_built_has_frozen_weights():
    layer = nn.Dense(2, trainable=False)
    layer(np.ones((1, 3)))
    assert layer.trainable_variables == []
    layer.trainable = True
    assert len(layer.trainable_variables) == 2


def test_a_frozen_layer_gets_no_gradient():
    model = nn.Sequential([nn.Input((2,)), nn.Dense(2), nn.Dense(1)])
    model.layers[0].trainable = False
    np.sum(model(np.ones((1, 2)))).backward()
    assert model.layers[0].kernel.grad is None
    assert model.layers[1].kernel.grad is not None
    model.zero_grad()
    assert model.layers[1].kernel.grad is None


# -- weights ---------------------------------------------------------------------------------------


def test_set_weights_assigns_all_or_nothing():
    layer = nn.Dense(2)
    layer(np.ones((1, 3)))
    before = layer.get_weights()
    with pytest.raises(ValueError, match=r"dense/bias has shape \(2,\), got an array of \(3,\)"):
        layer.set_weights([np.ones((3, 2)), np.ones(3)])
    with pytest.raises(ValueError, match="dense has 2 weights, got 1 arrays"):
        layer.set_weights([np.ones((3, 2))])
    for old, now in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)
    layer.set_weights([np.ones((3, 2)), np.zeros(2)])
    np.testing.assert_array_equal(layer.kernel.data, np.ones((3, 2)))


def test_get_weights_are_copies():
    layer = Scale()
    layer(np.ones((1, 2)))
    layer.get_weights()[0][...] = 7
    np.testing.assert_array_equal(layer.factor.data, [1, 1])


def test_counting_needs_weights():
    with pytest.raises(ValueError, match="has no weights yet"):
        nn.Dense(3).count_params()


def test_a_weight_made_twice_under_one_name_is_refused():
    class Twice(Scale):
        def build(self, input_shape):
            super().build(input_shape)
            super().build(input_shape)

    with pytest.raises(ValueError, match="already has a weight 'factor'"):
        Twice()(np.ones((1, 2)))


def test_a_failed_build_leaves_the_layer_as_it_was():
    class Moody(nn.Layer):
        patience = 0

        def build(self, input_shape):
            self.a = self.add_weight((1,), "ones", name="a")
            if not self.patience:
                raise RuntimeError("not today")

        def call(self, x):
            return x * self.a

    layer = Moody()
    with pytest.raises(RuntimeError, match="not today"):
        layer(np.ones((1, 1)))
    assert not layer.built
    layer.patience = 1
    assert layer(np.ones((1, 1))).shape == (1, 1)


def test_unknown_initializers_are_reported_where_they_were_written():
    with pytest.raises(ValueError, match="Did you mean 'he_normal'"):
        nn.Dense(3, kernel_initializer="he_norml")


# -- inputs that are refused -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([[1.0], [1.0, 2.0]], ValueError, "different lengths"),
        ([["a", "b"]], TypeError, "dense cannot take these inputs.*only numbers"),
        (np.array([[None, 1.0]]), TypeError, "dense cannot take these inputs"),
        (np.array([[1j]]), TypeError, "complex"),
        (np.ma.masked_array([[1.0]], [[True]]), TypeError, "masked"),
        (np.ones(3), ValueError, r"at least 2 axes, \(samples, width\), got \(3,\)|\(None,\)"),
        (3.0, ValueError, "at least 2 axes"),
    ],
)
def test_inputs_that_are_refused(x, error, message):
    with pytest.raises(error, match=message):
        nn.Dense(2)(x)


@pytest.mark.parametrize("dtype", ["int32", "complex64", "flaot32", object])
def test_a_layer_computes_in_a_floating_dtype(dtype):
    with pytest.raises(TypeError, match="a layer computes in a floating dtype"):
        nn.Dense(2, dtype=dtype)


def test_a_layer_without_call_says_what_to_write():
    with pytest.raises(NotImplementedError, match=r"Write call\(self, x\)"):
        nn.Layer()(np.ones((1, 1)))


# -- training= -------------------------------------------------------------------------------------


class Spy(nn.Layer):
    def call(self, x, training=False):
        self.told = training
        return x


def test_training_is_false_unless_given_at_the_outermost_call():
    spy = Spy()
    spy(np.ones((1, 1)))
    assert spy.told is False
    spy(np.ones((1, 1)), training=True)
    assert spy.told is True


def test_sequential_hands_training_on():
    spy = Spy()
    model = nn.Sequential([nn.Dense(1), nn.Sequential([spy])])
    for training in (True, False):
        model(np.ones((1, 1)), training=training)
        assert spy.told is training
    model(np.ones((1, 1)))
    assert spy.told is False


def test_a_layer_inside_of_another_is_not_left_guessing():
    class Forgetful(nn.Layer):
        def __init__(self):
            super().__init__()
            self.drop = nn.Dropout(0.5)

        def call(self, x, training=False):
            return self.drop(x)

    layer = Forgetful()
    for training in (True, False):
        with pytest.raises(TypeError, match="dropout behaves differently in training"):
            layer(np.ones((1, 1)), training=training)


def test_a_sequential_inside_of_a_layer_asks_only_for_those_to_which_training_matters():
    class Outer(nn.Layer):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def call(self, x):
            return self.inner(x)

    assert Outer(nn.Sequential([nn.Dense(2)]))(np.ones((1, 1))).shape == (1, 2)
    with pytest.raises(TypeError, match="dropout behaves differently"):
        Outer(nn.Sequential([nn.Dropout(0.5)]))(np.ones((1, 1)))


def test_training_is_accepted_by_a_layer_to_which_it_does_not_matter():
    assert nn.Dense(2)(np.ones((1, 1)), training=True).shape == (1, 2)


# -- penalties -------------------------------------------------------------------------------------


def test_penalties_on_weights_and_outputs_are_losses():
    layer = nn.Dense(
        1,
        kernel_initializer="ones",
        kernel_regularizer=nn.regularizers.L2(0.5),
        activity_regularizer=nn.regularizers.L1(0.1),
    )
    layer(np.array([[1.0, 2.0], [3.0, 5.0]]))
    on_kernel, on_outputs = layer.losses
    assert on_kernel.item() == pytest.approx(0.5 * 2)
    assert on_outputs.item() == pytest.approx(0.1 * (3 + 8) / 2)  # per sample, as Keras 3


def test_penalties_on_outputs_are_those_of_the_latest_call_of_the_whole():
    shared = nn.Dense(1, kernel_initializer="ones", activity_regularizer="l1")

    class Twice(nn.Layer):
        def __init__(self):
            super().__init__()
            self.inner = shared

        def call(self, x):
            return self.inner(self.inner(x))

    layer = Twice()
    for _ in range(3):
        layer(np.array([[2.0]]))
        assert [loss.item() for loss in layer.losses] == pytest.approx([0.02, 0.02])


def test_add_loss_belongs_inside_of_call():
    class Adds(nn.Layer):
        def call(self, x):
            self.add_loss(np.sum(x * x))
            return x

    layer = Adds()
    layer(np.array([[3.0]]))
    assert [loss.item() for loss in layer.losses] == [9.0]
    with pytest.raises(RuntimeError, match="inside a layer's call"):
        layer.add_loss(1.0)


# -- config ----------------------------------------------------------------------------------------


def test_arguments_are_kept_untouched():
    config = nn.Dense(3, "relu", kernel_regularizer="l2", name="a").get_config()
    assert config["units"] == 3
    assert config["activation"] == "relu"
    assert config["kernel_initializer"] == "glorot_uniform"
    assert config["kernel_regularizer"] == "l2"
    assert nn.Dense(**config).get_config() == config


def test_repr_shows_what_is_not_the_default():
    assert repr(nn.Dense(3, activation="relu")) == "<Dense(units=3, activation='relu') 'dense'>"
    assert repr(Scale(name="s")) == "<Scale() 's'>"


def test_weights_are_found_again_after_every_change():
    class Stack(nn.Layer):
        def __init__(self):
            super().__init__()
            self.blocks, self.by_name = [], {}

    stack = Stack()
    assert stack.variables == []
    a, b, c, d, e = (ag.Variable([1.0], name=name) for name in "abcde")
    stack.blocks.append(a)
    assert stack.variables == [a]
    stack.by_name["b"] = [b]
    assert stack.variables == [a, b]
    stack.by_name["b"].append(c)
    assert stack.variables == [a, b, c]
    stack.blocks[0] = d
    assert stack.variables == [d, b, c]
    stack.parts = [e]  # a name that the package's own objects have for something else
    assert stack.variables == [d, b, c, e]
    stack.parts = (a,)
    assert stack.variables == [d, b, c, a]
    del stack.by_name
    assert stack.variables == [d, a]
    d.trainable = False
    assert stack.trainable_variables == [a]
    stack.variables.clear()
    assert stack.variables == [d, a]


def test_a_copy_has_the_weights_of_its_own_layers():
    model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
    model.zero_grad()
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.variables[0] is other.layers[0].kernel is not model.variables[0]


def test_a_layer_whose_weights_were_asked_for_is_freed_with_its_last_name():
    block = Block()
    assert len(block.variables) == 1
    freed = weakref.ref(block)
    gc.disable()
    try:
        del block
        assert freed() is None
    finally:
        gc.enable()
