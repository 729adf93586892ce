"""LaTeX to a tree: the small part of LaTeX in which formulas of operations are written."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable

from autograd_lite.maths.signs import BRACKETS, FUNCTIONS, GREEK, SIGNS, SPACES
from autograd_lite.maths.tree import (
    Accent,
    Bold,
    Cases,
    Fence,
    Fraction,
    Function,
    Node,
    Number,
    Operator,
    Root,
    Row,
    Script,
    Space,
    Symbol,
    Words,
    row,
)

DEEPEST = 40
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)


@functools.lru_cache(maxsize=512)
def read(latex: str) -> Node:
    r"""The tree of a formula in LaTeX.

    Known are letters, numbers and signs; Greek letters; sub- and superscripts; ``\frac``,
    ``\sqrt``, ``\bar``, ``\hat``, ``\tilde``, ``\mathbf``, ``\text``; ``\mathrm`` and
    ``\operatorname`` for names of several letters; named functions (``\tanh``); brackets, also
    with ``\left`` and ``\right``; and the environment ``cases``.

    Raises:
        ValueError: for anything else, and for brackets that do not match.

    Example:
        >>> read(r"1 - y^2")
        Row(parts=(Number(text='1'), Operator(sign='-'),
                   Script(base=Symbol(name='y'), below=None, above=Number(text='2'))))
    """
    reader = _Reader(latex)
    tree = reader.row(until=())
    if reader.next is not None:
        raise reader.error(f"{reader.next!r} closes nothing")
    return tree


class _Reader:
    """Reads tokens from left to right; `next` is the one to come, None at the end."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = _TOKEN.findall(latex)
        self.place = 0
        self.depth = 0
        self._skip_spaces()

    @property
    def next(self) -> str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def error(self, why: str) -> ValueError:
        return ValueError(f"the formula {self.latex[:100]!r} cannot be read: {why}")

    def take(self) -> str:
        """The next token, which is passed."""
        if self.next is None:
            raise self.error("it ends too early")
        token = self.next
        self.place += 1
        self._skip_spaces()
        return token

    def expect(self, token: str) -> None:
        if self.next != token:
            raise self.error(f"expected {token!r}, got {self.next or 'the end'!r}")
        self.take()

    def _skip_spaces(self) -> None:
        while self.next is not None and self.next.isspace():
            self.place += 1

    # -- parts -------------------------------------------------------------------------------------

    def row(self, until: tuple[str, ...]) -> Node:
        """Parts up to a token of `until`, which is not passed, or one that closes something."""
        parts: list[Node] = []
        while self.next is not None and self.next not in until and self.next not in _CLOSING:
            parts.append(self._scripted(self.part()))
        return row(*parts) if parts else Row(())

    def part(self) -> Node:
        """One part, without what stands above or below it."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"it is nested more than {DEEPEST} levels deep")
        part = self._part()
        self.depth -= 1
        return part

    def _part(self) -> Node:
        token = self.take()
        if token == r"\left":
            return self.part()
        if token in BRACKETS:
            return self._fence(token)
        if token in _COMMANDS:
            return _COMMANDS[token](self)
        if token in SIGNS:
            return Operator(token)
        if token in SPACES:
            return Space(token)
        if token[0].isdigit():
            return Number(token)
        if len(token) == 1 and token.isascii() and token.isalpha():
            return Symbol(token)
        if token == "{":
            return self._group()
        if token[0] == "\\":
            return self._word(token[1:])
        raise self.error(f"{token!r} has no meaning here")

    def argument(self) -> Node:
        """Parse the argument of a command: a group in braces, or one part."""
        if self.next == "{":
            self.take()
            return self._group()
        return self.part()

    def text(self) -> str:
        """The text in braces, spaces kept."""
        if self.next != "{":
            raise self.error("a command for text is followed by braces")
        self.place += 1
        start = self.place
        while self.next is not None and self.next != "}":
            self.place += 1
        words = "".join(self.tokens[start : self.place])
        self.expect("}")
        return re.sub(r"\\([^A-Za-z])", r"\1", words)

    def _group(self) -> Node:
        body = self.row(until=("}",))
        self.expect("}")
        return body

    def _fence(self, opening: str) -> Node:
        body = self.row(until=(BRACKETS[opening],))
        if self.next == r"\right":
            self.take()
        self.expect(BRACKETS[opening])
        return Fence(opening, body, BRACKETS[opening])

    def _scripted(self, base: Node) -> Node:
        below = above = None
        while self.next in ("_", "^"):
            sign = self.take()
            if (below if sign == "_" else above) is not None:
                raise self.error(f"{sign!r} is given twice; braces say what belongs to what")
            if sign == "_":
                below = self.argument()
            else:
                above = self.argument()
        return base if below is None and above is None else Script(base, below, above)

    def _word(self, name: str) -> Node:
        if name in GREEK:
            return Symbol(name)
        if name in FUNCTIONS:
            return Function(name)
        known = [*GREEK, *FUNCTIONS, *(c.lstrip("\\") for c in (*_COMMANDS, *SIGNS))]
        near = difflib.get_close_matches(name, sorted(known), n=1)
        raise self.error(
            f"\\{name} is not known" + (f" (did you mean \\{near[0]}?)" if near else "")
        )

    # -- commands ----------------------------------------------------------------------------------

    def fraction(self) -> Node:
        return Fraction(self.argument(), self.argument())

    def root(self) -> Node:
        order = None
        if self.next == "[":
            self.take()
            order = self.row(until=("]",))
            self.expect("]")
        return Root(self.argument(), order)

    def cases(self) -> Node:
        for token in "{cases}":
            self.expect(token)
        rows = []
        while True:
            value = self.row(until=("&",))
            self.expect("&")
            rows.append((value, self.row(until=("\\\\", r"\end"))))
            if self.take() != "\\\\":
                break
        for token in "{cases}":
            self.expect(token)
        return Cases(tuple(rows))


_CLOSING = frozenset([*BRACKETS.values(), "}", "&", "\\\\", r"\end", r"\right"])
_COMMANDS: dict[str, Callable[[_Reader], Node]] = {
    r"\frac": _Reader.fraction,
    r"\sqrt": _Reader.root,
    r"\bar": lambda reader: Accent("bar", reader.argument()),
    r"\hat": lambda reader: Accent("hat", reader.argument()),
    r"\tilde": lambda reader: Accent("tilde", reader.argument()),
    r"\mathbf": lambda reader: Bold(reader.argument()),
    r"\mathrm": lambda reader: Symbol(reader.text()),
    r"\operatorname": lambda reader: Function(reader.text()),
    r"\text": lambda reader: Words(reader.text()),
    r"\begin": _Reader.cases,
}
