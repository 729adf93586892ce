"""Tokens as indices in a vocabulary: StringLookup and IntegerLookup."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from typing import Any, Self

import numpy as np

import autograd_lite as ag
from autograd_lite import Tensor
from autograd_lite.extend import unwrap
from nn._core.nest import is_array
from nn._core.text import text_array
from nn._core.validation import require_count, require_flag, require_whole
from nn._core.vocabulary import Tally, bucket, checked_tokens, read_tokens
from nn.layers.base import Layer
from nn.layers.encoding import encoded, output_mode_of
from nn.layers.indices import ensure, whole

_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


class WithVocabulary(Layer):
    """The base of layers with a vocabulary: finding, setting and reading it."""

    def adapt(self, data: Any, steps: int | None = None) -> Self:
        """Learn the vocabulary from data, frequent tokens first, replacing the current one.

        Of equally frequent tokens the last in order comes first, as in Keras.

        Args:
            data: an array or a list, (samples,) or (samples, ...); or an iterable of such batches.
            steps: the number of batches to read; None for all.

        Raises:
            TypeError, ValueError: for data of another kind, and for none.
        """
        tally = Tally()
        for batch in itertools.islice(_batches(data), steps):
            for document in self._documents(batch):
                tally.add(document)
        lookup = self._lookup_layer
        most = None if lookup.max_tokens is None else lookup.max_tokens - len(lookup._special)
        tokens = tally.ranked(without=[lookup.mask_token, lookup.oov_token], most=most)
        if not tokens:
            raise ValueError(f"{self.name}.adapt needs data with at least one token, got none")
        idf = tally.idf(tokens) if lookup.output_mode == "tf_idf" else None
        lookup._set(tokens, idf)
        return self

    @property
    def _lookup_layer(self) -> Any:
        """The layer that has the vocabulary."""
        return self

    def _documents(self, batch: Any) -> Iterator[list[Any]]:
        raise NotImplementedError

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the vocabulary, replacing the current one.

        Args:
            vocabulary: tokens without repetition; or the path of a file with a token on each line.
            idf_weights: the weight of each token, for output_mode "tf_idf".

        Raises:
            ValueError: for repeated or reserved tokens, more than max_tokens, none, and weights of
                another number, or where they are missing or not used.
        """
        self._lookup_layer._check_and_set(vocabulary, idf_weights)

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """Return the tokens in the order of their indices.

        Args:
            include_special_tokens: False leaves out the tokens for the mask and the unknown.
        """
        lookup = self._lookup_layer
        special = lookup._special if include_special_tokens else []
        return [*special, *(lookup.vocabulary or [])]

    def vocabulary_size(self) -> int:
        """Count the tokens, with those for the mask and the unknown."""
        return len(self.get_vocabulary())


def _batches(data: Any) -> Iterable[Any]:
    """Return the batches of data: itself, if it is an array or a list."""
    return [data] if isinstance(data, (str, list, tuple)) or is_array(data) else data


class _Lookup(WithVocabulary):
    """The base of StringLookup and IntegerLookup."""

    def _set_options(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        invert: bool,
        output_mode: str,
        pad_to_max_tokens: bool,
        sparse: bool,
        salt: Any,
    ) -> None:
        require_whole("num_oov_indices", num_oov_indices)
        require_flag("invert", invert)
        require_flag("pad_to_max_tokens", pad_to_max_tokens)
        self.num_oov_indices = num_oov_indices
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.invert = invert
        self.output_mode = output_mode_of(output_mode, _MODES, sparse)
        self.pad_to_max_tokens = pad_to_max_tokens
        self.sparse = sparse
        self.salt = salt
        self.max_tokens = max_tokens
        self.vocabulary: list[Any] | None = None
        self.idf_weights: list[float] | None = None
        if max_tokens is not None:
            require_count("max_tokens", max_tokens)
            if max_tokens <= len(self._special):
                raise ValueError(
                    f"max_tokens counts the {len(self._special)} special tokens of {self.name} too,"
                    f" so it is at least {len(self._special) + 1}; got {max_tokens}"
                )
        elif pad_to_max_tokens:
            raise ValueError("pad_to_max_tokens=True needs max_tokens, the width of the outputs")
        if invert and self.output_mode != "int":
            raise ValueError(
                f'invert=True gives tokens, so output_mode is "int"; got {output_mode!r}'
            )

    @property
    def _masks(self) -> bool:
        """True if the mask has an index; otherwise it counts for nothing."""
        return self.mask_token is not None and self.output_mode == "int"

    @property
    def _special(self) -> list[Any]:
        return [self.mask_token] * self._masks + [self.oov_token] * self.num_oov_indices

    def _check_and_set(self, vocabulary: Any, idf_weights: Any) -> None:
        if isinstance(vocabulary, str) or hasattr(vocabulary, "__fspath__"):
            vocabulary = read_tokens(vocabulary)
        vocabulary = self._tokens(vocabulary)
        reserved = [self.mask_token] if self.mask_token is not None else []
        reserved += [self.oov_token] if self.invert and self.oov_token is not None else []
        tokens = checked_tokens(self.name, vocabulary, self._special, reserved)
        size = len(tokens) + len(self._special)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(
                f"{self.name} has max_tokens={self.max_tokens}, but the vocabulary takes {size}"
            )
        if (self.output_mode == "tf_idf") != (idf_weights is not None):
            raise ValueError('idf_weights are given for output_mode="tf_idf", and only for it')
        if idf_weights is not None:
            idf_weights = np.asarray(idf_weights, np.float64).tolist()
            if len(idf_weights) not in (len(tokens), size):
                raise ValueError(
                    f"idf_weights has a number for each of {len(tokens)} tokens, or of all {size} "
                    f"with the special ones; got {len(idf_weights)}"
                )
        self._set(tokens, idf_weights)

    def _set(self, tokens: list[Any], idf: list[float] | None) -> None:
        self.vocabulary, self.idf_weights = tokens, idf
        self._index = self._indexed(tokens, len(self._special))

    def _indexed(self, tokens: list[Any], first: int) -> Any:
        """Make an index of tokens, of which the first one has the index `first`."""
        raise NotImplementedError

    def _tokens(self, values: Any) -> list[Any]:
        """Return tokens of the right kind.

        Raises:
            TypeError: for others.
        """
        raise NotImplementedError

    def _outputs(self, indices: Any) -> Any:
        """The outputs for indices in which what counts for nothing is negative."""
        if self.output_mode == "int":
            return indices
        size = self.max_tokens if self.pad_to_max_tokens else self.vocabulary_size()
        assert size is not None
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        vectors = encoded(self.name, indices, mode, size, None, self._dtype)
        if self.output_mode != "tf_idf":
            return vectors
        known: Any = self.idf_weights
        unknown = [np.mean(known)] * (self.vocabulary_size() - len(known))
        return vectors * np.resize([*unknown, *known, *[0.0] * size], size).astype(self._dtype)

    def _require_vocabulary(self) -> list[Any]:
        if not self.vocabulary:
            raise RuntimeError(
                f"{self.name} has no vocabulary yet. Call its adapt(data) with the training data, "
                "or give it vocabulary="
            )
        return self.vocabulary

    def _refuse_unknown(self, token: Any) -> ValueError:
        return ValueError(
            f"{token!r} is not in the vocabulary of {self.name}, and num_oov_indices=0 leaves no "
            "index for it. Write num_oov_indices=1"
        )


class WithText:
    """The base of layers that read text: they are called on data, not by a model."""

    name: str

    def outside_of_models(self) -> TypeError:
        """Return the error for a model that is to contain the layer."""
        return TypeError(
            f"{self.name} reads text, and a model computes with numbers. Call it on the data "
            f"first, x = {self.name}(texts), and begin the model with what takes its outputs. For "
            "integers there is IntegerLookup"
        )


class StringLookup(WithText, _Lookup):
    """Replaces strings by their indices in a vocabulary, or indices by strings.

    It works on data: call it on strings, and give the numbers to a model.

    Args:
        max_tokens: the size of the vocabulary at most, special tokens included; None for any.
        num_oov_indices: how many indices there are for unknown strings, which are spread among
            several of them. With 0 they raise.
        mask_token: the string with index 0, "" for padding; in other output modes it counts for
            nothing. None for no such string.
        oov_token: the string that stands for unknown ones, where indices become strings.
        vocabulary: strings, or the path of a file with one on each line; None to `adapt`.
        idf_weights: the weights of the vocabulary, for output_mode "tf_idf".
        invert: True turns indices into strings.
        output_mode: "int" for indices; "one_hot", "multi_hot", "count" as in `CategoryEncoding`;
            "tf_idf" for counts times the inverse document frequency.
        pad_to_max_tokens: True makes vectors max_tokens long.
        sparse: False.
        encoding: of bytes.
        salt: a number or two; another spreads unknown strings otherwise.
        trainable, dtype, name: as in `Layer`; dtype is that of vectors.

    Raises:
        RuntimeError: if it is called without a vocabulary.

    Example:
        >>> layer = StringLookup().adapt(["b", "a", "b"])
        >>> layer.get_vocabulary(), layer([["a", "z"]]).data
        (['[UNK]', 'b', 'a'], array([[2, 0]]))
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        *,
        trainable: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(trainable=trainable, dtype=dtype, name=name)
        self.encoding = encoding
        self._set_options(
            max_tokens,
            num_oov_indices,
            mask_token,
            oov_token,
            invert,
            output_mode,
            pad_to_max_tokens,
            sparse,
            salt,
        )
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    def __call__(self, *inputs: Any, training: bool | None = None, **options: Any) -> Any:
        """Look up strings (or indices, with invert=True) of any shape.

        Returns:
            A Tensor of indices or vectors; an array of strings with invert=True.

        Raises:
            TypeError: for anything but strings.
            ValueError: for unknown strings, if num_oov_indices is 0.
        """
        self._require_vocabulary()
        (given,) = inputs
        return self._strings(given) if self.invert else self.call(texts_of(self, given))

    def call(self, inputs: Any) -> Any:
        found = [self._place(token) for token in inputs.ravel().tolist()]
        shape = inputs.shape or (() if self.output_mode == "int" else (1,))
        return Tensor(self._outputs(np.asarray(found, np.int64).reshape(shape)))

    def _indexed(self, tokens: list[Any], first: int) -> Any:
        masked = {} if self.mask_token is None else {self.mask_token: 0 if self._masks else -1}
        return masked | {token: first + i for i, token in enumerate(tokens)}

    def _place(self, token: str) -> int:
        place: int | None = self._index.get(token)
        if place is not None:
            return place
        if not self.num_oov_indices:
            raise self._refuse_unknown(token)
        among = 0 if self.num_oov_indices == 1 else bucket(token, self.num_oov_indices, self.salt)
        return self._masks + among

    def _strings(self, inputs: Any) -> Any:
        indices = whole(np.asarray(unwrap(inputs)), self.name)
        table = np.array([*self.get_vocabulary(), self.oov_token])
        known = (indices >= 0) & (indices < len(table))
        return table[np.where(known, indices, len(table) - 1)]

    def _tokens(self, values: Any) -> list[Any]:
        tokens: list[Any] = text_array(values, self.name, self.encoding).tolist()
        return tokens

    def _documents(self, batch: Any) -> Iterator[list[Any]]:
        texts = text_array(batch, self.name, self.encoding)
        return iter(
            texts.reshape(len(texts), math.prod(texts.shape[1:])).tolist()
            if texts.ndim
            else [[texts.item()]]
        )


def texts_of(layer: Any, inputs: Any) -> Any:
    """Return the strings that a layer was called on.

    Raises:
        TypeError: for the numbers of a model.
    """
    if isinstance(inputs, (Tensor, np.ndarray)) and inputs.dtype.kind in "fiub":
        raise layer.outside_of_models()
    return text_array(inputs, layer.name, layer.encoding)


class IntegerLookup(_Lookup):
    """Replaces integers, identifiers say, by their indices in a vocabulary, or indices by integers.

    Args:
        max_tokens, num_oov_indices, invert, output_mode, pad_to_max_tokens, sparse: as in
            `StringLookup`; of several indices an unknown number takes that of its remainder.
        mask_token: the number with index 0; None for no such number.
        oov_token: the number that stands for unknown ones, where indices become numbers.
        vocabulary: integers, or the path of a file with one on each line; None to `adapt`.
        vocabulary_dtype: "int64".
        idf_weights: the weights of the vocabulary, for output_mode "tf_idf".
        oov_method: "floormod".
        salt: None.
        trainable, dtype, name: as in `Layer`; dtype is that of vectors.

    Raises:
        RuntimeError: if it is called without a vocabulary.
        ValueError: for numbers that are not whole, and unknown ones, if num_oov_indices is 0.

    Example:
        >>> layer = IntegerLookup(vocabulary=[1010, 7])
        >>> layer(np.array([[7, 1010, 8]])).data
        array([[2, 1, 0]])
    """

    integer_inputs = True

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        *,
        trainable: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(trainable=trainable, dtype=dtype, name=name)
        if (vocabulary_dtype, oov_method, salt) != ("int64", "floormod", None):
            raise ValueError(
                "IntegerLookup has vocabulary_dtype='int64', oov_method='floormod' and salt=None; "
                f"got {vocabulary_dtype!r}, {oov_method!r} and {salt!r}"
            )
        self.vocabulary_dtype = vocabulary_dtype
        self.oov_method = oov_method
        self._set_options(
            max_tokens,
            num_oov_indices,
            mask_token,
            oov_token,
            invert,
            output_mode,
            pad_to_max_tokens,
            sparse,
            salt,
        )
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    def call(self, x: Tensor) -> Any:
        self._require_vocabulary()
        x = whole(x, self.name)
        if self.invert:
            table = np.array([*self.get_vocabulary(), self.oov_token])
            known = (x >= 0) & (x < len(table))
            return ag.take(table, np.where(known, x, len(table) - 1))
        ordered, places = self._index
        nearest = np.minimum(np.searchsorted(ordered, x), len(ordered) - 1)
        known = ag.take(ordered, nearest) == x
        masked = (x == self.mask_token) if self.mask_token is not None else np.zeros((), bool)
        if not self.num_oov_indices:
            ensure(
                np.all(known | masked),
                lambda: self._refuse_unknown(unwrap(x)[~unwrap(known | masked)].tolist()[0]),
            )
        unknown = self._masks + (x % max(self.num_oov_indices, 1))
        indices = np.where(known, ag.take(places, nearest), unknown)
        indices = np.where(masked, 0 if self._masks else -1, indices)
        return self._outputs(indices)

    def _indexed(self, tokens: list[Any], first: int) -> Any:
        order = np.argsort(tokens)
        return np.asarray(tokens, np.int64)[order], order + first

    def _tokens(self, values: Any) -> list[Any]:
        tokens = np.asarray([int(v) if isinstance(v, str) else v for v in values])
        if tokens.dtype.kind not in "iu":
            raise TypeError(f"the vocabulary of {self.name} holds integers, got {values!r}")
        found: list[Any] = tokens.tolist()
        return found

    def _documents(self, batch: Any) -> Iterator[list[Any]]:
        array = np.asarray(batch)
        if array.dtype.kind not in "iub":
            raise TypeError(f"{self.name}.adapt takes integers, got dtype {array.dtype}")
        return iter(
            array.reshape(len(array), math.prod(array.shape[1:])).tolist()
            if array.ndim
            else [[array.item()]]
        )
