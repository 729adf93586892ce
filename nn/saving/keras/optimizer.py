"""The state of an optimizer, in the order in which Keras keeps it.

First the number of steps and the learning rate, unless that is a schedule; then, if the options ask
for them, the average of each weight, and its gradients so far; then the slots, those that a class
makes together for one weight after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import Variable
from nn.optimizers import Muon, Nadam, Optimizer
from nn.optimizers.learning_rate import source_of
from nn.saving.files import ModelFileError
from nn.saving.keras.hdf5 import Saved

# Slots that are made together for one weight after the other; others one kind after the other.
_PAIRS = [
    ("momentum", "velocity"),
    ("momentum", "norm"),
    ("accumulated_grad", "accumulated_delta_var"),
]


def saved_optimizer(optimizer: Optimizer) -> Saved:
    """Return the state of an optimizer."""
    steps = np.asarray(optimizer.calls, np.int32)
    rate = source_of(optimizer)
    numbers = [steps, *([np.asarray(rate.data)] if isinstance(rate, Variable) else [])]
    arrays = [*numbers, *(variable.data for variable in _state(optimizer))]
    return Saved(str(optimizer.name), {str(i): array for i, array in enumerate(arrays)})


def restore_optimizer(optimizer: Optimizer, saved: Saved, variables: list[Variable]) -> None:
    """Restore the state of a new optimizer.

    Args:
        optimizer: made from its config.
        saved: its state in the file.
        variables: the trainable weights of its model.

    Raises:
        ModelFileError: if it does not fit.
    """
    arrays: list[Any] = [saved.arrays.get(str(i)) for i in range(len(saved.arrays))]
    if not arrays:
        return
    rate = source_of(optimizer)
    numbers = 1 + isinstance(rate, Variable)
    if len(arrays) > numbers:
        optimizer.build(variables)
    state = _state(optimizer)
    expected = [((), "iu"), *[((), "f")] * (numbers - 1), *((v.shape, "f") for v in state)]
    fits = len(arrays) == len(expected) and all(
        array is not None and array.shape == shape and array.dtype.kind in kinds
        for array, (shape, kinds) in zip(arrays, expected, strict=True)
    )
    if not fits:
        shapes = [None if a is None else a.shape for a in arrays]
        raise ModelFileError(
            f"the state of its optimizer, {type(optimizer).__name__}, has arrays of the shapes "
            f"{shapes}; expected are {[shape for shape, _ in expected]}, for the trainable weights "
            f"{[v.name for v in variables]}. Loading with compile=False does without"
        )
    _set_steps(optimizer, int(arrays[0]))
    if numbers == 2:
        optimizer.learning_rate = float(arrays[1])
    for variable, array in zip(state, arrays[numbers:], strict=True):
        variable.assign(array.astype(variable.dtype))


def _set_steps(optimizer: Optimizer, steps: int) -> None:
    if steps < 0:
        raise ModelFileError(f"its optimizer has made {steps} steps")
    updates, calls = divmod(steps, optimizer.gradient_accumulation_steps or 1)
    optimizer.iterations.assign(updates)
    optimizer._accumulated.assign(calls)


def _state(optimizer: Optimizer) -> list[Variable]:
    """The Variables for the weights, in Keras's order."""
    if not optimizer.built:
        return []
    own = [name for name in optimizer.slots() if name in optimizer._slots]
    pairs = [own[:2]] if tuple(own[:2]) in _PAIRS else [[name] for name in own[:2]]
    found = []
    for group in [["average"], ["gradient_accumulator"], *pairs, *([name] for name in own[2:])]:
        slots = [(name, optimizer._slots[name]) for name in group if name in optimizer._slots]
        for i, variable in enumerate(optimizer._variables):
            found += [v[i] for name, v in slots if not _is_unused(optimizer, name, variable)]
    return [*found, optimizer.u_product] if isinstance(optimizer, Nadam) else found


def _is_unused(optimizer: Optimizer, slot: str, variable: Variable) -> bool:
    """Return if Keras has no slot for a variable: the velocity of what Muon itself updates."""
    return isinstance(optimizer, Muon) and slot == "velocity" and not optimizer.uses_adam(variable)
