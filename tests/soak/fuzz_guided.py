"""One loader under attack by Atheris: `tests.soak.fuzz --guided` starts this.

python -m tests.soak.fuzz_guided NAME FOLDER -runs=20000
"""

from __future__ import annotations

import random
import sys
from pathlib import Path


def main() -> None:
    """Fuzz until the runs are done, or something is found."""
    import atheris  # pip install atheris; for this campaign only

    name, folder = sys.argv[1], Path(sys.argv[2])
    with atheris.instrument_imports(include=["nn.saving", "nn.datasets"]):
        import nn.datasets
        import nn.saving  # noqa: F401

    from tests.soak.targets import TARGETS

    target = TARGETS[name][0](folder)
    for i, data in enumerate(target.sound):
        (folder / "corpus" / str(i)).write_bytes(data)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        """Our own mutations, which keep a file's form, and Atheris's, in turn."""
        if seed % 2:
            return target.mutated(random.Random(seed))[:most]
        return atheris.Mutate(data, most)

    def attempt(data: bytes) -> None:
        target.attempt(data)

    arguments = [sys.argv[0], *sys.argv[3:], str(folder / "corpus")]
    atheris.Setup(arguments, attempt, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
