"""Models drawn under Keras's name."""

from __future__ import annotations

from typing import Any

__all__ = ["model_to_dot", "plot_model"]


def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = True,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = True,
    show_trainable: bool = False,
    **kwargs: Any,
) -> Any:
    """Draw a model into a file, by `model.plot`. Shapes, names and activations are shown unless
    they are switched off (in Keras they are switched on).

    Args:
        model: a built model.
        to_file: the path; its suffix says the format (.png, .svg, .pdf, .html, .dot, ...). None
            for no file.
        show_shapes: whether to show the shapes of outputs, None for the number of samples.
        show_dtype: whether to show their dtypes.
        show_layer_names: whether to show the names of layers besides their types.
        rankdir: "TB" for top down, "LR" for left to right.
        expand_nested: True draws a model in a model as a frame around its layers.
        dpi: has no effect.
        show_layer_activations: whether to show activations.
        show_trainable: whether to show if a layer's weights are trained.
        **kwargs: further keywords of Keras, without effect.

    Returns:
        The drawing, which a notebook shows.

    Raises:
        ValueError: for another rankdir.
    """
    return model.plot(
        to_file,
        show_shapes=show_shapes,
        show_dtype=show_dtype,
        show_layer_names=show_layer_names,
        rankdir=rankdir,
        expand_nested=expand_nested,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
    )


def model_to_dot(model: Any, **kwargs: Any) -> str:
    """Return the source for Graphviz of the drawing of a model; arguments as in `plot_model`."""
    source: str = plot_model(model, to_file=None, **kwargs).dot
    return source
