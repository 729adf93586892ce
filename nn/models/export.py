"""`export`: write a model's prediction as one readable Python file that needs only NumPy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite import TracingError
from autograd_lite.extend import (
    Program,
    ShapePolymorphicSource,
    comment_text,
    shape_polymorphic_source,
    trace,
    write_program_files,
)
from nn._core.nest import leaves, map_arrays, map_named
from nn.layers.base import Layer
from nn.training.network import Network

LOADING = 'with np.load(Path(__file__).with_suffix(".npz")) as weights:'
LENGTHS = 3, 5  # of the batches that are traced
TRIED = 1, 4, 17  # rows that the written function is run on


def export(model: Network, path: Any, x: Any = None) -> None:
    """Write the prediction of a model; see `Model.export`.

    Args:
        model: as it is now.
        path: of the file.
        x: a batch of inputs, checked, that the model was called on; None if it was built.
    """
    example = example_of(model) if x is None else x
    try:
        one, other = (traced(model, example, n) for n in LENGTHS)
        found = shape_polymorphic_source(one, other, LENGTHS)
    except TracingError as error:
        raise TracingError(f"{model.name} cannot be exported: {error}") from None
    except ValueError as error:
        raise ValueError(f"{model.name} cannot be exported: {error}") from None
    text = _text(model, found, one, example)
    _require_same(model, text, found.arrays, example)
    write_program_files(path, text, found.arrays)


def example_of(model: Network) -> Any:
    """Return a batch of zeros of the shape that a model was built for.

    Raises:
        RuntimeError: if the model was not built.
    """
    if not model.built:
        raise RuntimeError(
            f"{model.name} has no weights yet, so there is nothing to export. Train it first; or "
            "give a batch of inputs: model.export(path, x)"
        )
    recipe = getattr(model, "_recipe", None)
    if recipe is not None:
        for layer in recipe.inputs:
            _require_lengths(model, layer.declaration)
        return recipe.zeros()
    first = getattr(model, "_input", None)  # of a Sequential
    if first is None:
        assert model._input_shapes is not None
        return _zeros(model._input_shapes[0], _dtype(model))
    _require_lengths(model, first)
    return first.zeros()


def _require_lengths(model: Network, first: Any) -> None:
    if None in first.shape:
        raise ValueError(
            f"{model.name} takes inputs of any length along an axis, Input({first.shape}); a file "
            "is written for one length. Give a batch of that length: model.export(path, x)"
        )


def _zeros(shapes: Any, dtype: Any) -> Any:
    """Return arrays of zeros, in the structure of the shapes."""
    if isinstance(shapes, dict):
        return {name: _zeros(shape, dtype) for name, shape in shapes.items()}
    if shapes and all(n is None or isinstance(n, int) for n in shapes):
        return np.zeros((1, *shapes[1:]), dtype)
    return type(shapes)(_zeros(shape, dtype) for shape in shapes)


def _dtype(model: Layer) -> np.dtype[Any]:
    """Return the dtype of the inputs: integers if a Sequential starts with an Embedding."""
    first = next(iter(model._sublayers()), None)
    if first is not None and first.integer_inputs and hasattr(model, "_stack"):
        return np.dtype(np.int64)
    return model._dtype


def traced(model: Network, example: Any, length: int) -> Program:
    """Trace the model for a batch of that length."""

    def outputs(x: Any) -> Any:
        return list(leaves(model(x, training=False)))

    batch = map_arrays(lambda a: _repeated(a, length), example)
    program = trace(outputs, (batch,), {}, model.name, input_names(batch)).program
    # Conditions on values, such as whole numbers for an Embedding, are no part of the prediction.
    results = [x for x in program.results if x is not program.guard]
    return replace(program, results=results, guard=None)


def _repeated(array: Any, length: int) -> Any:
    """Repeat the first row, with different numbers in each where they are floating.

    Whole numbers may be the indices that a layer takes, and stay.
    """
    rows = np.repeat(array[:1], length, axis=0)
    if rows.dtype.kind == "f" and not (rows.any() and np.all(rows == np.floor(rows))):
        noise = np.random.default_rng(length).normal(size=rows.shape)
        return (rows + noise).astype(rows.dtype)
    return rows


def input_names(x: Any) -> list[str]:
    """Return a name for each input."""
    return [name for name, _ in _named(x)]


def _named(x: Any) -> list[tuple[str, str]]:
    """Name each input in the source, with its expression in terms of the argument."""
    places: list[str] = []
    map_named(lambda _, place: places.append(place), x, "x")
    return [(f"x{_word(place[1:])}" if len(place) > 1 else "x", place) for place in places]


def _word(place: str) -> str:
    return "_" + "_".join(
        part for part in "".join(c if c.isalnum() else " " for c in place).split()
    )


def _text(model: Network, found: ShapePolymorphicSource, program: Program, example: Any) -> str:
    """Return the text of the file."""
    names = [value.name for value in program.arguments]
    body = []
    for (_, place), value in zip(_named(example), program.arguments, strict=True):
        kind = "" if value.dtype.kind != "f" else f", np.{value.dtype.name}"
        body.append(f"{value.name} = np.asarray({place}{kind})")
    if found.uses_rows:
        body.append(f"rows = len({names[0]})")
    body += found.lines
    body.append(f"return {_returned(model, found.results)}")
    loaded = [f'    {name} = weights["{name}"]  # {a.shape}' for name, a in found.arrays.items()]
    lines = [
        f'"""What the model {comment_text(model.name)} predicts, with NumPy alone."""',
        "",
        *(["import math"] if any("math." in helper for helper in found.helpers) else []),
        "from pathlib import Path",
        "",
        "import numpy as np",
        "",
        LOADING,
        *(loaded or ["    pass"]),
        "",
        "",
        *(line for helper in found.helpers for line in [helper, "", ""]),
        "def predict(x):",
        f'    """{_described(model, example)}"""',
        *(f"    {line}" for line in body),
        "",
    ]
    return "\n".join(lines)


def _described(model: Network, example: Any) -> str:
    """Describe the inputs, and the output if it is one array."""
    parts = [
        f"{comment_text(place)} of shape {_with_rows(array.shape)}"
        for (_, place), array in zip(_named(example), leaves(example), strict=True)
    ]
    shape = model.output_shape
    single = isinstance(shape, tuple) and not any(isinstance(part, tuple) for part in shape)
    found = f"The outputs, of shape {_with_rows(shape)}," if single else "The outputs"
    return f"{found} for {', '.join(parts)}."


def _with_rows(shape: Any) -> str:
    inner = ", ".join(str(n) for n in shape[1:])
    return f"(rows, {inner})" if inner else "(rows,)"


def _returned(model: Network, results: list[str]) -> str:
    """Return the expression of the results, in the model's structure."""
    rest = iter(results)

    def text(shapes: Any) -> str:
        if isinstance(shapes, dict):
            return "{" + ", ".join(f"{k!r}: {text(s)}" for k, s in shapes.items()) + "}"
        if shapes and any(isinstance(s, (tuple, list, dict)) for s in shapes):
            inner = ", ".join(map(text, shapes))
            return (
                f"[{inner}]" if isinstance(shapes, list) else f"({inner}{',' * (len(shapes) == 1)})"
            )
        return next(rest)

    return text(model.output_shape)


def _require_same(model: Network, text: str, arrays: dict[str, Any], example: Any) -> None:
    """Run the written file and compare.

    Raises:
        ValueError: if its results differ from the model's.
    """
    namespace: dict[str, Any] = {"weights": arrays}
    exec(text.replace(LOADING, "if True:"), namespace)
    for length in TRIED:
        batch = map_arrays(lambda a: _repeated(a, length), example)  # noqa: B023 - at once
        expected, got = model(batch, training=False), namespace["predict"](batch)
        for a, b in zip(leaves(expected), leaves(got), strict=True):
            if a.data.shape != b.shape or not np.allclose(a.data, b, rtol=1e-5, equal_nan=True):
                raise ValueError(
                    f"{model.name} cannot be exported: for {length} rows, the exported file gives "
                    "other results. The model has to compute the same for any number of rows"
                )
