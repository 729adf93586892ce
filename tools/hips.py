"""Run the examples of HIPS autograd on autograd_lite, with their import lines changed and no other.

    python -m tools.hips FOLDER                    # a copy of their examples/ at hand
    python -m tools.hips FOLDER --beside PYTHON    # and compare with autograd itself, under PYTHON

Files that an example would download are replaced by data of the same format and shapes; numbers of
iterations are cut so that a run takes seconds; Matplotlib draws without a screen. With `--beside`
the same files run on autograd itself, and the numbers that both print are compared.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
WITHOUT_PAUSES = """
import runpy, sys
import matplotlib.pyplot as plt
plt.pause = lambda seconds: None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
HELPERS = {"__init__.py", "data.py", "data_mnist.py"}

# Import lines of autograd: what a line begins with, and what is put in its place.
IMPORTS = {
    "import autograd.numpy.random as": "import numpy.random as",
    "import autograd.numpy as": "import numpy as",
    "from autograd.numpy": "from numpy",
    "import autograd.scipy.signal": "import autograd_lite.scipy.signal; autograd = autograd_lite",
    "import autograd.scipy": "import autograd_lite.scipy",
    "from autograd.scipy": "from autograd_lite.scipy",
    "from autograd.misc.optimizers import": "from autograd_lite.optimizers import",
    "from autograd.builtins import": "from builtins import",
    "from autograd.misc.fixed_points import": "from autograd_lite import",
    "from autograd.misc.flatten import": "from autograd_lite.hips import",
    "from autograd.misc import": "from autograd_lite.hips import",
    "from autograd.extend import": "from autograd_lite.hips import",
    "from autograd.test_util import": "from autograd_lite.hips import",
    "from autograd.tracer import": "from autograd_lite.hips import",
    "from autograd.util import": "from autograd_lite.hips import",
    "from autograd import": "from autograd_lite.hips import",
}
# Fewer iterations, of programs that take minutes: they stop where an optimizer is told to.
SHORTER = [
    (r"num_iters=\d{3,}", "num_iters=6"),
    (r"num_iters = \d{3,}", "num_iters = 6"),
    (r"num_epochs = \d+", "num_epochs = 1"),
    (r"simulation_timesteps = \d+", "simulation_timesteps = 4"),
    (r'"maxiter": \d{2,}', '"maxiter": 2'),
    (
        r'method="CG", callback=callback\)',
        'method="CG", callback=callback, options={"maxiter": 4})',
    ),
    (r'method="Newton-CG",', 'method="Newton-CG", options={"maxiter": 3},'),
    (r"domain_max, callback=callback\)", "domain_max, num_iters=4, callback=callback)"),
    (r"max_lines=60", "max_lines=4"),
    (r"rs = npr.RandomState\(\)", "rs = npr.RandomState(0)"),
]


def with_our_imports(line: str) -> str:
    """A line, changed if it imports autograd."""
    indent = line[: len(line) - len(line.lstrip())]
    for start, text in IMPORTS.items():
        if line.startswith(indent + start):
            return indent + text + line[len(indent + start) :]
    return line


def changed(source: str, imports: bool) -> str:
    """An example with fewer iterations and, if asked, with our imports."""
    for pattern, text in SHORTER:
        source = re.sub(pattern, text, source)
    return "".join(map(with_our_imports, source.splitlines(True))) if imports else source


def write_stand_in_digits(folder: Path) -> None:
    """Files in MNIST's format: noise that is brighter where a digit's class says."""
    random = np.random.default_rng(0)
    folder.mkdir()
    for name, count in (("train", 600), ("t10k", 100)):
        labels = random.integers(0, 10, count).astype(np.uint8)
        images = random.integers(0, 40, (count, 28, 28)).astype(np.uint8)
        images[np.arange(count), 2 * labels + 4] = 250
        with gzip.open(folder / f"{name}-images-idx3-ubyte.gz", "wb") as file:
            file.write(struct.pack(">IIII", 2051, count, 28, 28) + images.tobytes())
        with gzip.open(folder / f"{name}-labels-idx1-ubyte.gz", "wb") as file:
            file.write(struct.pack(">II", 2049, count) + labels.tobytes())


def prepared(examples: Path, folder: Path, imports: bool) -> list[Path]:
    """Copy the examples; the files to run."""
    shutil.copytree(examples, folder)
    write_stand_in_digits(folder / "data")
    found = sorted(folder.rglob("*.py"))
    for path in found:
        path.write_text(changed(path.read_text("utf-8"), imports), "utf-8")
    return [path for path in found if path.name not in HELPERS]


def run(path: Path, folder: Path, python: str, seconds: float) -> tuple[bool, str]:
    """Run one file; whether it ended well, and what it printed or its error."""
    environment = {
        **os.environ,
        "MPLBACKEND": "Agg",
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
    }
    try:
        done = subprocess.run(
            [python, "-c", WITHOUT_PAUSES, str(path)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False, f"still running after {seconds:g} s"
    if done.returncode:
        return False, (done.stderr.strip() or "?").splitlines()[-1]
    return True, done.stdout


def numbers(text: str) -> np.ndarray:
    """The numbers in a text."""
    return np.array([float(x) for x in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text)])


def compared(ours: str, theirs: str) -> str:
    """How far the printed numbers lie apart."""
    a, b = numbers(ours), numbers(theirs)
    if len(a) != len(b):
        return f"prints {len(a)} numbers, autograd {len(b)}"
    if not len(a):
        return "prints no numbers"
    gap = np.max(np.abs(a - b) / np.maximum(np.abs(b), 1e-3))
    return f"{len(a)} numbers printed, as autograd's to {gap:.0e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="their examples")
    parser.add_argument("--only", default="", help="part of a name")
    parser.add_argument("--seconds", type=float, default=120, help="limit for one example")
    parser.add_argument("--beside", metavar="PYTHON", help="an interpreter that has autograd")
    parser.add_argument("--at-least", type=int, default=0, help="fail if fewer run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        ours, theirs = Path(temporary, "ours"), Path(temporary, "theirs")
        paths = prepared(options.folder, ours, imports=True)
        if options.beside:
            prepared(options.folder, theirs, imports=False)
        paths = [path for path in paths if options.only in path.name]
        well = 0
        for path in paths:
            name = path.relative_to(ours)
            ran, said = run(path, ours, sys.executable, options.seconds)
            well += ran
            remark = "" if ran else said
            if options.beside:
                ran_there, there = run(theirs / name, theirs, options.beside, options.seconds)
                if not ran_there:
                    remark += f" [autograd itself: {there}]"
                elif ran:
                    remark = compared(said, there)
            print(f"{'runs ' if ran else 'FAILS'} {name!s:36} {remark[:400]}", flush=True)
    print(f"{well} of {len(paths)} run")
    sys.exit(well < options.at_least)


if __name__ == "__main__":
    main()
