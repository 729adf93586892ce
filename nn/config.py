"""Settings under Keras's names. They say how `nn` computes; what cannot be set is refused.

Layers compute in float32 and divide with an epsilon each of its own, with channels last. A model in
double precision is made of layers with ``dtype="float64"``: one setting for the whole process would
change models that others have made.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "backend",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]

_image_data_format = "channels_last"


def backend() -> str:
    """Return "numpy"."""
    return "numpy"


def floatx() -> str:
    """Return the floating type that layers compute in unless told otherwise, "float32"."""
    return "float32"


def set_floatx(value: Any) -> None:
    """Accept "float32" and refuse every other type.

    Raises:
        ValueError: for another type; says what to write.

    Example:
        >>> set_floatx("float64")
        Traceback (most recent call last):
            ...
        ValueError: layers compute in float32 unless each is told otherwise, so ...
    """
    if np.dtype(value) != np.float32:
        raise ValueError(
            f"layers compute in float32 unless each is told otherwise, so set_floatx({value!r}) "
            "would change nothing. Write the dtype where it is wanted: Dense(4, dtype='float64')"
        )


def enable_traceback_filtering() -> None:
    """Do nothing: tracebacks are shown whole, with the message last."""


def disable_traceback_filtering() -> None:
    """Do nothing: tracebacks are shown whole."""


def enable_interactive_logging() -> None:
    """Do nothing: ``verbose="auto"`` shows a bar in a terminal, and lines elsewhere."""


def disable_interactive_logging() -> None:
    """Do nothing: write ``verbose=2`` for lines, ``verbose=0`` for nothing."""


def epsilon() -> float:
    """Return the number that keeps divisors away from 0, 1e-7."""
    return 1e-7


def set_epsilon(value: float) -> None:
    """Accept 1e-7 and refuse every other number.

    Raises:
        ValueError: for another number; says what to write.
    """
    if value != epsilon():
        raise ValueError(
            f"layers and optimizers have an epsilon each of their own, so set_epsilon({value!r}) "
            f"would change nothing. Write it where it is wanted: Adam(epsilon={value!r})"
        )


def image_data_format() -> str:
    """Return the order of axes of new layers that are not told theirs.

    "channels_last": images are (samples, height, width, channels), unless set otherwise.
    """
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Set the order of axes of new layers that are not told theirs; others keep theirs.

    Args:
        data_format: "channels_last" or "channels_first", (samples, channels, height, width).

    Raises:
        ValueError: for another order.
    """
    global _image_data_format
    name = str(data_format).lower()
    if name not in ("channels_last", "channels_first"):
        raise ValueError(f"data_format is 'channels_last' or 'channels_first', got {data_format!r}")
    _image_data_format = name
