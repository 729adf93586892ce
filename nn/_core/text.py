"""Text as tokens: strings read, standardized, split, and joined to n-grams."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)

STANDARDS: dict[str, Callable[[str], str]] = {
    "lower_and_strip_punctuation": lambda text: text.lower().translate(_NO_PUNCTUATION),
    "lower": str.lower,
    "strip_punctuation": lambda text: text.translate(_NO_PUNCTUATION),
}
SPLITS: dict[str, Callable[[str], list[str]]] = {"whitespace": str.split, "character": list}


def text_array(value: Any, name: str, encoding: str = "utf-8") -> Array:
    """Return an array of Python strings, from strings and bytes in arrays and lists.

    Raises:
        TypeError: for anything else, with the element and its position.
        ValueError: for ragged lists.

    >>> text_array([["a", b"b"]], "the layer").tolist()
    [['a', 'b']]
    """
    array = np.asarray(value, dtype=object)
    texts = np.empty(array.shape, dtype=object)
    for index, element in np.ndenumerate(array):
        if isinstance(element, bytes):
            element = element.decode(encoding)
        if isinstance(element, (list, tuple, np.ndarray)):
            raise ValueError(
                f"{name} takes lists of one length, but that at {index} holds {len(element)} "
                "entries and others another number. Join them to texts, or fill them up"
            )
        if not isinstance(element, str):
            raise TypeError(f"{name} takes text, got {element!r} at {index}. Write str(...) of it")
        texts[index] = str(element)
    return texts


def ngrams(tokens: list[str], widths: Iterable[int]) -> list[str]:
    """Join neighbours: all runs of the first width, then those of the next.

    >>> ngrams(["to", "be", "or"], (1, 2))
    ['to', 'be', 'or', 'to be', 'be or']
    """
    return [
        " ".join(tokens[i : i + width]) for width in widths for i in range(len(tokens) - width + 1)
    ]
