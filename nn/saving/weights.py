"""`save_weights` and `load_weights`: only the weights, for an existing model."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from autograd_lite import Variable
from nn.layers.base import Layer
from nn.saving.files import (
    ModelFileError,
    Path,
    existing_file,
    is_keras_path,
    listed,
    read,
    require_none,
    write,
    write_keras,
)
from nn.saving.keras import archive, hdf5
from nn.saving.keras.reading import read_keras_weights
from nn.saving.keras.weights import assign_weights
from nn.saving.keras.writing import keras_weights_file
from nn.saving.paths import RESERVED, variable_paths


def save_weights(model: Layer, path: Path, overwrite: bool = True) -> None:
    """Write the weights and statistics of a model to a file, each under its path.

    Args:
        model: a model or a layer, of any class, that has been built.
        path: ends with ".safetensors"; or with ".weights.h5" for a file that Keras 3 reads too
            (extra ``keras-files``). A file that is there is replaced, in one step: after a crash
            there is the old one or the new one.
        overwrite: False refuses to replace a file.

    Raises:
        ValueError: if the model has not been built; for another suffix.
        ImportError: for a file of Keras, without h5py.
        OSError: if the file cannot be written; then the old one is as it was.

    Example:
        >>> import tempfile, nn
        >>> model = nn.Sequential([nn.Input((3,)), nn.Dense(2), nn.Dense(1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(model, f"{folder}/weights.safetensors")
        ...     load_weights(model, f"{folder}/weights.safetensors")
        >>> list(variable_paths(model))
        ['dense/kernel', 'dense/bias', 'dense_1/kernel', 'dense_1/bias']
    """
    require_built(model, "saved")
    if is_keras_path(path, weights=True):
        write_keras(path, keras_weights_file(model), overwrite)
        return
    weights = variable_paths(model)
    write(path, {name: variable.data for name, variable in weights.items()}, {}, overwrite)


def load_weights(model: Layer, path: Path, skip_mismatch: bool = False) -> None:
    """Load the weights of a file into a model: all of them, or none.

    Args:
        model: built, with weights of the same paths, shapes and dtypes.
        path: a file from `save_weights` or `save`, or any safetensors file whose names fit; or a
            ".weights.h5" or ".keras" file of Keras 3 (extra ``keras-files``).
        skip_mismatch: True loads the layers whose weights all fit, leaves the others as they are,
            and warns with the list of what does not fit.

    Raises:
        ValueError: if something does not fit, with every tensor that is missing, unexpected or of
            another shape or dtype; and if the model has not been built.
        ModelFileError: for a file that is damaged; it is a ValueError.
        ImportError: for a file of Keras, without h5py.
        OSError: if the file cannot be read.
    """
    require_built(model, "loaded")
    name = existing_file(path)
    of_keras = hdf5.has_signature(name) or archive.has_signature(name)
    saved: Any = read_keras_weights(model, name) if of_keras else read(path).tensors
    try:
        if of_keras:
            skipped = assign_weights(model, saved, skip_mismatch)
        else:
            own = {name: array for name, array in saved.items() if not name.startswith(RESERVED)}
            skipped = assign_all(variable_paths(model), own, skip_mismatch)
    except ModelFileError as error:
        raise ValueError(
            f"{path} does not fit {model.name}, which is left as it was.{error}"
        ) from None
    if skipped:
        warnings.warn(
            f"{path} does not fit {model.name} everywhere; these layers are left as they were, the "
            f"others have its weights.{listed(skipped)}",
            stacklevel=3,
        )


def assign_all(
    variables: Mapping[str, Variable], arrays: Mapping[str, Any], skip_mismatch: bool = False
) -> list[str]:
    """Assign each variable the array of its name: all of them, or none; or those of each layer that
    fits.

    Returns:
        What was skipped, in words.

    Raises:
        ModelFileError: if names, shapes or dtypes differ; lists them all.
    """
    wrong = {name: _mismatch(name, v, arrays.get(name)) for name, v in variables.items()}
    unexpected = [
        f"unexpected in the file: {n} {a.shape}" for n, a in arrays.items() if n not in variables
    ]
    mismatches = [*filter(None, wrong.values()), *unexpected]
    require_none(mismatches, skip_mismatch)
    skipped = {_layer_of(name) for name, mismatch in wrong.items() if mismatch}
    for name, variable in variables.items():
        if _layer_of(name) not in skipped:
            variable.assign(arrays[name])
    return mismatches


def _layer_of(name: str) -> str:
    return name.rpartition("/")[0]


def _mismatch(name: str, variable: Variable, array: Any) -> str:
    """Say why a variable cannot have the values of an array; "" if it can."""
    if array is None:
        return f"missing in the file: {name} {variable.shape}"
    for kind in ("shape", "dtype"):
        there, here = getattr(array, kind), getattr(variable, kind)
        if there != here:
            return f"of another {kind}: {name} is {there} in the file, {here} in the model"
    return ""


def require_built(model: Layer, done: str) -> None:
    """Refuse a model without weights, with what to do.

    Raises:
        ValueError: for such a model.
    """
    if not model.built:
        raise ValueError(
            f"{model.name} has no weights yet that could be {done}: their shapes follow from the "
            "inputs. Call it on a batch first, or start the model with Input(shape)"
        )
