"""Write the numbers that the benchmarks saved into docs/benchmarks.md.

    python -m benchmarks.document [--results build/benchmarks] [--page docs/benchmarks.md]

The page is written by hand, but for what stands between the marks of a section,

    <!-- steps -->
    <!-- /steps -->

which this program replaces, for each section whose numbers are there; the others stay as they are.
A chapter that may lack its numbers is such a section as a whole, so that no page has an empty one.
"""

import argparse
import re
from pathlib import Path
from statistics import median

from benchmarks import busy, charts, compile_time, epochs, growth, memory, report, results
from benchmarks.architectures import ARCHITECTURES
from benchmarks.rounds import Skipped, Timing
from benchmarks.workloads import EPOCH, PREDICTION, STEP, WORKLOADS

RESULTS = Path("build/benchmarks")
PAGE = Path("docs/benchmarks.md")
STEPS_CHART = "benchmarks-steps.svg"
GROWTH_CHART = "benchmarks-growth.svg"
COMPILED = ("ours_native", "ours_compiled_numpy")


def main():
    arguments = parse_arguments()
    sections = {}
    for name, write in WRITERS.items():
        if numbers := results.load(arguments.results / f"{name}.json"):
            sections |= write(numbers, arguments.page.parent)
    page = arguments.page.read_text()
    for name, text in sections.items():
        page = replaced(page, name, text)
    arguments.page.write_text(page)
    print(f"wrote {', '.join(sections) or 'nothing'} into {arguments.page}")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.document")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER")
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE")
    return parser.parse_args()


def replaced(page, name, text):
    """The page with `text` between the marks of section `name`; KeyError if there are none."""
    marks = f"<!-- {name} -->", f"<!-- /{name} -->"
    pattern = re.compile(f"{re.escape(marks[0])}.*?{re.escape(marks[1])}", re.DOTALL)
    if not pattern.search(page):
        raise KeyError(f"the page has no {marks[0]} ... {marks[1]}")
    return pattern.sub(lambda _: f"{marks[0]}\n{text.strip()}\n{marks[1]}", page)


def steps(numbers, folder):
    """Sections of `python -m benchmarks.run`."""
    timings, skipped = measured(numbers, WORKLOADS)
    tasks = {
        task: [timing for timing in timings if WORKLOADS[timing.workload].task == task]
        for task in (STEP, PREDICTION, EPOCH)
    }
    sections = architectures(numbers)
    if timings:
        sections["machine"] = machine(numbers, timings)
        sections["workloads"] = workloads_table(timings)
        sections["skipped"] = (
            chapter("Not measured", report.skipped_list(skipped)) if skipped else ""
        )
    if tasks[STEP]:
        sections["steps"] = training_steps(tasks[STEP], folder)
    if tasks[PREDICTION]:
        sections["predictions"] = report.times_table(tasks[PREDICTION])
    if tasks[EPOCH]:
        sections["epochs"] = report.times_table(tasks[EPOCH], unit=1e-3)
    return sections


def training_steps(timings, folder):
    charts.steps_chart(timings, folder / STEPS_CHART)
    picture = f"![Every contender at every workload]({STEPS_CHART})"
    return paragraphs(picture, report.times_table(timings), *ratios(timings))


def measured(numbers, workloads):
    """(Timings, Skipped) of some of the workloads."""
    timings = report.ordered([Timing(**entry) for entry in numbers["timings"]])
    skipped = [Skipped(**entry) for entry in numbers["skipped"]]
    return [x for x in timings if x.workload in workloads], [
        x for x in skipped if x.workload in workloads
    ]


def paragraphs(*texts):
    return "\n\n".join(texts)


def chapter(title, *texts):
    return paragraphs(f"## {title}", *texts)


def machine(numbers, timings):
    versions = report.unique(f"{timing.title}: {timing.version}" for timing in timings)
    listed = "\n".join(f"- {version}" for version in versions)
    return f"{numbers['machine']} {numbers['date']}, {numbers['rounds']} rounds.\n\n{listed}"


def workloads_table(timings):
    rows = [
        [name, described(WORKLOADS[name])]
        for name in report.unique(timing.workload for timing in timings)
    ]
    return report.table(["workload", "what is computed"], rows, left=2)


def described(workload):
    """The workload in a line."""
    widths = "-".join(map(str, workload.sizes))
    if len(workload.sizes) > 6:
        inner = len(workload.sizes) - 2
        widths = f"{workload.sizes[0]}-({workload.sizes[1]} x {inner})-{workload.sizes[-1]}"
    if workload.task == PREDICTION:
        rows = "1 row" if workload.batch == 1 else f"{workload.batch:,} rows"
        return f"{widths}, logits of {rows}"
    text = f"{widths}, batch {workload.batch}, {workload.loss}, {workload.optimizer}"
    return text if workload.task == STEP else f"an epoch of `fit`: {text}, {workload.rows:,} rows"


def ratios(timings):
    """Tables of times in units of our compiled steps."""
    for name, title in report.ours(timings).items():
        if name in COMPILED:
            yield f"Times relative to *{title}*:"
            yield report.ratios_table(timings, name)


def whole_epochs(numbers, _folder):
    timings = [Timing(**entry) for entry in numbers["timings"]]
    text = paragraphs(
        "Microseconds a step, medians of the rounds: of `fit` with accuracy on shuffled rows, of "
        "`evaluate` with accuracy and of `predict` on 60,000 rows of the mnist network. *The step "
        "alone* is a compiled step without metrics on one batch over and over.",
        epochs.tables(timings),
    )
    return {"epochs-by-step": text}


def memory_peaks(numbers, _folder):
    peaks = [memory.Peak(**entry) for entry in numbers["peaks"]]
    text = chapter(
        "Memory",
        "Megabytes of resident memory beyond the loaded library: parameters, optimizer slots, "
        "batch, activations, gradients, and what the allocator keeps. Each contender in a fresh "
        "process.",
        "While stepping:",
        memory.peaks_table(peaks, "stepping"),
        "At most, building and compiling included:",
        memory.peaks_table(peaks, "building"),
    )
    return {"memory": text}


def first_steps(numbers, _folder):
    entries = [compile_time.FirstStep(**entry) for entry in numbers["first_steps"]]
    text = chapter(
        "Time to the first step",
        "Seconds from imported libraries to the end of the first step.",
        "With empty caches:",
        compile_time.seconds_table(entries, "cold"),
        "In a second process, with the caches of the first:",
        compile_time.seconds_table(entries, "cached"),
    )
    return {"compile-time": text}


def growth_curves(numbers, folder):
    points = [growth.Point(**entry) for entry in numbers["points"]]
    if not points:
        return {}
    labels = {name: curve.axis for name, curve in growth.CURVES.items()}
    charts.growth_chart(points, labels, folder / GROWTH_CHART)
    absent = [axis for name, axis in labels.items() if name not in {x.curve for x in points}]
    text = chapter(
        "Growth",
        "Batch and width grow the digits network, depth stacks layers of 16, and the graph is a "
        "chain of scalar operations, recorded and differentiated. A line ends where its contender "
        f"fails, needs more than {growth.PATIENCE_SECONDS} s to compile, or takes more than "
        f"{growth.GIVE_UP_SECONDS} s for a step. Both axes are logarithmic.",
        f"![Time by batch, width, depth and graph size]({GROWTH_CHART})",
        *([f"Not measured: {', '.join(absent)}."] if absent else []),
    )
    return {"growth": text}


def imports(numbers, _folder):
    seconds = numbers["seconds"]
    rows = [[package, f"{1e3 * median(seconds[package]):.0f}"] for package in seconds]
    return {"imports": chapter("Imports", report.table(["import", "ms, NumPy included"], rows))}


def chain(numbers, _folder):
    rows = [
        [entry["what"], f"{entry['seconds']:.2f}", f"{entry['megabytes']:+.1f}"]
        for entry in numbers["parts"]
    ]
    text = chapter(
        "Depth and leaks",
        "With the cyclic garbage collector off, so that a cycle would show as memory that is not "
        "freed:",
        report.table(["", "seconds", "MB more than before"], rows),
    )
    return {"chain": text}


def architectures(numbers):
    timings, skipped = measured(numbers, ARCHITECTURES)
    if not timings:
        return {}
    rows = [
        [name, ARCHITECTURES[name].describe()]
        for name in report.unique(timing.workload for timing in timings)
    ]
    return {
        "architectures": chapter(
            "Convolution, recurrence, attention",
            "One training step, float32, in milliseconds; medians of the rounds. The limit is the "
            "matrix products alone, of convolutions those of their windows, of attention NumPy's "
            "products of many matrices, which native code can undercut. On one core the time is "
            "that in which the process computed, so that other work on the machine does not count.",
            machine(numbers, timings),
            report.table(["workload", "what is computed"], rows, left=2),
            report.times_table(timings, unit=1e-3),
            *ratios(timings),
            *([report.skipped_list(skipped)] if skipped else []),
        )
    }


def beside_others(numbers, _folder):
    found = [busy.Busy(**entry) for entry in numbers["busy"]]
    timings = report.ordered([Timing(**entry) for beside in found for entry in beside.timings])
    text = chapter(
        "On a busy machine",
        "One training step, in microseconds, while other processes on the same cores compute "
        "without end. Means, since a step that waits for a time slice takes as long as it takes; "
        "the contenders take turns, and are idle meanwhile.",
        machine(numbers, timings),
        busy.means_table(found),
    )
    return {"busy": text}


WRITERS = {  # name of the file -> (its numbers, the page's folder) -> sections
    "steps": steps,
    "epochs": whole_epochs,
    "busy": beside_others,
    "memory": memory_peaks,
    "compile_time": first_steps,
    "growth": growth_curves,
    "import_time": imports,
    "chain": chain,
}


if __name__ == "__main__":
    main()
