"""The replay: a computation, forward then backward, as one page to step through."""

from autograd_lite.visualize.replay.page import replay

__all__ = ["replay"]
