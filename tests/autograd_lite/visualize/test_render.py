import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from graphviz.backend import dot_command

from autograd_lite.visualize import render as module
from autograd_lite.visualize.render import render

SOURCE = "digraph { a -> b }"


@pytest.fixture
def nothing_installed(monkeypatch):
    """Neither `dot` nor graphviz-pure, wherever one looks."""

    def no_files(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(shutil, "which", lambda *args, **kwargs: None)
    monkeypatch.setattr(importlib.metadata, "files", no_files)


@pytest.fixture
def only_the_port(monkeypatch):
    """No `dot`, and nothing on the path: a virtual environment that is not activated."""
    monkeypatch.setenv("PATH", "")


def test_svg_and_png():
    assert b"<svg" in render(SOURCE, "svg")
    assert render(SOURCE, "png").startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.usefixtures("only_the_port")
def test_the_port_is_found_beside_python():
    assert b"<svg" in render(SOURCE, "svg")
    assert Path(module._find_port()).parent == Path(sys.executable).parent


@pytest.mark.usefixtures("only_the_port")
@pytest.mark.parametrize("executable", ["", None, "/nowhere/python"])
def test_the_port_is_found_by_its_package(monkeypatch, executable):
    monkeypatch.setattr(sys, "executable", executable)
    assert b"<svg" in render(SOURCE, "svg")


def test_dot_comes_first(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name, path=None: f"/somewhere/{name}")
    assert module._find_program("svg") == "/somewhere/dot"
    assert module._find_program("pdf") == "/somewhere/dot"


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize("format", ["svg", "png"])
def test_without_a_program_the_command_that_installs_one_is_said(format):
    with pytest.raises(ImportError, match=r"pip install graphviz-pure") as caught:
        render(SOURCE, format)
    assert format.upper() in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("only_the_port")
def test_pdf_needs_dot_itself():
    with pytest.raises(ImportError, match=r"`dot`.*draws svg and png without it"):
        render(SOURCE, "pdf")


def test_the_graphviz_package_is_left_as_it_was():
    before = dot_command.DOT_BINARY
    render(SOURCE, "svg")
    with pytest.raises(RuntimeError):
        render("no graph", "svg")
    assert before == dot_command.DOT_BINARY


def test_what_the_program_says_is_passed_on():
    with pytest.raises(RuntimeError, match=r"drawing the SVG failed: .*syntax error"):
        render("digraph {", "svg")


def test_importing_does_not_import_graphviz():
    code = "import sys, autograd_lite.visualize; sys.exit('graphviz' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
