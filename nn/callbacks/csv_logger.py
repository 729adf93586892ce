"""CSVLogger: write each epoch's values as a line of a file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from nn.callbacks.base import Callback, Logs
from nn.distribution.data_parallel import is_chief


class CSVLogger(Callback):
    """Write the values of each epoch to a file of comma-separated values.

    The first column is the epoch, from 0; the others are sorted by name. A value that was not
    measured in an epoch is NA.

    Args:
        filename: of the file.
        separator: between two values.
        append: True to append to an existing file.
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        self.filename = Path(filename)
        self.separator = separator
        self.append = append
        self._columns: list[str] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Create or empty the file, so that a wrong path fails before the first epoch."""
        if not is_chief():
            return
        continues = self.append and self.filename.exists() and self.filename.stat().st_size > 0
        self._columns = self._header() if continues else []
        self.filename.open("a" if self.append else "w").close()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a line. The file is open only for that long, also when training fails."""
        if not is_chief():
            return
        values = logs or {}
        with self.filename.open("a", newline="") as file:
            writer = csv.writer(file, delimiter=self.separator)
            if not self._columns:
                self._columns = self._columns_for(values)
                writer.writerow(["epoch", *self._columns])
            writer.writerow([epoch, *(_cell(values.get(name, "NA")) for name in self._columns)])

    def _columns_for(self, logs: Logs) -> list[str]:
        """Return the columns, including those that appear with the first validation."""
        names = sorted(logs)
        if self.validates and not any(name.startswith("val_") for name in names):
            names += [f"val_{name}" for name in names]
        return names

    def _header(self) -> list[str]:
        with self.filename.open(newline="") as file:
            return next(csv.reader(file, delimiter=self.separator))[1:]


def _cell(value: Any) -> Any:
    return np.asarray(value).tolist() if np.ndim(value) else value
