"""Depth and leaks: `python -m benchmarks.chain` (Linux: resident memory is read from /proc).

A chain of 100,000 operations is built, differentiated and dropped; then 10,000 training steps run.
The cyclic garbage collector is off: memory that does not come back is a cycle or a leak.
"""

import gc
import time
from contextlib import contextmanager
from pathlib import Path

import autograd_lite as ag
from benchmarks.peers.ours import make_step
from benchmarks.workloads import WORKLOADS

OPERATIONS = 100_000
FACTOR = 1 + 1e-5
STEPS = 10_000
WARM_UP_STEPS = 500  # allocators settle


def main():
    gc.disable()
    print(f"A chain of {OPERATIONS:,} operations")
    chain()
    print(f"{STEPS:,} eager steps of digits")
    steps()


def chain():
    x = ag.Tensor(1.0, requires_grad=True)
    y = x
    with measured("build"):
        for _ in range(OPERATIONS):
            y = y * FACTOR
    with measured("backward"):
        y.backward()
    with measured("drop"):
        del y
    check_gradient(float(x.grad))


def check_gradient(gradient):
    expected = FACTOR**OPERATIONS
    if not abs(gradient / expected - 1) < 1e-9:
        raise ArithmeticError(f"the chain's gradient is {gradient}, not {expected}")


def steps():
    step = make_step(WORKLOADS["digits"]).step
    with measured("warm up"):
        repeat(step, WARM_UP_STEPS)
    with measured("steps"):
        repeat(step, STEPS)


def repeat(function, times):
    for _ in range(times):
        function()


@contextmanager
def measured(what):
    """Print the block's seconds, and the resident memory before and after it."""
    before, start = resident_megabytes(), time.perf_counter()
    yield
    seconds, after = time.perf_counter() - start, resident_megabytes()
    print(f"  {what:9} {seconds:8.3f} s, {before:7.1f} -> {after:7.1f} MB ({after - before:+.1f})")


def resident_megabytes():
    for entry in Path("/proc/self/status").read_text().splitlines():
        if entry.startswith("VmRSS:"):
            return int(entry.split()[1]) / 1024
    raise OSError("no VmRSS in /proc/self/status")


if __name__ == "__main__":
    main()
