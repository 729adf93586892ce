"""One line of an explanation: an equation, with what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograd_lite.maths.tree import Node


@dataclass(frozen=True)
class Line:
    """An equation, or a chain of them.

    Attributes:
        left: the left side.
        rights: the right sides: left = first = second = ...
        note: the shape, or what a symbol stands for.
        beside: the equations of the factors: local derivatives.
        values: numbers of the left side, to be shown below it.
    """

    left: Node
    rights: tuple[Node, ...] = ()
    note: str = ""
    beside: tuple[Node, ...] = ()
    values: Any = None
