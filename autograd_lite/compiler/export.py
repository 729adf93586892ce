"""`save`: a program as a Python file that needs NumPy alone, with its arrays beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from autograd_lite.arrays import address_of
from autograd_lite.compiler.engines.numpy_engine import bound
from autograd_lite.compiler.program import FusedLoop, Value
from autograd_lite.compiler.source.numpy_source import NumpySource

RESTORED = '''

def restored(bit_generator, state):
    """A generator in a state that it once had."""
    bit_generator.state = state
    return np.random.Generator(bit_generator)

'''

LOADING = """

# The arrays as they were when this file was written; what step changes, it changes in place.
with np.load(Path(__file__).with_suffix(".npz")) as file:
    arrays = dict(file)
"""


def save(source: NumpySource, path: Any) -> None:
    """Write a program's source to `path`, and the arrays that it works on to a ".npz" beside it.

    The file has a function ``step``, called as the program.

    Raises:
        ValueError: if the path does not end with ".py"; if the program uses a function that is
            neither NumPy's nor ours.
    """
    if source.standalone is not None:
        raise ValueError(
            f"this program cannot be a file that needs NumPy alone: {source.standalone}"
        )
    kept = _Arrays()
    lines = [f"{name} = {kept.expression(thing, name)}" for name, thing in source.bindings]
    given = ", ".join(name for name, _ in source.bindings)
    head, _, rest = source.text.partition("import numpy as np\n")
    text = f"{head}from pathlib import Path\n\nimport numpy as np\n{rest}{LOADING}"
    if any(isinstance(thing, np.random.Generator) for _, thing in source.bindings):
        text += RESTORED
    text += "".join(f'{name} = arrays["{name}"]\n' for name in kept.arrays)
    text += "\n".join([*lines, "", f"step = make({given})", ""])
    write_files(path, text, kept.arrays)


def write_files(path: Any, text: str, arrays: dict[str, Any]) -> None:
    """Write a Python file and its arrays, each whole or not at all.

    Raises:
        ValueError: if the path does not end with ".py".
    """
    target = Path(path)
    if target.suffix != ".py":
        raise ValueError(f"a program is written as a Python file: {target.with_suffix('.py')}")
    written = target.with_suffix(".npz.tmp")
    with written.open("wb") as file:
        np.savez(file, **arrays)
    os.replace(written, target.with_suffix(".npz"))
    written = target.with_suffix(".py.tmp")
    written.write_text(text, encoding="utf-8")
    os.replace(written, target)


class _Arrays:
    """The arrays of a program: those that share memory are parts of one, and stay so."""

    def __init__(self) -> None:
        self.arrays: dict[str, Any] = {}
        self._names: dict[int, str] = {}

    def expression(self, thing: Any, name: str) -> str:
        """A binding as an expression in the file."""
        if isinstance(thing, FusedLoop):
            rows = (
                "(" + ", ".join(self._part(x, f"{name}_column") for x in block) + ",),"
                for block in thing.blocks
            )
            return "[\n" + "".join(f"    {row}\n" for row in rows) + "]"
        if isinstance(thing, np.random.Generator):
            kind = type(thing.bit_generator).__name__
            return f"restored(np.random.{kind}(), {thing.bit_generator.state!r})"
        return self._part(bound(thing) if isinstance(thing, Value) else thing, name)

    def _part(self, array: Any, name: str) -> str:
        base = array.base
        if base is None or base.ndim != 1 or not array.flags.c_contiguous:
            return self._whole(array, name)
        start = (address_of(array) - address_of(base)) // array.itemsize
        part = f"{self._whole(base, 'memory')}[{start}:{start + array.size}]"
        return part if array.ndim == 1 else f"{part}.reshape({array.shape})"

    def _whole(self, array: Any, wanted: str) -> str:
        name = self._names.get(id(array))
        if name is None:
            name, number = f"array_{wanted}", 1
            while name in self.arrays:
                number += 1
                name = f"array_{wanted}_{number}"
            self._names[id(array)] = name
            self.arrays[name] = array
        return name
