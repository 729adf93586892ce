"""MultiHeadAttention and GroupQueryAttention: attention of several projections."""

from __future__ import annotations

import functools
import math
import string
from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from nn import regularizers
from nn._core.masks import as_mask
from nn._core.validation import require_count, require_flag, require_fraction
from nn.activations import softmax
from nn.layers.attention import LOWEST, require_related, window
from nn.layers.einsum_dense import EinsumDense
from nn.layers.options import LayerOptions
from nn.layers.regularization import Dropout
from nn.layers.weighted import Weighted
from nn.random import Seed


@functools.lru_cache(maxsize=64)
def _bias(steps: int, others: int, causal: bool, width: int | None, dtype: Any) -> Any:
    """Return `window` as numbers to be added to scores; None if a step sees nothing."""
    kept = window(steps, others, causal, width)
    bias = np.where(kept, 0, LOWEST).astype(dtype)
    bias.flags.writeable = False
    return bias if kept.any(axis=1).all() else None


_OF_PROJECTIONS = (
    *("kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer"),
    *("activity_regularizer", "kernel_constraint", "bias_constraint", "trainable", "dtype"),
)


class _Heads(Weighted):
    """The base of `MultiHeadAttention` and `GroupQueryAttention`: several heads, projected."""

    supports_masking = True
    # Of queries, and of keys and values; attributes of the layers under their own names.
    _query_heads: int
    _heads: int
    _widths: tuple[int, int]  # of queries and keys, of values
    _attention_axes: tuple[int, ...] | None = None
    _output_lengths: tuple[int, ...] | None = None

    def __init__(self, arguments: dict[str, Any]) -> None:
        super().__init__(**arguments["options"])
        self.dropout: float = arguments["dropout"]
        self.use_bias: bool = arguments["use_bias"]
        self.sliding_window: int | None = arguments["sliding_window"]
        self.flash_attention: bool | None = arguments["flash_attention"]
        self.use_gate: bool = arguments["use_gate"]
        self.seed: Seed = arguments["seed"]
        require_fraction("dropout", self.dropout)
        require_flag("use_bias", self.use_bias)
        require_flag("use_gate", self.use_gate)
        if self.sliding_window is not None:
            require_count("sliding_window", self.sliding_window)
        if self.flash_attention and self.dropout:
            raise ValueError("flash_attention=True takes no dropout: set one of them to 0 or None")
        self._keep(arguments)
        self.activity_regularizer = arguments["activity_regularizer"]  # of each projection
        regularizers.get(self.activity_regularizer)
        self._passes_training = not self.dropout  # there is nothing to be told then
        self._dropout_layer = Dropout(self.dropout, seed=self.seed, dtype=self.dtype)

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        for name in ("query", "value", "key")[len(inputs) :]:
            given = options.pop(name, None)
            if given is None:
                break
            inputs = (*inputs, given)
        return super().__call__(*inputs, **options)

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        key_shape = value_shape if key_shape is None else key_shape
        self._check(query_shape, value_shape, key_shape)
        rank = len(query_shape)
        keys, values = self._widths
        free = string.ascii_lowercase[: rank - 1]
        self._query_dense = self._projection("query", free, query_shape, self._query_heads, keys)
        self._key_dense = self._projection("key", free, key_shape, self._heads, keys)
        if self.use_gate:
            self._gate_dense = self._projection(
                "gate", free, query_shape, self._query_heads, values, "sigmoid"
            )
        self._value_dense = self._projection("value", free, value_shape, self._heads, values)
        lengths = self._output_lengths or (query_shape[-1],)
        new = string.ascii_uppercase[2 : 2 + len(lengths)]
        shape = (*query_shape[:-1], self._query_heads, values)
        self._output_dense = self._dense(
            "attention_output", f"{free}AB,AB{new}->{free}{new}", new, shape, lengths
        )
        super().build(query_shape, value_shape, key_shape)

    def _check(self, query: Any, value: Any, key: Any) -> None:
        """Check shapes against each other, and widths against those that the weights are for."""
        rank = len(query)
        if rank < 3 or {len(value), len(key)} != {rank} or value[1:-1] != key[1:-1]:
            raise ValueError(
                f"{self.name} takes a query (samples, steps, width), and a value and a key of as "
                f"many axes and of one number of steps; got {query}, {value} and {key}"
            )
        require_related(self.name, query, value, key)
        if not self._building:
            dense = (self._query_dense, self._value_dense, self._key_dense)
            made_for = tuple(layer.kernel.shape[0] for layer in dense)
            widths = query[-1], value[-1], key[-1]
            if widths != made_for:
                raise ValueError(
                    f"{self.name} was made for a query, a value and a key of the widths "
                    f"{made_for}, got {widths}"
                )

    def _projection(
        self, name: str, free: str, shape: Any, heads: int, width: int, activation: Any = None
    ) -> EinsumDense:
        equation = f"{free}Z,ZAB->{free}AB"
        return self._dense(name, equation, "AB", shape, (heads, width), activation)

    def _dense(
        self, name: str, equation: str, bias: str, shape: Any, lengths: Any, activation: Any = None
    ) -> EinsumDense:
        """Return a projection, built for inputs of this shape."""
        free = equation.index(",") - (2 if "AB," in equation else 1)
        layer = EinsumDense(
            equation,
            (*(None,) * (free - 1), *lengths),
            activation,
            bias if self.use_bias else None,
            **{name: getattr(self, name) for name in _OF_PROJECTIONS},
            name=name,
        )
        layer.build(shape)
        return layer

    def call(
        self,
        query: Tensor,
        value: Tensor,
        key: Tensor | None = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """Compute the outputs, and with `return_attention_scores` the weights of the steps.

        Args:
            query: (samples, steps, width).
            value: (samples, other steps, width).
            key: likewise; the value unless given.
            query_mask: (samples, steps), that of the query unless given.
            value_mask: (samples, other steps), likewise.
            key_mask: likewise.
            attention_mask: True where a step may look at another, (samples, steps, other steps) or
                what broadcasts to it.
            return_attention_scores: True for a pair, outputs and weights of shape (samples, heads,
                steps, other steps).
            training: True for dropout.
            use_causal_mask: True if no step may look at a later one.
        """
        if return_attention_scores and self.flash_attention:
            raise ValueError(f"{self.name} has flash_attention=True, which returns no scores")
        key = value if key is None else key
        self._check(query.shape, value.shape, key.shape)
        masks = [
            None if mask is None else as_mask(mask, x, self.name)
            for mask, x in ((query_mask, query), (value_mask, value), (key_mask, key))
        ]
        gate = self._gate_dense(query) if self.use_gate else None
        q, k, v = self._query_dense(query), self._key_dense(key), self._value_dense(value)
        q = q * (1 / math.sqrt(self._widths[0]))
        seen = (query.shape[1], key.shape[1], bool(use_causal_mask), self.sliding_window)
        standard = query.ndim == 3 and self._attention_axes in (None, (1,))
        attend = self._attend if standard else self._attend_along_axes
        outputs, weights = attend(q, k, v, masks, attention_mask, seen, training)
        outputs = self._output_dense(outputs if gate is None else outputs * gate)
        return (outputs, weights) if return_attention_scores else outputs

    def _attend(
        self, q: Any, k: Any, v: Any, masks: Any, mask: Any, seen: Any, training: bool
    ) -> tuple[Any, Any]:
        """Attend over axis 1 of (samples, steps, heads, width).

        Query heads that share a key are rows of one product.
        """
        samples, steps, heads, _ = q.shape
        shared = (samples, self._heads, steps * (heads // self._heads), -1)
        q = np.transpose(q, (0, 2, 1, 3))
        q = q if heads == self._heads else q.reshape(shared)
        scores = q @ np.transpose(k, (0, 2, 3, 1))
        if heads != self._heads:
            scores = scores.reshape(samples, heads, steps, -1)
        weights = softmax(self._masked(scores, masks, mask, seen, 1))
        kept = self._dropout_layer(weights, training=training) if self.dropout else weights
        kept = kept if heads == self._heads else kept.reshape(shared)
        y = kept @ np.transpose(v, (0, 2, 1, 3))
        y = y if heads == self._heads else y.reshape(samples, heads, steps, -1)
        return np.transpose(y, (0, 2, 1, 3)), weights

    def _attend_along_axes(
        self, q: Any, k: Any, v: Any, masks: Any, mask: Any, seen: Any, training: bool
    ) -> tuple[Any, Any]:
        """Attend over any axes of (samples, ..., heads, width), by einsum."""
        rank = q.ndim
        axes = self._attention_axes or tuple(range(1, rank - 2))
        axes = tuple(axis if axis >= 0 else rank - 1 + axis for axis in axes)
        own = string.ascii_lowercase[:rank]
        others = "".join(c.upper() if i in axes else c for i, c in enumerate(own))
        free = "".join(c for i, c in enumerate(own[:-1]) if i not in axes)
        looks = free + "".join(own[i] for i in axes) + "".join(others[i] for i in axes)
        scores = np.einsum(f"{others},{own}->{looks}", k, q)
        scores = self._masked(scores, masks, mask, seen, len(axes))
        lead = scores.shape[: -len(axes)]
        weights = softmax(scores.reshape(*lead, -1)).reshape(scores.shape)
        kept = self._dropout_layer(weights, training=training) if self.dropout else weights
        return np.einsum(f"{looks},{others}->{own}", kept, v), weights

    def _masked(self, scores: Any, masks: Any, mask: Any, seen: Any, axes: int) -> Any:
        """Make scores low where a step does not look."""
        causal, width = seen[2:]
        plain = mask is None and all(m is None for m in masks)
        if plain and not causal and width is None:
            return scores
        bias = _bias(*seen, scores.dtype) if plain and axes == 1 else None
        if bias is not None:
            return scores + bias
        of_query, *of_others = masks
        kept = [] if of_query is None else [of_query[..., None]]
        kept += [m[..., None, :] for m in of_others if m is not None]
        if mask is not None:
            kept.append(mask if mask.dtype == bool else mask != 0)
        if causal or width is not None:
            kept.append(window(*seen)[None])
        whole = functools.reduce(np.logical_and, kept)
        return np.where(self._fitted(whole, scores, axes), scores, LOWEST)

    def _fitted(self, mask: Any, scores: Any, axes: int) -> Any:
        """Return a mask with an axis for the heads, and others that scores have."""
        shape = mask.shape
        place = max(len(shape) - 2 * axes, 0)
        missing = scores.ndim - len(shape)
        shape = (*shape[:place], *(1,) * missing, *shape[place:])
        pairs = zip(shape, scores.shape, strict=False)
        if missing < 0 or any(n not in (1, m) for n, m in pairs):
            raise ValueError(
                f"{self.name} got masks that together have shape {mask.shape}, which do not fit "
                f"scores of shape {scores.shape}. attention_mask has shape (samples, steps, other "
                "steps), or another that broadcasts to it"
            )
        return mask.reshape(shape) if missing else mask


class MultiHeadAttention(_Heads):
    """Several heads of attention: softmax(q kᵀ / √key_dim) v, of projections of the inputs.

    Source: Vaswani et al., 2017, "Attention is all you need". Steps that the masks of the inputs
    leave out are not looked at; a step that may look at nothing sees the mean of all values.

    Args:
        num_heads: the number of heads.
        key_dim: the width of each head's queries and keys.
        value_dim: the width of each head's values; `key_dim` unless given.
        dropout: the fraction of the weights that a training step sets to 0.
        use_bias: False leaves the biases of the projections out.
        output_shape: the shape of one step of the outputs; the width of the query unless given.
        attention_axes: the axes of the inputs to attend over; all between samples and width unless
            given.
        sliding_window: a step looks at others less than that many steps away.
        flash_attention: as in Keras; True refuses dropout and scores, and computes the same.
        kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            activity_regularizer, kernel_constraint, bias_constraint: of each projection.
        use_gate: True multiplies what is attended to by a sigmoid of a projection of the query.
        seed: of the dropout, as in `Dropout`.
        trainable, dtype, name: as in `Layer`.

    Called as ``layer(query, value, key=None)``, for self-attention ``layer(x, x)``; further
    arguments of the call are ``attention_mask``, ``use_causal_mask``, ``return_attention_scores``.

    Shapes: query (samples, steps, width), value and key (samples, other steps, width); outputs as
    the query. Kernels are (width, heads, key_dim), that of the outputs (heads, value_dim, width).

    Raises:
        ValueError: for other shapes, and masks that do not fit them.

    Example:
        >>> layer = MultiHeadAttention(num_heads=2, key_dim=3)
        >>> y, weights = layer(np.ones((1, 4, 8)), np.ones((1, 4, 8)), return_attention_scores=True)
        >>> y.shape, weights.shape, weights.data[0, 0, 0]
        ((1, 4, 8), (1, 2, 4, 4), array([0.25, 0.25, 0.25, 0.25], dtype=float32))
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: int | tuple[int, ...] | list[int] | None = None,
        attention_axes: int | tuple[int, ...] | list[int] | None = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: Seed = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(locals())
        require_count("num_heads", num_heads)
        require_count("key_dim", key_dim)
        if value_dim is not None:
            require_count("value_dim", value_dim)
        self.num_heads = self._query_heads = self._heads = num_heads
        self.key_dim = key_dim
        self.value_dim = value_dim or key_dim
        self._widths = (key_dim, self.value_dim)
        self._output_lengths = _as_tuple(output_shape)
        self.attention_axes = self._attention_axes = _as_tuple(attention_axes)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {**config, "output_shape": self._output_lengths}


class GroupQueryAttention(_Heads):
    """Attention in which several heads of queries share a head of keys and values.

    Source: Ainslie et al., 2023, "GQA". With one head of keys and values it is multi-query
    attention, with as many as of queries `MultiHeadAttention`.

    Args:
        head_dim: the width of each head.
        num_query_heads: the number of heads of queries, a multiple of the other.
        num_key_value_heads: the number of heads of keys and values.
        dropout, use_bias, sliding_window, flash_attention, kernel_initializer, bias_initializer,
            kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint,
            bias_constraint, use_gate, seed: as in `MultiHeadAttention`.
        trainable, dtype, name: as in `Layer`.

    Called as `MultiHeadAttention` is; of the same shapes.

    Raises:
        ValueError: for heads that cannot be shared equally, for other shapes, and masks that do not
            fit them.

    Example:
        >>> layer = GroupQueryAttention(head_dim=3, num_query_heads=4, num_key_value_heads=2)
        >>> layer(np.ones((1, 5, 8)), np.ones((1, 5, 8))).shape
        (1, 5, 8)
    """

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: Seed = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(locals())
        require_count("head_dim", head_dim)
        require_count("num_query_heads", num_query_heads)
        require_count("num_key_value_heads", num_key_value_heads)
        if num_query_heads % num_key_value_heads:
            raise ValueError(
                f"num_query_heads is a multiple of num_key_value_heads, which share them equally; "
                f"got {num_query_heads} and {num_key_value_heads}"
            )
        self.head_dim = head_dim
        self.num_query_heads = self._query_heads = num_query_heads
        self.num_key_value_heads = self._heads = num_key_value_heads
        self._widths = (head_dim, head_dim)


def _as_tuple(given: Any) -> tuple[int, ...] | None:
    if given is None:
        return None
    return tuple(given) if isinstance(given, (list, tuple)) else (given,)
