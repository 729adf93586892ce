"""Run a campaign: `python -m oracle --programs 10000 --seed 0`."""

import argparse
import json
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from oracle.compare import DTYPES, differences
from oracle.generate import POOLS, generate
from oracle.libraries import NAMES, forget, installed
from oracle.shrink import shrink

PROGRAMS_OF_A_POOL = 500


def main():
    arguments = parse_arguments()
    names = [name for name in arguments.libraries if installed(name)]
    for name in set(arguments.libraries) - set(names):
        print(f"{name} skipped: it is not installed (pip install autograd_lite[oracle])")
    if not names:
        sys.exit("nothing to compare with")
    warnings.simplefilter("ignore")
    few = arguments.few_shapes
    campaign = Campaign(arguments.seed, names, arguments.dtypes, arguments.failures, few)
    started = time.monotonic()
    last = arguments.first + arguments.programs
    for number in range(campaign.resume(arguments.progress, arguments.first), last):
        campaign.run(number)
        campaign.save(arguments.progress, number + 1)
        done = number - arguments.first + 1
        if done % 100 == 0:
            campaign.report(done, time.monotonic() - started)
    campaign.report(arguments.programs, time.monotonic() - started)
    sys.exit(bool(campaign.failed))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m oracle", description=__doc__)
    parser.add_argument("--programs", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="the number of the first program")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--libraries", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=list(DTYPES))
    parser.add_argument("--few-shapes", action="store_true", help="from small pools, for JAX")
    parser.add_argument("--progress", type=Path, help="a file from which a campaign goes on")
    parser.add_argument("--failures", type=Path, help="a folder for programs that fail")
    return parser.parse_args()


class Campaign:
    """Programs, one after the other; those that fail are shrunk and shown."""

    def __init__(self, seed, names, dtypes, folder, few_shapes=False):
        self.seed = seed
        self.names = names
        self.dtypes = dtypes
        self.folder = folder
        self.few_shapes = few_shapes
        self.failed = []
        self.operations = Counter()
        self.steps = 0

    def resume(self, path, first):
        """The number to go on with: what a file of `save` says, else `first`.

        Raises:
            ValueError: if the file is of another campaign.
        """
        if path is None or not path.exists():
            return first
        state = json.loads(path.read_text())
        if state["campaign"] != self._campaign():
            raise ValueError(f"{path} is of the campaign {state['campaign']}, this one is another")
        self.failed, self.steps = state["failed"], state["steps"]
        self.operations = Counter(state["operations"])
        return state["next"]

    def save(self, path, following):
        if path is None:
            return
        state = {"campaign": self._campaign(), "next": following, "failed": self.failed}
        state |= {"steps": self.steps, "operations": self.operations}
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_suffix(".new")
        written.write_text(json.dumps(state))
        written.replace(path)  # at once: a campaign may be stopped at any moment

    def _campaign(self):
        return [self.seed, sorted(self.names), sorted(self.dtypes), self.few_shapes]

    def program(self, number):
        """Program `number`. Of few shapes, pools take turns, and JAX then forgets the last one."""
        if not self.few_shapes:
            return generate(self.seed, number)
        turn, within = divmod(number, PROGRAMS_OF_A_POOL)
        if not within:
            forget()
        return generate(self.seed, number, shapes=POOLS[turn % len(POOLS)])

    def run(self, number):
        program = self.program(number)
        self.operations.update(step.operation for step in program.steps)
        self.steps += len(program.steps)
        found = self.explained(program)
        if not found:
            return
        self.failed.append(number)
        kind = found.split(" at ")[0] if " at " in found else ""

        def fails(candidate):
            """Whether it differs, in values if this one does, or by the same exception."""
            other = self.explained(candidate)
            return bool(other) and other.startswith(kind) and bool(kind) == (" at " in other)

        smallest = shrink(program, fails)
        print(f"program {number} of seed {self.seed} differs: {found}")
        print(f"smallest: {self.explained(smallest)}\n{smallest}\n", flush=True)
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(smallest.to_json())
            (self.folder / f"{self.seed}-{number}.json").write_text(text)

    def explained(self, program):
        """What differs, as text; an exception counts as a difference."""
        try:
            return "; ".join(map(str, differences(program, self.names, self.dtypes)))
        except Exception as error:  # whatever it is, it is a finding
            where = traceback.extract_tb(error.__traceback__)[-1]
            return f"{type(error).__name__} at {where.name}:{where.lineno}: {error}"[:500]

    def report(self, done, seconds):
        print(
            f"{done} programs, {self.steps} steps, {len(self.operations)} operations, "
            f"{len(self.failed)} failed {self.failed[:20]}; {seconds:.0f} s; "
            f"{' and '.join(self.dtypes)} compared with {' and '.join(self.names)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
