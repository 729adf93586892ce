"""A warning for the softmax of a single number, which is always 1."""

from __future__ import annotations

import warnings
from typing import Any

from nn import activations


def warn_if_constant(activation: Any, owner: str, stacklevel: int = 3) -> None:
    """Warn of an activation of a single number that always gives 1 (or 0).

    Args:
        activation: a function.
        owner: the caller, for the message.
        stacklevel: as in `warnings.warn`.
    """
    if activation in (activations.softmax, activations.log_softmax):
        always = 1 if activation is activations.softmax else 0
        name = activation.__name__
        warnings.warn(
            f"{owner} with a {name} always gives {always}: a {name} divides by the sum of all "
            "outputs, and there is one. For one probability use the activation sigmoid, for "
            "classes one output for each",
            stacklevel=stacklevel,
        )
