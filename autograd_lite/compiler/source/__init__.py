"""Sources: a program written as NumPy code."""
