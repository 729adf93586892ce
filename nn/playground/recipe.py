"""The recipe of a network: its parts, described once, to be made and to be written as code.

The page shows the code that makes the network that it trains. That both are the same follows from
both being made of the same `Call`s.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import nn
from nn.playground.settings import Settings


class Call:
    """A call of something in `nn`, with its arguments.

    Args:
        name: the dotted name of a class or function, below `nn`.
        *arguments, **keywords: plain values, or Calls.

    Example:
        >>> call = Call("Dense", 4, kernel_regularizer=Call("regularizers.L2", 0.01))
        >>> call.source
        'nn.Dense(4, kernel_regularizer=nn.regularizers.L2(0.01))'
        >>> call.make().units
        4
    """

    def __init__(self, name: str, /, *arguments: Any, **keywords: Any) -> None:
        self.name = name
        self.arguments = arguments
        self.keywords = keywords

    def make(self) -> Any:
        """Make the call and return its result."""
        function = operator.attrgetter(self.name)(nn)
        keywords = {name: _made(value) for name, value in self.keywords.items()}
        return function(*map(_made, self.arguments), **keywords)

    @property
    def source(self) -> str:
        """The call as Python code."""
        keywords = [f"{name}={_source(value)}" for name, value in self.keywords.items()]
        return f"nn.{self.name}({', '.join([*map(_source, self.arguments), *keywords])})"


def _made(value: Any) -> Any:
    return value.make() if isinstance(value, Call) else value


def _source(value: Any) -> str:
    if isinstance(value, Call):
        return value.source
    return f'"{value}"' if isinstance(value, str) else repr(value)  # names: nothing to escape


# -- data ------------------------------------------------------------------------------------------

SPREAD_OF_BLOBS = 6.0  # at a noise of 1: the blobs' centers lie 5 from the origin


def generator(settings: Settings) -> Call:
    """Return the random generator of data that are drawn from a seed."""
    samples, noise, seed = settings.samples, settings.noise, settings.seed
    match settings.data:
        case "spiral":
            return Call(
                "datasets.make_spirals",
                samples,
                noise=round(noise / 4, 6),  # at more its arms, which lie close, are lost
                seed=seed,
                n_classes=settings.classes,
            )
        case "blobs":
            spread = round(noise * SPREAD_OF_BLOBS, 6)
            return Call(
                "datasets.make_blobs", samples, spread=spread, seed=seed, centers=settings.classes
            )
        case name:
            return Call(f"datasets.make_{name}", samples, noise=noise, seed=seed)


# -- network ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Objective:
    """The network's last layer and its loss.

    Attributes:
        units: the neurons of the last layer.
        activation: its activation; None for none.
        loss: the loss.
        metric: what "accuracy" is for it.
        one_hot: whether the targets are rows of zeros with a 1 at the class.
    """

    units: int
    activation: str | None
    loss: Call
    metric: Call | str = "accuracy"
    one_hot: bool = False


def objective(loss: str, classes: int) -> Objective:
    """The last layer and the loss that fit a number of classes."""
    if classes == 2:
        return {
            "crossentropy": Objective(1, "sigmoid", Call("BinaryCrossentropy")),
            "mse": Objective(1, "sigmoid", Call("MeanSquaredError")),
            "hinge": Objective(
                1,
                None,
                Call("losses.Hinge"),
                # Its outputs are no probabilities: what is above 0 is of class 1.
                Call("metrics.BinaryAccuracy", name="accuracy", threshold=0.0),
            ),
        }[loss]
    return {
        "crossentropy": Objective(classes, "softmax", Call("SparseCategoricalCrossentropy")),
        "mse": Objective(classes, "softmax", Call("MeanSquaredError"), one_hot=True),
        "hinge": Objective(classes, None, Call("losses.CategoricalHinge"), one_hot=True),
    }[loss]


def layers(settings: Settings, last: Objective) -> list[Call]:
    """The layers of the network, its Input first."""
    made = [Call("Input", (len(settings.features),))]
    for layer in settings.layers:
        made.append(_dense(layer.units, layer.activation, settings))
        if settings.dropout:
            made.append(Call("Dropout", settings.dropout))
    return [*made, _dense(last.units, last.activation, settings)]


def _dense(units: int, activation: str | None, settings: Settings) -> Call:
    keywords: dict[str, Any] = {} if activation is None else {"activation": activation}
    penalty = _penalty(settings)
    if penalty is not None:
        keywords["kernel_regularizer"] = penalty
    return Call("Dense", units, **keywords)


def _penalty(settings: Settings) -> Call | None:
    if settings.l1 and settings.l2:
        return Call("regularizers.L1L2", settings.l1, settings.l2)
    if settings.l1:
        return Call("regularizers.L1", settings.l1)
    return Call("regularizers.L2", settings.l2) if settings.l2 else None


_OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "adagrad": ("optimizers.Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "nadam": ("optimizers.Nadam", {}),
    "lion": ("optimizers.Lion", {}),
}


def optimizer(settings: Settings) -> Call:
    """The optimizer, with its learning rate."""
    name, options = _OPTIMIZERS[settings.optimizer]
    return Call(name, settings.learning_rate, **options)
