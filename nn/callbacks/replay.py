"""Replay: the computation of the loss at several moments of training, on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import autograd_lite as ag
from autograd_lite.extend import Snapshot, node_gradients
from nn._core.validation import require_count
from nn.callbacks.base import Callback, Logs
from nn.callbacks.grid import Grid

MOST_SAMPLES = 32


class Replay(Callback):
    """Writes a page with a time slider: values, gradients and the loss during training.

    At each moment the loss of the same few samples is computed and differentiated, and the step
    that the optimizer would take from there, without changing the model; of a model of two features
    the decision boundary too. The page is written when training ends.

    Args:
        path: of the page, ending with ".html".
        data: (x, y) or (x, y, sample_weight): the samples, of which at most 32 are used.
        every: the number of epochs between moments; the first is before training.

    Raises:
        ValueError: for a path with another ending, and another `every`.

    Example:
        >>> import numpy as np, nn, tempfile, os
        >>> X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]); y = np.array([[0.0], [1], [1], [0]])
        >>> model = nn.Sequential([nn.Dense(4, activation="tanh"), nn.Dense(1)])
        >>> model.compile("adam", nn.BinaryCrossentropy(from_logits=True))
        >>> path = os.path.join(tempfile.mkdtemp(), "xor.html")
        >>> replay = nn.callbacks.Replay(path, (X, y), every=5)
        >>> history = model.fit(X, y, epochs=10, verbose=0, callbacks=[replay])
        >>> replay.moments
        ['before', 'epoch 5', 'epoch 10']
        >>> os.path.exists(path)
        True
    """

    def __init__(self, path: Any, data: Any, every: int = 1) -> None:
        self.path = Path(path)
        if self.path.suffix != ".html":
            raise ValueError(f"a replay is a page: {self.path.with_suffix('.html')}, not {path}")
        if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
            raise ValueError("data is (x, y) or (x, y, sample_weight): samples and their targets")
        require_count("every", every)
        self.data = tuple(part[:MOST_SAMPLES] for part in data)
        self.every = every
        self.moments: list[str] = []
        self._graphs: list[ag.Graph] = []
        self._losses: list[float] = []
        self._grid: Grid | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Record the moment before training."""
        self.moments, self._graphs, self._losses = [], [], []
        self._grid = Grid.over(self.data[0], self.data[1])
        self._look("before")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Record a moment, if due."""
        if (epoch + 1) % self.every == 0:
            self._look(f"epoch {epoch + 1}")

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Write the page."""
        from autograd_lite.extend import replay

        page = replay(
            self._graphs,
            title=f"{self.model.name}: {len(self.moments)} moments of its training",
            moments=self.moments,
            curves={"loss": self._losses},
            boundary=self._grid.boundary() if self._grid else None,
        )
        self.path.write_text(page, encoding="utf-8")

    def _look(self, moment: str) -> None:
        x, y, sample_weight = (
            *self.model.to_batch(*self.data, *[None] * (3 - len(self.data))),
            None,
        )[:3]
        loss = self._loss(x, y, sample_weight)
        self.moments.append(moment)
        self._losses.append(float(loss))
        self._graphs.append(self._with_update(ag.graph(loss), loss, x, y, sample_weight))
        if self._grid:
            self._grid.look(self.model)

    def _loss(self, x: Any, y: Any, sample_weight: Any) -> Any:
        y_pred = self.model(x, training=False)
        return self.model.batch_loss(x, y, y_pred, sample_weight, training=False)

    def _with_update(
        self, graph: ag.Graph, loss: Any, x: Any, y: Any, sample_weight: Any
    ) -> ag.Graph:
        """The graph with the step that the optimizer would take from here, which is undone."""
        from autograd_lite.extend import updated

        model = self.model
        if graph.no_gradients is not None or not model.trainable_variables:
            return graph
        optimizer = model.optimizer
        optimizer.build(model.trainable_variables)
        variables = model.trainable_variables
        found = node_gradients(loss, variables)
        rate = float(optimizer.learning_rate)
        state = [*variables, *optimizer.variables]
        before = Snapshot(variables=state)
        with ag.no_grad():
            optimizer.apply(found, variables)
            after = [
                (w, g, w.data.copy())
                for w, g in zip(variables, found, strict=True)
                if g is not None
            ]
            result = float(self._loss(x, y, sample_weight))
            before.restore()
        return updated(graph, loss, after, result, type(optimizer).__name__, rate)
