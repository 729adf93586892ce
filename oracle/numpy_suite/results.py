"""What a computation gave on arrays and on Tensors, compared."""

import re

import numpy as np

import autograd_lite as ag

# Recipes in terms of other functions round differently than NumPy's own code.
ULPS = 64


class Raised:
    """An exception that a computation ended with."""

    def __init__(self, error):
        self.error = error


def difference(wanted, found):
    """How what Tensors gave differs from what arrays gave, as a reason; None if it does not."""
    if isinstance(wanted, Raised):
        return _of_errors(wanted.error, found)
    if isinstance(found, Raised):
        return f"refused: {message(found.error)}"
    return _of_values(wanted, found)


def supported(value):
    """Whether every array in a result is of a dtype that Tensors hold."""
    if isinstance(value, (tuple, list)):
        return all(map(supported, value))
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "fiub"
    return not isinstance(value, complex)


def _of_errors(wanted, found):
    name = type(wanted).__name__
    if not isinstance(found, Raised):
        return f"accepted, where NumPy raises {name}"
    if isinstance(found.error, _family(wanted)):
        return None
    if "has no gradient rule" in str(found.error):
        return f"refused: {message(found.error)}"
    return f"raises {type(found.error).__name__} for {name}: {message(found.error)}"


def _family(error):
    """The classes that serve for an error: its own, and those that its own stands for."""
    if isinstance(error, np.exceptions.AxisError):
        return (IndexError, ValueError)
    if isinstance(error, np.exceptions.DTypePromotionError):
        return (TypeError,)
    return (type(error),)


def message(error):
    """An error's first line without its numbers, so that errors of a kind read the same."""
    lines = str(error).splitlines() or [""]
    text = re.sub(r"-?\d+(\.\d+)?(e[+-]?\d+)?", "#", lines[0])
    text = re.sub(r"\(#(, ?#)*,?\)", "(#)", text)
    return f"{type(error).__name__}: {text[:110]}"


def _of_values(wanted, found):
    if isinstance(wanted, (tuple, list)):
        if not isinstance(found, (tuple, list)) or len(found) != len(wanted):
            return f"gives {type(found).__name__} for {type(wanted).__name__} of {len(wanted)}"
        reasons = (_of_values(a, b) for a, b in zip(wanted, found, strict=True))
        return next(filter(None, reasons), None)
    if isinstance(wanted, (np.ndarray, np.generic)):
        return _of_arrays(np.asarray(wanted), found)
    if isinstance(found, ag.Tensor):
        found = found.data
    same = found == wanted
    return None if np.all(same) else f"gives {found!r}, NumPy {wanted!r}"[:90]


def _of_arrays(wanted, found):
    if isinstance(found, ag.Tensor):
        found = found.data
    if not isinstance(found, (np.ndarray, np.generic, float, int, bool)):
        return f"gives {type(found).__name__} for an array"
    found = np.asarray(found)
    if found.shape != wanted.shape:
        return (
            f"shape has {found.ndim} axes, NumPy's {wanted.ndim}"
            if (found.ndim != wanted.ndim)
            else "shape differs"
        )
    if found.dtype != wanted.dtype:
        return f"dtype {found.dtype}, NumPy's {wanted.dtype}"
    return None if _equal(wanted, found) else "value"


def _equal(a, b):
    if a.dtype.kind != "f":
        return np.array_equal(a, b)
    if np.array_equal(a, b, equal_nan=True):
        return True
    if not a.size:
        return True
    finite = np.isfinite(a)
    if not np.array_equal(finite, np.isfinite(b)):
        return False
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return False
    largest = np.max(np.abs(a[finite]), initial=0)
    allowed = ULPS * float(np.finfo(a.dtype).eps) * float(largest)
    return bool(np.all(np.abs(a[finite].astype(float) - b[finite].astype(float)) <= allowed))
