"""A Program as NumPy source: a function that one can read, save, and run by itself.

The source has two levels. `make` gets the arrays that live on from call to call (parameters,
slots), makes room for everything that is computed, and returns `step`, which only computes: each
line writes into memory that is there already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograd_lite.compiler.loops import loop_of
from autograd_lite.compiler.operations import is_view
from autograd_lite.compiler.parts import parts_of
from autograd_lite.compiler.plan import Plan
from autograd_lite.compiler.program import FusedLoop, Program, Value
from autograd_lite.compiler.source.expressions import comment_text
from autograd_lite.compiler.source.fused_loop import place_gradients, write_loop
from autograd_lite.compiler.source.part_loop import write_parts
from autograd_lite.compiler.source.scan_loop import write_scan
from autograd_lite.compiler.source.writer import INDENT, Line, Module, Writer


@dataclass
class NumpySource:
    """The source and what it needs.

    Attributes:
        text: the module.
        bindings: the arguments of `make`, in order: (name, what it stands for): a Value of kind
            "state" or "constant", a generator, a function, or a `FusedLoop`.
        plan: of memory.
        lines: of the step, in order.
        standalone: None, or why the source does not run without this project.
    """

    text: str
    bindings: list[tuple[str, Any]]
    plan: Plan
    lines: list[Line]
    standalone: str | None = None


def numpy_source(program: Program, plan: Plan, title: str = "") -> NumpySource:
    """Write a program down.

    Args:
        program: in its final form.
        plan: of its memory.
        title: the first line of the module.
    """
    return StepWriter(program, plan).source(title)


class StepWriter(Writer):
    """Writes one whole program; see `numpy_source`."""

    def __init__(self, program: Program, plan: Plan) -> None:
        super().__init__(program, plan, Module())
        self.guarded = program.guard is not None  # whether the guard is still to be looked at
        self._group = ("", "")

    def source(self, title: str = "") -> NumpySource:
        """Write everything."""
        program = self.program
        for value in program.arguments:
            self.called(value, self.module.names.new(value.name), False)
        for value in program.leaves():
            if value.kind == "state":
                self.leaf(value)
        self.buffers()
        self.body()
        if self.guarded:
            self.check_guard()
        self.assign()
        self.say(self._return())
        text = self._module_text(comment_text(title or self._described()))
        return NumpySource(
            text, self.module.bindings, self.plan, self.lines, self.module.standalone
        )

    def body(self) -> None:
        """Write the operations, in order."""
        for value in self.program.body:
            self.emit(value)

    def emit(self, value: Value) -> None:
        """Write the lines of one operation or fused update."""
        if value.loop is not None and self.guarded:
            self.check_guard()
        self.comment(value)
        if loop_of(value) is not None:
            write_scan(self, value)
            return
        if parts_of(value) is not None:
            write_parts(self, value)
            return
        if value.loop is None:
            super().emit(value)
            return
        place_gradients(self, value, value.loop)
        self._require_finite(value.loop)
        write_loop(self, value, value.loop)

    def comment(self, value: Value) -> None:
        """Write a heading wherever another layer or another phase begins."""
        group = value.phase, value.scope
        if is_view(value) or group == self._group:
            return
        if self.lines and value.phase != self._group[0]:
            self.lines.append(Line(""))
        self._group = group
        self.say("# " + comment_text(": ".join(filter(None, group))))

    # -- what is returned ------------------------------------------------------------------------

    def check_guard(self) -> None:
        """Change nothing by a loss that is not finite."""
        self.guarded = False
        assert self.program.guard is not None
        self.say(f"if not math.isfinite({self.name(self.program.guard)}):")
        self.say(f"    {self._return()}")

    def _require_finite(self, loop: FusedLoop) -> None:
        """Change nothing by gradients that are not finite."""
        guard = self.program.guard
        if loop.finite is None or guard is None:
            return
        flat = self.module.bound(loop.finite, f"d_{loop.title}_flat")
        spoiled = f"np.array(np.nan, np.{guard.dtype.name})"
        returned = [spoiled if x is guard else self.result(x) for x in self.program.results]
        self.say(f"if not math.isfinite(np.dot({flat}, {flat})):")
        self.say(f"    return ({', '.join(returned)},)")

    def _return(self) -> str:
        returned = ", ".join(map(self.result, self.program.results))
        return f"return ({returned}{',' * (len(self.program.results) == 1)})"

    # -- the module ------------------------------------------------------------------------------

    def _described(self) -> str:
        given = (f"{self.name(x)} {x.shape} {x.dtype}" for x in self.program.arguments)
        return f"{self.program.name}({', '.join(given)})"

    def _module_text(self, title: str) -> str:
        """The parts of the source, put together."""
        module = self.module
        given = ", ".join(map(self.name, self.program.arguments))
        steps = [f"{INDENT * 2}{line.text}" if line.text else "" for line in self.lines]
        setup = [f"{INDENT}{line}" for line in module.setup]
        parts = [*(f"\n{helper}\n" for helper in module.helpers.values()), *setup, *steps]
        return "\n".join(
            [
                f'"""{title}"""',
                "",
                *(["import math"] if "math." in "".join(parts) else []),
                "import numpy as np",
                "",
                *parts[: len(module.helpers)],
                "",
                f"def make({', '.join(name for name, _ in module.bindings)}):",
                *setup,
                "",
                f"{INDENT}def step({given}):",
                *steps,
                "",
                f"{INDENT}return step",
                "",
            ]
        )
