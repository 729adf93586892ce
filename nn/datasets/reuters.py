"""11,228 newswires as sequences of word numbers, on 46 topics."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.datasets.keras_calls import Pairs
from nn.datasets.sequences import Words, load_arrays, word_index

__all__ = ["get_label_names", "get_word_index", "load_data"]

# As in Keras (keras.datasets.reuters).
SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
MD5_OF_WORDS = "4d44cc38712099c9e383dc6e5f11a921"
TOPICS = tuple(
    """cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves
    ship cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin
    strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem
    dlr gas silver wpi hog lead""".split()  # noqa: SIM905 - a list would take 46 lines
)


def load_data(
    path: Any = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> Pairs:
    """Return (x_train, y_train), (x_test, y_test): arrays of lists of word numbers, and topics.

    Args:
        path: of an npz file at hand; Keras's default name for the download, 2 MB.
        num_words: as in `imdb.load_data`.
        skip_top: likewise.
        maxlen: likewise.
        test_split: the fraction that is held out.
        seed: of the order.
        start_char: as in `imdb.load_data`.
        oov_char: likewise.
        index_from: likewise.

    Raises:
        DownloadError, DataFileError, ValueError: as `imdb.load_data`.
    """
    x, y = load_arrays(path, "reuters.npz", SHA256, ("x", "y"))
    words = Words(num_words, skip_top, maxlen, start_char, oov_char, index_from)
    rng = np.random.RandomState(seed)
    rows, y = words.shuffled(x, y, rng)
    found, kept = words.limited(rows), int(len(rows) * (1 - test_split))
    return (found[:kept], y[:kept]), (found[kept:], y[kept:])


def get_word_index(path: Any = "reuters_word_index.json") -> dict[str, int]:
    """Return the number of each word, 1 for the most frequent; see index_from.

    Args:
        path: of a JSON file at hand; Keras's default name for the download.
    """
    return word_index(path, "reuters_word_index.json", MD5_OF_WORDS)


def get_label_names() -> tuple[str, ...]:
    """Return the names of the 46 topics."""
    return TOPICS
