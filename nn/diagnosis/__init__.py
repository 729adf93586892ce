"""`nn.diagnose`: what stands in the way of a training, found before hours are spent on it.

Each finding is a file: it looks at a `Case` and yields what it has found.
"""

from nn.diagnosis.diagnose import diagnose
from nn.diagnosis.rates import RateTest
from nn.diagnosis.report import Finding, Report, Severity

__all__ = ["Finding", "RateTest", "Report", "Severity", "diagnose"]
