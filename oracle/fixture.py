"""Programs with the values that other libraries computed: `python -m oracle.fixture FILE`.

The file lets the normal tests compare with PyTorch and JAX where neither is installed.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from oracle import libraries
from oracle.compare import differences
from oracle.generate import generate
from oracle.operations import TABLE

SEED = 2024
LENGTHS = {"least": 5, "most": 14}
NAMES = ("torch", "jax")


def main():
    target = Path(sys.argv[1])
    entries = [entry(number) for number in covering()]
    origin = {name: version(name) for name in (*NAMES, "numpy")}
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in entries)
    target.write_text(f'{{"origin": {json.dumps(origin)},\n"programs": [\n{lines}\n]}}\n')
    print(f"{len(entries)} programs, {target.stat().st_size} bytes")


def covering(most=60):
    """The numbers of programs that together have every operation, or as many as `most` can."""
    missing, numbers = set(TABLE), []
    candidates = {n: names_of(generate(SEED, n, **LENGTHS)) for n in range(1500)}
    while missing and len(numbers) < most:
        best = max(candidates, key=lambda n: len(candidates[n] & missing))
        missing -= candidates[best]
        numbers.append(best)
    return numbers


def names_of(program):
    return {step.operation for step in program.steps}


def entry(number):
    """A program, with the outcome in float64 of each library."""
    program = generate(SEED, number, **LENGTHS)
    found = differences(program, NAMES, ("float64",))
    assert not found, (number, found)
    data = program.to_json()
    for name in NAMES:
        outcome = libraries.LIBRARIES[name](program, "float64")
        data[name] = {
            "value": total(outcome.values, program),
            "gradients": [flat(g) for g in outcome.gradients],
            "products": [flat(p) for p in outcome.products],
        }
    return data


def total(values, program):
    """The sums of the results, in the order of their numbers: enough to compare values by."""
    start = len(program.inputs)
    return [float(np.sum(values[i - start])) for i in program.unused if i >= start]


def flat(x):
    """Elements with the digits that a comparison can use."""
    return [float(f"{v:.13g}") for v in np.ravel(x)]


if __name__ == "__main__":
    main()
