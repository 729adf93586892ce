"""CallbackList: calls several callbacks one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nn.callbacks.base import Callback
from nn.callbacks.hooks import check_hooks, has_own
from nn.callbacks.state_keeper import StateKeeper


class CallbackList:
    """Calls several callbacks one after the other.

    Hooks that no callback overrides cost a training step nothing.

    Args:
        callbacks: instances of `Callback`. One that keeps all state, a `BackupAndRestore`, is
            called after the others.
        model: the model being trained.
        params: "epochs", "steps" and "verbose".
        validates: True if there is a validation.

    Attributes:
        backup: the callback that keeps all state, or one that does nothing.

    Raises:
        TypeError: for anything but a Callback, and for a hook with a wrong signature.
        ValueError: for two callbacks that keep all state.
    """

    def __init__(
        self,
        callbacks: Iterable[Any],
        model: Any,
        params: dict[str, Any],
        validates: bool = False,
    ) -> None:
        self.callbacks = list(callbacks)
        for callback in self.callbacks:
            if not isinstance(callback, Callback):
                raise _no_callback(callback)
            check_hooks(callback)
        self.backup = self._last_of_all()
        for callback in self.callbacks:
            callback.set_model(model)
            callback.set_params(params)
            callback.validates = validates

    def _last_of_all(self) -> StateKeeper:
        """Put the callback that keeps all state, if there is one, last."""
        keepers = [each for each in self.callbacks if isinstance(each, StateKeeper)]
        if len(keepers) > 1:
            raise ValueError(f"one {type(keepers[0]).__name__} is enough: two would both restore")
        if not keepers:
            return StateKeeper()
        self.callbacks.sort(key=lambda callback: callback is keepers[0])
        keepers[0].watch(self.callbacks)
        return keepers[0]

    def overriding(self, hook: str) -> list[Callable[..., Any]]:
        """Return the overridden methods of this name."""
        return [getattr(callback, hook) for callback in self.callbacks if has_own(callback, hook)]

    def call(self, hook: str, *args: Any) -> None:
        """Call a hook of all callbacks that override it: ``call("on_epoch_end", epoch, logs)``."""
        for method in self.overriding(hook):
            method(*args)

    def close(self) -> None:
        """Release resources, at the end of training or after an exception."""
        self.backup.close()

    def accept(self, error: FloatingPointError) -> bool:
        """Return True if a callback accepts a loss that is not finite, which ends `fit` quietly."""
        answers = [method(error) for method in self.overriding("on_loss_not_finite")]
        return any(answers)


def _no_callback(given: Any) -> TypeError:
    if isinstance(given, type) and issubclass(given, Callback):
        return TypeError(f"{given.__name__} is a class, not a callback: write {given.__name__}()")
    return TypeError(
        f"callbacks are instances of subclasses of nn.Callback, got {type(given).__name__}"
    )
