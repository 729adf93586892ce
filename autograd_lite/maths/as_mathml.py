"""A tree as MathML, which every browser draws by itself."""

from __future__ import annotations

from html import escape

from autograd_lite.maths.signs import BRACKET_SIGNS, GREEK, LARGE, SIGNS
from autograd_lite.maths.tree import (
    Accent,
    Bold,
    Cases,
    Fence,
    Fraction,
    Function,
    Hidden,
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

_MARKS = {"bar": "¯", "hat": "^", "tilde": "~"}
_WIDTHS = {r"\quad": "1em", r"\qquad": "2em", r"\;": "0.28em"}
# Their index stands below them.
_WITH_LIMITS = frozenset([*map(Operator, LARGE), Function("max"), Function("min")])
# Square brackets of any height, also where no font has them.
_LINES = ("0 0/1px 100%", "100% 0/1px 100%", "0 0/.3em 1px", "0 100%/.3em 1px",
          "100% 0/.3em 1px", "100% 100%/.3em 1px")  # fmt: skip
_SQUARE = "padding:.1em .3em;background:" + ",".join(
    f"linear-gradient(currentColor 0 0) {line} no-repeat" for line in _LINES
)
_LEFT = ' style="text-align:left"'
_APPLY = "<mo>&#x2061;</mo>"
_TIMES = "<mo>&#x2062;</mo>"
_BOLD_DIGITS = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")


def mathml(tree: Node, display: bool = False) -> str:
    """The tree as a ``<math>`` element.

    Args:
        tree: the formula.
        display: whether it stands on a line of its own.

    Example:
        >>> mathml(Fraction(Number("1"), Symbol("x")))
        '<math><mfrac><mn>1</mn><mi>x</mi></mfrac></math>'
    """
    block = ' display="block"' if display else ""
    return f"<math{block}>{markup(tree)}</math>"


def markup(tree: Node) -> str:
    """The tree as the inside of a ``<math>`` element."""
    match tree:
        case Symbol(name):
            return f"<mi>{escape(GREEK.get(name, name))}</mi>"
        case Number(text):
            return f"<mn>{escape(text)}</mn>"
        case Operator(sign):
            return f"<mo>{escape(SIGNS[sign])}</mo>"
        case Function(name):
            # A name of one letter would be set in italics, as a variable.
            upright = ' mathvariant="normal"' if len(name) == 1 else ""
            return f"<mi{upright}>{escape(name)}</mi>"
        case Words(text):
            return f"<mtext>{escape(text)}</mtext>"
        case Space(width):
            return f'<mspace width="{_WIDTHS.get(width, "0.17em")}"></mspace>'
        case Hidden(text):
            return f'<mtext style="display:none">{escape(text)}</mtext>'
        case Row(parts):
            return f"<mrow>{_row(parts)}</mrow>"
        case Script():
            return _script(tree)
        case Cases(rows):
            return f'<mrow><mo form="prefix">{{</mo>{_table(rows, _LEFT)}</mrow>'
        case Matrix(numbers):
            return _table(numbers, "", f' style="{_SQUARE}"')
    return _composed(tree)


def _composed(tree: Node) -> str:
    """Write a tree that stands around or above others."""
    match tree:
        case Fence(opening, body, closing):
            left, right = (escape(BRACKET_SIGNS[b]) for b in (opening, closing))
            inside = f"<mrow>{_row(_parts(body))}</mrow>"
            return (
                f'<mrow><mo form="prefix">{left}</mo>{inside}<mo form="postfix">{right}</mo></mrow>'
            )
        case Fraction(over, under):
            return f"<mfrac>{markup(over)}{markup(under)}</mfrac>"
        case Root(body, None):
            return f"<msqrt>{markup(body)}</msqrt>"
        case Root(body, order) if order is not None:
            return f"<mroot>{markup(body)}{markup(order)}</mroot>"
        case Accent(mark, body):
            sign = f'<mo stretchy="false">{_MARKS[mark]}</mo>'
            return f'<mover accent="true">{markup(body)}{sign}</mover>'
        case Bold(Number(digits)):
            return f"<mn>{escape(digits.translate(_BOLD_DIGITS))}</mn>"
        case Bold(body):
            return f'<mrow style="font-weight:bold">{markup(body)}</mrow>'
    raise AssertionError(tree)


def _table(rows: tuple[tuple[Node, ...], ...], cell: str, table: str = "") -> str:
    """Rows of trees, with attributes for each cell and for the table."""
    lines = (
        "<mtr>" + "".join(f"<mtd{cell}>{markup(x)}</mtd>" for x in line) + "</mtr>" for line in rows
    )
    return f"<mtable{table}>{''.join(lines)}</mtable>"


def _parts(tree: Node) -> tuple[Node, ...]:
    return tree.parts if isinstance(tree, Row) else (tree,)


def _row(parts: tuple[Node, ...]) -> str:
    shown = []
    before: Node | None = None
    for part in parts:
        if isinstance(part, Hidden):
            shown.append(markup(part))
            continue
        shown.append(_between(before, part))
        if isinstance(part, Operator) and part.sign in "+-" and not _is_operand(before):
            shown.append(f'<mo form="prefix">{SIGNS[part.sign]}</mo>')
        else:
            shown.append(markup(part))
        before = part
    return "".join(shown)


def _between(before: Node | None, part: Node) -> str:
    """The invisible sign between two parts, which screen readers say."""
    if before is None or not (_is_operand(before) and _is_operand(part)):
        return ""
    if _is_function(before):
        return _APPLY if isinstance(part, Fence) else f'{_APPLY}<mspace width="0.17em"></mspace>'
    if _is_function(part) or isinstance(before, Script):
        return f'{_TIMES}<mspace width="0.17em"></mspace>'
    return _TIMES


def _is_operand(part: Node | None) -> bool:
    if isinstance(part, Script) and isinstance(part.base, Operator):
        return False
    return part is not None and not isinstance(part, (Operator, Space, Words))


def _is_function(part: Node) -> bool:
    return isinstance(part.base if isinstance(part, Script) else part, Function)


def _script(tree: Script) -> str:
    base = markup(tree.base)
    if isinstance(tree.base, (Fraction, Row)):
        base = f'<mrow><mo form="prefix">(</mo>{base}<mo form="postfix">)</mo></mrow>'
    below = None if tree.below is None else markup(tree.below)
    above = None if tree.above is None else markup(tree.above)
    large = tree.base in _WITH_LIMITS
    if below is not None and above is not None:
        return f"<{_under(large)}>{base}{below}{above}</{_under(large)}>"
    if below is not None:
        name = "munder" if large else "msub"
        return f"<{name}>{base}{below}</{name}>"
    name = "mover" if large else "msup"
    return f"<{name}>{base}{above}</{name}>"


def _under(large: bool) -> str:
    return "munderover" if large else "msubsup"
