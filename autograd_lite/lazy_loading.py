"""`attach`: names of a package that are imported when they are first asked for (PEP 562)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def attach(
    package: str,
    names: Mapping[str, str],
    *,
    hidden: Mapping[str, str] | None = None,
    here: Iterable[str] = (),
    missing: Callable[[str], AttributeError] | None = None,
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package.

    Type checkers and editors read the imports that the package has under ``if TYPE_CHECKING``.

    Args:
        package: its ``__name__``.
        names: the names in each module, in one text: ``{"nn.layers.core": "Dense Identity"}``. With
            a dot behind the module they are modules in it. ``"Old=New"`` is another name of one.
        hidden: others that can be asked for, and are not listed.
        here: listed names that the package's own file defines.
        missing: makes the error for a name that there is not.

    Example:
        >>> load, names, listed = attach("autograd_lite", {"math": "pi", "os.": "path"})
        >>> listed, load("pi"), load("path").sep
        (['path', 'pi'], 3.141592653589793, '/')
    """
    listed = _places(names)
    places = listed | _places(hidden or {})
    public = sorted([*listed, *here])

    def load(name: str) -> Any:
        if name not in places:
            if missing is not None:
                raise missing(name)
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name)
        module, inner = places[name]
        if module.endswith("."):
            value: Any = importlib.import_module(module + inner)
        else:
            value = getattr(importlib.import_module(module), inner)
        setattr(sys.modules[package], name, value)
        return value

    def names_of_package() -> list[str]:
        return [*public, "__doc__", "__name__"]

    return load, names_of_package, public


def _places(names: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The module of each name, and its name there."""
    places = {}
    for module, text in names.items():
        for word in text.split():
            name, _, inner = word.partition("=")
            places[name] = module, inner or name
    return places
