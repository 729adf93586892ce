"""Dry run: refuse data that the model, the loss or a metric cannot take, before training.

One forward pass over the first batch and a check of all targets find mistakes that would otherwise
surface after minutes, or in the first validation.
"""

from __future__ import annotations

import operator
from contextlib import suppress
from typing import Any

import numpy as np

from autograd_lite import no_grad
from autograd_lite.extend import first_steps, leaf
from nn._core.nest import map_arrays
from nn.data.arrays import count_samples
from nn.data.batches import unpack_batch
from nn.layers.module import states_kept
from nn.training.epochs import EpochIterator
from nn.training.network import Network

TARGETS_AT_A_TIME = 8192
STEPS = 3  # of a loop: the others are like these


class DryRun:
    """A check of the training and validation data against the model, its loss and its metrics.

    Args:
        model: what the data are for.
        epoch_iterators: of the data.

    Raises:
        ValueError, TypeError: for data that they refuse.
    """

    def __init__(self, model: Network, epoch_iterators: list[EpochIterator]) -> None:
        self._kinds = [x.structure for x in epoch_iterators]
        self._outputs: list[Any] = []
        for epoch_iterator in epoch_iterators:
            outputs = dry_run_batch(model, epoch_iterator.peek())
            checks = epoch_iterator.targets is not None and model.loss is not None
            self._outputs.append(map_arrays(_first, outputs) if checks else None)
        self.check_targets(model, epoch_iterators)

    def was_of(self, epoch_iterators: list[EpochIterator]) -> bool:
        """Return if it was a dry run of data like these, of which only values are others."""
        kinds = [x.structure for x in epoch_iterators]
        return None not in kinds and kinds == self._kinds

    def check_targets(self, model: Network, epoch_iterators: list[EpochIterator]) -> None:
        """Let the loss check all targets that are in memory.

        Raises:
            ValueError, TypeError: for targets that it refuses.
        """
        for epoch_iterator, outputs in zip(epoch_iterators, self._outputs, strict=True):
            if outputs is not None:
                _check_targets(model, epoch_iterator.targets, outputs)


def dry_run_batch(model: Network, batch: tuple[Any, ...]) -> Any:
    """Compute the outputs, loss and metrics of a batch, and return the outputs.

    Raises:
        ValueError, TypeError: for a batch that the model, its loss or its metrics refuse.
    """
    x, y, sample_weight = unpack_batch(batch)
    if y is None and model.loss is not None:
        raise ValueError(
            "the loss compares outputs with targets, but y was not given"
            + (". A batch is a tuple: (x, y), not [x, y]" if isinstance(x, list) else "")
        )
    with (
        states_kept(model),
        no_grad(),
        first_steps(STEPS),
        np.errstate(all="ignore"),
    ):  # training reports a loss that is not finite
        y_pred = model(x, training=False)
        loss = model.batch_loss(x, y, y_pred, sample_weight, training=False)
        if loss.size != 1:
            raise ValueError(
                f"the loss of a batch must be one number to be minimised; it has shape "
                f"{loss.shape}. Was the loss made with reduction=None?"
            )
        model.compute_metrics(x, y, y_pred, sample_weight)
    model.reset_metrics()
    return y_pred


def _check_targets(model: Network, y: Any, y_pred: Any) -> None:
    """Let the loss check all targets, each paired with the first output."""
    if (different := _different(y)) is not y:
        with suppress(Exception):  # which tells of the different ones: the check of all tells where
            _check_targets(model, different, y_pred)
            return
    for start in range(0, count_samples(y), TARGETS_AT_A_TIME):
        part = map_arrays(operator.itemgetter(slice(start, start + TARGETS_AT_A_TIME)), y)
        repeated = _first_repeated(y_pred, count_samples(part))
        with no_grad(), np.errstate(all="ignore"):
            model.require_compile_loss()(part, repeated, None)


def _different(y: Any) -> Any:
    """Labels, each once, where they are integers of a small range; else all targets as they are."""
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu" or y.size != len(y) or not y.size:
        return y
    low, high = int(y.min()), int(y.max())
    if len(y) <= TARGETS_AT_A_TIME or high - low >= TARGETS_AT_A_TIME or high >> 62:
        return y
    found = np.flatnonzero(np.bincount(y.ravel().astype(np.int64) - low)) + low
    return found.astype(y.dtype).reshape(-1, *y.shape[1:])


def _first(y: Any) -> Any:
    return leaf(y.data[:1].copy())


def _first_repeated(outputs: Any, count: int) -> Any:
    """Repeat the first of a batch of outputs `count` times, without taking memory."""

    def repeated(y: Any) -> Any:
        return leaf(np.broadcast_to(y.data[:1], (count, *y.data.shape[1:])))

    return map_arrays(repeated, outputs)
