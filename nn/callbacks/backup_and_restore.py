"""BackupAndRestore: a training that was killed goes on where its last backup was made."""

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
from nn.training.epochs import EpochIterator
from nn.training.running_mean import RunningMean

__all__ = ["BackupAndRestore"]

NEWEST, PREVIOUS = "backup.safetensors", "backup.previous.safetensors"
DAMAGED = "backup.damaged.safetensors"
LOCK = "backup.lock"


class BackupAndRestore(StateKeeper):
    """Keep all of a training in a file, so that it can be killed and goes on when run again.

    Run the program again as it was. Its `fit` finds the backup, passes by what was done, and ends
    with the weights and the history that it would have had without the interruption, bit for bit.

    A backup holds the weights, what the optimizer remembers, the history, the sums and metrics of
    the epoch under way, the order of the samples, the state of every generator of random numbers
    in the model's layers, of `nn.random.generator`, of `np.random` and of Python's `random`, which
    layers are frozen, and those attributes of the other callbacks that are numbers, strings,
    arrays, or lists and dicts of these, apart from the arguments of their constructors. A callback
    with an open file is left alone: give `CSVLogger` append=True. (An epoch that was logged, and
    interrupted before its backup, then has two lines.)

    The data has to come as it came. Arrays do. A generator, or another object that gives batches,
    is gone through once more, and its batches up to the backup are thrown away: so it has to begin
    anew when the program does, and to draw its random numbers from a generator that it seeds
    itself, or from one of those above. A warning says if the first batch differs.

    The last two backups are kept. If the newest is damaged, training goes on from the one before,
    with a warning. If a backup cannot be written, because the disk is full say, a warning says so,
    and training goes on. Ctrl-C makes a backup after the step under way, and ends `fit`.

    Args:
        backup_dir: the folder of the backup, which is made if it is not there. Each training needs
            one of its own; a lock keeps two of them apart.
        save_freq: "epoch", or a number of batches after which a backup is made.
        delete_checkpoint: whether the backup is deleted when the training has ended.

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
            # On the instance, because a hook of the class would cost each step the logs.
            self.on_train_batch_end = self._count_batch  # type: ignore[method-assign]

    # -- what the loops of training call ---------------------------------------------------------

    def watch(self, callbacks: Sequence[Callback]) -> None:
        """Called first, with all callbacks, whose state is kept too."""
        self._others = [callback for callback in callbacks if callback is not self]

    def set_model(self, model: Any) -> None:
        """Look for a backup, and let the samples be shuffled as they were.

        This is before the first batch is drawn, and that is why it cannot wait.
        """
        super().set_model(model)
        self._look()
        self._running = None
        shuffler = model._generator
        if self._found is not None and self._found.order is not None and shuffler is not None:
            shuffler.state = self._found.order
        self._order = None if shuffler is None else shuffler.state

    def resume(self, run: range, epoch_iterator: EpochIterator) -> range:
        """The epochs of `run` that are left to do; all if there is no backup.

        From here on, until `close`, no other training can use the folder.

        Raises:
            ValueError: if the backup is not of this call of `fit`, or there is something in the
                model that a file cannot hold.
            RuntimeError: if another training uses the folder.
            OSError: if nothing can be written into it.
        """
        from nn.saving.backup import fingerprint

        self._require_built()
        self._take_folder()
        self._require_unchanged()
        self._clean_up()
        self._first = run.start
        self._data = fingerprint(epoch_iterator.peek())
        if self._found is None:
            self._write(run.start, 0, None)  # what cannot be kept is found now, not in an hour
            return run
        self._require_same_call(self._found, run)
        return range(run.stop if self._found.ended else self._found.position.epoch, run.stop)

    def at_epochs(self) -> None:
        """Bring everything to where it was, if the backup was made between two epochs.

        Called when the data of the epochs before was passed by, which may draw random numbers.
        """
        if self._found is not None and self._found.position.running is None:
            self._restore(self._found)

    def batches(
        self, epoch_iterator: EpochIterator, running: RunningMean
    ) -> Iterator[tuple[int, Any]]:
        """The steps of the epoch that begins, numbered from 0: those that are left of it.

        If the backup was made within the epoch, everything is brought to where it was.

        Args:
            epoch_iterator: of the training.
            running: the epoch's sums, which are restored, and kept from now on.
        """
        self._running = running
        if self._found is None:
            return enumerate(epoch_iterator.epoch())
        position = self._found.position
        left = epoch_iterator.epoch(skip=position.step)
        if position.running is not None:
            running.state = position.running
        self._restore(self._found)
        return enumerate(left, position.step)

    def interrupted(self, step: int) -> bool:
        """Make a backup because training ends within an epoch, after so many steps."""
        self._save(self._epoch, step, self._sums())
        return True

    def close(self) -> None:
        """Let another training use the folder."""
        self._lock.release()

    # -- what makes a backup ---------------------------------------------------------------------

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember which epoch the batches belong to."""
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Make a backup; the last of all callbacks."""
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0, None)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Delete the backups, if that is wanted; and the folder, if nothing else is in it."""
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
        # A training that is about to stop goes on from the backup before, and stops again.
        if self._batches % self.save_freq == 0 and not self.model.stop_training:
            self._save(self._epoch, batch + 1, self._sums())

    def _sums(self) -> Any:
        assert self._running is not None
        return self._running.state

    def _save(self, epoch: int, step: int, running: Any) -> None:
        """Write all that is needed to go on with this step of this epoch; if possible."""
        try:
            self._write(epoch, step, running)
        except OSError as error:
            warnings.warn(
                f"no backup could be made in epoch {self._epoch + 1}: {error}. Training goes on; "
                "if it is killed, it starts from the backup before, if there is one",
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
        """Find the newest backup that is whole, if there is any backup.

        Raises:
            ModelFileError: if there are some, all of them damaged.
        """
        from nn.saving.backup import Backup
        from nn.saving.files import ModelFileError

        self._found, self._damaged = None, []
        for path in filter(os.path.exists, (self._path(NEWEST), self._path(PREVIOUS))):
            try:
                self._found = Backup.read(path)
                break
            except ModelFileError as error:
                self._damaged.append(path)
                reason = error
        if self._found is None and self._damaged:
            raise ModelFileError(f"{reason}\n{self._how_to_start_anew()}")

    def _require_unchanged(self) -> None:
        """Look once more, now that nobody else can write.

        Raises:
            RuntimeError: if somebody wrote a backup since it was looked for.
        """
        before = self._found and self._found.text
        self._look()
        if (self._found and self._found.text) != before:
            raise self._in_use("another training, which has just ended")

    def _clean_up(self) -> None:
        """Remove unfinished files, and put a damaged backup aside, or it would count as good."""
        atomic_files.remove_leftovers(self.backup_dir)
        for path in self._damaged:
            aside = self._path(DAMAGED)
            os.replace(path, aside)
            warnings.warn(
                f"the newest backup is damaged (now {aside!r}), so training goes on from the one "
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
                f"the first batch differs from that of the training in {self.backup_dir!r}. It "
                "goes on, but not as it would have gone on: let the data come in the same way, "
                "with seeds for what is random",
                stacklevel=2,
            )

    def _take_folder(self) -> None:
        try:
            os.makedirs(self.backup_dir, exist_ok=True)
            self._lock.acquire()
        except LockedError as error:
            raise self._in_use(error.holder) from None
        except OSError as error:
            reason = f"{error.strerror}: no backup can be written into this folder"
            raise type(error)(error.errno, reason, self.backup_dir) from None

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
            "other's backups: give each its own backup_dir, or wait until the other has ended"
        )

    def _refuse(self, why: str, cause: Exception | None = None) -> NoReturn:
        raise ValueError(
            f"the backup in {self.backup_dir!r} does not belong to this training: {why}\n"
            f"{self._how_to_start_anew()}"
        ) from cause

    def _how_to_start_anew(self) -> str:
        return f"To start anew, delete the folder {self.backup_dir!r}, or give another backup_dir"
