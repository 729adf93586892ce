"""Time one training step of every contender: `python -m benchmarks.run --help`."""

import argparse
import math
import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks import peers, report
from benchmarks.agreement import STEPS, DisagreementError, check_agreement
from benchmarks.contender import Contender
from benchmarks.workloads import WORKLOADS

ROUND_SECONDS = 0.2


def main():
    arguments = parse_arguments()
    timings = []
    try:
        for workload in arguments.workloads:
            timings += time_workload(workload, arguments.peers, arguments.rounds)
    except DisagreementError as error:
        sys.exit(f"not timed, the contenders compute different steps:\n{error}")
    print(report.tables(timings))
    if arguments.markdown:
        arguments.markdown.write_text(report.markdown(timings, arguments.rounds))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(WORKLOADS))
    parser.add_argument("--peers", nargs="+", choices=peers.names(), default=peers.names())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables here")
    return parser.parse_args()


def time_workload(workload, names, rounds):
    """Check that the contenders agree, then time them in interleaved rounds: Timings."""
    with ExitStack() as stack:
        timings = {}
        for contender in [stack.enter_context(Contender(name, workload)) for name in names]:
            try:
                timings[contender] = report.Timing(workload, *contender.introduce(), rounds=[])
            except peers.NotInstalledError as error:
                print(f"{contender.name} skipped: {error}", file=sys.stderr)
        trained = [c for c, timing in timings.items() if timing.role != peers.LIMIT]
        check_same_step(workload, trained)
        for round_number in range(rounds):
            for contender in rotated(list(timings), round_number):
                timings[contender].rounds.append(contender.seconds_per_step(ROUND_SECONDS))
            print(f"{workload}: round {round_number + 1} of {rounds}", file=sys.stderr)
        check_finite(workload, trained)
        return list(timings.values())


def check_same_step(workload, contenders):
    trajectories = {contender.name: contender.trajectory(STEPS) for contender in contenders}
    pairs = WORKLOADS[workload].initial_parameters()
    check_agreement(trajectories, [array for pair in pairs for array in pair])
    print(f"{workload}: {', '.join(trajectories)} agree over {STEPS} steps", file=sys.stderr)


def check_finite(workload, contenders):
    """NaN and infinity take their own time: numbers got with them are not to be reported."""
    for contender in contenders:
        if not math.isfinite(loss := contender.last_loss()):
            raise DisagreementError(f"{workload}: the loss of {contender.name} ended as {loss}")


def rotated(items, offset):
    offset %= len(items)
    return items[offset:] + items[:offset]


if __name__ == "__main__":
    main()
