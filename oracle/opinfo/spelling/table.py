"""The table of operators, and what entries have in common."""

import functools

import numpy as np

TABLE = {}


def spelled(*names):
    """Decorator: the body says in NumPy what operators of these names do."""

    def enter(function):
        for name in names:
            assert name not in TABLE, name
            TABLE[name] = function
        return function

    return enter


def same(names):
    """Operators that take what NumPy's functions take: ``acos=arccos``, or one name for both."""
    for entry in names.split():
        name, _, of_numpy = entry.partition("=")
        function = np
        for part in (of_numpy or name).split("."):
            function = getattr(function, part)
        spelled(name)(function)


def axes(x, dim):
    """``dim=`` as ``axis=``. PyTorch lets a number have axis 0, and ``[]`` stand for all axes."""
    if isinstance(dim, (list, tuple)):
        return (tuple(dim) or None) if x.ndim else None
    return dim if x.ndim else None


def along(function):
    """Decorator for functions along an axis, ``function(x, dim, ...)``: numbers have one too."""

    @functools.wraps(function)
    def wrapped(x, *args, **keywords):
        if x.ndim:
            return function(x, *args, **keywords)
        found = function(np.reshape(x, (1,)), *args, **keywords)
        if isinstance(found, tuple):
            return tuple(np.reshape(y, ()) for y in found)
        return np.reshape(found, ())

    return wrapped


def given(**keywords):
    """Those that are not None."""
    return {name: value for name, value in keywords.items() if value is not None}


def dtype_of(dtype):
    """PyTorch's dtype as NumPy's."""
    return None if dtype is None else np.dtype(str(dtype).partition(".")[2])


def reduced(elements, reduction):
    """``reduction=`` of a loss."""
    return {"mean": np.mean, "sum": np.sum, "none": lambda x: x}[reduction](elements)
