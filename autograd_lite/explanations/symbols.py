"""Symbols of the values in formulas: by their own name, or by the role they play."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.graphs.labels import is_array, printable
from autograd_lite.maths.tidying import number
from autograd_lite.maths.tree import Node, Number, Operator, Script, Symbol, row
from autograd_lite.tensor import Tensor, made_by

__all__ = ["Symbols", "matching"]

_NAME = re.compile(r"([A-Za-z]+)_?(\d*)")
_LONGEST = 12
_ACTIVATIONS = frozenset(
    [
        "elu",
        "gelu",
        "hard_sigmoid",
        "hard_tanh",
        "leaky_relu",
        "log_softmax",
        "mish",
        "relu",
        "relu6",
        "selu",
        "sigmoid",
        "silu",
        "softmax",
        "softplus",
        "softsign",
        "tanh",
    ]
)
_WEIGHTS = {"kernel": "W", "bias": "b", "gamma": "gamma", "beta": "beta", "embeddings": "E"}
_TARGETED = frozenset(["subtract", "squared_error"])


class Symbols:
    """The symbols of the values of a computation.

    A value that has a name which can be a symbol keeps it. Others are called by their part: z
    what an activation takes and a what it gives, x the data in a matrix product, y what is
    subtracted, and v what is left. What would have the same symbol is numbered.

    Args:
        nodes: the values between w and J.
        names: what the caller calls arrays and Tensors.
        roles: the part that is known of some, by id().
        known: the symbols that are known of some, by id().

    Raises:
        TypeError: if names is not a dict.
        ValueError: for a name that cannot be a symbol.
    """

    def __init__(
        self,
        nodes: Sequence[Tensor],
        names: Mapping[str, Any],
        roles: Mapping[int, str],
        known: Mapping[int, Node],
    ) -> None:
        self._symbols: dict[int, Node] = {}
        self._taken: set[Node] = set()
        self._kept: list[Any] = []  # what is known by its id must not go away
        parts = list(_values(nodes))
        chosen = _chosen(parts, names)
        for name, found in _grouped(parts, lambda x: chosen.get(id(x))):
            self._name_all(name, found)
        for i, symbol in known.items():
            self._symbols.setdefault(i, symbol)
        for name, found in _grouped(parts, _own_name(nodes)):
            self._name_all(name, found)
        self._named = frozenset(self._symbols)
        parts_played = _Roles(parts, roles)
        for name, found in _grouped(parts, parts_played.of):
            self._name_all(name, found)
        self.values = parts

    def of(self, x: Any) -> Node:
        """The symbol of a Tensor or an array; a number as it is."""
        if id(x) in self._symbols:
            return self._symbols[id(x)]
        return number(float(x._array if isinstance(x, Tensor) else x))

    def is_taken(self, symbol: Node) -> bool:
        """Return whether a symbol is in use."""
        return symbol in self._taken

    def has_own_name(self, x: Any) -> bool:
        """Return whether a value is called by a name of its own, not by its role."""
        return id(x) in self._named

    def _name_all(self, name: str, found: list[Any]) -> None:
        """Give values one name; with numbers if there are several, or the name is taken."""
        found = [x for x in found if id(x) not in self._symbols]
        plain = _as_symbol(name)
        if len(found) == 1 and plain not in self._taken:
            self._enter(found[0], plain)
            return
        count = 0
        for x in found:
            symbol = plain
            while symbol in self._taken or symbol == plain:
                count += 1
                symbol = _numbered(plain, count)
            self._enter(x, symbol)

    def _enter(self, x: Any, symbol: Node) -> None:
        self._symbols[id(x)] = symbol
        self._taken.add(symbol)
        self._kept.append(x)


def _values(nodes: Sequence[Tensor]) -> Iterable[Any]:
    """The nodes and what went into them, in the order of computation, each once."""
    seen: set[int] = set()
    for node in nodes:
        for x in (*(node.inputs or ()), node):
            if id(x) not in seen and _has_symbol(x):
                seen.add(id(x))
                yield x


def _has_symbol(x: Any) -> bool:
    """Return whether a value gets a symbol; other numbers are written as they are."""
    if not isinstance(x, Tensor):
        return is_array(x)
    if isinstance(x._array, tuple):
        return True
    return x.ndim > 0 or x.requires_grad or x.name is not None or x.function is not None


def _grouped(parts: list[Any], name_of: Any) -> list[tuple[str, list[Any]]]:
    """The values that have a name, by name, in order."""
    groups: dict[str, list[Any]] = {}
    for x in parts:
        name = name_of(x)
        if name is not None:
            groups.setdefault(name, []).append(x)
    return list(groups.items())


def _chosen(parts: list[Any], names: Mapping[str, Any]) -> dict[int, str]:
    """The names that the caller gives, by the id() of the values that are meant."""
    chosen: dict[int, str] = {}
    for name, value in names.items():
        if not isinstance(name, str) or _plain(name) is None:
            raise ValueError(
                f"names: {printable(repr(name), 40)} cannot be a symbol. A symbol is letters, then "
                "perhaps digits: x, X, y_1, alpha"
            )
        meant = [x for x in parts if matching(x, value)]
        if not meant:
            raise ValueError(
                f"names: {name!r} matches nothing that J was computed from: neither the Tensor "
                "given nor an array of its shape and values"
            )
        for x in meant:
            chosen.setdefault(id(x), name)
    return chosen


def matching(x: Any, value: Any) -> bool:
    """Return whether two values are the same object, or arrays of the same values."""
    if x is value:
        return True
    if isinstance(x, Tensor) and (isinstance(value, Tensor) or x.requires_grad):
        return False
    a, b = (np.asarray(v._array if isinstance(v, Tensor) else v) for v in (x, value))
    return a.shape == b.shape and a.ndim > 0 and bool(np.array_equal(a, b.astype(a.dtype)))


def _own_name(nodes: Sequence[Tensor]) -> Any:
    """The name that a Tensor has, if it can be a symbol; J and w for the ends."""
    first, last = nodes[0], nodes[-1]

    def name_of(x: Any) -> str | None:
        own = _plain(x.name) if isinstance(x, Tensor) and x.name else None
        if own is None and x is last:
            return "J"
        if own is None and x is first and x.function is None:
            return "w"
        return own

    return name_of


def _plain(name: str) -> str | None:
    """A name as a symbol can have it: of letters, then perhaps digits; weights by their letter."""
    last = str(name).rpartition("/")[2]
    match = _NAME.fullmatch(last)
    if match is None or not last.isascii() or len(last) > _LONGEST:
        return None
    letters, digits = match.groups()
    return _WEIGHTS.get(letters, letters) + digits


def _as_symbol(name: str) -> Node:
    match = _NAME.fullmatch(name)
    assert match is not None
    letters, digits = match.groups()
    return Script(Symbol(letters), Number(digits)) if digits else Symbol(letters)


def _numbered(symbol: Node, count: int) -> Node:
    if isinstance(symbol, Script):
        below = row(symbol.below or Number(""), Operator(","), Number(str(count)))
        return Script(symbol.base, below)
    return Script(symbol, Number(str(count)))


class _Roles:
    """The role of each value: the input of an activation, the data of a matrix product, ..."""

    def __init__(self, parts: Sequence[Any], known: Mapping[int, str]) -> None:
        self._roles: dict[int, str] = dict(known)
        for node in parts:
            operation = _operation(node)
            if operation is None:
                continue
            if operation in _ACTIVATIONS:
                self._roles.setdefault(id(node), "a")
                self._roles.setdefault(id((node.inputs or (None,))[0]), "z")
            elif operation == "add" and any(_operation(x) == "matmul" for x in node.inputs or ()):
                self._roles.setdefault(id(node), "z")
            for x in node.inputs or ():
                if operation == "matmul" and not _computed(x):
                    self._roles.setdefault(id(x), "x")
                elif operation in _TARGETED and not _computed(x):
                    self._roles.setdefault(id(x), "y")

    def of(self, x: Any) -> str:
        if id(x) in self._roles:
            return self._roles[id(x)]
        if not isinstance(x, Tensor):
            return "c"
        if x.function is None:
            return "theta" if x.requires_grad else "c"
        return "v"


def _computed(x: Any) -> bool:
    return isinstance(x, Tensor) and (x.function is not None or x.requires_grad)


def _operation(x: Any) -> str | None:
    return made_by(x) if isinstance(x, Tensor) and x.function else None
