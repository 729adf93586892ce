"""Import times in fresh interpreters: `python -m benchmarks.import_time --help`.

The files are in the system's cache, as they are for a user who has just started Python before;
measured is the import alone, without the start of the interpreter.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.machine import machine
from benchmarks.report import table
from benchmarks.results import save

PACKAGES = [
    "numpy",
    "autograd_lite",
    "nn",
    "autograd",
    "mygrad",
    "sklearn",
    "jax",
    "keras",
    "torch",
]
TIME_ONE = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_time", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the numbers here, as JSON")
    arguments = parser.parse_args()
    packages = [package for package in PACKAGES if installed(package)]
    for package in packages:
        seconds_to_import(package)  # reads the files and writes the bytecode
    seconds = {package: [] for package in packages}
    for _ in range(arguments.rounds):
        for package in packages:
            seconds[package].append(seconds_to_import(package))
    print(table(["import", "ms", "beyond numpy"], [row(package, seconds) for package in packages]))
    if arguments.save:
        save(arguments.save, machine(), seconds=seconds)


def installed(package):
    found = importlib.util.find_spec(package) is not None
    if not found:
        print(f"{package} skipped: not installed", file=sys.stderr)
    return found


def seconds_to_import(package):
    """The import, timed by a fresh interpreter in the current directory."""
    command = [sys.executable, "-c", TIME_ONE.format(package)]
    environment = {**os.environ, "KERAS_BACKEND": "jax"}  # where Keras is among them
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # else each import would compile the sources
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout)


def row(package, seconds):
    differences = [a - b for a, b in zip(seconds[package], seconds["numpy"], strict=True)]
    return [package, f"{1e3 * median(seconds[package]):.1f}", f"{1e3 * median(differences):.1f}"]


if __name__ == "__main__":
    main()
