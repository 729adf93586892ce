"""What a rewritten test computes, computed on Tensors too."""

import functools
import operator
import sys
import types
import warnings
from collections import Counter

import numpy as np

import autograd_lite as ag
from autograd_lite.table import function_name
from oracle.kinds import Kinds
from oracle.numpy_suite.circumstances import named
from oracle.numpy_suite.results import Raised, difference, message, supported
from oracle.numpy_suite.slopes import NothingToCompareError, only_at_ties, slopes_differ

REPEATS = 20  # comparisons of one function with arguments of the same shapes and dtypes
SLOPES = 5  # of them with derivatives
LARGEST = 100_000  # elements of an array; larger ones take time and show nothing new
DISPATCHED = type(np.sum)  # NumPy's class of functions that other arrays can take over
MODULES = {"numpy", "numpy.linalg", "numpy.fft"}
UFUNCS = {f for f in vars(np).values() if isinstance(f, np.ufunc)}
BUILTINS = {abs, bool, divmod, float, int, len, list, pow, round, sum, tuple}
# They call one of their arguments.
CALLERS = {"assert_raises", "assert_raises_regex", "raises", "assert_warns", "assert_no_warnings"}
PROTOCOLS = ("__array_ufunc__", "__array_priority__", "__array_wrap__", "__array__")
SYMMETRIC = {"linalg.eigh", "linalg.eigvalsh", "linalg.cholesky"}  # they read one triangle


class Watcher:
    """Stands between a rewritten test and NumPy; `kinds` is what it found."""

    def __init__(self):
        self.kinds = Kinds()
        self.slopes = 0
        self.test = ""
        self._busy = False
        self._seen = Counter()
        self._random = np.random.default_rng(0)

    # -- what a rewritten module calls -------------------------------------------------------------

    def call(self, function, /, *args, **kwargs):
        if getattr(function, "__name__", None) in CALLERS:
            args = tuple(self._watched(x) for x in args)
        name = _subject(function)
        if name is None:
            return function(*args, **kwargs)
        owner = getattr(function, "__self__", None)
        if isinstance(owner, np.ndarray):

            def method(x, *args, **kwargs):
                return getattr(x, function.__name__)(*args, **kwargs)

            return self._both(name, method, (owner, *args), kwargs)
        return self._both(name, function, args, kwargs)

    def item(self, x, index, /):
        if type(x) is not np.ndarray:
            return x[index]
        return self._both("x[index]", lambda x: x[index], (x,), {}, of=index)

    def operator(self, name, /, *operands):
        function = getattr(operator, name)
        if not any(type(x) is np.ndarray for x in operands):
            return function(*operands)
        return self._both(f"operator {name.strip('_')}", function, operands, {})

    def attribute(self, x, name, /):
        if type(x) is not np.ndarray:
            return getattr(x, name)
        return self._both(f"x.{name}", lambda x: getattr(x, name), (x,), {})

    def _watched(self, x):
        """An argument that is a function of NumPy, watched when it is called."""
        return x if _subject(x) is None else functools.partial(self.call, x)

    # -- the comparison ----------------------------------------------------------------------------

    def _both(self, name, function, args, kwargs, of=None):
        """What `function` gives on arrays, after Tensors were given the same."""
        if self._busy:
            return function(*args, **kwargs)
        arrays = list({id(x): x for x in _arrays((args, kwargs))}.values())
        signature = (name, _signature((args, kwargs, of)))
        fit = arrays and all(map(_eligible, arrays)) and not any(map(_foreign, args))
        if not fit or self._seen[signature] >= REPEATS:
            return function(*args, **kwargs)
        self._seen[signature] += 1
        copies = [x.copy() for x in arrays]

        def on(values):
            given = {id(x): value for x, value in zip(arrays, values, strict=True)}
            return function(*_replaced(args, given), **_replaced(kwargs, given))

        kind = named(name, args, kwargs)
        given = self._on_tensors(copies, on)
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            if not isinstance(error, Warning):
                self._compare(kind, signature, Raised(error), given, copies, on)
            raise
        self._compare(kind, signature, result, given, copies, on)
        return result

    def _on_tensors(self, copies, on):
        self._busy = True
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return on([_tensor(x) for x in copies])
        except Exception as error:
            return Raised(error)
        finally:
            self._busy = False

    def _compare(self, kind, signature, wanted, found, copies, on):
        if not isinstance(wanted, Raised) and not supported(wanted):
            if isinstance(found, Raised):
                self.kinds.passed += 1  # complex numbers, objects and text are refused
            return
        self._busy = True
        try:
            reason = difference(wanted, found)
            if reason is None:
                self.kinds.passed += 1
                if not isinstance(wanted, Raised) and self._seen[signature] <= SLOPES:
                    symmetric = signature[0] in SYMMETRIC or "hermitian=True" in signature[1]
                    reason = self._slope(kind, copies, on, symmetric)
            if reason is not None:
                self.kinds.add(kind, reason, f"{self._where()}: {signature[1][:150]}")
        finally:
            self._busy = False

    def _slope(self, kind, copies, on, symmetric):
        """A reason if derivatives differ."""
        places = [i for i, x in enumerate(copies) if x.dtype.kind == "f"]

        def function(values):
            given = list(copies)
            for i, value in zip(places, values, strict=True):
                given[i] = value
            return on(given)

        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                points = [copies[i] for i in places]
                differ = slopes_differ(function, points, self._random, symmetric)
                tied = differ and only_at_ties(function, points, self._random, symmetric)
            except NothingToCompareError as nothing:
                self.kinds.leave_out(f"no derivative: {nothing}", kind)
                return None
            except Exception as error:
                return f"derivative raises {message(error)}"
        self.slopes += 1
        self.kinds.passed += not differ
        if not differ:
            return None
        return "derivative where elements are equal" if tied else "derivative"

    def _where(self):
        frame = sys._getframe()
        while frame is not None and "__watcher__" not in frame.f_globals:
            frame = frame.f_back
        line = f":{frame.f_lineno}" if frame is not None else ""
        return f"{self.test.partition('[')[0]}{line}"


def _subject(function):
    """The name of a function that is compared; None for all others."""
    if isinstance(function, DISPATCHED) and function.__module__ in MODULES:
        return function_name(function)
    if isinstance(function, np.ufunc):
        return function.__name__ if function in UFUNCS else None
    if isinstance(function, types.BuiltinFunctionType):
        owner = getattr(function, "__self__", None)
        if type(owner) is np.ndarray:
            return f"x.{function.__name__}"
        if isinstance(owner, np.ufunc):
            return f"{owner.__name__}.{function.__name__}" if owner in UFUNCS else None
    if isinstance(function, (type, types.BuiltinFunctionType)) and function in BUILTINS:
        return f"{function.__name__}()"
    return None


def _tensor(x):
    return ag.Tensor(x, requires_grad=x.dtype.kind == "f")


def _eligible(x):
    return x.dtype.kind in "fiub" and x.size <= LARGEST


def _foreign(x):
    """Whether an argument has its own idea of arithmetic, as the classes that tests make."""
    known = isinstance(x, (np.ndarray, np.generic))
    return not known and any(hasattr(x, name) for name in PROTOCOLS)


def _arrays(value, depth=4):
    """The arrays in a nested structure."""
    if isinstance(value, np.ndarray):
        if type(value) is not np.ndarray:
            yield np.empty(0, object)  # a subclass: not eligible
        yield value
    elif depth and isinstance(value, (list, tuple)):
        for part in value[:50]:
            yield from _arrays(part, depth - 1)
    elif depth and isinstance(value, dict):
        for part in value.values():
            yield from _arrays(part, depth - 1)


def _replaced(value, given, depth=4):
    """A nested structure with other values for its arrays."""
    if isinstance(value, np.ndarray):
        return given.get(id(value), value)
    if depth and type(value) in (list, tuple):
        return type(value)(_replaced(part, given, depth - 1) for part in value)
    if depth and type(value) is dict:
        return {key: _replaced(part, given, depth - 1) for key, part in value.items()}
    return value


def _signature(value, depth=4):
    """Shapes and dtypes of arguments, as text."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str}{list(value.shape)}"
    if depth and isinstance(value, (list, tuple)):
        return "(" + ", ".join(_signature(part, depth - 1) for part in value[:8]) + ")"
    if depth and isinstance(value, dict):
        parts = (f"{key}={_signature(part, depth - 1)}" for key, part in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, (int, float, str, type(None), slice)):
        return repr(value)[:30]
    return type(value).__name__
