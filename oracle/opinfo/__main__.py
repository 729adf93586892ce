"""Run PyTorch's samples here too: `python -m oracle.opinfo`.

Findings are left in a folder, a file for each operator; one whose findings are there already is
not run again, except with `--anew`.
"""

import argparse
import sys
import warnings
from pathlib import Path

from oracle.kinds import Kinds, conclude

EXPLAINED = Path(__file__).with_name("explained.toml")


def main():
    arguments = parse_arguments()
    warnings.simplefilter("ignore")
    from oracle.opinfo.running import operators, run

    arguments.folder.mkdir(parents=True, exist_ok=True)
    everything = Kinds()
    for name, operator in operators():
        path = arguments.folder / f"{name}.json"
        if arguments.operators and name not in arguments.operators:
            continue
        if arguments.anew or not path.exists():
            run(name, operator, arguments.samples).save(path)
        everything.merge(Kinds.read(path))
    sys.exit(bool(conclude(everything, EXPLAINED, whole=not arguments.operators)))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m oracle.opinfo", description=__doc__)
    parser.add_argument("operators", nargs="*", help="such as linalg.det; all by default")
    parser.add_argument("--anew", action="store_true", help="whatever findings there are")
    parser.add_argument("--folder", type=Path, default=Path("build/opinfo"))
    parser.add_argument("--samples", type=int, default=60, help="of one operator, at most")
    return parser.parse_args()


if __name__ == "__main__":
    main()
