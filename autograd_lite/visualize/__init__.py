"""Pictures of a Graph: one file a format, all of the same `Picture`."""

from autograd_lite.visualize.drawing import Drawing, draw

__all__ = ["Drawing", "draw"]
