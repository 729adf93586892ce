"""TerminateOnNaN: end training with a non-finite loss without an exception."""

from __future__ import annotations

from nn.callbacks.base import Callback
from nn.distribution.data_parallel import is_chief


class TerminateOnNaN(Callback):
    """Stop training when the loss becomes NaN or infinite.

    `fit` raises `nn.NonFiniteLossError` for such a loss. With this callback it prints the message
    and returns the history so far instead, as Keras does.

    Args:
        raise_error: True raises the error after all.
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = raise_error

    def on_loss_not_finite(self, error: FloatingPointError) -> bool:
        """Print the message; return True unless the error is wanted."""
        if self.raise_error:
            return False
        if is_chief():
            print(f"Training stopped {error}")
        return True
