"""NaN and infinities in the data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nn.diagnosis.case import Case
from nn.diagnosis.report import Finding, Severity

COLUMNS_SHOWN = 5


def check(case: Case) -> Iterator[Finding]:
    """Count the values that are not finite, with their rows and columns."""
    for name, array in case.given:
        if array.dtype.kind != "f" or np.isfinite(array).all():
            continue
        bad = ~np.isfinite(array).reshape(len(array), -1)
        rows, columns = np.flatnonzero(bad.any(axis=1)), np.flatnonzero(bad.any(axis=0))
        where = f"in {len(rows):,} of {len(array):,} rows, the first is row {rows[0]}"
        if bad.shape[1] > 1:
            shown = ", ".join(map(str, columns[:COLUMNS_SHOWN]))
            where += f"; in columns {shown}" + (", ..." * (len(columns) > COLUMNS_SHOWN))
        variable = name.split()[0]
        yield Finding(
            "not_finite",
            Severity.ERROR,
            f"{name} has {int(bad.sum()):,} values that are NaN or infinite, {where}. A single one "
            "turns the loss into NaN. (The other findings ignore those rows.)",
            f"leave those samples out, keep = np.isfinite({variable}).all(axis=1); or fill them "
            f"in, {variable} = np.where(np.isfinite({variable}), {variable}, "
            f"np.nanmedian({variable}, axis=0))",
            {"values": int(bad.sum()), "rows": len(rows), "columns": columns.tolist()},
        )
