"""Kill trainings at random moments, run them again, and compare what they end with.

    python -m tests.soak.kills --kills 100
    python -m tests.soak.kills --kills 50 --ranks 2

Real processes and SIGKILL. A training is killed up to `KILLS_A_RUN` times, each time it is run
again, and in the end everything it has computed has to equal, bit for bit, what an undisturbed one
computes. Of a distributed training one rank is killed: it has to be named, and all others to end.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
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
MPIEXEC = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")

# Trainings that several ranks can share: others draw numbers of their own for a batch.
DISTRIBUTED = ["every epoch", "every batch", "every third batch, passes that span epochs"]


@dataclass
class Tally:
    """What a campaign has counted.

    Attributes:
        kills: processes that were killed.
        in_a_write: kills that left an unfinished file behind.
        with_a_backup: kills that left a backup to go on from.
        runs: trainings that were killed, and ended in the end.
        differences: a line for each that ended differently, and for what ranks did wrong.
        longest: seconds that a job of several ranks took to end after one was killed.
    """

    kills: int = 0
    in_a_write: int = 0
    with_a_backup: int = 0
    runs: int = 0
    differences: list[str] = field(default_factory=list)
    longest: float = 0.0


def campaign(
    kills: int, seed: int, folder: Path, variants: list[str], ranks: int | None = None
) -> Tally:
    """Kill so many times, in turn in each of the variants; of so many ranks, one of them."""
    rng = random.Random(seed)
    tally = Tally()
    undisturbed: dict[str, tuple[dict[str, np.ndarray], float]] = {}
    while tally.kills < kills:
        variant = variants[tally.runs % len(variants)]
        if variant not in undisturbed:
            undisturbed[variant] = _undisturbed(
                folder / f"undisturbed {len(undisturbed)}", variant, ranks
            )
        expected, seconds = undisturbed[variant]
        run = folder / f"run {tally.runs}"
        run.mkdir()
        for _ in range(min(KILLS_A_RUN, kills - tally.kills)):
            after = rng.uniform(0, seconds)
            if ranks is None:
                was_killed = _killed(run, variant, after)
            else:
                was_killed = _rank_killed(run, variant, after, ranks, rng.randrange(ranks), tally)
            if not was_killed:
                break
            tally.kills += 1
            tally.in_a_write += any(run.rglob(".*.tmp"))
            tally.with_a_backup += any(run.rglob("backup*.safetensors"))
        if not (run / "result.npz").exists():
            _run_to_the_end(run, variant, ranks)
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


def _undisturbed(
    folder: Path, variant: str, ranks: int | None
) -> tuple[dict[str, np.ndarray], float]:
    """What an undisturbed training ends with, and the seconds it took."""
    folder.mkdir()
    process = _begun(folder, variant, ranks)
    started = time.perf_counter()
    if process.wait(LONGEST) != 0:
        raise RuntimeError(f"the training itself fails: {variant}")
    return _result(folder), time.perf_counter() - started


def _run_to_the_end(folder: Path, variant: str, ranks: int | None) -> None:
    if _begun(folder, variant, ranks).wait(LONGEST) != 0:
        raise _cannot_go_on(folder, variant)


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
        raise _cannot_go_on(folder, variant)
    return False


def _rank_killed(
    folder: Path, variant: str, after: float, ranks: int, victim: int, tally: Tally
) -> bool:
    """Run, and kill one rank after so many seconds; whether it was still running."""
    process = _begun(folder, variant, ranks)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        pids = [int((folder / f"pid.{rank}").read_text()) for rank in range(ranks)]
        if not _is_running(pids[victim]):
            process.wait(LONGEST)
            return False
        os.kill(pids[victim], signal.SIGKILL)
        killed = time.perf_counter()
        code = process.wait(LONGEST)
        tally.longest = max(tally.longest, time.perf_counter() - killed)
        said = (folder / "output.txt").read_text()
        left = [pid for pid in pids if _is_running(pid)]
        if left or (code != 0 and f"rank {victim} (process {pids[victim]}) was killed" not in said):
            tally.differences.append(f"{variant}: rank {victim}, exit {code}, left {left}: {said}")
        return code != 0  # 0: it had just finished
    if process.returncode != 0:
        raise _cannot_go_on(folder, variant)
    return False


def _cannot_go_on(folder: Path, variant: str) -> RuntimeError:
    said = (folder / "output.txt").read_text()
    return RuntimeError(f"a training that was killed cannot go on: {variant}, in {folder}: {said}")


def _is_running(pid: int) -> bool:
    """Whether there is such a process, and it has not ended unseen."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def _begun(folder: Path, variant: str, ranks: int | None = None) -> subprocess.Popen[bytes]:
    """A process whose training has just begun; what it says is in output.txt."""
    command = [sys.executable, "-W", "error", str(PROGRAM), str(folder), variant]
    if ranks is not None:
        command = [str(MPIEXEC), "-n", str(ranks), *command, "distributed"]
    output = folder / "output.txt"
    with output.open("w") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file, env=_env())
    while process.poll() is None and "begun" not in output.read_text():
        time.sleep(0.005)
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
    parser.add_argument("--ranks", type=int, help="processes of MPI; one of them is killed")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from tests.soak.killed_training import VARIANTS

    started = time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    kinds = list(VARIANTS) if arguments.ranks is None else DISTRIBUTED
    tally = campaign(arguments.kills, arguments.seed, folder, kinds, arguments.ranks)
    print(
        f"{tally.kills} kills in {tally.runs} trainings of {len(kinds)} kinds, "
        f"{time.perf_counter() - started:.0f} s\n"
        f"  {tally.in_a_write} left an unfinished file behind\n"
        f"  {tally.with_a_backup} left a backup to go on from\n"
        f"  {len(tally.differences)} trainings ended differently from the undisturbed one"
    )
    if arguments.ranks is not None:
        print(
            f"  a job of {arguments.ranks} ranks ended at most {tally.longest:.1f} s after a kill"
        )
    for difference in tally.differences:
        print(f"    {difference}")
    if not tally.differences:
        shutil.rmtree(folder)
    return bool(tally.differences)


if __name__ == "__main__":
    sys.exit(main())
