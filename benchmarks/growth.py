"""How a step's time grows with batch, width, depth and graph: `python -m benchmarks.growth --help`.

Batch and width grow the digits network (64-32-10, batch 32), depth stacks layers of 16 (SGD), and
the graph is a chain of scalar operations, recorded and differentiated. A contender that takes more
than GIVE_UP_SECONDS at one size, or fails there, is not asked for larger ones.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import report
from benchmarks.contender import company
from benchmarks.machine import machine, warn_if_busy
from benchmarks.results import save
from benchmarks.rounds import time_workload
from benchmarks.workloads import SGD, Chain, Deep, Workload

GIVE_UP_SECONDS = 0.3
PATIENCE_SECONDS = 20  # for one answer: a compiler that needs longer has given up

STEPPERS = ["ours", "ours_native", "ours_compiled_numpy", "jax_jit", "torch_eager"]
CHAINERS = ["ours", "autograd", "dezero", "jax_grad", "micrograd", "mygrad", "torch_eager"]


@dataclass(frozen=True)
class Curve:
    """One quantity that grows, and the contenders worth asking."""

    axis: str
    sizes: tuple[int, ...]
    names: list[str]
    workload_of: object  # size -> Workload or Chain


def batch(size):
    return Workload("batch", (64, 32, 10), size)


def width(size):
    return Workload("width", (64, size, size, 10), 32, learning_rate=1e-5)


def depth(size):
    return Deep("depth", (64, *[16] * size, 10), 32, optimizer=SGD)


def nodes(size):
    return Chain("nodes", size)


CURVES = {
    "batch": Curve("batch size", (1, 8, 64, 512, 4096), STEPPERS, batch),
    "width": Curve("width of two hidden layers", (8, 32, 128, 512, 2048), STEPPERS, width),
    "depth": Curve("hidden layers", (1, 3, 10, 30, 100, 300), STEPPERS, depth),
    "nodes": Curve("operations", (10, 100, 1000, 10_000, 100_000), CHAINERS, nodes),
}


@dataclass
class Point:
    """A contender's median at one size, in seconds."""

    curve: str
    size: int
    name: str
    title: str
    role: str
    seconds: float

    @property
    def workload(self):
        """The table's column."""
        return f"{self.size:,}"


def main():
    arguments = parse_arguments()
    warn_if_busy()
    points, skipped = [], []
    asked = {name for curve in arguments.curves for name in CURVES[curve].names}
    with company(sorted(asked & {*arguments.peers}), PATIENCE_SECONDS) as contenders:
        for name in arguments.curves:
            found, left_out = measure(name, contenders, arguments.rounds)
            points += found
            skipped += left_out
            print(f"Microseconds by {CURVES[name].axis}:\n\n{points_table(found)}\n", flush=True)
            if arguments.save:  # after each curve: what was measured is kept, whatever comes next
                save(arguments.save, machine(), points=points, skipped=skipped)
    if skipped:
        print(f"Did not take part:\n\n{report.skipped_list(skipped)}")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    everyone = sorted({*STEPPERS, *CHAINERS})
    parser.add_argument("--curves", nargs="+", choices=CURVES, default=list(CURVES))
    parser.add_argument("--peers", nargs="+", choices=everyone, default=everyone)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the numbers here, as JSON")
    return parser.parse_args()


def measure(name, contenders, rounds):
    """(Points, Skipped) of one curve."""
    curve = CURVES[name]
    contenders = [contender for contender in contenders if contender.name in curve.names]
    points, skipped = [], []
    for size in curve.sizes:
        timings, left_out = time_workload(curve.workload_of(size), contenders, rounds)
        reached = [
            Point(name, size, timing.name, timing.title, timing.role, median(timing.rounds))
            for timing in timings
        ]
        points += reached
        for entry in left_out:
            entry.workload = f"{name} {size:,}"
        skipped += left_out
        quick = {point.name for point in reached if point.seconds <= GIVE_UP_SECONDS}
        contenders = [contender for contender in contenders if contender.name in quick]
    return points, skipped


def points_table(points):
    return report.grid(report.ordered(points), lambda point: report.number(1e6 * point.seconds))


if __name__ == "__main__":
    main()
