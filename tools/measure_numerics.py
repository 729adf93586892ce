"""Measure the numerical accuracy of `nn`: every activation, loss and normalization against mpmath.

    python tools/measure_numerics.py            # prints the tables
    python tools/measure_numerics.py --write    # also writes docs/numerics.md

Errors are in units in the last place (ulps) of the exact result, computed with 50 digits. PyTorch
and JAX are measured at the same points where they are installed.
"""

import argparse
import importlib.util
import sys
import warnings
from pathlib import Path

import numpy as np
from mpmath import mp

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.numerics import functions, points, ulps  # noqa: E402

DTYPES = ("float32", "float64")
LIBRARIES = ("here", "torch", "jax")


def main():
    arguments = parse_arguments()
    warnings.simplefilter("ignore")
    mp.dps = 50
    measured = [LIBRARIES[0], *(n for n in LIBRARIES[1:] if importlib.util.find_spec(n))]
    rows = []
    for case in functions.CASES:
        if arguments.only and case.name not in arguments.only:
            continue
        row = measure(case, measured, arguments.points)
        rows.append((case, row))
        print(shown(case, row), flush=True)
    worse = [case.name for case, row in rows if is_worse(row)]
    print("more than twice the error of the better of the two:", ", ".join(worse) or "none")
    if arguments.write:
        (ROOT / "docs" / "numerics.md").write_text(document(rows, arguments.points))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--points", type=int, default=2000, help="for each function and dtype")
    parser.add_argument("--only", nargs="+", help="names of functions")
    parser.add_argument("--write", action="store_true", help="write docs/numerics.md")
    return parser.parse_args()


def measure(case, libraries, count):
    """From (dtype, library) to the largest error, and the inputs at which it occurred."""
    found = {}
    for dtype in DTYPES:
        inputs = case.points(points.Points(dtype, count))
        rows = samples(inputs)
        exact = [case.exact(*row) for row in rows]
        scales = [case.scale and case.scale(*row) for row in rows]
        for library in libraries:
            if getattr(case, library) is None:
                continue
            computed = functions.compute(case, library, inputs)
            found[dtype, library] = worst(computed, exact, scales, dtype, inputs)
    return found


def samples(inputs):
    """Rows of the inputs, as exact numbers."""
    return [tuple(map(functions.exactly, row)) for row in zip(*inputs, strict=True)]


def worst(computed, exact, scales, dtype, inputs):
    """The largest error, where it is, and what was computed there."""
    rows = zip(computed, exact, scales, strict=True)
    errors = np.array([ulps.error(y, e, dtype, scale) for y, e, scale in rows])
    at = int(np.argmax(errors))
    return errors[at], tuple(x[at] for x in inputs), computed[at]


def is_worse(row):
    """Return whether the error here is more than twice that of the better of the others."""
    for dtype in DTYPES:
        others = [row[dtype, name][0] for name in LIBRARIES[1:] if (dtype, name) in row]
        if others and row[dtype, "here"][0] > 2 * max(min(others), 0.5):
            return True
    return False


def shown(case, row):
    cells = [
        f"{dtype} {name} {row[dtype, name][0]:.4g}"
        for dtype in DTYPES
        for name in LIBRARIES
        if (dtype, name) in row
    ]
    mark = "  <-- worse" if is_worse(row) else ""
    where = [f"{d}: {row[d, 'here'][1]} -> {row[d, 'here'][2]}" for d in DTYPES] if mark else []
    return f"{case.name:32s} {' | '.join(cells)}{mark}" + "".join(f"\n      {w}" for w in where)


def document(rows, count):
    worse = [f"{c.name} ({functions.REASONS.get(c.name, '?')})" for c, row in rows if is_worse(row)]
    introduction = functions.INTRODUCTION.format(points=count, worse="; ".join(worse) or "nowhere")
    lines = [introduction.rstrip()]
    for title in dict.fromkeys(case.group for case, _ in rows):
        lines += [f"\n## {title}\n", HEAD]
        lines += [line(case, row) for case, row in rows if case.group == title]
    return "\n".join(lines) + "\n\n" + functions.DERIVATIVES


HEAD = """\
| | float32 | PyTorch | JAX | float64 | PyTorch | JAX |
| --- | --- | --- | --- | --- | --- | --- |"""


def line(case, row):
    cells = [rounded(row.get((d, name))) for d in DTYPES for name in LIBRARIES]
    mark = " *" if case.scale else ""
    return f"| {case.name}{mark} | {' | '.join(cells)} |"


def rounded(cell):
    if cell is None:
        return "-"
    error = cell[0]
    return "NaN or inf" if not np.isfinite(error) else f"{error:.3g}"


if __name__ == "__main__":
    main()
