"""CallbackList: several callbacks, called one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nn.callbacks.base import Callback
from nn.callbacks.hooks import check_hooks, has_own
from nn.callbacks.state_keeper import StateKeeper

__all__ = ["CallbackList"]


class CallbackList:
    """Several callbacks, called one after the other.

    A hook that no callback overrides costs a training step nothing.

    Args:
        callbacks: instances of `Callback`. One that keeps all state, a `BackupAndRestore`, is
            called after the others.
        model: the model that they watch.
        params: "epochs", "steps" and "verbose".
        validates: whether ``val_`` values will come.

    Attributes:
        backup: the one among them that keeps all state, or one that does nothing.

    Raises:
        TypeError: for what is not a Callback, and for a hook that cannot be called.
        ValueError: for two that keep all state.
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
        """Put the callback that keeps all state, if there is one, behind the others."""
        keepers = [each for each in self.callbacks if isinstance(each, StateKeeper)]
        if len(keepers) > 1:
            raise ValueError(f"one {type(keepers[0]).__name__} is enough: two would both restore")
        if not keepers:
            return StateKeeper()
        self.callbacks.sort(key=lambda callback: callback is keepers[0])
        keepers[0].watch(self.callbacks)
        return keepers[0]

    def overriding(self, hook: str) -> list[Callable[..., Any]]:
        """The methods of this name, of those callbacks that have one of their own."""
        return [getattr(callback, hook) for callback in self.callbacks if has_own(callback, hook)]

    def call(self, hook: str, *args: Any) -> None:
        """Call a hook of all callbacks that have it: ``call("on_epoch_end", epoch, logs)``."""
        for method in self.overriding(hook):
            method(*args)

    def close(self) -> None:
        """Training is over, by its end or by an exception: let go what is held for it."""
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
