"""The Python program that trains the network of the page, with only `nn`."""

from __future__ import annotations

from nn.playground import recipe
from nn.playground.data import FORMULAS
from nn.playground.settings import Settings
from nn.playground.table import Table

DEFAULT_FEATURES = ("x1", "x2")
EPOCHS = 100  # shown as long as the page has trained for none


def code(
    settings: Settings,
    classes: int,
    table: Table | None = None,
    epochs: int = 0,
    notes: tuple[str, ...] = (),
) -> str:
    """Write a program that trains as the page did: the same points, weights and batches.

    Args:
        settings: what the page shows.
        classes: the number of classes in the data.
        table: the CSV file, where the data come from one. The program reads it by its name.
        epochs: how many were trained.
        notes: in what the program differs, as comments.
    """
    last = recipe.objective(settings.loss, classes)
    parts = [
        _imports(settings),
        _data(settings, table),
        _features(settings),
        _targets(classes) if last.one_hot else "",
        _model(settings, last),
        _training(settings, last, epochs or EPOCHS, notes),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _imports(settings: Settings) -> str:
    """Return the imports of the program; NumPy only where it does more than standardize."""
    needs_numpy = settings.data in ("points", "csv") or settings.features != DEFAULT_FEATURES
    needs_numpy |= settings.loss != "crossentropy"  # perhaps for one-hot targets
    lines = ["import csv"] if settings.data == "csv" else []
    if lines:
        lines.append("")
    lines += ["import numpy as np"] if needs_numpy else []
    return "\n".join([*lines, "import nn"])


def _data(settings: Settings, table: Table | None) -> str:
    if settings.data == "points":
        lines = _points(settings)
    elif settings.data == "csv":
        assert table is not None
        lines = [*_file(settings, table), _STANDARDIZED]
    else:
        lines = [f"X, y = {recipe.generator(settings).source}", _STANDARDIZED]
    split = recipe.Call(
        "datasets.train_test_split",
        test_size=settings.test_share,
        seed=settings.seed,
        stratify=True,
    ).source.replace("(", "(\n    X, y, ", 1)
    return "\n".join([*lines, f"X_train, X_test, y_train, y_test = {split[:-1]}\n)"])


_STANDARDIZED = "X = (X - X.mean(axis=0)) / X.std(axis=0)"


def _points(settings: Settings) -> list[str]:
    rows = [f"    [{x1!r}, {x2!r}, {label}]," for x1, x2, label in settings.points]
    return [
        "points = np.array([  # x1, x2, class",
        *rows,
        "])",
        "X = points[:, :2]",
        "_, y = np.unique(points[:, 2].astype(int), return_inverse=True)",
    ]


def _file(settings: Settings, table: Table) -> list[str]:
    first, second, label = settings.columns or (0, 1, table.width - 1)
    delimiter = "" if table.delimiter == "," else f", delimiter={table.delimiter!r}"
    return [
        f'with open({table.name!r}, newline="", encoding="utf-8-sig") as file:',
        f"    rows = [row for row in csv.reader(file{delimiter}) if any(map(str.strip, row))]",
        *(["del rows[0]  # the header"] if table.header else []),
        f"X = np.array([[float(row[{first}]), float(row[{second}])] for row in rows])",
        f"names, y = np.unique([row[{label}].strip() for row in rows], return_inverse=True)",
    ]


def _features(settings: Settings) -> str:
    if settings.features == DEFAULT_FEATURES:
        return ""
    columns = ", ".join(FORMULAS[name][1] for name in settings.features)
    return (
        "def features(X):\n"
        "    x1, x2 = X[:, 0], X[:, 1]\n"
        f"    return np.column_stack([{columns}])\n\n\n"
        "X_train, X_test = features(X_train), features(X_test)"
    )


def _targets(classes: int) -> str:
    identity = f"one_hot = np.eye({classes}, dtype=np.float32)"
    return f"{identity}\ny_train, y_test = one_hot[y_train], one_hot[y_test]"


def _model(settings: Settings, last: recipe.Objective) -> str:
    rows = [f"    {layer.source}," for layer in recipe.layers(settings, last)]
    metric = last.metric.source if isinstance(last.metric, recipe.Call) else f'"{last.metric}"'
    return "\n".join(
        [
            f"nn.set_random_seed({settings.seed})",
            "model = nn.Sequential([",
            *rows,
            "])",
            "model.compile(",
            f"    optimizer={recipe.optimizer(settings).source},",
            f"    loss={last.loss.source},",
            f"    metrics=[{metric}],",
            ")",
        ]
    )


def _training(
    settings: Settings, last: recipe.Objective, epochs: int, notes: tuple[str, ...]
) -> str:
    return "\n".join(
        [
            *(f"# {note}" for note in notes),
            "history = model.fit(",
            "    X_train, y_train,",
            f"    batch_size={settings.batch_size}, epochs={epochs},",
            "    validation_data=(X_test, y_test), verbose=0,",
            ")",
            "print(model.evaluate(X_test, y_test, verbose=0, return_dict=True))",
        ]
    )
