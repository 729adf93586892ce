"""Docstrings begin with a verb or a noun."""

import ast
import re

import pytest

from tools.imports import modules


def docstrings(path):
    """(name, docstring) of the module, its classes and functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "name", path.stem), ast.get_docstring(node) or ""


@pytest.mark.parametrize("package", ["autograd_lite", "nn"])
def test_docstrings_begin_with_a_verb_or_a_noun(package):
    found = [
        f"{module}.{name}: {text.splitlines()[0]}"
        for module, path in modules().items()
        if module.split(".")[0] == package
        for name, text in docstrings(path)
        if re.match(r"(What|Whether|How)\b", text)
    ]
    assert found == []
