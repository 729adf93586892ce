"""Loops: what nobody uses is not carried on or kept; what can wait is done behind it, at once.

A gradient of a weight that a loop reads is a sum over the steps, of products ``a.T @ b`` as a rule,
or of sums over the rows of b. The loop then keeps a and b, and one product, or sum, of all steps
follows it. So does the product ``b @ w`` that a loop only keeps, if w is the same at each step.
That adds up in another order, so results agree with those of the function to some units in the
last place, and not bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite.compiler.loops import ScanLoop, loop_of
from autograd_lite.compiler.operations import transposed_axes
from autograd_lite.compiler.passes.dead import dead
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import broadcast_to
from autograd_lite.recording import output

MOST_KEPT = 2  # times the memory of a product that its factor may take in its place


def loops(program: Program) -> Program:
    """Leave out of each loop what nobody uses, and add products up behind it."""
    used = _outputs(program)
    news: dict[int, _Rewritten] = {}

    def changed(value: Value) -> Value | list[Value] | None:
        loop = loop_of(value)
        if loop is not None:
            made = _Rewritten(value, loop, used.get(_origin(value), set()))
            news[id(made.value)] = made
            return made.value
        if value.function is output and id(value.inputs[0]) in news:
            return news[id(value.inputs[0])].output(value)
        return None

    return program.rewritten(changed)


def _origin(value: Value) -> int:
    """An identity that a change of the inputs leaves as it is."""
    return id(value.keywords["loop"])


def _outputs(program: Program) -> dict[int, set[int]]:
    """For each loop the numbers of the results that are used."""
    found: dict[int, set[int]] = {}
    for value in program.body:
        if value.function is output and loop_of(value.inputs[0]) is not None:
            found.setdefault(_origin(value.inputs[0]), set()).add(value.keywords["index"])
    return found


class _Rewritten:
    """One loop with less in it.

    Attributes:
        value: the operation.
    """

    def __init__(self, value: Value, loop: ScanLoop, used: set[int]) -> None:
        self._loop = loop
        initial, xs, read, _ = loop.parts(value.inputs)
        self._same = dict(zip(map(id, loop.body.arguments[loop.xs :]), read, strict=True))
        count = len(loop.carries)
        self._sums: dict[int, tuple[Value, ...]] = {}
        self._products: dict[int, Value] = {}
        self._find_what_can_wait(initial, used)
        results = {count + i: x for i, x in enumerate(loop.body.results) if count + i in used}
        results |= {i: x.inputs[0] for i, x in self._products.items()}
        factors = [x for parts in self._sums.values() for x in parts]
        factors += [x.inputs[0] for x in self._products.values()]
        over_steps = _ids(xs_of(loop))
        waiting = [i for i in self._products if id(results[i]) in over_steps]
        kept = {id(x): x for i, x in results.items() if i not in waiting}
        kept |= {id(x): x for x in factors if id(x) not in over_steps}
        carries = self._carried(used, list(kept.values()))
        self._places = {
            **{i: n for n, i in enumerate(carries)},
            **{
                i: len(carries) + list(kept).index(id(x))
                for i, x in results.items()
                if i not in self._products
            },
        }
        self._xs = {id(a): x for a, x in zip(loop.body.arguments, xs, strict=False)}
        self._kept = {key: len(carries) + n for n, key in enumerate(kept)}
        pairs = [(loop.carries[i], loop.news[i]) for i in carries]
        body = dead(replace(loop.body, results=list(kept.values()), assignments=pairs))
        reached = {id(x) for x in body.uses()}
        arguments = list(zip(loop.body.arguments, (*xs, *read), strict=True))
        over = [(a, x) for a, x in arguments[: loop.xs] if id(a) in reached]
        others = [(a, x) for a, x in arguments[loop.xs :] if id(a) in reached]
        body.arguments = [a for a, _ in (*over, *others)]
        states = [loop.carries[i] for i in carries]
        new = replace(loop, body=body, carries=states, xs=len(over))
        inputs = [initial[i] for i in carries] + [x for _, x in (*over, *others)]
        self.value = value.changed(inputs=tuple(inputs), keywords={"loop": new})

    def _carried(self, used: set[int], kept: Sequence[Value]) -> list[int]:
        """The numbers of the carries that matter."""
        loop = self._loop
        needed = {i for i in range(len(loop.carries)) if i in used and i not in self._sums}
        while True:
            pairs = [(loop.carries[i], loop.news[i]) for i in sorted(needed)]
            part = dead(replace(loop.body, results=list(kept), assignments=pairs))
            reached = {id(x) for x in part.uses()}
            more = {i for i, state in enumerate(loop.carries) if id(state) in reached}
            if more <= needed:
                return sorted(needed)
            needed |= more

    # -- what can wait ---------------------------------------------------------------------------

    def _find_what_can_wait(self, initial: Sequence[Any], used: set[int]) -> None:
        loop = self._loop
        uses: dict[int, int] = {}
        for x in loop.body.uses():
            uses[id(x)] = uses.get(id(x), 0) + 1
        for i, (state, new) in enumerate(zip(loop.carries, loop.news, strict=True)):
            if i not in used or not _is_zeros(initial[i]) or uses.get(id(state), 0) != 2:
                continue  # it is used in its own sum, and assigned
            term = _added(state, new)
            parts = None if term is None else _factors(term) or _rows(term)
            if parts is not None and uses.get(id(new), 0) == 1:
                self._sums[i] = parts
        for i, x in enumerate(loop.body.results, len(loop.carries)):
            if i in used and uses[id(x)] == 1 and self._is_product(x):
                self._products[i] = x

    def _is_product(self, x: Value) -> bool:
        """Return whether it is a product with a matrix that is the same at each step."""
        if x.function is not np.matmul or len(x.shape) != 2 or x.keywords or not x.size:
            return False
        a, matrix = x.inputs
        same = id(matrix) in self._same or matrix.kind == "constant"
        alike = a.dtype == matrix.dtype == x.dtype and len(a.shape) == len(matrix.shape) == 2
        return same and alike and id(a) not in self._same and a.size <= MOST_KEPT * x.size

    def output(self, value: Value) -> Value | list[Value]:
        """Return what takes the place of the selection of a result."""
        index = value.keywords["index"]
        if index in self._products:
            return self._product(self._products[index], value)
        if index not in self._sums:
            return value.changed(inputs=(self.value,), keywords={"index": self._places[index]})
        first, *others = (self._all_steps(x, value) for x in self._sums[index])
        if not others:
            total = value.changed(function=np.sum, inputs=(first[-1],), keywords={"axis": 0})
            return [*first, total]
        (second,) = others
        n = value.shape[0]
        turned = value.changed(
            function=np.transpose,
            inputs=(first[-1],),
            keywords={"axes": (1, 0)},
            shape=(n, first[-1].shape[0]),
            name="",
        )
        product = value.changed(function=np.matmul, inputs=(turned, second[-1]), keywords={})
        return [*first, *second, turned, product]

    def _product(self, x: Value, value: Value) -> list[Value]:
        """A product that was kept, of all steps."""
        a, matrix = x.inputs
        rows = self._all_steps(a, value)
        matrix, shape = self._same.get(id(matrix), matrix), (rows[-1].shape[0], x.shape[1])
        made = value.changed(function=np.matmul, inputs=(rows[-1], matrix), keywords={})
        made.shape, made.order, made.name = shape, None, ""
        keywords = {"shape": value.shape}
        return [*rows, made, value.changed(function=np.reshape, inputs=(made,), keywords=keywords)]

    def _all_steps(self, x: Value, like: Value) -> list[Value]:
        """A factor of all steps, one below the other."""
        rows = self._loop.length * x.shape[0]
        given = self._xs.get(id(x))
        made: list[Value] = []
        if given is None:
            shape = (self._loop.length, *x.shape)
            given = like.changed(
                inputs=(self.value,),
                keywords={"index": self._kept[id(x)]},
                shape=shape,
                dtype=x.dtype,
                name=x.name,
            )
            made.append(given)
        flat = (rows, x.shape[1])
        made.append(
            like.changed(
                function=np.reshape,
                inputs=(given,),
                keywords={"shape": flat},
                shape=flat,
                dtype=x.dtype,
                name="",
            )
        )
        return made


def xs_of(loop: ScanLoop) -> list[Value]:
    """The arguments of the body that run over the steps."""
    return loop.body.arguments[: loop.xs]


def _ids(values: Sequence[Value]) -> set[int]:
    return {id(x) for x in values}


def _is_zeros(x: Any) -> bool:
    while isinstance(x, Value) and x.function in (broadcast_to, np.broadcast_to, np.reshape):
        x = x.inputs[0]
    return isinstance(x, Value) and x.kind == "constant" and not x.live and not x.storage.any()


def _added(state: Value, new: Value) -> Value | None:
    """The other operand of a sum."""
    if new.function is not np.add or new.order is not None:
        return None
    a, b = new.inputs
    other = b if a is state else a if b is state else None
    return other if isinstance(other, Value) and other.shape == new.shape else None


def _rows(term: Value) -> tuple[Value] | None:
    """The matrix whose rows are added up."""
    if term.function is not np.sum or term.keywords != {"axis": 0}:
        return None
    x = term.inputs[0]
    plain = isinstance(x, Value) and len(x.shape) == 2 and x.dtype == term.dtype
    return (x,) if plain else None


def _factors(product: Value) -> tuple[Value, Value] | None:
    """The factors a and b of ``a.T @ b``."""
    if product.function is not np.matmul or len(product.shape) != 2 or product.keywords:
        return None
    first, second = product.inputs
    if not (isinstance(first, Value) and isinstance(second, Value)):
        return None
    if first.function is not np.transpose or transposed_axes(first) != (1, 0):
        return None
    a = first.inputs[0]
    if a.dtype != product.dtype or second.dtype != product.dtype or len(second.shape) != 2:
        return None
    return a, second
