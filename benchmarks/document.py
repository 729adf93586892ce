"""Write the numbers that the benchmarks saved into docs/benchmarks.md.

    python -m benchmarks.document [--results build/benchmarks] [--page docs/benchmarks.md]

Words are written by hand, in the page itself. Between the marks of a section,

    <!-- steps -->
    <!-- /steps -->

stands what this program wrote last; it replaces that, for each section whose numbers are there.
"""

import argparse
import re
from pathlib import Path
from statistics import median

from benchmarks import asked, charts, compile_time, growth, memory, report, results
from benchmarks.rounds import Skipped, Timing
from benchmarks.workloads import EPOCH, PREDICTION, STEP, WORKLOADS

RESULTS = Path("build/benchmarks")
PAGE = Path("docs/benchmarks.md")
STEPS_CHART = "benchmarks-steps.svg"
GROWTH_CHART = "benchmarks-growth.svg"


def main():
    arguments = parse_arguments()
    sections = {}
    asks = []
    for name, write in WRITERS.items():
        if numbers := results.load(arguments.results / f"{name}.json"):
            written, rows = write(numbers, arguments.page.parent)
            sections |= written
            asks += rows
    sections["asked"] = asked.table(asks)
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
    """Sections and asked rows of `python -m benchmarks.run`."""
    timings = report.ordered([Timing(**entry) for entry in numbers["timings"]])
    skipped = [Skipped(**entry) for entry in numbers["skipped"]]
    tasks = {
        task: [timing for timing in timings if WORKLOADS[timing.workload].task == task]
        for task in (STEP, PREDICTION, EPOCH)
    }
    charts.steps_chart(tasks[STEP], folder / STEPS_CHART)
    times = [
        f"![Every contender at every workload]({STEPS_CHART})",
        report.times_table(tasks[STEP]),
    ]
    sections = {
        "machine": machine(numbers, timings),
        "workloads": workloads_table(timings),
        "steps": paragraphs(*times, *ratios(tasks[STEP])),
        "predictions": report.times_table(tasks[PREDICTION]),
        "epochs": report.times_table(tasks[EPOCH], unit=1e-3),
        "skipped": report.skipped_list(skipped) or "Everyone took part.",
    }
    return sections, asked.rows_of_timings(timings, WORKLOADS)


def paragraphs(*texts):
    return "\n\n".join(texts)


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
        if name in (asked.NUMBA, asked.NUMPY):
            yield f"Times as long as *{title}*:"
            yield report.ratios_table(timings, name)


def memory_peaks(numbers, _folder):
    peaks = [memory.Peak(**entry) for entry in numbers["peaks"]]
    text = paragraphs(
        "While stepping:",
        memory.peaks_table(peaks, "stepping"),
        "At most, building and compiling included:",
        memory.peaks_table(peaks, "building"),
    )
    return {"memory": text}, asked.rows_of_peaks(peaks)


def first_steps(numbers, _folder):
    entries = [compile_time.FirstStep(**entry) for entry in numbers["first_steps"]]
    text = paragraphs(
        "With empty caches:",
        compile_time.seconds_table(entries, "cold"),
        "In a second process, with the caches of the first:",
        compile_time.seconds_table(entries, "cached"),
    )
    return {"compile-time": text}, asked.rows_of_first_steps(entries)


def growth_curves(numbers, folder):
    points = [growth.Point(**entry) for entry in numbers["points"]]
    labels = {name: curve.axis for name, curve in growth.CURVES.items()}
    charts.growth_chart(points, labels, folder / GROWTH_CHART)
    return {"growth": f"![Time by batch, width, depth and graph size]({GROWTH_CHART})"}, []


def imports(numbers, _folder):
    seconds = numbers["seconds"]
    rows = [[package, f"{1e3 * median(seconds[package]):.0f}"] for package in seconds]
    text = report.table(["import", "ms, NumPy included"], rows)
    return {"imports": text}, asked.rows_of_imports(seconds)


def chain(numbers, _folder):
    rows = [
        [entry["what"], f"{entry['seconds']:.2f}", f"{entry['megabytes']:+.1f}"]
        for entry in numbers["parts"]
    ]
    return {"chain": report.table(["", "seconds", "MB more than before"], rows)}, []


WRITERS = {  # name of the file -> (its numbers, the page's folder) -> (sections, asked rows)
    "steps": steps,
    "memory": memory_peaks,
    "compile_time": first_steps,
    "growth": growth_curves,
    "import_time": imports,
    "chain": chain,
}


if __name__ == "__main__":
    main()
