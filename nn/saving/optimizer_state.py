"""The state of an optimizer between steps, under names for a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd_lite import Variable
from nn.optimizers import Optimizer
from nn.saving.files import ModelFileError
from nn.saving.weights import assign_all

PREFIX = "optimizer:"


def describe(optimizer: Optimizer, weights: Mapping[str, Variable]) -> dict[str, Any]:
    """Describe the weights an optimizer was built for, and those without decay, by their paths.

    Args:
        optimizer: of a model.
        weights: of that model, by path.
    """
    paths = {id(variable): path for path, variable in weights.items()}
    undecayed, parts = optimizer._undecayed
    built_for = [paths[id(v)] for v in optimizer._variables if id(v) in paths]
    return {
        "built_for": built_for if optimizer.built else None,
        "undecayed": [paths[id(v)] for v in undecayed if id(v) in paths],
        "undecayed_parts": list(parts),
    }


def tensors(optimizer: Optimizer, weights: Mapping[str, Variable]) -> dict[str, Variable]:
    """Return its Variables by name: "optimizer:iterations", "optimizer:dense/kernel/momentum"."""
    paths = {id(variable): path for path, variable in weights.items()}
    named = {f"{PREFIX}{scalar.name}": scalar for scalar in optimizer._scalars()}
    for slot, owned in optimizer._slots.items():
        for variable, state in zip(optimizer._variables, owned, strict=True):
            if id(variable) in paths:  # else of a layer that the model no longer has
                named[f"{PREFIX}{paths[id(variable)]}/{slot}"] = state
    return named


def restore(
    optimizer: Optimizer,
    weights: Mapping[str, Variable],
    described: Mapping[str, Any],
    arrays: Mapping[str, Any],
) -> None:
    """Restore the state of a new optimizer.

    Args:
        optimizer: made from its config.
        weights: of the model, by path.
        described: the result of `describe`.
        arrays: the tensors of the file.

    Raises:
        ModelFileError: if they do not fit.
    """
    optimizer.exclude_from_weight_decay(
        _weights(described, "undecayed", weights), _names(described, "undecayed_parts")
    )
    if described.get("built_for") is not None:
        optimizer.build(built_for(described, weights))
    state = {name: array for name, array in arrays.items() if name.startswith(PREFIX)}
    assign_all(tensors(optimizer, weights), state)


def built_for(described: Mapping[str, Any], weights: Mapping[str, Variable]) -> list[Variable]:
    """Return the weights that an optimizer was built for.

    Raises:
        ModelFileError: if the file names others than those of the model.
    """
    return _weights(described, "built_for", weights)


def _weights(
    described: Mapping[str, Any], key: str, weights: Mapping[str, Variable]
) -> list[Variable]:
    names = _names(described, key)
    for name in names:
        if name not in weights:
            raise ModelFileError(f"the optimizer knows a weight that the model lacks: {name!r:.80}")
    if len(set(names)) < len(names):
        raise ModelFileError(f"{key} of the optimizer names a weight twice")
    return [weights[name] for name in names]


def _names(described: Mapping[str, Any], key: str) -> list[str]:
    names = described.get(key)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelFileError(f"{key} of the optimizer is no list of names")
    return names
