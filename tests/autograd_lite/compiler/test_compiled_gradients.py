"""A compiled function is an operation: what holds of the plain function holds of its gradients."""

from __future__ import annotations

import copy
import gc
import pickle
import queue
import weakref

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed

ENGINES = [
    "numpy",
    pytest.param(
        "native",
        marks=pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed"),
    ),
]
X = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])
V = np.array([[1.0, 0.5, -1.0], [0.25, -2.0, 3.0]])
FUNCTIONS = {
    "sum of cubes": lambda x: np.sum(x**3),
    "product": lambda x: np.prod(np.tanh(x)),
    "softmax": lambda x: np.sum(np.exp(x - ag.logsumexp(x, axis=1, keepdims=True)) * np.sin(x)),
    "logsumexp": lambda x: np.sum(ag.logsumexp(x, axis=1) ** 2),
    "where": lambda x: np.sum(np.where(x > 0, np.exp(x), x * x)),
    "matmul": lambda x: np.sum((x @ x.T) ** 2),
    "linalg": lambda x: np.sum(np.linalg.inv(x @ x.T + np.eye(2)) ** 2),
    "several outputs": lambda x: np.sum(np.linalg.eigh(x @ x.T)[0] ** 3),
    "index": lambda x: np.sum(x[:, 1:] * x[0, :2]) + x[1, 2] ** 3,
    "inner gradient": lambda x: np.sum(ag.grad(lambda t: np.sum(t**4))(x) * x),
    "inner value": lambda x: ag.value_and_grad(lambda t: np.sum(np.exp(t)))(x)[0],
    "stopped": lambda x: np.sum(x * ag.stop_gradient(x)),
    "checkpoint": lambda x: np.sum(ag.checkpoint(np.sin)(x) ** 2),
    "sum": np.sum,
}
TRANSFORMS = {
    "grad": lambda f: ag.grad(f)(X),
    "value_and_grad": lambda f: ag.value_and_grad(f)(X),
    "jacobian": lambda f: ag.jacobian(f)(X),
    "jvp": lambda f: ag.jvp(f, X, V),
    "vjp": lambda f: ag.vjp(f, X)[1](2.5),
    "hvp": lambda f: ag.hvp(f)(X, V),
    "hessian": lambda f: ag.hessian(f)(X),
    "checkpoint": lambda f: ag.grad(ag.checkpoint(f))(X),
    "third order": lambda f: ag.grad(lambda x: np.sum(ag.hvp(f)(x, V) ** 2))(X),
    "mixed": lambda f: ag.grad(lambda x: f(x * 2) * np.sum(x) + f(x))(X),
}


def same(found, expected):
    for a, b in zip(_flat(found), _flat(expected), strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        assert np.allclose(a, b, rtol=1e-12, atol=1e-12)


def _flat(tree):
    if isinstance(tree, (tuple, list)):
        return [x for branch in tree for x in _flat(branch)]
    return [np.asarray(tree.data if isinstance(tree, ag.Tensor) else tree)]


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_compiled_function_is_differentiated_as_the_plain_one(f, transform):
    compiled = ag.compile(f)
    for _ in range(2):  # from the second gradient on, forward keeps what backward needs
        same(transform(compiled), transform(f))


@pytest.mark.parametrize("name", ["grad", "hvp", "hessian"])
@pytest.mark.parametrize("f", [FUNCTIONS["matmul"], FUNCTIONS["where"]])
def test_native_gradients(f, name):
    if not native_is_installed():
        pytest.skip("llvmlite is not installed")
    compiled = ag.compile(f, engine="native")
    for _ in range(2):
        same(TRANSFORMS[name](compiled), TRANSFORMS[name](f))


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_derivatives_equal_differences_to_second_order(f):
    if f is FUNCTIONS["stopped"]:
        pytest.skip("is not the derivative of its values")
    ag.check_gradients(ag.compile(f), X)


@pytest.mark.parametrize(
    "transformed",
    [
        lambda f: ag.grad(f),
        lambda f: ag.value_and_grad(f),
        lambda f: ag.jacobian(f),
        lambda f: ag.hessian(f),
        lambda f: ag.checkpoint(f),
        lambda f: ag.grad(ag.compile(f)),
        lambda f: lambda x: ag.jvp(f, x, x * 2),
        lambda f: lambda x: ag.vjp(f, x)[1](np.sum(x)),
        lambda f: lambda x: ag.hvp(f)(x, x * 2),
        lambda f: ag.grad(lambda x: np.sum(ag.grad(ag.compile(ag.compile(f)))(x) ** 2)),
    ],
)
@pytest.mark.parametrize("f", [FUNCTIONS["where"], FUNCTIONS["matmul"]])
def test_transforms_are_compiled(f, transformed):
    program = ag.compile(transformed(f))
    for x in (X, X * -2):
        same(program(x), transformed(f)(x))
    assert program.traces == 1
    # The program is itself an operation.
    compiled, plain = (
        ag.grad(lambda x, g=g: sum(np.sum(y) for y in _tensors(g(x))))(X)
        for g in (program, transformed(f))
    )
    same(compiled, plain)


def _tensors(tree):
    return [tree] if isinstance(tree, ag.Tensor) else [y for x in tree for y in _tensors(x)]


def test_a_number_is_differentiated_as_numpy_computes_with_it():
    program = ag.compile(ag.grad(lambda x: x**3))
    assert program(2.0).data == np.array(12.0)
    assert program(2.0).dtype == np.float64
    mixed = ag.compile(ag.grad(lambda x, y: np.sum(x * y)))
    assert mixed(2.0, np.ones(3, np.float32)).dtype == np.float64
    with pytest.raises(TypeError, match="floating"):
        program(2)


def test_captured_tensors_get_gradients_computed_ones_too():
    w = ag.Variable([3.0, 4.0], name="w")
    b = ag.Tensor([1.0, 1.0], requires_grad=True)
    frozen = ag.Variable([5.0, 5.0], trainable=False)
    doubled = w * 2
    f = ag.compile(lambda x: np.sum(x * w * doubled * frozen + b))
    x = np.array([1.0, 2.0])
    for _ in range(3):
        w.grad = b.grad = None
        f(x).backward()  # sum(x * 2 w^2 * 5 + b)
        assert w.grad.tolist() == (20 * x * w.data).tolist()
        assert b.grad.tolist() == [1.0, 1.0]
        assert frozen.grad is None
    (dw,) = ag.gradients(f(x), [w])
    (ddw,) = ag.gradients(np.sum(dw), [w])
    assert ddw.data.tolist() == (20 * x).tolist()


def test_a_step_that_is_differentiated_through():
    """A gradient step inside of a loss: d/dw of (w - r 2 w)^2 is 2 w (1 - 2 r)^2."""
    w = ag.Variable(3.0)
    inner = ag.compile(lambda rate: w - rate * ag.gradients(w * w, [w])[0])
    (inner(0.25) ** 2).backward()
    assert w.grad == 2 * 3 * 0.25


def test_it_is_one_node_with_the_functions_name():
    w = ag.Variable([3.0, 4.0], name="w")

    @ag.compile
    def loss(x):
        return np.sum(np.tanh(x * w)), w * 2

    a, b = loss(np.ones(2))
    J = a + np.sum(b)
    graph = ag.graph(J)
    assert [node.label for node in graph.nodes][:3] == ["w", "c", "v₁ = loss(c, w)"]
    assert len(graph.nodes) == 7  # 2 results, their sum, the sum of all
    assert graph.nodes[0].gradient is not None
    assert repr(a.inputs[0]) == "Tensor(2 results of loss)"
    for text in (str(ag.draw(J)), str(ag.explain(J, w))):
        assert "loss" in text
        assert "compiled_call" not in text


def test_forward_and_backward_are_programs():
    calls = queue.SimpleQueue()  # which is out of reach: what is put into it is not put back
    f = ag.compile(lambda x: (calls.put(1), np.sum(x**3))[1])
    for _ in range(3):
        assert ag.grad(f)(np.ones(2)).tolist() == [3.0, 3.0]
    assert f.traces == 1
    assert calls.qsize() == 2  # of the trace; nothing calls the function for a gradient


def test_effects_happen_once_and_backward_sees_the_draws_of_the_call():
    count = ag.Variable(0.0, trainable=False)
    generator, twin = np.random.default_rng(3), np.random.default_rng(3)

    @ag.compile
    def f(x):
        count.assign_add(1.0)
        mask = ag.sample(generator, "random", shape=4) > 0.5
        noise = ag.sample(generator, "normal", 0.0, 1.0, shape=4)
        return np.sum(np.where(mask, x**2, 0) * noise)

    for i in range(3):
        mask, noise = twin.random(4) > 0.5, twin.normal(size=4)
        x = np.arange(4.0) + i
        assert np.allclose(ag.grad(f)(x), mask * 2 * x * noise)
        assert count.item() == i + 1
        assert generator.bit_generator.state == twin.bit_generator.state
    first = f(ag.Tensor(x, requires_grad=True))
    mask, noise = twin.random(4) > 0.5, twin.normal(size=4)
    f(x), generator.random(5)
    (dx,) = ag.gradients(first, [first.inputs[0]])
    assert np.allclose(dx.data, mask * 2 * x * noise)
    (ddx,) = ag.gradients(np.sum(dx), [first.inputs[0]])
    assert np.allclose(ddx.data, mask * 2 * noise)


def test_a_variable_assigned_between_forward_and_backward_is_noticed():
    w, scale = ag.Variable([3.0, 4.0]), ag.Variable(2.0, trainable=False)
    f = ag.compile(lambda x: np.sum(x * w * w * scale))
    for variable in (w, scale, w, scale):
        J = f(np.ones(2))
        variable.assign(variable.data + 1)
        with pytest.raises(RuntimeError, match="was assigned after"):
            J.backward()
        f(np.ones(2)).backward()


@pytest.mark.parametrize("kind", ["argument", "captured", "tensor"])
def test_an_array_changed_between_forward_and_backward_is_noticed(kind):
    w = ag.Variable([3.0, 4.0])
    a, x = np.array([1.0, 2.0]), np.ones(2)
    held = ag.Tensor(a) if kind == "tensor" else a
    f = ag.compile(lambda x: np.sum(x * w * w * held))
    changed = {"argument": x, "captured": a, "tensor": getattr(held, "data", a)}[kind]
    for _ in range(3):
        J = f(x)
        changed[0] += 1
        with pytest.raises(RuntimeError, match="has been changed since"):
            J.backward()
        w.grad = None
        f(x).backward()
        assert w.grad.tolist() == (2 * w.data * x * np.asarray(held)).tolist()


def test_a_variable_that_the_function_itself_assigns():
    """As plain Python: what was read before it is mixed, what is read after is not."""
    w = ag.Variable([3.0, 4.0])

    def reads_before(x):
        J = np.sum(w * w * x)
        w.assign(w * 2)
        return J

    def reads_after(x):
        w.assign(x * 2)
        return np.sum(w * w * x)

    compiled = ag.compile(reads_before)
    for f in (reads_before, compiled, compiled):
        with pytest.raises(RuntimeError, match="was assigned after"):
            f(ag.Tensor(np.ones(2))).backward()
    compiled = ag.compile(reads_after)
    for f in (reads_after, compiled, compiled):
        w.grad = None
        x = ag.Tensor([1.0, 2.0], requires_grad=True)
        f(x).backward()
        assert x.grad.tolist() == [4.0, 16.0]  # of the last factor alone: w is a leaf
        assert w.grad.tolist() == [4.0, 16.0]  # 2 w x with w = 2 x


def test_statistics_that_a_layer_keeps_do_not_stand_in_the_way():
    mean = ag.Variable([0.0, 0.0], trainable=False)
    w = ag.Variable([1.0, 2.0])

    @ag.compile
    def f(x):
        centre = np.mean(x, axis=0)
        mean.assign(mean * 0.9 + centre * 0.1)
        return np.sum((x - centre) ** 2 * w)

    x = np.array([[1.0, 2.0], [3.0, 8.0]])
    for expected in ([0.2, 0.5], [0.38, 0.95], [0.542, 1.355]):
        w.grad = None
        f(x).backward()
        assert w.grad.tolist() == [2.0, 18.0]
        assert mean.data.tolist() == pytest.approx(expected)


def test_no_grad_and_nothing_to_differentiate_record_nothing():
    w = ag.Variable([1.0, 2.0])
    f = ag.compile(lambda x: (np.sum(x * w), np.argmax(x), x + 1, ag.stop_gradient(w)))
    with ag.no_grad():
        assert all(y.function is None and not y.requires_grad for y in f(np.ones(2)))
    kinds = [y.requires_grad for y in f(np.ones(2))]
    assert kinds == [True, False, False, False]
    w.trainable = False
    assert not any(y.requires_grad for y in ag.compile(lambda x: np.sum(x * w))(np.ones(2)).inputs)


def test_results_of_several_dtypes():
    def f(x):
        return [x.astype(np.float32) * 2, {"a": x * 3}, np.sum(x > 0), None]

    compiled = ag.compile(f)
    for g in (f, compiled, compiled):
        x = ag.Tensor([1.0, -2.0], requires_grad=True)
        single, double, count, nothing = g(x)
        assert (single.dtype, double["a"].dtype) == (np.float32, np.float64)
        assert nothing is None
        assert count.item() == 1
        (np.sum(single) + np.sum(double["a"])).backward()
        assert x.grad.tolist() == [5.0, 5.0]
        assert x.grad.dtype == np.float64


def test_float32_stays_float32():
    f = ag.compile(lambda x, rate: np.sum(x * rate) ** 2)
    for _ in range(2):
        found = ag.grad(f)(np.ones(2, np.float32), 0.5)
        assert found.dtype == np.float32
        assert found.tolist() == [1.0, 1.0]


def test_inside_of_an_anomaly_watch_every_operation_is_seen():
    f = ag.compile(lambda x: np.sum(np.log(x)))
    f(np.ones(2))
    with pytest.raises(ag.AnomalyError, match="log made -inf"), ag.detect_anomaly():
        f(ag.Tensor([0.0, 1.0], requires_grad=True))


def test_a_graph_through_a_program_is_copied_and_pickled():
    w = ag.Variable([3.0, 4.0])
    f = ag.compile(lambda x: np.sum(x * w * w))
    f(np.ones(2)).backward()
    w.grad = None
    J = f(np.ones(2)) * 2
    for other in (copy.deepcopy(J), pickle.loads(pickle.dumps(J))):
        (leaf,) = (x for x in other.inputs[0].inputs if isinstance(x, ag.Variable))
        assert leaf is not w
        other.backward()
        assert leaf.grad.tolist() == [12.0, 16.0]
    assert w.grad is None


def test_a_graph_outlives_the_compiled_function_and_goes_with_its_result():
    w = ag.Variable([3.0, 4.0])
    f = ag.compile(lambda x: np.sum(x * w))
    x = np.ones(2)
    J = f(x)
    del f
    J.backward()
    assert w.grad.tolist() == [1.0, 1.0]
    gone = weakref.ref(J)
    gc.disable()
    try:
        del J
        assert gone() is None
    finally:
        gc.enable()


def test_an_argument_that_is_also_captured():
    w = ag.Tensor([3.0, 4.0], requires_grad=True)
    f = ag.compile(lambda x: np.sum(x * w * w))
    for _ in range(2):
        w.grad = None
        f(w).backward()
        assert w.grad.tolist() == [27.0, 48.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_upstream_gradients_in_any_layout(engine):
    f = ag.compile(lambda x: x * 2.0 + x[::-1], engine=engine)
    upstream = np.asfortranarray(np.arange(6.0).reshape(2, 3) ** 2)
    for _ in range(2):
        x = ag.Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
        f(x).backward(upstream)
        assert x.grad.tolist() == (upstream * 2 + upstream[::-1]).tolist()


def test_empty_arrays_have_gradients():
    f = ag.compile(lambda x: np.sum(x, axis=0))
    for _ in range(2):
        x = ag.Tensor(np.zeros((0, 3)), requires_grad=True)
        f(x).backward(np.ones(3))
        assert x.grad.shape == (0, 3)


def test_gradients_inside_of_a_compiled_function_through_one_called_before():
    f = ag.compile(lambda x: np.sum(x**3))
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    outer = ag.compile(lambda t: ag.gradients(f(t * 2), [t])[0])
    assert outer(x).data.tolist() == [24.0, 96.0]
