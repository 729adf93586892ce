"""Layer: variables created with the first inputs, and a computation with them.

A layer is `build` (create the weights, once the width of the inputs is known) and `call` (compute).
Weights and sublayers are found in its attributes, in the order of assignment, also inside of lists,
tuples and dicts; nothing has to be registered.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, NoReturn, Self

import numpy as np

from autograd_lite import Tensor, Variable
from autograd_lite.extend import (
    as_array,
    cast,
    enter_scope,
    holds_symbolic,
    is_ours,
    leaf,
    leave,
    shorten,
)
from nn import constraints, initializers, regularizers
from nn._core.nest import leaves, map_arrays
from nn._core.tracking import is_own
from nn._core.validation import floating_dtype, require_flag
from nn.config import floatx
from nn.layers.building import (
    done_once,
    output_shape_of,
    require_arguments,
    shape_of,
    shapes_to_build,
)
from nn.layers.first_layer import FIRST_LAYER, takes_first_layer_keywords
from nn.layers.masks import any_masked, call_with_masks, mask_arguments, with_explicit_mask
from nn.layers.module import VALUE_MAKER, Module, Weight, walk
from nn.layers.naming import name_uniquely
from nn.layers.options import spell_options_out
from nn.layers.reading import allow_reading_outputs
from nn.layers.symbolic import FromCalls, call_symbolically, of_first_call

# The penalties added so far in the outermost call; None between calls.
_PENALTIES: ContextVar[list[Tensor] | None] = ContextVar("nn.penalties", default=None)


class Layer(Module):
    """The base of all layers. Subclass it with `call`, and with `build` if it has weights.

    Args:
        activity_regularizer: a penalty on the outputs, per sample, added to the loss.
        trainable: False freezes the weights, see the attribute.
        dtype: the floating type of weights and computation: other inputs are cast. None for
            `nn.config.floatx()`, "float32" unless set otherwise.
        name: its name in messages and pictures; the class's name by default. A model numbers layers
            of one name: dense, dense_1.

    Attributes:
        built: True once the weights exist.
        integer_inputs: set it to True in a subclass whose inputs are indices or labels, not to be
            cast to `dtype`.
        supports_masking: set it to True in a subclass whose outputs have the mask of its inputs, or
            that one which `compute_mask` returns. Other layers end a mask, with a warning.

    Example:
        >>> import numpy as np, nn
        >>> class Scale(nn.Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")
        ...     def call(self, x):
        ...         return x * self.factor
        >>> scale = Scale()
        >>> scale(np.array([[1.0, 2.0]])).data
        array([[1., 2.]], dtype=float32)
        >>> scale.variables
        [Variable([1., 1.], dtype=float32, name='scale/factor', requires_grad=True)]
    """

    _further_keywords = FIRST_LAYER
    integer_inputs = False
    supports_masking = False

    # Whether `compute_mask` is called for inputs without a mask too; True for a user's own.
    _makes_mask = False
    # Whether outputs keep the masks that operations and other layers have given them.
    _keeps_masks = False

    # True if `call` may pass no `training` on to other layers, which then decide for themselves.
    _passes_training = False

    # True if a call that does not say `training` trains: of layers that augment data.
    _trains_by_default = False

    # Defaults live on the class, so that a subclass whose __init__ does not call super() works.
    activity_regularizer: Any = None
    dtype: Any = None
    _dtype: np.dtype[Any] = np.dtype(np.float32)
    _ready = False
    _building = _in_first_call = False
    _takes_training = _has_warned = False
    _mask_arguments: tuple[str | None, ...] = ()  # of `call`, for each input
    _penalize: Any = None
    _penalties: tuple[Tensor, ...] = ()
    _output_shape: Any = None
    _input_shapes: tuple[Any, ...] | None = None  # what `build` was called with

    @takes_first_layer_keywords
    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"a layer's name is a string, got {name!r}")
        name = name or None  # "" gives none, as in Keras
        self.activity_regularizer = activity_regularizer
        self._penalize = regularizers.get(activity_regularizer)
        self.dtype = floatx() if dtype is None else dtype
        self._dtype = floating_dtype(self.dtype)
        self._name = name
        self._name_given = name is not None
        require_flag("trainable", trainable)
        self._trainable = bool(trainable)

    # -- what a subclass writes ----------------------------------------------------------------

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = vars(cls)
        if "build" in own:
            cls.build = done_once(cls.build)  # type: ignore[method-assign]
        if "compute_mask" in own:
            cls.supports_masking = own.get("supports_masking", True)
            cls._makes_mask = own.get("_makes_mask", not is_own(cls))
        if "__init__" in own:
            init = spell_options_out(cls.__init__)
            cls.__init__ = takes_first_layer_keywords(init)  # type: ignore[method-assign]

    @done_once
    def build(self, *input_shapes: Any) -> None:
        """Create the weights, with `add_weight`. Called once: by the first call, or by hand.

        Args:
            *input_shapes: the shape of each input; its first length, the number of samples, is
                None.

        Raises:
            TypeError: for anything but shapes.
            ValueError: if the layer was built for other shapes.
        """

    def call(self, *inputs: Any, **options: Any) -> Any:
        """Compute the outputs from the inputs, which are Tensors of the layer's dtype.

        Add a parameter ``training=False`` if training and inference differ.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no call method. Write "
            "call(self, x) that returns the outputs"
        )

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """Compute the mask of the outputs: by default that of the inputs.

        Called after `call`, if the inputs have a mask, or if a subclass overrides it.

        Args:
            inputs: the first argument of `call`.
            previous_mask: its mask, booleans with the lengths of its leading axes; None if it has
                none. Of several inputs a list.
        """
        return previous_mask

    def add_weight(
        self,
        shape: tuple[int | None, ...] = (),
        initializer: Any = "glorot_uniform",
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Create one weight; assign it to an attribute.

        Args:
            shape: its shape, made of lengths that `build` is given.
            initializer: a name or an initializer, as in `nn.initializers`.
            dtype: the layer's, unless given.
            trainable: False for state that the optimizer must not change, such as running
                statistics.
            regularizer: a penalty on it, added to the loss, as in `nn.regularizers`.
            constraint: applied after each update, as in `nn.constraints`.
            name: its name: "kernel".

        Raises:
            ValueError: for a name that is taken, an unknown length (None), and unknown
                initializers, regularizers and constraints.
        """
        whole_name = f"{self.name}/{name or 'weight'}"
        if name is not None and any(w.variable.name == whole_name for w in self._weights):
            raise ValueError(
                f"{self.name} already has a weight {name!r}. Give this one another name="
            )
        if any(n is None for n in shape):
            raise ValueError(
                f"{self.name} cannot create a weight of shape {tuple(shape)}: a length is unknown. "
                "Build it for inputs whose other axes are given: build((None, 4))"
            )
        make = VALUE_MAKER.get()
        dtype = self._dtype if dtype is None else dtype
        if make is None:
            value = initializers.get(initializer)(tuple(shape), dtype)
        else:
            value = make(whole_name, tuple(shape), dtype)
        variable = Variable(value, trainable and self._trainable, name=whole_name)
        if trainable and not self._trainable:
            self._frozen += (variable,)
        penalty, constraint = regularizers.get(regularizer), constraints.get(constraint)
        self._weights += (Weight(variable, penalty, constraint, trainable),)
        return variable

    def add_loss(self, loss: Any) -> None:
        """Add a penalty to the loss, from inside `call`: a Tensor with one element."""
        penalties = _PENALTIES.get()
        if penalties is None:
            raise RuntimeError("call add_loss inside a layer's call(), while a loss is computed")
        penalties.append(loss)

    # -- calling it ------------------------------------------------------------------------------

    def __call__(self, *inputs: Any, training: bool | None = None, **options: Any) -> Any:
        """Compute the outputs; the first call builds the layer.

        Args:
            *inputs: arrays or Tensors, or lists or dicts of them, as `call` takes them.
            training: True in a training step; False by default, but for layers that augment data,
                which do so unless told not to. Inside another layer's `call` it is
                required for a layer that behaves differently in training.
            **options: whatever else `call` takes. ``mask``, which any layer takes, is the mask of
                the first input, in place of that which it has.

        Raises:
            TypeError: for inputs that are not numbers, and for a missing `training`.
            ValueError: for ragged lists, and for shapes that do not fit the layer.
        """
        masked = self._makes_mask
        for x in inputs:
            if x.__class__ is not Tensor or x._array.dtype is not self._dtype:
                if holds_symbolic(inputs):
                    return call_symbolically(self, inputs, training, options)
                inputs = self._admit_all(inputs)
                masked = masked or any_masked(inputs)
                break
        if options and holds_symbolic(options):
            return call_symbolically(self, inputs, training, options)
        if not self._ready:
            self._prepare(inputs, options)
            inputs = self._admit_all(inputs)  # to its weights
        if options and options.get("mask") is not None:
            masked = True
            if "mask" not in self._mask_arguments:
                inputs = with_explicit_mask(self, inputs, options.pop("mask"))
        if _PENALTIES.get() is not None:
            return self._compute(inputs, training, options, masked)
        training = self._trains_by_default if training is None else training
        token = _PENALTIES.set([])  # an outermost call collects the penalties of all layers
        try:
            outputs = self._compute(inputs, training, options, masked)
            if not training:
                allow_reading_outputs(outputs, inputs)
            return outputs
        except (ValueError, TypeError) as error:
            if is_ours(error.__traceback__):
                shorten(error)
            raise
        finally:
            penalties = tuple(_PENALTIES.get() or ())
            if penalties or self._penalties:
                self._penalties = penalties
            _PENALTIES.reset(token)

    def _compute(
        self, inputs: tuple[Any, ...], training: bool | None, options: dict[str, Any], masked: bool
    ) -> Any:
        """Compute the outputs from admitted inputs."""
        if self._takes_training:
            if training is not None:
                options["training"] = training
            elif not self._passes_training:
                self._refuse_to_guess_training()
        if masked:
            outputs = call_with_masks(self, inputs, options)
        else:
            context = enter_scope(self._name)  # type: ignore[arg-type]  # `_prepare` has set it
            try:
                outputs = self.call(*inputs, **options)
            finally:
                leave(context)
        if self._penalize is not None:
            self._penalize_outputs(outputs)
        if self._output_shape is None:
            self._see_first(outputs)
        return outputs

    def call_inside(self, *inputs: Any, training: bool, **options: Any) -> Any:
        """Call it as another layer would: penalties go nowhere."""
        token = _PENALTIES.set([])
        try:
            return self(*inputs, training=training, **options)
        finally:
            _PENALTIES.reset(token)

    def _admit_all(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            [
                self._admit(x) if x.__class__ is np.ndarray else map_arrays(self._admit, x)
                for x in inputs
            ]
        )

    def _admit(self, x: Any) -> Tensor:
        """Convert an input to a Tensor of the dtype that the layer computes in.

        That is the dtype of its weights, which a gradient check widens for a while. A layer without
        weights inside another one keeps the dtype of its inputs.
        """
        tensor = x if isinstance(x, Tensor) else leaf(self._as_array(x))
        data = tensor._array
        floating = data.dtype.kind == "f"
        if self._weights:
            dtype = self._weights[0].variable._array.dtype
        elif floating and _PENALTIES.get() is not None:
            return tensor
        else:
            dtype = self._dtype
        if data.dtype == dtype or (self.integer_inputs and not floating):
            return tensor
        return cast(tensor, dtype=dtype)  # type: ignore[no-any-return]

    def _as_array(self, x: Any) -> Any:
        """Convert an input to an array; numeric arrays are not copied."""
        if type(x) is np.ndarray and x.dtype.kind in "fiub":
            return x
        if isinstance(x, Layer):
            raise TypeError(
                f"{self.name} was called on a layer, {x!r:.60}, and not on what it gives. Call "
                "that first: x = nn.Input(shape), or an array, then layer(other(x)); or list both "
                "in nn.Sequential([...])"
            )
        try:
            return as_array(x)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.name} cannot take these inputs: {error}") from None

    def _prepare(self, inputs: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Build the layer and name its sublayers, before the first call."""
        self._name = self.name
        parameters = inspect.signature(self.call).parameters
        self._takes_training = "training" in parameters
        self._mask_arguments = mask_arguments(parameters)
        require_arguments(self, inputs, options)
        name_uniquely(self._sublayers())
        if not self.built:
            shapes = tuple(map_arrays(shape_of, x) for x in inputs)
            self._build(shapes_to_build(self, shapes))
            name_uniquely(self._sublayers())
        self._ready = True

    def _build(self, shapes: tuple[Any, ...]) -> None:
        """Build in the first call: a model's layers are built by being called."""
        self._in_first_call = True
        try:
            self.build(*shapes)
        finally:
            self._in_first_call = False

    def _see_first(self, outputs: Any) -> None:
        if outputs is None:
            raise TypeError(f"{self.name} returned None: return the outputs from call()")
        self._output_shape = map_arrays(shape_of, outputs)

    def _refuse_to_guess_training(self) -> NoReturn:
        raise TypeError(
            f"{self.name} behaves differently in training, but was called inside another layer "
            "without training=. Pass it on: write the outer def call(self, x, training=False), "
            f"and in it call {self.name} with (x, training=training)"
        )

    def _penalize_outputs(self, outputs: Any) -> None:
        for output in leaves(outputs):
            self.add_loss(self._penalize(output) / max(len(output), 1))

    # -- shapes, penalties and configuration ------------------------------------------------------

    input = FromCalls("input", "The symbolic Tensors that it was first called on.")
    output = FromCalls("output", "The symbolic Tensors that its first call on such gave.")

    def _symbolic(self, what: str) -> Any:
        return of_first_call(self, what)

    @property
    def output_shape(self) -> Any:
        """The shape of the outputs in the first call, with None for the number of samples; None
        before.
        """
        return self._output_shape

    @property
    def losses(self) -> list[Tensor]:
        """The penalties added to the loss: on the current weights, and on outputs in the latest
        call.
        """
        on_weights = [
            weight.regularizer(weight.variable)
            for layer in walk(self)
            if isinstance(layer, Layer)
            for weight in layer._weights
            if weight.regularizer is not None
        ]
        return on_weights + list(self._penalties)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, as they were given.

        It reads the attributes of the same names; override it if an argument is kept elsewhere.
        """
        parameters = inspect.signature(type(self)).parameters.values()
        named = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        return {name: getattr(self, name) for name in named}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Create a new layer, not built yet, from the arguments that `get_config` returned.

        Layers among the arguments are made again, too: the new one shares no weights.

        Raises:
            TypeError: for an unknown argument.
        """
        return cls(**_made_again(config, {}))

    def compute_output_shape(self, *input_shapes: Any) -> Any:
        """Compute the shape of the outputs for inputs of these shapes, without changing the layer.

        Args:
            *input_shapes: the shape of each input, None for an unknown length.

        Raises:
            TypeError, ValueError: for anything but shapes, and for shapes that the layer refuses.

        Example:
            >>> import nn
            >>> nn.Dense(3).compute_output_shape((None, 4))
            (None, 3)
        """
        return output_shape_of(self, input_shapes)

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        try:
            config = self.get_config()
        except AttributeError:
            config = {}
        said = {
            name: value
            for name, value in config.items()
            if name != "name"
            and not _is_default(value, defaults[name].default)
            and not (name == "dtype" and value == floatx())
        }
        arguments = ", ".join(f"{name}={value!r}" for name, value in said.items())
        return f"<{type(self).__name__}({arguments}) {self.name!r}>"


def _made_again(value: Any, made: dict[int, Layer]) -> Any:
    """The value with a new layer for each layer, one for one that is there twice."""
    if isinstance(value, Layer):
        if id(value) not in made:
            made[id(value)] = type(value).from_config(value.get_config())
        return made[id(value)]
    if type(value) in (list, tuple):
        return type(value)(_made_again(part, made) for part in value)
    if isinstance(value, Mapping):
        return {name: _made_again(part, made) for name, part in value.items()}
    return value


def _is_default(value: Any, default: Any) -> bool:
    """Return if an argument equals its default; an array never does."""
    return value is default or (isinstance(value, (str, int, float)) and value == default)
