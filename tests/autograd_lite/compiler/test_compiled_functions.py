"""`ag.compile`: the same results as the function itself, or a clear refusal."""

from __future__ import annotations

import time
import warnings
import weakref

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed

RATE = 0.5

ENGINES = [
    "numpy",
    pytest.param(
        "native",
        marks=pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed"),
    ),
]


def test_a_step_does_what_the_function_does_bit_for_bit():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))

    def made():
        w = ag.Variable(np.full((3, 2), 0.1), name="w")
        b = ag.Variable(np.zeros(2), name="b")

        def step(x, y, rate):
            J = np.mean((np.tanh(x @ w + b) - y) ** 2)
            dw, db = ag.gradients(J, [w, b])
            w.assign_sub(rate * dw)
            b.assign_sub(rate * db)
            return J

        return w, b, step

    w, b, step = made()
    w2, b2, plain = made()
    program = ag.compile(step)
    for i in range(5):
        assert program(x, y, 0.1 + i).item() == plain(x, y, 0.1 + i).item()
    assert w.data.tobytes() == w2.data.tobytes()
    assert b.data.tobytes() == b2.data.tobytes()
    assert program.traces == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_results_keep_their_structure_and_kind(engine):
    program = ag.compile(lambda p: {"a": p["u"] * 2, "b": [p["v"] + p["u"], None]}, engine=engine)
    found = program({"u": np.ones(2), "v": ag.Tensor([3.0, 4.0])})
    assert found["a"].data.tolist() == [2.0, 2.0]
    assert found["b"][0].data.tolist() == [4.0, 5.0]
    assert found["b"][1] is None


def test_results_are_arrays_of_their_own():
    program = ag.compile(lambda x: (x, x * 2, (x * 2).T))
    x = np.ones((2, 2))
    first = program(x)
    second = program(x * 3)
    assert first[0].data.tolist() == [[1, 1], [1, 1]]
    assert first[1].data.tolist() == [[2, 2], [2, 2]]
    assert second[2].data.tolist() == [[6, 6], [6, 6]]
    second[0].data[...] = 0
    assert x.tolist() == [[1, 1], [1, 1]]


def test_float32_and_numbers_stay_float32():
    program = ag.compile(lambda x, rate: x * (rate * 2 + 1))
    found = program(np.ones(2, np.float32), 0.25)
    assert found.dtype == np.float32
    assert found.data.tolist() == [1.5, 1.5]
    assert program(np.ones(2, np.float32), 0.5).data.tolist() == [2.0, 2.0]
    assert program.traces == 1


def test_each_kind_of_arguments_has_a_program():
    program = ag.compile(lambda x: np.sum(x * x))
    assert program(np.ones(3)).item() == 3
    assert program(np.ones(5)).item() == 5
    assert program(np.ones(5, np.float32)).dtype == np.float32
    assert program(np.ones(3)).item() == 3
    assert program.traces == 3


def test_many_kinds_are_reported():
    program = ag.compile(lambda x: x + 1)
    for n in range(15):
        program(np.ones(n + 1))
    with pytest.warns(UserWarning, match="traced 16 times"):
        program(np.ones(16))


def test_static_arguments_may_decide_what_is_computed():
    def power(x, n, kind="plain"):
        result = x
        for _ in range(n - 1):
            result = result * x
        return -result if kind == "negative" else result

    program = ag.compile(power, static="n")
    assert program(np.array(2.0), 3).item() == 8
    assert program(np.array(2.0), 5).item() == 32
    assert program(np.array(2.0), n=3, kind="negative").item() == -8
    with pytest.raises(ValueError, match="no parameter"):
        ag.compile(power, static="m")(np.array(2.0), 3)
    with pytest.raises(TypeError, match="hashable"):
        ag.compile(power, static="n")(np.array(2.0), [1])


def test_a_number_that_has_to_be_static_says_so():
    with pytest.raises(ag.TracingError, match="static argument"):
        ag.compile(lambda x, n: np.reshape(x, (n, 2)))(np.ones(4), 2)


def test_a_branch_on_a_value_names_the_line():
    def f(x):
        if np.sum(x) > 0:
            return x
        return -x

    with pytest.raises(
        ag.TracingError, match=r"test_compiled_functions.py:\d+: if np.sum\(x\) > 0"
    ):
        ag.compile(f)(np.ones(2))


@pytest.mark.parametrize(
    "leak",
    [
        lambda x: x * float(np.sum(x)),
        lambda x: x * np.sum(x).item(),
        lambda x: x * x.data.sum(),
        lambda x: x * np.asarray(x).sum(),
        lambda x: x * x.numpy().sum(),
        lambda x: x * np.array(x.tolist()),
        lambda x: x * time.perf_counter(),
        lambda x: x * np.random.default_rng().normal(size=2),
    ],
    ids=["float", "item", "data", "asarray", "numpy", "tolist", "clock", "generator"],
)
def test_what_would_become_a_constant_is_refused(leak):
    with pytest.raises(ag.TracingError):
        ag.compile(leak)(np.array([1.0, 2.0]))


def test_state_that_changes_at_each_call_is_left_to_python():
    counts = [0.0]

    def f(x):
        counts[0] += 1
        return x * counts[0]

    compiled = ag.compile(f)
    assert compiled(np.ones(2)).data.tolist() == [1.0, 1.0]
    with pytest.warns(UserWarning, match=r"plain Python: f changes counts\[0\]"):
        assert compiled(np.ones(2)).data.tolist() == [2.0, 2.0]
    assert compiled(np.ones(2)).data.tolist() == [3.0, 3.0]
    assert counts == [3.0]


def test_a_function_that_gives_nothing_is_refused():
    with pytest.raises(ag.TracingError, match="nothing to compile"):
        ag.compile(lambda x: None)(np.ones(2))
    with pytest.raises(ag.TracingError, match="would be a constant"):
        ag.compile(lambda x: "text")(np.ones(2))
    with pytest.raises(TypeError, match="takes a function"):
        ag.compile(3)


@pytest.mark.parametrize("engine", ENGINES)
def test_backward_leaves_in_grad_what_it_leaves_in_plain_python(engine):
    w = ag.Variable([1.0, 2.0])

    @ag.compile(engine=engine)
    def f(x):
        w.zero_grad()
        J = np.sum(x * w**2)
        J.backward()
        return np.sum(w.grad)

    for x in (np.array([1.0, 3.0]), np.array([-2.0, 0.5])):
        assert f(x).item() == np.sum(2 * x * w.data)  # d(x w^2)/dw
        np.testing.assert_array_equal(w.grad, 2 * x * w.data)


def test_gradients_that_would_add_up_from_call_to_call_are_refused():
    w = ag.Variable([1.0])

    def f(x):
        J = np.sum(x * w)
        J.backward()
        return J

    with pytest.raises(ag.TracingError, match=r"w\.zero_grad\(\)"):
        ag.compile(f)(np.ones(1))
    assert w.grad is None
    x = ag.Tensor(np.ones(1), requires_grad=True)
    with pytest.raises(ag.TracingError, match=r"ag\.gradients\(J, \[x\]\)"):
        ag.compile(lambda x: [J := np.sum(x**2), J.backward()][0])(x)


def test_a_shape_that_follows_from_values_is_refused():
    with pytest.raises(ag.TracingError, match=r"Use np\.where"):
        ag.compile(lambda x: np.sum(x[x > 0]))(np.array([1.0, -1.0]))


def test_an_array_assigned_from_outside_the_record_is_refused():
    w = ag.Variable([1.0], name="w")

    def f(x):
        w.assign(x.data * 2)
        return x

    with pytest.raises(ag.TracingError, match="is not recorded"):
        ag.compile(f)(np.ones(1))
    assert w.data.tolist() == [1.0]


def test_tracing_changes_nothing_and_a_failed_trace_neither():
    w = ag.Variable([1.0], name="w")
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state

    def f(x, fail):
        w.assign_add(x)
        noise = ag.sample(rng, "normal", 0.0, 1.0, shape=1)
        if fail and np.sum(x) > 0:
            return x
        return x + noise

    with pytest.raises(ag.TracingError):
        ag.compile(f)(np.ones(1), True)
    assert w.data.tolist() == [1.0]
    assert rng.bit_generator.state == state
    ag.compile(f)(np.ones(1), False)
    assert w.data.tolist() == [2.0]


def test_draws_are_those_of_the_function_itself():
    ours, theirs = np.random.default_rng(7), np.random.default_rng(7)
    program = ag.compile(
        lambda x: (
            x * (ag.sample(ours, "random", shape=3, dtype=np.float32) > 0.5)
            + ag.sample(ours, "normal", 1.0, 2.0, shape=3)
        )
    )
    for _ in range(3):
        expected = np.ones(3) * (theirs.random(3, dtype=np.float32) > 0.5) + theirs.normal(1, 2, 3)
        assert program(np.ones(3)).data.tolist() == expected.tolist()


def test_globals_and_closures_are_read_anew():
    global RATE
    factor = 2.0
    program = ag.compile(lambda x: x * RATE * factor)
    assert program(np.ones(1)).data.tolist() == [1.0]
    RATE = 1.5
    try:
        assert program(np.ones(1)).data.tolist() == [3.0]
        factor = 4.0
        assert program(np.ones(1)).data.tolist() == [6.0]
    finally:
        RATE = 0.5


def test_captured_arrays_are_read_anew():
    scale = np.array([1.0, 2.0])
    program = ag.compile(lambda x: x * scale)
    assert program(np.ones(2)).data.tolist() == [1.0, 2.0]
    scale[0] = 5.0
    assert program(np.ones(2)).data.tolist() == [5.0, 2.0]


def test_captured_tensors_are_read_anew_also_when_their_array_is_another():
    w = ag.Tensor([1.0, 2.0], requires_grad=True)
    program = ag.compile(lambda x: ag.gradients(np.sum(x * w * w), [w])[0])
    assert program(np.ones(2)).data.tolist() == [2.0, 4.0]
    w.data = np.array([3.0, 4.0])
    assert program(np.ones(2)).data.tolist() == [6.0, 8.0]
    w.data = np.zeros(3)
    with pytest.raises(ValueError, match="broadcast"):
        program(np.ones(2))


@pytest.mark.parametrize("engine", ENGINES)
def test_variables_that_change_places(engine):
    a, b = ag.Variable([1.0, 2.0]), ag.Variable([3.0, 4.0])

    def swap(x):
        before = a + 0 * x
        a.assign(b + 0 * x)
        b.assign(before)
        return a * 1.0

    program = ag.compile(swap, engine=engine)
    assert program(np.ones(2)).data.tolist() == [3.0, 4.0]
    assert (a.data.tolist(), b.data.tolist()) == ([3.0, 4.0], [1.0, 2.0])


def test_variables_assigned_to_each_other():
    a, b = ag.Variable([1.0, 2.0]), ag.Variable([3.0, 4.0])

    def swap(x):
        old = a[:]
        a.assign(b[:])
        b.assign(old)
        return x

    ag.compile(swap)(np.ones(1))
    assert (a.data.tolist(), b.data.tolist()) == ([3.0, 4.0], [1.0, 2.0])


@pytest.mark.parametrize("engine", ENGINES)
def test_arguments_in_any_layout(engine):
    program = ag.compile(lambda x, y: np.sum(x * 2 + y, axis=0), engine=engine)
    x = np.arange(12.0).reshape(3, 4)
    y = np.ones((4, 3))
    y.flags.writeable = False
    expected = (x * 2 + 1).sum(axis=0).tolist()
    assert program(x, y.T).data.tolist() == expected
    wide = np.zeros((6, 8))
    wide[::2, ::2] = x
    assert program(wide[::2, ::2], y.T).data.tolist() == expected
    assert program(np.asfortranarray(x), y.T).data.tolist() == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_an_argument_that_is_the_variable_itself(engine):
    w = ag.Variable([1.0, 2.0], name="w")

    def f(x):
        w.assign(w * 2)
        return x + w

    program = ag.compile(f, engine=engine)
    plain = ag.Variable([1.0, 2.0])
    before = plain.data.copy()
    assert program(w.data).data.tolist() == (before + before * 2).tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_empty_and_single_arrays(engine):
    program = ag.compile(lambda x: (np.sum(x, axis=0), x * 2), engine=engine)
    total, doubled = program(np.zeros((0, 3)))
    assert total.data.tolist() == [0, 0, 0]
    assert doubled.shape == (0, 3)
    assert ag.compile(lambda x: np.exp(x) * 0 + x, engine=engine)(np.array(2.5)).item() == 2.5


@pytest.mark.parametrize("engine", ENGINES)
def test_infinities_and_nan(engine):
    x = np.array([0.0, -1.0, np.inf, -np.inf, np.nan])

    def f(x):
        return np.log(x), np.maximum(x, 0), x * 0, np.sign(x), np.minimum(x, 1.0)

    with np.errstate(all="ignore"):
        expected = f(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ag.compile(f, engine=engine)(x)
    for a, b in zip(found, expected, strict=True):
        assert np.array_equal(a.data, b, equal_nan=True)


def test_compiled_functions_are_recorded_inside_of_each_other():
    inner = ag.compile(lambda x: x * 2)
    outer = ag.compile(lambda x: inner(x) + 1)
    assert outer(np.ones(2)).data.tolist() == [3.0, 3.0]
    assert inner.traces == 0


def test_second_derivatives_and_checkpoints():
    def f(x):
        y = np.sum(ag.checkpoint(lambda t: t**3)(x))
        (dx,) = ag.gradients(y, [x])
        (ddx,) = ag.gradients(np.sum(dx), [x])
        return ddx

    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    assert ag.compile(f)(x).data.tolist() == [6.0, 12.0]


def test_what_there_is_to_look_at():
    w = ag.Variable(np.zeros((2, 1)), name="w")

    @ag.compile
    def step(x):
        with ag.scope("layer"):
            return np.tanh(x @ w)

    for look in (lambda: step.source, lambda: step.program, lambda: step.graph, step.report):
        with pytest.raises(RuntimeError, match="has not been called"):
            look()
    step(np.ones((3, 2)))
    assert "# forward: layer" in step.source
    assert "np.matmul(x, w, out=" in step.source
    assert step.report().operations == 2
    assert step.report().engine == "numpy"
    assert "operations" in str(step.report())
    graph = step.graph
    assert [(node.kind, node.label) for node in graph.nodes] == [
        ("input", "x"),
        ("parameter", "w"),
        ("operation", "matmul"),
        ("output", "tanh"),
    ]
    assert [scope.name for scope in graph.scopes] == ["forward", "layer"]
    assert type(graph).from_dict(graph.to_dict()) == graph
    lines = step.report().measure(np.ones((3, 2)))
    assert {text.split("(")[0] for text, _ in lines} >= {"np.matmul", "np.tanh"}
    assert all(us >= 0 for _, us in lines)


def test_unknown_engines_and_passes():
    with pytest.raises(ValueError, match="engine"):
        ag.compile(lambda x: x, engine="fortran")
    with pytest.raises(ValueError, match="no pass 'fast'"):
        ag.compile(lambda x: x + 1, without=["fast"])(np.ones(1))


def test_an_array_that_a_variable_had_is_gone_when_the_function_has_seen_another():
    w = ag.Variable(np.ones(4), name="w")
    total = ag.compile(lambda x: np.sum(x * w), engine="numpy")
    assert total(np.ones(4)).item() == 4
    before = weakref.ref(w._array)
    w.data = np.full(4, 2.0)
    assert total(np.ones(4)).item() == 8
    assert before() is None
