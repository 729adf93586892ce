"""50,000 film reviews as sequences of word numbers, for or against the film."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.datasets.keras_calls import Pairs
from nn.datasets.sequences import Words, load_arrays, word_index

__all__ = ["get_word_index", "load_data"]

# As in Keras (keras.datasets.imdb).
SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
MD5_OF_WORDS = "bfafd718b763782e994055a2d397834f"


def load_data(
    path: Any = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> Pairs:
    """Return (x_train, y_train), (x_test, y_test): arrays of lists of word numbers, and 0 or 1.

    Args:
        path: of an npz file at hand; Keras's default name for the download, 17 MB.
        num_words: words with this number or a higher one are replaced by oov_char.
        skip_top: words with a lower number are replaced too.
        maxlen: reviews of this length and longer are left out.
        seed: of the order.
        start_char: stands in front of every review; None for none.
        oov_char: stands for words that are not wanted; None leaves them out.
        index_from: added to the numbers of words in `get_word_index`.

    Raises:
        DownloadError: if the file cannot be had; an OSError.
        DataFileError: for a file that is damaged or holds something else; a ValueError.
        ValueError: if no review is shorter than maxlen.

    Source: A. Maas et al., Learning Word Vectors for Sentiment Analysis, 2011.
    """
    members = ("x_train", "y_train", "x_test", "y_test")
    x, y, x_test, y_test = load_arrays(path, "imdb.npz", SHA256, members)
    words = Words(num_words, skip_top, maxlen, start_char, oov_char, index_from)
    rng = np.random.RandomState(seed)
    rows, y = words.shuffled(x, y, rng)
    rows_test, y_test = words.shuffled(x_test, y_test, rng)
    both = words.limited(rows + rows_test)
    return (both[: len(rows)], y), (both[len(rows) :], y_test)


def get_word_index(path: Any = "imdb_word_index.json") -> dict[str, int]:
    """Return the number of each word, 1 for the most frequent; see index_from.

    Args:
        path: of a JSON file at hand; Keras's default name for the download.
    """
    return word_index(path, "imdb_word_index.json", MD5_OF_WORDS)
