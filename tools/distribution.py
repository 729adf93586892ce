"""Build the distributions and try them as a user gets them.

``python -m tools.distribution`` builds sdist and wheel into ``dist/``, has twine check them, holds
the wheel to its size, and installs it into a new environment of each Python that is found. There
the command of the package runs, and with ``--tests`` some tests too, a few minutes of those that a
wheel could fail: of files in it, of every engine, format and neighbour; ``--tests all`` runs them
all. They run from a copy of the tests alone, so that what they import is the installed wheel.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
LARGEST = 1_400_000  # bytes of the wheel, data sets apart
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

# What tests read beside the packages; and those that read the source of the packages themselves.
BESIDE = (
    "tests",
    "examples",
    "docs",
    "tools",
    "conftest.py",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "pyproject.toml",
)
OF_THE_CHECKOUT = (
    "test_imports.py",
    "test_house.py",
    "test_docstrings.py",
    "test_contributing.py",
    "test_documents.py",
    "test_site.py",
    "soak",
    "oracle",
    "benchmarks",
)


QUICK = (
    "autograd_lite/test_backward.py",
    "autograd_lite/test_rules.py",
    "autograd_lite/test_table.py",
    "autograd_lite/visualize/test_replay_page.py",  # files in the wheel
    "nn/datasets/test_bundled_datasets.py",  # likewise
    "nn/functional",
    "nn/keras_files/test_reading_keras_files.py",
    "nn/test_compiled_layers.py",
    "nn/test_frames_and_sparse.py",
    "nn/test_public_names.py",
    "nn/test_saving.py",
    "nn/test_training_by_formula.py",
    "nn/torch_files",
    "nn/utils",
)


def build() -> Path:
    """Build both distributions, check their metadata, and return the wheel."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "build", "--outdir", str(DIST), str(ROOT))
    run(sys.executable, "-m", "twine", "check", "--strict", *map(str, DIST.iterdir()))
    (wheel,) = DIST.glob("*.whl")
    return wheel


def hold_to_size(wheel: Path) -> None:
    """Refuse a wheel that grew beyond its limit.

    Raises:
        SystemExit: with its size.
    """
    with zipfile.ZipFile(wheel) as archive:
        data = sum(i.compress_size for i in archive.infolist() if i.filename.endswith(".npz"))
    size = wheel.stat().st_size - data
    print(f"{wheel.name}: {size:,} bytes without data sets, {data:,} of data sets")
    if size > LARGEST:
        sys.exit(f"the wheel has {size:,} bytes without data sets; at most {LARGEST:,} are allowed")


def pythons() -> list[str]:
    """Return the interpreters of the supported versions that can make an environment here."""
    found = []
    for version in PYTHONS:
        command = shutil.which(f"python{version}")
        if command and subprocess.run([command, "-c", "import venv, ensurepip"]).returncode == 0:
            found.append(command)
    return found


def install(wheel: Path, python: str, folder: Path, *, extra: str = "") -> str:
    """Install the wheel into a new environment, and return its interpreter."""
    run(python, "-m", "venv", str(folder))
    inside = str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    pip = (inside, "-m", "pip", "--disable-pip-version-check", "--quiet", "install")
    run(*pip, f"{wheel}{extra}")
    return inside


def try_installed(inside: str, folder: Path) -> None:
    """Run the package's own command, and train, from a folder without the checkout."""
    run(inside, "-m", "autograd_lite", cwd=folder)
    program = (
        "import nn; from nn import datasets; x, y = datasets.load_digits();"
        "m = nn.Sequential([nn.Dense(10)]);"
        "m.compile('adam', nn.SparseCategoricalCrossentropy(from_logits=True));"
        "first, second = m.fit(x / 16, y, epochs=2, verbose=0).history['loss'];"
        "assert second < first"
    )
    run(inside, "-W", "error", "-c", program, cwd=folder)


def test_installed(inside: str, folder: Path, chosen: tuple[str, ...]) -> None:
    """Run tests against the installed wheel, from a copy that has no packages beside it."""
    for name in BESIDE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    without = [f"--ignore-glob=tests/{name}" for name in OF_THE_CHECKOUT]
    several = ("--numprocesses", "logical", "--dist", "worksteal", "-p", "no:cacheprovider")
    run(inside, "-m", "pytest", *(f"tests/{n}" for n in chosen), *several, *without, cwd=folder)


def run(*command: str, cwd: Path | None = None) -> None:
    """Run a command, and end with its exit status if it fails."""
    status = subprocess.run(command, cwd=cwd).returncode
    if status:
        sys.exit(f"{' '.join(command[:6])} ... failed with exit status {status}")


def main() -> None:
    """Build, check, install and try; see the module."""
    parser = argparse.ArgumentParser(prog="python -m tools.distribution", description=main.__doc__)
    help_text = "run tests against the wheel too: some unless it is 'all'"
    parser.add_argument("--tests", nargs="?", const="some", choices=("some", "all"), help=help_text)
    chosen = parser.parse_args()
    wheel = build()
    hold_to_size(wheel)
    for python in pythons():
        print(f"== {python}", flush=True)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            extra = "[dev]" if chosen.tests else ""
            inside = install(wheel, python, folder / "environment", extra=extra)
            (folder / "beside").mkdir()
            try_installed(inside, folder / "beside")
            if chosen.tests:
                test_installed(inside, folder / "beside", ("",) if chosen.tests == "all" else QUICK)


if __name__ == "__main__":
    main()
