"""BackupAndRestore: resume a killed training from its last backup."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from nn._core import atomic_files
from nn._core.locking import Lock, LockedError
from nn._core.validation import require_count
from nn.callbacks.base import Callback, Logs
from nn.callbacks.state_keeper import StateKeeper
from nn.distribution.collectives import whole
from nn.distribution.data_parallel import is_chief, on_chief
from nn.training.epochs import EpochIterator
from nn.training.running_mean import RunningMean

NEWEST, PREVIOUS = "backup.safetensors", "backup.previous.safetensors"
DAMAGED = "backup.damaged.safetensors"
LOCK = "backup.lock"


class BackupAndRestore(StateKeeper):
    """Back up the whole state of training to a file, so that a killed program can resume.

    Run the same program again. Its `fit` finds the backup, skips the finished part, and ends with
    the weights and the history of an uninterrupted run, bit for bit.

    A backup holds the weights, the optimizer's state, the history, the sums and metrics of the
    current epoch, the order of the samples, the state of the random generators of the layers, of
    `nn.random.generator`, of `np.random` and of Python's `random`, which layers are frozen, and
    those attributes of the other callbacks that are numbers, strings, arrays, or lists and dicts of
    these, apart from their constructor arguments. A callback with an open file is left alone: give
    `CSVLogger` append=True. (An epoch that was logged but interrupted before its backup then has
    two lines.)

    The data must be the same again. Arrays are. A generator or other source of batches is iterated
    again, and its batches up to the backup are discarded: so it has to start over with the program,
    and draw its random numbers from a generator that it seeds itself, or from one of those above. A
    warning tells if the first batch differs.

    The last two backups are kept. If the newest is damaged, training resumes from the previous one,
    with a warning. If a backup cannot be written, because the disk is full say, training continues
    with a warning. Ctrl-C writes a backup after the current step and ends `fit`.

    Args:
        backup_dir: the folder of the backup, created if missing. Each training needs its own; a
            lock keeps others out.
        save_freq: "epoch", or a number of batches between backups.
        delete_checkpoint: True to delete the backup when training has finished.

    Raises:
        ValueError: for a save_freq out of range; in `fit`, for a backup of another model or of
            another call of `fit`, if the model has no weights yet, and for a generator of random
            numbers that a file cannot hold.
        TypeError: for a save_freq that is no number.
        RuntimeError: in `fit`, if another training is using the folder.
        OSError: in `fit`, before the first step, if nothing can be written into the folder.

    Example:
        >>> import nn
        >>> backup = nn.callbacks.BackupAndRestore("backup", save_freq=500)
        >>> # model.fit(X, y, epochs=100, callbacks=[backup])
    """

    def __init__(
        self, backup_dir: Any, save_freq: Any = "epoch", delete_checkpoint: bool = True
    ) -> None:
        self.backup_dir = os.fspath(backup_dir)
        if not self.backup_dir:
            raise ValueError("backup_dir is empty: give the name of a folder")
        self.save_freq = save_freq
        self.delete_checkpoint = delete_checkpoint
        self._others: list[Callback] = []
        self._found: Any = None
        self._damaged: list[str] = []
        self._lock = Lock(self._path(LOCK))
        self._first = self._epoch = self._batches = 0
        self._order: Any = None
        self._data: str | None = None
        self._running: RunningMean | None = None
        if save_freq != "epoch":
            require_count("save_freq, if not 'epoch',", save_freq)
            # On the instance: a hook on the class would compute the logs at every step.
            self.on_train_batch_end = self._count_batch  # type: ignore[method-assign]

    # -- what the loops of training call ---------------------------------------------------------

    def watch(self, callbacks: Sequence[Callback]) -> None:
        """Called first, with all callbacks, whose state is backed up too."""
        self._others = [callback for callback in callbacks if callback is not self]

    def set_model(self, model: Any) -> None:
        """Look for a backup, and restore the generator that shuffles the samples.

        This happens before the first batch is selected.
        """
        super().set_model(model)
        self._look()
        self._running = None
        shuffler = model._generator
        if self._found is not None and self._found.order is not None and shuffler is not None:
            shuffler.state = self._found.order
        self._order = None if shuffler is None else shuffler.state

    def resume(self, run: range, epoch_iterator: EpochIterator) -> range:
        """Return the remaining epochs of `run`; all if there is no backup.

        The folder is locked from here until `close`.

        Raises:
            ValueError: if the backup belongs to another call of `fit`, or the model holds something
                that a file cannot.
            RuntimeError: if another training uses the folder.
            OSError: if it is not writable.
        """
        from nn.saving.backup import fingerprint

        self._require_built()
        self._take_folder()
        self._require_unchanged()
        on_chief(self._clean_up)
        self._first = run.start
        self._data = fingerprint(whole(epoch_iterator.peek()))
        if self._found is None:
            self._write(run.start, 0, None)  # find what cannot be saved now, not in an hour
            return run
        self._require_same_call(self._found, run)
        return range(run.stop if self._found.ended else self._found.position.epoch, run.stop)

    def at_epochs(self) -> None:
        """Restore the state, if the backup was made between two epochs.

        Called after the data of earlier epochs was skipped, which may draw random numbers.
        """
        if self._found is not None and self._found.position.running is None:
            self._restore(self._found)

    def batches(
        self, epoch_iterator: EpochIterator, running: RunningMean
    ) -> tuple[int, Iterator[Any]]:
        """Return the number of steps of the epoch that are done, and the remaining batches.

        If the backup was made within the epoch, the state is restored.

        Args:
            epoch_iterator: of the training.
            running: the epoch's sums, which are restored and backed up from now on.
        """
        self._running = running
        if self._found is None:
            return 0, epoch_iterator.epoch()
        position = self._found.position
        left = epoch_iterator.epoch(skip=position.step)
        if position.running is not None:
            running.state = position.running
        self._restore(self._found)
        return position.step, left

    def interrupted(self, step: int) -> bool:
        """Back up because training ends within an epoch, after so many steps."""
        self._save(self._epoch, step, self._sums())
        return True

    def close(self) -> None:
        """Release the folder."""
        if is_chief():
            self._lock.release()

    # -- what makes a backup ---------------------------------------------------------------------

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember the epoch."""
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Back up, after all other callbacks."""
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0, None)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Delete the backups, if wanted, and the folder if it is empty."""
        on_chief(self._finish)

    def _finish(self) -> None:
        if self.delete_checkpoint:
            for name in (NEWEST, PREVIOUS):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._path(name))
        self.close()
        if self.delete_checkpoint:
            with contextlib.suppress(OSError):
                os.rmdir(self.backup_dir)

    def _count_batch(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        # A training that is about to stop resumes from the previous backup, and stops again.
        if self._batches % self.save_freq == 0 and not self.model.stop_training:
            self._save(self._epoch, batch + 1, self._sums())

    def _sums(self) -> Any:
        assert self._running is not None
        return self._running.state

    def _save(self, epoch: int, step: int, running: Any) -> None:
        """Write a backup at this step of this epoch; warn where that fails."""
        try:
            self._write(epoch, step, running)
        except OSError as error:
            warnings.warn(
                f"no backup could be written in epoch {self._epoch + 1}: {error}. Training "
                "continues; if it is killed, it resumes from the previous backup, if there is one",
                RuntimeWarning,
                stacklevel=2,
            )

    def _write(self, epoch: int, step: int, running: Any) -> None:
        from nn.saving.backup import Backup, Position

        Backup.write(
            self._path(NEWEST),
            self._path(PREVIOUS),
            self.model,
            self._others,
            Position(epoch, step, running),
            call=self._call(),
            order=self._order,
            data=self._data,
        )

    # -- what finds and reads it -----------------------------------------------------------------

    def _path(self, name: str) -> str:
        return os.path.join(self.backup_dir, name)

    def _look(self) -> None:
        """Find the newest intact backup; all ranks get what rank 0 finds.

        Raises:
            ModelFileError: if there are backups, but all are damaged.
        """
        self._found, self._damaged = on_chief(self._find)

    def _find(self) -> tuple[Any, list[str]]:
        from nn.saving.backup import Backup
        from nn.saving.files import ModelFileError

        found, damaged = None, []
        for path in filter(os.path.exists, (self._path(NEWEST), self._path(PREVIOUS))):
            try:
                found = Backup.read(path)
                break
            except ModelFileError as error:
                damaged.append(path)
                reason = error
        if found is None and damaged:
            raise ModelFileError(f"{reason}\n{self._how_to_start_over()}")
        return found, damaged

    def _require_unchanged(self) -> None:
        """Check again, now that the folder is locked.

        Raises:
            RuntimeError: if another training wrote a backup meanwhile.
        """
        before = self._found and self._found.text
        self._look()
        if (self._found and self._found.text) != before:
            raise self._in_use("another training, which has just ended")

    def _clean_up(self) -> None:
        """Remove unfinished files and rename a damaged backup, which would otherwise count as
        good.
        """
        atomic_files.remove_leftovers(self.backup_dir)
        for path in self._damaged:
            aside = self._path(DAMAGED)
            os.replace(path, aside)
            warnings.warn(
                f"the newest backup is damaged (now {aside!r}), so training resumes from the one "
                "before",
                RuntimeWarning,
                stacklevel=2,
            )

    def _restore(self, found: Any) -> None:
        from nn.saving.files import ModelFileError

        try:
            found.restore(self.model, self._others)
        except ModelFileError as error:
            self._refuse(f"it is of another model, optimizer or callbacks: {error}", error)
        self._found = None
        if found.data not in (None, self._data):
            warnings.warn(
                f"the first batch differs from that of the training in {self.backup_dir!r}. "
                "Training resumes, but not as without the interruption: provide the same data in "
                "the same order, with seeds for all randomness",
                stacklevel=2,
            )

    def _take_folder(self) -> None:
        try:
            on_chief(self._lock_folder)
        except LockedError as error:
            raise self._in_use(error.holder) from None
        except OSError as error:
            reason = f"{error.strerror}: cannot write a backup into this folder"
            raise type(error)(error.errno, reason, self.backup_dir) from None

    def _lock_folder(self) -> None:
        os.makedirs(self.backup_dir, exist_ok=True)
        self._lock.acquire()

    # -- whether it fits -------------------------------------------------------------------------

    def _call(self) -> dict[str, Any]:
        """Return the arguments that have to be the same when `fit` is called again."""
        return {
            "initial_epoch": self._first,
            "batches in an epoch": self.params["steps"],
            "shuffle": self._order is not None,
            "callbacks": [type(callback).__name__ for callback in self._others],
        }

    def _require_same_call(self, found: Any, run: range) -> None:
        for name, now in self._call().items():
            then = found.call.get(name)
            if then != now:
                self._refuse(f"{name}: {then} then, {now} now")
        begun = found.position.epoch + (found.position.running is not None)
        if begun > run.stop:
            self._refuse(f"{begun} epochs were begun, but epochs={run.stop}")

    def _require_built(self) -> None:
        if not self.model.built:
            raise ValueError(
                f"{self.model.name} has no weights yet, so a backup cannot be restored. Call it on "
                "a batch before fit, or start the model with Input(shape)"
            )

    def _in_use(self, by: str) -> RuntimeError:
        return RuntimeError(
            f"the folder {self.backup_dir!r} is used by {by}. Two trainings would overwrite each "
            "other's backups: give each its own backup_dir, or wait until the other has finished"
        )

    def _refuse(self, why: str, cause: Exception | None = None) -> NoReturn:
        raise ValueError(
            f"the backup in {self.backup_dir!r} does not belong to this training: {why}\n"
            f"{self._how_to_start_over()}"
        ) from cause

    def _how_to_start_over(self) -> str:
        return f"To start over, delete the folder {self.backup_dir!r}, or give another backup_dir"
