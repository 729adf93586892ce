"""Draw the pictures that the documentation shows: `python -m tools.make_pictures`.

They go to docs/pictures. The same code gives the same bytes, so that a picture that changed says
that something changed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import autograd_lite as ag
import nn
from nn import datasets

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"


def logistic_regression() -> ag.Drawing:
    """Three samples, two features: small enough for every number to be shown."""
    x = ag.Tensor([[1.0, 2.0], [-1.0, 0.5], [3.0, 1.0]], name="x")
    y = np.array([1.0, 0.0, 1.0])
    w = ag.Tensor([0.5, -1.0], requires_grad=True, name="w")
    b = ag.Tensor(0.2, requires_grad=True, name="b")
    with ag.scope("sigmoid"):
        a = 1 / (1 + np.exp(-(x @ w + b)))
    a.name = "a"
    with ag.scope("cost"):
        J = np.mean(-y * np.log(a) - (1 - y) * np.log(1 - a))
    J.name = "J"
    return ag.draw(J)


def digit_classifier(**choices: object) -> ag.Drawing:
    """Two hidden layers and the loss, after one epoch."""
    nn.set_random_seed(0)
    X, y = datasets.load_digits()
    model = nn.Sequential(
        [nn.Dense(25, activation="relu"), nn.Dense(15, activation="relu"), nn.Dense(10)],
        name="digits",
    )
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    model.fit(X / 16, y, verbose=0)
    return ag.draw(loss(y[:8], model(X[:8] / 16)), **choices)  # type: ignore[arg-type]


def deep_network() -> ag.Drawing:
    """Layers alike in a row, drawn as one."""
    nn.set_random_seed(0)
    hidden = [nn.Dense(64, activation="relu") for _ in range(20)]
    model = nn.Sequential([nn.Input((64,)), *hidden, nn.Dense(10)], name="deep")
    return model.plot(direction="right")


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    drawings = {
        "logistic_regression": logistic_regression(),
        "digits": digit_classifier(),
        "digits_closed": digit_classifier(depth=1, direction="right"),
        "deep": deep_network(),
    }
    for name, drawing in drawings.items():
        path = FOLDER / f"{name}.svg"
        drawing.save(path)
        print(f"{path.relative_to(FOLDER.parents[1])}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
