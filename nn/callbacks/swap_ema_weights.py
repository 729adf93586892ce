"""SwapEMAWeights: evaluate with the moving averages of the weights, train with the weights."""

from __future__ import annotations

from typing import Any

from nn._core.validation import require_flag
from nn.callbacks.base import Callback, Logs


class SwapEMAWeights(Callback):
    """Put the optimizer's moving averages in the place of the weights while they are evaluated.

    In `evaluate`, `predict` and the validation in `fit` the model has the averages; afterwards it
    has its weights again. The optimizer keeps averages with ``use_ema=True``.

    Args:
        swap_on_epoch: True to swap at the end of each epoch already, and back at the beginning of
            the next, so that a `ModelCheckpoint` after this callback saves the averages.

    Raises:
        ValueError: for an optimizer without averages.

    Example:
        >>> import numpy as np, nn
        >>> model = nn.Sequential([nn.Input((1,)), nn.Dense(1)])
        >>> model.compile(nn.SGD(0.1, use_ema=True), "mse")
        >>> x = np.ones((8, 1))
        >>> history = model.fit(
        ...     x, x, validation_data=(x, x), callbacks=[nn.callbacks.SwapEMAWeights()], verbose=0
        ... )
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        require_flag("swap_on_epoch", swap_on_epoch)
        self.swap_on_epoch = swap_on_epoch

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        if not getattr(model.optimizer, "use_ema", False):
            raise ValueError(
                "SwapEMAWeights needs an optimizer that keeps averages: write Adam(use_ema=True)"
            )

    def _swap(self, in_use: bool) -> None:
        self.model.optimizer.swap_averages(in_use)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._swap(False)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.swap_on_epoch:
            self._swap(True)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._swap(False)  # the model has its averages for good, and the optimizer the weights
        self.model.optimizer.finalize_variable_values(self.model.trainable_variables)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._swap(True)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._swap(False)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._swap(True)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._swap(False)
