"""The hooks of callbacks: their names, and checks of overriding methods."""

from __future__ import annotations

import difflib
import inspect
import warnings
from collections.abc import Callable
from typing import Any

from nn._core.tracking import is_own
from nn.callbacks.base import Callback

HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))
ALIASES = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}
NUMBERED = ("epoch_begin", "epoch_end", "batch_begin", "batch_end")  # how the names end
SIMILAR = 0.8


def has_own(callback: Callback, hook: str) -> bool:
    """Return if a callback overrides a hook, or its alias."""
    default = getattr(Callback, hook)
    if getattr(type(callback), hook) is not default or hook in vars(callback):
        return True
    return hook in ALIASES and has_own(callback, ALIASES[hook])


def check_hooks(callback: Callback) -> None:
    """Check hooks for mistakes that would fail after the first epoch, or never be called.

    Those of this package's own classes are known to be right. Warns of a method whose name
    resembles that of a hook.

    Raises:
        TypeError: for a hook with a wrong signature.
    """
    if is_own(type(callback)) and not any(name.startswith("on") for name in vars(callback)):
        return
    for name in dir(type(callback)) + list(vars(callback)):
        if name in HOOKS or not name.lower().startswith("on"):
            continue
        meant = _nearest(name)
        if meant is not None and callable(getattr(callback, name)):
            warnings.warn(
                f"{type(callback).__name__} has a method {name}, which is not a hook and is never "
                f"called by fit. Did you mean {meant}?",
                stacklevel=4,
            )
    for hook in HOOKS:
        if has_own(callback, hook):
            _require_signature(callback, hook, getattr(callback, hook))


def require_known(names: list[str], owner: str) -> None:
    """Refuse names that are not hooks.

    Raises:
        TypeError: suggests the nearest hook.
    """
    for name in names:
        if name not in HOOKS:
            meant = _nearest(name)
            hint = f"Did you mean {meant}? " if meant else ""
            raise TypeError(f"{owner} has no hook {name!r}. {hint}Known: {', '.join(HOOKS)}")


def _nearest(name: str) -> str | None:
    """Return the hook of a similar name, if there is one."""
    plain = {hook.replace("_", ""): hook for hook in HOOKS}
    asked = name.lower().replace("_", "")
    found = difflib.get_close_matches(asked, plain, n=1, cutoff=SIMILAR)
    return plain[found[0]] if found else None


def _require_signature(callback: Callback, hook: str, method: Callable[..., Any]) -> None:
    """Refuse a hook with a wrong signature."""
    if not callable(method):
        raise TypeError(f"{hook} of {type(callback).__name__} is a method, got {method!r}")
    arguments = ["error"] if hook == "on_loss_not_finite" else ["logs"]
    if hook.endswith(NUMBERED):
        arguments.insert(0, "epoch" if "epoch" in hook else "batch")
    try:
        signature = inspect.signature(method)
    except (TypeError, ValueError):
        return  # a C function without a signature
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise TypeError(
            f"{hook} of {type(callback).__name__} is called with ({', '.join(arguments)}), but "
            f"takes {signature}: {error}. Write def {hook}(self, "
            f"{', '.join(arguments).replace('logs', 'logs=None')})"
        ) from None
