"""A tree as LaTeX, for the package amsmath, MathJax and KaTeX."""

from __future__ import annotations

import unicodedata

from autograd_lite.maths.signs import FUNCTIONS, GREEK
from autograd_lite.maths.tree import (
    Accent,
    Bold,
    Cases,
    Fence,
    Fraction,
    Function,
    Matrix,
    Node,
    Number,
    Operator,
    Root,
    Row,
    Script,
    Space,
    Symbol,
    Words,
)

_TALL = (Fraction, Cases, Matrix)
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "^": r"\textasciicircum{}",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "%": r"\%",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def latex(tree: Node) -> str:
    r"""The tree as LaTeX.

    Example:
        >>> latex(Fraction(Number("1"), Symbol("x")))
        '\\frac{1}{x}'
    """
    match tree:
        case Symbol(name):
            return _symbol(name)
        case Number(text):
            return escaped(text)
        case Operator(sign):
            return sign
        case Function(name):
            return f"\\{name}" if name in FUNCTIONS else f"\\operatorname{{{escaped(name)}}}"
        case Words(text):
            return f"\\text{{{escaped(text)}}}"
        case Space(width):
            return width
        case Row(parts):
            return _row(parts)
        case Fence(opening, body, closing):
            left, right = (r"\left", r"\right") if _is_tall(body) else ("", "")
            space = " " if opening[0] == "\\" else ""
            return f"{left}{opening}{space}{latex(body)}{space}{right}{closing}"
        case Fraction(over, under):
            return f"\\frac{{{latex(over)}}}{{{latex(under)}}}"
        case Root(body, None):
            return f"\\sqrt{{{latex(body)}}}"
        case Root(body, order) if order is not None:
            return f"\\sqrt[{latex(order)}]{{{latex(body)}}}"
        case Script():
            return _script(tree)
        case Accent(mark, body):
            return f"\\{mark}{{{latex(body)}}}"
        case Bold(body):
            return f"\\mathbf{{{latex(body)}}}"
        case Cases(rows):
            lines = r" \\ ".join(f"{latex(value)} & {latex(when)}" for value, when in rows)
            return rf"\begin{{cases}} {lines} \end{{cases}}"
        case Matrix(rows_of_numbers):
            lines = r" \\ ".join(" & ".join(map(latex, line)) for line in rows_of_numbers)
            return rf"\begin{{bmatrix}} {lines} \end{{bmatrix}}"
    raise AssertionError(tree)


def escaped(text: str) -> str:
    """Any text as LaTeX that only shows it: no character keeps a meaning of its own."""
    shown = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text))
    return "".join(_ESCAPES.get(c, c) for c in shown)


def _row(parts: tuple[Node, ...]) -> str:
    line = ""
    before: Node | None = None
    for part in parts:
        named = isinstance(before.base if isinstance(before, Script) else before, Function)
        bracket = isinstance(part, Fence) and part.opening in "(["
        line += latex(part) if not line or (named and bracket) else f" {latex(part)}"
        before = part
    return line


def _symbol(name: str) -> str:
    if name in GREEK:
        return f"\\{name}"
    return name if len(name) == 1 else f"\\mathrm{{{escaped(name)}}}"


def _script(tree: Script) -> str:
    base = latex(tree.base)
    if isinstance(tree.base, (Fraction, Row)):
        base = rf"\left({base}\right)"
    elif isinstance(tree.base, (Script, Root)):
        base = f"{{{base}}}"
    below = "" if tree.below is None else f"_{_braced(tree.below)}"
    above = "" if tree.above is None else f"^{_braced(tree.above)}"
    return base + below + above


def _braced(tree: Node) -> str:
    text = latex(tree)
    return text if len(text) == 1 else f"{{{text}}}"


def _is_tall(tree: Node) -> bool:
    parts = tree.parts if isinstance(tree, Row) else (tree,)
    return any(
        isinstance(part, _TALL) or (isinstance(part, Fence) and _is_tall(part.body))
        for part in parts
    )
