"""The start of the ranks of a distributed model: the same in everything, or not at all."""

from __future__ import annotations

from typing import Any

from nn.distribution.data_parallel import ranks, require_enough
from nn.distribution.sharing import require_agreement, same_start
from nn.layers.base import Layer
from nn.layers.module import walk
from nn.training.network import Network


def start_together(
    model: Network, method: str, data: Any, steps: int | None, epochs: int, batch_size: int | None
) -> None:
    """Refuse a distributed pass over data about which the ranks do not agree.

    Args:
        model: what is trained, evaluated or asked to predict.
        method: "fit", "evaluate" or "predict".
        data: the batches.
        steps: in an epoch, if known.
        epochs: how many.
        batch_size: as given.

    Raises:
        ValueError: tells the values of all ranks; and for fewer samples than ranks.
    """
    if ranks() is None:
        return
    samples = getattr(getattr(data, "data", None), "count", None)
    if samples is not None:
        require_enough(samples, f"the data of {method}")
    if batch_size is not None:
        require_enough(batch_size, f"a batch of {method}")
    require_agreement(
        {
            "the method called": method,
            "the number of samples": samples,
            "the steps of an epoch": steps,
            "epochs": epochs,
            "batch_size": batch_size,
            "the layers of the model": [type(layer).__name__ for layer in _layers(model)],
            "the shapes of the weights": [v.shape for v in model.variables],
            "the loss": _described(model.loss),
            "the optimizer": type(model.optimizer).__name__,
            **_options(model.optimizer),
        }
    )


def continue_alike(model: Network) -> None:
    """Give all ranks the weights, the optimizer's state and the generators of rank 0.

    Raises:
        ValueError: if the ranks built models of other shapes.
    """
    if ranks() is None:
        return
    require_agreement({"the shapes of the weights": [v.shape for v in model.variables]})
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    same_start([*model.variables, *model.optimizer.variables], _layers(model))


def _layers(model: Network) -> list[Layer]:
    return [part for part in walk(model) if isinstance(part, Layer)]


def _options(optimizer: Any) -> dict[str, str]:
    config = optimizer.get_config() if hasattr(optimizer, "get_config") else {}
    return {f"{name} of the optimizer": _described(value) for name, value in config.items()}


def _described(value: Any) -> str:
    """Describe an argument of `compile` by class and config, without what differs by process."""
    if isinstance(value, dict):
        return str({name: _described(part) for name, part in value.items()})
    if isinstance(value, (list, tuple)):
        return str([_described(part) for part in value])
    if not hasattr(value, "get_config"):
        return getattr(value, "__qualname__", None) or str(value)
    config = {name: _described(part) for name, part in value.get_config().items()}
    return f"{type(value).__name__}({config})"
