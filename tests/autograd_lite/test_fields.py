"""Classes of `define` and `frozen` behave as those of `dataclass`."""

import copy
import dataclasses
import inspect
import pickle

import pytest

from autograd_lite.fields import Fields, FrozenFields, define, frozen


@define
class Base(Fields):
    a: int
    b: list = dataclasses.field(default_factory=list)
    _: dataclasses.KW_ONLY
    c: float = 1.0


@define
class Inner(Base):
    d: str = "d"
    e: str = dataclasses.field(default="e", init=False, repr=False)

    def __post_init__(self):
        self.seen = self.a, self.d


@dataclasses.dataclass
class Standard:
    a: int
    b: list = dataclasses.field(default_factory=list)
    _: dataclasses.KW_ONLY
    c: float = 1.0


@frozen
class Point(FrozenFields):
    x: int = 0
    y: int = 0


def test_constructors_take_what_those_of_dataclass_take():
    assert repr(Base(1)) == "Base(a=1, b=[], c=1.0)"
    assert repr(Inner(1, [2], "x", c=3.0)) == "Inner(a=1, b=[2], c=3.0, d='x')"
    assert Inner(1).seen == (1, "d")
    assert Inner(1).e == "e"
    assert Base(1).b is not Base(1).b


def test_signatures_are_those_of_dataclass():
    ours, theirs = inspect.signature(Base), inspect.signature(Standard)
    assert str(ours) == str(theirs)
    assert list(inspect.signature(Inner).parameters) == ["a", "b", "d", "c"]


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, "a"),
        ((1,), {"a": 2}, "multiple values"),
        ((1, [], 3), {}, "too many positional"),
        ((1,), {"z": 2}, "unexpected keyword argument 'z'"),
    ],
)
def test_wrong_arguments_raise(args, kwargs, message):
    with pytest.raises(TypeError, match=message):
        Base(*args, **kwargs)
    with pytest.raises(TypeError):
        Standard(*args, **kwargs)


def test_the_functions_of_dataclasses_know_them():
    assert [f.name for f in dataclasses.fields(Inner)] == ["a", "b", "c", "d", "e"]
    assert dataclasses.replace(Base(1), c=2.0).c == 2.0
    assert dataclasses.asdict(Point(1)) == {"x": 1, "y": 0}


def test_frozen_ones_are_compared_hashed_copied_and_pickled():
    assert Point(1) == Point(1) != Point(2)
    assert len({Point(1), Point(1)}) == 1
    assert copy.deepcopy(Point(3)) == Point(3) == pickle.loads(pickle.dumps(Point(3)))
    for change in (lambda: setattr(Point(), "x", 1), lambda: delattr(Point(), "x")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()


def test_classes_below_may_be_plain_or_of_dataclass():
    class Named(Point):
        def __init__(self):
            super().__init__(5)
            self.name = "five"

    assert (Named().x, Named().name) == (5, "five")
    with pytest.raises(dataclasses.FrozenInstanceError):
        Named().x = 6

    @dataclasses.dataclass
    class More(Base):
        f: int = 7

    assert More(1).f == 7
    assert list(inspect.signature(More).parameters) == ["a", "b", "f", "c"]
