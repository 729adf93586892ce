"""Errors for names that a module does not have: the nearest ones, or what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def missing_name(
    module: str, name: str, known: Iterable[str], instead: Mapping[str, str] | None = None
) -> AttributeError:
    """Return the error for a name that a module does not have.

    Args:
        module: its name, for the message.
        name: what was asked for.
        known: the names there are.
        instead: for names that Keras has and `nn` has not: what to write.

    Example:
        >>> missing_name("nn.ops", "sotfmax", ["softmax", "exp"])
        AttributeError("module 'nn.ops' has no attribute 'sotfmax'. Did you mean 'softmax'?")
    """
    message = f"module {module!r} has no attribute {name!r}"
    if instead and name in instead:
        return AttributeError(f"{message}: {instead[name]}", name=name)
    by_lower = {each.lower(): each for each in known}
    import difflib  # for an error alone

    nearest = difflib.get_close_matches(name.lower(), by_lower, n=2)
    if nearest:
        meant = " or ".join(repr(by_lower[each]) for each in nearest)
        message += f". Did you mean {meant}?"
    return AttributeError(message, name=name)
