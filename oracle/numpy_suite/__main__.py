"""Run NumPy's own tests on Tensors too: `python -m oracle.numpy_suite`.

Each module runs in a process of its own and leaves its findings in a folder; a module whose
findings are there already is not run again, except with `--anew`.
"""

import argparse
import importlib.util
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from oracle.kinds import Kinds, conclude

EXPLAINED = Path(__file__).with_name("explained.toml")
FOLDERS = ("_core/tests", "lib/tests", "linalg/tests", "fft/tests")
# What these test is no arithmetic: dtypes, files, text, dates, the C interface, printing.
LEFT_OUT = """
    test__datasource test__exceptions test__iotools test__version test_abc test_argparse
    test_array_api_info test_array_interface test_arraymethod test_arrayobject test_arrayprint
    test_casting_unittests test_conversion_utils test_cpu_dispatcher test_cpu_features
    test_custom_dtypes test_cython test_datetime test_defchararray test_dlpack test_dtype
    test_extint128 test_format test_getlimits test_hashtable test_io test_limited_api test_loadtxt
    test_mem_policy test_memmap test_multiprocessing test_multithreading test_nditer
    test_numerictypes test_overrides test_print test_recfunctions test_records test_scalarprint
    test_simd test_simd_module test_stringdtype test_strings test_unicode test_utils
"""


def main():
    arguments = parse_arguments()
    folder = arguments.folder
    if arguments.inside:
        run_here(arguments.modules[0], folder, arguments.seconds)
        return
    folder.mkdir(parents=True, exist_ok=True)
    everything = Kinds()
    for name in arguments.modules or modules():
        path = folder / f"{name}.json"
        if arguments.anew or not path.exists():
            run_in_process(name, folder, arguments.seconds)
        everything.merge(Kinds.read(path))
    sys.exit(bool(conclude(everything, EXPLAINED, whole=not arguments.modules)))


def run_in_process(name, folder, seconds):
    """One module in a process of its own: what a test breaks there, no other module sees."""
    started = time.monotonic()
    options = ["--inside", "--folder", str(folder), "--seconds", str(seconds)]
    command = [sys.executable, "-m", "oracle.numpy_suite", name, *options]
    code = subprocess.run(command, timeout=seconds + 300).returncode
    print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
    if code:
        sys.exit(f"{name}: the process ended with {code}")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m oracle.numpy_suite", description=__doc__)
    parser.add_argument("modules", nargs="*", help="such as _core.test_umath; all by default")
    parser.add_argument("--anew", action="store_true", help="whatever findings there are")
    parser.add_argument("--folder", type=Path, default=Path("build/numpy_suite"))
    parser.add_argument("--seconds", type=float, default=600, help="for one module")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def modules():
    """The names of all modules with arithmetic in them."""
    root = Path(np.__file__).parent
    for folder in FOLDERS:
        for path in sorted((root / folder).glob("test_*.py")):
            if path.stem not in LEFT_OUT.split():
                yield f"{folder.split('/')[0]}.{path.stem}"


def run_here(name, folder, seconds):
    from oracle.numpy_suite.running import run

    found = run(name, seconds)
    found.watcher.kinds.save(
        folder / f"{name}.json", tests=found.tests, slopes=found.watcher.slopes
    )


if __name__ == "__main__":
    if importlib.util.find_spec("pytest") is None:
        sys.exit("pytest is needed: pip install autograd_lite[dev]")
    main()
