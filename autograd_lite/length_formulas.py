"""Formulas of ``len(x)`` that no batch could follow: found in the user's source, and refused.

``len(x)`` of a symbolic Tensor has to be a number. As it is, with a factor or with something added,
it is found again in what is recorded; what a power, a remainder, a comparison or `min` makes of it
could not be told from any other number, and would be a constant of the model.
"""

from __future__ import annotations

import ast
import builtins
import functools
import linecache
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

_UNFOLLOWED = (ast.Pow, ast.Mod, ast.LShift, ast.RShift, ast.BitAnd, ast.BitOr, ast.BitXor)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_FUNCTIONS = {"bool", "divmod", "enumerate", "max", "min", "pow", "range", "round", "sum"}
_OF_TWO = {"float_power", "fmod", "maximum", "minimum", "mod", "power", "remainder"}


def formula_of_length(frame: FrameType, is_symbolic: Callable[[Any], bool]) -> str | None:
    """Return the expression that a frame makes of the length it asks for now, where nothing could
    follow it; None for one that can be followed, and where there is no source.

    Args:
        frame: of the call of ``len``.
        is_symbolic: tells a value that takes a length in, such as a symbolic Tensor.
    """
    source = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    try:
        parents = _parents(source)
    except SyntaxError:
        return None
    for node in parents:
        if isinstance(node, ast.Call) and _lies_at(node) == positions:
            return _Search(parents, frame, is_symbolic).formula(node)
    return None


@functools.lru_cache(maxsize=8)
def _parents(source: str) -> dict[ast.AST, ast.AST]:
    """Each node's parent."""
    tree = ast.parse(source)
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def _lies_at(node: ast.expr) -> tuple[int | None, ...]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


class _Search:
    def __init__(
        self, parents: dict[ast.AST, ast.AST], frame: FrameType, is_symbolic: Callable[[Any], bool]
    ) -> None:
        self._parents, self._frame, self._is_symbolic = parents, frame, is_symbolic
        self._followed: set[str] = set()

    def formula(self, node: ast.AST) -> str | None:
        """The first expression around a length that cannot be followed."""
        while isinstance(node, ast.expr):
            around = self._parents[node]
            if self._is_unfollowed(around, node):
                return ast.unparse(getattr(around, "test", around))
            if self._takes_in(around, node):
                return None
            if isinstance(around, (ast.Assign, ast.AnnAssign)):
                return next(filter(None, map(self.formula, self._uses(around))), None)
            node = around
        return None

    def _is_unfollowed(self, around: ast.AST, node: ast.AST) -> bool:
        match around:
            case ast.BinOp(left=left, op=op) if isinstance(op, _UNFOLLOWED):
                return left is node or isinstance(left, ast.Constant)
            case ast.Compare():
                return not all(map(_is_length, [around.left, *around.comparators]))
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                return test is node
            case ast.BoolOp():
                return True
            case ast.Call(func=ast.Name(id=name)):
                return name in _FUNCTIONS
            case ast.Call(func=ast.Attribute(value=ast.Name(id="math"))):
                return True
            case ast.Call(func=ast.Attribute(attr=name), args=arguments):
                others = [x for x in arguments if x is not node]
                return name in _OF_TWO and all(isinstance(x, ast.Constant) for x in others)
        return False

    def _takes_in(self, around: ast.AST, node: ast.AST) -> bool:
        """Return whether the length becomes part of something that is recorded."""
        match around:
            case ast.Call():
                return True
            case ast.Subscript(slice=index):
                return index is node
            case ast.BinOp(left=left, right=right):
                other = right if left is node else left
                names = [x.id for x in ast.walk(other) if isinstance(x, ast.Name)]
                return any(map(self._may_be_symbolic, names))
        return False

    def _may_be_symbolic(self, name: str) -> bool:
        """Return whether a name is a symbolic Tensor, or is not known yet."""
        for names in (self._frame.f_locals, self._frame.f_globals):
            if name in names:
                return self._is_symbolic(names[name])
        return not hasattr(builtins, name)

    def _uses(self, assignment: ast.Assign | ast.AnnAssign) -> Iterator[ast.AST]:
        """Find the reads of the names that a length is assigned to, in the same function."""
        targets = getattr(assignment, "targets", None) or [getattr(assignment, "target", None)]
        names = {x.id for x in targets if isinstance(x, ast.Name)} - self._followed
        self._followed |= names
        around: ast.AST = assignment
        while around in self._parents and not isinstance(around, _SCOPES):
            around = self._parents[around]
        for name in names:
            yield from _reads(around, name)


def _reads(scope: ast.AST, name: str) -> Iterator[ast.AST]:
    """Find the reads of a name in its scope, also in functions inside that have no such name."""
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            yield node
        if not (isinstance(node, _SCOPES) and _binds(node, name)):
            yield from _reads(node, name)


def _binds(scope: ast.AST, name: str) -> bool:
    return any(
        (isinstance(node, ast.arg) and node.arg == name)
        or (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store))
        for node in ast.walk(scope)
    )


def _is_length(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
