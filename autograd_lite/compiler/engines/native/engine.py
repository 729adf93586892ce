"""`NumbaEngine`: a program whose element-wise parts and small products are native code."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd_lite.compiler.engines.native.arrays import NativeFunction
from autograd_lite.compiler.engines.native.cache import compiled
from autograd_lite.compiler.engines.native.layout import native_layout
from autograd_lite.compiler.engines.native.source import Address, NativeCall, NativeWriter
from autograd_lite.compiler.engines.native.workers import the_team
from autograd_lite.compiler.engines.numpy_engine import (
    NumpyEngine,
    bound,
    is_state,
    made_from,
    require_like,
)
from autograd_lite.compiler.plan import plan_memory
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.source.numpy_source import NumpySource

__all__ = ["NumbaEngine"]

HEADER = '''"""Native code, compiled by numba."""

import math

import numpy as np
from autograd_lite.compiler.engines.native.accumulate import accumulate, accumulate_product
from autograd_lite.compiler.engines.native.blas import multiply_float32, multiply_float64
from autograd_lite.compiler.engines.native.functions import (
    exp_float32, log1p_float32, log_float32, tanh_float32,
)
from autograd_lite.compiler.engines.native.pointers import pointer
from autograd_lite.compiler.engines.native.shared_products import share_float32, share_float64
from numba import carray

'''


class NumbaEngine(NumpyEngine):
    """Runs native functions, and NumPy between them.

    Where numba cannot compile or its cache cannot be used, it warns and is a `NumpyEngine`.
    """

    name = "numba"
    _shares = False  # whether several threads do its work
    _all_native = False  # whether NumPy computes nothing, whose warnings would have to be silenced

    def __init__(self, program: Program, *, reuse: bool = True, in_place: bool = True) -> None:
        super().__init__(program, reuse=reuse, in_place=in_place)
        layout = native_layout(program)
        plan = plan_memory(
            layout.program,
            fills=layout.fills,
            ends_at=layout.ends_at(),
            in_parts=layout.in_parts(),
            reuse=reuse,
            in_place=in_place,
        )
        writer = NativeWriter(layout, plan)
        native = writer.source()
        self.native_source = HEADER + "\n\n".join(f.text() for f in writer.functions)
        if not writer.functions:
            self.name = "numpy"
            return
        try:
            self._functions = _compiled(writer.functions)
        except Exception as error:  # whatever numba or its cache stumbles over
            warnings.warn(
                f"numba could not compile {program.name}, which NumPy runs instead: "
                f"{type(error).__name__}: {error}",
                stacklevel=2,
            )
            self.name = "numpy"
            return
        self.step_source = native.text
        self._native = native
        self._make = made_from(native)
        self._states = [x for _, x in native.bindings if is_state(x)]
        self._writer = writer
        self._in_order = True
        self._all_native = layout.all_native
        self._shares = writer.shares

    def _computed(self, given: Any) -> Any:
        if not self._shares:
            return self._step(*given) if self._all_native else super()._computed(given)
        with the_team():
            return self._step(*given) if self._all_native else super()._computed(given)

    def _attach(self) -> None:
        if self.name == "numpy":
            super()._attach()
            return
        for state in self._states:
            require_like(state)  # native code trusts in shapes
            data = state.storage._array
            if not data.flags.c_contiguous:
                state.storage._array = np.ascontiguousarray(data)
        by_name = dict(zip((f.name for f in self._writer.functions), self._functions, strict=True))
        self._bind(self._native, by_name)

    def _bind(self, source: NumpySource, functions: dict[str, Any]) -> None:
        from autograd_lite.compiler.engines.native.pointers import addresses

        self._note_attached()
        self._alive: list[Any] = []

        def table_of(*arrays: Any) -> Any:
            self._alive += arrays  # nobody else may hold what only native code reads
            return addresses(*arrays)

        def given(thing: Any) -> Any:
            if isinstance(thing, NativeCall):
                return functions[thing.function.name]
            if isinstance(thing, Address):
                return thing()
            if isinstance(thing, NativeFunction):
                return table_of
            return bound(thing)

        self._step = self._make(*(given(x) for _, x in source.bindings))


def _compiled(functions: list[NativeFunction]) -> list[Any]:
    """The functions as machine code; those that differ in names alone are compiled once."""
    alike: dict[Any, int] = {}
    texts, signatures, places = [], [], []
    for function in functions:
        signature = _signature(function)
        key = function.anonymous("native"), str(signature)
        if key not in alike:
            alike[key] = len(alike)
            texts.append(function.anonymous(f"native_{alike[key]}"))
            signatures.append(signature)
        places.append(alike[key])
    names = [f"native_{i}" for i in range(len(alike))]
    made = compiled(HEADER + "\n\n".join(texts), names, signatures)
    return [made[place] for place in places]


def _signature(function: NativeFunction) -> Any:
    """The types that a native function is compiled for."""
    import numba
    from numba import types

    given: list[Any] = [types.Array(types.int64, 1, "C")]
    for x in function.given:
        if x.kind == "number":
            given.append(types.float64)
        else:
            given.append(types.Array(numba.from_dtype(x.dtype), len(x.shape), "C"))
    parts = (types.int64,) * 2 if function.run else ()
    return types.void(*given, *parts)
