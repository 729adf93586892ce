"""What objects of Python's and NumPy's own classes hold is compared before every call, too."""

from __future__ import annotations

import collections
import contextvars
import enum
import functools
import operator
import sys
import types
from typing import Generic, TypeVar

import numpy as np
import pytest
from numpy.polynomial import Polynomial

import autograd_lite as ag

X = np.array([1.0, -2.0, 0.5])
LEVELS = contextvars.ContextVar("levels", default=[2.0])  # noqa: B039
UNSET = contextvars.ContextVar("unset")


class WithProperty(type):
    @property
    def rate(cls):
        return cls.rates[0]


class OfMeta(metaclass=WithProperty):
    rates = (2.0,)


class OfKind(Generic[TypeVar("T")]):
    rate = 2.0


class Tagged(np.ndarray):
    pass


class Fixed(float):
    pass


class Level(enum.IntEnum):
    TWO = 2


def of_python():
    raw, rates, by, settings = bytearray(b"\2"), {"a": 2.0}, [2.0], types.ModuleType("settings")
    view, values, items = memoryview(raw), rates.values(), rates.items()
    error = ValueError([2.0])
    settings.rate = 2.0
    sys.modules["settings_by_text"] = settings

    @functools.cache
    def table(n):
        return np.full(n, by[0])

    @functools.lru_cache(4)
    def bounded(n):
        return np.full(n, by[0])

    class Scaled:
        scaled = functools.partialmethod(lambda self, by, x: x * by[0], by)

    scaled = Scaled()

    def forget():
        by[0] += 1.0
        table.cache_clear()

    yield (
        "default of a context variable",
        lambda x: x * LEVELS.get()[0],
        lambda: LEVELS.get().insert(0, 3.0),
    )
    yield "context variable without a value", lambda x: x * UNSET.get(2.0), lambda: UNSET.set(3.0)
    yield "memoryview", lambda x: x * view[0], lambda: raw.__setitem__(0, 3)
    yield "values of a dict", lambda x: x * sum(values), lambda: rates.update(a=3.0)
    yield "items of a dict", lambda x: x * len(items), lambda: rates.update(b=3.0)
    yield "exception", lambda x: x * error.args[0][0], lambda: error.args[0].insert(0, 3.0)
    yield "cache", lambda x: x * table(3), forget
    yield "what a cache keeps", lambda x: x * table(3), lambda: table(3).fill(7.0)
    yield "what a bounded cache keeps", lambda x: x * bounded(3), lambda: bounded(3).fill(7.0)
    yield "partialmethod", lambda x: scaled.scaled(x), lambda: by.insert(0, 5.0)
    yield "metaclass", lambda x: x * OfMeta.rate, lambda: setattr(WithProperty, "rate", 3.0)
    kind = OfKind[int]
    yield "generic alias", lambda x: x * kind.rate, lambda: setattr(OfKind, "rate", 3.0)
    yield (
        "module, by text",
        lambda x: x * getattr(settings, "rate"),  # noqa: B009
        lambda: setattr(settings, "rate", 3.0),
    )
    yield (
        "module, by attrgetter",
        lambda x: x * operator.attrgetter("rate")(settings),
        lambda: setattr(settings, "rate", 4.0),
    )
    yield (
        "module, by its dict",
        lambda x: x * vars(settings)["rate"],
        lambda: setattr(settings, "rate", 5.0),
    )
    yield (
        "sys.modules",
        lambda x: x * sys.modules["settings_by_text"].rate,
        lambda: setattr(settings, "rate", 6.0),
    )


def of_numpy():
    masked = np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])
    tagged = np.arange(3.0).view(Tagged)
    tagged.rate = 2.0
    line, old, by = Polynomial([1.0, 2.0]), np.poly1d([1.0, 2.0]), [2.0]
    scaled, walk = np.vectorize(lambda y: y * by[0]), np.arange(6.0).flat
    yield "masked array", lambda x: x * masked.sum(), lambda: masked.__setitem__(0, 5.0)
    yield "mask", lambda x: x * masked.sum(), lambda: setattr(masked, "mask", [1, 0, 0])
    yield "attribute of an array", lambda x: x * tagged.rate, lambda: setattr(tagged, "rate", 3.0)
    yield "polynomial", lambda x: x * line(2.0), lambda: line.coef.__setitem__(0, 5.0)
    yield "poly1d", lambda x: x * old(2.0), lambda: old.__setitem__(0, 5.0)
    yield "vectorize", lambda x: x * scaled(np.arange(3.0)), lambda: by.insert(0, 3.0)
    yield "flat", lambda x: x * walk[1], lambda: walk.__setitem__(1, 5.0)


KINDS = [*of_python(), *of_numpy()]


@pytest.mark.filterwarnings("ignore:.*is not compiled from here on")  # what moves on, such as flat
@pytest.mark.parametrize(("f", "change"), [k[1:] for k in KINDS], ids=[k[0] for k in KINDS])
def test_a_change_of_what_a_librarys_object_holds_counts_at_the_next_call(f, change):
    compiled = ag.compile(f)

    def require_current():
        plain = f(ag.Tensor(X)).data
        for _ in range(2):
            assert compiled(X).data.tolist() == plain.tolist()
        return plain.tolist()

    before = require_current()
    change()
    assert require_current() != before, "the change has to matter"


def test_tracing_leaves_what_a_mask_hides():
    masked = np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])
    ag.compile(lambda x: x * masked.sum())(X)
    assert masked.data.tolist() == [1.0, 2.0, 3.0]


def test_reading_a_gradient_that_another_call_may_have_left_is_refused():
    w = ag.Variable([1.0, 2.0, 3.0], name="w")
    with pytest.raises(ag.TracingError, match=r"\.grad of w .*zero_grad"):
        ag.compile(lambda x: x if w.grad is None else x * w.grad)(X)


def test_a_gradient_that_a_function_forgets_is_forgotten_at_each_call():
    w = ag.Variable([1.0, 2.0, 3.0])

    @ag.compile
    def f(x):
        w.zero_grad()
        return x * w

    for _ in range(3):
        np.sum(w * w).backward()
        f(X)
        assert w.grad is None


@pytest.mark.parametrize("number", [Fixed(2.0), Level.TWO, True, 2, 2.0, np.float64(2.0)])
@pytest.mark.parametrize("dtype", ["f4", "i1"])
def test_numbers_have_the_dtype_that_numpy_gives_them(number, dtype):
    x = np.ones(2, dtype)
    for f in (lambda x: x * number, lambda x: np.maximum(number, x), lambda x: x**number):
        assert ag.compile(f)(x).dtype == f(x).dtype


class Checked(dict):
    """Has an idea of its own of each way in."""

    def update(self, *given, **named):
        raise AssertionError("update")

    def __setitem__(self, key, value):
        super().__setitem__(key, value + 0)

    def clear(self):
        raise AssertionError("clear")


class Loud(list):
    def __setitem__(self, index, value):
        raise AssertionError("set")

    def append(self, value):
        super().append(value)


class LoudSet(set):
    def clear(self):
        raise AssertionError("clear")


class LoudDeque(collections.deque):
    def extend(self, values):
        raise AssertionError("extend")


def add_key(kept):
    kept["calls"] = kept.get("calls", 0) + 1
    return kept["calls"]


def move_first(kept):
    kept.move_to_end(next(iter(kept)))
    return next(iter(kept.values()))


def append(kept):
    kept.append(1)
    return len(kept)


def add(kept):
    kept.add(len(kept))
    return len(kept)


@pytest.mark.filterwarnings("ignore:.*is not compiled from here on")
@pytest.mark.parametrize(
    ("made", "change"),
    [
        (collections.Counter, add_key),
        (lambda: collections.defaultdict(int), add_key),
        (collections.OrderedDict, add_key),
        (lambda: collections.OrderedDict(a=1, b=2, c=3), move_first),
        (Checked, add_key),
        (Loud, append),
        (LoudDeque, append),
        (LoudSet, add),
    ],
)
def test_what_a_function_changes_in_a_container_is_changed_once_for_each_call(made, change):
    def results(compiled):
        kept = made()
        f = ag.compile(lambda x: x * change(kept)) if compiled else lambda x: x * change(kept)
        return [f(ag.Tensor(X)).data.tolist() for _ in range(5)]

    assert results(compiled=True) == results(compiled=False)
