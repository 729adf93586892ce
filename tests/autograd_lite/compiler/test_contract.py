"""Calling the compiled function gives what calling the function itself would give now."""

from __future__ import annotations

import collections
import contextvars
import copy
import dataclasses
import functools
import threading
import types
import warnings

import numpy as np
import pytest

import autograd_lite as ag

X = np.array([1.0, -2.0, 0.5])
SCALE = 2.0
SETTINGS = types.ModuleType("settings")
CHOICE = contextvars.ContextVar("choice", default=1.0)


class Scaled:
    factor = 1.0

    def __init__(self, rate=2.0):
        self.rate = rate
        self.inner = {"list": [1.0, 2.0], "array": np.array([1.0, 2.0, 3.0])}

    def __call__(self, x):
        return x * self.rate

    @property
    def doubled(self):
        return self.rate * 2


class Slotted:
    __slots__ = ("rate",)

    def __init__(self):
        self.rate = 2.0


@dataclasses.dataclass(frozen=True)
class Frozen:
    weights: dict


def results(f, *args):
    found = f(*args)
    return np.asarray(found.data if isinstance(found, ag.Tensor) else found)


def require_current(f, change, engine="numpy"):
    """Assert that f compiled is f, before a change to what it reads and after."""
    compiled = ag.compile(f, engine=engine)
    assert results(compiled, X).tobytes() == results(f, X).tobytes()
    assert results(compiled, X).tobytes() == results(f, X).tobytes()
    before = results(f, X)
    change()
    assert results(f, X).tobytes() != before.tobytes(), "the change has to matter"
    for _ in range(2):
        assert results(compiled, X).tobytes() == results(f, X).tobytes()
    assert compiled.traces == 2


# -- what is read from around a function -----------------------------------------------------------


def of_objects():
    thing, slotted, frozen = Scaled(), Slotted(), Frozen({"w": 2.0})
    space, counter = types.SimpleNamespace(rate=2.0), collections.Counter(a=2)
    nested = [{"rates": (Scaled(), [3.0])}]
    queue, chosen = collections.deque([2.0]), {2.0}
    yield "attribute", lambda x: x * thing.rate, lambda: setattr(thing, "rate", 3.0)
    yield "callable", thing, lambda: setattr(thing, "rate", 4.0)
    yield "bound method", thing.__call__, lambda: setattr(thing, "rate", 5.0)
    yield "property", lambda x: x * thing.doubled, lambda: setattr(thing, "rate", 6.0)
    yield "class attribute", lambda x: x * Scaled.factor, lambda: setattr(Scaled, "factor", 3.0)
    yield (
        "method",
        lambda x: Scaled(2.0)(x),
        lambda: setattr(Scaled, "__call__", lambda self, x: x * 7),
    )
    yield "slot", lambda x: x * slotted.rate, lambda: setattr(slotted, "rate", 3.0)
    yield "dataclass", lambda x: x * frozen.weights["w"], lambda: frozen.weights.update(w=3.0)
    yield "namespace", lambda x: x * space.rate, lambda: setattr(space, "rate", 3.0)
    yield "counter", lambda x: x * counter["a"], lambda: counter.update(a=1)
    yield (
        "nested",
        lambda x: x * nested[0]["rates"][1][0],
        lambda: nested[0]["rates"][1].insert(0, 1.0),
    )
    yield "deque", lambda x: x * queue[-1], lambda: queue.append(3.0)
    yield "set", lambda x: x * sum(chosen), lambda: chosen.add(3.0)
    yield "partial", functools.partial(lambda x, s: x * s["a"], s=counter), lambda: counter.clear()


def of_names():
    global SCALE
    default, keyword, cell = [2.0], [2.0], 2.0

    def change_cell():
        nonlocal cell
        cell = 3.0

    def in_defaults(x, by=default):
        return x * by[0]

    def in_keywords(x, *, by=keyword):
        return x * by[0]

    def counted(x):
        return x * counted.calls

    def set_global():
        global SCALE
        SCALE = -SCALE

    def helper(x):
        return sum(y * SCALE for y in [x])

    counted.calls = 1
    SETTINGS.rate = 2.0
    yield "cell", lambda x: x * cell, change_cell
    yield "default", in_defaults, lambda: default.__setitem__(0, 3.0)
    yield (
        "defaults",
        lambda x: in_defaults(x),
        lambda: setattr(in_defaults, "__defaults__", ([9.0],)),
    )
    yield "keyword default", in_keywords, lambda: keyword.__setitem__(0, 3.0)
    yield "function attribute", counted, lambda: setattr(counted, "calls", 2)
    yield "global, in an inner function", lambda x: helper(x), set_global
    yield "module", lambda x: x * SETTINGS.rate, lambda: setattr(SETTINGS, "rate", 3.0)
    yield "context variable", lambda x: x * CHOICE.get(), lambda: CHOICE.set(CHOICE.get() + 1)


def of_arrays():
    M = np.array([1.0, 0.0, 2.0])
    whole, zero = np.arange(6.0), np.zeros(1)
    part = whole[::2]
    q, pads, shift = np.array(0.5), np.array([1, 1]), np.array([1])
    box = Scaled().inner
    turned = np.arange(9.0).reshape(3, 3).T
    yield "operand", lambda x: x * M, lambda: M.__setitem__(0, 5.0)
    yield "computed of", lambda x: x * (1 - M), lambda: M.__setitem__(0, 6.0)
    yield "compared", lambda x: np.where(M > 0, x, 0), lambda: M.__setitem__(1, 1.0)
    yield "summed", lambda x: x * M.sum(), lambda: M.__setitem__(1, 2.0)
    yield "element", lambda x: x * M[0], lambda: M.__setitem__(0, 7.0)
    yield "branch", lambda x: x if M[2] > 0 else -x, lambda: M.__setitem__(2, -1.0)
    yield "sign of zero", lambda x: np.copysign(x, zero), lambda: zero.__setitem__(0, -0.0)
    yield "base", lambda x: x * part, lambda: whole.__setitem__(0, 5.0)
    yield "fraction", lambda x: np.quantile(x, q), lambda: q.__setitem__((), 0.9)
    yield "pad width", lambda x: np.pad(x, pads), lambda: pads.__setitem__(0, 2)
    yield "shift", lambda x: np.roll(x, int(shift[0])), lambda: shift.__setitem__(0, 2)
    yield "fill", lambda x: x * np.full(3, M[0]), lambda: M.__setitem__(0, 8.0)
    yield "in a dict", lambda x: x * box["array"], lambda: box.update(array=np.ones(3) * 9)
    yield "transposed", lambda x: x @ (turned + 1), lambda: turned.__setitem__((0, 1), 9.0)


KINDS = [*of_objects(), *of_names(), *of_arrays()]


@pytest.mark.parametrize(("f", "change"), [k[1:] for k in KINDS], ids=[k[0] for k in KINDS])
def test_a_change_of_what_a_function_reads_counts_at_the_next_call(f, change):
    factor, call = Scaled.factor, Scaled.__call__
    try:
        require_current(f, change)
    finally:
        Scaled.factor, Scaled.__call__ = factor, call


@pytest.mark.parametrize(
    ("one", "other"),
    [(0.0, -0.0), (1, 1.0), (1, True), (np.float32(2), np.float64(2)), ((2,), (2.0,)), ("a", "b")],
)
def test_values_that_compare_equal_are_told_apart(one, other):
    held = [one]

    def f(x):
        value = held[0][0] if isinstance(held[0], tuple) else held[0]
        kind = float(type(value).__name__ == "float") + len(str(value)) / 8
        return x * kind * (1.0 if isinstance(value, str) else np.copysign(1.0, value))

    compiled = ag.compile(f)
    compiled(X)
    held[0] = other
    assert results(compiled, X).tobytes() == results(f, X).tobytes()


def test_nan_equals_itself_and_equal_values_mean_no_new_trace():
    held = {"nan": float("nan"), "rate": 0.1, "shape": (3,), "kind": np.dtype("f4")}
    f = ag.compile(lambda x: np.reshape(x, held["shape"]) * held["rate"] + held["nan"])
    f(X)
    held.update(nan=-float("-nan") * 1, rate=float("0.1"), shape=(int("3"),), kind=np.dtype("f4"))
    f(X)
    assert f.traces == 1


def test_arrays_that_nobody_can_write_to_are_compared_by_what_they_are():
    M = np.arange(3.0)
    M.flags.writeable = False
    held = [M]
    f = ag.compile(lambda x: x * (held[0] + 1))
    assert f(X).data.tolist() == (X * (M + 1)).tolist()
    held[0] = M * 2
    assert f(X).data.tolist() == (X * (M * 2 + 1)).tolist()
    M.flags.writeable = True
    held[0] = M
    f(X)
    M[0] = 7
    assert f(X).data.tolist() == (X * (M + 1)).tolist()


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_a_variable_that_is_frozen_after_tracing_does_not_train(engine):
    if engine == "native":
        pytest.importorskip("llvmlite")
    w, v = ag.Variable([1.0, 2.0]), ag.Variable([1.0])

    def f(x):
        trained = [p for p in (w, v) if p.trainable]
        for p, d in zip(trained, ag.gradients(np.sum(w * v * x), trained), strict=True):
            p.assign_sub(0.5 * d)
        return np.sum(w)

    f = ag.compile(f, engine=engine)
    f(np.ones(2))
    w.trainable = False
    before = w.data.copy()
    f(np.ones(2))
    assert w.data.tolist() == before.tolist()
    w.trainable = True
    f(np.ones(2))
    assert w.data.tolist() != before.tolist()


def test_what_keeps_changing_is_left_to_python_with_one_warning_that_names_it():
    class Schedule:
        rate = 0.0

    schedule = Schedule()
    f = ag.compile(lambda x: x * schedule.rate)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for i in range(40):
            schedule.rate = i * 0.5
            assert f(X).data.tolist() == (X * (i * 0.5)).tolist()
    assert [str(w.message).split(":")[1] for w in said] == [
        " schedule.rate keeps changing between calls, and to trace a function again takes far "
        "longer than a call. Pass it as an argument, or make it a Variable"
    ]
    assert said[0].filename == __file__
    assert f.traces < 10


def test_a_rare_change_is_no_reason_to_give_up():
    held = [1.0]
    f = ag.compile(lambda x: x * held[0])
    for i in range(12):
        held[0] = float(i)
        for _ in range(101):
            f(X)
    assert f.traces == 12


def test_what_moves_on_as_it_is_read_is_left_to_python():
    numbers = iter([1.0, 2.0, 3.0])
    f = ag.compile(lambda x: x * next(numbers))
    with pytest.warns(UserWarning, match="numbers moves on"):
        assert f(X).data.tolist() == X.tolist()
    assert f(X).data.tolist() == (X * 2).tolist()


# -- what a function does to what is around it -----------------------------------------------------


def with_effects():
    log, thing, table = [], Scaled(), {"n": 0}
    array, rng, queue = np.zeros(3), np.random.default_rng(0), collections.deque(maxlen=2)

    def appends(x):
        log.append(1)
        return x * len(log)

    def sets(x):
        thing.rate += 1
        return x * 2

    def counts(x):
        table["n"] = table["n"] + 1
        return x * table["n"]

    def writes(x):
        array[0] += 1
        return x * array

    def draws(x):
        return x * rng.normal()

    def draws_globally(x):
        return x * np.random.normal()

    def pushes(x):
        queue.append(len(queue))
        return x + sum(queue)

    def keeps(x):
        thing.last = x * 2
        return thing.last

    def own(x):
        own.calls = getattr(own, "calls", 0) + 1
        return x * own.calls

    state = {"log": log, "thing": thing, "table": table, "array": array, "rng": rng, "queue": queue}
    for f in (appends, sets, counts, writes, draws, draws_globally, pushes, keeps, own):
        yield f, state


def state_of(f, state):
    bits = state["rng"].bit_generator.state, np.random.get_state()[1].tobytes()
    thing = {
        k: v.data.tolist() if isinstance(v, ag.Tensor) else v
        for k, v in vars(state["thing"]).items()
    }
    return repr(
        [state["log"], thing, state["table"], state["array"], state["queue"], bits, vars(f)]
    )


@pytest.mark.parametrize("i", range(9))
def test_effects_on_python_happen_once_at_each_call(i):
    found = []
    for compiles in (False, True):
        np.random.seed(0)
        f, state = list(with_effects())[i]
        run = ag.compile(f) if compiles else f
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            values = [results(run, ag.Tensor(X)).tolist() for _ in range(5)]
        found.append((values, state_of(f, state)))
        assert len(said) == int(compiles)
    assert found[0] == found[1]


def test_what_is_made_at_the_first_call_alone_is_no_reason_to_give_up():
    cache = {}

    def f(x):
        if "w" not in cache:
            cache["w"] = ag.Variable(np.ones(3), name="w")
        return x * cache["w"]

    f = ag.compile(f)
    for _ in range(3):
        f(X)
    assert f.traces == 1
    cache["w"].assign(np.zeros(3))
    assert f(X).data.tolist() == [0.0, -0.0, 0.0]


def test_a_refusal_half_way_leaves_no_effects():
    log, w = [], ag.Variable([1.0])

    def f(x):
        log.append("called")
        w.assign_add(1.0)
        return x if np.sum(x) > 0 else -x

    with pytest.raises(ag.TracingError):
        ag.compile(f)(X)
    assert (log, w.data.tolist()) == ([], [1.0])


@pytest.mark.parametrize("change", [lambda xs, y: xs.append(y), lambda xs, y: xs.clear()])
def test_a_function_that_changes_its_arguments_is_refused(change):
    def f(xs, y):
        change(xs, y)
        return y * 2

    given = [X]
    for _ in range(2):
        with pytest.raises(ag.TracingError, match="f changes its arguments"):
            ag.compile(f)(given, X)
    assert given[0] is X
    assert len(given) == 1


def test_an_error_that_is_caught_may_not_be_raised_by_other_values():
    def f(x):
        try:
            return np.linalg.inv(x)
        except np.linalg.LinAlgError:
            return x * 0.0

    compiled = ag.compile(f)
    assert compiled(np.zeros((2, 2))).data.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert compiled(np.eye(2)).data.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    again = ag.compile(f)
    again(np.zeros((2, 2)))
    with pytest.warns(UserWarning, match="catches an error that may depend on values"):
        assert again(np.zeros((2, 2))).data.sum() == 0


def test_an_error_half_way_leaves_what_it_leaves_in_python():
    log, w = [], ag.Variable([1.0])

    def f(x):
        log.append("called")
        w.assign_add(1.0)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        ag.compile(f)(X)
    assert (log, w.data.tolist()) == (["called"], [2.0])


def test_other_threads_see_the_weights_as_they_are_while_a_function_is_traced():
    w = ag.Variable(np.ones(2))
    seen, inside, looked = [], threading.Event(), threading.Event()

    def look():
        inside.wait(10)
        seen.append(w.data.tolist())
        looked.set()

    def f(x):
        w.assign_add(x)
        inside.set()
        looked.wait(10)
        return np.sum(w)

    thread = threading.Thread(target=look)
    thread.start()
    ag.compile(f)(np.ones(2))
    thread.join()
    assert seen == [[1.0, 1.0]]
    assert w.data.tolist() == [2.0, 2.0]


# -- values, which nobody may read while a function is traced --------------------------------------

OPERATORS = {
    "comparison": lambda x: x * (x.data > 0),
    "arithmetic": lambda x: x + 0 * x.data,
    "reflected": lambda x: x + 2**x.data,
    "matmul": lambda x: x * (x.data @ x.data),
    "ufunc": lambda x: x * np.isnan(x.data),
    "function": lambda x: x[np.argsort(x.data)],
    "method": lambda x: x * x.data.any(),
    "element": lambda x: x * x.data[0],
    "loop": lambda x: x * sum(v for v in x.data),
    "unpacked": lambda x: x * max(*x.data),
    "contained": lambda x: x if 1.0 in x.data else -x,
    "array": lambda x: x * np.array(x.data),
    "copied": lambda x: x * copy.copy(x.data),
    "written": lambda x: x.data.__setitem__(0, 1.0),
    "added to": lambda x: exec("x.data += 1") or x,
    "replaced": lambda x: setattr(x, "data", X) or x,
    "tensor of data": lambda x: x * ag.Tensor(x.data),
    "tensor of tensor": lambda x: x * ag.Tensor(x),
    "deepcopy": lambda x: x * copy.deepcopy(x),
    "tolist": lambda x: x * x.tolist()[0],
    "numpy": lambda x: x * x.numpy(),
    "item": lambda x: x * np.sum(x).item(),
    "float": lambda x: x * float(np.sum(x)),
    "int": lambda x: x * int(np.sum(x)),
    "bool": lambda x: x if bool(np.sum(x)) else -x,
    "index": lambda x: [1, 2, 3][np.argmax(x)] * x,
    "range": lambda x: x * len(range(np.argmax(x))),
    "format": lambda x: x * len(f"{x:}") if False else x * len(f"{np.sum(x):.3f}"),
    "asarray": lambda x: x * np.asarray(x),
    "nonzero": lambda x: np.sum(x[np.nonzero(x > 0)]),
    "flatnonzero": lambda x: x * len(np.flatnonzero(x)),
    "argwhere": lambda x: x * len(np.argwhere(x)),
    "array_equal": lambda x: x if np.array_equal(x, X) else -x,
    "array_equiv": lambda x: x if np.array_equiv(x, X) else -x,
    "allclose": lambda x: x if np.allclose(x, X) else -x,
    "mask": lambda x: np.sum(x[x > 0]),
    "compress": lambda x: np.sum(np.compress(x > 0, x)),
    "extract": lambda x: np.sum(np.extract(x > 0, x)),
    "equality": lambda x: x if np.sum(x) == 1 else -x,
    "sorted": lambda x: sorted(x)[0] * x,
    "membership": lambda x: x if 1.0 in list(x) else -x,
    "text": lambda x: x * len(np.array2string(x)),
}


@pytest.mark.parametrize("read", OPERATORS.values(), ids=OPERATORS)
def test_reading_a_value_is_refused_with_the_line(read):
    with pytest.raises(ag.TracingError, match=r"(test_contract.py:\d+|<string>:1)"):
        ag.compile(read)(X)


@pytest.mark.parametrize("read", OPERATORS.values(), ids=OPERATORS)
def test_a_refusal_cannot_be_caught_inside(read):
    def f(x):
        try:
            return read(x)
        except Exception:
            return x

    with pytest.raises(ag.TracingError):
        ag.compile(f)(X)


def test_shapes_and_dtypes_can_be_read_of_data():
    w = ag.Variable(np.ones((2, 3), np.float32))

    def f(x):
        data = w.data
        assert isinstance(data, np.ndarray)
        assert (data.shape, data.dtype, data.ndim, data.size, len(data)) == ((2, 3), "f4", 2, 6, 2)
        assert (np.shape(data), np.ndim(data), np.size(data)) == ((2, 3), 2, 6)
        assert (data.nbytes, data.itemsize) == (24, 4)
        return x * data.shape[0]

    assert ag.compile(f)(X).data.tolist() == (X * 2).tolist()


def test_data_that_was_kept_from_tracing_says_what_it_is():
    kept = []

    def f(x):
        kept.append(x.data)
        return x

    compiled = ag.compile(f)
    compiled(X)
    with pytest.warns(UserWarning, match="kept"):
        compiled(X)
    assert all(type(x) is np.ndarray for x in kept)


def test_gradients_of_captured_arrays_are_recorded_while_tracing():
    w, M = ag.Variable([2.0, 3.0]), np.array([1.0, 2.0])
    f = ag.compile(lambda x: x * ag.grad(lambda m: np.sum(w * m * m))(M))
    assert f(np.ones(2)).data.tolist() == [4.0, 12.0]
    w.assign([1.0, 1.0])
    assert f(np.ones(2)).data.tolist() == [2.0, 4.0]


def test_a_gradient_through_what_was_computed_before_is_refused():
    w = ag.Variable([1.0, 2.0])
    y = w * w
    with pytest.raises(ag.TracingError, match="computed before"):
        ag.compile(lambda x: ag.gradients(np.sum(y * x), [w])[0])(np.ones(2))


# -- Variables -------------------------------------------------------------------------------------

VIEWS = {
    "slice": lambda w: w[:1],
    "row": lambda w: w[0],
    "reversed": lambda w: w[::-1],
    "transposed": lambda w: w.T,
    "reshaped": lambda w: np.reshape(w, (-1,)),
    "raveled": lambda w: w.ravel(),
    "squeezed": lambda w: np.squeeze(w),
    "expanded": lambda w: np.expand_dims(w, 0),
    "broadcast": lambda w: np.broadcast_to(w, (2, *w.shape)),
    "swapped": lambda w: np.swapaxes(w, 0, 1),
    "diagonal": lambda w: np.diagonal(w),
    "real": lambda w: np.real(w),
    "positive": lambda w: +w,
    "stopped": ag.stop_gradient,
    "view of a view": lambda w: w.T[:1][::-1],
    "split": lambda w: np.split(w, 2)[1],
    "flipped": lambda w: np.flip(w, 0),
}


@pytest.mark.parametrize("owned", [True, False])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_what_was_read_of_a_variable_stays_as_it_was_read(view, owned):
    """With the array of the Variable its own, or part of another, as an optimizer keeps it."""

    def run(compiles):
        w = ag.Variable(np.arange(4.0).reshape(2, 2))
        if not owned:
            w.data = np.arange(8.0)[:4].reshape(2, 2)

        def f(x):
            before = view(w)
            w.assign(w * 10 + x)
            return before * 1, w * 1

        run = ag.compile(f) if compiles else f
        return [y.data.tolist() for y in run(ag.Tensor(1.0) if not compiles else np.array(1.0))]

    expected = view(ag.Tensor(np.arange(4.0).reshape(2, 2))).data
    assert run(False) == [expected.tolist(), (np.arange(4.0).reshape(2, 2) * 10 + 1).tolist()]
    assert run(True) == run(False)
