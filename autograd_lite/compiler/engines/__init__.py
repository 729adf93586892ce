"""Engines: what runs a program, NumPy or native code."""
