"""ModelCheckpoint: save the model after each epoch, or whenever it improves."""

from __future__ import annotations

import os
from typing import Any

from autograd_lite.extend import define
from nn._core.validation import require_count
from nn.callbacks.base import Callback, Logs
from nn.callbacks.watched import Watched
from nn.distribution.data_parallel import is_chief


@define
class ModelCheckpoint(Callback):
    """Save the model during training.

    Files are replaced atomically: after a crash the old one is intact.

    Args:
        filepath: of the file, which ends with ".safetensors". It may hold fields: ``{epoch:02d}``,
            from 1; ``{batch}``, from 1, if `save_freq` is a number; each loss and metric, as
            ``{val_loss:.3f}``.
        monitor: with save_best_only, the loss or metric to watch, by its name in the logs.
        verbose: 1 prints each save.
        save_best_only: True to save only when the value is better than at every earlier save, those
            of an earlier `fit` included.
        save_weights_only: True to write only the weights, for `load_weights`.
        mode: "min", "max", or "auto", by the name.
        save_freq: "epoch", or a number of batches, counted across epochs.
        initial_value_threshold: with save_best_only, a value to beat first.

    Raises:
        ValueError: for another suffix, an unknown mode, a save_freq out of range, and a ``val_``
            value that is to be watched within an epoch; in `fit`, before the first epoch, for a
            model that a file cannot hold (a loss that was not registered), and for a metric to be
            watched that is an array; for an unknown field, and for a value that is not measured.
        TypeError: for a filepath that is no path, a save_freq that is no number.
        FileNotFoundError: in `fit`, before the first epoch, if there is no such folder.
        OSError: likewise, if it is not writable.
        OSError: in `fit`, when a file cannot be written, because the disk is full say. The previous
            file is intact, and `fit` ends.

    Example:
        >>> import nn
        >>> best = nn.callbacks.ModelCheckpoint("best.safetensors", save_best_only=True)
        >>> # model.fit(X, y, epochs=100, validation_split=0.2, callbacks=[best])
    """

    filepath: Any
    monitor: str = "val_loss"
    verbose: int = 0
    save_best_only: bool = False
    save_weights_only: bool = False
    mode: str = "auto"
    save_freq: Any = "epoch"
    initial_value_threshold: float | None = None

    def __post_init__(self) -> None:
        from nn.saving.files import checked_path, is_keras_path

        of_keras = is_keras_path(self.filepath, self.save_weights_only)
        self.filepath = checked_path(self.filepath, writing=not of_keras)
        self._watched = Watched(self.monitor, self.mode) if self.save_best_only else None
        if self._watched is not None:
            self._watched.best = self.initial_value_threshold
        self._epoch = self._batches = 0
        if self.save_freq != "epoch":
            require_count("save_freq, if not 'epoch',", self.save_freq)
            self._require_known_within_epoch()
            # On the instance: a hook on the class would compute the logs at every step.
            self.on_train_batch_end = self._count_batch  # type: ignore[method-assign]

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Check before the first epoch that the model can be saved."""
        if self._watched is not None:
            self._watched.require_number(self.model.metrics_results())
        self._require_folder()
        if self.model.built and not self.save_weights_only:
            from nn.saving.describing import require_savable

            require_savable(self.model, self.filepath)

    def _require_folder(self) -> None:
        folder = os.path.dirname(self.filepath) or "."
        if "{" in folder:
            return
        if not os.path.isdir(folder):
            raise FileNotFoundError(
                f"there is no folder {folder!r} to save the model in. Create it first: "
                f"os.makedirs({folder!r})"
            )
        import tempfile

        try:
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            reason = f"this folder is not writable ({error.strerror})"
            raise type(error)(error.errno, reason, folder) from None

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember the epoch."""
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save, if due and improved."""
        if self.save_freq == "epoch":
            self._save_if_better({"epoch": epoch + 1}, logs or {})

    def _count_batch(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self._batches % self.save_freq == 0:
            self._save_if_better({"epoch": self._epoch + 1, "batch": batch + 1}, logs or {})

    def _save_if_better(self, position: dict[str, int], logs: Logs) -> None:
        if self._watched is None:
            path = self._save(position, logs)
            self._say(position, f"saved to {path}")
            return
        value, best = self._watched.value(logs, self.validates), self._watched.best
        if value is None:
            return
        if not self._watched.improves(value):
            self._say(position, f"{self.monitor} is {value:.5g}, no better than {_shown(best)}")
            return
        path = self._save(position, logs)
        self._watched.best = value  # last: if saving fails, this value was not saved
        self._say(position, f"{self.monitor} from {_shown(best)} to {value:.5g}, saved to {path}")

    def _save(self, position: dict[str, int], logs: Logs) -> str:
        from nn import saving

        path = self._path({**logs, **position})
        write = saving.save_weights if self.save_weights_only else saving.save
        write(self.model, path)
        return path

    def _path(self, fields: Logs) -> str:
        try:
            path: str = self.filepath.format(**fields)
            return path
        except (KeyError, IndexError) as error:
            raise ValueError(
                f"filepath={self.filepath!r} has a field {str(error)!r} that is not known. Known: "
                f"{', '.join(f'{{{name}}}' for name in fields)}"
            ) from None
        except (TypeError, ValueError) as error:
            raise ValueError(f"filepath={self.filepath!r} cannot be filled in: {error}") from None

    def _require_known_within_epoch(self) -> None:
        if self.save_best_only and self.monitor.startswith("val_"):
            raise ValueError(
                f"{self.monitor!r} is measured after an epoch, but save_freq={self.save_freq} "
                f"saves within. Write save_freq='epoch', or monitor={self.monitor[4:]!r}"
            )

    def _say(self, position: dict[str, int], what: str) -> None:
        if self.verbose and is_chief():
            print(f"Epoch {position['epoch']}: {what}")


def _shown(best: float | None) -> str:
    return "none" if best is None else f"{best:.5g}"
