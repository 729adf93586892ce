"""Differentiation of compiled functions: a call as one node, whose rule is a program too."""
