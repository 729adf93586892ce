"""Depth and leaks: `python -m benchmarks.chain --help` (Linux: memory is read from /proc).

A chain of 100,000 operations is built, differentiated and dropped; then 10,000 training steps run.
The cyclic garbage collector is off: memory that does not come back is a cycle or a leak.
"""

import argparse
import gc
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import autograd_lite as ag
from benchmarks.machine import machine
from benchmarks.memory import megabytes
from benchmarks.peers.ours import make_step
from benchmarks.results import save
from benchmarks.workloads import WORKLOADS

OPERATIONS = 100_000
FACTOR = 1 + 1e-5
STEPS = 10_000
WARM_UP_STEPS = 500  # allocators settle


@dataclass
class Part:
    """What was done, how long it took, and by how much the resident memory grew."""

    what: str
    seconds: float
    megabytes: float


@dataclass
class Account:
    """The Parts measured so far, each printed as it ends."""

    parts: list = field(default_factory=list)

    @contextmanager
    def measured(self, what):
        before, start = megabytes("VmRSS"), time.perf_counter()
        yield
        seconds, growth = time.perf_counter() - start, megabytes("VmRSS") - before
        self.parts.append(Part(what, seconds, growth))
        print(f"{what}: {seconds:.3f} s, {growth:+.1f} MB")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chain", description=__doc__)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the numbers here, as JSON")
    arguments = parser.parse_args()
    gc.disable()
    account = Account()
    chain(account)
    steps(account)
    if arguments.save:
        save(arguments.save, machine(), parts=account.parts)


def chain(account):
    what = f"a chain of {OPERATIONS:,} operations"
    x = ag.Tensor(1.0, requires_grad=True)
    y = x
    with account.measured(f"{what}: build"):
        for _ in range(OPERATIONS):
            y = y * FACTOR
    with account.measured(f"{what}: backward"):
        y.backward()
    with account.measured(f"{what}: drop"):
        del y
    check_gradient(float(x.grad))


def check_gradient(gradient):
    expected = FACTOR**OPERATIONS
    if not abs(gradient / expected - 1) < 1e-9:
        raise ArithmeticError(f"the chain's gradient is {gradient}, not {expected}")


def steps(account):
    step = make_step(WORKLOADS["digits"]).step
    with account.measured(f"{WARM_UP_STEPS:,} eager steps of digits, to warm up"):
        repeat(step, WARM_UP_STEPS)
    with account.measured(f"{STEPS:,} more"):
        repeat(step, STEPS)


def repeat(function, times):
    for _ in range(times):
        function()


if __name__ == "__main__":
    main()
