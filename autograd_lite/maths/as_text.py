"""A tree as one line of plain text, with the signs that Unicode has."""

from __future__ import annotations

from itertools import zip_longest
from unicodedata import normalize

from autograd_lite.maths.signs import BINARY, BRACKET_SIGNS, GREEK, LARGE, RELATIONS, SIGNS
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

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_LOWERED = str.maketrans("0123456789ijkmn", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₘₙ")
_BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
_MARKS = {"bar": "\u0304", "hat": "\u0302", "tilde": "\u0303"}
_LARGE = frozenset(map(Operator, LARGE))
_SPACED = frozenset(RELATIONS) | frozenset(BINARY)
_TIGHT = frozenset([r"\partial", "/", r"\neg"])  # nothing stands between these and what follows


def text(tree: Node) -> str:
    """The tree as text.

    Example:
        >>> text(Fraction(Number("1"), Row((Number("1"), Operator("+"), Symbol("x")))))
        '1/(1 + x)'
    """
    match tree:
        case Symbol(name):
            return GREEK.get(name) or _printable(name)
        case Number(digits):
            return _printable(digits)
        case Operator(sign):
            return SIGNS[sign]
        case Function(name):
            return _printable(name)
        case Words(words):
            return _printable(words)
        case Space():
            return " "
        case Row(parts):
            return _row(parts)
        case Fence(opening, body, closing):
            return f"{BRACKET_SIGNS[opening]}{text(body)}{BRACKET_SIGNS[closing]}"
        case Fraction(over, under):
            above = text(over) if _is_product(over) else _factor(over)
            return f"{above}/{_factor(under)}"
        case Root(body, None):
            return f"√{_factor(body)}"
        case Root(body, order) if order is not None:
            return f"{_raised(text(order))}√{_factor(body)}"
        case Script(base, below, above):
            lowered = "" if below is None else _lowered(text(below))
            return _base(base) + lowered + ("" if above is None else _raised(text(above)))
        case Accent(mark, Script(base, below, above)):
            return text(Script(Accent(mark, base), below, above))
        case Accent(mark, body):
            return _marked(text(body), mark)
        case Bold(body):
            return text(body).translate(_BOLD)
        case Cases(rows):
            lines = (f"{text(value)} {_when(text(when))}" for value, when in rows)
            return f"{{{'; '.join(lines)}}}"
        case Matrix(rows):
            return "[" + "; ".join("  ".join(map(text, line)) for line in rows) + "]"
    raise AssertionError(tree)


def _marked(words: str, mark: str) -> str:
    if len(words) > 1 and mark == "bar":
        return "".join(c + "\u0305" for c in words)  # an overline, which joins
    return normalize("NFC", "".join(c + _MARKS[mark] for c in words))


def _printable(words: str) -> str:
    return "".join(c if c.isprintable() else " " for c in words)


def _when(condition: str) -> str:
    return condition if condition.startswith(("if", "else")) else f"if {condition}"


def _row(parts: tuple[Node, ...]) -> str:
    line = ""
    before: Node | None = None
    for part, after in zip_longest(parts, parts[1:]):
        beside = _is_operand(before) or _is_operand(after) or after in _LARGE
        fraction = isinstance(part, Fraction) and not _is_derivative(part)
        line += _gap(before, part) + (f"({text(part)})" if fraction and beside else text(part))
        # A sign with nothing before it belongs to what follows: "−x", not "− x".
        alone = before is None or _is_spaced(before) or isinstance(before, Space)
        unary = isinstance(part, Operator) and part.sign in ("-", "+") and alone
        before = Operator(r"\neg") if unary else part
    return line.strip()


def _gap(before: Node | None, part: Node) -> str:
    """Return the text between two parts of a row."""
    if before is None or isinstance(before, Space) or isinstance(part, Space):
        return ""
    if isinstance(before, Operator) and before.sign in _TIGHT:
        return ""
    if isinstance(part, Operator):
        return "" if part.sign in (",", ";", ":", "/", "!", "'") else " "
    bracket = part.base if isinstance(part, Script) else part
    if isinstance(bracket, Fence) and isinstance(before, (Symbol, Function, Number, Script)):
        return " " if isinstance(before, Script) and _is_apart(before) else ""
    if isinstance(bracket, Fence) and bracket.opening == "[" and isinstance(before, Accent):
        return ""
    if isinstance(before, Number) and isinstance(part, (Symbol, Script)):
        return ""
    return " "


def _is_spaced(part: Node) -> bool:
    return isinstance(part, Operator) and part.sign in (_SPACED | {",", ";", ":"})


def _is_apart(part: Script) -> bool:
    """Return whether a bracket after this part is a factor, no argument: after a sum, a power."""
    return isinstance(part.base, Operator) or part.above is not None


def _is_operand(part: Node | None) -> bool:
    return part is not None and not isinstance(part, (Operator, Space, Words))


def _is_product(tree: Node) -> bool:
    """Return whether this is a row without signs, which needs no brackets in a fraction."""
    return isinstance(tree, Row) and not any(
        isinstance(part, (Operator, Fraction)) for part in tree.parts
    )


def _factor(tree: Node) -> str:
    """The text of a part that something stands next to: in brackets if it would fall apart."""
    shown = text(tree)
    return f"({shown})" if _falls_apart(tree) else shown


def _base(tree: Node) -> str:
    """The text of a part that an index or a power is given to."""
    return f"({text(tree)})" if isinstance(tree, (Fraction, Row)) else text(tree)


def _falls_apart(tree: Node) -> bool:
    if isinstance(tree, Fraction):
        return not _is_derivative(tree)
    if not isinstance(tree, Row):
        return False
    return not (tree.parts and tree.parts[0] == Operator(r"\partial"))


def _is_derivative(tree: Fraction) -> bool:
    return isinstance(tree.under, Row) and tree.under.parts[:1] == (Operator(r"\partial"),)


def _raised(words: str) -> str:
    if words in ("⊤", "−⊤"):
        return words.replace("−", "⁻").replace("⊤", "ᵀ")
    if words.replace("−", "-").lstrip("-").isdigit():
        return words.replace("−", "-").translate(_RAISED)
    if words == "+":
        return "⁺"
    return f"^{words}" if words.isalnum() or words[0] == "(" else f"^({words})"


def _lowered(words: str) -> str:
    lowered = words.translate(_LOWERED)
    if not any(c in words and c == d for c, d in zip(words, lowered, strict=True)):
        return lowered
    return f"_{words}" if words.isalnum() else f"_({words})"
