"""Where Python keeps state that a function may read or change, one class for each kind of object.

A `Place` remembers what an object held. Whether it still holds that is asked before every call of a
compiled function, so `holds` compares identities first, all at once, and values only where those
differ; `restore` puts back what was there.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from contextvars import ContextVar
from itertools import repeat
from types import CellType, FunctionType, MappingProxyType
from typing import Any

import numpy as np

from autograd_lite.compiler.captured.contents import CONTENTS, Array, exactly_equal
from autograd_lite.compiler.captured.methods import KEPT_METHOD

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "nothing"})()


class Place:
    """An object that holds others.

    Args:
        holder: the object.
        name: what a message calls it.

    Attributes:
        held: what it held, in order. It is kept alive, so that an identity means an object.
    """

    __slots__ = ("_ids", "held", "holder", "name")

    def __init__(self, holder: Any, name: str) -> None:
        self.holder = holder
        self.name = name
        self.held = self.read()
        self._ids = list(map(id, self.held))

    def read(self) -> list[Any]:
        """Its present content."""
        raise NotImplementedError

    def write(self, held: list[Any]) -> None:
        """Make it hold this."""
        raise NotImplementedError

    def label(self, i: int) -> str:
        """The name, for a message, of the i-th of what it held."""
        return f"{self.name}[{i}]"

    def holds(self) -> bool:
        """Return whether it still holds the same. Equal numbers and strings are the same."""
        now = self.read()
        if list(map(id, now)) == self._ids:
            return True
        if len(now) != len(self.held) or not all(map(exactly_equal, now, self.held)):
            return False
        self.held, self._ids = now, list(map(id, now))
        return True

    def restore(self) -> None:
        """Let it hold again what it held."""
        if not self.holds():
            self.write(self.held)

    def changed(self) -> str:
        """The name, for a message, of the part that differs."""
        now = self.read()
        if len(now) == len(self.held):
            for i, (a, b) in enumerate(zip(now, self.held, strict=True)):
                if not exactly_equal(a, b):
                    return self.label(i)
        return self.name


# Of a container of a class of one's own, which may count, check or print what it is given, its
# base class is asked: `collections.Counter.update` adds.
class _List(Place):
    __slots__ = ()

    def read(self) -> list[Any]:
        return list.copy(self.holder)

    def write(self, held: list[Any]) -> None:
        list.__setitem__(self.holder, slice(None), held)


class _Deque(Place):
    __slots__ = ()

    def read(self) -> list[Any]:
        return list(deque.__iter__(self.holder))

    def write(self, held: list[Any]) -> None:
        deque.clear(self.holder)
        deque.extend(self.holder, held)


class _Set(Place):
    __slots__ = ()

    def read(self) -> list[Any]:
        return sorted(set.__iter__(self.holder), key=id)

    def write(self, held: list[Any]) -> None:
        set.clear(self.holder)
        set.update(self.holder, held)


class _Mapping(Place):
    """A view of a dict: its keys, then its values."""

    __slots__ = ()

    def read(self) -> list[Any]:
        return [*self.holder, *self.holder.values()]

    def write(self, held: list[Any]) -> None:
        """Nothing: the dict itself was reached elsewhere."""

    def label(self, i: int) -> str:
        half = len(self.held) // 2
        return f"{self.name}[{self.held[i - half]!r}]" if i >= half else self.name


class _Dict(_Mapping):
    """A dict: its keys, then its values."""

    __slots__ = ()
    _kind: type[dict[Any, Any]] = dict

    def read(self) -> list[Any]:
        return [*self._kind.__iter__(self.holder), *self._kind.values(self.holder)]

    def write(self, held: list[Any]) -> None:
        half = len(held) // 2
        self._kind.clear(self.holder)
        for key, value in zip(held[:half], held[half:], strict=True):
            self._kind.__setitem__(self.holder, key, value)


class _OrderedDict(_Dict):
    __slots__ = ()
    _kind = OrderedDict


class _Objects(Place):
    """An array of Python objects."""

    __slots__ = ()

    def read(self) -> list[Any]:
        return list(self.holder.flat)

    def write(self, held: list[Any]) -> None:
        for i, x in enumerate(held):
            self.holder.flat[i] = x


class Attributes(Place):
    """The `__dict__` of an object; some names in it are put back only, and not compared."""

    __slots__ = ("_all", "_without")

    def __init__(self, holder: Any, name: str, without: frozenset[str] = frozenset()) -> None:
        self._without = without
        self._all = dict(vars(holder))
        super().__init__(holder, name)

    def read(self) -> list[Any]:
        found = self.holder.__dict__
        if self._without:
            found = {key: x for key, x in found.items() if key not in self._without}
        return [*found, *found.values()]

    def holds(self) -> bool:
        """As of all places; what is no attribute of the user's is no difference."""
        return super().holds() or _same_attributes(self.read(), self.held)

    def write(self, held: list[Any]) -> None:
        now = vars(self.holder)
        now.clear()
        now.update(self._all)

    def label(self, i: int) -> str:
        half = len(self.held) // 2
        return f"{self.name}.{self.held[i - half]}" if i >= half else self.name


class Slots(Place):
    """The `__slots__` of an object."""

    __slots__ = ("_slots",)

    def __init__(self, holder: Any, name: str, slots: list[Any]) -> None:
        self._slots = slots
        super().__init__(holder, name)

    def read(self) -> list[Any]:
        return [_or_missing(slot.__get__, self.holder) for slot in self._slots]

    def write(self, held: list[Any]) -> None:
        for slot, value in zip(self._slots, held, strict=True):
            if value is not MISSING:
                slot.__set__(self.holder, value)
            elif _or_missing(slot.__get__, self.holder) is not MISSING:
                slot.__delete__(self.holder)

    def label(self, i: int) -> str:
        return f"{self.name}.{self._slots[i].__name__}"


class ClassAttributes(Place):
    """The attributes of a class."""

    __slots__ = ()

    def read(self) -> list[Any]:
        found = vars(self.holder)
        return [*found, *found.values()]

    def holds(self) -> bool:
        """As of all places; what is no attribute of the user's is no difference."""
        return super().holds() or _same_attributes(self.read(), self.held)

    def write(self, held: list[Any]) -> None:
        half = len(held) // 2
        before = dict(zip(held[:half], held[half:], strict=True))
        for name, value in list(vars(self.holder).items()):
            if name not in before:
                delattr(self.holder, name)
            elif before[name] is not value:
                setattr(self.holder, name, before[name])
        for name in before.keys() - vars(self.holder).keys():
            setattr(self.holder, name, before[name])

    def label(self, i: int) -> str:
        half = len(self.held) // 2
        return f"{self.name}.{self.held[i - half]}" if i >= half else self.name


class Names(Place):
    """Some names in the `__dict__` of a module: those that code mentions."""

    __slots__ = ("names",)

    def __init__(self, holder: dict[str, Any], name: str, names: list[str]) -> None:
        self.names = names
        super().__init__(holder, name)

    def read(self) -> list[Any]:
        return list(map(self.holder.get, self.names, repeat(MISSING)))

    def write(self, held: list[Any]) -> None:
        for name, value in zip(self.names, held, strict=True):
            if value is not MISSING:
                self.holder[name] = value
            else:
                self.holder.pop(name, None)

    def label(self, i: int) -> str:
        return f"{self.name}.{self.names[i]}" if self.name else self.names[i]


class _Function(Place):
    """The defaults, closure and attributes of a function, and its code."""

    __slots__ = ()

    def read(self) -> list[Any]:
        f = self.holder
        found = [f.__code__, f.__defaults__, f.__kwdefaults__]
        if f.__closure__:
            try:
                found += [cell.cell_contents for cell in f.__closure__]
            except ValueError:  # one is not assigned yet
                found += [_or_missing(_contents, cell) for cell in f.__closure__]
        if f.__dict__:
            found += [*f.__dict__, *f.__dict__.values()]
        return found

    def write(self, held: list[Any]) -> None:
        f = self.holder
        f.__code__, f.__defaults__, f.__kwdefaults__ = held[:3]
        cells = f.__closure__ or ()
        for cell, value in zip(cells, held[3:], strict=False):
            if value is not MISSING:
                cell.cell_contents = value
            elif _or_missing(_contents, cell) is not MISSING:
                del cell.cell_contents
        own = held[3 + len(cells) :]
        half = len(own) // 2
        f.__dict__.clear()
        f.__dict__.update(zip(own[:half], own[half:], strict=True))

    def label(self, i: int) -> str:
        names = ["__code__", "__defaults__", "__kwdefaults__", *self.holder.__code__.co_freevars]
        return names[i] if i < len(names) else f"an attribute of {self.name}"


class _Context(Place):
    """The value of a context variable."""

    __slots__ = ()

    def read(self) -> list[Any]:
        try:
            return [self.holder.get()]
        except LookupError:
            return [MISSING]

    def write(self, held: list[Any]) -> None:
        if held[0] is not MISSING:  # a value can be replaced, but not be taken away
            self.holder.set(held[0])

    def label(self, i: int) -> str:
        return self.name


def place_of(thing: Any, name: str) -> Any:
    """The place that remembers a thing of Python's or NumPy's; None if it cannot change."""
    return next((made(thing, name) for kind, made in _KINDS if isinstance(thing, kind)), None)


def _same_attributes(one: list[Any], other: list[Any]) -> bool:
    """Return whether names and values are the same, but for those that Python and we keep there."""
    a, b = _attributes(one), _attributes(other)
    return a.keys() == b.keys() and all(exactly_equal(x, b[name]) for name, x in a.items())


def _attributes(held: list[Any]) -> dict[str, Any]:
    half = len(held) // 2
    found = dict(zip(held[:half], held[half:], strict=True))
    return {name: x for name, x in found.items() if not name.startswith(_NOT_OF_USERS)}


# A compiled method; what copying an object leaves in its class; what is made when first asked for.
_NOT_OF_USERS = (KEPT_METHOD, "__slotnames__", "__annotations", "_abc_")


def _or_missing(read: Callable[[Any], Any], holder: Any) -> Any:
    try:
        return read(holder)
    except (AttributeError, ValueError):  # a slot, a cell, that nothing was assigned to yet
        return MISSING


def _contents(cell: CellType) -> Any:
    return cell.cell_contents


def _array(thing: Any, name: str) -> _Objects | Array:
    return _Objects(thing, name) if thing.dtype.hasobject else Array(thing, name)


# The first that fits.
_KINDS: tuple[tuple[Any, Callable[[Any, str], Any]], ...] = (
    (FunctionType, _Function),
    (OrderedDict, _OrderedDict),
    (dict, _Dict),
    (MappingProxyType, _Mapping),
    (list, _List),
    (set, _Set),
    (deque, _Deque),
    (ContextVar, _Context),
    (np.ndarray, _array),
    *CONTENTS,
)
