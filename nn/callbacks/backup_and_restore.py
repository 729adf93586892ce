"""BackupAndRestore: a training that was killed goes on where its last backup was made."""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from nn import random
from nn.callbacks.base import Callback, Logs
from nn.callbacks.monitor import Monitor
from nn.ranges import require_count

if TYPE_CHECKING:
    from nn.saving.files import Contents
    from nn.training import Running

__all__ = ["BackupAndRestore"]

FILE = "backup.safetensors"
KEY = "backup"  # of the file's metadata, under which the JSON stands
MEASURED = "config:metric:"  # what tensors of metrics begin with: "config:" is no weight's


class BackupAndRestore(Callback):
    """Keep all of a training in a file, so that it can be killed and goes on when run again.

    Run the program again as it was. Its `fit` finds the backup, passes by what was done, and ends
    with the weights and the history that it would have had without the interruption, bit for bit.
    For that the data has to come as it came: batches that were trained on are drawn once more and
    thrown away.

    The backup holds the weights, what the optimizer remembers, the history, the state of every
    generator of random numbers in the model's layers and of `nn.random.generator`, which layers
    are frozen, and those attributes of the other callbacks that are numbers, strings, arrays, or
    lists and dicts of these, apart from the arguments of their constructors. A callback with an
    open file is left alone: give `CSVLogger` append=True. (An epoch that was logged, and
    interrupted before its backup, then has two lines.)

    Args:
        backup_dir: the folder of the backup, which is made if it is not there. Each training needs
            one of its own.
        save_freq: "epoch", or a number of batches after which a backup is made.
        delete_checkpoint: whether the backup is deleted when the training has ended.

    Raises:
        ValueError: for a save_freq out of range; in `fit`, for a backup of another model or of
            another call of `fit`, and if the model has no weights yet.
        TypeError: for a save_freq that is no number.

    Example:
        >>> import nn
        >>> backup = nn.callbacks.BackupAndRestore("backup")
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
        self._path = os.path.join(self.backup_dir, FILE)
        self._others: list[Callback] = []
        self._found: Contents | None = None
        self._first = self._epoch = self._batches = 0
        self._order: Any = None
        self._running: Running | None = None
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
        from nn.saving.files import read

        super().set_model(model)
        self._found = read(self._path) if os.path.exists(self._path) else None
        self._running = None
        shuffler = model._generator
        if self._found is not None and shuffler is not None:
            order = _document(self._found)["order"]
            if order is not None:
                shuffler.state = np.array(order, np.uint64)
        self._order = None if shuffler is None else shuffler.state.tolist()

    def resume(self, run: range) -> range:
        """The epochs of `run` that are left to do; all if there is no backup.

        Raises:
            ValueError: if the backup is not of this call of `fit`.
        """
        self._require_built()
        os.makedirs(self.backup_dir, exist_ok=True)
        self._first = run.start
        if self._found is None:
            return run
        document = _document(self._found)
        self._require_same_call(document, run)
        return range(run.stop if document["ended"] else document["epoch"], run.stop)

    def at_epochs(self) -> None:
        """Bring everything to where it was, if the backup was made between two epochs.

        Called when the data of the epochs before was passed by, which may draw random numbers.
        """
        if self._found is not None and _document(self._found)["running"] is None:
            self._restore(self._found)

    def at_batches(self, batches: Iterator[Any], running: Running) -> None:
        """The same within an epoch, whose first batches are passed by.

        Args:
            batches: of the epoch that begins.
            running: its sums, which are restored, and kept from now on.
        """
        self._running = running
        if self._found is not None:
            document = _document(self._found)
            for _ in range(document["step"]):
                next(batches)
            running.state = document["running"]
            self._restore(self._found)

    # -- what makes a backup ---------------------------------------------------------------------

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember which epoch the batches belong to."""
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Make a backup; the last of all callbacks."""
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0, None)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Delete the backup, if that is wanted; and the folder, if nothing else is in it."""
        if self.delete_checkpoint:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)
            with contextlib.suppress(OSError):
                os.rmdir(self.backup_dir)

    def _count_batch(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        # A training that is about to stop goes on from the backup before, and stops again.
        if self._batches % self.save_freq == 0 and not self.model.stop_training:
            assert self._running is not None
            self._save(self._epoch, batch + 1, self._running.state)

    def _save(self, epoch: int, step: int, running: Any) -> None:
        """Write all that is needed to go on with this step of this epoch."""
        from nn.saving import optimizer_state
        from nn.saving.encoding import Encoder
        from nn.saving.files import write
        from nn.saving.paths import layer_paths, variable_paths
        from nn.saving.registry import Registry

        encoder = Encoder(Registry())
        weights = variable_paths(self.model)
        layers = dict(layer_paths(self.model))
        document = {
            "epoch": epoch,
            "step": step,
            "running": running,
            "ended": self.model.stop_training,
            "call": self._call(),
            "order": self._order,
            "optimizer": optimizer_state.describe(self.model.optimizer, weights),
            "trainable": {path: layer.trainable for path, layer in layers.items()},
            "state": encoder.encode(
                {
                    "generator": random.generator(),
                    "layers": {path: _generators(layer) for path, layer in layers.items()},
                    "callbacks": [_state(callback) for callback in self._others],
                },
                "the backup",
            ),
        }
        variables = weights | optimizer_state.tensors(self.model.optimizer, weights)
        if running is not None:
            variables |= self._measured()
        arrays = {name: variable.data for name, variable in variables.items()}
        # NaN is no JSON, but Python reads it back; a sum may be NaN where a metric is undefined.
        write(self._path, arrays | encoder.tensors, {KEY: json.dumps(document)})

    # -- what reads it ---------------------------------------------------------------------------

    def _restore(self, found: Contents) -> None:
        from nn.saving.decoding import Decoder
        from nn.saving.files import ModelFileError
        from nn.saving.paths import layer_paths
        from nn.saving.registry import Registry

        document = _document(found)
        layers = dict(layer_paths(self.model))
        try:
            self._assign(found, document)
        except ModelFileError as error:
            self._refuse(f"it is of another model or optimizer.{error}", error)
        for path, layer in layers.items():
            if layer.trainable != document["trainable"][path]:
                layer.trainable = document["trainable"][path]
        state = Decoder(Registry(), found.tensors).decode(document["state"])
        for path, layer in layers.items():
            for name, generator in state["layers"][path].items():
                _rewind(getattr(layer, name), generator)
        for callback, attributes in zip(self._others, state["callbacks"], strict=True):
            _set_state(callback, attributes)
        _rewind(random.generator(), state["generator"])
        self._found = None

    def _assign(self, found: Contents, document: dict[str, Any]) -> None:
        """Assign all Variables, or none.

        Raises:
            ModelFileError: if they are not those of the model.
        """
        from nn.saving import optimizer_state
        from nn.saving.files import ModelFileError
        from nn.saving.paths import variable_paths
        from nn.saving.weights import assign_all

        weights = variable_paths(self.model)
        built_for = document["optimizer"]["built_for"]
        if built_for is not None and not self.model.optimizer.built:
            unknown = [path for path in built_for if path not in weights]
            if unknown:
                raise ModelFileError(f"\n  unexpected in the file: {', '.join(unknown)}")
            self.model.optimizer.build([weights[path] for path in built_for])
        variables = weights | optimizer_state.tensors(self.model.optimizer, weights)
        if document["running"] is not None:
            variables |= self._measured()
        kept = {
            name: array
            for name, array in found.tensors.items()
            if name in variables or not name.startswith("config:")
        }
        assign_all(variables, kept)

    def _measured(self) -> dict[str, Any]:
        """The state of the metrics, by name."""
        variables = [v for metric in self.model.metrics for v in metric.variables]
        return {f"{MEASURED}{i}": variable for i, variable in enumerate(variables)}

    # -- whether it fits -------------------------------------------------------------------------

    def _call(self) -> dict[str, Any]:
        """What has to be the same when `fit` is called again."""
        return {
            "initial_epoch": self._first,
            "batches in an epoch": self.params["steps"],
            "shuffle": self._order is not None,
            "callbacks": [type(callback).__name__ for callback in self._others],
        }

    def _require_same_call(self, document: dict[str, Any], run: range) -> None:
        for name, now in self._call().items():
            then = document["call"][name]
            if then != now:
                self._refuse(f"{name}: {then} then, {now} now")
        begun = document["epoch"] + (document["running"] is not None)
        if begun > run.stop:
            self._refuse(f"{begun} epochs were begun, but epochs={run.stop}")

    def _require_built(self) -> None:
        if not self.model.built:
            raise ValueError(
                f"{self.model.name} has no weights yet, so a backup cannot be restored. Call it on "
                "a batch before fit, or start the model with Input(shape)"
            )

    def _refuse(self, why: str, cause: Exception | None = None) -> NoReturn:
        raise ValueError(
            f"the backup in {self.backup_dir!r} does not belong to this training: {why}\nTo start "
            f"anew, delete {self._path!r}, or give another backup_dir"
        ) from cause


def _document(found: Contents) -> dict[str, Any]:
    from nn.saving.files import ModelFileError

    try:
        document: dict[str, Any] = json.loads(found.metadata[KEY])
    except (KeyError, ValueError):
        raise ModelFileError(f"{FILE} is a safetensors file, but no backup of a training") from None
    return document


def _generators(layer: Any) -> dict[str, np.random.Generator]:
    """The generators in a layer's attributes."""
    return {
        name: value for name, value in vars(layer).items() if isinstance(value, np.random.Generator)
    }


def _rewind(generator: np.random.Generator, to: np.random.Generator) -> None:
    generator.bit_generator.state = to.bit_generator.state


def _state(callback: Callback) -> dict[str, Any]:
    """What a callback has found out: its attributes, without what it was told."""
    attributes = vars(callback)
    if any(isinstance(value, io.IOBase) for value in attributes.values()):
        return {}  # its state is in the file, and would not fit another
    told = {"model", "params", "validates", *inspect.signature(type(callback)).parameters}
    found = {
        name: value.best if isinstance(value, Monitor) else value
        for name, value in attributes.items()
        if name not in told
    }
    return {name: value for name, value in found.items() if _is_plain(value)}


def _set_state(callback: Callback, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        there = getattr(callback, name, None)
        if isinstance(there, Monitor):
            there.best = value
        else:
            setattr(callback, name, value)


def _is_plain(value: Any) -> bool:
    """Whether it is data throughout, and of a kind that a file can hold."""
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(item) for key, item in value.items())
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "fiub"
    return value is None or type(value) in (bool, int, float, str)
