"""`Number`: a Python number among the arguments of a function that is being compiled.

It stays a Python number in arithmetic: ``float32 * number`` is float32, as it would be in the
function itself. What Python itself would do with its value, as an axis, in a text, as the key of a
dict, is refused: it is another value at each call of the program.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from autograd_lite.recording import record
from autograd_lite.tape import note_error, refuse, tracing
from autograd_lite.tensor import Tensor, leaf


class Number(Tensor):
    """A Tensor whose data is a Python int or float."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a number, ()."""
        return ()

    @property
    def ndim(self) -> int:
        """Of a number, 0."""
        return 0

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype that NumPy gives the number by itself."""
        return np.dtype(type(self._array))

    @property
    def size(self) -> int:
        """Of a number, 1."""
        return 1

    def __repr__(self) -> str:
        return f"<number {self.name or 'computed'}>"

    def __abs__(self) -> Any:
        return compute(np.absolute, self)

    def __neg__(self) -> Any:
        return compute(np.multiply, self, -1)

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        if isinstance(other, str):
            _value_needed(self, "a comparison with a text")
        return record(np.equal, self, other)

    def __pos__(self) -> Any:
        return self


def number(value: float | int, name: str | None = None) -> Number:
    """A leaf that stands for `value`."""
    made = leaf(value, name=name, kind=Number)
    assert isinstance(made, Number)
    return made


def compute(function: Any, *operands: Any) -> Tensor:
    """Arithmetic with a number: of numbers alone it is Python's, and gives a Number again."""
    if not all(isinstance(x, Number) or type(x) in (int, float, bool) for x in operands):
        return record(function, *operands)
    try:
        value = _OPERATORS[function](*(x._array if isinstance(x, Number) else x for x in operands))
    except ArithmeticError as error:
        note_error(error)
        raise
    if isinstance(value, complex):
        raise TypeError("the power of a negative number is complex here, which is not supported")
    result = number(value)
    result.function, result.inputs = function, operands
    tape = tracing()
    if tape is not None:
        tape.append(result)
    return result


def _arithmetic(function: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """An operator and its reflection."""

    def forward(self: Number, other: Any) -> Any:
        if isinstance(other, _SEQUENCES):
            _value_needed(self, "a list, tuple or text")
        return compute(function, self, other)

    def reflected(self: Number, other: Any) -> Any:
        if isinstance(other, _SEQUENCES):
            _value_needed(self, "a list, tuple or text")
        return compute(function, other, self)

    return forward, reflected


def _refused(what: str) -> Callable[..., Any]:
    """A method of Python's numbers that would read the value."""

    def refuse(self: Number, *args: Any, **kwargs: Any) -> Any:
        _value_needed(self, what)

    return refuse


def _value_needed(x: Number, what: str) -> NoReturn:
    refuse(
        f"{what} needs the value of the number {x.name or 'here'}, which is another one at each "
        "call of the program. If it decides what is computed (an axis, a shape, how often), make "
        f"it a static argument: ag.compile(f, static={[x.name or '...']}); then each value has a "
        "program of its own"
    )


_SEQUENCES = (list, tuple, str, bytes)
_OPERATORS: dict[Any, Callable[..., Any]] = {
    np.absolute: operator.abs,
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.floor_divide: operator.floordiv,
    np.remainder: operator.mod,
    np.power: operator.pow,
}
for _function, _operator in _OPERATORS.items():
    if _function is not np.absolute:
        _forward, _reflected = _arithmetic(_function)
        setattr(Number, f"__{_operator.__name__}__", _forward)
        setattr(Number, f"__r{_operator.__name__}__", _reflected)
_READING = {
    "an index, an axis, a shape or a count": ["__index__"],
    "int()": ["__int__", "__trunc__", "__floor__", "__ceil__"],
    "float()": ["__float__"],
    "round()": ["__round__"],
    "divmod()": ["__divmod__", "__rdivmod__"],
    "a text": ["__str__", "__format__"],
    "a key of a dict or a member of a set": ["__hash__"],
    "a bit operation": ["__lshift__", "__rlshift__", "__rshift__", "__rrshift__"],
}
for _what, _names in _READING.items():
    for _name in _names:
        setattr(Number, _name, _refused(_what))
for _name in {*dir(int), *dir(float)} - {*dir(Tensor), *dir(Number)}:
    if not _name.startswith("_"):
        setattr(Number, _name, _refused(f"{_name}"))
