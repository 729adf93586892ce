"""What all optimizers do around their formula: options, state, refusals."""

import copy
import json
import pickle
import re
import warnings

import numpy as np
import pytest

from autograd_lite import Tensor, Variable
from nn import optimizers
from nn._core.identifiers import serialize
from nn.optimizers import SGD, Adam, AdamW, Nadam, RMSprop
from nn.schedules import CosineDecay, ExponentialDecay

nan, inf = float("nan"), float("inf")


def weights(*values, **options):
    return [Variable(v, name=f"w{i}", **options) for i, v in enumerate(values)]


# -- gradients in, weights out -----------------------------------------------------------------


def test_a_model_is_trained():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3))
    true_kernel = np.array([[1.0], [-2.0], [0.5]])
    kernel, bias = weights(np.zeros((3, 1)), np.zeros(1))
    optimizer = Adam(0.1)
    for _ in range(300):
        kernel.zero_grad()
        bias.zero_grad()
        np.mean((x @ kernel + bias - x @ true_kernel - 4.0) ** 2).backward()
        optimizer.apply([kernel.grad, bias.grad], [kernel, bias])
    np.testing.assert_allclose(kernel.data, true_kernel, atol=1e-3)
    np.testing.assert_allclose(bias.data, [4.0], atol=1e-3)
    assert optimizer.iterations.item() == 300


def test_gradients_may_be_arrays_tensors_and_lists_of_any_layout():
    a, b, c, d = weights(np.zeros((2, 3)), np.zeros((3, 2)), np.zeros(2), np.zeros(2))
    g = np.arange(6.0).reshape(2, 3)
    SGD(1.0).apply([Tensor(g), g.T, [1.0, 2.0], np.arange(4.0)[::2]], [a, b, c, d])
    np.testing.assert_array_equal(a.data, -g)
    np.testing.assert_array_equal(b.data, -g.T)
    assert c.data.tolist() == [-1, -2]
    assert d.data.tolist() == [0, -2]


def test_the_gradient_may_be_the_weights_themselves():
    (w,) = weights([1.0, 2.0])
    optimizer = SGD(0.5)
    optimizer.apply([w.data], [w])
    optimizer.apply([w.data], [w])
    assert w.data.tolist() == [0.25, 0.5]


def test_gradients_are_not_written_to():
    (w,) = weights([1.0, 2.0])
    g = np.array([30.0, 40.0])
    Adam(clipnorm=1.0).apply([g], [w])
    assert g.tolist() == [30, 40]


def test_numbers_without_axes_and_empty_arrays_are_weights_too():
    scalar, empty, matrix = weights(1.0, np.zeros((0, 3)), np.ones((1, 1)))
    optimizer = Adam(0.5, epsilon=0.0, global_clipnorm=1.0)
    optimizer.apply([np.array(2.0), np.zeros((0, 3)), np.ones((1, 1))], [scalar, empty, matrix])
    assert scalar.item() == pytest.approx(0.5)
    assert empty.shape == (0, 3)
    assert matrix.item() == pytest.approx(0.5)


def test_each_dtype_is_kept_apart():
    a, b, c = (
        Variable([1.0, 2.0], dtype=dtype, name=dtype) for dtype in ("float32", "float64", "float16")
    )
    optimizer = SGD(0.1, momentum=0.5)
    for _ in range(2):
        optimizer.apply([np.ones(2, "float32"), np.ones(2), np.ones(2, "float16")], [a, b, c])
    for w in (a, b, c):
        assert w.dtype == w.name
        # -0.1, then -0.05 - 0.1
        np.testing.assert_allclose(w.data, np.array([0.75, 1.75], w.dtype), rtol=1e-3)
    assert {v.dtype for v in optimizer.variables[2:]} == {a.dtype, b.dtype, c.dtype}


def test_wide_gradients_do_not_widen_the_weights():
    (w,) = weights([1.0], dtype="float32")
    Adam().apply([np.array([1.0])], [w])
    assert w.dtype == np.float32


def test_hyperparameters_from_numpy_do_not_widen_the_arithmetic():
    rates = np.logspace(-3, -1, 3)
    options = {"beta_1": np.float64(0.9), "weight_decay": np.float32(0.5)}
    optimizer = Adam(rates[1], **options)
    assert optimizer.learning_rate == 0.01
    assert type(optimizer.beta_1) is type(optimizer.weight_decay) is float


def test_the_order_of_variables_does_not_matter():
    a, b = weights([1.0, 2.0], [[3.0]])
    p, q = weights([1.0, 2.0], [[3.0]])
    one, other = Adam(), Adam()
    for t in range(4):
        ga, gb = np.array([1.0, t]), np.array([[2.0 - t]])
        one.apply([ga, gb], [a, b])
        other.apply(*(([gb, ga], [q, p]) if t % 2 else ([ga, gb], [p, q])))
    np.testing.assert_array_equal(a.data, p.data)
    np.testing.assert_array_equal(b.data, q.data)


def test_without_variables_those_it_was_built_for_are_meant():
    a, b = weights([1.0], [2.0])
    optimizer = SGD(1.0)
    with pytest.raises(ValueError, match="with the variables"):
        optimizer.apply([np.ones(1), np.ones(1)])
    optimizer.build([a, b])
    optimizer.apply([np.array([0.5]), np.array([0.25])])
    assert (a.item(), b.item()) == (0.5, 1.75)


def test_nothing_to_update_is_no_step():
    optimizer = Adam()
    optimizer.apply([], [])
    assert optimizer.iterations.item() == 0


# -- variables that stay as they are -----------------------------------------------------------


def test_a_frozen_variable_is_left_alone_and_its_slots_too():
    a, b = weights([1.0], [2.0])
    optimizer = AdamW(0.1, weight_decay=0.5)
    optimizer.apply([np.ones(1), np.ones(1)], [a, b])
    b.trainable = False
    before = b.item(), [v.item() for v in optimizer.variables if v.name.startswith("w1")]
    optimizer.apply([np.ones(1), None], [a, b])
    optimizer.apply([np.ones(1)], [a])
    assert (b.item(), [v.item() for v in optimizer.variables if v.name.startswith("w1")]) == before
    b.trainable = True
    optimizer.apply([np.ones(1), np.ones(1)], [a, b])
    assert b.item() < before[0]


def test_a_frozen_variable_with_a_gradient_is_a_mistake():
    a, b = weights([1.0], [2.0])
    b.trainable = False
    with pytest.raises(ValueError, match="Variable 'w1' is frozen"):
        SGD().apply([np.ones(1), np.ones(1)], [a, b])
    assert a.item() == 1.0


def test_all_variables_frozen_is_no_step():
    (a,) = weights([1.0], trainable=False)
    optimizer = SGD()
    optimizer.apply([None], [a])
    assert (a.item(), optimizer.iterations.item()) == (1.0, 0)


def test_a_missing_gradient_is_reported_once_and_that_variable_skipped():
    a, b, c = weights([1.0], [2.0], [3.0])
    optimizer = SGD(1.0, weight_decay=0.1)
    with pytest.warns(UserWarning, match="no gradient for Variable 'w1', Variable 'w2'"):
        optimizer.apply([np.ones(1), None, None], [a, b, c])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer.apply([np.ones(1), None, None], [a, b, c])
        optimizer.apply([np.ones(1), np.ones(1), None], [a, b, c])
    assert c.item() == 3.0
    assert b.item() == pytest.approx(2.0 - 0.2 - 1.0)
    assert a.item() == pytest.approx(((0.9 - 1) * 0.9 - 1) * 0.9 - 1)


def test_no_gradient_at_all_is_a_mistake():
    with pytest.raises(ValueError, match="no variable has a gradient"):
        SGD().apply([None, None], weights([1.0], [2.0]))


def test_a_subset_is_updated_as_the_whole_would_be():
    sizes = 30_000, 5, 40_000, 7
    rng = np.random.default_rng(0)
    values = [rng.normal(size=n).astype("float32") for n in sizes]
    g = [rng.normal(size=n).astype("float32") for n in sizes]
    some, alone = weights(*values), weights(*values)
    optimizer = Adam()
    optimizer.build(some)
    for chosen in ((0, 2), (3, 1, 0), (2,)):
        optimizer.apply([g[i] for i in chosen], [some[i] for i in chosen])
    # Adam's step depends on the number of updates, also of the others: the same, one by one.
    separate = [Adam() for _ in sizes]
    for t, chosen in enumerate(((0, 2), (3, 1, 0), (2,))):
        for i in chosen:
            separate[i].iterations.assign(t)
            separate[i].apply([g[i]], [alone[i]])
    for a, b in zip(some, alone, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


# -- variables that changed behind its back ------------------------------------------------------


@pytest.mark.parametrize("clip", [{}, {"global_clipnorm": 100.0}])
def test_data_that_was_replaced_by_another_array_is_the_new_value(clip):
    a, b = weights([1.0, 2.0], [3.0])
    optimizer = SGD(1.0, **clip)
    optimizer.apply([np.zeros(2), np.zeros(1)], [a, b])
    a.data = np.array([10.0, 20.0])
    optimizer.apply([np.ones(2), np.ones(1)], [a, b])
    assert a.data.tolist() == [9, 19]
    assert b.data.tolist() == [2]
    a.data = a.data - 1.0
    optimizer.apply([np.ones(2), np.ones(1)], [a, b])
    assert a.data.tolist() == [7, 17]


def test_assigned_values_and_in_place_changes_are_seen():
    (a,) = weights([1.0, 2.0])
    optimizer = SGD(1.0)
    optimizer.apply([np.zeros(2)], [a])
    a.assign([5.0, 6.0])
    a.data += 1.0
    optimizer.apply([np.ones(2)], [a])
    assert a.data.tolist() == [5, 6]


def test_slots_may_be_replaced_too():
    (a,) = weights([0.0])
    optimizer = SGD(1.0, momentum=0.5)
    optimizer.apply([np.zeros(1)], [a])
    (momentum,) = [v for v in optimizer.variables if v.name == "w0_momentum"]
    momentum.data = np.array([8.0])
    optimizer.apply([np.zeros(1)], [a])
    assert (a.item(), momentum.item()) == (4.0, 4.0)


def test_two_optimizers_share_a_variable():
    a, b = weights([0.0], [0.0])
    one, other = SGD(1.0), SGD(10.0)
    for _ in range(2):
        one.apply([np.ones(1), np.ones(1)], [a, b])
        other.apply([np.ones(1)], [b])
    assert (a.item(), b.item()) == (-2.0, -22.0)


@pytest.mark.parametrize("other", [np.ones(3), np.ones(2, "float32")])
def test_data_of_another_kind_is_refused(other):
    (a,) = weights([1.0, 2.0])
    optimizer = SGD()
    optimizer.apply([np.zeros(2)], [a])
    a.data = other
    with pytest.raises(ValueError, match="w0"):
        optimizer.apply([np.zeros(other.shape)], [a])


def test_a_variable_stays_the_object_it_is_and_its_layout_may_be_any():
    (a,) = weights(np.zeros((2, 3)))
    a.data = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    SGD(1.0).apply([np.ones((2, 3))], [a])
    np.testing.assert_array_equal(a.data, np.arange(6.0).reshape(2, 3) - 1)


def test_a_backward_after_the_update_is_refused():
    (w,) = weights([1.0, 2.0])
    loss = np.sum(w * w)
    SGD().apply([np.ones(2)], [w])
    with pytest.raises(RuntimeError, match="'w0' was assigned after multiply used it"):
        loss.backward()


def test_a_copy_has_weights_of_its_own():
    (w,) = weights([1.0, 2.0])
    optimizer = Adam()
    optimizer.apply([np.ones(2)], [w])
    copies = [copy.deepcopy((w, optimizer)), pickle.loads(pickle.dumps((w, optimizer)))]
    for v, twin in copies:
        twin.apply([np.array([1.0, -1.0])], [v])
    assert w.data.tolist() == pytest.approx([0.999, 1.999])
    assert optimizer.iterations.item() == 1
    optimizer.apply([np.array([1.0, -1.0])], [w])
    for v, twin in copies:
        np.testing.assert_array_equal(v.data, w.data)
        assert twin.iterations.item() == 2


# -- refusals ------------------------------------------------------------------------------------


def test_an_unknown_variable_is_named():
    a, b = weights([1.0], [2.0])
    optimizer = SGD()
    optimizer.apply([np.ones(1)], [a])
    with pytest.raises(ValueError, match="Variable 'w1' is not one of the 1 Variables"):
        optimizer.apply([np.ones(1), np.ones(1)], [a, b])
    with pytest.raises(ValueError, match="Variable 'w1' is not one of"):
        optimizer.build([b])


def test_building_again_for_the_same_is_nothing():
    (a,) = weights([1.0])
    optimizer = Adam()
    optimizer.apply([np.ones(1)], [a])
    before = optimizer.variables
    optimizer.build([a])
    assert all(x is y for x, y in zip(before, optimizer.variables, strict=True))


def test_a_variable_given_twice_is_refused():
    (a,) = weights([1.0])
    with pytest.raises(ValueError, match="given twice"):
        SGD().apply([np.ones(1), np.ones(1)], [a, a])


def test_as_many_gradients_as_variables():
    with pytest.raises(ValueError, match="got 1 gradients for 2 variables"):
        SGD().apply([np.ones(1)], weights([1.0], [2.0]))


def test_a_gradient_of_the_wrong_shape_changes_nothing():
    a, b = weights([1.0], [2.0, 3.0])
    optimizer = SGD()
    with pytest.raises(ValueError, match=r"Variable 'w1' has shape \(2,\), its gradient \(1,\)"):
        optimizer.apply([np.ones(1), np.ones(1)], [a, b])
    assert (a.item(), optimizer.iterations.item()) == (1.0, 0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Tensor([1.0], requires_grad=True), "updates Variables, got Tensor; make it one"),
        (np.ones(1), "updates Variables, got ndarray"),
        (Variable([1], trainable=False), "dtype int64: only floating-point"),
    ],
)
def test_only_floating_variables_can_be_updated(wrong, message):
    with pytest.raises(TypeError, match=message):
        SGD().build([wrong])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "got clipnorm and clipvalue"),
        ({"clipnorm": 1.0, "global_clipnorm": 1.0}, "got clipnorm and global_clipnorm"),
        ({"clipnorm": nan}, "clipnorm is a positive number, got nan"),
        ({"clipvalue": 0.0}, "clipvalue is a positive number"),
        ({"global_clipnorm": -1.0}, "global_clipnorm is a positive number"),
        ({"global_clipnorm": inf}, "global_clipnorm is a positive number"),
        ({"weight_decay": -0.1}, "weight_decay is a number from 0 up"),
        ({"ema_momentum": 1.1, "use_ema": True}, r"ema_momentum lies in \[0, 1\]"),
        ({"ema_overwrite_frequency": 3}, "needs use_ema=True"),
        ({"ema_overwrite_frequency": 0, "use_ema": True}, "ema_overwrite_frequency is 1 or more"),
        ({"gradient_accumulation_steps": 0}, "gradient_accumulation_steps is 1 or more"),
        ({"learning_rate": -0.1}, "learning_rate is a number from 0 up"),
        ({"learning_rate": nan}, "learning_rate is a number from 0 up"),
        ({"learning_rate": inf}, "learning_rate is a number from 0 up"),
    ],
)
def test_options_that_cannot_work_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        SGD(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clipnorm": "1"}, "clipnorm is a number"),
        ({"gradient_accumulation_steps": 2.0}, "is a whole number"),
        ({"learning_rate": "0.1"}, "learning_rate is a number, a schedule or a function"),
        ({"learning_rate": None}, "learning_rate is a number, a schedule or a function"),
        ({"learning_rate": True}, "learning_rate is a number, a schedule or a function"),
        ({"learning_rate": CosineDecay}, "CosineDecay is a class"),
        ({"momentun": 0.9}, "momentun"),
    ],
)
def test_options_of_the_wrong_kind_are_refused(options, message):
    with pytest.raises(TypeError, match=message):
        SGD(**options)


# -- clipping --------------------------------------------------------------------------------------


def clipped(gradients, **option):
    variables = weights(*(np.zeros_like(g) for g in gradients), dtype=gradients[0].dtype)
    SGD(1.0, **option).apply(gradients, variables)
    return [-v.data for v in variables]


def test_clipnorm_shortens_each_gradient_for_itself():
    long, short = clipped([np.array([[3.0, 4.0]]), np.array([0.3])], clipnorm=1.0)
    np.testing.assert_allclose(long, [[0.6, 0.8]], rtol=1e-15)
    assert short.tolist() == [0.3]


def test_global_clipnorm_shortens_all_together():
    a, b = clipped([np.array([[3.0], [0.0]]), np.array([4.0])], global_clipnorm=1.0)
    np.testing.assert_allclose(a, [[0.6], [0.0]], rtol=1e-15)
    np.testing.assert_allclose(b, [0.8], rtol=1e-15)


def test_global_clipnorm_counts_every_dtype():
    a, b = Variable([0.0], dtype="float32"), Variable([0.0], dtype="float64")
    SGD(1.0, global_clipnorm=1.0).apply([np.array([3.0]), np.array([4.0])], [a, b])
    assert a.item() == pytest.approx(-0.6, rel=1e-7)
    assert b.item() == pytest.approx(-0.8, rel=1e-7)


def test_clipvalue_clips_every_element():
    (g,) = clipped([np.array([-3.0, 0.2, 5.0])], clipvalue=0.5)
    assert g.tolist() == [-0.5, 0.2, 0.5]


@pytest.mark.parametrize("option", ["clipnorm", "global_clipnorm"])
@pytest.mark.parametrize(("dtype", "huge"), [("float32", 1e30), ("float16", 3e4)])
def test_gradients_whose_squares_overflow_keep_their_direction(option, dtype, huge):
    with np.errstate(over="ignore"):
        (g,) = clipped(
            [np.array([3.0, -4.0], dtype) * dtype_scalar(dtype, huge / 4)], **{option: 1}
        )
    np.testing.assert_allclose(g, [0.6, -0.8], rtol=1e-2 if dtype == "float16" else 1e-6)


def dtype_scalar(dtype, value):
    return np.dtype(dtype).type(value)


@pytest.mark.parametrize("option", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_clipping_keeps_zeros_and_does_not_hide_nan(option):
    (zeros,) = clipped([np.zeros(3, "float32")], **{option: 1.0})
    assert zeros.tolist() == [0, 0, 0]
    (broken,) = clipped([np.array([nan, 1.0], "float32")], **{option: 1.0})
    assert np.isnan(broken[0])


def test_gradients_are_clipped_before_weights_decay():
    (w,) = weights([2.0])
    SGD(0.1, clipvalue=1.0, weight_decay=0.5).apply([np.array([100.0])], [w])
    assert w.item() == pytest.approx(2.0 - 2.0 * 0.5 * 0.1 - 0.1 * 1.0)


# -- decay, averages, accumulation -----------------------------------------------------------------


def test_weights_excluded_from_decay_keep_their_size():
    kernel, bias, scale = (Variable([1.0], name=name) for name in ("d/kernel", "d/bias", "n/scale"))
    optimizer = AdamW(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[scale], var_names=["bias"])
    optimizer.apply([np.zeros(1)] * 3, [kernel, bias, scale])
    assert [kernel.item(), bias.item(), scale.item()] == [0.95, 1.0, 1.0]


def test_exclusion_comes_before_the_first_step_and_takes_a_list():
    optimizer = AdamW()
    with pytest.raises(TypeError, match=re.escape("['bias']")):
        optimizer.exclude_from_weight_decay(var_names="bias")
    optimizer.apply([np.zeros(1)], weights([1.0]))
    with pytest.raises(ValueError, match="before the first step"):
        optimizer.exclude_from_weight_decay(var_names=["bias"])


def test_the_moving_average_replaces_the_weights_at_the_end():
    a, b = weights([0.0], [0.0])
    optimizer = SGD(1.0, use_ema=True, ema_momentum=0.75)
    optimizer.build([a, b])
    optimizer.finalize_variable_values([a, b])  # before the first update there is no average
    for g in (-4.0, -4.0):
        optimizer.apply([np.array([g])], [a])
    optimizer.apply([np.array([-8.0])], [b])
    assert (a.item(), b.item()) == (8.0, 8.0)
    optimizer.finalize_variable_values([a, b])
    # a: 4, then 4 + (8 - 4) / 4 = 5, then 5 + (8 - 5) / 4; b: 0, 0, then 8 / 4
    assert (a.item(), b.item()) == (5.75, 2.0)
    with pytest.raises(ValueError, match="'other' is not one of"):
        optimizer.finalize_variable_values([Variable([1.0], name="other")])


def test_without_averages_the_end_changes_nothing():
    (a,) = weights([1.0])
    optimizer = SGD()
    optimizer.finalize_variable_values([a])
    assert a.item() == 1.0


def test_the_average_sees_values_that_were_replaced():
    a, b = weights([0.0], [0.0])
    optimizer = SGD(1.0, use_ema=True, ema_momentum=0.5)
    optimizer.apply([np.zeros(1), np.zeros(1)], [a, b])
    b.data = np.array([6.0])
    optimizer.apply([np.zeros(1)], [a])
    optimizer.finalize_variable_values([b])
    assert b.item() == 3.0


def test_accumulated_gradients_make_one_update_with_their_mean():
    a, b = weights([0.0], [0.0])
    optimizer = SGD(1.0, gradient_accumulation_steps=3)
    for i, g in enumerate((1.0, 2.0, 6.0, 5.0)):
        optimizer.apply([np.array([g]), np.array([-g])], [a, b])
        assert optimizer.iterations.item() == (i + 1) // 3
        assert optimizer.calls == i + 1
    assert (a.item(), b.item()) == (-3.0, 3.0)


def test_accumulation_over_one_step_is_none():
    (a,) = weights([0.0])
    optimizer = SGD(1.0, gradient_accumulation_steps=1)
    optimizer.apply([np.array([2.0])], [a])
    assert (a.item(), optimizer.iterations.item()) == (-2.0, 1)


def test_the_mean_is_clipped_and_not_its_parts():
    (a,) = weights([0.0])
    optimizer = SGD(1.0, clipvalue=1.0, gradient_accumulation_steps=2)
    for g in (10.0, -9.0):
        optimizer.apply([np.array([g])], [a])
    assert a.item() == -0.5


# -- the learning rate -----------------------------------------------------------------------------


def test_the_rate_is_read_and_set_as_a_number():
    optimizer = Adam()
    assert (optimizer.learning_rate, Adam.learning_rate, SGD.learning_rate) == (0.001, 0.001, 0.01)
    variable = optimizer.variables[1]
    optimizer.learning_rate *= 0.5
    assert (optimizer.learning_rate, variable.item()) == (0.0005, 0.0005)
    optimizer.learning_rate = np.float32(0.25)
    assert variable.item() == 0.25
    assert optimizer.variables[1] is variable
    with pytest.raises(ValueError, match="got -1"):
        optimizer.learning_rate = -1
    assert optimizer.learning_rate == 0.25


def test_a_rate_of_zero_stops_the_weights():
    (w,) = weights([1.0])
    Adam(0).apply([np.ones(1)], [w])
    assert w.item() == 1.0


def test_a_schedule_is_asked_about_the_step():
    (w,) = weights([0.0])
    optimizer = SGD(ExponentialDecay(1.0, 1, 0.5))
    for rate in (1.0, 0.5, 0.25):
        assert optimizer.learning_rate == rate
        optimizer.apply([np.ones(1)], [w])
    assert w.item() == -1.75
    assert [v.name for v in optimizer.variables] == ["iterations"]


def test_a_function_is_called_with_the_step_if_it_takes_one():
    (w,) = weights([0.0])
    optimizer = SGD(lambda step: 1.0 / (1 + step))
    optimizer.apply([np.ones(1)], [w])
    assert optimizer.learning_rate == 0.5
    rates = {"now": 0.125}
    optimizer.learning_rate = lambda: rates["now"]
    assert optimizer.learning_rate == 0.125
    rates["now"] = 0.0625
    assert optimizer.learning_rate == 0.0625
    optimizer.learning_rate = lambda step: step / 8
    assert optimizer.learning_rate == 0.125


@pytest.mark.parametrize("wrong", [nan, -1.0, inf])
def test_a_function_that_gives_no_rate_is_refused(wrong):
    with pytest.raises(ValueError, match="a learning rate is a number from 0 up"):
        SGD(lambda step: wrong).apply([np.ones(1)], weights([0.0]))


# -- names, configs, state -------------------------------------------------------------------------


def test_names_configs_and_objects_mean_an_optimizer():
    assert type(optimizers.get("adam")) is Adam
    assert type(optimizers.get("RMSprop")) is RMSprop
    instance = SGD()
    assert optimizers.get(instance) is instance
    config = {"class_name": "Adam", "config": {"learning_rate": 0.5, "beta_1": 0.8}}
    assert repr(optimizers.get(config)) == "Adam(learning_rate=0.5, beta_1=0.8)"


def test_what_is_no_optimizer_is_refused_with_advice():
    with pytest.raises(ValueError, match=r"unknown optimizer 'adm'\. Did you mean 'adam'"):
        optimizers.get("adm")
    with pytest.raises(TypeError, match=r"Adam is a class, not an optimizer: write Adam\(\)"):
        optimizers.get(Adam)
    with pytest.raises(TypeError, match="None is not an optimizer"):
        optimizers.get(None)


@pytest.mark.parametrize(
    "optimizer",
    [
        *(optimizers.get(name) for name in ("adadelta", "adagrad", "adamax", "lion", "nadam")),
        AdamW(0.5, weight_decay=0.1, amsgrad=True, name="mine"),
        SGD(CosineDecay(0.1, 10, warmup_target=0.2, warmup_steps=3), momentum=0.5, clipnorm=1.0),
        RMSprop(np.float32(0.5), use_ema=True, ema_overwrite_frequency=np.int64(3)),
    ],
    ids=repr,
)
def test_a_config_goes_through_json_and_back(optimizer):
    config = json.loads(json.dumps(serialize(optimizer)))
    twin = optimizers.get(config)
    assert type(twin) is type(optimizer)
    assert twin.get_config() == optimizer.get_config()
    assert repr(twin) == repr(optimizer)
    assert type(optimizer).from_config(config["config"]).get_config() == optimizer.get_config()


def test_a_config_has_the_rate_as_it_is_now():
    optimizer = SGD(0.1)
    optimizer.learning_rate = 0.025
    assert optimizer.get_config()["learning_rate"] == 0.025


def test_a_function_cannot_be_written_to_a_config():
    with pytest.raises(TypeError, match=r"inherits from nn\.schedules\.Learning"):
        SGD(lambda step: 0.1).get_config()


def test_a_config_with_an_unknown_key_is_refused():
    with pytest.raises(TypeError, match="loss_scale_factor"):
        SGD.from_config({"loss_scale_factor": 2.0})


def test_its_name_is_that_of_its_class():
    assert (Adam().name, Adam(name="mine").name) == ("adam", "mine")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Adam(0.1, amsgrad=True),
        lambda: Nadam(0.1),
        lambda: SGD(0.1, momentum=0.9, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3),
        lambda: RMSprop(0.1, centered=True, gradient_accumulation_steps=2),
        lambda: SGD(ExponentialDecay(0.1, 2, 0.5), gradient_accumulation_steps=3),
    ],
)
def test_training_goes_on_from_its_variables_as_if_it_had_not_stopped(make):
    def train(optimizer, variables, steps):
        for t in steps:
            g = [np.cos(v.data + t).astype("float32") for v in variables]
            optimizer.apply(g, variables)

    whole, first = (weights([1.0, 2.0], [[3.0]], dtype="float32") for _ in range(2))
    train(make(), whole, range(7))
    before = make()
    train(before, first, range(4))
    saved = [v.numpy() for v in (*first, *before.variables)]

    second = weights([0.0, 0.0], [[0.0]], dtype="float32")
    after = make()
    after.build(second)
    for variable, value in zip((*second, *after.variables), saved, strict=True):
        variable.assign(value)
    train(after, second, range(4, 7))
    for a, b in zip(whole, second, strict=True):
        np.testing.assert_array_equal(a.data, b.data)
