"""The arguments of `compile`, as a file of any kind describes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn.training.network import Network


def compile_arguments(model: Network, encode: Callable[[Any, str], Any]) -> dict[str, Any]:
    """Describe the arguments that a model was compiled with.

    Args:
        model: one that was compiled.
        encode: makes JSON of a value; it is also told where that stands, for its errors.
    """
    assert model.compile_loss is not None
    assert model.compile_metrics is not None
    (metrics, _), (weighted_metrics, _) = model.compile_metrics.given
    return {
        "optimizer": encode(model.optimizer, "the optimizer"),
        "loss": encode(model.loss, "the loss"),
        "loss_weights": encode(model.compile_loss.weights, "loss_weights"),
        "metrics": encode(metrics, "metrics"),
        "weighted_metrics": encode(weighted_metrics, "weighted_metrics"),
    }
