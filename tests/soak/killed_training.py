"""A training that remembers all that a training can remember; `tests.soak.kills` kills it.

    python tests/soak/killed_training.py FOLDER VARIANT [distributed]

It says "begun" when training begins, and writes FOLDER/result.npz when it has ended. Distributed,
each rank writes its process id to FOLDER/pid.RANK.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import nn

EPOCHS, SAMPLES, BATCH_SIZE = 14, 240, 8

X = np.sin(np.arange(3.0 * SAMPLES)).reshape(SAMPLES, 3)
Y = (X.sum(axis=1) > 0).astype(float)
ARRAYS = {"x": X, "y": Y, "batch_size": BATCH_SIZE}


def seeded_generator() -> Iterator[Any]:
    """Endless batches, from a generator of random numbers of its own."""
    rng = np.random.default_rng(5)
    while True:
        rows = rng.integers(0, SAMPLES, BATCH_SIZE)
        yield X[rows] + rng.normal(0, 0.01, (BATCH_SIZE, 3)), Y[rows]


class Augmented:
    """A data set that starts over, with noise from generators that the whole program shares."""

    def __len__(self) -> int:
        return SAMPLES // BATCH_SIZE

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, SAMPLES, BATCH_SIZE):
            rows = slice(start, start + BATCH_SIZE)
            noise = nn.random.generator().normal(0, 0.1) + random.gauss(0, 0.1)
            yield X[rows] + noise + np.random.normal(0, 0.1, (BATCH_SIZE, 3)), Y[rows]


def rank() -> int:
    """This process's rank, 0 where it works alone."""
    distribution = nn.distribution.distribution()
    return 0 if distribution is None else distribution.rank


class NotesOfAUser(nn.Callback):
    """Counts, and draws from np.random in the course of the training."""

    def __init__(self) -> None:
        self.counts: dict[str, Any] = {"batches": 0, "drawn": []}

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.counts["batches"] += 1
        if batch % 10 == 0:
            self.counts["drawn"].append(float(np.random.uniform()))


class Begun(nn.Callback):
    """Tells whoever kills that it is time."""

    def on_train_begin(self, logs: Any = None) -> None:
        if rank() == 0:
            print("begun", flush=True)


@dataclass(frozen=True)
class Variant:
    """A kind of training.

    Attributes:
        data: arguments of `fit`.
        save_freq: how often there is a backup.
        compiled: further arguments of `compile`. Unless told otherwise, trainings of 300 steps or
            more run as a compiled program.
    """

    data: dict[str, Any]
    save_freq: Any
    compiled: dict[str, Any] = field(default_factory=dict)


EAGER = {"run_eagerly": True}

VARIANTS = {
    "every epoch": Variant({**ARRAYS, "validation_split": 0.2}, "epoch"),
    "every batch": Variant({**ARRAYS, "epochs": 6, "validation_split": 0.2}, 1),
    "every third batch, passes that span epochs": Variant({**ARRAYS, "steps_per_epoch": 23}, 3),
    "in order, validated now and then": Variant(
        {**ARRAYS, "shuffle": False, "validation_data": (X[:20], Y[:20]), "validation_freq": 3},
        7,
        EAGER,
    ),
    "a seeded generator": Variant({"x": seeded_generator(), "steps_per_epoch": 30}, 4),
    "random augmentation": Variant({"x": Augmented()}, 5, EAGER),
    "random augmentation, a program": Variant({"x": Augmented()}, 5),
    "weighted classes, from epoch 3": Variant(
        {**ARRAYS, "class_weight": {0: 1.0, 1: 3.0}, "initial_epoch": 2}, 2
    ),
}


def new_model(variant: Variant) -> nn.Sequential:
    """Dropout, noise, running statistics, an average, sums of gradients, a schedule."""
    model = nn.Sequential(
        [
            nn.Input((3,)),
            nn.Dense(32, "relu", kernel_constraint=nn.constraints.MaxNorm(3.0)),
            nn.BatchNormalization(),
            nn.Dropout(0.3),
            nn.layers.GaussianNoise(0.1, seed=5),
            nn.Dense(1, "sigmoid", kernel_regularizer=nn.regularizers.L2(1e-4)),
        ]
    )
    optimizer = nn.Adam(
        nn.schedules.CosineDecay(0.01, 300), use_ema=True, gradient_accumulation_steps=2
    )
    metrics = ["accuracy", "auc"] if variant.compiled == EAGER else ["accuracy"]
    model.compile(optimizer, "binary_crossentropy", metrics=metrics, **variant.compiled)
    return model


def train(folder: Path, variant: str) -> dict[str, Any]:
    """Train to the end; everything that came out, as arrays by name."""
    kind = VARIANTS[variant]
    nn.set_random_seed(3)
    np.random.seed(4)
    random.seed(5)
    model = new_model(kind)
    notes = NotesOfAUser()
    stopping = nn.callbacks.EarlyStopping("loss", patience=50, restore_best_weights=True)
    callbacks = [
        nn.callbacks.BackupAndRestore(folder / "backup", kind.save_freq),
        stopping,
        nn.callbacks.ModelCheckpoint(folder / "best.safetensors", "loss", save_best_only=True),
        notes,
        Begun(),
    ]
    options = {"epochs": EPOCHS, "verbose": 0} | kind.data
    history = model.fit(callbacks=callbacks, **options)
    best = nn.load_model(folder / "best.safetensors")
    return {
        **{f"weight {i}": value for i, value in enumerate(model.get_weights())},
        **{f"optimizer {i}": v.data for i, v in enumerate(model.optimizer.variables)},
        **{f"checkpoint {i}": value for i, value in enumerate(best.get_weights())},
        **{f"history {name}": values for name, values in history.history.items()},
        "epochs": history.epoch,
        "best epoch": stopping.best_epoch,
        "batches": notes.counts["batches"],
        "drawn": notes.counts["drawn"],
        "generator": nn.random.generator().state,
        "next of np.random": np.random.uniform(size=3),
        "next of random": [random.random() for _ in range(3)],
    }


if __name__ == "__main__":
    into = Path(sys.argv[1])
    if len(sys.argv) > 3:
        together = nn.distribution.DataParallel(synchronize_batch_normalization=True, timeout=60)
        nn.distribution.set_distribution(together)
        (into / f"pid.{rank()}").write_text(str(os.getpid()))
    results = train(into, sys.argv[2])
    if rank() == 0:
        np.savez(into / "result.npz", **results)
