"""The rules, by kind. Importing this package fills the table."""

from autograd_lite.rules import (
    creation,
    diagonals,
    einsum,
    elementwise,
    indexing,
    joining,
    linalg,
    padding,
    products,
    reductions,
    repeating,
    shaping,
)

__all__ = [
    "creation",
    "diagonals",
    "einsum",
    "elementwise",
    "indexing",
    "joining",
    "linalg",
    "padding",
    "products",
    "reductions",
    "repeating",
    "shaping",
]
