"""Lowering: from a tape to a program."""
