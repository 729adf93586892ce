"""A recorded function as one flat program: traced once, then run without recording."""

from autograd_lite.compiler.compiled import Compiled, compile  # noqa: A004 - NumPy's way: ag.compile
from autograd_lite.compiler.control import cond, scan
from autograd_lite.compiler.reports.report import Report
from autograd_lite.tape import TracingError

__all__ = ["Compiled", "Report", "TracingError", "compile", "cond", "scan"]
