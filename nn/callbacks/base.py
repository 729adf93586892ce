"""Callback: the base class of callbacks."""

from __future__ import annotations

from typing import Any

from nn._core.keywords import SpelledKeywords

Logs = dict[str, Any]


class Callback(SpelledKeywords):
    """The base of all callbacks. Subclass it and override the hooks you need.

    ``logs`` maps the name of a loss or metric to its value so far in this epoch; after an epoch it
    has the ``val_`` values too. It is always a dict, perhaps an empty one.
    To stop after the current batch: ``self.model.stop_training = True`` in `fit`,
    ``stop_evaluating`` in `evaluate`, ``stop_predicting`` in `predict`. A hook may call `evaluate`
    or `predict` of the model without disturbing the metrics of the epoch.

    Attributes:
        model: the model being trained.
        params: "epochs", "steps" (batches in an epoch; None if not known) and "verbose".
        validates: True if there is a validation, hence ``val_`` values.

    Example:
        >>> import nn
        >>> class Halve(nn.Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         self.model.optimizer.learning_rate *= 0.5
    """

    model: Any
    params: dict[str, Any]
    validates = False

    def set_model(self, model: Any) -> None:
        """Called first, with the model."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called first, with "epochs", "steps" and "verbose"."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Before the first epoch of `fit`."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """After the last epoch of `fit`; `logs` are that epoch's."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before an epoch; the first is 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After an epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a training step; the first of an epoch is 0. Calls `on_batch_begin`."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a training step. Calls `on_batch_end`."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """The old name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """The old name of `on_train_batch_end`."""

    def on_loss_not_finite(self, error: FloatingPointError) -> bool:
        """Called when the loss of a training step is NaN or infinite. Return True to end `fit`
        quietly; otherwise the error is raised.
        """
        return False

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Before `evaluate`, and before the validation in `fit`."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """After `evaluate`, and after the validation in `fit`."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch of `evaluate` or of the validation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch of `evaluate` or of the validation."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Before `predict`."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """After `predict`."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch of `predict`; `logs` has the "outputs"."""
