"""Model: a layer that can be compiled, trained, evaluated and used to predict."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from autograd_lite.extend import Displayed, flatten
from nn._core.identifiers import lookup
from nn._core.named_classes import saved_as
from nn.data.batches import unpack_batch
from nn.layers.base import Layer
from nn.layers.building import call_on_zeros
from nn.layers.naming import name_uniquely
from nn.layers.symbolic import FromCalls
from nn.models.graph_config import config_of, recipe_from
from nn.models.recipe import Recipe, keep_symbols, symbols_of
from nn.models.recipe_of import recipe_of
from nn.models.stored import Stored

if TYPE_CHECKING:
    from autograd_lite import Drawing, GradientReport, Profile


@saved_as("models.Model")
class Model(Stored, Displayed):
    """A network: its layers are attributes, and `call` connects them.

    Use `Sequential` for a plain stack of layers. For any other graph of layers call them on
    `nn.Input`, and give this class the inputs and outputs; or subclass it, with any Python in
    `call`: loops, branches.

    Args:
        inputs: symbolic Tensors, from `nn.Input` or from inside another model; several in a list,
            tuple or dict.
        outputs: what layers, operators and NumPy's functions gave for them, likewise.
        graph: instead of both, what `get_config` says.
        name, activity_regularizer, trainable, dtype: as in `Layer`.

    Attributes:
        optimizer: as compiled.
        history: the History of the latest `fit`.
        stop_training: set it to True in a callback to end `fit` after the current batch.
        stop_evaluating, stop_predicting: likewise, for `evaluate` and `predict`.

    Raises:
        TypeError: for inputs and outputs that are not symbolic.
        ValueError: for an output that depends on an Input that is not among the inputs, for an
            input that no output depends on, and for two layers of one name.

    Example:
        >>> import numpy as np, nn
        >>> x = nn.Input((4,))
        >>> h = nn.Dense(8, activation="relu")(x)
        >>> model = nn.Model(x, nn.Dense(3)(np.concatenate([x, h], axis=-1)))
        >>> model(np.zeros((2, 4))).shape
        (2, 3)
        >>> class Line(nn.Model):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.dense = nn.Dense(1)
        ...     def call(self, x):
        ...         return self.dense(x)
        >>> X = np.arange(4.0)[:, None]
        >>> model = Line()
        >>> model.compile(nn.SGD(0.1), loss="mse")
        >>> history = model.fit(X, 2 * X + 1, epochs=200, verbose=0)
        >>> model.predict(np.array([[10.0]])).round(2)
        array([[21.]], dtype=float32)
    """

    _recipe: Recipe | None = None

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        graph: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            activity_regularizer=activity_regularizer, trainable=trainable, dtype=dtype, name=name
        )
        if graph is not None:
            self._connect(recipe_from(graph))
        elif inputs is not None or outputs is not None:
            self._connect(recipe_of(inputs, outputs, self.name), (inputs, outputs))
        if self._recipe is not None and not trainable:
            self.trainable = False

    def _default_name(self) -> str:
        unnamed = type(self) is Model and self._recipe is not None
        return "functional" if unnamed else super()._default_name()

    def _connect(self, recipe: Recipe, symbols: Any = None) -> None:
        """Make it the model of a recipe."""
        created = [step.function for step in recipe.steps if step.is_layer]
        name_uniquely([*recipe.inputs, *created])
        operations = recipe.operations()
        self._recipe = recipe
        self._has_known_layers = True
        self._layers = [layer for layer in operations if isinstance(layer, Layer)]
        self._captured = recipe.variables()
        self._passes_training = True
        self._input_shapes = (recipe.input_shapes(),)
        self._output_shape = recipe.output_shapes()
        self.built = True
        keep_symbols(self, recipe.symbols() if symbols is None else symbols)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Compute the outputs: of a model of symbolic Tensors, as they were recorded. A subclass
        that is given no inputs and outputs defines it.
        """
        if self._recipe is None:
            return super().call(inputs)
        return self._recipe.run(self._recipe.values(inputs, self), training)

    # -- symbolic Tensors --------------------------------------------------------------------------

    inputs = FromCalls("inputs", "Its symbolic inputs, in a list.")
    outputs = FromCalls("outputs", "Its symbolic outputs, in a list.")

    def _symbolic(self, what: str) -> Any:
        """Its "input" and "output" as they were given, or in lists; see `Layer.input`.

        Raises:
            AttributeError: for a model without any: one that is a class with a `call` of its own.
        """
        if what in ("input", "output") and not self._has_symbols():
            return super()._symbolic(what)
        found = self._symbols()[what.startswith("output")]
        return flatten(found) if what.endswith("s") else found

    def _has_symbols(self) -> bool:
        return self._recipe is not None

    def _symbols(self) -> tuple[Any, Any]:
        """The symbolic inputs and outputs."""
        known = symbols_of(self)
        if known is None:
            known = self._make_symbols()
            keep_symbols(self, known)
        return known

    def _make_symbols(self) -> tuple[Any, Any]:
        """Record them again: of a copy, or a model that was loaded."""
        if self._recipe is None:
            raise AttributeError(
                f"{self.name} has no symbolic inputs and outputs: {type(self).__name__} has a call "
                "method of its own. Models of nn.Input have them: nn.Model(inputs, outputs)"
            )
        return self._recipe.symbols()

    @property
    def output_names(self) -> list[str] | None:
        """The names of its outputs, of the layers that give them; None if they have none."""
        return None if self._recipe is None else self._recipe.output_names()

    def build(self, *input_shapes: Any) -> None:
        """Build the model now, by calling it on one sample of zeros.

        Args:
            *input_shapes: the shape of a batch, ``(None, 64)``; for several inputs a list or dict.

        Raises:
            TypeError, ValueError: as `Layer.build`, and errors of the layers for such inputs.

        Example:
            >>> import nn
            >>> class Line(nn.Model):
            ...     def __init__(self):
            ...         super().__init__()
            ...         self.dense = nn.Dense(1)
            ...     def call(self, x):
            ...         return self.dense(x)
            >>> model = Line()
            >>> model.build((None, 4))
            >>> model.count_params()
            5
        """
        if not self._in_first_call:
            call_on_zeros(self, input_shapes)

    # -- its layers ------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers in its attributes, in order; not those inside of them.

        Names are unique: layers without a name of their own are numbered.
        """
        if self._recipe is not None:
            return list(self._layers)
        layers = self._sublayers()
        name_uniquely(layers)
        return layers

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by name or by index.

        Raises:
            ValueError: for an unknown name or index.
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise ValueError("get_layer takes a name or an index: get_layer('dense'), get_layer(0)")
        if name is not None:
            if not isinstance(name, str):
                raise ValueError(f"the name of a layer is a string, got {name!r}; index={name!r}?")
            return lookup("layer", name, {layer.name: layer for layer in layers})
        assert index is not None
        if not -len(layers) <= index < len(layers):
            raise ValueError(f"{self.name} has {len(layers)} layers, there is no layer {index}")
        return layers[index]

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
    ) -> None:
        """Print a table of the layers, their output shapes and numbers of weights.

        Args:
            line_length: the letters of a line; as wide as the terminal unless given.
            positions: has no effect: columns are as wide as what is in them.
            print_fn: called with each line, in place of printing it.
            expand_nested: True to give nested layers rows too.
            show_trainable: True for a column that shows which are frozen.
        """
        from nn.models.summary import print_summary

        print_summary(self, expand_nested, show_trainable, line_length, print_fn)

    def plot(self, path: Any = None, inputs: Any = None, **options: Any) -> Drawing:
        """Draw the layers: name, type, activation, shape of the outputs, number of parameters.

        A functional model or a Sequential is a graph of every layer, with NumPy's functions between
        them. A class with a `call` of its own is drawn as the layers that it ran.

        Args:
            path: the file to write; its suffix names the format, as in `Drawing.save`. ".html" and
                ".mmd" show the computation of one call.
            inputs: the inputs to call the model on: ``X[:4]``. By default one sample of zeros, of
                the shape that the model was built for. A model with integer inputs needs them.
            **options: ``direction="right"``, or Keras's ``rankdir="LR"``, for left to right;
                ``expand_nested=True`` for the layers of models in the model; ``show_shapes``,
                ``show_dtype``, ``show_layer_names``, ``show_layer_activations`` and
                ``show_trainable``, as in `nn.utils.plot_model`. Others are those of
                `autograd_lite.draw`, and draw the computation: ``depth=2`` opens the layers,
                ``show="values"`` shows their outputs.

        Returns:
            The Drawing, which a notebook shows.

        Raises:
            RuntimeError: if the model has seen no inputs and is given none.
            OSError, ValueError: as in `Drawing.save`; for unknown directions.
        """
        from nn.models.plot import plot

        return plot(self, path, inputs, options)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name: of a model of symbolic Tensors its graph, as
        layers and the calls of them.

        Raises:
            ValueError: if a function between its layers reads a Variable.
        """
        arguments = inspect.signature(type(self)).parameters
        any_name = any(p.kind is p.VAR_KEYWORD for p in arguments.values())
        if "graph" not in arguments and (self._recipe is None or not any_name):
            return super().get_config()  # of a class with arguments of its own
        config: dict[str, Any] = {
            "activity_regularizer": self.activity_regularizer,
            "trainable": self.trainable,
            "dtype": self.dtype,
            "name": self.name,
        }
        return config if self._recipe is None else {"graph": config_of(self._recipe), **config}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Any = None) -> Self:
        """Create a new model; one of symbolic Tensors with new layers, each from its config.

        `custom_objects` is accepted as in Keras, and not needed: a config holds the layers.
        """
        if config.get("graph") is None:
            return super().from_config(config)
        model = cls(**config)
        assert model._recipe is not None
        symbols = model._recipe.with_new_layers(new_layer)
        arguments = {name: x for name, x in config.items() if name != "graph"}
        return cls(*symbols, **arguments)

    def __repr__(self) -> str:
        if self._recipe is None:
            return super().__repr__()
        shapes = f"{self._input_shapes[0]} to {self._output_shape}" if self._input_shapes else ""
        return f"<{type(self).__name__}({shapes}) {self.name!r}>"

    def _displayed(self) -> dict[str, str]:
        """Return what a notebook shows: the table of the summary."""
        from nn.models.summary import summary_html

        return {"text/plain": repr(self), "text/html": summary_html(self)}

    # -- trusting it -----------------------------------------------------------------------------

    def check_gradients(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        training: bool = True,
        order: int = 1,
        rtol: float | None = None,
        atol: float | None = None,
        samples: int = 200,
        seed: int = 0,
    ) -> GradientReport:
        """Check the gradients of the loss for all trainable weights by finite differences.

        Weights, moving averages and generators are restored afterwards; only a model that was not
        built stays built. Random draws (Dropout) are the same in each call.

        Args:
            x: one batch of inputs, as in `train_on_batch`; a few samples will do.
            y: its targets.
            sample_weight: the weight of each sample.
            training: True for layers to behave as in training.
            order: 1, or 2 to check second derivatives too.
            rtol: as in `autograd_lite.check_gradients`.
            atol: likewise.
            samples: likewise, for each weight.
            seed: of the random directions.

        Returns:
            The report, a row for each weight by its layer's name; it prints as a table.

        Raises:
            GradientError: if a gradient is wrong; it has the report.
            RuntimeError, TypeError, ValueError: as `fit`.

        Example:
            >>> import numpy as np, nn
            >>> model = nn.Sequential([nn.Dense(2, activation="tanh"), nn.Dense(1)])
            >>> model.compile(loss="mse")
            >>> report = model.check_gradients(np.array([[0.5, -1.0]]), np.array([[1.0]]))
            >>> [c.name for c in report.comparisons]
            ['dense/kernel', 'dense/bias', 'dense_1/kernel', 'dense_1/bias']
        """
        from nn.models.check_gradients import check_gradients

        self.require_compiled("check_gradients")
        batch = unpack_batch(self.to_batch(x, y, sample_weight))
        return check_gradients(
            self,
            batch,
            training=training,
            order=order,
            rtol=rtol,
            atol=atol,
            samples=samples,
            seed=seed,
        )

    def profile(
        self, x: Any, y: Any = None, sample_weight: Any = None, *, repeat: int = 10
    ) -> Profile:
        """Measure where the time of a training step goes: by layer, operation and line of code.

        Forward, backward and update are run on a copy of the model, eagerly and compiled: the model
        stays as it is. For the forward pass alone: ``ag.profile(model, x)``.

        Args:
            x: one batch of inputs, as in `train_on_batch`.
            y: its targets.
            sample_weight: the weight of each sample.
            repeat: the number of runs; the fastest counts.

        Returns:
            The profile, as of `autograd_lite.profile`: time, arithmetic, memory, and the share of
            the machine's peak; it prints as tables, and a notebook draws it.

        Raises:
            RuntimeError: if the model is not compiled.
            ValueError: without y, for a loss that needs it; for a loss that is not finite.
            TracingError, TypeError: as `train_program`.

        Example:
            >>> import numpy as np, nn
            >>> model = nn.Sequential([nn.Input((4,)), nn.Dense(3, name="hidden"), nn.Dense(1)])
            >>> model.compile(nn.SGD(0.1), loss="mse")
            >>> profile = model.profile(np.ones((8, 4)), np.ones((8, 1)))
            >>> hidden = [x for x in profile.eager.costs if x.layer == f"{model.name}/hidden"]
            >>> [x.arithmetic for x in hidden if (x.phase, x.operation) == ("forward", "matmul")]
            [192]
            >>> 2 * 8 * 4 * 3  # a multiplication and an addition for each sample, input and unit
            192
        """
        from nn.models.profile import profile

        self.require_compiled("profile")
        return profile(self, self.to_batch(x, y, sample_weight), repeat)


def new_layer(layer: Layer) -> Layer:
    """Return a layer made from the config of another, not built."""
    return type(layer).from_config(layer.get_config())
