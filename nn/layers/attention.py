"""Attention and AdditiveAttention: steps of a sequence look at those of another, unprojected."""

from __future__ import annotations

import functools
from typing import Any, Unpack

import numpy as np

from nn._core.masks import as_mask
from nn._core.validation import require_flag, require_fraction
from nn.activations import softmax
from nn.layers.base import Layer
from nn.layers.options import LayerOptions
from nn.layers.regularization import Dropout
from nn.random import Seed

LOWEST = -1e9  # a score whose exponential is 0, unless all scores of a row are


@functools.lru_cache(maxsize=64)
def window(steps: int, others: int, causal: bool, width: int | None) -> Any:
    """Return which of the others each step sees: none after it, none as far away as the width."""
    ahead = np.arange(others) - np.arange(steps)[:, None]
    kept = (ahead <= 0) if causal else np.ones_like(ahead, dtype=bool)
    kept = kept if width is None else kept & (np.abs(ahead) < width)
    kept.flags.writeable = False
    return kept


def require_related(name: str, query: Any, value: Any, key: Any) -> None:
    """Check the shapes of query, value and key against each other.

    Raises:
        ValueError: for other numbers of samples, and for no steps to attend to.
    """
    if any(x[0] != query[0] and 1 not in (x[0], query[0]) for x in (value, key)):
        raise ValueError(
            f"{name} takes a query, a value and a key of one number of samples; got the shapes "
            f"{query}, {value} and {key}"
        )
    if 0 in value[1:-1]:
        raise ValueError(
            f"{name} got a value of no steps, {value}: there is nothing to attend to. Pad it, or "
            "leave these samples out"
        )


class Attention(Layer):
    """Dot-product attention without projections: softmax(q kᵀ) v. Source: Luong et al., 2015.

    Args:
        use_scale: True for a trained factor of the scores.
        score_mode: "dot"; or "concat" for the sum of tanh(q + k) over the features, times a trained
            factor.
        dropout: the fraction of the weights that a training step sets to 0.
        seed: of the dropout, as in `Dropout`.
        trainable, dtype, name: as in `Layer`.

    Called on a list, ``layer([query, value])`` or ``layer([query, value, key])``; further arguments
    of the call are ``mask=[query_mask, value_mask]``, by default those of the inputs,
    ``return_attention_scores`` and ``use_causal_mask``. Masked steps of the value are not looked
    at, those of the query are 0.

    Shapes: query (samples, steps, width), value and key (samples, other steps, width); outputs
    (samples, steps, width of the value), scores (samples, steps, other steps).

    Raises:
        ValueError: for other inputs, and masks that do not fit them.

    Example:
        >>> q, v = np.zeros((1, 2, 3)), np.array([[[1.0], [3.0]]])
        >>> Attention()([q, v, np.ones((1, 2, 3))]).data
        array([[[2.],
                [2.]]], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: Seed = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        require_flag("use_scale", use_scale)
        require_fraction("dropout", dropout)
        if score_mode not in ("dot", "concat"):
            raise ValueError(f"score_mode is 'dot' or 'concat', got {score_mode!r}")
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout = dropout
        self.seed = seed
        self._passes_training = not dropout
        self._dropout_layer = Dropout(dropout, seed=seed, dtype=self.dtype)

    def build(self, input_shape: Any) -> None:
        query, *_ = self._several(input_shape, input_shape)
        if self.use_scale:
            self._add_scale(query[-1])
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight")
        super().build(input_shape)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        query, value, key = self._several(inputs, [np.shape(x) for x in inputs])
        of_query, of_value = self._pair_of_masks(mask, query, value)
        scores = self._scores(query, key)
        kept = None if of_value is None else of_value[:, None]
        if use_causal_mask:
            seen = window(*scores.shape[-2:], True, None)
            kept = seen if kept is None else kept & seen
        if kept is not None:
            scores = np.where(kept, scores, scores + LOWEST)
        weights = softmax(scores)
        looked = self._dropout_layer(weights, training=training) if self.dropout else weights
        outputs = looked @ value
        if of_query is not None:
            outputs = np.where(of_query[..., None], outputs, 0)
        return (outputs, weights) if return_attention_scores else outputs

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        mask = None if previous_mask is None else previous_mask[0]
        return None if mask is None else as_mask(mask, inputs[0], self.name)

    def _add_scale(self, width: int) -> None:
        self.scale = self.add_weight((), "ones", name="scale")

    def _scores(self, query: Any, key: Any) -> Any:
        """Return the score of each step of the key for each of the query."""
        if self.score_mode == "dot":
            scores = query @ np.swapaxes(key, -2, -1)
            return scores * self.scale if self.use_scale else scores
        both = query[:, :, None] + key[:, None]
        both = both * self.scale if self.use_scale else both
        return self.concat_score_weight * np.sum(np.tanh(both), axis=-1)

    def _several(self, inputs: Any, shapes: Any) -> tuple[Any, Any, Any]:
        """Return query, value and key, or their shapes.

        Raises:
            ValueError: for other inputs.
        """
        if not isinstance(inputs, (list, tuple)) or len(inputs) not in (2, 3):
            raise self._no_list()
        query, value, key = shapes if len(shapes) == 3 else (*shapes, shapes[1])
        if not all(isinstance(shape, tuple) for shape in shapes):
            raise self._no_list()
        ranks = {len(query), len(value), len(key)}
        if ranks != {3} or query[-1] != key[-1] or value[1] != key[1]:
            raise ValueError(
                f"{self.name} takes a query (samples, steps, width), a value (samples, other "
                "steps, any width), and a key of as many steps as the value and as wide as the "
                f"query, which is the value unless given; got {query}, {value} and {key}"
            )
        require_related(self.name, query, value, key)
        return tuple(inputs) if len(inputs) == 3 else (*inputs, inputs[1])

    def _no_list(self) -> ValueError:
        return ValueError(
            f"{self.name} is called on a list, [query, value] or [query, value, key]; for "
            f"self-attention {type(self).__name__}()([x, x])"
        )

    def _pair_of_masks(self, mask: Any, query: Any, value: Any) -> tuple[Any, Any]:
        if mask is None:
            return None, None
        if not isinstance(mask, (list, tuple)) or len(mask) not in (2, 3):
            raise ValueError(f"{self.name} takes mask=[query_mask, value_mask], got {mask!r}")
        of_query, of_value = (
            None if m is None else as_mask(m, x, self.name)
            for m, x in zip(mask[:2], (query, value), strict=True)
        )
        return of_query, of_value


class AdditiveAttention(Attention):
    """Attention by a sum: softmax of Σ scale · tanh(q + k) over the features. Source: Bahdanau et
    al., 2014.

    Args:
        use_scale: True for a trained factor of each feature.
        dropout, seed: as in `Attention`.
        trainable, dtype, name: as in `Layer`.

    Called on lists as `Attention` is.

    Example:
        >>> AdditiveAttention()([np.ones((1, 2, 3)), np.ones((1, 4, 3))]).shape
        (1, 2, 3)
    """

    def __init__(
        self,
        use_scale: bool = True,
        dropout: float = 0.0,
        seed: Seed = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(use_scale, "dot", dropout, seed, **options)

    def _add_scale(self, width: int) -> None:
        self.scale = self.add_weight((width,), "glorot_uniform", name="scale")

    def _scores(self, query: Any, key: Any) -> Any:
        both = np.tanh(query[:, :, None] + key[:, None])
        return np.sum(both * self.scale if self.use_scale else both, axis=-1)
