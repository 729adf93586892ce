"""`Report`: what the passes have done to a program, and what it takes to run it."""

from __future__ import annotations

from typing import Any

from autograd_lite.compiler.program import Program
from autograd_lite.compiler.reports.cost import arithmetic


class Report:
    """The parts of a compiled program and the passes' work; `print` shows it as a table.

    Attributes:
        recorded: the number of operations that were traced.
        operations: the number that are left.
        passes: (name, operations before, operations after), in the order in which they ran.
        arithmetic: an estimate of the floating-point operations in one call.
        engine: "numpy" or "native".
    """

    def __init__(
        self, traced: Program, program: Program, passes: list[tuple[str, int, int]], engine: Any
    ) -> None:
        self.recorded = len(traced.body)
        self.operations = len(program.body)
        self.passes = passes
        self.arithmetic = sum(map(arithmetic, program.body))
        self.engine = engine.name
        self._engine = engine

    @property
    def buffers(self) -> int:
        """The number of blocks of memory that NumPy has for intermediate values."""
        return len(self._engine.numpy.plan.buffers)

    @property
    def bytes(self) -> int:
        """The memory that they take."""
        return int(self._engine.numpy.plan.nbytes)

    def measure(self, *given: Any, repeat: int = 20) -> list[tuple[str, float]]:
        """The time of each line of the NumPy source, in microseconds, slowest first.

        Args:
            *given: arguments to run it on. What the program assigns is assigned.
            repeat: how often; the fastest counts.
        """
        from autograd_lite.compiler.reports.timing import line_times

        return line_times(self._engine, given, repeat)

    def __str__(self) -> str:
        lines = [
            f"engine          {self.engine}",
            f"operations      {self.recorded} recorded, {self.operations} left",
            *(f"  {name:<13} {before:>4} -> {after}" for name, before, after in self.passes),
            f"buffers         {self.buffers}, {self.bytes:,} bytes",
            f"arithmetic      {self.arithmetic:,} floating-point operations a call",
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Report({self.recorded} recorded, {self.operations} operations, {self.engine})"
