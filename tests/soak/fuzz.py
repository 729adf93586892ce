"""Give every loader files that are damaged, or made to do harm.

    python -m tests.soak.fuzz --inputs 100000
    python -m tests.soak.fuzz --guided 20000     # by coverage, with Atheris

Each loader is attacked in a process of its own, with an upper limit to its memory and to the time
of each input, and with an eye on what it makes Python do. An input has to end in the error that
the loader promises, or in a right result. What does not is printed, and kept as a file.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECONDS = 10  # of the processor that an input may take
WAITING = 60  # seconds, with what it waits for: the disk, other processes
MEMORY = 2**29  # bytes that a process may take on top of what it has when it begins
GROWTH = 2**28  # bytes by which its resident memory may grow

# What no file may make Python do: run, look for code, unpickle, connect, write.
FORBIDDEN = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen")
FORBIDDEN += ("pickle.find_class", "marshal.loads", "code.__new__", "exec", "import", "socket.")
FORBIDDEN += ("ctypes.", "os.remove", "os.rename", "os.rmdir", "os.chmod", "shutil.", "webbrowser.")


class Watch:
    """A block in which something forbidden may happen, as Python's audit events tell."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._event)

    def __enter__(self) -> None:
        self.seen.clear()
        self.on = True

    def __exit__(self, *exception: object) -> None:
        self.on = False

    def _event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.on and event.startswith(FORBIDDEN):
            self.seen.append(f"{event}{arguments!r:.200}")


def attack(name: str, first: int, last: int, seed: int, folder: Path) -> None:
    """Try inputs `first` to `last` on one loader; what was found goes into the folder."""
    from tests.soak.targets import TARGETS

    watch = Watch()
    target = TARGETS[name][0](folder)
    for data in target.sound:
        if not target.attempt(data):
            raise RuntimeError(f"{name}: a sound file is refused")
    for warm_up in range(200):  # whatever is imported late is imported now
        _quietly(target, target.mutated(random.Random(f"{seed} {name} warm up {warm_up}")))
    _limit_memory()
    for late in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(late, signal.SIG_DFL)  # ends the process: nothing can catch it
    place = os.open(folder / "place", os.O_WRONLY | os.O_CREAT)
    loaded = 0
    for index in range(first, last):
        os.pwrite(place, struct_of(index, loaded), 0)
        data = target.mutated(random.Random(f"{seed} {name} {index}"))
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.alarm(WAITING)
        try:
            loaded += target.attempt(data, watch)
        except BaseException:
            _report(folder, index, data, traceback.format_exc())
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        if watch.seen:
            _report(folder, index, data, f"forbidden: {watch.seen}")
    os.pwrite(place, struct_of(last, loaded), 0)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - _resident_at_start
    if grown > GROWTH:
        _report(folder, last, b"", f"the process has grown by {grown / 2**20:.0f} MB")


def struct_of(index: int, loaded: int) -> bytes:
    """Where a process is, in a fixed number of bytes."""
    return b"%12d %12d" % (index, loaded)


def _quietly(target: Any, data: bytes) -> None:
    try:
        target.attempt(data)
    except Exception:
        return


_resident_at_start = 0


def _limit_memory() -> None:
    global _resident_at_start
    _resident_at_start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _report(folder: Path, index: int, data: bytes, what: str) -> None:
    (folder / f"found-{index}.bin").write_bytes(data)
    (folder / f"found-{index}.txt").write_text(what)


def campaign(inputs: int, seed: int, folder: Path) -> dict[str, dict[str, Any]]:
    """Attack all loaders, each with its part of the inputs; what came of it, by loader."""
    sys.path.insert(0, str(ROOT))
    from tests.soak.targets import TARGETS

    results = {}
    for name, (_, part) in TARGETS.items():
        into = folder / name
        into.mkdir()
        started = time.perf_counter()
        tried, loaded, crashes = 0, 0, []
        count = round(inputs * part)
        while tried < count:
            code = _attack_in_process(name, tried, count, seed, into)
            at, so_far = map(int, (into / "place").read_text().split())
            loaded += so_far
            tried = at
            if code != 0:
                crashes.append(f"input {at}: the process ended with {code}")
                for attempted in into.glob("attempt*"):
                    shutil.copy(attempted, into / f"found-{at}.bin")
                tried += 1
        found = sorted(into.glob("found-*.txt"))
        results[name] = {
            "inputs": tried,
            "loaded": loaded,
            "findings": crashes + [f"{p.stem}: {p.read_text()[-2000:]}" for p in found],
            "seconds": time.perf_counter() - started,
        }
    return results


def _attack_in_process(name: str, first: int, last: int, seed: int, folder: Path) -> int:
    command = [sys.executable, "-m", "tests.soak.fuzz", "--attack", name]
    command += [str(first), str(last), str(seed), str(folder)]
    return subprocess.run(command, cwd=ROOT).returncode


def guided(inputs: int, folder: Path) -> dict[str, int]:
    """Attack with Atheris, which keeps the inputs that reach new lines; its exit codes."""
    sys.path.insert(0, str(ROOT))
    from tests.soak.targets import TARGETS

    codes = {}
    for name in TARGETS:
        into = folder / name
        (into / "corpus").mkdir(parents=True)
        command = [sys.executable, "-m", "tests.soak.fuzz_guided", name, str(into)]
        command += [f"-runs={inputs}", f"-artifact_prefix={into}/", "-rss_limit_mb=2048"]
        command += ["-timeout=20", "-max_len=20000", "-print_final_stats=1"]
        with open(into / "log", "w") as log:
            codes[name] = subprocess.run(command, cwd=ROOT, stderr=log, stdout=log).returncode
    return codes


def main() -> int:
    """Run a campaign and print its figures; the exit code says whether all went well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--guided", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--attack", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.attack:
        name, first, last, seed, folder = arguments.attack
        attack(name, int(first), int(last), int(seed), Path(folder))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    if arguments.guided:
        codes = guided(arguments.guided, folder)
        print(f"exit codes: {json.dumps(codes)}; logs and inputs are in {folder}")
        return any(codes.values())
    results = campaign(arguments.inputs, arguments.seed, folder)
    print(f"{'loader':8} {'inputs':>8} {'refused':>8} {'loaded':>8} {'found':>6} {'s':>6}")
    for name, result in results.items():
        refused = result["inputs"] - result["loaded"] - len(result["findings"])
        print(
            f"{name:8} {result['inputs']:8} {refused:8} {result['loaded']:8} "
            f"{len(result['findings']):6} {result['seconds']:6.0f}"
        )
    for name, result in results.items():
        kinds = {finding.strip().rpartition("\n")[2]: finding for finding in result["findings"]}
        for last_line, finding in list(kinds.items())[:10]:
            print(f"\n{name}, in {folder / name}, one of this kind, {last_line:.200}:\n{finding}")
    found = any(result["findings"] for result in results.values())
    if not found:
        shutil.rmtree(folder)
    return found


if __name__ == "__main__":
    sys.exit(main())
