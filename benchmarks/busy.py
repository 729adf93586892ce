"""Time training steps beside busy programs: `python -m benchmarks.busy --help`.

Nobody trains on an idle machine: a browser is open, somebody compiles. The neighbours here are
Python processes that loop; the number that counts is the mean, in which a step that had to wait for
a whole time slice counts for as long as it took.
"""

import argparse
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks import peers, report
from benchmarks.contender import company
from benchmarks.machine import machine, warn_if_busy
from benchmarks.results import save
from benchmarks.rounds import Race, Timing
from benchmarks.run import ALL

WORKLOADS = ["mnist", "mnist2", "wide", "cnn"]
LOADS = (0, 2, 4)  # busy loops beside the contender
PEERS = ("ours_native", "ours_compiled_numpy", "jax_jit", "torch_eager")


@dataclass
class Busy:
    """Timings beside so many busy loops."""

    load: int
    timings: list


def main():
    arguments = parse_arguments()
    warn_if_busy()
    found = {load: [] for load in arguments.loads}
    with company(arguments.peers) as contenders:
        for name in arguments.workloads:
            for load, timings in time_workload(ALL[name], contenders, arguments).items():
                found[load] += timings
            if arguments.save:
                entries = [asdict(Busy(load, timings)) for load, timings in found.items()]
                save(arguments.save, machine(), rounds=arguments.rounds, busy=entries)
    print(means_table([Busy(load, timings) for load, timings in found.items()]))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.busy", description=__doc__)
    parser.add_argument("--workloads", nargs="+", choices=ALL, default=WORKLOADS)
    parser.add_argument("--peers", nargs="+", choices=peers.names(), default=PEERS)
    parser.add_argument("--loads", nargs="+", type=int, default=LOADS)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the numbers here, as JSON")
    return parser.parse_args()


def time_workload(workload, contenders, arguments):
    """{number of busy loops: Timings} of the contenders that agree with each other."""
    race = Race(workload, contenders)
    race.begin()
    race.check_agreement()
    return {load: rounds_beside(race, load, arguments.rounds) for load in arguments.loads}


def rounds_beside(race, load, rounds):
    with busy_loops(load):
        for number in range(rounds):
            race.run_round(number)
    timings = [replace(timing, rounds=list(timing.rounds)) for timing in race.timings.values()]
    for timing in race.timings.values():
        timing.rounds.clear()
    return timings


@contextmanager
def busy_loops(count):
    """Context in which so many other processes compute without end."""
    command = [sys.executable, "-S", "-c", "while True: pass"]
    running = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def means_table(found):
    """Mean microseconds a step: a row for each workload and contender, a column for each load."""
    means = {}
    for beside in found:
        for timing in beside.timings:
            timing = timing if isinstance(timing, Timing) else Timing(**timing)
            mean = sum(timing.rounds) / len(timing.rounds)
            means.setdefault((timing.workload, timing.title), {})[beside.load] = mean
    loads = [beside.load for beside in found]
    rows = [
        [workload, title, *(f"{1e6 * found[load]:,.0f}" if load in found else "" for load in loads)]
        for (workload, title), found in means.items()
    ]
    return report.table(["workload", "contender", *map(described, loads)], rows, left=2)


def described(load):
    return "alone" if load == 0 else f"beside {load} busy loops"


if __name__ == "__main__":
    main()
