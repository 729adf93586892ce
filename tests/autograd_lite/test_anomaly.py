"""detect_anomaly: the first NaN or infinity is found, forward and backward, and explained."""

import asyncio
import inspect
import pickle
import re
import threading

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.context import current_context

THIS_FILE = __file__


def tensor(value, **keywords):
    return ag.Tensor(value, requires_grad=True, **keywords)


def anomaly_of(function, **options):
    with pytest.raises(ag.AnomalyError) as caught, ag.detect_anomaly(**options):
        function()
    assert str(caught.value) == str(caught.value.anomaly)
    return caught.value.anomaly


def line_of(function, containing):
    """The number of the first line of a function that holds some text."""
    lines, start = inspect.getsourcelines(function)
    return start + next(i for i, line in enumerate(lines) if containing in line)


# -- what is found ---------------------------------------------------------------------------------


def test_a_logarithm_of_zero_is_found_with_operation_operand_scope_and_line():
    p = tensor([0.9, 0.5, 0.0, 0.25], name="p")

    def loss():
        with ag.scope("head"), ag.scope("probability"):
            q = np.log(p)
        return np.mean(q)

    found = anomaly_of(loss)
    assert found.operation == "log"
    assert found.layer == "head/probability"
    assert found.line == (THIS_FILE, line_of(loss, "np.log(p)"))
    (operand,) = found.operands
    assert str(operand) == "float64 (4,), 0 at [2] to 0.9 at [0]"
    assert found.headline() == "log made -inf in 1 of 4 elements, the first at [2]"
    assert "log(0) = -inf" in str(found)
    assert "q = np.log(p)" in str(found)
    assert "minus infinity" in found.cause
    assert "np.log(np.maximum(p, 1e-7))" in found.remedy


FORWARD = [
    (lambda: np.log(tensor([-1.0])), "log", "negative number"),
    (lambda: np.log2(tensor([0.0])), "log2", "minus infinity"),
    (lambda: np.log1p(tensor([-1.0])), "log1p", r"log1p\(-1\)"),
    (lambda: np.log1p(tensor([-2.0])), "log1p", "below -1"),
    (lambda: tensor([1.0]) / 0.0, "divide", "division by 0"),
    (lambda: tensor([0.0]) / 0.0, "divide", "0 / 0"),
    (lambda: tensor([1.0]) / 1e-320, "divide", "almost 0"),
    (lambda: np.reciprocal(tensor([0.0])), "reciprocal", "division by 0"),
    (lambda: np.exp(tensor([1000.0])), "exp", "overflows"),
    (lambda: np.exp(tensor(np.float32([89.0]))), "exp", "88.7 in float32"),
    (lambda: np.sinh(tensor([1000.0])), "sinh", "overflows"),
    (lambda: np.sqrt(tensor([-1e-9])), "sqrt", "square root of a negative"),
    (lambda: tensor([0.0]) ** -1.0, "power", "negative power"),
    (lambda: tensor([-1.0]) ** 0.5, "power", "not whole"),
    (lambda: tensor([1e200]) ** 2.0, "power", "larger than the largest float64"),
    (lambda: np.arcsin(tensor([1.1])), "arcsin", "outside of -1 to 1"),
    (lambda: np.arctanh(tensor([1.0])), "arctanh", "between -1 and 1"),
    (lambda: np.arccosh(tensor([0.5])), "arccosh", "below 1"),
    (lambda: tensor([0.0]) * np.inf, "multiply", "0 times infinity"),
    (lambda: np.sum(tensor(np.float32([3e38, 3e38]))), "sum", r"largest float32, 3.4e\+38"),
    (lambda: tensor([[1e200]]) @ tensor([[1e200]]), "matmul", "larger than the largest"),
    (lambda: np.std(tensor([3.0]), ddof=1), "std", "ddof=1"),
    (lambda: np.linalg.slogdet(tensor(np.zeros((2, 2)))), "linalg.slogdet", "singular"),
    (lambda: tensor([1e300]).astype(np.float32), "astype", "narrower dtype"),
    (lambda: np.linalg.norm(tensor([1e200, 1.0])), "norm", "larger than the largest"),
    (lambda: np.tan(tensor([1e308])) + np.log(tensor(0.0)), "log", "minus infinity"),
]


@pytest.mark.parametrize(("function", "operation", "cause"), FORWARD)
@pytest.mark.filterwarnings("ignore:Degrees of freedom")
def test_each_operation_has_its_cause(function, operation, cause):
    found = anomaly_of(function)
    assert found.operation == operation
    assert re.search(cause, found.cause)
    assert found.remedy


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
def test_the_mean_of_nothing():
    assert "no elements" in anomaly_of(lambda: np.mean(tensor(np.zeros((0, 3))))).cause


def test_the_first_bad_element_decides_the_cause_and_broadcasting_is_followed():
    found = anomaly_of(lambda: tensor([[2.0], [0.0]]) / np.array([1.0, 0.0]))
    assert "at [0, 1]  divide(2, 0) = inf" in str(found)
    assert "division by 0" in found.cause


def test_an_operation_of_one_s_own_is_reported_too():
    @ag.primitive
    def blow_up(x):
        return x * np.inf

    ag.gradient(blow_up, lambda g, y, x: g)
    found = anomaly_of(lambda: blow_up(tensor([1.0])))
    assert found.operation == "blow_up"
    assert found.headline() == "blow_up made inf at [0]"


def test_it_is_found_without_anything_to_differentiate_and_under_no_grad():
    with ag.no_grad():
        assert anomaly_of(lambda: np.log(tensor([0.0]))).operation == "log"
    assert anomaly_of(lambda: np.log(ag.Tensor([0.0]))).operation == "log"


# -- where it comes from ---------------------------------------------------------------------------


def test_data_with_nan_is_named_as_the_origin():
    X = np.array([[1.0, np.nan], [2.0, 3.0]])
    w = tensor([[1.0], [2.0]], name="w")
    found = anomaly_of(lambda: X @ w)
    assert found.headline() == "matmul was given a with 1 NaN, the first at [0, 1]"
    assert "it is data" in found.cause
    assert "np.isfinite(X)" in found.remedy


def test_a_parameter_that_is_not_finite_is_named():
    w = ag.Variable([1.0, np.inf], name="dense/kernel")
    found = anomaly_of(lambda: w * 2.0)
    assert found.headline() == "multiply was given dense/kernel with 1 inf, the first at [1]"
    assert "already held such values" in found.cause


def test_a_result_from_before_the_watch_is_an_origin():
    with np.errstate(all="ignore"):
        before = np.log(tensor([0.0]))
    assert "was not finite before" in anomaly_of(lambda: before + 1.0).cause


def test_a_nan_that_a_branch_leaves_behind_is_no_anomaly_but_the_operation_that_made_it_is():
    x = np.array([np.nan, 1.0])
    with ag.detect_anomaly():
        y = np.where(np.isnan(x), 0.0, tensor([1.0, 2.0]))
    assert np.isfinite(y.data).all()


def test_infinities_that_are_written_down_are_meant_and_so_is_what_follows():
    scores = tensor([1.0, 2.0, 3.0])
    with ag.detect_anomaly():
        masked = np.where([True, False, True], scores, -np.inf)
        weights = np.exp(masked - np.max(masked))
        loss = np.sum(weights / np.sum(weights) * np.array([1.0, 2.0, 3.0]))
        loss.backward()
    assert np.isfinite(scores.grad).all()


def test_nan_made_of_an_infinity_that_was_meant_is_found():
    found = anomaly_of(lambda: np.where([True], tensor([1.0]), -np.inf) - tensor([1.0]) / 1e-320)
    assert found.operation == "divide"
    masked = tensor([1.0, 2.0])
    found = anomaly_of(lambda: np.where([True, False], masked, -np.inf) * np.array([1.0, 0.0]))
    assert found.operation == "multiply"
    assert "0 times infinity" in found.cause


def test_infinities_false_looks_for_nan_alone():
    with ag.detect_anomaly(infinities=False):
        y = np.log(tensor([0.0]))
    assert y.data == -np.inf
    found = anomaly_of(lambda: np.log(tensor([0.0])) - np.log(tensor([0.0])), infinities=False)
    assert found.operation == "subtract"
    assert "infinity minus infinity" in found.cause


# -- backward --------------------------------------------------------------------------------------


def test_the_slope_of_sqrt_at_zero():
    d = tensor([[0.0, 4.0], [1.0, 2.0]], name="distance")

    def backward():
        with ag.scope("head"):
            root = np.sqrt(d)
        np.sum(root * 3.0).backward()

    found = anomaly_of(backward)
    assert found.operation == "sqrt"
    assert found.layer == "head"
    assert found.line == (THIS_FILE, line_of(backward, "np.sqrt(d)"))
    assert (
        found.headline()
        == "the gradient of sqrt became inf in 1 of 4 elements, the first at [0, 0]"
    )
    assert "slope of sqrt at 0" in found.cause
    assert "np.sqrt(distance + 1e-12)" in found.remedy
    text = str(found)
    assert "upstream   float64 (2, 2), 3 everywhere" in text
    assert "rules/elementwise.py" in text
    assert "lambda g, y, x: multiply_no_nan(g, 0.5 / y)" in text
    assert "upstream 3 through sqrt(0): inf" in text
    assert d.grad is None


BACKWARD = [
    (lambda: np.cbrt(tensor([0.0])), "cube root"),
    (lambda: tensor([0.0]) ** 0.5, "power below 1"),
    (lambda: tensor([0.5]) ** tensor([2.0]) * tensor([-1.0]) ** tensor([2.0]), "exponent"),
    (lambda: np.log(tensor([1e-320])), "near to 0"),
    (lambda: 1e-100 / tensor([1e-310]), "denominator"),
    (lambda: np.arcsin(tensor([1.0])), "slope at -1 and 1"),
    (lambda: np.arctanh(tensor([1.0 - 2**-53])) * 1e300, "larger than the largest float64"),
    (lambda: np.arccosh(tensor([1.0])), "slope at 1"),
    (lambda: tensor([1e200]) * 1e150 * 1e-250 * 1e200, "larger than the largest float64"),
]


@pytest.mark.parametrize(("function", "cause"), BACKWARD)
def test_each_gradient_has_its_cause(function, cause):
    found = anomaly_of(lambda: np.sum(function()).backward())
    assert re.search(cause, found.cause), found.cause


@pytest.mark.parametrize("differentiate", [
    lambda x: ag.grad(lambda t: np.sum(np.sqrt(t)))(x.data),
    lambda x: ag.gradients(np.sum(np.sqrt(x)), [x]),
    lambda x: ag.hessian(lambda t: np.sum(t**1.5))(x.data),
    lambda x: ag.checkpoint(lambda t: np.sum(np.sqrt(t)))(x).backward(),
])  # fmt: skip
def test_every_way_to_differentiate_is_watched(differentiate):
    assert "infinite" in anomaly_of(lambda: differentiate(tensor([0.0, 1.0]))).cause


def test_an_upstream_gradient_that_is_given_so():
    y = tensor([1.0, 2.0]) * 2.0
    found = anomaly_of(lambda: y.backward(np.array([1.0, np.nan])))
    assert found.headline() == (
        "backward() was given nan in 1 of 2 elements, the first at [1] as the upstream gradient"
    )


def test_parts_that_are_finite_and_whose_sum_is_not():
    x = tensor(np.float32([1.0]), name="x")

    def backward():
        y = x * np.float32(1e-30)  # and upstream is as large as the slopes are small
        np.sum(y + y).backward(np.float32(3e38))

    found = anomaly_of(backward)
    assert "add up to more" in found.cause
    assert found.headline() == "the gradient of a became inf at [0], when its parts were added"


def test_a_forward_pass_outside_is_asked_for():
    x = tensor([0.0, 1.0])
    y = np.sum(np.sqrt(x))
    found = anomaly_of(y.backward)
    assert found.line is None
    assert "the forward pass ran outside of detect_anomaly()" in str(found)
    with np.errstate(all="ignore"):
        spoiled = np.sum(np.log(x) * x)
    found = anomaly_of(spoiled.backward)
    assert "already not finite in the forward pass" in found.cause


def test_a_branch_that_is_shielded_is_no_anomaly():
    x = tensor([0.0, 1.0])
    with ag.detect_anomaly():
        y = np.sum(np.where(x.data > 0, np.sqrt(x), 0.0))
        y.backward()
    assert x.grad.tolist() == [0.0, 0.5]
    with ag.detect_anomaly():
        (g,) = ag.gradients(np.sum(np.where(x.data > 0, np.sqrt(x), 0.0)), [x])
    assert g.data.tolist() == [0.0, 0.5]


def test_an_operation_with_several_results():
    a = tensor(np.eye(2))
    with ag.detect_anomaly():
        values, _ = np.linalg.eigh(a)
        np.sum(values).backward()
    assert np.allclose(a.grad, np.eye(2))


# -- where the line is -----------------------------------------------------------------------------


def test_the_line_is_the_innermost_one_of_the_user():
    def helper(x):
        return ag.logsumexp(x) + np.linalg.norm(x * 1e200)

    found = anomaly_of(lambda: helper(tensor([1.0, 2.0])))
    assert found.line == (THIS_FILE, line_of(helper, "logsumexp"))


def test_code_without_a_file_has_no_text_but_a_place():
    namespace = {"np": np, "x": tensor([0.0]), "__name__": "typed"}
    found = anomaly_of(lambda: exec("y = np.log(x)", namespace))
    assert found.line == ("<string>", 1)
    assert "<string>:1" in str(found)


# -- switching it on and off -----------------------------------------------------------------------


def test_nothing_is_looked_at_outside():
    assert current_context().watch is None
    with ag.detect_anomaly():
        assert current_context().watch is not None
    assert current_context().watch is None
    with np.errstate(all="ignore"):
        np.log(tensor([0.0]))


def test_it_is_off_again_after_the_error_and_works_as_a_decorator():
    @ag.detect_anomaly()
    def step():
        return np.log(tensor([0.0]))

    for _ in range(2):
        with pytest.raises(ag.AnomalyError):
            step()
        assert current_context().watch is None


def test_nested_watches():
    with ag.detect_anomaly(), ag.detect_anomaly(infinities=False):
        np.log(tensor([0.0]))
    with ag.detect_anomaly(infinities=False):
        anomaly_of(lambda: np.log(tensor([0.0])))


def test_what_is_inside_of_a_checkpoint_is_seen():
    found = anomaly_of(lambda: ag.checkpoint(lambda x: np.exp(np.log(x)))(tensor([0.0, 1.0])))
    assert found.operation == "log"


def test_threads_and_tasks_do_not_see_each_other_s_watch():
    seen = []
    with ag.detect_anomaly():
        thread = threading.Thread(target=lambda: seen.append(current_context().watch))
        thread.start()
        thread.join()

    async def other():
        await asyncio.sleep(0)
        seen.append(current_context().watch)

    async def watched():
        with ag.detect_anomaly():
            await asyncio.sleep(0)

    async def both():
        await asyncio.gather(watched(), other())

    asyncio.run(both())
    assert seen == [None, None]


def test_what_was_seen_is_not_kept_alive():
    with ag.detect_anomaly():
        watch = current_context().watch
        y = tensor([1.0]) * 2.0
        assert len(watch._lines) == 1
        del y
        assert not watch._lines


def test_the_error_can_be_pickled_and_names_cannot_move_the_cursor():
    hostile = tensor([0.0], name="\x1b[2Jp\n")
    with pytest.raises(ag.AnomalyError) as caught, ag.detect_anomaly():
        np.log(hostile)
    assert "\x1b" not in str(caught.value)
    assert r"log(\x1b[2Jp\n)" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_long_line_is_cut_and_text_keeps_to_the_width():
    x = tensor([0.0])

    def long_line():
        return np.log(x) + np.cos(1.0) + np.cos(1.0) + np.cos(1.0) + np.cos(1.0) + np.cos(1.0) + 2

    lines = [line for line in str(anomaly_of(long_line)).splitlines() if THIS_FILE not in line]
    assert max(map(len, lines)) <= 88
    assert any(line.endswith("...") for line in lines)
