"""What this project asks of itself, and whether a run's numbers meet it."""

from dataclasses import dataclass
from statistics import median

from benchmarks import report
from benchmarks.peers import PEER

EAGER, NUMBA, NUMPY = "ours", "ours_compiled_numba", "ours_compiled_numpy"
TORCH, JAX, KERAS = "torch_eager", "jax_jit", "keras_jax"
LIMIT, BY_HAND = "limit", "numpy_by_hand"
EVERY_PEER = "every peer"


@dataclass(frozen=True)
class AtLeast:
    """`peer` takes at least `factor` times as long as ours."""

    workload: str
    ours: str
    peer: str
    factor: float

    def words(self, title):
        return f"{title} / ours ≥ {self.factor:g}"

    def measured(self, mine, other):
        return report.ratio(other, mine)

    def met(self, value):
        return value >= self.factor


@dataclass(frozen=True)
class AtMost:
    """Ours takes at most `factor` times as long as `peer`."""

    workload: str
    ours: str
    peer: str
    factor: float

    def words(self, title):
        return f"ours / {title} ≤ {self.factor:g}"

    def measured(self, mine, other):
        return report.ratio(mine, other)

    def met(self, value):
        return value <= self.factor


RATIOS = [
    AtLeast("tiny", NUMBA, JAX, 4),
    AtLeast("tiny", NUMBA, TORCH, 30),
    AtLeast("tiny", NUMPY, JAX, 1),
    AtLeast("tiny", NUMPY, TORCH, 6),
    AtLeast("tiny", EAGER, TORCH, 1),
    AtLeast("digits", NUMBA, JAX, 3),
    AtLeast("digits", NUMBA, TORCH, 15),
    AtLeast("digits", NUMPY, JAX, 0.9),
    AtLeast("digits", NUMPY, TORCH, 4),
    AtLeast("digits", EAGER, TORCH, 1),
    AtMost("digits", EAGER, BY_HAND, 2.5),
    AtLeast("mnist", NUMBA, JAX, 1.3),
    AtLeast("mnist", NUMBA, TORCH, 2),
    AtMost("mnist", NUMBA, LIMIT, 1.35),
    AtLeast("mnist", NUMPY, TORCH, 1),
    AtMost("mnist", EAGER, BY_HAND, 1.5),
    AtLeast("mnist2", NUMBA, JAX, 1.2),
    AtLeast("mnist2", NUMBA, TORCH, 1.5),
    AtMost("mnist2", NUMBA, LIMIT, 1.25),
    AtLeast("mnist2", NUMPY, TORCH, 1),
    AtLeast("wide", NUMBA, JAX, 1),
    AtLeast("wide", NUMBA, TORCH, 1),
    AtMost("wide", NUMBA, LIMIT, 1.10),
    AtMost("wide", NUMPY, TORCH, 1.25),
    AtLeast("logistic", NUMBA, EVERY_PEER, 1),
    AtLeast("logistic", NUMPY, TORCH, 1),
    AtLeast("mlp20", NUMBA, EVERY_PEER, 1),
    AtLeast("mlp20", NUMPY, TORCH, 1),
    AtLeast("fit_mnist", NUMBA, KERAS, 1.5),
    AtLeast("fit_mnist", NUMPY, KERAS, 1),
]

MICROSECONDS = {("predict_1", NUMBA): 10, ("predict_1", NUMPY): 25}

# A whole `fit` against its steps alone: what gathering batches, metrics and progress may add.
EPOCH_PER_STEP = {("fit_tiny", "tiny"): 4, ("fit_mnist2", "mnist2"): 1.05}

FIRST_STEP_SECONDS = {
    ("mnist2", NUMBA, "cold"): 3,
    ("mnist2", NUMBA, "cached"): 0.3,
    ("mnist2", NUMPY, "cold"): 0.05,
}

IMPORT_MILLISECONDS = {"autograd_lite": 60, "nn": 100}  # beyond NumPy's own

HEADER = ["", "", "asked", "measured", ""]


def table(rows):
    return report.table(HEADER, rows, left=3)


def row(where, title, asked, measured, met):
    return [where, title, asked, measured, "yes" if met else "**missed**"]


def rows_of_timings(timings, workloads):
    """Rows for what `python -m benchmarks.run` measured; `workloads` by name."""
    found = {(timing.workload, timing.name): timing for timing in timings}
    yield from rows_of_ratios(timings, found)
    for (workload, name), most in MICROSECONDS.items():
        if timing := found.get((workload, name)):
            value = 1e6 * median(timing.rounds)
            asked, measured = f"≤ {most} us", f"{report.number(value)} us"
            yield row(workload, timing.title, asked, measured, value <= most)
    for (epoch, step), most in EPOCH_PER_STEP.items():
        for name in (NUMBA, NUMPY):
            if (whole := found.get((epoch, name))) and (alone := found.get((step, name))):
                value = report.ratio(whole, alone) / workloads[epoch].batches
                asked = f"fit / its steps alone ≤ {most:g}"
                yield row(epoch, whole.title, asked, report.factor(value), value <= most)


def rows_of_ratios(timings, found):
    for ask in RATIOS:
        mine = found.get((ask.workload, ask.ours))
        other = found.get((ask.workload, ask.peer))
        if mine and ask.peer == EVERY_PEER:
            other = closest_peer(timings, mine)
        if mine and other:
            value = ask.measured(mine, other)
            asked, measured = ask.words(other.title), report.factor(value)
            yield row(ask.workload, mine.title, asked, measured, ask.met(value))


def closest_peer(timings, mine):
    """The peer that is fastest beside ours, or None."""
    rivals = [t for t in timings if t.workload == mine.workload and t.role == PEER]
    return min(rivals, key=lambda rival: report.ratio(rival, mine), default=None)


def rows_of_first_steps(first_steps):
    """Rows for what `python -m benchmarks.compile_time` measured."""
    found = {(entry.workload, entry.name): entry for entry in first_steps}
    for (workload, name, part), most in FIRST_STEP_SECONDS.items():
        if entry := found.get((workload, name)):
            value = median(getattr(entry, part))
            asked, measured = f"first step, {part}, ≤ {most:g} s", f"{value:.2f} s"
            yield row(workload, entry.title, asked, measured, value <= most)


def rows_of_peaks(peaks):
    """Rows for what `python -m benchmarks.memory` measured."""
    found = {(peak.workload, peak.name): peak for peak in peaks}
    for (workload, name), peak in found.items():
        torch = found.get((workload, TORCH))
        if torch and name in (NUMBA, NUMPY):
            asked = f"memory ≤ {torch.title}'s {report.number(torch.stepping)} MB"
            measured = f"{report.number(peak.stepping)} MB"
            yield row(workload, peak.title, asked, measured, peak.stepping <= torch.stepping)


def rows_of_imports(seconds):
    """Rows for what `python -m benchmarks.import_time` measured: a list of seconds a package."""
    for package, most in IMPORT_MILLISECONDS.items():
        if package in seconds:
            differences = zip(seconds[package], seconds["numpy"], strict=True)
            value = 1e3 * median(mine - numpy for mine, numpy in differences)
            asked, measured = f"≤ {most} ms beyond NumPy", f"{value:.0f} ms"
            yield row(f"import {package}", "", asked, measured, value <= most)
