"""Arrays that may enter: real numbers in a rectangle, nothing masked, nothing ragged."""

from __future__ import annotations

from typing import Any

import numpy as np


def real_array(value: Any, dtype: Any = None) -> Any:
    """An array of its own made from `value`.

    Arrays of other libraries that speak NumPy's protocols are copied, not converted.

    Args:
        value: anything that `np.array` turns into real numbers.
        dtype: as in `np.array`.

    Raises:
        TypeError: for strings, objects, complex numbers, masked arrays, sparse matrices.
        ValueError: for ragged lists.
    """
    refuse_masked(value)
    if hasattr(value, "toarray") and hasattr(value, "nnz"):
        raise TypeError(
            f"a sparse matrix ({type(value).__name__}) is no array: give x.toarray(). (fit, "
            "evaluate and predict of a model take it, and make each batch an array)"
        )
    foreign = hasattr(value, "__array_function__") and not isinstance(value, np.ndarray)
    try:
        data = value.copy() if foreign else np.array(value, dtype=dtype)
        if foreign and dtype is not None:
            data = data.astype(dtype)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise ValueError(
            "the nested lists have different lengths, so they are not the rows of one array. "
            "Pad them to one length, or make one Tensor for each"
        ) from error
    if data.dtype.kind not in "fiub":
        raise unsupported_dtype(data.dtype, "Tensor")
    return data


def fingerprint(array: np.ndarray[Any, Any]) -> bytes | int:
    """A fingerprint that changes when the array is written to: two differ if the elements do.

    The bytes of a small array. Of a larger one a checksum, at the speed of memory: words are added
    up in lanes. One element cannot change unnoticed, and of several only where in each lane what
    was added was taken away again; the number of lanes divides no stride, so that rows in another
    order are noticed, too.
    """
    if array.nbytes <= SMALL:
        return array.tobytes()
    array = np.ascontiguousarray(array.T if array.flags.f_contiguous else array)
    data = array.reshape(-1).view(np.uint8)
    whole = data.size // 8 * 8
    words = data[:whole].view(np.uint64)
    lanes = next((n for n in _LANES if all(s % (8 * n) for s in array.strides)), _LANES[-1])
    rows = words.size // lanes
    sums = np.add.reduce(words[: rows * lanes].reshape(rows, lanes), axis=0)
    return hash((sums.tobytes(), words[rows * lanes :].tobytes(), data[whole:].tobytes()))


SMALL = 16384
_LANES = (509, 521, 523, 541, 547, 557, 563, 569, 1009)


def address_of(array: Any) -> int:
    """Return the memory address of an array's first element."""
    address: int = array.__array_interface__["data"][0]
    return address


def refuse_masked(value: Any) -> None:
    """Raise for a masked array, whose mask no rule would see.

    Raises:
        TypeError: saying what to write instead.
    """
    if hasattr(value, "mask") and hasattr(value, "filled"):
        raise TypeError(
            "a masked array would lose its mask here. Fill it first, array.filled(0), and use "
            "the mask with np.where"
        )


def unsupported_dtype(dtype: np.dtype[Any], where: str) -> TypeError:
    """The error for an array that does not hold real numbers; `where` names who got it."""
    reasons = {
        "c": "complex numbers are not supported. Use two real Tensors, for the real and the "
        "imaginary part",
        "O": "an array of Python objects cannot be differentiated. Convert it first: "
        "np.array(values, dtype=float)",
    }
    text = "only numbers can be held. Convert the values first: np.array(values, dtype=float)"
    return TypeError(f"{where}: got dtype {dtype}; {reasons.get(dtype.kind, text)}")
