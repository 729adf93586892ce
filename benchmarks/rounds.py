"""Timing the contenders of one workload in interleaved rounds, after checking that they agree."""

import math
import sys
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks import peers
from benchmarks.agreement import disagreements
from benchmarks.workloads import EPOCH, NETWORK, STEP

ROUND_SECONDS = 0.2
REFERENCE = "numpy_by_hand"  # where it takes part: of all contenders the plainest arithmetic


@dataclass
class Timing:
    """One contender at one workload: seconds per step, one number a round."""

    workload: str
    name: str
    title: str
    version: str
    role: str
    rounds: list


@dataclass
class Skipped:
    """One contender that did not take part in one workload, and why."""

    workload: str
    name: str
    reason: str


def time_workload(workload, contenders, rounds):
    """(Timings, Skipped) of the contenders, which leave their last workload for this one."""
    race = Race(workload, contenders)
    race.begin()
    race.check_agreement()
    for round_number in range(rounds):
        race.run_round(round_number)
    race.check_finite()
    return list(race.timings.values()), race.skipped


class Race:
    """The contenders still in the running, each with its Timing."""

    def __init__(self, workload, contenders):
        self.workload = workload
        self.contenders = contenders
        self.timings = {}
        self.skipped = []

    def begin(self):
        for contender in self.contenders:
            with self.skipping(contender):
                title, version, role = contender.begin(self.workload)
                self.timings[contender] = Timing(
                    self.workload.name, contender.name, title, version, role, rounds=[]
                )

    def check_agreement(self):
        """Take out the contenders whose outcome is not the reference's."""
        outcomes = {}
        for contender in self.trained():
            with self.skipping(contender):
                outcomes[contender] = contender.outcome()
        if not outcomes or not self.workload.checked_steps:
            return
        reference = next((c for c in outcomes if c.name == REFERENCE), next(iter(outcomes)))
        for contender, outcome in outcomes.items():
            complaints = disagreements(outcome, outcomes[reference], self.workload.start)
            if complaint := "; ".join(complaints):
                self.skip(contender, f"computes another step than {reference.name}: {complaint}")
        self.say(f"{', '.join(c.name for c in self.trained())} agree")

    def run_round(self, number):
        for contender in rotated(list(self.timings), number):
            with self.skipping(contender):
                seconds = contender.seconds_per_step(ROUND_SECONDS)
                self.timings[contender].rounds.append(seconds)
        self.say(f"round {number + 1}")

    def check_finite(self):
        """NaN and infinity take their own time: numbers got with them are not to be reported."""
        if self.workload.task not in (STEP, EPOCH, NETWORK):
            return
        for contender in self.trained():
            with self.skipping(contender):
                if not math.isfinite(loss := contender.last_loss()):
                    raise peers.SkippedError(f"its loss ended as {loss}")

    def trained(self):
        """The contenders that are held to a result."""
        return [c for c, timing in self.timings.items() if timing.role != peers.LIMIT]

    @contextmanager
    def skipping(self, contender):
        """Context in which a SkippedError takes the contender out of the race."""
        try:
            yield
        except peers.NoSuchTaskError:
            pass  # nobody expects it here: not worth a line
        except peers.SkippedError as error:
            self.skip(contender, str(error))

    def skip(self, contender, reason):
        self.timings.pop(contender, None)
        self.skipped.append(Skipped(self.workload.name, contender.name, reason))
        self.say(f"{contender.name} skipped: {reason}")

    def say(self, text):
        print(f"{self.workload.name}: {text}", file=sys.stderr, flush=True)


def rotated(items, offset):
    offset %= len(items) or 1
    return items[offset:] + items[:offset]
