"""Steps of a model as compiled programs: one for each kind of batch.

The model's own `train_step`, `test_step` or `predict_step` is traced. A program changes the same
Variables and draws from the same generators, so programs and plain steps can be mixed.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.extend import (
    MiniBatches,
    Report,
    Specialization,
    give_back_freed_memory,
    trace,
    unflatten,
)
from nn._core.nest import is_array, kinds_of, leaves
from nn.distribution.share import current_share
from nn.optimizers import Optimizer
from nn.training.fingerprint import Fingerprint
from nn.training.network import Network

Batch = tuple[Any, ...]

SECONDS_AHEAD = 0.04
MOST_AHEAD = 100_000  # steps, whose results are kept until Python looks


class CompiledStep:
    """One step method of a model, compiled for batches of one kind.

    Args:
        model: built, and, to train or test, compiled. It may hold this object, which therefore only
            holds a weak reference to the model.
        method: "train_step", "test_step" or "predict_step".
        batch: (x,), (x, y) or (x, y, sample_weight), with the shapes and dtypes to compile for.
        engine: "numpy" or "native".

    Raises:
        TracingError: if a program could not repeat the step.
    """

    def __init__(self, model: Network, method: str, batch: Batch, engine: str) -> None:
        self._model = weakref.ref(model)
        self._name = f"{method} of {model.name}"
        self._share = current_share()
        self._kinds = kinds_of(batch)
        self._is_flat = len(batch) == len(self._kinds) and all(map(is_array, batch))
        self._flat_kinds = [(shape, dtype) for _, shape, dtype in self._kinds]
        trained = model.trainable_state.variables if method == "train_step" else []
        self._trained = [(v, v.requires_grad) for v in trained]
        if trained and model.optimizer is not None and not model.optimizer.built:
            model.optimizer.build(trained)
        step, names = getattr(model, method), _argument_names(batch)
        before = Fingerprint(model)
        captured = None if before.is_ours else before.watch_attributes(model)
        traced = trace(
            step, (batch,), {}, model.name, names, assume_pure=before.is_ours, captured=captured
        )
        self._specialization = Specialization(traced, engine)
        self._run = self._specialization.run
        self._run.assume([(variable, "requires_grad", flag) for variable, flag in self._trained])
        self._structure = traced.structure
        self._names = _names_in(traced.structure)
        logs = method != "predict_step" and not traced.python.shows_values
        logs = logs and all(x.shape == () for x in traced.program.results)
        self._take = _numbers if logs else None
        self._calls = traced.python.functions
        self._seconds: float | None = None  # that a step took when many were run at once
        self._fingerprint = Fingerprint(model)
        traced.python.prepare()  # from here on weights are views of the buckets
        give_back_freed_memory(sum(v.nbytes for v in trained))

    def __repr__(self) -> str:
        arrays = ", ".join(f"{dtype}{list(shape)}" for shape, dtype in self._flat_kinds)
        return f"<{self._name} for {arrays}, engine {self.engine!r}>"

    @property
    def source(self) -> str:
        """The program as self-contained NumPy source."""
        return self._specialization.source

    @property
    def engine(self) -> str:
        """The engine that runs it: "numpy" or "native"."""
        return self._specialization.engine.name

    def report(self) -> Report:
        """Report what the compiler passes did, and the size of the program."""
        return self._specialization.report

    def save(self, path: Any) -> None:
        """Write the program as a Python file that needs only NumPy, with its arrays in a ".npz"
        file.

        Raises:
            ValueError: if the path does not end with ".py", if the program calls a function of your
                own, or if more than an optimizer's counting follows each run.
        """
        from autograd_lite.extend import save_program

        if not self.is_whole:
            raise ValueError(
                "this step is more than its program: constraints or metrics of your own, or "
                "counts that are weighed, follow each run. Compile the model without them"
            )
        save_program(self._specialization.engine.numpy, path)

    @property
    def is_whole(self) -> bool:
        """True if nothing but an optimizer's counting follows a run of the program."""
        return all(isinstance(getattr(f, "__self__", None), Optimizer) for f in self._calls)

    def fits(self, batch: Batch) -> bool:
        """Return if a batch has the shapes, dtypes and share that the program was made for."""
        if current_share() != self._share:
            return False
        if not self._is_flat:
            arrays = all(x.__class__ is np.ndarray for x in leaves(list(batch)))
            return arrays and kinds_of(batch) == self._kinds
        if len(batch) != len(self._flat_kinds):
            return False
        for x, kind in zip(batch, self._flat_kinds):  # noqa: B905 - its check takes as long again
            if x.__class__ is not np.ndarray or (x.shape, x.dtype) != kind:
                return False
        return True

    def is_current(self, model: Network) -> bool:
        """Return if the model has not changed since the program was made."""
        for variable, flag in self._trained:
            if variable.requires_grad is not flag:
                return False
        return self._fingerprint.is_untouched or self._fingerprint.holds(model)

    def again(self, batch: Batch) -> Any:
        """Run the program and everything that follows at once, on any batch, if that fits, nothing
        was changed since the step before and the step is not refused.

        Returns:
            As `finish`, with floats for logs; None if one of these is not so, and nothing was done.
        """
        own = self._own_again(batch)
        return None if own is None else self._structured(own)

    def _own_again(self, batch: Batch) -> Sequence[Any] | None:
        if current_share() is self._share and self._fingerprint.is_untouched and self._is_flat:
            return self._run.again(batch, self._take)
        return None

    def compute(self, batch: Batch) -> Sequence[Any] | None:
        """Run the program on a batch that fits.

        Returns:
            The results for `finish`; None if the step is refused, because of a non-finite loss or
            gradient or an unknown label. Then, as with an exception, nothing has changed.
        """
        given = batch if self._is_flat else list(leaves(list(batch)))
        return self._run.results(given)

    @property
    def steps_ahead(self) -> int:
        """The number of steps to run at once, before Python looks again at Ctrl-C, progress and
        threads that want to run; 0 if Python has to act between any two steps.
        """
        if not self._run.repeats:
            return 0
        seconds = self._seconds
        return 1 if seconds is None else max(1, min(MOST_AHEAD, round(SECONDS_AHEAD / seconds)))

    def over(self, batches: MiniBatches, errors: tuple[type[Exception], ...]) -> Any:
        """Run the program on batches that fit, one after the other.

        Returns:
            As `finish`, arrays with an axis more in front, one for each step. They are fewer than
            the batches if one is refused, for a reason as in `compute`, or for one of the errors:
            nothing has changed then since the batch before.
        """
        started = time.perf_counter()
        results = self._run.over(batches, errors)
        done = len(results[0])
        if done:
            self._seconds = (time.perf_counter() - started) / done
        return unflatten(self._structure, results)

    def finish(self, results: Sequence[Any]) -> Any:
        """Run everything that follows a run; return the result of the model's method, as arrays."""
        return self._structured(self._run.finish(results))

    def _structured(self, own: Sequence[Any]) -> Any:
        if self._names is not None:
            return dict(zip(self._names, own))  # noqa: B905 - its check takes as long again
        return own[0] if self._structure is ... else unflatten(self._structure, own)


class TrainProgram(CompiledStep):
    """The training step of a model as a callable program: forward, backward, update.

    Example:
        >>> import numpy as np, nn
        >>> model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
        >>> model.compile(nn.SGD(0.1), loss="mse")
        >>> x, y = np.eye(2, dtype=np.float32), np.ones((2, 1), np.float32)
        >>> program = model.train_program(x, y, engine="numpy")
        >>> program
        <train_step of sequential for float32[2, 2], float32[2, 1], engine 'numpy'>
        >>> losses = [program(x, y) for _ in range(50)]
        >>> losses[-1] < losses[0]
        True
    """

    def __init__(self, model: Network, batch: Batch, engine: str) -> None:
        super().__init__(model, "train_step", batch, engine)
        names = self._names or []
        self._loss = names.index("loss") if "loss" in names else None

    def __call__(self, x: Any, y: Any = None, sample_weight: Any = None) -> float:
        """One step of the optimizer.

        Args:
            x: the inputs, of the shapes and dtypes that the program was made for.
            y: the targets, likewise.
            sample_weight: the weight of each sample, likewise.

        Returns:
            The loss before the step; NaN if it or a gradient is not finite, or if the loss or a
            metric would refuse the targets. Then nothing has changed.

        Raises:
            ValueError: for other shapes or dtypes.
            IndexError: for unknown labels or rows of an Embedding; then nothing has changed.
            RuntimeError: if the model was changed since the program was made.
        """
        batch = (x,) if y is None else (x, y) if sample_weight is None else (x, y, sample_weight)
        if self._loss is not None:
            own = self._own_again(batch)
            if own is not None:
                return float(own[self._loss])
        self._require_fit(batch)
        self._require_current()
        results = self.compute(batch)
        return np.nan if results is None else float(self.finish(results)["loss"])

    def _require_fit(self, batch: Batch) -> None:
        """Refuse arrays of other shapes or dtypes.

        Raises:
            ValueError: if they are.
        """
        if self.fits(batch):
            return
        given = [(np.shape(x), np.asarray(x).dtype.name) for x in leaves(list(batch))]
        made_for = [(shape, dtype.name) for shape, dtype in self._flat_kinds]
        raise ValueError(
            f"this program is for arrays of {made_for}, got {given}. Make another for them: "
            "model.train_program(x, y), or let fit and train_on_batch choose"
        )

    def _require_current(self) -> None:
        """Refuse to run a program whose model has changed.

        Raises:
            RuntimeError: if it was changed.
        """
        model = self._model()
        if model is not None and not self.is_current(model):
            raise RuntimeError(
                f"{model.name} was changed since this program was made: an attribute of a layer, "
                "the optimizer, the loss or a metric, or what is trainable. Make another: "
                "model.train_program(x, y); fit and train_on_batch do so by themselves"
            )


def _numbers(arrays: Sequence[Any]) -> list[float]:
    return list(map(float, arrays))


def _names_in(structure: Any) -> list[str] | None:
    """Return the names in a plain dict of results, in order; None for another structure."""
    if type(structure) is dict and all(x is ... for x in structure.values()):
        return list(structure)
    return None


def _argument_names(batch: Batch) -> list[str]:
    """Name the arrays of a batch, as the arguments of a program."""
    names = []
    for part, name in zip(batch, ("x", "y", "sample_weight"), strict=False):
        count = len(list(leaves(part)))
        names += [name] if count == 1 else [f"{name}_{i}" for i in range(count)]
    return names
