"""`data_format` of operations: those on images are written for channels that come last."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from nn.layers.spatial import as_data_format


def in_either_order(rank: int = 2) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Wrap a function of (samples, *lengths, channels), the samples left out or not, for inputs
    that have their channels before the lengths where ``data_format="channels_first"``.

    Args:
        rank: the number of lengths.
    """

    def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def turned(*args: Any, **options: Any) -> Any:
            given = signature.bind(*args, **options)
            if as_data_format(given.arguments.get("data_format")) != "channels_first":
                return function(*args, **options)
            name = next(iter(given.arguments))
            given.arguments[name] = np.moveaxis(given.arguments[name], -rank - 1, -1)
            given.arguments["data_format"] = "channels_last"
            return np.moveaxis(function(*given.args, **given.kwargs), -1, -rank - 1)

        return turned

    return wrapped
