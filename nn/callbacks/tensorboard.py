"""TensorBoard: write the values of training to event files."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from nn._core.validation import require_count
from nn.callbacks.base import Callback, Logs
from nn.distribution.data_parallel import is_chief


class TensorBoard(Callback):
    """Write event files for ``tensorboard --logdir logs``.

    The files are in two folders, "train" and "validation", so that a value and its ``val_`` twin
    share a chart. The tags are Keras's: "epoch_loss" over the epoch (from 0), "batch_loss" over
    the training step.

    Args:
        log_dir: the folder. Give each training its own, "logs/first" say.
        histogram_freq: every so many epochs the weights are written as histograms; 0 for never.
        write_graph: has no effect: `model.plot` draws the model.
        write_images, write_steps_per_second, profile_batch, embeddings_freq, embeddings_metadata:
            refused, unless they say that there are to be none.
        update_freq: "epoch"; or "batch", or a number of batches, to write values within an epoch
            too.

    Raises:
        ModuleNotFoundError: if tensorboardX is not installed.
        ValueError, TypeError: for frequencies that are no whole numbers, or out of range.

    Example:
        >>> # model.fit(X, y, epochs=100, callbacks=[nn.callbacks.TensorBoard("logs/first")])
    """

    def __init__(
        self,
        log_dir: Any = "logs",
        histogram_freq: int = 0,
        write_graph: bool = False,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: Any = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        asked = {
            "write_images": write_images,
            "write_steps_per_second": write_steps_per_second,
            "profile_batch": profile_batch,
            "embeddings_freq": embeddings_freq,
        }
        for name, value in asked.items():
            if value:
                raise ValueError(f"TensorBoard here writes scalars and histograms: {name}= is not")
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.update_freq = update_freq
        if histogram_freq != 0:
            require_count("histogram_freq, if not 0,", histogram_freq)
        self._make_writer = _writer_class()
        self._writers: dict[str, Any] = {}
        self._steps = 0
        if update_freq != "epoch":
            self._every = 1 if update_freq == "batch" else update_freq
            require_count("update_freq, if not 'epoch' or 'batch',", self._every)
            # On the instance: a hook on the class would compute the logs at every step.
            self.on_train_batch_end = self._count_batch  # type: ignore[method-assign]

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Open the file of the training values, so that a wrong path fails now."""
        if not is_chief():
            return
        self._close()
        self._writer("train")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the epoch's values and flush the files."""
        if not is_chief():
            return
        for name, value in (logs or {}).items():
            folder = "validation" if name.startswith("val_") else "train"
            self._write(folder, f"epoch_{name.removeprefix('val_')}", value, epoch)
        if self.histogram_freq and (epoch + 1) % self.histogram_freq == 0:
            self._write_histograms(epoch)
        for writer in self._writers.values():
            writer.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the files."""
        self._close()

    def _count_batch(self, batch: int, logs: Logs | None = None) -> None:
        if self._steps % self._every == 0 and is_chief():
            for name, value in (logs or {}).items():
                self._write("train", f"batch_{name}", value, self._steps)
        self._steps += 1

    def _write(self, folder: str, tag: str, value: Any, step: int) -> None:
        """Write a number, or several (one for each class, say) under their positions."""
        writer = self._writer(folder)
        for position, number in np.ndenumerate(value):
            writer.add_scalar("/".join([tag, *map(str, position)]), float(number), step)

    def _write_histograms(self, epoch: int) -> None:
        from nn.saving.paths import variable_paths

        for path, variable in variable_paths(self.model).items():
            if variable.size:
                self._writer("train").add_histogram(path, variable.data, epoch)

    def _writer(self, folder: str) -> Any:
        """Return the open writer of a folder."""
        if folder not in self._writers:
            self._writers[folder] = self._make_writer(os.path.join(self.log_dir, folder))
        return self._writers[folder]

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}


def _writer_class() -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "TensorBoard writes its files with tensorboardX: pip install tensorboardX"
        ) from None
    return SummaryWriter
