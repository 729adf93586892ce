"""TerminateOnNaN: end a training whose loss is no number, without an exception."""

from __future__ import annotations

from nn.callbacks.base import Callback

__all__ = ["TerminateOnNaN"]


class TerminateOnNaN(Callback):
    """Stop training when the loss becomes NaN or infinite.

    `fit` never trains on with such a loss: it raises `nn.NonFiniteLossError`. With this callback it
    prints the message and returns the history up to there instead, as Keras does.

    Args:
        raise_error: True leaves the error to `fit` after all.
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = raise_error

    def on_loss_not_finite(self, error: FloatingPointError) -> bool:
        """Print what happened; True, unless the error is wanted."""
        if self.raise_error:
            return False
        print(f"Training stopped {error}")
        return True
