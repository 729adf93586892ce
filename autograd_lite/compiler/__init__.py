"""A recorded function as one flat program: traced once, then run without recording."""

from typing import TYPE_CHECKING

from autograd_lite.lazy_loading import attach

if TYPE_CHECKING:
    from autograd_lite.compiler.compiled import Compiled as Compiled
    from autograd_lite.compiler.compiled import compile as compile  # noqa: A004 - ag.compile
    from autograd_lite.compiler.control import cond as cond
    from autograd_lite.compiler.control import scan as scan
    from autograd_lite.compiler.reports.report import Report as Report
    from autograd_lite.tape import TracingError as TracingError
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "autograd_lite.compiler.compiled": "Compiled compile",
            "autograd_lite.compiler.control": "cond scan",
            "autograd_lite.compiler.reports.report": "Report",
            "autograd_lite.tape": "TracingError",
        },
    )
