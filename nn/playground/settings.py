"""Settings: all choices of the page, checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nn._core.identifiers import lookup

DATA = ("circles", "moons", "xor", "spiral", "blobs", "points", "csv")
FEATURES = ("x1", "x2", "x1²", "x2²", "x1·x2", "sin 2x1", "sin 2x2")
ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear", "leaky_relu", "elu", "gelu", "silu")
LOSSES = ("crossentropy", "mse", "hinge")
OPTIMIZERS = ("sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw", "nadam", "lion")

MAX_CLASSES = 6  # as many as there are colours and markers that everybody can tell apart
MAX_LAYERS = 6
MAX_UNITS = 10
MAX_POINTS = 2000
COORDINATES = 100.0

Point = tuple[float, float, int]


class SettingError(ValueError):
    """A setting cannot be used.

    Attributes:
        field: which setting, for the page to mark.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class LayerSettings:
    """One hidden layer: the number of its neurons, and their activation."""

    units: int = 4
    activation: str = "tanh"


@dataclass(frozen=True)
class Settings:
    """The data, network and training that a page asks for.

    Attributes:
        data: one of DATA.
        samples: the number of points that are drawn from the seed.
        classes: the number of classes of spirals and blobs.
        noise: the standard deviation that is added to the points.
        test_share: the fraction of the points that is held back to test on.
        seed: fixes the points, the initial weights and the order of the batches.
        points: those drawn with the mouse: x1, x2, class.
        columns: those of the CSV file that are x1, x2 and the class, from 0.
        features: what the network is given of each point, of FEATURES.
        layers: the hidden layers.
        loss: one of LOSSES.
        optimizer: one of OPTIMIZERS.
        learning_rate, batch_size: of the optimizer, and the points in each of its steps.
        l1, l2: the factors of the penalties on the weights.
        dropout: the fraction of each hidden layer's outputs that is set to 0 in training.
    """

    data: str = "circles"
    samples: int = 200
    classes: int = 3
    noise: float = 0.1
    test_share: float = 0.3
    seed: int = 0
    points: tuple[Point, ...] = ()
    columns: tuple[int, ...] = ()
    features: tuple[str, ...] = ("x1", "x2")
    layers: tuple[LayerSettings, ...] = (LayerSettings(4), LayerSettings(2))
    loss: str = "crossentropy"
    optimizer: str = "adam"
    learning_rate: float = 0.03
    batch_size: int = 16
    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0

    @classmethod
    def parse(cls, given: Any) -> Settings:
        """Settings as the page sends them: a dict, read from JSON. What it leaves out stays.

        Raises:
            SettingError: for an unknown setting, and for one of the wrong type or out of range.

        Example:
            >>> Settings.parse({"data": "moons", "layers": [{"units": 3}]}).layers
            (LayerSettings(units=3, activation='tanh'),)
            >>> Settings.parse({"noise": -1})
            Traceback (most recent call last):
                ...
            nn.playground.settings.SettingError: noise is 0 to 1 here, got -1
        """
        return cls(**_parsed(given, _CHECKS, "settings"))

    def changed(self, field: str, value: Any) -> Settings:
        """Return the settings with one changed value.

        Raises:
            SettingError: as `parse`.
        """
        return dataclasses.replace(self, **_parsed({field: value}, _CHECKS, field))


# -- checks: each takes a name and a value, and returns the value that is kept -------------------

Check = Callable[[str, Any], Any]


def _parsed(given: Any, checks: Mapping[str, Check], what: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise SettingError(what, f"{what}: an object was expected, got {_short(given)}")
    parsed = {}
    for name, value in given.items():
        try:
            parsed[name] = lookup("setting", name, checks)(name, value)
        except (TypeError, ValueError) as error:
            field = error.field if isinstance(error, SettingError) else str(name)
            raise SettingError(field, str(error)) from None
    return parsed


def require_whole(name: str, value: Any, low: int, high: int) -> int:
    """The value, if it is a whole number from `low` to `high`.

    Raises:
        TypeError: if it is not a whole number.
        ValueError: if it is out of range.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a whole number, got {_short(value)}")
    if not low <= value <= high:
        raise ValueError(f"{name} is {low} to {high} here, got {_short(value)}")
    return value


def _whole(low: int, high: int) -> Check:
    return lambda name, value: require_whole(name, value, low, high)


def _number(low: float, high: float, *, above: bool = False) -> Check:
    """A number from `low` to `high`; without `low` itself if `above`."""
    kind = f"above {low:g} and at most {high:g}" if above else f"{low:g} to {high:g}"

    def check(name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"{name} is a number, got {_short(value)}")
        if not low <= value <= high or (above and value == low):  # NaN is not in any range
            raise ValueError(f"{name} is {kind} here, got {_short(value)}")
        return float(value)

    return check


def _choice(known: Collection[str]) -> Check:
    def check(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"{name} is a name, got {_short(value)}")
        return lookup(name, value[:100], {each: each for each in known})

    return check


def _each(check: Check, most: int, least: int = 0) -> Check:
    def check_all(name: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise TypeError(f"{name} is a list, got {_short(value)}")
        if not least <= len(value) <= most:
            raise ValueError(f"{name}: the playground takes {least} to {most}, got {len(value)}")
        return tuple(check(name, item) for item in value)

    return check_all


def _features(name: str, value: Any) -> tuple[str, ...]:
    """The chosen features, once each, in their own order."""
    chosen = _each(_choice(FEATURES), most=len(FEATURES), least=1)(name, value)
    return tuple(feature for feature in FEATURES if feature in chosen)


def _layer(name: str, value: Any) -> LayerSettings:
    checks = {"units": _whole(1, MAX_UNITS), "activation": _choice(ACTIVATIONS)}
    return LayerSettings(**_parsed(value, checks, name))


def _point(name: str, value: Any) -> Point:
    if not isinstance(value, list) or len(value) != 3:
        raise TypeError(f"{name}: a point is [x1, x2, class], got {_short(value)}")
    coordinate = _number(-COORDINATES, COORDINATES)
    label = require_whole("a point's class", value[2], 0, MAX_CLASSES - 1)
    return coordinate(name, value[0]), coordinate(name, value[1]), label


def _short(value: Any) -> str:
    """Shorten a value from the page for a message."""
    try:
        shown = repr(value)
    except ValueError:  # an integer of more digits than Python prints
        return "a number of thousands of digits"
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


_CHECKS: dict[str, Check] = {
    "data": _choice(DATA),
    "samples": _whole(20, 1000),
    "classes": _whole(2, MAX_CLASSES),
    "noise": _number(0, 1),
    "test_share": _number(0.1, 0.9),
    "seed": _whole(0, 2**32 - 1),
    "points": _each(_point, most=MAX_POINTS),
    "columns": _each(_whole(0, 999), most=3),
    "features": _features,
    "layers": _each(_layer, most=MAX_LAYERS),
    "loss": _choice(LOSSES),
    "optimizer": _choice(OPTIMIZERS),
    "learning_rate": _number(0, 1000, above=True),
    "batch_size": _whole(1, 1000),
    "l1": _number(0, 10),
    "l2": _number(0, 10),
    "dropout": _number(0, 0.9),
}
