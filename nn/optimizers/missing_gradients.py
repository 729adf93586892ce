"""Missing gradients: variables without one are left out of an update, with a warning."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from autograd_lite import Variable
from autograd_lite.extend import describe


def drop_missing(
    gradients: Sequence[Any], variables: Sequence[Variable], warned_of: list[Variable]
) -> tuple[list[Any], list[Variable]]:
    """Return the pairs that have a gradient; warn once of each variable without one.

    Args:
        gradients: for each variable an array, a Tensor or None.
        variables: trainable or frozen.
        warned_of: the variables already warned of; new ones are appended.

    Raises:
        ValueError: for a frozen variable with a gradient, and if no variable has one.
    """
    pairs = list(zip(gradients, variables, strict=True))
    for g, variable in pairs:
        if g is not None and not variable.trainable:
            raise ValueError(
                f"{describe(variable)} is frozen (trainable=False), but was given a gradient. "
                "Leave it out, or set trainable = True"
            )
    missing = [v for g, v in pairs if g is None and v.trainable]
    found = [(g, v) for g, v in pairs if g is not None]
    if missing and not found:
        raise ValueError(
            "no variable has a gradient: the loss does not depend on any of them, or "
            "backward() was not called"
        )
    _warn_once(missing, warned_of)
    return [g for g, _ in found], [v for _, v in found]


def _warn_once(missing: Sequence[Variable], warned_of: list[Variable]) -> None:
    new = [v for v in missing if not any(v is known for known in warned_of)]
    if new:
        warned_of += new
        warnings.warn(
            f"no gradient for {', '.join(map(describe, new))}: the loss does not depend on it, "
            "and it is not updated. Freeze it (trainable = False) if that is meant",
            stacklevel=4,
        )
