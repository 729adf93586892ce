"""The rules, by kind. Importing this package fills the table."""

from autograd_lite.rules import elementwise, indexing, linalg, reductions, shaping

__all__ = ["elementwise", "indexing", "linalg", "reductions", "shaping"]
