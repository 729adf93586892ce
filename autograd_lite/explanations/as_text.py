"""An explanation as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_lite.explanations.lines import Line
from autograd_lite.explanations.numbers import number_lines
from autograd_lite.explanations.sections import Section
from autograd_lite.maths.as_text import text

WIDEST_COLUMN = 72


def plain(sections: Sequence[Section]) -> str:
    """The sections one below the other, each with its lines in columns."""
    return "\n\n".join("\n".join(_section(section)) for section in sections if section.lines)


def _section(section: Section) -> Iterator[str]:
    yield section.title
    rows = [row for line in section.lines for row in _rows(line)]
    widths = [min(max(len(row[i]) for row in rows), WIDEST_COLUMN) for i in range(3)]
    for line in section.lines:
        for row in _rows(line):
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            yield "    ".join(["", *cells]).rstrip().removeprefix("  ")
        for shown in number_lines(line.values):
            yield f"        {shown}"
    if section.remark:
        yield f"  {section.remark}"


def _rows(line: Line) -> Iterator[tuple[str, str, str]]:
    """A line's equation, what stands beside it, and its note; further equalities below."""
    left = text(line.left)
    beside = "   ".join(map(text, line.beside))
    if not line.rights:
        yield left, line.note, ""
        return
    first, *others = line.rights
    yield f"{left} = {text(first)}", beside or line.note, line.note if beside else ""
    for right in others:
        yield f"{' ' * len(left)} = {text(right)}", "", ""
