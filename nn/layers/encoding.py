"""Categories as vectors: CategoryEncoding, and Discretization of numbers to categories."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Self, Unpack

import numpy as np

from autograd_lite import Tensor
from nn._core.nest import is_structure, only
from nn._core.quantile_summary import compressed, merged, summarized
from nn._core.validation import require_count, require_fraction, require_numbers
from nn.data.adapters import as_batch, is_iterable_data, source_of
from nn.data.arrays import check_finite, numbers
from nn.data.batches import unpack_batch
from nn.layers.base import Layer
from nn.layers.indices import ensure, whole, within
from nn.layers.options import LayerOptions

_OLD_NAMES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def output_mode_of(given: Any, modes: tuple[str, ...], sparse: Any) -> str:
    """Return an output mode, from its name or an old name of it.

    Raises:
        ValueError: for another name, and for sparse outputs.
    """
    mode = _OLD_NAMES.get(given, given) if isinstance(given, str) else given
    if mode not in modes:
        raise ValueError(f"output_mode is one of {list(modes)}, got {given!r}")
    if sparse:
        raise ValueError("sparse outputs do not exist here: leave sparse=False")
    return str(mode)


def encoded(name: str, x: Any, mode: str, depth: int, weights: Any, dtype: Any) -> Any:
    """Encode indices from 0 to depth - 1; negative ones count for nothing.

    Args:
        name: of the layer, for messages.
        x: integers. "one_hot" turns each into a vector; "multi_hot" and "count" turn each sample,
            (samples, indices), into one vector, and a single axis into one of all.
        mode: one of these.
        depth: the length of the vectors.
        weights: what each index counts for, None for 1.
        dtype: of the vectors.

    Raises:
        ValueError: for inputs of more axes.
    """
    if mode == "one_hot":
        x = x.reshape(x.shape[:-1]) if x.ndim > 1 and x.shape[-1] == 1 else x
        return (x[..., None] == np.arange(depth)).astype(dtype)
    if x.ndim > 2:
        raise ValueError(
            f"{name} encodes samples of several indices, (samples, indices), by "
            f"output_mode={mode!r}; got inputs of shape {x.shape}"
        )
    rows = x if x.ndim == 2 else x.reshape(1, -1)
    weights = np.ones((1, 1), dtype) if weights is None else weights.reshape(rows.shape)
    if isinstance(rows, Tensor):  # in a program for any number of rows
        one_hot = (rows[..., None] == np.arange(depth)).astype(dtype)
        vectors = np.sum(one_hot * weights[..., None], axis=1)
    else:  # long texts, many tokens: no array of both
        vectors = np.zeros((len(rows), depth), dtype)
        position = np.arange(len(rows))[:, None]
        np.add.at(vectors, (position, np.maximum(rows, 0)), (rows >= 0) * weights)
    vectors = np.minimum(vectors, np.ones((), dtype)) if mode == "multi_hot" else vectors
    return vectors if x.ndim == 2 else vectors[0]


class CategoryEncoding(Layer):
    """Encodes integers from 0 to num_tokens - 1 as vectors of length num_tokens.

    Args:
        num_tokens: the number of categories.
        output_mode: "one_hot" gives each integer a vector with one 1; "multi_hot" each sample one
            with a 1 for each of its integers; "count" each sample their numbers.
        sparse: False.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: for numbers that are not whole, or no category.

    Example:
        >>> CategoryEncoding(4)(np.array([[0, 1], [3, 3]])).data
        array([[1., 1., 0., 0.],
               [0., 0., 0., 1.]], dtype=float32)
    """

    integer_inputs = True

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        require_count("num_tokens, the number of categories,", num_tokens)
        self.num_tokens: Any = num_tokens
        self.output_mode = output_mode_of(output_mode, ("one_hot", "multi_hot", "count"), sparse)
        self.sparse = sparse

    def call(self, x: Tensor, count_weights: Any = None) -> Any:
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(f'count_weights of {self.name} are for output_mode="count"')
        indices = within(
            whole(x, self.name),
            self.num_tokens,
            lambda found: ValueError(
                f"{self.name} encodes integers from 0 to {self.num_tokens - 1}, but the inputs "
                f"hold {found}. num_tokens is the largest number plus 1"
            ),
        )
        weights = count_weights
        if weights is not None:
            weights = self._admit(weights).astype(self._dtype)
        return encoded(self.name, indices, self.output_mode, self.num_tokens, weights, self._dtype)


class Discretization(Layer):
    """Replaces numbers by the number of their bin: 0 below the first boundary, and so on.

    Args:
        bin_boundaries: the boundaries in order; a boundary belongs to the bin above it.
        num_bins: the number of bins instead, whose boundaries `adapt` finds: each holds about as
            many of the data.
        epsilon: the precision of these, a part of the data.
        output_mode: "int", or as in `CategoryEncoding`.
        sparse: False.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: for neither bin_boundaries nor num_bins, and boundaries out of order.
        RuntimeError: if it is called without boundaries.

    Example:
        >>> Discretization([0.0, 1.0])(np.array([[-1.5, 0.0, 3.4]])).data
        array([[0, 1, 2]])
    """

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        if bin_boundaries is None and num_bins is None:
            raise ValueError("Discretization takes bin_boundaries, or num_bins and adapt(data)")
        if num_bins is not None:
            require_count("num_bins", num_bins)
        require_fraction("epsilon", epsilon)
        modes = ("int", "one_hot", "multi_hot", "count")
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.output_mode = output_mode_of(output_mode, modes, sparse)
        self.sparse = sparse
        self.bin_boundaries: tuple[float, ...] | None = None
        if bin_boundaries is not None:
            require_numbers("bin_boundaries", bin_boundaries)
            boundaries = np.asarray(bin_boundaries, np.float64)
            if boundaries.ndim != 1 or np.any(np.diff(boundaries) <= 0):
                raise ValueError(f"bin_boundaries are numbers in order, got {bin_boundaries!r}")
            self.bin_boundaries = tuple(boundaries.tolist())

    def adapt(self, data: Any, steps: int | None = None) -> Self:
        """Find the boundaries of `num_bins` bins that hold about as many of the data each.

        Args:
            data: numbers, or batches of them as for `fit`, where x of (x, y) counts.
            steps: the number of batches to read; None for all.

        Raises:
            ValueError: if the layer was given boundaries, and for no data.
        """
        if self.num_bins is None:
            raise ValueError(f"{self.name} was given its bin_boundaries. To adapt give num_bins")
        summary = np.zeros((2, 0), np.float32)
        for batch in itertools.islice(_numbers_in(data), steps):
            summary = merged(summarized(batch, self.epsilon), summary, self.epsilon)
        if not summary.size:
            raise ValueError("adapt needs data, got none")
        found = compressed(summary, 1 / self.num_bins)[0, :-1]
        self.bin_boundaries = tuple(found.astype(float).tolist())
        return self

    def call(self, x: Tensor) -> Any:
        if self.bin_boundaries is None:
            raise RuntimeError(f"{self.name} has no boundaries yet. Call its adapt(data) first")
        ensure(np.all(x == x), lambda: ValueError(f"{self.name} got NaN, which belongs to no bin"))
        boundaries = np.asarray(self.bin_boundaries, x.dtype)
        bins = np.searchsorted(boundaries, x, side="right")
        if self.output_mode == "int":
            return bins
        return encoded(self.name, bins, self.output_mode, len(boundaries) + 1, None, self._dtype)


def _numbers_in(data: Any) -> Iterator[Any]:
    """Yield the numbers of the data, or of each batch."""
    if isinstance(data, (list, tuple)) and is_structure(data):
        batches: Any = data
    elif not is_iterable_data(data):
        batches = [only(data)]
    else:
        source = source_of(data)
        batches = (only(unpack_batch(as_batch(item, source))[0]) for item in source)
    for batch in batches:
        array = numbers(batch, "data", np.dtype(np.float64))
        check_finite(array, "data")
        yield array
