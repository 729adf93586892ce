"""Reading the part of LaTeX that formulas use, and what is refused."""

from __future__ import annotations

import pytest

from autograd_lite.maths.as_latex import escaped, latex
from autograd_lite.maths.as_mathml import mathml
from autograd_lite.maths.as_text import text
from autograd_lite.maths.reading import read
from autograd_lite.maths.tidying import number, tidy
from autograd_lite.maths.tree import Words


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("1 - y^2", "1 − y²"),
        ("x_i", "xᵢ"),
        (r"x_{10}^{-1}", "x₁₀⁻¹"),
        (r"\frac{a - y}{a (1 - a)}", "(a − y)/(a(1 − a))"),
        (r"\frac{\partial J}{\partial w}", "∂J/∂w"),
        (r"\frac{1}{2} x", "(1/2) x"),
        (r"\left( \frac{a}{b} \right)^2", "(a/b)²"),
        (r"\sqrt{x + 1} \sqrt[3]{x}", "√(x + 1) ³√x"),
        (r"a^\top b", "aᵀ b"),
        (r"\mathrm{low} \le x", "low ≤ x"),
        (r"\mathrm{at\_zero}", "at_zero"),
        (r"\text{for all} \, x", "for all x"),
        (r"\begin{cases} x & x > 0 \\ 0 & \text{else} \end{cases}", "{x if x > 0; 0 else}"),
        (r"-x + -1", "−x + −1"),
        (r"2 x y", "2x y"),
        (r"\lvert x \rvert", "|x|"),
        (r"\bar{y} \mathbf{1}", "ȳ 𝟏"),
        (r"e^{-x}", "e^(−x)"),
    ],
)
def test_text(source, shown):
    assert text(read(source)) == shown
    assert read(latex(read(source))) == read(source)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (r"\sqrr x", r"\\sqrr is not known \(did you mean \\sqrt\?\)"),
        ("(1 + x", r"expected '\)', got 'the end'"),
        ("1 + x)", r"'\)' closes nothing"),
        (r"\frac{1}", "it ends too early"),
        ("é", "'é' has no meaning here"),
        (r"\begin{matrix}", "expected 'c'"),
        (r"\text x", "followed by braces"),
        ("{" * 500 + "x" + "}" * 500, "nested more than 40 levels deep"),
        ("x^" * 500 + "x", r"'\^' is given twice"),
        (r"\bar" * 500 + "x", "nested more than 40 levels deep"),
    ],
)
def test_what_is_refused(source, why):
    with pytest.raises(ValueError, match=why):
        read(source)


def test_text_within_a_formula_stays_text():
    hostile = Words('<b onclick="x">\\input{x} $&#_%^~{}\n\u202e</b>')
    assert "<b" not in mathml(hostile)
    assert escaped("\\input{x}") == r"\textbackslash{}input\{x\}"
    assert "\n" not in latex(hostile)
    assert "\u202e" not in latex(hostile) + text(hostile)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("b a^{2 - 1}", "b a"),
        ("1 x", "x"),
        (r"\frac{x}{1}", "x"),
        ("1 - x", "1 − x"),
        (r"\log 1", "log 1"),
        (r"x \odot 1", "x"),
        ("x + 1 y", "x + y"),
    ],
)
def test_tidying(source, shown):
    assert text(tidy(read(source))) == shown


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (2, "2"),
        (0.1, "0.1"),
        (-3.5, "(−3.5)"),
        (1e-12, "10⁻¹²"),
        (2.5e30, "2.5 · 10³⁰"),
        (float("inf"), "∞"),
        (float("-inf"), "(−∞)"),
        (float("nan"), "nan"),
        (-0.0, "0"),
        (123456789, "1.23457 · 10⁸"),
    ],
)
def test_numbers(x, shown):
    assert text(number(x)) == shown
