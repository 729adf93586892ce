"""`Captured`: all that a function reads from around it, as it was at one moment.

From a function one reaches the cells of its closure, the globals and the attributes of modules that
its code names, its defaults; from those, attributes of objects, what containers hold, the functions
and classes that they are, and so on. A compiled function asks before each call whether anything
there has changed; while it is traced, whether it has changed anything there itself.

The walk ends at Tensors (whose values a program reads at each call), at objects of the standard
library and of other packages, at files and clocks: those are out of reach.
"""

from __future__ import annotations

import collections
import dis
import functools
import gc
import random
import sys
import threading
from collections.abc import Iterator, Mapping
from types import (
    BuiltinMethodType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any

import numpy as np

from autograd_lite.compiler.captured.contents import (
    ATOMS,
    GENERATORS,
    Array,
    Cached,
    TensorKind,
)
from autograd_lite.compiler.captured.places import (
    Attributes,
    ClassAttributes,
    Names,
    Slots,
    place_of,
)
from autograd_lite.table import TABLE, Operation
from autograd_lite.tensor import Tensor

OWN = frozenset({"autograd_lite", "nn", "numpy"})
# Of the standard library, what is nothing but its attributes.
_NAMESPACES = (
    SimpleNamespace,
    collections.ChainMap,
    collections.UserDict,
    collections.UserList,
    threading.local,
    BaseException,
)
_VIEWS: Any = (type({}.keys()), type({}.values()), type({}.items()))


class Captured:
    """Everything that can be reached from some roots, as it was when this was made.

    Args:
        roots: functions, objects, containers, by the names that messages call them.

    Attributes:
        places: where something is held that can be reached.
        arrays: the arrays that were reached.
        opaque: what a message calls something whose state cannot be read, such as an iterator;
            None if there is nothing of the kind.

    Example:
        >>> rates = {"fast": 0.1}
        >>> captured = Captured({"rates": rates})
        >>> captured.difference()
        >>> rates["fast"] = 0.2
        >>> captured.difference()
        "rates['fast']"
        >>> captured.restore()
        >>> rates
        {'fast': 0.1}
    """

    def __init__(self, roots: Mapping[str, Any]) -> None:
        walk = _Walk(roots)
        self.places = walk.places
        # Drawing is part of a program: a generator's state is looked at while tracing only.
        self._generators = walk.generators
        self.arrays = [place.holder for place in walk.places if isinstance(place, Array)]
        self.opaque = walk.opaque

    def difference(self) -> str | None:
        """The name, for a message, of the first thing that is not as it was; None if all is."""
        for place in self.places:
            if not place.holds():
                return f"{place.changed()}"
        return None

    def effect(self) -> str | None:
        """As `difference`, with the states of random generators."""
        for place in self._generators:
            if not place.holds():
                return f"{place.changed()}"
        return self.difference()

    def restore(self) -> None:
        """Put everything back as it was."""
        for place in (*self.places, *self._generators):
            place.restore()

    def watch(self, tensors: list[Tensor]) -> None:
        """Look at these Tensors too: whether they are trained, their shape and dtype."""
        known = {id(place.holder) for place in self.places}
        for x in tensors:
            if id(x) not in known:
                self.places.append(TensorKind(x, _name_of_tensor(x, "a Tensor")))


class _Walk:
    """The walk from the roots to everything that can be reached."""

    def __init__(self, roots: Mapping[str, Any]) -> None:
        self.places: list[Any] = []
        self.generators: list[Any] = []
        self.opaque: str | None = None
        self._seen: dict[int, Any] = {}  # ids are of living objects only
        self._waiting: list[tuple[Any, str]] = []
        self._names: set[str] = set()
        self._globals: dict[int, tuple[dict[str, Any], set[str]]] = {}
        self._modules: dict[int, ModuleType] = {}
        # Installed or not: a package that compiles its own functions is the user's.
        found = {_package(_module_of(_unwrapped(root))) for root in roots.values()}
        self._packages = found - OWN - _PYTHONS
        for name, root in roots.items():
            self._reach(root, name)
        self._visit_all()
        self.generators += [
            place_of(np.random.mtrand._rand, "NumPy's global random generator"),
            place_of(random._inst, "Python's global random generator"),
        ]

    def _reach(self, thing: Any, name: str) -> None:
        if type(thing) in ATOMS or id(thing) in self._seen:
            return
        self._seen[id(thing)] = thing
        self._waiting.append((thing, name))

    def _visit_all(self) -> None:
        """Visit what waits, and what names that were found meanwhile mean in modules."""
        named: dict[int, Names] = {}
        while True:
            while self._waiting:
                self._visit(*self._waiting.pop())
            for holder, names, title in self._spaces():
                known = named.get(id(holder))
                if known is None or len(known.names) != len(names):
                    named[id(holder)] = place = Names(holder, title, sorted(names))
                    for i, value in enumerate(place.held):
                        self._reach(value, place.label(i))
            if not self._waiting:
                break
        self.places += named.values()

    def _spaces(self) -> Iterator[tuple[dict[str, Any], set[str], str]]:
        """The `__dict__` of modules, and the names in them that code mentions."""
        for holder, names in list(self._globals.values()):
            yield holder, names, ""
        for name in list(self._names):
            module = sys.modules.get(name)
            if module is not None and self._is_users(name):
                self._modules[id(module)] = module
        for module in list(self._modules.values()):
            # A name that is not there yet may be by the next call.
            yield vars(module), self._names, module.__name__

    def _visit(self, thing: Any, name: str) -> None:
        if isinstance(thing, Tensor):
            self.places.append(TensorKind(thing, _name_of_tensor(thing, name)))
        elif isinstance(thing, GENERATORS):
            self.generators.append(place_of(thing, name))
        elif isinstance(thing, ModuleType):
            if self._is_users(thing.__name__):
                self._modules[id(thing)] = thing
        elif isinstance(thing, type):
            self._visit_class(thing)
        elif isinstance(thing, FunctionType):
            self._visit_function(thing, name)
        else:
            self._visit_object(thing, name)

    def _visit_object(self, thing: Any, name: str) -> None:
        place = None if isinstance(thing, (np.generic, np.ufunc)) else place_of(thing, name)
        if place is not None:
            self._add(place)
        for inner in _parts(thing):
            self._reach(inner, name)
        kind = type(thing)
        if self._is_users(kind.__module__) or _is_its_attributes(thing):
            if hasattr(thing, "__dict__"):
                ignored: frozenset[str] = getattr(kind, "_not_captured", frozenset())
                self._add(Attributes(thing, name, ignored))
            slots = self._slots_of(kind)
            if slots:
                self._add(Slots(thing, name, slots))
            self._reach(kind, kind.__name__)
        elif place is None and hasattr(kind, "__next__") and self.opaque is None:
            self.opaque = name

    def _visit_function(self, function: FunctionType, name: str) -> None:
        # A function of another package is fixed; what it closes over may be the user's.
        place: Any = place_of(function, name)
        if self._is_users(_module_of(function)):
            attributes, names = _names_in(function.__code__)
            self._names |= attributes
            around = function.__globals__
            if names & _READS_ALL:
                names |= around.keys()
            self._globals.setdefault(id(around), (around, set()))[1].update(names)
            self._add(place)
        elif function.__closure__:
            self._add(place)
        entry = TABLE.get(function)
        if isinstance(entry, Operation):  # a primitive, and how it is differentiated
            for part in (entry.evaluate, entry.joint, *entry.rules):
                self._reach(part, name)

    def _visit_class(self, kind: type) -> None:
        for base in kind.__mro__:
            if self._is_users(base.__module__) and (base is kind or id(base) not in self._seen):
                self._seen[id(base)] = base
                self._add(ClassAttributes(base, base.__name__))
        self._reach(type(kind), type(kind).__name__)

    def _slots_of(self, kind: type) -> list[Any]:
        return [
            slot
            for base in kind.__mro__
            if self._is_users(base.__module__)
            for slot in vars(base).values()
            if isinstance(slot, MemberDescriptorType)
        ]

    def _add(self, place: Any) -> None:
        self.places.append(place)
        for i, value in enumerate(getattr(place, "held", ())):
            if type(value) not in ATOMS:
                self._reach(value, place.label(i))

    def _is_users(self, module: str) -> bool:
        return _package(module) in self._packages or _is_no_librarys(module)


def _is_namespace(thing: Any) -> bool:
    """Return whether something of the standard library is nothing but its attributes."""
    argparse = sys.modules.get("argparse")  # before its import there is no Namespace of it
    return isinstance(thing, _NAMESPACES) or (
        argparse is not None and isinstance(thing, argparse.Namespace)
    )


def _parts(thing: Any) -> tuple[Any, ...]:
    """The parts of an object that itself cannot change."""
    if isinstance(thing, (tuple, frozenset)):
        return tuple(thing)
    if isinstance(thing, MethodType):
        return thing.__self__, thing.__func__
    if isinstance(thing, (functools.partial, functools.partialmethod)):
        return thing.func, thing.args, thing.keywords
    if isinstance(thing, _VIEWS):
        return (thing.mapping,)
    if isinstance(thing, BaseException):
        return thing.args
    if isinstance(thing, memoryview):
        return (thing.obj,)
    if isinstance(thing, Cached):
        return thing.__wrapped__, *_results_kept(thing)
    if isinstance(thing, property):
        return thing.fget, thing.fset, thing.fdel
    if isinstance(thing, functools.cached_property):
        return (thing.func,)
    if isinstance(thing, (staticmethod, classmethod)):
        return (thing.__func__,)
    if isinstance(thing, BuiltinMethodType):
        return () if isinstance(thing.__self__, ModuleType) else (thing.__self__,)
    found = getattr(thing, "__dict__", {})
    inner = found.get("__wrapped__", found.get("__origin__"))  # a compiled function, `Kind[int]`
    return () if inner is None else (inner,)


def _results_kept(cached: Any) -> list[Any]:
    """The results that a function of `functools.cache` keeps."""
    held = [x for x in gc.get_referents(cached) if not isinstance(x, type)]
    inner = [x for kept in held if type(kept) is dict for x in kept.values()]
    return [x for x in (*held, *inner) if type(x) is not dict]


def _is_its_attributes(thing: Any) -> bool:
    """Return whether an object's code is fixed, and its attributes are not: a layer, say."""
    package = _package(type(thing).__module__)
    of_numpy = package == "numpy" and hasattr(thing, "__dict__")
    return of_numpy or package == "nn" or _is_namespace(thing)


_PYTHONS = (sys.stdlib_module_names | {"builtins"}) - {"__main__"}
_READS_ALL = {"globals", "eval", "exec"}
_READS_BY_TEXT = {"getattr", "vars", "__dict__", "attrgetter", "modules", "import_module"}
_READS_GLOBAL = ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL")


@functools.lru_cache(4096)
def _names_in(code: CodeType) -> tuple[frozenset[str], frozenset[str]]:
    """All names in code and in the code inside of it, of attributes and modules too; and those that
    are read as globals.
    """
    names = set(code.co_names)
    read = {x.argval for x in dis.get_instructions(code) if x.opname in _READS_GLOBAL}
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            inner_names, inner_read = _names_in(inner)
            names |= inner_names
            read |= inner_read
    if names & _READS_BY_TEXT:
        names |= {x for x in code.co_consts if isinstance(x, str)}
    return frozenset(names), frozenset(read)


def _unwrapped(function: Any) -> Any:
    """The function behind a method, a decorator or a partial."""
    while True:
        if isinstance(function, functools.partial):
            function = function.func
            continue
        inner = getattr(function, "__wrapped__", None) or getattr(function, "__func__", None)
        if inner is None:
            return function
        function = inner


def _module_of(thing: Any) -> str:
    if isinstance(thing, FunctionType):
        return str(thing.__globals__.get("__name__", ""))
    return str(getattr(thing, "__module__", None) or type(thing).__module__)


def _package(module: str) -> str:
    return module.partition(".")[0]


@functools.cache
def _is_no_librarys(module: str) -> bool:
    """Return whether a module is neither ours nor Python's nor installed by somebody."""
    package = _package(module)
    if package in OWN or package in _PYTHONS:
        return False
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return "site-packages" not in file and "dist-packages" not in file


def _name_of_tensor(tensor: Tensor, name: str) -> str:
    return repr(tensor.name) if tensor.name else name
