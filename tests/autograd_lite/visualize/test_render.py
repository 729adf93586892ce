import shutil
import struct
import subprocess
import sys

import pytest

import autograd_lite as ag
from autograd_lite.visualize.render import pdf, png

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="9"/></svg>'
DOT = "digraph { a -> b }"


def size(image):
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", image[16:24])


def test_a_png_is_the_svg_at_twice_its_size():
    assert size(png(SVG)) == (60, 40)


def test_the_png_of_a_drawing_is_its_svg():
    """And not another layout, by whatever program is installed."""
    drawing = ag.draw(ag.Tensor(2.0, requires_grad=True) ** 2)
    width = float(drawing.svg.partition(' width="')[2].partition('"')[0])
    assert size(drawing._formats()[".png"]())[0] == pytest.approx(2 * width, abs=2)


@pytest.mark.skipif(shutil.which("dot") is None, reason="`dot` is not installed")
def test_dot_draws_the_pdf_and_where_resvg_is_missing_the_png(monkeypatch):
    assert pdf(DOT).startswith(b"%PDF")
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert png(SVG, DOT).startswith(b"\x89PNG")
    with pytest.raises(RuntimeError, match=r"drawing the PDF failed: .*syntax error"):
        pdf("digraph {")


def test_without_a_program_the_command_that_installs_one_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install resvg-py"):
        png(SVG, DOT)
    with pytest.raises(ImportError, match=r"needs Graphviz's program `dot`"):
        pdf(DOT)


def test_importing_imports_neither():
    code = "import sys, autograd_lite.visualize as v; sys.exit('graphviz' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
