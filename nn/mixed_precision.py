"""Policies of types under the names of `keras.mixed_precision`."""

from nn.config import dtype_policy, set_dtype_policy

__all__ = ["dtype_policy", "global_policy", "set_dtype_policy", "set_global_policy"]

global_policy = dtype_policy
set_global_policy = set_dtype_policy
