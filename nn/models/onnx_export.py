"""`export_onnx`: write a model's prediction as a file of ONNX."""

from __future__ import annotations

import copy
import os
from typing import Any

from autograd_lite import TracingError
from autograd_lite.extend import onnx_model
from nn._core import atomic_files
from nn._core.nest import leaves
from nn.distribution.data_parallel import on_chief
from nn.models.export import LENGTHS, example_of, input_names, traced
from nn.models.onnx_layers import WRITERS, keep_whole
from nn.training.network import Network


def export_onnx(model: Network, path: Any, x: Any = None) -> None:
    """Write the prediction of a model; see `Model.export`.

    Args:
        model: as it is now.
        path: of the file.
        x: a batch of inputs, checked, that the model was called on; None if it was built.

    Raises:
        ValueError: for what ONNX cannot say, with the operation and the layer.
        ImportError: without the package onnx.
    """
    example = example_of(model) if x is None else x
    twin = copy.deepcopy(model)
    keep_whole(twin)
    try:
        one, other = (traced(twin, example, n) for n in LENGTHS)
        found = onnx_model(
            one,
            other,
            LENGTHS,
            name=model.name,
            inputs=_input_names(model, example),
            outputs=_output_names(model, len(one.results)),
            writers=WRITERS,
        )
    except TracingError as error:
        raise TracingError(f"{model.name} cannot be exported: {error}") from None
    except ValueError as error:
        raise ValueError(f"{model.name} cannot be exported: {error}") from None
    on_chief(atomic_files.replace, os.path.realpath(path), found.SerializeToString(), None)


def _input_names(model: Network, example: Any) -> list[str]:
    """The names of the inputs of a functional model; else x, or x_0, x_1, ..."""
    recipe = getattr(model, "_recipe", None)
    return input_names(example) if recipe is None else [layer.name for layer in recipe.inputs]


def _output_names(model: Network, count: int) -> list[str]:
    """The name of each output: the keys of a dict, else output, output_1, ..."""
    shape = model.output_shape
    if isinstance(shape, dict) and len(list(leaves(shape))) == count == len(shape):
        return list(map(str, shape))
    return ["output", *(f"output_{i}" for i in range(1, count))]
