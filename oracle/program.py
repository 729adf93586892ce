"""A program: inputs, and steps that each apply one operation to values that came before.

Plain data, so that it can be written down as JSON, taken apart by the shrinker, and run by any
library.
"""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Step:
    """One operation: its name in the table, the numbers of its operands, its parameters.

    Values are numbered through: first the inputs, then the results of the steps. Parameters are
    numbers, strings, None and lists of them.
    """

    operation: str
    operands: tuple[int, ...]
    parameters: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Program:
    """Inputs (float64 arrays) and steps."""

    inputs: tuple[np.ndarray, ...]
    steps: tuple[Step, ...]

    @property
    def unused(self):
        """The numbers of the values that no step uses: they make up the result."""
        used = {i for step in self.steps for i in step.operands}
        return [i for i in range(len(self.inputs) + len(self.steps)) if i not in used]

    def to_json(self):
        return {
            "inputs": [{"shape": list(x.shape), "values": x.ravel().tolist()} for x in self.inputs],
            "steps": [[s.operation, list(s.operands), s.parameters] for s in self.steps],
        }

    @classmethod
    def from_json(cls, data):
        inputs = tuple(
            np.array(x["values"], dtype=np.float64).reshape(x["shape"]) for x in data["inputs"]
        )
        steps = tuple(Step(name, tuple(ids), dict(given)) for name, ids, given in data["steps"])
        return cls(inputs, steps)

    def __str__(self):
        """As a person would write it in NumPy."""
        lines = []
        for i, x in enumerate(self.inputs):
            shown = np.array2string(x, separator=", ", precision=17).replace("\n", "")
            lines.append(f"v{i} = np.array({shown})  # {x.shape}")
        for i, step in enumerate(self.steps, len(self.inputs)):
            operands = ", ".join(f"v{j}" for j in step.operands)
            given = "".join(f", {name}={value!r}" for name, value in step.parameters.items())
            lines.append(f"v{i} = {step.operation}({operands}{given})")
        return "\n".join([*lines, f"result: {', '.join(f'v{i}' for i in self.unused)}"])


def evaluate(program, inputs, apply):
    """All values of a program.

    Args:
        program: the program.
        inputs: its inputs, in a library's arrays.
        apply: ``apply(operation, operands, parameters)`` in that library.
    """
    values = list(inputs)
    for step in program.steps:
        operands = [values[i] for i in step.operands]
        values.append(apply(step.operation, operands, step.parameters))
    return values


def weights(shape, salt):
    """Fixed numbers of both signs: what results are weighed with, and directions of products."""
    size = int(np.prod(shape))
    return (np.cos(np.arange(size) * 1.7 + salt) + 0.1).reshape(shape)
