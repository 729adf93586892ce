"""Loops and branches that stay what they are in a program: `scan` and `cond`."""

from autograd_lite.compiler.control.cond import cond
from autograd_lite.compiler.control.scan import scan

__all__ = ["cond", "scan"]
