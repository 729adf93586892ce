"""`LayerOptions`: the keyword arguments that every layer takes, ``**options`` in a constructor."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypedDict, Unpack

DEFAULTS = {"trainable": True, "dtype": None, "name": None}


class LayerOptions(TypedDict, total=False):
    """Keyword arguments of every layer, as in `Layer`."""

    trainable: bool
    dtype: Any
    name: str | None


def spell_options_out(init: Callable[..., None]) -> Callable[..., None]:
    """Give an `__init__` with ``**options: Unpack[LayerOptions]`` a signature that names them.

    `help` shows it, `get_config` reads it, and a misspelled keyword is refused with the nearest.
    """
    given = getattr(init, "__annotations__", {}).get("options")
    if given in ("Unpack[LayerOptions]", Unpack[LayerOptions]):
        signature = inspect.signature(init)
        *own, _ = signature.parameters.values()
        further = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
            for name, default in DEFAULTS.items()
        ]
        init.__signature__ = signature.replace(parameters=[*own, *further])  # type: ignore[attr-defined]
    return init
