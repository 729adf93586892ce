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

_NAME = re.compile(r"([A-Za-z]+)(?:_?(\d+)|_([A-Za-z]+))?")
_LONGEST = 16
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
_TAKES_DATA = frozenset(["matmul", "windows"])


class Symbols:
    """The symbols of the values of a computation.

    A value that has a name which can be a symbol keeps it. Others are called by their part: z
    what an activation takes and a what it gives, x the data in a matrix product, y what is
    subtracted, w what is learned, J the one number that is the result, and v what is left. What
    would have the same symbol is numbered.

    Args:
        nodes: the values of the computation, in order.
        results: those of them that were asked for.
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
        results: Sequence[Tensor],
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
        for name, found in _grouped(parts, _own_name(results)):
            self._name_all(name, found)
        self._named = frozenset(self._symbols)
        self._roles = _Roles(parts, roles)
        for name, found in _grouped(parts, self._roles.of):
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

    def meaning(self, x: Any) -> str | None:
        """Words for a value without a name, "labels" or "dropout mask"; None for the others."""
        if id(x) in self._named or _computed(x):
            return None
        role = self._roles.of(x)
        if role == "y" and (x._array if isinstance(x, Tensor) else x).dtype.kind in "iu":
            return "labels"
        return "dropout mask" if role == "mask" else None

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
                "perhaps digits or more letters: x, X, y_1, y_true, alpha"
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


def _own_name(results: Sequence[Tensor]) -> Any:
    """The name that a Tensor has, if it can be a symbol; J for the one number that is a result."""

    def name_of(x: Any) -> str | None:
        own = _plain(x.name) if isinstance(x, Tensor) and x.name else None
        is_result = len(results) == 1 and x is results[0] and not isinstance(x._array, tuple)
        return "J" if own is None and is_result and x.size == 1 else own

    return name_of


def _plain(name: str) -> str | None:
    """A name as a symbol can have it: letters, then perhaps digits or more letters, "y_true";
    weights by their letter.
    """
    last = str(name).rpartition("/")[2]
    match = _NAME.fullmatch(last)
    if match is None or not last.isascii() or len(last) > _LONGEST:
        return None
    letters, digits, below = match.groups("")
    letter = letters if below else _WEIGHTS.get(letters, letters)
    return f"{letter}_{below}" if below else letter + digits


def symbol_named(name: str | None) -> Node | None:
    """The symbol that a name is written as; None for one that cannot be a symbol."""
    plain = _plain(name) if name else None
    return None if plain is None else _as_symbol(plain)


def _as_symbol(name: str) -> Node:
    match = _NAME.fullmatch(name)
    assert match is not None
    letters, digits, below = match.groups("")
    if below:
        return Script(Symbol(letters), Symbol(below))
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
            if operation is not None:
                self._note(node, operation)

    def _note(self, node: Tensor, operation: str) -> None:
        inputs = node.inputs or ()
        if operation in _ACTIVATIONS:
            self._roles.setdefault(id(node), "a")
            self._roles.setdefault(id((node.inputs or (None,))[0]), "z")
        elif operation == "add" and any(_operation(x) == "matmul" for x in inputs):
            self._roles.setdefault(id(node), "z")
        for x in inputs:
            if _computed(x):
                continue
            if operation in _TAKES_DATA:
                self._roles.setdefault(id(x), "x")
            elif operation in _TARGETED:
                self._roles.setdefault(id(x), "y")
            elif operation == "multiply" and _is_in_dropout(node):
                self._roles.setdefault(id(x), "mask")

    def of(self, x: Any) -> str:
        if id(x) in self._roles:
            return self._roles[id(x)]
        if not isinstance(x, Tensor):
            return "c"
        if x.function is None:
            return "w" if x.requires_grad else "c"
        return "v"


def _computed(x: Any) -> bool:
    return isinstance(x, Tensor) and (x.function is not None or x.requires_grad)


def _is_in_dropout(node: Tensor) -> bool:
    return node.scope is not None and "dropout" in str(node.scope.name)


def _operation(x: Any) -> str | None:
    return made_by(x) if isinstance(x, Tensor) and x.function else None
