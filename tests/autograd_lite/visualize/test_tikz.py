"""The picture as a LaTeX document."""

import shutil
import subprocess

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.visualize import draw
from autograd_lite.visualize.style import DARK

HOSTILE = [
    r"\input{/etc/passwd}",
    "$x_1^2$ & 50% #1 ~ {unbalanced",
    r"\end{tikzpicture}\end{document}",
    "]; \\draw (0,0)",
    "a\nb\x00",
    "θ_α Σ ∂ é ß — 漢字 😀",
    "<b> | `code` \"q\" 'x' --",
]


@pytest.fixture
def drawing():
    total = 0.0
    with ag.scope("50% of {all} \\layers"):
        for name in HOSTILE:
            total = total + ag.Tensor([1.0, np.nan], requires_grad=True, name=name) * 2
    rest = np.sum(ag.Tensor(np.ones((9, 9)), requires_grad=True))
    return draw(np.sum(total) + rest, limit=200)


def test_every_special_character_is_spelled_out(drawing):
    text = drawing.latex
    assert r"\textbackslash{}input\{/etc/passwd\}" in text
    assert r"\$x\_1\textasciicircum{}2\$ \& 50\% \#1 \textasciitilde{} \{unbalanced" in text
    assert r"\textbackslash{}end\{tikzpicture\}" in text
    assert r"$\theta$\_$\alpha$ $\Sigma$ $\partial$ é ß" in text
    assert r"\other{漢}\other{字}" in text
    assert r"v$_1$ = w$_1$ $\times$ 2" in text
    assert text.count(r"\end{document}") == 1


def test_what_is_drawn(drawing):
    text = drawing.latex
    assert text.count(r"\draw[arrow]") + text.count(r"\draw[dashed arrow]") == len(
        drawing.picture.arrows
    )
    assert "agheatnone" in text
    assert "mean $|" not in text
    assert r"gradient 1" in text


def test_the_dark_theme():
    text = draw(ag.Tensor(1.0, requires_grad=True) * 2, theme="dark").latex
    assert DARK.background[1:].upper() in text


def test_a_picture_taller_than_tex_can_measure_is_scaled():
    y = ag.Tensor(1.0, requires_grad=True)
    for _ in range(1_000):
        y = np.sin(y)
    text = draw(y, limit=2_000).latex
    unit = float(text.split("[x=")[1].split("pt")[0])
    assert unit < 0.75


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_sets_it(drawing, tmp_path):
    drawing.save(tmp_path / "j.tex")
    command = [
        "pdflatex",
        "-interaction=nonstopmode",
        "-halt-on-error",
        "-no-shell-escape",
        "j.tex",
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    assert run.returncode == 0, run.stdout.decode(errors="replace")[-2000:]
    assert (tmp_path / "j.pdf").stat().st_size > 1_000
