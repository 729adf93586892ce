"""Differential tests: random programs, computed here, by PyTorch and by JAX.

`python -m oracle --help` runs a campaign. What is compared: values, gradients, Hessian-vector
products; in float64 and in float32.
"""
