"""Vocabularies: tokens ranked by their number, checked, and read from files; documents' weights."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


class Tally:
    """A count of tokens, and of the documents that hold them.

    >>> tally = Tally()
    >>> tally.add(["a", "b", "a"]), tally.add(["b", "c"]), tally.ranked(without=["c"], most=None)
    (None, None, ['b', 'a'])
    """

    def __init__(self) -> None:
        self.tokens: Counter[Any] = Counter()
        self.holding: Counter[Any] = Counter()
        self.documents = 0

    def add(self, document: Iterable[Any]) -> None:
        """Count the tokens of one document."""
        tokens = list(document)
        self.tokens.update(tokens)
        self.holding.update(set(tokens))
        self.documents += 1

    def ranked(self, without: Sequence[Any], most: int | None) -> list[Any]:
        """Return the tokens, frequent ones first, and the last in order first among equal ones."""
        counts = [(count, t) for t, count in self.tokens.items() if t not in without]
        return [token for _, token in sorted(counts, reverse=True)][:most]

    def idf(self, tokens: Sequence[Any]) -> list[float]:
        """Return the inverse document frequency, log(1 + documents / (1 + holding)), of each."""
        return [math.log(1 + self.documents / (1 + self.holding[token])) for token in tokens]


def checked_tokens(
    name: str, vocabulary: Any, special: list[Any], reserved: list[Any]
) -> list[Any]:
    """Return the tokens of a vocabulary without those special ones that it may start with.

    Raises:
        ValueError: for an empty one, repeated tokens, and reserved ones elsewhere.
    """
    tokens = list(vocabulary)
    if special and tokens[: len(special)] == special:
        tokens = tokens[len(special) :]
    if not tokens:
        raise ValueError(f"{name} needs a vocabulary of at least one token, got {vocabulary!r}")
    repeated = [token for token, count in Counter(tokens).items() if count > 1]
    if repeated:
        raise ValueError(f"the vocabulary of {name} has tokens twice: {repeated[:5]}")
    for token in reserved:
        if token in tokens:
            raise ValueError(
                f"the vocabulary of {name} holds the reserved token {token!r}. Leave it out, or "
                f"let the vocabulary start with {special}"
            )
    return tokens


def read_tokens(path: Any) -> list[str]:
    """Return the lines of a file, one token each."""
    return Path(path).read_text(encoding="utf-8").splitlines()


def bucket(token: str, buckets: int, salt: Any) -> int:
    """Return one of `buckets` numbers for a token, the same in every process."""
    key = repr(salt).encode() if salt is not None else b""
    digest = hashlib.blake2b(token.encode(), digest_size=8, key=key[:64]).digest()
    return int.from_bytes(digest, "little") % buckets
