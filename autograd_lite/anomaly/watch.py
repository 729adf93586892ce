"""`detect_anomaly`: every result and every gradient looked at as it is made."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_lite.anomaly.error import AnomalyError
from autograd_lite.context import changed, current_context
from autograd_lite.recording import output
from autograd_lite.tape import tracing, user_line
from autograd_lite.tensor import Tensor
from autograd_lite.walk import VJPEvent, inputs_of

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
            "detect_anomaly() inside a function that is being compiled would inspect example "
            "values. Use it around a call of the uncompiled function"
        )
    watch = Watch(infinities, current_context().tape)
    with changed(tape=watch), np.errstate(all="ignore"):  # a warning would say less
        yield


class Watch:
    """A tape that looks at what it is given, and raises.

    Args:
        infinities: whether an infinity is an anomaly, or NaN alone.
        outer: the tape that would have been there without this one; it still receives nodes.
    """

    def __init__(self, infinities: bool, outer: Any) -> None:
        self.infinities = infinities
        self.outer: Any = outer.outer if isinstance(outer, Watch) else outer
        # By the stamps of the nodes seen, as long as these live.
        self._lines: dict[int, tuple[weakref.ref[Tensor], Line | None]] = {}

    # -- forward ---------------------------------------------------------------------------------

    def append(self, node: Tensor) -> None:
        """Look at what an operation has made.

        Raises:
            AnomalyError: if the operation made a NaN or infinity of operands that had none, or had
                an operand whose own NaN or infinity is of unknown origin.
        """
        if self.outer is not None:
            self.outer.append(node)
        line = user_line()
        stamp = node.stamp
        self._lines[stamp] = weakref.ref(node, lambda _: self._lines.pop(stamp, None)), line
        if node.function is output or not self._is_spoiled(node._array):
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
        if _has_nan(node._array):
            return not any(map(_has_nan, operands))
        meant = any(map(_is_written_infinity, node.keywords.values()))
        return not meant and all(map(_is_finite, operands))

    # -- backward --------------------------------------------------------------------------------

    def look_at_seed(self, root: Tensor, seed: Any) -> None:
        """Look at what a walk begins with: all other gradients are looked at as they are made."""
        if self._is_spoiled(_array(seed)):
            raise self._backward_error(root, None, seed, seed)

    def observe(self, event: VJPEvent) -> None:
        """Inspect what a rule returned, and the sum that it became part of.

        On its way a rule may make infinities that its result does not have: a zero wins over them.
        """
        x = inputs_of(event.node)[event.position]
        for c, summed in ((event.contribution, False), (event.after, True)):
            if self._is_spoiled(_array(c)):
                raise self._backward_error(event.node, x, event.upstream, c, summed)

    def _backward_error(
        self, node: Tensor, x: Tensor | None, upstream: Any, c: Any, summed: bool = False
    ) -> AnomalyError:
        from autograd_lite.anomaly.report import BackwardAnomaly, Origin

        origin = Origin(node, self.line_of(node))
        return AnomalyError(BackwardAnomaly(origin, x, _array(upstream), _array(c), summed))

    def line_of(self, node: Tensor) -> Line | None:
        """The user's line that made a node, if that was seen."""
        _, line = self._lines.get(node.stamp, (None, None))
        return line

    def _is_spoiled(self, array: Any) -> bool:
        return not _is_finite(array) if self.infinities else _has_nan(array)


def _array(x: Any) -> Any:
    if x.__class__ is tuple:  # of an operation with several results, some perhaps not used
        return tuple(_array(part) for part in x if part is not None)
    return x._array if isinstance(x, Tensor) else x


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
