"""The parts of a `Chart`, for packages that draw their own."""

from autograd_lite.visualize.axis import Axis
from autograd_lite.visualize.card import text_width
from autograd_lite.visualize.chart import Chart
from autograd_lite.visualize.marks import (
    Band,
    Bars,
    Cells,
    Image,
    Line,
    Link,
    Mark,
    Node,
    Points,
    Spans,
    Walk,
)
from autograd_lite.visualize.panel import Panel
from autograd_lite.visualize.raster import blended, diverging, enlarged, grey, mosaic, shade

__all__ = [
    "Axis",
    "Band",
    "Bars",
    "Cells",
    "Chart",
    "Image",
    "Line",
    "Link",
    "Mark",
    "Node",
    "Panel",
    "Points",
    "Spans",
    "Walk",
    "blended",
    "diverging",
    "enlarged",
    "grey",
    "mosaic",
    "shade",
    "text_width",
]
