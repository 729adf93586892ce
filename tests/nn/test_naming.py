import dataclasses
import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from nn._core.identifiers import Configured, lookup, resolve, serialize

TABLE = {"adam": 1, "adamw": 2, "he_normal": 3, "sgd": 4}


def test_a_name_of_the_table_finds_its_entry():
    assert lookup("thing", "adam", TABLE) == 1


@pytest.mark.parametrize("name", ["HeNormal", "he_normal", "he-normal", "HE_NORMAL", "henormal"])
def test_the_name_of_the_class_finds_it_too(name):
    assert lookup("thing", name, TABLE) == 3


def test_an_unknown_name_is_answered_with_the_nearest_and_all_known():
    with pytest.raises(ValueError, match=r"^unknown optimizer 'adm'\. Did you mean 'adam'") as e:
        lookup("optimizer", "adm", TABLE)
    assert str(e.value).endswith("Known: 'adam', 'adamw', 'he_normal', 'sgd'")


@pytest.mark.parametrize("name", ["", "zzz", "_"])
def test_where_nothing_is_near_no_guess_is_made(name):
    with pytest.raises(ValueError, match=rf"^unknown thing '{name}'\. Known: 'adam'"):
        lookup("thing", name, TABLE)


def test_an_entry_that_is_false_or_none_is_still_an_entry():
    assert lookup("thing", "linear", {"linear": None}) is None


@dataclass(frozen=True)
class Circle(Configured):
    radius: Any = 1.0


SHAPES = {"circle": Circle, "big_circle": functools.partial(Circle, radius=9.0)}


def test_an_object_is_meant_by_itself_its_name_or_its_config():
    given = Circle(3.0)
    assert resolve("shape", given, Circle, SHAPES) is given
    assert resolve("shape", "circle", Circle, SHAPES) == Circle()
    assert resolve("shape", "BigCircle", Circle, SHAPES) == Circle(9.0)
    assert serialize(given) == {"class_name": "Circle", "config": {"radius": 3.0}}
    assert resolve("shape", serialize(given), Circle, SHAPES) == given


@pytest.mark.parametrize("wrong", [None, 3, {}, {"class_name": "Circle"}, ["circle"]])
def test_anything_else_is_answered_with_what_to_write(wrong):
    with pytest.raises(TypeError, match=r"is not a shape\. Give a name, 'big_circle' say, or .*Ci"):
        resolve("shape", wrong, Circle, SHAPES)


def test_a_class_stands_for_its_defaults_or_is_answered_with_the_call():
    @dataclass(frozen=True)
    class Ring(Circle):
        width: Any = dataclasses.field(kw_only=True)

    assert resolve("shape", Circle, Circle, SHAPES) == Circle()
    with pytest.raises(
        TypeError, match=r"Ring is a class, not a shape, and needs .*'width'.*Ring\("
    ):
        resolve("shape", Ring, Circle, SHAPES)


def test_configs_hold_what_json_can_hold():
    assert type(Circle(np.float32(0.5)).get_config()["radius"]) is float
    assert Circle(np.arange(3)).get_config() == {"radius": [0, 1, 2]}
    assert Circle.from_config({"radius": 2.0}) == Circle(2.0)
    with pytest.raises(TypeError, match="diameter"):
        Circle.from_config({"diameter": 2.0})
