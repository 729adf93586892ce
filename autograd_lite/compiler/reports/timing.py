"""The time of each line of a program's NumPy source."""

from __future__ import annotations

import time
from typing import Any

from autograd_lite.compiler.engines.numpy_engine import bound
from autograd_lite.compiler.source.numpy_source import NumpySource
from autograd_lite.compiler.source.writer import INDENT

__all__ = ["line_times"]


def line_times(source: NumpySource, given: tuple[Any, ...], repeat: int) -> list[tuple[str, float]]:
    """The lines, each with the least of `repeat` times in microseconds, slowest first.

    A clock is read between the lines of a copy of the program, which costs some 0.1 us a line.
    """
    head, _, body = source.text.partition(f"{INDENT}def step(")
    first, *lines = body.splitlines()
    margin = INDENT * 2
    timed = [f"{INDENT}def step({first}", f"{margin}times = []", f"{margin}began = clock()"]
    texts: list[str] = []
    for line in lines:
        whole = line.startswith(margin) and not line.startswith(margin + " ")
        if whole and line.strip().startswith("return"):
            timed.append(f"{margin}return times")
            break
        timed.append(line)
        text = line.strip()
        if not whole or not text or text.startswith("#") or text.endswith(":"):
            if text.startswith("return"):
                timed[-1] = line.replace(text, "return times")
            if line.startswith(margin + " ") and texts:
                timed[-1:] = [line]
            continue
        timed.append(f"{margin}times.append((clock() - began) * 1e6); began = clock()")
        texts.append(text)
    timed.append(f"{INDENT}return step")
    namespace: dict[str, Any] = {"clock": time.perf_counter}
    exec(compile(head + "\n".join(timed), "<timed program>", "exec"), namespace)
    step = namespace["make"](*(bound(x) for _, x in source.bindings))
    runs = [step(*given) for _ in range(repeat)]
    best = [min(run[i] for run in runs if len(run) > i) for i in range(min(map(len, runs)))]
    return sorted(zip(texts, best, strict=False), key=lambda pair: -pair[1])
