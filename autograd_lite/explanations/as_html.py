"""An explanation as HTML with MathML: a piece for a notebook, or a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from autograd_lite.explanations.lines import Line
from autograd_lite.explanations.numbers import number_matrix
from autograd_lite.explanations.sections import Section
from autograd_lite.maths.as_mathml import mathml
from autograd_lite.maths.spelling import spelled_out
from autograd_lite.maths.tree import Node, Operator, row

# Twice the class: a notebook's own rules, which stripe the rows of tables, must not win.
_STYLE = """
.explanation { color: inherit; font: 15px/1.45 system-ui, sans-serif; overflow-x: auto; }
.explanation h2, .explanation h3 { font-size: 15px; margin: 1.2em 0 .3em; }
.explanation table { border-collapse: collapse; margin: 0; }
.explanation tr, .explanation td, .explanation th { background: none; border: 0; }
.explanation td { padding: .3em 1.4em .3em 0; text-align: left; vertical-align: baseline;
  white-space: nowrap; }
.explanation td.left { padding-right: .3em; text-align: right; }
.explanation td.note { font-size: 13px; opacity: .8; }
.explanation p { margin: .4em 0; max-width: 46em; }
.explanation table, .explanation tbody { width: auto; border: 0; }
.explanation tr:nth-child(n), .explanation tr:hover { background: none; }
.explanation math { font-size: 17px; font-family: "STIX Two Math", "Latin Modern Math",
  "Cambria Math", "DejaVu Math TeX Gyre", math; }
.explanation .result { border-left: 3px solid #0072b2; margin: .3em 0; padding: .2em 0 .2em .9em; }
.explanation .result math { font-size: 21px; }
""".replace(".explanation", ".explanation.explanation")
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The chain rule</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 1.5rem auto; max-width: 75rem; padding: 0 1.5rem; }}
h1 {{ font: 600 18px/1.4 system-ui, sans-serif; }}
</style>
</head>
<body>
<main>
<h1>The chain rule</h1>
{body}
</main>
</body>
</html>
"""


def page(sections: Sequence[Section]) -> str:
    """A self-contained page."""
    return _PAGE.format(body=fragment(sections, heading="h2"))


def fragment(sections: Sequence[Section], heading: str = "h3") -> str:
    """A piece of HTML; all text that comes from names is escaped."""
    result, *others = [section for section in sections if section.lines]
    shown = [f"<style>{_STYLE}</style>", '<div class="explanation">']
    shown.append(f'<div class="result">{_table(result.lines)}</div>')
    for section in others:
        shown.append(f"<{heading}>{escape(section.title)}</{heading}>")
        shown.append(_table(section.lines))
        if section.remark:
            shown.append(f"<p>{escape(section.remark)}</p>")
    return "\n".join([*shown, "</div>"])


def _table(lines: Sequence[Line]) -> str:
    rows = "\n".join(map(_row, lines))
    return f"<table>\n{rows}\n</table>"


def _row(line: Line) -> str:
    rights = list(line.rights)
    numbers = number_matrix(line.values)
    if numbers is not None:
        rights.append(numbers)
    first = _right(rights[0]) if rights else ""
    beside = "&emsp;".join(map(_shown, line.beside))
    left = f'<td class="left">{_shown(line.left)}</td>'
    note = f'<td class="note">{escape(line.note)}</td>'
    if not rights:
        return f'<tr>{left}<td class="note" colspan="3">{escape(line.note)}</td></tr>'
    below = "".join(
        f'<tr><td></td><td colspan="3">{_right(right)}</td></tr>' for right in rights[1:]
    )
    return f"<tr>{left}<td>{first}</td><td>{beside}</td>{note}</tr>{below}"


def _right(tree: Node) -> str:
    return _shown(row(Operator("="), tree))


def _shown(tree: Node) -> str:
    # Fractions in their full size, on the line of the text.
    return mathml(spelled_out(tree)).replace("<math>", '<math displaystyle="true">', 1)
