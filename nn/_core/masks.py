"""Masks given by hand, masks as weights, and the warning where one was lost."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import as_array, leaf, lost_by, users_stacklevel


def as_mask(mask: Any, x: Any, name: str) -> Tensor:
    """Return a mask given by hand as booleans; other numbers count where they are not 0.

    Raises:
        TypeError: for anything but numbers.
        ValueError: for a mask that has other lengths than the leading axes of x.
    """
    tensor = mask if isinstance(mask, Tensor) else leaf(as_array(mask))
    if not tensor.ndim or tensor.shape != x.shape[: tensor.ndim]:
        raise ValueError(
            f"{name} got a mask of shape {tensor.shape} for an array of shape {tuple(x.shape)}: a "
            f"mask has the lengths of the leading axes, {tuple(x.shape[:2])} for samples and "
            "steps, and is True where a step counts"
        )
    return tensor if tensor.dtype == bool else tensor != 0


def over_features(mask: Any, x: Any) -> Any:
    """Return a mask with axes of length 1 appended, so that it broadcasts against x."""
    return np.reshape(mask, mask.shape + (1,) * (x.ndim - mask.ndim))


def warn_if_lost(x: Any, user: str) -> None:
    """Warn that `user` would use a mask that an operation could not carry on."""
    operation = lost_by(x)
    if operation is not None:
        warnings.warn(
            f"{user} uses masks, but that of its inputs ended at {operation}, which does not keep "
            "the axes of samples and steps in front: masked steps count. Keep the axes, or pass "
            "the mask on: layer(x, mask=mask)",
            stacklevel=users_stacklevel(),
        )
