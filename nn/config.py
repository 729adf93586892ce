"""Settings under Keras's names. Those of types and axes hold for what is made after them.

Other ones would change nothing here, and are refused with what to write.
"""

from __future__ import annotations

import warnings
from typing import Any

__all__ = [
    "backend",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]

_floatx = "float32"
_image_data_format = "channels_last"


def backend() -> str:
    """Return "numpy"."""
    return "numpy"


def floatx() -> str:
    """Return the floating type of new layers and arrays that are not told theirs.

    "float32", unless set otherwise.
    """
    return _floatx


def set_floatx(value: Any) -> None:
    """Set the floating type of new layers and arrays that are not told theirs; others keep theirs.

    Args:
        value: "float32", "float64" or "float16".

    Raises:
        ValueError: for another type.

    Example:
        >>> import nn
        >>> set_floatx("float64")
        >>> nn.Dense(1).dtype
        'float64'
        >>> set_floatx("float32")
    """
    global _floatx
    if str(value) not in ("float16", "float32", "float64"):
        raise ValueError(f"floatx is 'float32', 'float64' or 'float16', got {value!r}")
    _floatx = str(value)


def dtype_policy() -> str:
    """Return the policy of types: `floatx()`."""
    return floatx()


def set_dtype_policy(policy: Any) -> None:
    """Set the floating type of new layers by the name of a policy.

    Args:
        policy: "float32", "float64" or "float16"; "mixed_float16" and "mixed_bfloat16" have no
            effect, with a warning: all is computed in `floatx()`.

    Raises:
        ValueError: for another name.
    """
    if policy in ("mixed_float16", "mixed_bfloat16"):
        warnings.warn(
            f"the policy {policy!r} has no effect: layers compute in {floatx()}", stacklevel=2
        )
    else:
        set_floatx(policy)


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
