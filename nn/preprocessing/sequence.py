"""Sequences of different lengths, as one array."""

from nn.utils.pad_sequences import pad_sequences

__all__ = ["pad_sequences"]
