"""What a compiled function is called with: keys that are exact, containers, numbers, methods."""

from __future__ import annotations

import collections
import copy
import dataclasses
import decimal
import enum
import gc
import math
import pickle
import queue
import threading
import weakref

import numpy as np
import pytest

import autograd_lite as ag

X = np.array([1.0, 2.0])


class Plain(enum.Enum):
    ONE = 1


class Number(enum.IntEnum):
    ONE = 1
    TWO = 2


class Text(str):
    __slots__ = ()


@dataclasses.dataclass(frozen=True)
class Settings:
    rate: float
    other: object = None


@dataclasses.dataclass(frozen=True)
class Others:
    rate: float
    other: object = None


@dataclasses.dataclass
class Pair:
    first: object
    second: object = None
    made: object = dataclasses.field(init=False, default=7)


P = collections.namedtuple("P", "a b")
Q = collections.namedtuple("Q", "a b")

# Each value beside one that is equal to it, or hard to tell from it.
LOOK_ALIKES = [
    (0.0, -0.0),
    (1, True),
    (1, 1.0),
    (0, False),
    ((2,), (2.0,)),
    ((0.0,), (-0.0,)),
    (((1,), 2), ((True,), 2)),
    (P(1, 2), Q(1, 2)),
    (P(1, 2), (1, 2)),
    (frozenset([1]), frozenset([1.0])),
    (Number.ONE, 1),
    (Number.ONE, Number.TWO),
    ("a", Text("a")),
    ("1", b"1"),
    (Settings(0.0), Settings(-0.0)),
    (Settings(1), Settings(True)),
    (Settings(1.0), Others(1.0)),
    (Settings(1.0, (0.0,)), Settings(1.0, (-0.0,))),
    (np.float64(2), np.float32(2)),
    (np.float64(0.0), np.float64(-0.0)),
    (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
    (decimal.Decimal(0), decimal.Decimal("-0")),
    (1j, complex(0.0, 1.0)),
    (complex(0.0, 1), complex(-0.0, 1)),
    (Plain.ONE, Number.ONE),
    (math.nan, 0.0),
]


@pytest.mark.parametrize(("first", "second"), LOOK_ALIKES, ids=repr)
def test_static_arguments_are_told_apart_exactly(first, second):
    seen = queue.SimpleQueue()  # which is out of reach: what is put into it is not put back

    def f(x, s):
        seen.put(s)
        return x * 1.0

    def latest():
        return [seen.get() for _ in range(seen.qsize())][-1]

    program = ag.compile(f, static="s")
    program(X, first)
    assert latest() is first
    program(X, second)
    same = repr(first) == repr(second) and type(first) is type(second)
    assert program.traces == 1 + (not same)
    assert same or latest() is second
    traces = program.traces
    for again in (first, second, copy.copy(first)):
        program(X, again)
    assert program.traces == traces


def test_nan_is_found_again_and_minus_zero_is_not_zero():
    program = ag.compile(lambda x, s: np.copysign(x, s), static=["s"])
    assert program(X, 0.0).data.tolist() == [1.0, 2.0]
    assert program(X, -0.0).data.tolist() == [-1.0, -2.0]
    program(X, math.nan)
    program(X, float("nan"))
    assert program.traces == 3


def test_structures_are_told_apart_by_their_classes_and_keys():
    program = ag.compile(lambda p: p[0] - p[1])
    first = collections.namedtuple("P", "a b")
    second = collections.namedtuple("P", "b a")
    by_name = ag.compile(lambda p: p.a - p.b)
    assert by_name(first(X, X * 3)).data.tolist() == [-2.0, -4.0]
    assert by_name(second(b=X, a=X * 3)).data.tolist() == [2.0, 4.0]
    for tree in ((X, X), [X, X], P(X, X), Q(X, X)):
        program(tree)
    assert program.traces == 4
    keyed = ag.compile(lambda d: next(iter(d.values())) * len(d))
    for tree in ({1: X}, {True: X}, {1.0: X}, {"1": X}, collections.OrderedDict({1: X})):
        keyed(tree)
    assert keyed.traces == 5


@pytest.mark.parametrize("member", [Plain.ONE, Number.ONE, Number.TWO])
def test_members_of_an_enum_are_static_by_themselves(member):
    program = ag.compile(lambda x, m: x * (2 if m is Number.ONE else 3))
    for _ in range(2):
        assert program(X, Number.ONE).data.tolist() == [2.0, 4.0]
        assert program(X, member).data.tolist() == (X * (2 if member is Number.ONE else 3)).tolist()


def _ordered(x):
    return collections.OrderedDict([("b", x), ("a", x * 2)])


def _defaults(x):
    found = collections.defaultdict(list)
    found["k"] = x
    return found


@pytest.mark.parametrize(
    "made",
    [
        lambda x: {"b": x, "a": x * 2},
        _ordered,
        _defaults,
        lambda x: P(x, [x * 2, None]),
        lambda x: Pair(x, {"deep": (x * 2,)}),
        lambda x: Settings(x, None),
        lambda x: [x, ()],
    ],
)
def test_containers_go_in_and_come_out_as_what_they_are(made):
    kinds = []

    def f(tree, x):
        kinds.append(type(tree))
        return tree, made(x)

    tree, found = ag.compile(f)(made(X), X)
    assert type(tree) is type(found) is kinds[0] is type(made(X))
    for result in (tree, found):
        _same(result, made(X))


def _same(found, expected):
    if isinstance(expected, np.ndarray):
        assert isinstance(found, ag.Tensor)
        assert found.data.tolist() == expected.tolist()
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        assert getattr(found, "default_factory", 0) == getattr(expected, "default_factory", 0)
        for key in expected:
            _same(found[key], expected[key])
    elif isinstance(expected, (tuple, list)):
        assert type(found) is type(expected)
        for a, b in zip(found, expected, strict=True):
            _same(a, b)
    elif dataclasses.is_dataclass(expected):
        for name in vars(expected):
            _same(getattr(found, name), getattr(expected, name))
    elif isinstance(found, ag.Tensor):
        assert found.item() == expected
    else:
        assert found == expected


def test_gradients_by_a_dataclass_are_a_dataclass():
    def f(p):
        return np.sum(p.rate**2 * p.other["k"])

    for g in (f, ag.compile(f)):
        found = ag.grad(g)(Settings(X, {"k": X * 3}))
        assert type(found) is Settings
        assert found.rate.tolist() == (6 * X**2).tolist()
        assert found.other["k"].tolist() == (X**2).tolist()


def test_a_dataclass_without_arrays_is_a_setting_and_may_decide():
    program = ag.compile(lambda x, c: x if c.rate > 0.5 else -x)
    assert program(X, Settings(1.0)).data.tolist() == [1.0, 2.0]
    assert program(X, Settings(0.0)).data.tolist() == [-1.0, -2.0]
    assert program(X, c=Settings(1.0)).data.tolist() == [1.0, 2.0]


# -- numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "numbers"),
    [
        (lambda x, i: x[i], (0, 1, -1)),
        (lambda x, i: x[i, i] * x[i], (0, 1)),
        (lambda x, i: x[:, i] * 2, (0, 1)),
        (lambda x, n: x * n**-1, (2, 3)),
        (lambda x, n: x * 2**n, (2, -3)),
        (lambda x, n: x**n, (2, 3)),
        (lambda x, n: x * abs(-n) + -n, (2, -3)),
        (lambda x, n: x * (n // 2 % 3), (7, 9)),
        (lambda x, n: x.astype(np.float32) * abs(n), (2.0, -3.5)),
        (lambda x, n: x.astype(np.float32) * np.float64(2) * n, (2.0, 3.5)),
        (lambda x, n: x * (n * 10**30), (2, 3)),
        (lambda x, n: np.full_like(x, n), (2.0, 3.5)),
        (lambda x, n: np.var(x, ddof=n) + np.sum(x, initial=n), (1, 2)),
        (lambda x, n: np.where(n > 2, x, -x), (1, 4)),
    ],
)
def test_numbers_are_those_of_the_call(f, numbers):
    program = ag.compile(f)
    x = np.arange(1.0, 5.0).reshape(2, 2)
    for n in numbers:
        found, expected = program(x, n), np.asarray(f(x, n))
        assert isinstance(found.data, np.ndarray)
        assert found.dtype == expected.dtype
        assert np.allclose(found.data, expected, rtol=1e-15)
    assert program.traces == 1


@pytest.mark.parametrize(
    "f",
    [
        lambda x, n: np.sum(x, axis=n),
        lambda x, n: np.sum(x, axis=(0, n)),
        lambda x, n: x.sum(n),
        lambda x, n: np.cumsum(x, n),
        lambda x, n: x[n:],
        lambda x, n: x.reshape(n, -1),
        lambda x, n: np.roll(x, n),
        lambda x, n: np.tile(x, n),
        lambda x, n: np.eye(2 * n) @ x,
        lambda x, n: x * sum(range(n)),
        lambda x, n: x * len([0] * n),
        lambda x, n: np.linalg.norm(x, n),
        lambda x, n: (f"{n}", x * n)[1],
        lambda x, n: ({"w1": x}[f"w{n}"],),
        lambda x, n: (str(n), x)[1],
        lambda x, n: {1: x, 2: -x}[n],
        lambda x, n: x * round(n),
        lambda x, n: x * int(n),
        lambda x, n: x * float(n),
        lambda x, n: x * math.sqrt(n),
        lambda x, n: x * divmod(n, 2)[0],
        lambda x, n: x * n.bit_length(),
        lambda x, n: x * (n << 1),
        lambda x, n: x if n > 0 else -x,
        lambda x, n: x * min(n, 3),
    ],
)
def test_where_the_value_of_a_number_decides_the_line_is_named(f):
    with pytest.raises(ag.TracingError, match=r"static.*test_compiled_arguments.py:\d+"):
        ag.compile(f)(np.ones((2, 2)), 1)
    program = ag.compile(f, static="n")
    found, expected = (g(ag.Tensor(np.full((2, 2), 3.0)), 1) for g in (program, f))
    if isinstance(found, tuple):
        (found,), (expected,) = found, expected
    assert found.data.tolist() == expected.data.tolist()


# -- methods ---------------------------------------------------------------------------------------


class Model:
    def __init__(self, k):
        self.w = ag.Variable([k, k])

    @ag.compile
    def loss(self, x):
        return np.sum(x * self.w)

    @ag.compile(static="n")
    def power(self, x, n):
        return np.sum(x**n * self.w)

    @staticmethod
    @ag.compile
    def double(x):
        return x * 2

    @classmethod
    @ag.compile
    def kind(cls, x):
        return x * (3 if cls is Model else 4)


class Child(Model):
    @ag.compile
    def loss(self, x):
        return super().loss(x) * 10


def test_methods_have_programs_for_each_instance():
    a, b = Model(1.0), Model(2.0)
    assert [m.loss(X).item() for m in (a, b, a, Child(1.0))] == [3.0, 6.0, 3.0, 30.0]
    assert a.loss is a.loss
    assert (a.loss.traces, b.loss.traces) == (1, 1)
    assert [a.power(X, 3).item(), a.power(X, n=2).item()] == [9.0, 5.0]
    assert a.double(X).data.tolist() == [2.0, 4.0]
    assert [Model.kind(X).data.tolist(), Child.kind(X).data.tolist()] == [[3.0, 6.0], [4.0, 8.0]]
    assert "def step" in a.loss.source
    a.loss(X).backward()
    assert a.w.grad.tolist() == X.tolist()


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_of_an_instance_have_their_own_methods(copied):
    a = Model(1.0)
    assert a.loss(X).item() == 3.0
    other = copied(a)
    other.w = ag.Variable([5.0, 5.0])
    assert (other.loss(X).item(), a.loss(X).item()) == (15.0, 3.0)


def test_an_instance_goes_with_its_programs():
    a = Model(1.0)
    a.loss(X)
    gone = weakref.ref(a)
    del a
    gc.collect()
    assert gone() is None


def test_an_instance_without_a_dict_says_so():
    class Slotted:
        __slots__ = ()

        @ag.compile
        def f(self, x):
            return x

    with pytest.raises(TypeError, match="__slots__"):
        Slotted().f(X)


# -- memory and threads ----------------------------------------------------------------------------


def test_nothing_of_the_example_is_kept_alive():
    arrays = []
    program = ag.compile(lambda x: np.sum(np.tanh(np.exp(x))))
    x = np.ones(100_000)
    arrays.append(weakref.ref(x))
    program(x)
    big = [
        o
        for o in gc.get_objects()
        if o.__class__ is ag.Tensor and isinstance(o._array, np.ndarray) and o.size == x.size
    ]
    assert big == []
    del x, big
    gc.collect()
    assert arrays[0]() is None


@pytest.mark.parametrize("differentiated", [False, True])
def test_calls_from_several_threads(differentiated):
    w = ag.Variable([2.0, 3.0])
    program = ag.compile(lambda x: np.sum(np.exp(x * w) * x))

    def expected(x):
        e = np.exp(x * w.data)
        return e + x * e * w.data if differentiated else np.sum(e * x)

    wrong = []

    def work(seed):
        rng = np.random.default_rng(seed)
        for i in range(50):
            x = rng.normal(size=2) if i % 5 else rng.normal(size=(i // 5 + 1, 2))
            found = ag.grad(program)(x) if differentiated else program(x).data
            if not np.allclose(found, expected(x), rtol=1e-12):
                wrong.append((found, expected(x)))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# -- Variables -------------------------------------------------------------------------------------


def test_a_variable_that_is_passed_is_the_variable_itself():
    def descend(weights, x, rate):
        J = np.sum((weights["w"] * x) ** 2)
        for v in weights.values():
            assert isinstance(v, ag.Variable)
            (g,) = ag.gradients(J, [v])
            v.assign_sub(rate * g)
        return J

    one, other = ag.Variable([1.0, 2.0]), ag.Variable([1.0, 2.0])
    compiled, x = ag.compile(descend), np.array([1.0, -0.5])
    for _ in range(3):
        plain = descend({"w": one}, ag.Tensor(x), 0.1)
        assert compiled({"w": other}, x, 0.1).item() == plain.item()
        assert other.data.tolist() == one.data.tolist()
    assert compiled.traces == 1
    third = ag.Variable([5.0, 5.0])
    assert compiled({"w": third}, x, 0.1).item() == 25 + 6.25  # (5 * 1)**2 + (5 * 0.5)**2


def test_gradients_flow_to_a_variable_that_is_passed():
    f = ag.compile(lambda a, b: np.sum(a * b * b))
    a, b = ag.Variable([1.0, 2.0]), ag.Variable([3.0, 4.0])
    f(a, b).backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([9.0, 16.0], [6.0, 16.0])
    a.zero_grad()
    f(a, a).backward()
    assert a.grad.tolist() == [3.0, 12.0]  # of a**3
    a.assign([0.0, 1.0])
    assert f(a, b).item() == 16.0
    a.trainable = b.trainable = False
    assert not f(a, b).requires_grad
