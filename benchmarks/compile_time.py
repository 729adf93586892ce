"""Seconds until the first step is done: `python -m benchmarks.compile_time --help`.

`cold` starts with empty caches on disk, `cached` in another process with the caches that the cold
one left. Imports come before and are not counted; building the model is.
"""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import peers, report
from benchmarks.architectures import ARCHITECTURES
from benchmarks.machine import machine
from benchmarks.memory import in_a_fresh_process
from benchmarks.results import save
from benchmarks.rounds import Skipped
from benchmarks.workloads import STEP, WORKLOADS

DEFAULT_PEERS = [
    "ours_native",
    "ours_compiled_numpy",
    "jax_jit",
    "keras_jax",
    "torch_compile",
    "torch_eager",
]
DEFAULT_WORKLOADS = ["tiny", "mnist2", "cnn", "lstm", "transformer"]


@dataclass
class FirstStep:
    """Seconds to the first finished step, one number a round."""

    workload: str
    name: str
    title: str
    role: str
    cold: list
    cached: list


def main():
    arguments = parse_arguments()
    first_steps, skipped = [], []
    for workload in arguments.workloads:
        for name in arguments.peers:
            try:
                first_steps.append(first_step(name, workload, arguments.rounds))
            except peers.SkippedError as error:
                skipped.append(Skipped(workload, name, str(error)))
    first_steps = report.ordered(first_steps)
    for part in ("cold", "cached"):
        print(f"Seconds to the first step, {part}:\n\n{seconds_table(first_steps, part)}\n")
    if skipped:
        print(f"Did not take part:\n\n{report.skipped_list(skipped)}")
    if arguments.save:
        save(arguments.save, machine(), first_steps=first_steps, skipped=skipped)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compile_time", description=__doc__)
    steps = [name for name, workload in WORKLOADS.items() if workload.task == STEP]
    steps += ARCHITECTURES
    parser.add_argument("--workloads", nargs="+", choices=steps, default=DEFAULT_WORKLOADS)
    parser.add_argument("--peers", nargs="+", choices=peers.names(), default=DEFAULT_PEERS)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the numbers here, as JSON")
    return parser.parse_args()


def first_step(name, workload, rounds):
    """The contender's FirstStep; raises SkippedError."""
    cold, cached = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            for seconds in (cold, cached):
                answer = in_a_fresh_process(seconds_to_first_step, name, workload, folder)
                if isinstance(answer, peers.SkippedError):
                    raise answer
                title, role, elapsed = answer
                seconds.append(elapsed)
    return FirstStep(workload, name, title, role, cold, cached)


def seconds_to_first_step(name, workload, folder):
    """Run in a fresh process: (title, role, seconds)."""
    keep_caches_in(folder)
    module = peers.load(name)
    chosen = (WORKLOADS | ARCHITECTURES)[workload]
    make = getattr(module, f"make_{chosen.task}", None)
    if make is None:
        raise peers.SkippedError(f"has no {chosen.task}")
    start = time.perf_counter()
    subject = make(chosen)
    subject.step()
    subject.loss()
    return module.TITLE, module.ROLE, time.perf_counter() - start


def keep_caches_in(folder):
    """Point every library's cache on disk at `folder`."""
    os.environ["XDG_CACHE_HOME"] = folder
    os.environ["NUMBA_CACHE_DIR"] = folder
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
    os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"  # else short ones are not kept
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


def seconds_table(first_steps, part):
    return report.grid(first_steps, lambda entry: f"{median(getattr(entry, part)):.2f}")


if __name__ == "__main__":
    main()
