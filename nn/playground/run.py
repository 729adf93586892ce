"""Run: one network of a page and its training."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import nn
from nn.diagnosis.copies import copied
from nn.playground import recipe
from nn.playground.coach import advice, trouble
from nn.playground.data import Data, features, one_hot
from nn.playground.frame import Frame
from nn.playground.observer import Observer
from nn.playground.settings import Settings

MOST_EPOCHS = 20_000  # then training pauses: nobody watches, or nothing is left to see
REPLAYED = 4  # samples: a replay shows each one's numbers


class Run:
    """One network and its training.

    It is made, and `fit` is entered, while the global generator is this thread's alone.

    Args:
        number: counts the networks of a session.
        settings: what it is made from.
        data: what it learns from.

    Attributes:
        epoch: how many epochs are complete.
        batch: how many batches of the next one.
        step: how many batches in all.
        next_frame: when the next frame is due, by `time.monotonic`.
        paused_at: the epoch at which training pauses by itself.
    """

    def __init__(self, number: int, settings: Settings, data: Data) -> None:
        self.number = number
        self.epoch = self.batch = self.step = 0
        self.next_frame = 0.0
        self.paused_at = MOST_EPOCHS
        self.classes = len(data.classes)
        self._settings, self._data = settings, data
        self._rate_changed = False
        self._rows: list[list[float | None]] = []
        self._losses = [math.nan, math.nan]  # before training, and the latest
        self._told = ""
        last = recipe.objective(settings.loss, self.classes)
        self._model: nn.Sequential = nn.Sequential(
            [layer.make() for layer in recipe.layers(settings, last)]
        )
        metric = last.metric.make() if isinstance(last.metric, recipe.Call) else last.metric
        # In plain Python: a network is often replaced before a compiled step would pay.
        self._model.compile(
            recipe.optimizer(settings).make(), last.loss.make(), metrics=[metric], run_eagerly=True
        )
        self._train, self._test = (
            (
                features(X, settings.features),
                one_hot(y, self.classes) if last.one_hot else y,
            )
            for X, y in ((data.X_train, data.y_train), (data.X_test, data.y_test))
        )
        self._initial = self._model.get_weights()
        self._observer = Observer(self._model, settings, data, self._train[1])

    @property
    def batches(self) -> int:
        """The number of batches in an epoch."""
        return -(-len(self._train[1]) // self._settings.batch_size)

    def fit(self, conductor: nn.Callback) -> None:
        """Train until the conductor, or an error, ends it."""
        self._rows.append(self._measured_at_first())
        while True:  # one `fit` after the other is the same as one with all of their epochs
            self._model.fit(
                *self._train,
                batch_size=self._settings.batch_size,
                initial_epoch=self.epoch,
                epochs=self.epoch + MOST_EPOCHS,
                validation_data=self._test,
                validation_batch_size=len(self._test[1]),
                verbose=0,
                callbacks=[conductor],
            )

    def advice(self, frame: Frame) -> str | None:
        """Advice about a frame: a sentence, "" if nothing is wrong any more, None for nothing
        new.
        """
        layers = [layer.units for layer in self._dense]
        found = trouble(frame.arrays, layers, *self._losses)
        if found == self._told:
            return None
        self._told = found
        return self.explained(found) if found else ""

    def explained(self, kind: str) -> str:
        """Sentence that `nn.diagnose` says about a kind of trouble."""
        model = copied(self._model)
        if kind == "loss explodes":  # of exploded weights nothing can be said
            model.set_weights(self._initial)
            optimizer = recipe.optimizer(self._settings).make()
            optimizer.learning_rate = self._model.optimizer.learning_rate
            model.compile(optimizer, model.loss, run_eagerly=True)
        return advice(kind, model, *self._train, self._settings.batch_size)

    def _measured_at_first(self) -> list[float | None]:
        with np.errstate(all="ignore"):
            train = self._model.test_on_batch(*self._train, return_dict=True)
            test = self._model.test_on_batch(*self._test, return_dict=True)
        self._losses = [float(train["loss"])] * 2
        return _row(0, train | {f"val_{name}": value for name, value in test.items()})

    def finished_epoch(self, logs: dict[str, Any]) -> None:
        """Record the measurements."""
        self.epoch += 1
        self.batch = 0
        self._losses[1] = float(logs.get("loss", math.nan))
        self._rows.append(_row(self.epoch, logs))

    def set_learning_rate(self, value: float) -> None:
        """Continue with another rate."""
        self._model.optimizer.learning_rate = value
        self._rate_changed |= self.step > 0

    def notes(self) -> tuple[str, ...]:
        """Return the differences between the shown code and this training."""
        changed = "here with the last learning rate alone: the page has trained with several"
        further = (
            f"the page has trained {self.batch} of the {self.batches} batches of an epoch more"
        )
        return (*([changed] if self._rate_changed else ()), *([further] if self.batch else ()))

    def described(self, text: str) -> dict[str, Any]:
        """Describe a new network for the page, with the code that makes it."""
        data = self._data
        return {
            "type": "network",
            "run": self.number,
            "features": list(self._settings.features),
            "layers": [layer.units for layer in self._dense],
            "activations": [layer.activation or "linear" for layer in self._dense],
            "parameters": self._model.count_params(),
            "batches": self.batches,
            "axes": data.axes,
            "classes": data.classes,
            "reach": data.reach,
            "train": _points(data.X_train, data.y_train),
            "test": _points(data.X_test, data.y_test),
            "code": text,
        }

    @property
    def _dense(self) -> list[nn.Dense]:
        return [layer for layer in self._model.layers if isinstance(layer, nn.Dense)]

    def frame(self, header: dict[str, Any], probe: tuple[float, float] | None) -> Frame:
        """Return the current state of the network as a frame."""
        counts = {"epoch": self.epoch, "batch": self.batch, "step": self.step}
        rows, self._rows = self._rows, []
        return Frame(self.number, header | counts, self._observer.arrays(probe), rows)

    def replay(self) -> str:
        """The loss of a few training samples, forward and backward, as an HTML page."""
        import autograd_lite as ag
        from autograd_lite.extend import replay  # few look at one

        graph = ag.graph(self._observer.loss(REPLAYED))
        count = min(REPLAYED, len(self._train[1]))
        return replay(graph, title=f"Epoch {self.epoch}, step {self.step}: {count} training points")


def _row(epoch: int, logs: dict[str, Any]) -> list[float | None]:
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    return [epoch, *(_finite_or_none(logs.get(name, math.nan)) for name in names)]


def _points(X: Any, y: Any) -> list[list[float]]:
    return [
        [round(float(x1), 4), round(float(x2), 4), int(c)] for (x1, x2), c in zip(X, y, strict=True)
    ]


def _finite_or_none(value: float) -> float | None:
    """Convert a number for JSON: None for NaN and infinities."""
    return float(value) if math.isfinite(value) else None
