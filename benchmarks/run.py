"""Time every contender at every workload: `python -m benchmarks.run --help`."""

import argparse
from pathlib import Path

from benchmarks import peers, report
from benchmarks.architectures import ARCHITECTURES
from benchmarks.contender import PATIENCE_SECONDS, company
from benchmarks.machine import machine, warn_if_busy
from benchmarks.results import save
from benchmarks.rounds import time_workload
from benchmarks.workloads import WORKLOADS

ALL = WORKLOADS | ARCHITECTURES


def main():
    arguments = parse_arguments()
    warn_if_busy()
    timings, skipped = [], []
    with company(arguments.peers, arguments.patience) as contenders:
        for name in arguments.workloads:
            timed, left_out = time_workload(ALL[name], contenders, arguments.rounds)
            timings += timed
            skipped += left_out
            if arguments.save:  # after each workload: what was measured is kept
                numbers = {"rounds": arguments.rounds, "timings": timings, "skipped": skipped}
                save(arguments.save, machine(), **numbers)
    print(report.tables(timings, skipped))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--workloads", nargs="+", choices=ALL, default=list(ALL))
    parser.add_argument("--peers", nargs="+", choices=peers.names(), default=peers.names())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--patience", type=float, default=PATIENCE_SECONDS, help="seconds to wait for one answer"
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the numbers here, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
