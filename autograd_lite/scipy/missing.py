"""Errors for names that SciPy has and this package has not."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence

__all__ = ["no_such_name"]


def no_such_name(
    module: str, name: str, public: Sequence[str], instead: Mapping[str, str] | None = None
) -> AttributeError:
    """The error for a name that a module here does not have.

    Args:
        module: of SciPy, "scipy.stats".
        name: what was asked for.
        public: the names that there are.
        instead: what to write for some names.
    """
    there = f"autograd_lite.{module} has {', '.join(sorted(public))}"
    if instead and name in instead:
        return AttributeError(f"autograd_lite.{module} has no {name}: write {instead[name]}")
    if not name.startswith("_") and hasattr(importlib.import_module(module), name):
        return AttributeError(
            f"{module}.{name} has no derivative here. On arrays call {module}.{name} itself; "
            f"{there}. For a rule of your own: ag.primitive and ag.gradient"
        )
    return AttributeError(f"module 'autograd_lite.{module}' has no attribute {name!r}; {there}")
