"""Words for mistakes whose own messages do not help: names of other libraries, shapes that do not
fit.
"""

from __future__ import annotations

import opcode
from collections.abc import Sequence
from types import FrameType
from typing import Any

import numpy as np

from autograd_lite.short_tracebacks import shorten

_OF_OTHER_LIBRARIES = {
    "detach": "write ag.stop_gradient(t), or t.data for the array",
    "detach_": "write ag.stop_gradient(t), or t.data for the array",
    "clone": "write t.copy()",
    "cpu": "a Tensor holds a NumPy array: t.data",
    "cuda": "a Tensor holds a NumPy array; there is no other device",
    "to": "there is no other device; for another dtype write t.astype(np.float32)",
    "float": "write t.astype(np.float32)",
    "double": "write t.astype(np.float64)",
    "long": "write t.astype(np.int64)",
    "requires_grad_": "write ag.Tensor(array, requires_grad=True)",
    "retain_grad": "write (g,) = ag.gradients(J, [t])",
    "grad_fn": "write t.function, the function that made it",
    "zero_": "write t.data[...] = 0",
    "view": "write t.reshape(...)",
    "permute": "write np.transpose(t, axes)",
    "unsqueeze": "write np.expand_dims(t, axis)",
    "mm": "write a @ b",
    "matmul": "write a @ b",
    "pow": "write t**2",
    "norm": "write np.linalg.norm(t)",
    **{name: f"write np.{name}(t)" for name in ("exp", "log", "sqrt", "abs", "tanh", "sin", "cos")},
    "sigmoid": "write 1 / (1 + np.exp(-t)), or nn.activations.sigmoid(t)",
    "relu": "write np.maximum(t, 0), or nn.activations.relu(t)",
}


class ElsewhereNamed:
    """An attribute of other libraries' arrays: reading it raises what to write instead.

    One for each name, rather than a ``__getattr__``, with which Python would read every attribute
    of every Tensor in twice the time.

    Example:
        >>> import autograd_lite as ag
        >>> ag.Tensor([1.0]).detach()
        Traceback (most recent call last):
        AttributeError: a Tensor has no 'detach': write ag.stop_gradient(t), or t.data for the array
    """

    def __init__(self, name: str, instead: str) -> None:
        self.name = name
        self.instead = instead

    def __get__(self, tensor: Any, kind: type) -> Any:
        message = f"a {kind.__name__} has no {self.name!r}: {self.instead}"
        raise AttributeError(message, name=self.name, obj=tensor)


ELSEWHERE = {name: ElsewhereNamed(name, text) for name, text in _OF_OTHER_LIBRARIES.items()}


def no_gradient(tensor: Any, reader: FrameType) -> None:
    """Return None for the gradient that there is not; where the code that reads it computes with
    it, raise what to do instead.

    Python's own message, "unsupported operand type(s) for *: 'float' and 'NoneType'", names neither
    the gradient nor the missing call. None cannot be told apart by its class, since programs ask
    ``w.grad is None``; but the instruction that follows the reading one tells.

    Raises:
        TypeError: if the next instruction is arithmetic.

    Example:
        >>> import autograd_lite as ag
        >>> w = ag.Tensor([1.0], requires_grad=True, name="w")
        >>> w.grad is None
        True
        >>> 0.1 * w.grad
        Traceback (most recent call last):
        TypeError: w.grad is None: nothing was differentiated yet. Call J.backward() first, J a
        number computed from w
    """
    if not _computes_with_it(reader):
        return
    name = tensor.name or "this Tensor"
    if tensor.function is not None:
        why = "it is a result, and only leaves keep gradients. Write (g,) = ag.gradients(J, [t])"
    elif not tensor.requires_grad:
        why = "it requires none. Make it with ag.Tensor(values, requires_grad=True)"
    else:
        why = "nothing was differentiated yet. Call J.backward() first, J a number computed from "
        why += name
    raise shorten(TypeError(f"{name}.grad is None: {why}"))


_ARITHMETIC = ("BINARY_OP", "UNARY_NEGATIVE")
_LOADS_ONE = ("LOAD_CONST", "LOAD_SMALL_INT", "LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_NAME",
              "LOAD_GLOBAL", "LOAD_DEREF")  # fmt: skip


def _computes_with_it(reader: FrameType) -> bool:
    """Return whether what was just read is an operand: of the next instruction, or of the one after
    it, if that loads one other operand.
    """
    code = reader.f_code.co_code
    loaded = False
    for place in range(reader.f_lasti + 2, len(code), 2):
        name = opcode.opname[code[place]]
        if name in _ARITHMETIC:
            return True
        if name in _LOADS_ONE and not loaded:
            loaded = True
        elif name != "CACHE":
            return False
    return False


def shapes_that_do_not_fit(function: Any, arrays: Sequence[Any]) -> ValueError | None:
    """Return the error for a product of matrices whose shapes do not fit; None if that is not it.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> ag.Tensor(np.ones((2, 3))) @ np.ones((2, 3))
        Traceback (most recent call last):
        ValueError: shapes (2, 3) and (2, 3) cannot be multiplied: 3 columns of the first, 2 rows of
        the second. a.T @ b gives (3, 3), a @ b.T gives (2, 2)
    """
    if function is not np.matmul or len(arrays) < 2:
        return None
    left, right = np.shape(arrays[0]), np.shape(arrays[1])
    if not left or not right:
        return ValueError(f"a @ b multiplies arrays, got shapes {left} and {right}: write a * b")
    rows = right[-2] if len(right) > 1 else right[0]
    if left[-1] == rows:
        return None  # the axes before these do not broadcast, which NumPy's message says
    columns = "columns" if len(left) > 1 else "entries"
    entries = "rows" if len(right) > 1 else "entries"
    fitting = []
    if len(left) == len(right) == 2:
        if left[0] == right[0]:
            fitting.append(f"a.T @ b gives {(left[1], right[1])}")
        if left[1] == right[1]:
            fitting.append(f"a @ b.T gives {(left[0], right[0])}")
    hint = f". {', '.join(fitting)}" if fitting else ""
    return ValueError(
        f"shapes {left} and {right} cannot be multiplied: {left[-1]} {columns} of the first, "
        f"{rows} {entries} of the second{hint}"
    )
