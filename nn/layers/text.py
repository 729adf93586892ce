"""TextVectorization: texts as indices of their words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from nn._core.text import SPLITS, STANDARDS, ngrams, text_array
from nn._core.validation import require_count
from nn.layers.lookup import StringLookup, WithText, WithVocabulary, texts_of


class TextVectorization(WithText, WithVocabulary):
    """Turns texts into indices of their words, or into vectors.

    It works on data: call it on texts, and give the numbers to a model.

    Args:
        max_tokens: the size of the vocabulary at most, special tokens included; None for any.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None, or a
            function of an array of strings that returns such an array.
        split: "whitespace", "character", None, or a function of an array of strings that returns
            the tokens of each.
        ngrams: None for tokens; 3 for all runs of one to three of them; (2, 3) for those of two and
            three.
        output_mode: "int" for indices, filled up with 0 to equal lengths; "multi_hot", "count" and
            "tf_idf" for a vector of each text, as in `StringLookup`.
        output_sequence_length: the number of indices of each text; None for that of the longest.
        pad_to_max_tokens: True makes vectors max_tokens long.
        vocabulary: tokens, or the path of a file with one on each line; None to `adapt`.
        idf_weights: the weights of the vocabulary, for output_mode "tf_idf".
        sparse, ragged: False.
        encoding: of bytes.
        trainable, dtype, name: as in `Layer`; dtype is that of vectors.

    Shapes: texts (samples,) or (samples, 1); outputs (samples, length), or (samples, tokens) for
    vectors.

    Raises:
        RuntimeError: if it is called without a vocabulary.

    Example:
        >>> layer = TextVectorization().adapt(["The cat sat.", "The mat"])
        >>> layer.get_vocabulary()
        ['', '[UNK]', 'the', 'sat', 'mat', 'cat']
        >>> layer(["the dog sat", "Mat!"]).data
        array([[2, 1, 3],
               [4, 0, 0]])
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: str | Callable[[Any], Any] | None = "lower_and_strip_punctuation",
        split: str | Callable[[Any], Any] | None = "whitespace",
        ngrams: int | tuple[int, ...] | None = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        *,
        trainable: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(trainable=trainable, dtype=dtype, name=name)
        for argument, value, known in (
            ("standardize", standardize, STANDARDS),
            ("split", split, SPLITS),
        ):
            if not (value is None or callable(value) or value in known):
                raise ValueError(
                    f"{argument} is None, a function or of {list(known)}, got {value!r}"
                )
        if ngrams is not None:
            for width in ngrams if isinstance(ngrams, (list, tuple)) else [ngrams]:
                require_count("ngrams", width)
        if output_sequence_length is not None:
            require_count("output_sequence_length", output_sequence_length)
            if output_mode != "int":
                raise ValueError('output_sequence_length is for output_mode="int"')
        if ragged:
            raise ValueError("ragged outputs do not exist here: leave ragged=False")
        self.standardize = standardize
        self.split = split
        self.ngrams = tuple(ngrams) if isinstance(ngrams, list) else ngrams
        self.output_sequence_length = output_sequence_length
        self.ragged = ragged
        self._lookup = StringLookup(
            max_tokens,
            mask_token="",
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            encoding=encoding,
            name=self.name,
            dtype=dtype,
        )

    @property
    def _lookup_layer(self) -> Any:
        return self._lookup

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, with the current vocabulary."""
        own = {"standardize", "split", "ngrams", "output_sequence_length", "ragged", "trainable"}
        names = inspect.signature(type(self)).parameters
        return {name: getattr(self if name in own else self._lookup, name) for name in names}

    def __call__(self, *inputs: Any, training: bool | None = None, **options: Any) -> Any:
        """Turn texts into a Tensor of indices or vectors.

        Raises:
            TypeError: for anything but strings.
            ValueError: for arrays of texts with more than one column.
        """
        self._lookup._require_vocabulary()
        (given,) = inputs
        return self.call(texts_of(self._lookup, given))

    def call(self, inputs: Any) -> Any:
        rows = list(self._documents(inputs if inputs.ndim else inputs[None]))
        length = self.output_sequence_length or max(map(len, rows), default=0)
        if self._lookup.output_mode != "int":
            length = max(map(len, rows), default=0)
        table = np.full((len(rows), length), "", dtype=object)
        for row, tokens in zip(table, rows, strict=True):
            row[: len(tokens)] = tokens[:length]
        outputs = self._lookup.call(table)
        return outputs if inputs.ndim else outputs[0]

    def _documents(self, batch: Any) -> Iterator[list[Any]]:
        """Yield the tokens of each text."""
        texts = text_array(batch, self.name, self._lookup.encoding)
        texts = texts.reshape(1) if texts.ndim == 0 else texts
        if self.split is not None and texts.ndim > 1:
            if texts.ndim > 2 or texts.shape[1] != 1:
                raise ValueError(
                    f"{self.name} splits texts, (samples,) or (samples, 1), got shape {texts.shape}"
                )
            texts = texts[:, 0]
        if callable(self.standardize):
            texts = text_array(self.standardize(texts.astype(str)), "standardize")
        elif self.standardize is not None:
            change = STANDARDS[self.standardize]
            flat = [change(text) for text in texts.ravel().tolist()]
            texts = np.array(flat, dtype=object).reshape(texts.shape)
        yield from (self._joined(list(tokens)) for tokens in self._split(texts))

    def _split(self, texts: Any) -> Iterable[Any]:
        if self.split is None:
            return texts.reshape(len(texts), -1)  # type: ignore[no-any-return]
        if callable(self.split):
            return self.split(texts.astype(str))  # type: ignore[no-any-return]
        return map(SPLITS[self.split], texts.tolist())

    def _joined(self, tokens: list[Any]) -> list[Any]:
        if self.ngrams is None:
            return tokens
        widths = range(1, self.ngrams + 1) if isinstance(self.ngrams, int) else self.ngrams
        return ngrams(tokens, widths)
