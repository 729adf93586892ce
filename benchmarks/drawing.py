"""Drawing to SVG, beside Graphviz: `python -m benchmarks.drawing [--save FILE]`.

Residual networks of growing size. "all" draws every node, with values and gradients; "closed" is
what `ag.draw` does by itself, 200 boxes at most. `dot` gets the DOT source of "all" and draws it in
a process of its own; what it takes longer than GIVE_UP_SECONDS for is not drawn again. Reading the
graph, with all its gradients, is timed apart: it is the same for all.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

import autograd_lite as ag
from autograd_lite.visualize import Drawing
from benchmarks.machine import machine, warn_if_busy
from benchmarks.report import MISSING, table
from benchmarks.results import save

SIZES = (14, 500, 2_000, 20_000)
ROUNDS = 5
GIVE_UP_SECONDS = 60.0
EVERYTHING = 1_000_000
HEADER = ["nodes", "ag.graph ms", "all ms", "closed ms", "boxes", "dot ms", "SVG kB"]


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drawing")
    parser.add_argument("--save", type=Path, metavar="FILE")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    arguments = parser.parse_args()
    warn_if_busy()
    rows = [measured(size) for size in arguments.sizes]
    print(table(HEADER, rows, left=0))
    if shutil.which("dot") is None:
        print("dot did not take part: it is not installed", file=sys.stderr)
    if arguments.save:
        save(arguments.save, machine(), header=HEADER, rows=rows)


def measured(size):
    """A row: the medians in milliseconds."""
    J = residual_network(size)
    graph, reading = timed(lambda: ag.graph(J))
    whole, all_of_it = timed(lambda: drawn(graph, limit=EVERYTHING))
    closed, by_itself = timed(lambda: drawn(graph))
    times = [milliseconds(seconds) for seconds in (reading, all_of_it, by_itself)]
    boxes = f"{len(closed.picture.boxes)}"
    size = f"{len(whole.svg.encode()) / 1e3:,.0f}"
    return [f"{len(graph.nodes):,}", *times, boxes, time_of_dot(whole.dot), size]


def residual_network(nodes):
    """Blocks of a matrix product, a bias and a tanh, with an arrow past every third of them."""
    rng = np.random.default_rng(0)
    h = ag.Tensor(rng.normal(size=(8, 16)), name="x")
    count, block = 3, 0
    while count + 6 <= nodes:
        with ag.scope(f"block_{block}"):
            kernel = ag.Tensor(rng.normal(0, 0.2, (16, 16)), requires_grad=True, name="kernel")
            bias = ag.Tensor(np.zeros(16), requires_grad=True, name="bias")
            passing = block % 3 == 2
            change = np.tanh(h @ kernel + bias)
            h = h + change if passing else change
        count += 6 if passing else 5
        block += 1
    return np.mean(h * h)


def drawn(graph, **choices):
    drawing = Drawing(graph, **choices)
    drawing.svg  # noqa: B018 - it is made when it is asked for
    return drawing


def timed(function):
    """The result, and the median of the seconds that it took."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - start)
    return result, median(seconds)


def time_of_dot(source):
    """The median of the times that `dot` takes, as a cell of the table."""
    if shutil.which("dot") is None:
        return MISSING
    seconds = []
    while len(seconds) < ROUNDS and sum(seconds) < GIVE_UP_SECONDS:
        start = time.perf_counter()
        try:
            subprocess.run(
                ["dot", "-Tsvg"],
                input=source.encode(),
                capture_output=True,
                timeout=GIVE_UP_SECONDS,
                check=True,
            )
        except subprocess.TimeoutExpired:
            return f"> {1e3 * GIVE_UP_SECONDS:,.0f}"
        except subprocess.CalledProcessError:
            return "fails"
        seconds.append(time.perf_counter() - start)
    return milliseconds(median(seconds))


def milliseconds(seconds):
    return f"{1e3 * seconds:,.1f}"


if __name__ == "__main__":
    main()
