"""Texts as sequences of word numbers: what `imdb` and `reuters` share."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nn.datasets.get_file import get_file
from nn.datasets.keras_calls import KERAS, fetched_file
from nn.datasets.reading import DataFileError, regular_file

Array = NDArray[Any]
_ALLOWED = {
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
}


class _OnlyArrays(pickle.Unpickler):
    """Reads arrays of lists of numbers, and refuses to name anything else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise DataFileError(f"the file names {module}.{name}, which arrays do not need")
        return super().find_class(module, name)


def load_arrays(path: Any, name: str, sha256: str, members: tuple[str, ...]) -> list[Any]:
    """Return arrays of an npz file of Keras, whose sequences are Python lists; nothing is run.

    Raises:
        DataFileError: for a file that is damaged or holds something else; a ValueError.
    """
    import zipfile

    file = regular_file(fetched_file(path, name, sha256))
    try:
        with zipfile.ZipFile(file) as archive:
            return [_read(archive, member) for member in members]
    except DataFileError:
        raise
    except Exception as error:  # a damaged file fails in a dozen ways
        raise DataFileError(f"{file}: damaged, or not {name} ({error!s:.200})") from None


def _read(archive: Any, member: str) -> Array:
    with archive.open(f"{member}.npy") as stream:
        if npy.read_magic(stream) == (1, 0):
            shape, _, dtype = npy.read_array_header_1_0(stream)
        else:
            shape, _, dtype = npy.read_array_header_2_0(stream)
        if not dtype.hasobject:
            return np.frombuffer(stream.read(), dtype).reshape(shape)
        return np.asarray(_OnlyArrays(stream).load()).reshape(shape)


def word_index(path: Any, name: str, md5: str) -> dict[str, int]:
    """Return the number of each word: of a JSON file at hand, or of a download, by its MD5."""
    download = path == name
    file = get_file(name, f"{KERAS}{name}", file_hash=md5) if download else path
    with open(file, encoding="utf-8") as stream:
        found: dict[str, int] = json.load(stream)
    return found


@dataclass(frozen=True)
class Words:
    """The words of texts that are wanted.

    Args:
        num_words: numbers from it on are replaced; by default from the largest on, as in Keras.
        skip_top: numbers below it are replaced.
        maxlen: sequences of this length and longer are left out.
        start_char: stands in front of every sequence; None for none.
        oov_char: in place of a word that is not wanted; None leaves it out.
        index_from: added to the numbers in the file.
    """

    num_words: int | None
    skip_top: int
    maxlen: int | None
    start_char: int | None
    oov_char: int | None
    index_from: int

    def shuffled(self, xs: Any, labels: Any, rng: Any) -> tuple[list[list[int]], Array]:
        """Return the sequences in another order, marked and without the long ones.

        Raises:
            ValueError: if none is left.
        """
        order = np.arange(len(xs))
        rng.shuffle(order)
        begin = [] if self.start_char is None else [self.start_char]
        rows = [begin + [int(w) + self.index_from for w in xs[i]] for i in order]
        kept = [i for i, row in enumerate(rows) if not self.maxlen or len(row) < self.maxlen]
        if not kept:
            raise ValueError(f"no sequence is shorter than maxlen={self.maxlen}")
        return [rows[i] for i in kept], np.asarray(labels)[order][kept]

    def limited(self, rows: list[list[int]]) -> Array:
        """Return the sequences, lists in an array, without words that are not wanted."""
        high = self.num_words or max(max(row, default=0) for row in rows)
        found = np.empty(len(rows), object)
        for i, row in enumerate(rows):
            if self.oov_char is None:
                found[i] = [w for w in row if self.skip_top <= w < high]
            else:
                found[i] = [w if self.skip_top <= w < high else self.oov_char for w in row]
        return found
