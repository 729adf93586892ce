"""The mathematics of the rules: each operation's formula and local derivative, to be shown.

A rule in the table carries its formulas as LaTeX (``maths=`` of `autograd_lite.gradient`), in the
rule's own names. Here they are read, and written as LaTeX, MathML or text.
"""

from autograd_lite.maths.formula import Formula, formula

__all__ = ["Formula", "formula"]
