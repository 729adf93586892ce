"""Many parameters for few samples."""

from __future__ import annotations

from collections.abc import Iterator

from nn.diagnosis.case import Case
from nn.diagnosis.report import Finding, Severity

PARAMETERS_PER_SAMPLE = 10


def check(case: Case) -> Iterator[Finding]:
    """Compare parameters and samples: a large model can memorise its samples."""
    assert case.data is not None
    parameters = sum(v.size for v in case.model.trainable_variables)
    per_sample = parameters / case.data.count
    if per_sample < PARAMETERS_PER_SAMPLE:
        return
    yield Finding(
        "few_samples",
        Severity.NOTE,
        f"{parameters:,} parameters for {case.data.count:,} samples, {per_sample:.0f} for each: "
        "the model can memorise them.",
        "watch the validation loss, with EarlyStopping(restore_best_weights=True); "
        "Dropout, an L2 penalty or a smaller model help",
        {"parameters": parameters, "samples": case.data.count},
    )
