"""The rules, by kind. Importing this package fills the table."""

from autograd_lite.rules import (
    bessel,
    creation,
    diagonals,
    einsum,
    elementwise,
    floats,
    indexing,
    joining,
    linalg,
    padding,
    products,
    reductions,
    repeating,
    shaping,
    ufuncs,
    vectors,
)

__all__ = [
    "bessel",
    "creation",
    "diagonals",
    "einsum",
    "elementwise",
    "floats",
    "indexing",
    "joining",
    "linalg",
    "padding",
    "products",
    "reductions",
    "repeating",
    "shaping",
    "ufuncs",
    "vectors",
]
