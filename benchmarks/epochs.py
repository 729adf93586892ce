"""Time whole epochs of `fit` with accuracy, and passes of `evaluate` and `predict`, a step of each.

    python -m benchmarks.epochs [--workloads tiny mnist] [--save FILE]

Beside them the step alone, on one batch over and over, of the same process's rounds.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from benchmarks import peers, report
from benchmarks.contender import company
from benchmarks.machine import machine, warn_if_busy
from benchmarks.results import save
from benchmarks.rounds import time_workload
from benchmarks.workloads import EPOCHS, PASSES, WORKLOADS

OURS = ("ours_native", "ours_compiled_numpy")
CONTENDERS = (*OURS, "keras_jax", "jax_scan")
ALL = EPOCHS | PASSES


def main():
    arguments = parse_arguments()
    warn_if_busy()
    timings, skipped = [], []
    with company(available()) as contenders:
        for name in arguments.workloads:
            timed, left_out = of_a_step(name, contenders, arguments.rounds)
            timings += timed
            skipped += left_out
            if arguments.save:
                numbers = {"rounds": arguments.rounds, "timings": timings, "skipped": skipped}
                save(arguments.save, machine(), **numbers)
    print(tables(timings))
    print(report.skipped_list(skipped))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.epochs", description=__doc__)
    parser.add_argument("--workloads", nargs="+", choices=ALL, default=list(ALL))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the numbers here, as JSON")
    return parser.parse_args()


def of_a_step(name, contenders, rounds):
    """(Timings, Skipped) of a workload, in seconds a step."""
    workload = ALL[name]
    timed, skipped = time_workload(workload, contenders, rounds)
    for timing in timed:
        timing.rounds = [seconds / workload.batches for seconds in timing.rounds]
    if name in EPOCHS:
        ours = [contender for contender in contenders if contender.name in OURS]
        alone, _ = time_workload(WORKLOADS[name], ours, rounds)
        timed += [replace(x, title=f"{x.title}, the step alone") for x in alone]
    return timed, skipped


def available():
    return [name for name in CONTENDERS if name in peers.names()]


def tables(timings):
    """Microseconds a step, and times relative to each of ours."""
    parts = [report.times_table(timings)]
    for name in OURS:
        fits = [x for x in timings if x.name == name and not x.title.endswith("alone")]
        if fits:
            parts += [f"Times relative to *{fits[0].title}*:", relative(timings, fits)]
    return "\n\n".join(parts)


def relative(timings, yardsticks):
    mine = {timing.workload: timing for timing in yardsticks}
    compared = [timing for timing in timings if timing.workload in mine]
    return report.grid(
        compared, lambda timing: report.factor(report.ratio(timing, mine[timing.workload]))
    )


if __name__ == "__main__":
    main()
