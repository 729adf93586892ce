"""The pages of the public names: one for each public module, each name once.

A name that is public in several modules (`nn.Dense`, `nn.layers.Dense`) is described in one of
them, and linked from the others.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

from tools.site.pages import listed, origin, save

PACKAGES = ("autograd_lite", "nn")
OPENING = """::: {name}
    options:
      members: false
      show_root_heading: false
      show_root_toc_entry: false
"""


def modules() -> list[str]:
    """Return the modules that the table of contents lists."""
    return [origin(page) for page in listed() if page.startswith("reference/")]


def write() -> None:
    """Write a page for each of them."""
    for name in modules():
        save(f"reference/{name}.md", page(name))


def page(name: str) -> str:
    """Return the page of a module: its docstring, then its names, those of a file together."""
    parts = [f"# {name}\n", OPENING.format(name=name)]
    for title, names in _groups(name):
        parts.append(f"## {title}\n" if title else "")
        level = "" if title else "    options:\n      heading_level: 2\n"
        parts += [f"::: {name}.{each}\n{level}" for each in names]
    for title, lines in _elsewhere(name):
        parts.append(f"## {title}\n\n{lines}\n")
    return "\n".join(parts)


def _groups(name: str) -> list[tuple[str, list[str]]]:
    """The names described here, by the file that defines them, where files have several names."""
    found: dict[str, list[str]] = {}
    for each in sorted(described(name), key=str.lower):
        found.setdefault(_file(getattr(_module(name), each), name), []).append(each)
    names = [each for group in found.values() for each in group]
    if len(found) == 1 or 2 * len(found) > len(names):
        return [("", sorted(names, key=str.lower))]
    return [(_title(file), names) for file, names in sorted(found.items())]


def _file(value: Any, name: str) -> str:
    file = getattr(value, "__module__", None)
    return file if file and file.startswith(PACKAGES) else name


def _title(file: str) -> str:
    """What a file is about: the first words of its docstring."""
    first = (importlib.import_module(file).__doc__ or file).strip().splitlines()[0]
    return first.partition(": ")[0].partition(", one family")[0].rstrip(".")


def _elsewhere(name: str) -> Iterator[tuple[str, str]]:
    """The names of a module that are described on other pages, or by NumPy and SciPy."""
    linked, foreign, parts = [], [], []
    for each in sorted(_module(name).__all__, key=str.lower):
        value, place = getattr(_module(name), each), home(name, each)
        if isinstance(value, ModuleType):
            parts.append(f"- {_to_page(value.__name__)}: {_summary(value)}")
        elif place is None:
            foreign.append(f"`{each}`")
        elif place != f"{name}.{each}":
            page = f"{place.rpartition('.')[0]}.md"
            linked.append(f"- [`{each}`]({page}#{place}): {_summary(value)}")
    if parts:
        yield "Modules", "\n".join(parts)
    if linked:
        yield "On other pages", "\n".join(linked)
    if foreign:
        yield "NumPy's and SciPy's own", "These are the functions themselves: " + ", ".join(foreign)


def _to_page(name: str) -> str:
    return f"[`{name}`]({name}.md)" if name in modules() else f"`{name}`"


def _summary(value: Any) -> str:
    return (inspect.getdoc(value) or "").partition("\n\n")[0].replace("\n", " ").rstrip(":")


def described(name: str) -> list[str]:
    """Return the names that are described on the page of a module."""
    return [each for each in _module(name).__all__ if home(name, each) == f"{name}.{each}"]


def home(name: str, each: str) -> str | None:
    """Return where a public name is described; None for modules and what is NumPy's or SciPy's."""
    value = getattr(_module(name), each)
    if isinstance(value, ModuleType):
        return None
    if not inspect.isclass(value) and not inspect.isroutine(value):
        own = type(value).__module__.startswith((*PACKAGES, "builtins", "typing", "types"))
        return f"{name}.{each}" if own else None
    if not _file(value, "").startswith(PACKAGES):
        return None
    return _homes()[value]


@cache
def _homes() -> dict[Any, str]:
    """The place of each public class and function: of `autograd_lite` the package itself, of `nn`
    the module nearest to the file that defines it.
    """
    found: dict[Any, tuple[tuple[bool, int, bool], str]] = {}
    for name in modules():
        for each in _module(name).__all__:
            value = getattr(_module(name), each)
            if inspect.isclass(value) or inspect.isroutine(value):
                near = f"{_file(value, '')}.".startswith(f"{name}.")
                depth = -name.count(".") if name.startswith("autograd_lite") else name.count(".")
                rank = near, depth, getattr(value, "__name__", "") == each
                if value not in found or rank > found[value][0]:
                    found[value] = rank, f"{name}.{each}"
    return {value: place for value, (_, place) in found.items()}


def _module(name: str) -> ModuleType:
    return importlib.import_module(name)
