"""LambdaCallback: a callback made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn.callbacks.base import Callback
from nn.callbacks.hooks import require_known

Hook = Callable[..., Any] | None


class LambdaCallback(Callback):
    """A callback made of functions, for short hooks.

    Args:
        on_epoch_begin: called with the epoch and the logs; so is on_epoch_end.
        on_epoch_end: after an epoch and its validation.
        on_train_begin: called with the logs; so is on_train_end.
        on_train_end: after the last epoch.
        on_train_batch_begin: called with the number of the batch and the logs; so is
            on_train_batch_end.
        on_train_batch_end: after a training step.
        **hooks: any other hook of `Callback`, by its name.

    Raises:
        TypeError: for anything but functions, and for a name that is not a hook.

    Example:
        >>> import nn
        >>> show = nn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
    """

    def __init__(
        self,
        on_epoch_begin: Hook = None,
        on_epoch_end: Hook = None,
        on_train_begin: Hook = None,
        on_train_end: Hook = None,
        on_train_batch_begin: Hook = None,
        on_train_batch_end: Hook = None,
        **hooks: Hook,
    ) -> None:
        require_known(list(hooks), "LambdaCallback")
        hooks |= {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name, function in hooks.items():
            if function is not None:
                if not callable(function):
                    raise TypeError(f"{name} is a function, got {function!r}")
                setattr(self, name, function)
