"""Dataclasses whose methods are written once: `define` and `frozen`.

`dataclass` generates the source of methods for each class and compiles it as the class is made:
0.2 to 1.4 ms a class, which was half of the import of `nn`. Here fields are those of `dataclasses`
(with ``fields``, ``replace``, ``asdict``), and all classes share the methods of this file.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import reprlib
from types import MethodType
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")
_MISSING = dataclasses.MISSING


def values_of(thing: Any) -> dict[str, Any]:
    """Return the fields of a dataclass by name."""
    return {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}


@dataclass_transform(eq_default=False, field_specifiers=(dataclasses.field,))
def define(kind: type[T]) -> type[T]:
    """Make a dataclass of a class, with `Constructor`; its base `Fields` has the representation.

    Example:
        >>> @define
        ... class Point(Fields):
        ...     x: int
        ...     y: int = 2
        >>> Point(1), dataclasses.replace(Point(1), y=3)
        (Point(x=1, y=2), Point(x=1, y=3))
    """
    return _made(kind, setattr)


@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(kind: type[T]) -> type[T]:
    """Do so for a class whose fields cannot be set; its base `FrozenFields` compares them.

    Example:
        >>> @frozen
        ... class Point(FrozenFields):
        ...     x: int
        >>> Point(1) == Point(1), len({Point(1), Point(1)})
        (True, 1)
    """
    made = _made(kind, object.__setattr__)
    made.__setattr__ = _refuse_to_set  # type: ignore[method-assign]
    made.__delattr__ = _refuse_to_delete  # type: ignore[method-assign]
    return made


def _made(kind: type[T], assign: Any) -> type[T]:
    made = dataclasses.dataclass(init=False, repr=False, eq=False)(kind)
    if "__init__" not in vars(kind):
        made.__init__ = Constructor(kind, assign)  # type: ignore[method-assign,assignment]
    return made


class Constructor:
    """The ``__init__`` of a dataclass: sets its fields, in order, and calls ``__post_init__``.

    Args:
        kind: the class.
        assign: ``setattr``, or what does so in a frozen class.
    """

    __name__ = "__init__"

    def __init__(self, kind: type[Any], assign: Any) -> None:
        self._kind = kind
        self._assign = assign
        self.__module__ = kind.__module__
        self.__qualname__ = f"{kind.__qualname__}.__init__"

    def __get__(self, thing: Any, owner: Any = None) -> Any:
        return self if thing is None else MethodType(self, thing)

    def __call__(self, thing: Any, /, *args: Any, **kwargs: Any) -> None:
        names, positional, defaults = self._arguments
        values = defaults | dict(zip(positional, args, strict=False)) | kwargs
        if (
            len(args) > len(positional)
            or values.keys() != names
            or (args and kwargs and not kwargs.keys().isdisjoint(positional[: len(args)]))
        ):
            self._refuse(thing, args, kwargs)
        assign = self._assign
        for name in names:
            value = values[name]
            assign(thing, name, value.make() if value.__class__ is _Factory else value)
        if hasattr(thing, "__post_init__"):
            thing.__post_init__()

    def _refuse(self, thing: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            self.__signature__.bind(thing, *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.__qualname__}() {error}") from None

    @functools.cached_property
    def _arguments(self) -> tuple[dict[str, None], list[str], dict[str, Any]]:
        """All names in order, those of positional arguments, the defaults."""
        fields = [f for f in dataclasses.fields(self._kind) if f.init]
        return (
            dict.fromkeys(f.name for f in fields),
            [f.name for f in fields if not f.kw_only],
            {f.name: _default(f) for f in fields if _default(f) is not _MISSING},
        )

    @functools.cached_property
    def __signature__(self) -> inspect.Signature:
        kinds = inspect.Parameter
        given = [f for f in dataclasses.fields(self._kind) if f.init]
        parameters = [kinds("self", kinds.POSITIONAL_OR_KEYWORD)]
        for field in sorted(given, key=lambda f: bool(f.kw_only)):
            default = _default(field)
            parameters.append(
                kinds(
                    field.name,
                    kinds.KEYWORD_ONLY if field.kw_only else kinds.POSITIONAL_OR_KEYWORD,
                    default=kinds.empty if default is _MISSING else default,
                    annotation=field.type,
                )
            )
        return inspect.Signature(parameters, return_annotation=None)


class _Factory:
    """Makes the default of a field."""

    def __init__(self, make: Any) -> None:
        self.make = make

    def __repr__(self) -> str:
        return "<factory>"


def _default(field: dataclasses.Field[Any]) -> Any:
    made = field.default_factory
    return field.default if made is _MISSING else _Factory(made)


def _refuse_to_set(self: Any, name: str, value: Any) -> None:
    _refuse_change(self, "assign to", name)
    object.__setattr__(self, name, value)


def _refuse_to_delete(self: Any, name: str) -> None:
    _refuse_change(self, "delete", name)
    object.__delattr__(self, name)


def _refuse_change(thing: Any, change: str, name: str) -> None:
    """Raise as `dataclass` does; a class below it, undecorated, may have further attributes."""
    kind = type(thing)
    if "__setattr__" in vars(kind) or name in kind.__dataclass_fields__:
        raise dataclasses.FrozenInstanceError(f"cannot {change} field {name!r}")


class Fields:
    """A base of dataclasses: the representation that `dataclass` generates."""

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        if not dataclasses.is_dataclass(self):
            return super().__repr__()
        shown = [f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr]
        return f"{type(self).__qualname__}({', '.join(shown)})"


class FrozenFields(Fields):
    """A base of dataclasses that are equal if class and fields are."""

    def __eq__(self, other: object) -> bool:
        if not dataclasses.is_dataclass(self) or other.__class__ is not self.__class__:
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared()) if dataclasses.is_dataclass(self) else object.__hash__(self)

    def _compared(self) -> tuple[Any, ...]:
        return tuple(values_of(self).values())
