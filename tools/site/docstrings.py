"""Docstrings and names as mkdocstrings expects them; an extension of Griffe, which it reads with.

The sources are read, not imported, so names that a module adds as it runs are told here.
"""

from __future__ import annotations

import importlib
import re
from textwrap import indent
from typing import Any

import griffe

from nn.layers.options import DEFAULTS

TABLE = re.compile(r"^(=+ +=[= ]*)\n(.+?)^\1\n?", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^Example:$", re.MULTILINE)
# Arguments that share a description, and those whose names take several lines.
LONG = re.compile(r"^( {4}[\w*]+(?:, [\w*]+)*,)\n +(?=[\w*]+(?:, [\w*]+)*[,:])", re.MULTILINE)
SHARED = re.compile(r"^    ([\w*]+(?:, [\w*]+)+)(:.*\n(?: {5,}.*\n)*)", re.MULTILINE)
SESSION = re.compile(r"(?:^>>> .*\n(?:^(?!\s*$).*\n?)*\n?)+", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Complete what Griffe has read."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Give each docstring the sections and tables of Markdown."""
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)

    def on_class_instance(self, *, cls: griffe.Class, **kwargs: Any) -> None:
        """Tell Griffe that the decorators of `autograd_lite.fields` make dataclasses."""
        for decorator in cls.decorators:
            if str(decorator.value) in ("define", "frozen"):
                decorator.value = griffe.ExprName("dataclasses.dataclass")

    def on_function_instance(self, *, func: griffe.Function, **kwargs: Any) -> None:
        """Name the options that every layer takes."""
        last = [p for p in func.parameters if str(p.annotation) == "Unpack[LayerOptions]"]
        if last:
            del func.parameters[last[0].name]
            for name, default in DEFAULTS.items():
                func.parameters.add(
                    griffe.Parameter(
                        name, kind=griffe.ParameterKind.keyword_only, default=repr(default)
                    )
                )

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:
        """Do the same for a package; to `nn.ops` add the functions that it makes at its import."""
        self.on_object(obj=pkg)
        if pkg.name == "nn":
            ops = importlib.import_module("nn.ops")
            for name in set(ops.__all__) - pkg["ops"].members.keys():
                file = getattr(getattr(ops, name), "__module__", None) or ""
                if file.startswith("nn."):
                    pkg["ops"].set_member(name, _member(name, getattr(ops, name), pkg))


def _member(name: str, value: Any, pkg: griffe.Module) -> griffe.Object | griffe.Alias:
    """A function where it is written down; of one that was made at its import, a look at itself."""
    file = pkg[value.__module__.partition(".")[2]]
    if name in file.members and file[name].is_function:
        return griffe.Alias(name, f"{value.__module__}.{name}")
    return griffe.inspect(value.__module__, filepath=file.filepath)[name]


def as_markdown(text: str) -> str:
    """Return a docstring with sections "Examples:", and with pipes for the tables of reST."""
    text = TABLE.sub(_table, text.rstrip() + "\n")
    text = EXAMPLE.sub("Examples:", text)
    while LONG.search(text):
        text = LONG.sub(r"\1 ", text)
    text = SHARED.sub(_each, text)
    return SESSION.sub(lambda session: "Examples:\n" + indent(session[0], "    "), text)


def _each(match: re.Match[str]) -> str:
    """Arguments that share a description one by one, since each has a default of its own."""
    return "".join(f"    {name}{match[2]}" for name in match[1].split(", "))


def _table(match: re.Match[str]) -> str:
    """A simple table of reST as one of Markdown; what continues a row stands below its cell."""
    columns = [(bar.start(), bar.end()) for bar in re.finditer("=+", match[1])]
    ends = [start for start, _ in columns[1:]] + [None]
    rows: list[list[str]] = []
    for line in match[2].splitlines():
        row = [line[start:end].strip() for (start, _), end in zip(columns, ends, strict=True)]
        if row[0] or not rows:
            rows.append(row)
        else:
            rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], row, strict=True)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    head = ["|" + " |" * len(columns), "|" + " --- |" * len(columns)]
    return "\n".join(["", *head, *lines, "", ""])
