"""`detect_anomaly`: every result and every gradient looked at as it is made."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_lite.anomaly.error import AnomalyError
from autograd_lite.context import changed, current_context
from autograd_lite.recording import output
from autograd_lite.tape import tracing, user_line
from autograd_lite.tensor import Tensor

__all__ = ["detect_anomaly", "watching"]

Line = tuple[str, int]


@contextmanager
def detect_anomaly(*, infinities: bool = True) -> Iterator[None]:
    """Raise at the first operation that makes a NaN or an infinity, forward or backward.

    The error names the operation, its operands with their extreme values and where those stand,
    the scope (a layer), the line of your program, the likely cause and a remedy. Put the forward
    pass inside too: the line of a gradient is that of the operation differentiated.

    An infinity that you write yourself, ``np.where(mask, scores, -np.inf)``, is taken as meant, and
    so is what follows from it. A NaN, or an array with infinities, that comes from outside is
    reported by the first operation whose result it spoils.

    Every operation takes some ten microseconds longer inside; outside nothing is slower.

    Args:
        infinities: False to look for NaN alone, for programs in which infinities are meant.

    Raises:
        AnomalyError: by the operation, where it is called; its `anomaly` holds the facts.
        RuntimeError: inside of a function that is being compiled, where values are only examples.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> p = ag.Tensor([0.5, 0.0], requires_grad=True, name="p")
        >>> with ag.detect_anomaly():
        ...     loss = -np.mean(np.log(p))
        Traceback (most recent call last):
            ...
        autograd_lite.anomaly.error.AnomalyError: log made -inf in 1 of 2 elements, ...
    """
    if tracing() is not None:
        raise RuntimeError(
            "detect_anomaly() inside of a function that is being compiled would look at examples. "
            "Put it around the call of that function, uncompiled"
        )
    watch = Watch(infinities, current_context().tape)
    with changed(tape=watch), np.errstate(all="ignore"):  # a warning would say less
        yield


def watching() -> Watch | None:
    """The watch that `detect_anomaly` has set; None outside of it."""
    tape: Any = current_context().tape
    return tape if tape.__class__ is Watch else None


class Watch:
    """A tape that looks at what it is given, and raises.

    Args:
        infinities: whether an infinity is an anomaly, or NaN alone.
        outer: the tape that would have been there without this one; it goes on receiving nodes.
    """

    def __init__(self, infinities: bool, outer: Any) -> None:
        self.infinities = infinities
        self._outer: Any = outer._outer if isinstance(outer, Watch) else outer
        # By the stamps of the nodes seen, as long as these live.
        self._lines: dict[int, tuple[weakref.ref[Tensor], Line | None]] = {}

    # -- forward ---------------------------------------------------------------------------------

    def append(self, node: Tensor) -> None:
        """Look at what an operation has made.

        Raises:
            AnomalyError: if the operation made a NaN or infinity of operands that had none, or had
                an operand of which nobody knows where its own NaN or infinity comes from.
        """
        if self._outer is not None:
            self._outer.append(node)
        line = user_line()
        stamp = node.stamp
        self._lines[stamp] = weakref.ref(node, lambda _: self._lines.pop(stamp, None)), line
        if node.function is output or not self._is_spoiled(node._data):
            return
        inputs = node.inputs or ()
        from_outside = [i for i, x in enumerate(inputs) if self._brings_it(x)]
        if from_outside or self._is_made_here(node):
            from autograd_lite.anomaly.report import Anomaly, Origin

            raise AnomalyError(Anomaly(Origin(node, line), from_outside))

    def _brings_it(self, x: Any) -> bool:
        """Return whether an operand held NaN or infinity before the watch saw it."""
        if isinstance(x, Tensor) and x.stamp in self._lines:
            return False
        array = _array(x)
        return self._is_spoiled(array) and not _is_written_infinity(x)

    def _is_made_here(self, node: Tensor) -> bool:
        """Return whether a result holds NaN or infinity that its operands do not merely pass on."""
        operands = [_array(x) for x in node.inputs or ()]
        if _has_nan(node._data):
            return not any(map(_has_nan, operands))
        meant = any(map(_is_written_infinity, node.keywords.values()))
        return not meant and all(map(_is_finite, operands))

    # -- backward --------------------------------------------------------------------------------

    def visiting(self, pass_back: Callable[..., None]) -> Callable[..., None]:
        """`pass_back`, the step of a walk back through one node, watched.

        A rule may make infinities on its way which its result does not have (a zero wins over
        them), so only what it hands on is looked at.
        """

        def visit(node: Tensor, g: Any, reached: Any, useful: Any, on_tensors: bool) -> None:
            handed_on = _HandedOn(self, node, g, reached)
            handed_on.look_at_upstream()
            if on_tensors:
                with changed(tape=self._outer):
                    pass_back(node, g, handed_on, useful, on_tensors)
            else:
                pass_back(node, g, handed_on, useful, on_tensors)

        return visit

    def line_of(self, node: Tensor) -> Line | None:
        """The user's line that made a node, if that was seen."""
        _, line = self._lines.get(node.stamp, (None, None))
        return line

    def _is_spoiled(self, array: Any) -> bool:
        return not _is_finite(array) if self.infinities else _has_nan(array)


class _HandedOn:
    """Stands where `_pass_back` expects what the walk has reached: looks, and hands on."""

    def __init__(self, watch: Watch, node: Tensor, g: Any, reached: Any) -> None:
        self._watch = watch
        self._node = node
        self._g = g
        self._reached = reached
        self.watch, self.waiting = reached.watch, reached.waiting

    def look_at_upstream(self) -> None:
        """All but the one that the walk began with has been looked at when it was handed on."""
        if self._watch._is_spoiled(_array(self._g)):
            raise self._error(None, self._g)

    def add(self, x: Tensor, c: Any) -> None:
        """A contribution to the gradient of x."""
        if self._watch._is_spoiled(_array(c)):
            raise self._error(x, c)
        self._reached.add(x, c)
        total = self.waiting[id(x)]
        if total is not c and self._watch._is_spoiled(_array(total)):
            raise self._error(x, total, summed=True)

    def _error(self, x: Tensor | None, c: Any, summed: bool = False) -> AnomalyError:
        from autograd_lite.anomaly.report import BackwardAnomaly, Origin

        origin = Origin(self._node, self._watch.line_of(self._node))
        return AnomalyError(BackwardAnomaly(origin, x, _array(self._g), _array(c), summed))


def _array(x: Any) -> Any:
    if x.__class__ is tuple:  # of an operation with several results, some perhaps not used
        return tuple(_array(part) for part in x if part is not None)
    return x._data if isinstance(x, Tensor) else x


def _is_finite(array: Any) -> bool:
    if array.__class__ is tuple:
        return all(map(_is_finite, array))
    x = np.asarray(array)
    return x.dtype.kind != "f" or bool(np.isfinite(x).all())


def _has_nan(array: Any) -> bool:
    if array.__class__ is tuple:
        return any(map(_has_nan, array))
    x = np.asarray(array)
    return x.dtype.kind == "f" and bool(np.isnan(x).any())


def _is_written_infinity(x: Any) -> bool:
    return isinstance(x, (float, np.floating)) and math.isinf(x)
