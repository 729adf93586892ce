"""The learning rate of an optimizer: set to a number, schedule or function; read as a number."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, overload

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import FrozenFields, frozen
from nn import schedules
from nn._core.identifiers import serialize

Rate = float | Callable[..., float] | Mapping[str, Any]


class SettableRate(float):
    """The learning rate for the next step: a number, with the methods of a Variable."""

    _optimizer: Any

    def assign(self, value: Rate) -> None:
        """Set the rate of the optimizer, as ``optimizer.learning_rate = value`` does."""
        self._optimizer.learning_rate = value

    def numpy(self) -> float:
        """Return it as a plain number."""
        return float(self)

    # NumPy takes a subclass of float for a float64, which would widen what it is multiplied with.
    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [float(x) if x.__class__ is SettableRate else x for x in inputs]
        return getattr(ufunc, method)(*plain, **options)

    def __reduce__(self) -> tuple[Any, ...]:
        return float, (float(self),)


class LearningRate:
    """The descriptor of the learning rate, with the default of a class of optimizers.

    A number is kept in a Variable, so that a checkpoint restores changes by a callback.
    """

    def __init__(self, default: float) -> None:
        self.default = default

    @overload
    def __get__(self, optimizer: None, owner: Any) -> float: ...
    @overload
    def __get__(self, optimizer: Any, owner: Any) -> float: ...
    def __get__(self, optimizer: Any | None, owner: Any) -> float:
        if optimizer is None:
            return self.default
        (rate,) = rates_ahead(optimizer, 1)
        read = SettableRate(rate)
        read._optimizer = optimizer
        return read

    def __set__(self, optimizer: Any, value: Rate) -> None:
        known = source_of(optimizer)
        if isinstance(value, Mapping):
            value = schedules.get(value)
        if isinstance(value, type):
            raise TypeError(f"{value.__name__} is a class: write {value.__name__}(...)")
        if callable(value):
            optimizer.__dict__["_learning_rate"] = _function_of_step(value)
        elif isinstance(known, Variable):
            known.assign(_checked(value))
        elif known is not None:
            require_settable(optimizer, f"learning_rate = {value!r}")
        else:
            variable = Variable(_checked(value), trainable=False, name="learning_rate")
            optimizer.__dict__["_learning_rate"] = variable


def source_of(optimizer: Any) -> Any:
    """Return the source of the rate: a Variable, a schedule or a function of the step."""
    return optimizer.__dict__.get("_learning_rate")


def rates_ahead(optimizer: Any, count: int) -> list[float]:
    """Return the rates of the next calls of an optimizer's `apply`.

    Raises:
        ValueError: for a schedule that gives a negative or infinite number, or NaN.
    """
    source = source_of(optimizer)
    if isinstance(source, Variable):
        return [source._array.item()] * count
    first = optimizer.calls
    rates = [source(step) for step in range(first, first + count)]
    for rate in rates:
        if not 0 <= rate < math.inf:
            raise ValueError(f"{source!r} gave {rate!r}; a learning rate is a number from 0 up")
    return list(map(float, rates))


def require_settable(optimizer: Any, by: str) -> None:
    """Refuse to replace a schedule by a number silently.

    Args:
        optimizer: whose learning rate is to be set.
        by: the caller, for the message.

    Raises:
        TypeError: if the rate is a schedule or a function, as in Keras.
    """
    source = source_of(optimizer)
    if not isinstance(source, Variable):
        source = source.function if isinstance(source, _Timeless) else source
        raise TypeError(
            f"{by} would replace the schedule that computes the learning rate, {source!r}. Give "
            "the optimizer a number, learning_rate=0.01, if it is to be set; or assign it another "
            "schedule"
        )


def config_of(optimizer: Any) -> Any:
    """Return the rate as a config holds it: a number, or the config of a schedule.

    Raises:
        TypeError: for a function, which cannot be written to a config.
    """
    source = source_of(optimizer)
    if isinstance(source, Variable):
        return source.item()
    if isinstance(source, schedules.LearningRateSchedule):
        return serialize(source)
    raise TypeError(
        f"the learning rate is computed by {source!r}, and a function cannot be written to a "
        "config. Write it as a class that inherits from nn.schedules.LearningRateSchedule"
    )


@frozen
class _Timeless(FrozenFields):
    """A function without arguments, wrapped as a function of the step."""

    function: Callable[[], float]

    def __call__(self, step: int) -> float:
        return self.function()


def _function_of_step(function: Callable[..., float]) -> Callable[[int], float]:
    """Return a function of the step; Keras's functions take no argument and are wrapped."""
    try:
        inspect.signature(function).bind()
    except TypeError:
        return function
    return _Timeless(function)


def _checked(value: Any) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(
            f"learning_rate is a number, a schedule or a function of the step, got {value!r}"
        )
    rate = float(value)
    if not 0 <= rate < math.inf:
        raise ValueError(f"learning_rate is a number from 0 up, got {value!r}")
    return rate
