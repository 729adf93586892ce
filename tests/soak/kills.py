"""Kill trainings at random moments, run them again, and compare what they end with.

    python -m tests.soak.kills --kills 100

Real processes and SIGKILL. A training is killed up to `KILLS_A_RUN` times, each time it is run
again, and in the end everything it has computed has to equal, bit for bit, what an undisturbed one
computes.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("killed_training.py")
KILLS_A_RUN = 6
LONGEST = 300.0  # seconds that a training may take


@dataclass
class Tally:
    """What a campaign has counted.

    Attributes:
        kills: processes that were killed.
        in_a_write: kills that left an unfinished file behind.
        with_a_backup: kills that left a backup to go on from.
        runs: trainings that were killed, and ended in the end.
        differences: a line for each that ended differently.
    """

    kills: int = 0
    in_a_write: int = 0
    with_a_backup: int = 0
    runs: int = 0
    differences: list[str] = field(default_factory=list)


def campaign(kills: int, seed: int, folder: Path, variants: list[str]) -> Tally:
    """Kill so many times, in turn in each of the variants."""
    rng = random.Random(seed)
    tally = Tally()
    undisturbed: dict[str, tuple[dict[str, np.ndarray], float]] = {}
    while tally.kills < kills:
        variant = variants[tally.runs % len(variants)]
        if variant not in undisturbed:
            undisturbed[variant] = _undisturbed(folder / f"undisturbed {len(undisturbed)}", variant)
        expected, seconds = undisturbed[variant]
        run = folder / f"run {tally.runs}"
        run.mkdir()
        for _ in range(min(KILLS_A_RUN, kills - tally.kills)):
            if not _killed(run, variant, rng.uniform(0, seconds)):
                break
            tally.kills += 1
            tally.in_a_write += any(run.rglob(".*.tmp"))
            tally.with_a_backup += any(run.rglob("backup*.safetensors"))
        if not (run / "result.npz").exists():
            _run_to_the_end(run, variant)
        tally.runs += 1
        wrong = differing(_result(run), expected)
        if wrong:
            tally.differences.append(f"{variant} (in {run}): {', '.join(wrong)}")
        else:
            shutil.rmtree(run)
    return tally


def differing(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> list[str]:
    """The names of what is not the same, bit for bit."""
    return [
        name
        for name in {*found, *expected}
        if name not in found
        or name not in expected
        or found[name].tobytes() != expected[name].tobytes()
    ]


def _undisturbed(folder: Path, variant: str) -> tuple[dict[str, np.ndarray], float]:
    """What an undisturbed training ends with, and the seconds it took."""
    folder.mkdir()
    process = _begun(folder, variant)
    started = time.perf_counter()
    if process.wait(LONGEST) != 0:
        raise RuntimeError(f"the training itself fails: {variant}")
    return _result(folder), time.perf_counter() - started


def _run_to_the_end(folder: Path, variant: str) -> None:
    if _begun(folder, variant).wait(LONGEST) != 0:
        raise RuntimeError(f"a training that was killed cannot go on: {variant}, in {folder}")


def _killed(folder: Path, variant: str, after: float) -> bool:
    """Run, and kill after so many seconds; whether it was still running."""
    process = _begun(folder, variant)
    try:
        code = process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    if code != 0:
        raise RuntimeError(f"a training that was killed cannot go on: {variant}, in {folder}")
    return False


def _begun(folder: Path, variant: str) -> subprocess.Popen[str]:
    """A process whose training has just begun."""
    command = [sys.executable, "-W", "error", str(PROGRAM), str(folder), variant]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=_env())
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()  # "begun"; or nothing, if it fails, which its exit code says
    return process


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _result(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / "result.npz") as arrays:
        return dict(arrays)


def main() -> int:
    """Run a campaign and print its figures; the exit code says whether all went well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from tests.soak.killed_training import VARIANTS

    started = time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    tally = campaign(arguments.kills, arguments.seed, folder, list(VARIANTS))
    print(
        f"{tally.kills} kills in {tally.runs} trainings of {len(VARIANTS)} kinds, "
        f"{time.perf_counter() - started:.0f} s\n"
        f"  {tally.in_a_write} left an unfinished file behind\n"
        f"  {tally.with_a_backup} left a backup to go on from\n"
        f"  {len(tally.differences)} trainings ended differently from the undisturbed one"
    )
    for difference in tally.differences:
        print(f"    {difference}")
    if not tally.differences:
        shutil.rmtree(folder)
    return bool(tally.differences)


if __name__ == "__main__":
    sys.exit(main())
