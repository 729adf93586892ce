"""A failing program made as small as it can be while it still fails."""

import dataclasses

import numpy as np

from oracle.generate import is_smooth
from oracle.operations import TABLE
from oracle.program import Program, Step, evaluate


def shrink(program, fails):
    """The smallest program found that fails, too, and is smooth.

    Args:
        program: one that fails.
        fails: ``fails(program)`` says whether another one does.
    """
    while True:
        for candidate in _smaller(program):
            if is_smooth(candidate) and fails(candidate):
                program = candidate
                break
        else:
            return program


def _smaller(program):
    """Simpler programs, the simplest first."""
    yield from _up_to_one_value(program)
    yield from _cut_in_two(program)
    yield from _one_step_left_out(program)
    yield from _smaller_shapes(program)
    yield from _rounder_numbers(program)


def _up_to_one_value(program):
    """An earlier value is the only result."""
    start = len(program.inputs)
    for last in range(start, start + len(program.steps)):
        candidate = _keep(program, {last})
        if len(candidate.steps) < len(program.steps):
            yield candidate


def _cut_in_two(program):
    """A value becomes an input, and what it was computed from is left out."""
    values = _values(program)
    start = len(program.inputs)
    for cut in range(start + len(program.steps) - 1, start - 1, -1):
        if cut not in program.unused:
            yield _keep(program, set(program.unused), {cut: values[cut]})


def _one_step_left_out(program):
    """An operand takes the place of a result of its shape."""
    values = _values(program)
    start = len(program.inputs)
    for i, step in enumerate(program.steps, start):
        for operand in step.operands:
            if values[operand].shape == values[i].shape:
                results = {operand if j == i else j for j in program.unused}
                steps = [
                    dataclasses.replace(
                        other, operands=tuple(operand if j == i else j for j in other.operands)
                    )
                    for other in program.steps
                ]
                yield _keep(Program(program.inputs, tuple(steps)), results)


def _smaller_shapes(program):
    """One index less along an axis of an input."""
    for i, x in enumerate(program.inputs):
        for axis, length in enumerate(x.shape):
            for n in {1, length - 1}:
                if 0 < n < length:
                    yield _with_input(program, i, x.take(range(n), axis=axis))


def _rounder_numbers(program):
    for i, x in enumerate(program.inputs):
        for rounded in (np.ones_like(x), np.rint(x), x.round(1), x.round(3)):
            if not np.array_equal(rounded, x) and _is_rounder(rounded, x):
                yield _with_input(program, i, rounded)


def _is_rounder(a, b):
    return len(np.array2string(a)) < len(np.array2string(b))


def _with_input(program, i, x):
    inputs = list(program.inputs)
    inputs[i] = x
    return Program(tuple(inputs), program.steps)


def _values(program):
    """All values, in float64; steps that cannot be computed give NaN."""
    return evaluate(
        program,
        program.inputs,
        lambda name, operands, given: np.asarray(TABLE[name].numpy(np, *operands, **given)),
    )


def _keep(program, results, cuts=None):
    """What these results need. Values in `cuts` are inputs."""
    cuts = cuts or {}
    start = len(program.inputs)
    needed, waiting = set(), list(results)
    while waiting:
        i = waiting.pop()
        if i not in needed:
            needed.add(i)
            if i >= start and i not in cuts:
                waiting += program.steps[i - start].operands
    inputs = [i for i in sorted(needed) if i < start or i in cuts]
    steps = [i for i in sorted(needed) if i >= start and i not in cuts]
    number = {old: new for new, old in enumerate(inputs + steps)}
    return Program(
        tuple(cuts[i] if i in cuts else program.inputs[i] for i in inputs),
        tuple(
            Step(s.operation, tuple(number[j] for j in s.operands), s.parameters)
            for s in (program.steps[i - start] for i in steps)
        ),
    )
