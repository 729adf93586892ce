"""Names in the source: those of Tensors and layers where there are any, made unique."""

from __future__ import annotations

import builtins
import keyword
import re

from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source import helpers

_TAKEN = {"np", "math", "step", "make", *helpers.NAMES, *keyword.kwlist, *dir(builtins)}
LONGEST = 40
LONGEST_SCOPE = 16


class Names:
    """Identifiers, each given once."""

    def __init__(self) -> None:
        self._taken = set(_TAKEN)
        self._count: dict[str, int] = {}

    def new(self, wanted: str) -> str:
        """An identifier that says `wanted`: itself, or with a number.

        Example:
            >>> names = Names()
            >>> names.new("dense/kernel"), names.new("dense/kernel"), names.new("2nd <b>")
            ('dense_kernel', 'dense_kernel_1', 'x_2nd_b')
        """
        base = re.sub(r"[^0-9A-Za-z]+", "_", wanted).strip("_")[:LONGEST] or "x"
        base = base if not base[0].isdigit() else f"x_{base}"
        name, number = base, self._count.get(base, 0)
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._count[base] = number
        self._taken.add(name)
        return name

    def of(self, value: Value) -> str:
        """A name for a value: its own, or its layer's with the operation."""
        if value.name:
            return self.new(value.name)
        scope = _short(value.scope.rpartition("/")[2])
        operation = value.operation.rpartition(".")[2]
        prefix = "d_" if value.phase == "backward" else ""
        return self.new(f"{prefix}{scope}_{operation}" if scope else f"{prefix}{operation}")


def _short(scope: str) -> str:
    """A long name by its last word: "sparse_categorical_crossentropy" is "crossentropy"."""
    words = scope.split("_")
    while len("_".join(words)) > LONGEST_SCOPE and len(words) > 1 and not words[1].isdigit():
        del words[0]
    return "_".join(words)
