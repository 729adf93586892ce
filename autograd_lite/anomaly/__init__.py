"""Find the first NaN or infinity, forward or backward, with its cause and remedy.

`detect_anomaly` watches every operation while it is on, and costs nothing while it is off: it is
a tape, and a backward pass asks the context once whether there is one. The modules of a report
(`report`, `causes`) are imported when there is something to report.
"""

from autograd_lite.anomaly.error import AnomalyError
from autograd_lite.anomaly.watch import detect_anomaly

__all__ = ["AnomalyError", "detect_anomaly"]
