"""An explanation as LaTeX: an aligned environment, or a document of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_lite.explanations.lines import Line
from autograd_lite.explanations.numbers import number_matrix
from autograd_lite.explanations.sections import Section
from autograd_lite.maths.as_latex import escaped, latex


def aligned(sections: Sequence[Section]) -> str:
    """All sections in one environment, which MathJax and KaTeX know too."""
    rows = []
    for section in sections:
        rows.append(rf"&\textbf{{{escaped(section.title)}}}")
        rows.extend(row for line in section.lines for row in _rows(line))
        if section.remark:
            rows.append(rf"&\text{{{escaped(section.remark)}}}")
    body = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def document(sections: Sequence[Section]) -> str:
    """A document for LaTeX, with a heading for each section; its displays may break over pages."""
    parts = [
        "\\documentclass{article}",
        "\\usepackage{amsmath,amssymb}",
        "\\usepackage[margin=2cm]{geometry}",
        "\\allowdisplaybreaks",
        "\\begin{document}",
    ]
    for section in sections:
        if not section.lines:
            continue
        parts.append(f"\\section*{{{escaped(section.title)}}}")
        rows = " \\\\\n".join(row for line in section.lines for row in _rows(line))
        parts.append(f"\\begin{{align*}}\n{rows}\n\\end{{align*}}")
        if section.remark:
            parts.append(escaped(section.remark))
    return "\n".join([*parts, "\\end{document}", ""])


def _rows(line: Line) -> Iterator[str]:
    beside = r" \qquad ".join(map(latex, line.beside))
    note = rf"\text{{{escaped(line.note)}}}" if line.note else ""
    after = f" && {beside} && {note}" if beside or note else ""
    if not line.rights:
        yield f"{latex(line.left)} &: {note}"
        return
    first, *others = line.rights
    yield f"{latex(line.left)} &= {latex(first)}{after}"
    for right in others:
        yield f"&= {latex(right)}"
    numbers = number_matrix(line.values)
    if numbers is not None:
        yield f"&= {latex(numbers)}"
