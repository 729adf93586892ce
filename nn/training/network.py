"""Network: a layer that has a loss, metrics and an optimizer, and one step of each kind."""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any, ClassVar

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import afterwards, leaf_gradients, project
from nn import optimizers
from nn._core.tracking import is_own
from nn.data.batches import unpack_batch
from nn.distribution.collectives import average, average_gradients
from nn.layers.base import Layer
from nn.layers.input import InputDeclaration
from nn.metrics import Metric
from nn.training.compile_loss import CompileLoss
from nn.training.compile_metrics import CompileMetrics, as_number
from nn.training.nonfinite import require_finite, require_finite_gradients
from nn.training.trainable_state import TrainableState

Logs = dict[str, Any]


class Network(Layer):
    """A layer with compile state and one step of each kind; all that helpers and saving need.

    `Model` adds the loops over data to it.

    Args:
        activity_regularizer, trainable, dtype, name: as in `Layer`.

    Attributes:
        optimizer: as compiled.
        stop_training: set it to True in a callback to end `fit` after the current batch;
            ``stop_evaluating`` and ``stop_predicting`` likewise.
    """

    integer_inputs = True
    _keeps_masks = True
    # True if its config's layers may begin with an `Input`, which gives dtype and shape.
    begins_with_input: ClassVar[bool] = False
    # True if no layer can hide in the user's own `call`.
    _has_known_layers = False

    optimizer: Any = None
    stop_training = stop_evaluating = stop_predicting = False
    compile_loss: CompileLoss | None = None
    _own_loss: Any = None
    compile_metrics: CompileMetrics | None = None
    _trainable_state: TrainableState | None = None
    _generator: np.random.Generator | None = None  # shuffles the samples
    _run_eagerly = False
    _jit_compile: bool | str = "auto"

    # -- compile ---------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        jit_compile: bool | str = "auto",
    ) -> None:
        """Configure training: the loss to minimise, the optimizer and the metrics.

        Args:
            optimizer: a name or an optimizer, as in `nn.optimizers`.
            loss: a name, a loss or a function of (y_true, y_pred), as in `nn.losses`. For several
                outputs: one for all, a list, or a dict by output name.
            loss_weights: a number, or one for each of several outputs; 1 unless given.
            metrics: a list of names, metrics or functions, as in `nn.metrics`. "accuracy" stands
                for the accuracy that fits targets and outputs.
            weighted_metrics: metrics that take sample_weight and class_weight into account.
            run_eagerly: True for steps in plain Python, which a debugger can step through.
            jit_compile: the engine of compiled steps. True is native code (extra ``jit``),
                False is NumPy. "auto" chooses by the planned work: plain Python for short training,
                compiled NumPy for longer training, and native code once its
                compilation pays off.

        Raises:
            ValueError: for unknown names.
            TypeError: for anything but optimizers, losses and metrics, and for loss weights that
                are not numbers.
            ImportError: for ``jit_compile=True`` without llvmlite.
        """
        _require_engine(jit_compile, run_eagerly)
        compile_loss = CompileLoss(loss, loss_weights, self.output_names)
        compile_metrics = CompileMetrics(metrics, weighted_metrics, compile_loss)
        self.optimizer = optimizers.get(optimizer)
        self.compile_loss, self.compile_metrics, self._trainable_state = (
            compile_loss,
            compile_metrics,
            None,
        )
        self._run_eagerly, self._jit_compile = bool(run_eagerly), jit_compile
        self._forget_programs()

    def restore_input(self, first: InputDeclaration) -> None:
        """Restore the `Input` that its config begins with, after the weights."""
        raise NotImplementedError(f"{type(self).__name__} does not begin with an Input")

    def _forget_programs(self) -> None:
        """Drop programs that were compiled for other losses, metrics or optimizers."""

    @property
    def output_names(self) -> list[str] | None:
        """The names of several outputs in a list; None for "output_0" and so on."""
        return None

    @property
    def compiled(self) -> bool:
        """True once `compile` was called."""
        return self.compile_loss is not None

    @property
    def loss(self) -> Any:
        """The loss as it was given to `compile`; before, what a model of your own has set."""
        given = None if self.compile_loss is None else self.compile_loss.given
        return self._own_loss if given is None else given

    @loss.setter
    def loss(self, value: Any) -> None:
        if self.compile_loss is not None and self.compile_loss.given is not None:
            raise AttributeError(
                f"{self.name} was compiled with the loss {self.compile_loss.given!r}: write "
                "model.compile(loss=...) for another one"
            )
        self._own_loss = value

    @property
    def metrics(self) -> list[Metric]:
        """The metrics of `compile`, once built with a batch, and those among the attributes."""
        compiled = [] if self.compile_metrics is None else self.compile_metrics.metrics
        return [*compiled, *self.trainable_state.metrics]

    @property
    def metrics_names(self) -> list[str]:
        """The names of `evaluate`'s results, in order: the loss, those of several outputs, the
        metrics.
        """
        parts = () if self.compile_loss is None else self.compile_loss.parts
        return list(dict.fromkeys(["loss", *parts, *self.metrics_results()]))

    def metrics_results(self) -> Logs:
        """Return the current value of each metric by name."""
        results = {} if self.compile_metrics is None else self.compile_metrics.results()
        return results | {m.name: as_number(m.result()) for m in self.trainable_state.metrics}

    def reset_metrics(self) -> None:
        """Reset the state of all metrics."""
        for metric in self.metrics:
            metric.reset_state()

    # -- one step of each kind --------------------------------------------------------------------

    def train_step(self, data: Any) -> Logs:
        """Run one training step on one batch. Override it for a step of your own.

        Args:
            data: (x,), (x, y) or (x, y, sample_weight).

        Returns:
            The logs: numbers, or Tensors with one element, by name. `fit` reports their mean over
            the samples of an epoch; under the name of a metric it reports the metric's result.

        Example:
            >>> import nn
            >>> class Mine(nn.Sequential):
            ...     def train_step(self, data):
            ...         x, y = data
            ...         y_pred = self(x, training=True)
            ...         loss = self.compute_loss(x, y, y_pred)
            ...         self.minimize(loss)
            ...         return {"loss": loss}
        """
        x, y, sample_weight = unpack_batch(data)
        y_pred = self(x, training=True)
        loss = self.batch_loss(x, y, y_pred, sample_weight, training=True)
        self.minimize(loss)
        self.compute_metrics(x, y, y_pred, sample_weight)
        return {"loss": loss, **self.require_compile_loss().parts}

    def minimize(self, loss: Any) -> None:
        """Update the trainable weights once, by the gradients of a loss.

        Args:
            loss: a Tensor with one element, computed by this model.

        Raises:
            RuntimeError: if all weights are frozen, if a model of the user's own `call` has none,
                or if the loss does not depend on any.
            NonFiniteLossError: if the loss is NaN or infinite; nothing is updated then.
            NonFiniteGradientError: if a gradient is, likewise.
        """
        trained = self.trainable_state
        variables = trained.variables
        if not variables:
            self._nothing_trainable()
            return
        require_finite(average(loss))
        gradients = average_gradients(leaf_gradients(loss, variables))
        require_finite_gradients(variables, gradients)
        self.optimizer.apply_averaged(gradients, variables)
        for variable, constraint in trained.constrained:
            if is_own(constraint):
                project(variable, constraint)
            else:  # it takes arrays, and may write into them
                afterwards(functools.partial(_constrain, variable, constraint))

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Compute the total loss of a batch: the compiled loss plus the penalties of the layers.

        Args:
            x: the inputs, for a subclass that needs them.
            y: the targets.
            y_pred: the outputs.
            sample_weight: the weight of each sample.
            training: for a subclass that needs it.

        Returns:
            A Tensor with one element.
        """
        total = self.require_compile_loss()(y, y_pred, sample_weight)
        penalties = [
            regularizer(weight) for weight, regularizer in self.trainable_state.regularized
        ]
        for penalty in (*penalties, *self._penalties):
            total = penalty if total is None else total + penalty
        if total is None:
            raise RuntimeError(
                "there is no loss to minimise: compile() was given none, and no layer adds one. "
                "Write model.compile(loss=...), with a name or an object from nn.losses"
            )
        return total

    def batch_loss(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None, *, training: bool
    ) -> Any:
        """Call `compute_loss`, which a subclass may define without the argument `training`."""
        if not self.has_own_step("compute_loss"):
            takes = inspect.signature(self.compute_loss).parameters.values()
            if not any(p.name == "training" or p.kind is p.VAR_KEYWORD for p in takes):
                return self.compute_loss(x, y, y_pred, sample_weight)
        return self.compute_loss(x, y, y_pred, sample_weight, training=training)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Update the metrics of `compile` with a batch; arguments as in `compute_loss`."""
        assert self.compile_metrics is not None
        self.compile_metrics.update(y, y_pred, sample_weight)

    def test_step(self, data: Any) -> Logs:
        """Evaluate one batch; see `train_step`."""
        x, y, sample_weight = unpack_batch(data)
        y_pred = self(x, training=False)
        loss = self.batch_loss(x, y, y_pred, sample_weight, training=False)
        self.compute_metrics(x, y, y_pred, sample_weight)
        return {"loss": loss, **self.require_compile_loss().parts}

    def predict_step(self, data: Any) -> Any:
        """Predict one batch; override it for outputs of your own."""
        return self(unpack_batch(data)[0], training=False)

    def has_own_step(self, method: str) -> bool:
        """Return if a step is this class's own, not overridden by the user."""
        return getattr(getattr(self, method), "__func__", None) is getattr(Network, method)

    # -- what the steps need ----------------------------------------------------------------------

    def require_compiled(self, method: str) -> None:
        """Refuse to run a method of a model that was not compiled.

        Raises:
            RuntimeError: tells how to compile it.
        """
        if self.compile_loss is None:
            raise RuntimeError(
                f"{self.name} was not compiled, so {method} has no loss to minimise. "
                "Write model.compile(optimizer=..., loss=...) first"
            )

    def _nothing_trainable(self) -> None:
        """Warn that training changes nothing; raise where that can only be a mistake."""
        without = f"{self.name} has no trainable weights: "
        if self.variables:
            raise RuntimeError(f"{without}all are frozen (trainable = False)")
        if not self._has_known_layers:
            raise RuntimeError(
                f"{without}it has no weights at all. Create layers in __init__ and keep them in "
                "attributes; one created inside call would be new in each step"
            )
        warnings.warn(f"{without}its layers have none, so training changes nothing", stacklevel=2)

    def require_compile_loss(self) -> CompileLoss:
        """Return the compiled loss.

        Raises:
            RuntimeError: if the model was not compiled.
        """
        if self.compile_loss is None:
            self.require_compiled("compute_loss")
        assert self.compile_loss is not None
        return self.compile_loss

    @property
    def trainable_state(self) -> TrainableState:
        """The trainable weights and what belongs to them, gathered again after a change."""
        trained = self._trainable_state
        if trained is None or not trained.is_current(self):
            trained = self._trainable_state = TrainableState(self)
        return trained


def _constrain(variable: Variable, constraint: Any) -> None:
    variable.assign(constraint(variable._array))


def _require_engine(jit_compile: Any, run_eagerly: Any) -> None:
    if not (isinstance(jit_compile, bool) or jit_compile == "auto"):
        raise ValueError(f"jit_compile is 'auto', True or False, got {jit_compile!r}")
    if jit_compile is True:
        if run_eagerly:
            raise ValueError("run_eagerly=True and jit_compile=True contradict each other")
        from autograd_lite.extend import require_native

        require_native()
