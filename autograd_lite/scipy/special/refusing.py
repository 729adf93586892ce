"""Rules that refuse: inputs by which a function has a derivative that is not known here."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

__all__ = ["no_derivative"]


def no_derivative(name: str, argument: str, inputs: str) -> Callable[..., NoReturn]:
    """A rule that raises when a gradient is to flow to the argument.

    Zero would be wrong, and None in its place means zero.

    Args:
        name: of the function.
        argument: for the message, "its order".
        inputs: the names of the function's inputs, "v x".
    """

    def refuse() -> NoReturn:
        raise TypeError(
            f"scipy.special.{name} has no derivative by {argument} here. Pass it as a number or an "
            "array, or stop its gradient: ag.stop_gradient(...)"
        )

    rules: dict[str, Callable[..., NoReturn]] = {
        "v x": lambda g, y, v, x: refuse(),
        "a x": lambda g, y, a, x: refuse(),
        "s q": lambda g, y, s, q: refuse(),
        "a b x": lambda g, y, a, b, x: refuse(),
    }
    return rules[inputs]
