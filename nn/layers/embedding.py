"""Embedding: a learned vector for each integer."""

from __future__ import annotations

from typing import Any, Unpack

import autograd_lite as ag
from autograd_lite import Tensor
from nn._core.validation import require_count, require_flag
from nn.layers.indices import whole, within
from nn.layers.options import LayerOptions
from nn.layers.weighted import Weighted


class Embedding(Weighted):
    """Row i of a table of weights for each number i of the inputs.

    Args:
        input_dim: the number of rows; inputs are integers from 0 to
            ``input_dim - 1``.
        output_dim: the length of the vectors.
        embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the table.
        mask_zero: True if 0 stands for padding: the outputs have a mask, by which layers, losses
            and metrics behind it skip the steps of padding. Row 0 is then no word.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        embeddings: the table, (input_dim, output_dim).

    Shapes: inputs of any shape, outputs of that shape with an axis of length output_dim appended.

    Raises:
        ValueError: for numbers that are not whole, and for those without a row.

    Example:
        >>> import numpy as np
        >>> layer = Embedding(1000, 8)
        >>> layer(np.array([[4, 12, 7], [0, 1, 1]])).shape
        (2, 3, 8)
    """

    integer_inputs = True

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        require_count("input_dim", input_dim)
        require_count("output_dim", output_dim)
        require_flag("mask_zero", mask_zero)
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.mask_zero = self.supports_masking = self._makes_mask = bool(mask_zero)
        self._keep(locals())

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.embeddings = self._make("embeddings", (self.input_dim, self.output_dim))
        super().build(input_shape)

    def call(self, x: Tensor) -> Any:
        rows = within(
            whole(x, self.name),
            self.input_dim,
            lambda found: ValueError(
                f"{self.name} has rows 0 to {self.input_dim - 1}, but the inputs hold {found}. "
                "input_dim is the largest number plus 1"
            ),
        )
        return ag.take(self.embeddings, rows)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return inputs != 0 if self.mask_zero else None
