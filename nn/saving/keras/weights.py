"""The arrays of layers: from a model for a file, and from a file into a model, all or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_lite import Variable
from nn.layers import IntegerLookup, Layer, Normalization
from nn.saving.files import require_none
from nn.saving.keras.hdf5 import Saved
from nn.saving.keras.paths import layers_by_path, own_variables
from nn.saving.keras.vocabularies import IDF

_STATE = "mean", "variance", "count"  # of a Normalization


def saved_weights(model: Layer) -> dict[str, Saved]:
    """Return the arrays of a model's layers by path."""
    return {path: Saved(x.name, _arrays(x)) for path, x in layers_by_path(model).items()}


def _arrays(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, IntegerLookup) and layer.idf_weights is not None:
        return {IDF: _idf_of_all_tokens(layer)}
    if isinstance(layer, Normalization):
        found = layer.get_weights()
        arrays = [np.asarray(a, np.int32 if a.ndim == 0 else None) for a in map(np.asarray, found)]
    else:
        arrays = [variable.data for variable in own_variables(layer)]
    return {str(i): array for i, array in enumerate(arrays)}


def _idf_of_all_tokens(layer: IntegerLookup) -> Any:
    """The weights of tokens, the unknown ones' among them: the mean of the others."""
    known = np.asarray(layer.idf_weights, np.float32)
    unknown = layer.vocabulary_size() - len(known)
    return np.concatenate([np.full(unknown, known.mean(), np.float32), known])


def assign_weights(
    model: Layer, saved: Mapping[str, Saved], skip_mismatch: bool = False
) -> list[str]:
    """Assign all weights of a model, or none; or those of each layer that fits.

    Returns:
        What was skipped, in words.

    Raises:
        ModelFileError: if something does not fit: lists each weight that is missing, unexpected, or
            of another shape.
    """
    found = _without_state_of_others(saved)
    by_plain_path = {_plain(path): path for path in found}
    mismatches: list[str] = []
    assignments: list[Callable[[], None]] = []
    for path, layer in layers_by_path(model).items():
        at = path if path in found else by_plain_path.get(_plain(path), path)
        arrays = found.pop(at, Saved())
        planned: list[Callable[[], None]] = []
        wrong = _compared(path, layer, arrays, planned)
        assignments += [] if wrong else planned
        mismatches += wrong
    mismatches += [
        f"in the file alone: {path} ({there.name or 'unnamed'}), with arrays of the shapes "
        f"{[a.shape for a in there.arrays.values()]}"
        for path, there in found.items()
    ]
    require_none(mismatches, skip_mismatch)
    for assign in assignments:
        assign()
    return mismatches


def _without_state_of_others(saved: Mapping[str, Saved]) -> dict[str, Saved]:
    """The arrays of layers, without those of the optimizer, metrics and random generators."""
    return {
        path: there
        for path, there in saved.items()
        if there.arrays
        and path.partition("/")[0] not in ("optimizer", "metrics", "_metrics", "loss_tracker")
        and "seed_generator" not in path
    }


def _plain(path: str) -> str:
    """A path without the underscores that versions of Keras put before attributes, or not."""
    return "/".join(part.lstrip("_") for part in path.split("/"))


def _compared(
    path: str, layer: Layer, saved: Saved, assignments: list[Callable[[], None]]
) -> list[str]:
    """Compare a layer with what is saved of it; plan the assignments, or say what is wrong."""
    arrays: list[Any] = [saved.arrays.get(str(i)) for i in range(len(saved.arrays))]
    if any(array is None for array in arrays):
        return [f"{layer.name} has arrays in the file that are not numbered: {list(saved.arrays)}"]
    if isinstance(layer, Normalization):
        return _compared_statistics(layer, arrays, assignments)
    variables = own_variables(layer)
    where = f"the file's {path or 'model itself'}" + (
        f", there named {saved.name!r:.80}" if saved.name not in ("", layer.name) else ""
    )
    if len(arrays) != len(variables):
        expected = [f"{_name(v)} {v.shape}" for v in variables]
        return [
            f"{layer.name} has {len(variables)} weights, {', '.join(expected)}; {where} has "
            f"{len(arrays)}, of the shapes {[a.shape for a in arrays]}"
        ]
    wrong = []
    for variable, array in zip(variables, arrays, strict=True):
        if array.shape != variable.shape:
            wrong.append(
                f"{_name(variable)} of {layer.name} is {array.shape} in the file, {variable.shape} "
                f"in the model; {where}{_hint(array.shape, variable.shape)}"
            )
        elif array.dtype.kind != variable.dtype.kind:
            wrong.append(
                f"{_name(variable)} of {layer.name} is {array.dtype} in the file, {variable.dtype} "
                f"in the model; {where}"
            )
        else:
            assignments.append(_assignment(variable, array))
    return wrong


def _assignment(variable: Variable, array: Any) -> Callable[[], None]:
    def assign() -> None:
        variable.assign(array.astype(variable.dtype))

    return assign


def _compared_statistics(
    layer: Normalization, arrays: list[Any], assignments: list[Callable[[], None]]
) -> list[str]:
    known = layer.get_weights()
    if not arrays and not known:
        return []
    shapes = [a.shape for a in arrays]
    if len(arrays) != len(_STATE) or shapes[0] != shapes[1] or shapes[2] != ():
        return [f"{layer.name} has {', '.join(_STATE)}; in the file are arrays of {shapes}"]
    if known and known[0].shape != shapes[0]:
        return [f"mean of {layer.name} is {shapes[0]} in the file, {known[0].shape} in the model"]
    if not (np.isfinite(arrays[0]).all() and np.all(arrays[1] >= 0)):
        return [f"{layer.name} has a mean that is not finite, or a negative variance, in the file"]
    assignments.append(lambda: layer.set_weights(arrays))
    return []


def _hint(there: tuple[int, ...], here: tuple[int, ...]) -> str:
    if there == here[::-1]:
        return ". It is transposed: a file of another program?"
    return ""


def _name(variable: Variable) -> str:
    return (variable.name or "a weight").rpartition("/")[2]
