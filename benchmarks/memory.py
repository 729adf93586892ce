"""Peak resident memory of a training step: `python -m benchmarks.memory --help` (Linux).

Each contender is measured in a fresh process. It first runs a few steps of the tiny workload, so
that the library, its thread pools and its compiler are loaded: that is the zero. Then it builds the
workload and steps; what comes on top of the zero is the model: its parameters, the optimizer's
slots, the batch, activations and gradients, and the buffers that the allocator keeps.

`building` is the highest that it ever was, a compiler's own memory included; `stepping` the highest
during the steps after the first few.
"""

import argparse
import multiprocessing
from dataclasses import dataclass
from pathlib import Path

from benchmarks import peers, report
from benchmarks.architectures import ARCHITECTURES
from benchmarks.contender import Server, as_skipped
from benchmarks.machine import machine
from benchmarks.results import save
from benchmarks.rounds import Skipped
from benchmarks.workloads import STEP, WORKLOADS

WARM_UP_STEPS = 5
STEPS = 10
DEFAULT_PEERS = [
    "numpy_by_hand",
    "ours",
    "ours_native",
    "ours_compiled_numpy",
    "jax_jit",
    "torch_compile",
    "torch_eager",
]
DEFAULT_WORKLOADS = ["mnist", "mnist2", "wide"]

STATUS = Path("/proc/self/status")
CLEAR_REFS = Path("/proc/self/clear_refs")
RESET_PEAK = "5"


@dataclass
class Peak:
    """Megabytes beyond the loaded library."""

    workload: str
    name: str
    title: str
    role: str
    building: float
    stepping: float


def main():
    arguments = parse_arguments()
    peaks, skipped = [], []
    for workload in arguments.workloads:
        for name in arguments.peers:
            answer = in_a_fresh_process(peak, name, workload)
            if isinstance(answer, Peak):
                peaks.append(answer)
            else:
                skipped.append(Skipped(workload, name, str(answer)))
    peaks = report.ordered(peaks)
    for part in ("stepping", "building"):
        print(f"Megabytes beyond the loaded library, while {part}:\n\n{peaks_table(peaks, part)}\n")
    if skipped:
        print(f"Did not take part:\n\n{report.skipped_list(skipped)}")
    if arguments.save:
        save(arguments.save, machine(), peaks=peaks, skipped=skipped)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    steps = [name for name, workload in WORKLOADS.items() if workload.task == STEP]
    steps += ARCHITECTURES
    parser.add_argument("--workloads", nargs="+", choices=steps, default=DEFAULT_WORKLOADS)
    parser.add_argument("--peers", nargs="+", choices=peers.names(), default=DEFAULT_PEERS)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the numbers here, as JSON")
    return parser.parse_args()


def in_a_fresh_process(function, *arguments):
    """What `function` returns, or the SkippedError that it raises."""
    context = multiprocessing.get_context("spawn")
    connection, other_end = context.Pipe()
    process = context.Process(target=answer_with, args=(other_end, function, arguments))
    process.start()
    other_end.close()
    try:
        return connection.recv()
    except EOFError:
        return peers.SkippedError("its process died")
    finally:
        process.join()


def answer_with(connection, function, arguments):
    try:
        connection.send(function(*arguments))
    except Exception as error:
        connection.send(as_skipped(error))


def peak(name, workload):
    """Run in a fresh process: the contender's Peak."""
    step(Server(name, WORKLOADS["tiny"]), WARM_UP_STEPS)
    zero = megabytes("VmRSS")
    CLEAR_REFS.write_text(RESET_PEAK)
    server = Server(name, (WORKLOADS | ARCHITECTURES)[workload])
    step(server, WARM_UP_STEPS)
    building = megabytes("VmHWM")
    CLEAR_REFS.write_text(RESET_PEAK)
    step(server, STEPS)
    stepping = megabytes("VmHWM")
    title, _, role = server.introduce()
    return Peak(workload, name, title, role, max(building, stepping) - zero, stepping - zero)


def step(server, count):
    for _ in range(count):
        server.subject.step()
        server.subject.loss()  # waits for it, where steps run behind the caller's back


def megabytes(field):
    """A line of the kernel's account of this process, VmRSS (now) or VmHWM (highest)."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"no {field} in {STATUS}")


def peaks_table(peaks, part):
    return report.grid(peaks, lambda peak: report.number(getattr(peak, part)))


if __name__ == "__main__":
    main()
