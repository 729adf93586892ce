"""A campaign: random programs, compiled, give what they give when they are recorded.

python -m tests.soak.compiled --programs 3000 --engine numpy
python -m tests.soak.compiled --programs 60 --engine native    # each takes seconds to compile
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings

import autograd_lite as ag

sys.path.insert(0, str(Path(__file__).parents[1] / "autograd_lite" / "compiler"))
from test_compile_random_programs import arrays, programs, run


def campaign(count: int, engine: str) -> None:
    """So many programs, each called twice."""

    @given(programs())
    @settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def check(steps):
        x, w, b = arrays(np.float64)
        w, b = ag.Tensor(w, requires_grad=True), ag.Tensor(b, requires_grad=True)
        with np.errstate(all="ignore"):
            expected = run(steps, ag.Tensor(x), w, b)
        program = ag.compile(lambda x, w, b: run(steps, x, w, b), engine=engine)
        for _ in range(2):
            for found, wanted in zip(program(ag.Tensor(x), w, b), expected, strict=True):
                if engine == "numpy":
                    np.testing.assert_array_equal(found.data, wanted.data)
                else:
                    np.testing.assert_allclose(found.data, wanted.data, rtol=1e-5, atol=1e-6)

    check()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=3000)
    parser.add_argument("--engine", choices=["numpy", "native"], default="numpy")
    given_arguments = parser.parse_args()
    warnings.simplefilter("error")  # an engine that gives up and lets NumPy run it fails
    campaign(given_arguments.programs, given_arguments.engine)
    print(f"{given_arguments.programs} programs on {given_arguments.engine}: no difference")
