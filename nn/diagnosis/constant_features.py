"""Features that have the same value in all samples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nn._core.nest import named_leaves
from nn.diagnosis.case import Case
from nn.diagnosis.report import Finding, Severity

COLUMNS_SHOWN = 8


def check(case: Case) -> Iterator[Finding]:
    """Find constant columns."""
    assert case.data is not None
    if case.data.count < 2:
        return
    for name, array in named_leaves(case.data.x, "X"):
        columns = array.reshape(len(array), -1)
        constant = np.flatnonzero((columns == columns[0]).all(axis=0))
        if not len(constant):
            continue
        everything = len(constant) == columns.shape[1]
        shown = ", ".join(map(str, constant[:COLUMNS_SHOWN]))
        more = ", ..." * (len(constant) > COLUMNS_SHOWN)
        yield Finding(
            "constant_features",
            Severity.ERROR if everything else Severity.NOTE,
            f"{len(constant)} of {columns.shape[1]} features of {name} have one value in all "
            f"samples (columns {shown}{more}): "
            + ("there is nothing to learn from." if everything else "they carry no information."),
            f"if the data was read wrongly, fix that; else leave them out, {name}[:, "
            f"np.ptp({name}, axis=0) > 0]. Where features are standardized they divide by 0",
            {"features": constant.tolist()},
        )
