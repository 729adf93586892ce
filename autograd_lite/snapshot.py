"""Snapshot: what something was, to bring it back to that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


class Snapshot:
    """The values of Variables, the states of generators and the attributes of objects, as they are.

    Args:
        variables: whose values are copied.
        generators: whose states are kept; they draw the same again after `restore`.
        objects: whose attributes are kept, each as the object that it is: what a list holds is not.

    Example:
        >>> import autograd_lite as ag
        >>> w = ag.Variable([1.0, 2.0])
        >>> before = Snapshot(variables=[w])
        >>> before.restore() or w.assign([0.0, 0.0])
        Variable([0., 0.], requires_grad=True)
        >>> before.restore()
        >>> w.data
        array([1., 2.])
    """

    def __init__(
        self,
        *,
        variables: Iterable[Any] = (),
        generators: Iterable[np.random.Generator] = (),
        objects: Iterable[object] = (),
    ) -> None:
        self._values = [(variable, variable._array.copy()) for variable in variables]
        self._states = [(g.bit_generator, g.bit_generator.state) for g in generators]
        self._attributes = [(thing, dict(vars(thing))) for thing in objects]

    def restore(self) -> None:
        """Bring everything back. A Variable that still has its value does not count as assigned."""
        for thing, attributes in self._attributes:
            vars(thing).clear()
            vars(thing).update(attributes)
        for bits, state in self._states:
            bits.state = state
        for variable, value in self._values:
            if variable._array.tobytes() != value.tobytes():
                variable.assign(value)

    @contextmanager
    def restored_on_error(self) -> Iterator[None]:
        """Bring everything back if the block raises."""
        try:
            yield
        except BaseException:
            self.restore()
            raise
