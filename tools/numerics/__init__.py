"""What `tools/measure_numerics.py` and the tests of `tests/numerics` share."""
