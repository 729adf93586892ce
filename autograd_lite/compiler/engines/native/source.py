"""A Program as source for numba: native functions, and a step that calls them between NumPy's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.arrays import address_of
from autograd_lite.compiler.engines.native.blas import addresses_of_blas
from autograd_lite.compiler.engines.native.loops import Loops, Nest, nests
from autograd_lite.compiler.engines.native.schedule import scheduled
from autograd_lite.compiler.engines.native.supported import in_order, is_native
from autograd_lite.compiler.plan import Plan, is_view, plan, transposed_axes
from autograd_lite.compiler.program import FusedLoop, Program, Value
from autograd_lite.compiler.source.numpy_source import INDENT, Writer, index_text, is_filled
from autograd_lite.primitives import broadcast_to, check_bounds, gather

# Nests of loops in one function: the time to compile a function grows faster than its length.
MOST_NESTS = 24
# What the step calls the addresses of BLAS, by the dtype that is multiplied.
BLAS = {"float32": "blas_float32_", "float64": "blas_float64_"}

__all__ = ["NativeFunction", "NativeWriter"]


@dataclass(eq=False)
class NativeFunction:
    """One native function.

    Attributes:
        name: in the module of native code.
        given: what it is called with besides the table of addresses: Values.
        static: names of the arrays whose addresses are in the table, and their shapes and dtypes.
        lines: its body.
    """

    name: str
    given: list[Value] = field(default_factory=list)
    static: dict[str, tuple[tuple[int, ...], Any]] = field(default_factory=dict)
    head: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Its source."""
        given = "".join(f", a{i}" for i in range(len(self.given)))
        body = "\n".join(f"{INDENT}{line}" for line in [*self.head, *self.lines])
        return f"def {self.name}(table{given}):\n{body}\n"


class NativeWriter(Writer):
    """Writes the step; its native functions are in `functions`."""

    def __post_init__(self) -> None:
        self.program = scheduled(_in_rows(self.program), is_native)
        self.functions: list[NativeFunction] = []
        self._runs = list(_runs(self.program))
        self._nests: list[list[Nest]] = [
            nests(v for v in run if v.kind != "fused_update") if native else []
            for native, run in self._runs
        ]
        self._nest_of = {id(v): n for found in self._nests for n in found for v in n.values}
        self._users = _users(self.program)
        self._native_ids = {
            id(v) for native, run in self._runs if native for v in run if not is_view(v)
        }
        self._mark_unseen_views()
        super().__post_init__()

    def _mark_unseen_views(self) -> None:
        """Views that only native code reads count as native."""
        for value in reversed(self.program.body):
            if is_view(value) and not self._is_seen(value):
                self._native_ids.add(id(value))

    @property
    def all_native(self) -> bool:
        """Whether NumPy computes nothing that could overflow."""
        return all(
            native or all(is_view(v) or v.function is check_bounds for v in run)
            for native, run in self._runs
        )

    def _planned(self) -> Plan:
        position = {id(v): i for i, v in enumerate(self.program.body)}
        ends = list(range(len(self.program.body)))
        for nest in self._nest_of.values():
            end = max(position[id(v)] for v in nest.values)
            for v in nest.values:
                ends[position[id(v)]] = end
        return plan(self.program, self._filled, self.reuse, self.in_place, ends)

    def _filled(self, value: Value) -> bool:
        """Whether a value has an array of its own: not one that stays inside of its nest."""
        if id(value) in self._nest_of:
            return self._stored(value)
        return is_filled(value)

    def _stored(self, value: Value) -> bool:
        nest = self._nest_of[id(value)]
        if nest.alone or nest.shape != value.shape:
            return True
        inside = nest.inside
        return any(user not in inside for user in self._users.get(id(value), ()))

    def _is_seen(self, view: Value) -> bool:
        """Whether NumPy reads a view, or a view of it; native code makes its own."""
        return any(user not in self._native_ids for user in self._users.get(id(view), ()))

    # -- the step --------------------------------------------------------------------------------

    def _body(self) -> None:
        for (native, run), found in zip(self._runs, self._nests, strict=True):
            if not native:
                for value in run:
                    if not is_view(value) or self._is_seen(value):
                        self._comment(value)
                        self._emit(value)
                continue
            self._native(run, found)

    def _call(self, value: Value) -> str:
        """As in NumPy's source, but always an array whose elements lie in order."""
        text = super()._call(value)
        if value.dtype is None:
            return text
        if value.shape:
            return f'np.asarray({text}, order="C")'
        return f"np.asarray({text}, np.{value.dtype.name})"

    def _native(self, run: list[Value], found: list[Nest]) -> None:
        for nest in found:
            for value in nest.values:
                if self._filled(value):
                    self._target(value)
        for value in run:
            if is_view(value) and self._is_seen(value):
                self._emit(value)
        parts = [found[i : i + MOST_NESTS] for i in range(0, len(found), MOST_NESTS)] or [[]]
        updates = [value for value in run if value.kind == "fused_update"]
        for part in parts:
            self._native_function(part, updates if part is parts[-1] else [], run[-1])

    def _native_function(self, found: list[Nest], updates: list[Value], last: Value) -> None:
        """One function, and the line of the step that calls it."""
        function = NativeFunction(f"native_{len(self.functions)}")
        self.functions.append(function)
        names = _ArrayNames(self, function)
        loops = Loops(names, self._stored, names.address)
        for nest in found:
            loops.add(nest)
        for value in updates:
            self._native_fused_update(value, names, loops)
        function.lines = loops.lines
        tables = self.bound(function, f"table_of_{function.name}")
        for outer, address in zip(BLAS.values(), addresses_of_blas() or (), strict=False):
            line = f"{outer} = {address}"
            if outer in function.static and line not in self.setup:
                self.setup.append(line)
        table = self.names.new(f"{function.name}_table")
        self.setup.append(f"{table} = {tables}({', '.join(function.static)})")
        call = self.bound(_Call(function), function.name)
        given = "".join(f", {self._passed(x)}" for x in function.given)
        self._say(f"{call}({table}{given})", last)

    def _passed(self, x: Value) -> str:
        """What a native function is called with for a value: for any number a float."""
        name = self.name_of[id(x)]
        return f"float({name})" if x.kind == "number" and x.dtype.kind != "f" else name

    def _native_fused_update(self, value: Value, names: _ArrayNames, loops: Loops) -> None:
        loop: FusedLoop = value.storage
        if self._guarded:
            guard = self.program.guard
            assert guard is not None
            loops.lines += [f"if not abs({names(guard, True)}[0]) < math.inf:", "    return"]
            self._guarded = bool(self.program.assignments)
        for x, target in zip(value.inputs, loop.destination, strict=False):
            if self.memory.destination_of.get(id(x)) is not target:
                destination = names.of_array(target, f"d_{loop.title}", False)
                loops.copy(destination, x)
        self._native_require_finite(loop, names, loops)
        numbers = value.inputs[len(loop.destination) :]
        outer = dict(zip(map(id, loop.body.arguments), numbers, strict=True))
        for block in contiguous(loop.blocks):
            inner = _FusedNames(names, loop, block, outer)
            body = Loops(inner, lambda _: False, names.address)
            values = [v for v in loop.body.body if not is_view(v)]
            body.fused_update(values, loop.body.assignments, len(block[0]))
            loops.lines += body.lines

    def _native_require_finite(self, loop: FusedLoop, names: _ArrayNames, loops: Loops) -> None:
        """As in NumPy's source: what is returned as the guard is made NaN."""
        guard = self.program.guard
        if loop.finite is None or guard is None:
            return
        flat = names.of_array(loop.finite, f"d_{loop.title}_flat")
        static = id(guard) in self.static
        loops.lines += [
            f"squares = np.{loop.finite.dtype.name}(0)",
            f"for i in range({loop.finite.size}):",
            f"    squares = accumulate_product(squares, {flat}[i], {flat}[i])",
            "if not squares < math.inf:",
            f"    {names(guard, static)}[{'0' if static else '()'}] = np.nan",
            "    return",
        ]


class _Call:
    """Stands for a compiled native function among the arguments of `make`."""

    def __init__(self, function: NativeFunction) -> None:
        self.function = function


class _ArrayNames:
    """Names of arrays inside of a native function, each declared at its first use."""

    def __init__(self, writer: NativeWriter, function: NativeFunction) -> None:
        self._writer = writer
        self._function = function
        self._known: dict[tuple[int, bool], str] = {}
        self._kept: list[Any] = []

    def __call__(self, x: Value, flat: bool) -> str:
        key = id(x), flat
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = self._declared(x, flat)
            self._kept.append(x)
        return name

    def of_array(self, array: Any, wanted: str, flat: bool = True) -> str:
        """The name of an array that is bound by itself; with one axis if `flat`."""
        outer = self._writer.bound(array, wanted)
        return self._static(outer, array.shape, array.dtype, flat)

    def address(self, x: Any) -> str:
        """The expression of an address: of a value's array, or of BLAS for a dtype."""
        if not isinstance(x, Value):
            outer = BLAS[x.name]
            self._function.static.setdefault(outer, ((), None))
            return f"table[{list(self._function.static).index(outer)}]"
        while is_view(x):
            x = x.inputs[0]
        outer = self._writer.name_of[id(x)]
        if id(x) in self._writer.static:
            self._function.static.setdefault(outer, (x.shape, x.dtype))
            return f"table[{list(self._function.static).index(outer)}]"
        return f"{self(x, False)}.ctypes.data"

    def _declared(self, x: Value, flat: bool) -> str:
        writer, head = self._writer, self._function.head
        if is_view(x):
            base = x.inputs[0]
            if x.function is np.reshape:
                if flat:
                    return self(base, True)
                source = self(base, True)
                name = f"view_{len(head)}"
                head.append(f"{name} = {source}.reshape({x.shape})")
                return name
            source = self(base, False)
            name = f"view_{len(head)}"
            head.append(f"{name} = {source}{_cut(x)}")
            assert not flat, "elements of a view that is not in order are read one by one"
            return name
        outer = writer.name_of[id(x)]
        if id(x) in writer.static:
            return self._static(outer, x.shape, x.dtype, flat)
        if x not in self._function.given:
            self._function.given.append(x)
        argument = f"a{self._function.given.index(x)}"
        if x.kind == "number":
            return argument
        if not flat:
            return argument
        name = f"{argument}_flat"
        made = f"({argument}[()],)" if not x.shape else f"{argument}.reshape({x.size})"
        head.append(f"{name} = {made}")
        return name

    def _static(self, outer: str, shape: tuple[int, ...], dtype: Any, flat: bool) -> str:
        table = self._function.static
        table.setdefault(outer, (shape, dtype))
        place = list(table).index(outer)
        # No name of a Value ends in an underscore or has two in a row: no variable is called so.
        name = f"{outer}__flat" if flat else f"{outer}_"
        size = int(np.prod(shape, dtype=int))
        whole = repr(size) if flat else repr(shape)
        line = f"{name} = carray(pointer(table[{place}]), {whole}, np.{dtype.name})"
        if line not in self._function.head:
            self._function.head.append(line)
        return name


class _FusedNames:
    """Names in a fused update: columns are arrays of one axis, numbers those outside of it."""

    def __init__(
        self, names: _ArrayNames, loop: FusedLoop, block: tuple[Any, ...], outer: dict[int, Any]
    ) -> None:
        self._names = names
        self._outer = outer
        self._columns = {
            id(column): names.of_array(array, f"{loop.title}_{column.name}")
            for column, array in zip(loop.columns, block, strict=True)
        }

    def __call__(self, x: Value, flat: bool) -> str:
        column = self._columns.get(id(x))
        if column is not None:
            return column
        outer = self._outer.get(id(x), x)
        if outer.kind == "constant":
            self._names._writer.name_of.setdefault(id(outer), self._constant(outer))
        return self._names(outer, flat)

    def _constant(self, x: Value) -> str:
        writer = self._names._writer
        writer._leaf(x)
        return writer.name_of[id(x)]


def contiguous(blocks: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Blocks that follow each other in memory as one, as long as they do."""
    merged: list[tuple[Any, ...]] = []
    for block in blocks:
        if merged and all(map(_follows, merged[-1], block)):
            merged[-1] = tuple(_joined(a, b) for a, b in zip(merged[-1], block, strict=True))
        else:
            merged.append(block)
    return merged


def _follows(a: Any, b: Any) -> bool:
    return (
        a.base is not None
        and a.base is b.base
        and a.base.ndim == 1
        and address_of(a) + a.nbytes == address_of(b)
    )


def _joined(a: Any, b: Any) -> Any:
    start = (address_of(a) - address_of(a.base)) // a.itemsize
    return a.base[start : start + len(a) + len(b)]


def _in_rows(program: Program) -> Program:
    """The program with all arrays in order in memory: native code adds up in an order of its own,
    and does not reshape a view that is turned or cut.
    """

    def ordered(value: Value) -> Value | list[Value]:
        value = value if value.order is None else value.changed(order=None)
        if value.function is np.broadcast_to:
            return value.changed(function=broadcast_to, keywords={"shape": value.shape})
        if value.function is np.reshape and is_view(value) and not in_order(value.inputs[0]):
            x = value.inputs[0]
            copied = value.changed(function=np.copy, inputs=(x,), keywords={}, shape=x.shape)
            copied.name = ""
            return [copied, value.with_inputs((copied,))]
        return value

    return program.rewritten(ordered)


def _runs(program: Program) -> Any:
    """Pairs (whether native, operations), as long as they can be; views go with what follows."""
    current: list[Value] = []
    kind: bool | None = None
    for value in program.body:
        native = is_native(value)
        if not is_view(value) and native is not kind:
            if kind is not None:
                yield kind, current
                current = []
            kind = native
        current.append(value)
    if current:
        yield bool(kind), current


def _users(program: Program) -> dict[int, set[int]]:
    """For each value the ids of what reads it, a view's readers counting as its base's; the
    program's results, assignments and guard read it too.
    """
    users: dict[int, set[int]] = {}
    for value in program.body:
        for x in value.values():
            users.setdefault(id(x), set()).add(id(value))
    ends = [*program.results, *(new for _, new in program.assignments)]
    for x in [*ends, *([program.guard] if program.guard is not None else [])]:
        users.setdefault(id(x), set()).add(-1)
    return users


def _cut(x: Value) -> str:
    """What makes a view of its base, in the source."""
    if x.function is np.transpose:
        axes = transposed_axes(x)
        return ".T" if axes == tuple(range(len(axes)))[::-1] else f".transpose({axes})"
    assert x.function is gather
    return f"[{', '.join(map(index_text, x.keywords['index']))}]"
