"""The time of each line of a program's NumPy source."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler.engines.numpy_engine import Engine
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source.writer import INDENT, Line


def line_times(engine: Engine, given: tuple[Any, ...], repeat: int) -> list[tuple[str, float]]:
    """The lines, each with the least of `repeat` times in microseconds, slowest first.

    A clock is read between the lines of a copy of the program, which costs some 0.1 us a line.
    """
    timed = statement_times(engine, given, repeat)
    return sorted(((text, 1e6 * least) for text, _, least in timed), key=lambda pair: -pair[1])


def statement_times(
    engine: Engine,
    given: Sequence[Any],
    repeat: int,
    shared: bool = True,
    before: Callable[[], object] = lambda: None,
) -> list[tuple[str, Value | None, float]]:
    """The statements in order: the first line, what it computes, the least of its times in seconds.

    Args:
        engine: of the program.
        given: all of its arguments.
        repeat: the number of runs.
        shared: whether threads share large products, as when the engine runs.
        before: called before each run.

    Raises:
        ValueError: if the program stops at its guard: a loss, or a gradient, is not finite.
    """
    head, _, body = engine.numpy.text.partition(f"{INDENT}def step(")
    statements = _statements(engine.numpy.lines)
    timed = [f"{INDENT}def step({body.splitlines()[0]}", "times = []", "began = clock()"]
    for lines in statements:
        timed += [line.text for line in lines]
        timed.append("times.append(clock() - began); began = clock()")
    inside = [f"{INDENT * 2}{line}" for line in [*timed[1:], "return times"]]
    text = "\n".join([head, timed[0], *inside, f"{INDENT}return step"])
    with engine.stepping(text, shared, clock=time.perf_counter) as step:
        runs = []
        for _ in range(repeat):
            before()
            runs.append(step(*given))
    if not all(isinstance(run, list) for run in runs):
        raise ValueError(
            "the loss or a gradient is not finite, and the program stops before it changes "
            "anything: there is no whole step to time. Look for the cause with ag.detect_anomaly()"
        )
    heads = [(lines[0].text, _computed(lines)) for lines in statements]
    least = [min(times) for times in zip(*runs, strict=True)]
    return [(*head, seconds) for head, seconds in zip(heads, least, strict=True)]


def _statements(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of each statement; what is indented belongs to the one before."""
    found: list[list[Line]] = []
    for line in lines:
        if line.text.startswith(" "):
            found[-1].append(line)
        elif line.text and not line.text.startswith(("#", "return ")):
            found.append([line])
    return found


def _computed(lines: Sequence[Line]) -> Value | None:
    return next((line.value for line in lines if line.value is not None), None)
