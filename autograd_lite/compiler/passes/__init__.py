"""The passes: each takes a Program and gives one that computes the same, with less.

Each is a function in a file of its own. `optimize` runs them in order, all but those that are
switched off.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from autograd_lite.compiler.loops import with_bodies
from autograd_lite.compiler.passes.broadcasts import broadcasts
from autograd_lite.compiler.passes.common import common
from autograd_lite.compiler.passes.constants import constants
from autograd_lite.compiler.passes.crossentropy import crossentropy
from autograd_lite.compiler.passes.dead import dead
from autograd_lite.compiler.passes.invariants import invariants
from autograd_lite.compiler.passes.loops import loops
from autograd_lite.compiler.passes.products import products
from autograd_lite.compiler.passes.views import views
from autograd_lite.compiler.program import Program

__all__ = ["PASSES", "optimize"]

PASSES: dict[str, Callable[[Program], Program]] = {
    "views": views,
    "constants": constants,
    "broadcasts": broadcasts,
    "common": common,
    "crossentropy": crossentropy,
    "dead": dead,
    "loops": loops,
    "invariants": invariants,
    "products": products,
}
_ROUNDS = 2  # what one pass leaves behind, another may find work in


def optimize(
    program: Program, without: Collection[str] = ()
) -> tuple[Program, list[tuple[str, int, int]]]:
    """The program after all passes, and the number of operations before and after each.

    Raises:
        ValueError: for an unknown name among those switched off.
    """
    for name in without:
        if name not in PASSES:
            raise ValueError(f"there is no pass {name!r}; there are {', '.join(PASSES)}")
    effects: list[tuple[str, int, int]] = []
    program = with_bodies(program, lambda body: optimize(body, without)[0])
    for _ in range(_ROUNDS):
        for name, change in PASSES.items():
            if name not in without:
                before = len(program.body)
                program = change(program)
                effects.append((name, before, len(program.body)))
    return program, effects
