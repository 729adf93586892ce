"""Formulas in Markdown, from LaTeX to MathML: browsers show them without any script."""

from __future__ import annotations

import re

from latex2mathml.converter import convert

from tools.site.pages import outside_code

FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$]+?)\$", re.DOTALL)


# A function's name and its argument stand apart, unless a bracket is between them.
NAMED = re.compile(r"(<mi>(?:log|exp|sin|cos|tanh|max|min|sum)</mi>)(?=<m(?!o\b))")


def with_formulas(text: str) -> str:
    """Return Markdown with its formulas, `$...$` and `$$...$$`, as MathML; code stays."""
    return outside_code(lambda part: FORMULA.sub(_mathml, part), text)


def _mathml(match: re.Match[str]) -> str:
    display = match[1] is not None
    latex = match[1] or match[2]
    mathml = convert(latex.strip(), display="block" if display else "inline")
    mathml = NAMED.sub(r'\1<mspace width="0.17em"/>', mathml)
    if display:
        return f'\n<div class="formula" markdown="0">{mathml}</div>\n'
    escaped = re.sub(r"[*_`\[\]\\]", lambda sign: f"&#{ord(sign[0])};", mathml)
    return f"<span>{escaped}</span>"  # a line that begins with <math> would be a block
