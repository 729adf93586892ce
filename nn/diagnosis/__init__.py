"""`nn.diagnose`: find problems of a training before spending hours on it.

Each check is a file: it examines a `Case` and yields findings.
"""

from nn.diagnosis.diagnose import diagnose
from nn.diagnosis.rates import RateTest
from nn.diagnosis.report import Finding, Report, Severity

__all__ = ["Finding", "RateTest", "Report", "Severity", "diagnose"]
