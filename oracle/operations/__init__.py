"""The operations that programs are made of, by name."""

from oracle.operations import activations, elementwise, linalg, reductions, shaping
from oracle.operations.operation import TABLE, Operation

__all__ = ["TABLE", "Operation", "activations", "elementwise", "linalg", "reductions", "shaping"]
