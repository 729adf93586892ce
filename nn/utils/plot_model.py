"""Models drawn under Keras's name."""

from __future__ import annotations

from typing import Any

__all__ = ["model_to_dot", "plot_model"]


def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    **kwargs: Any,
) -> Any:
    """Draw a model into a file, by `model.plot`, which needs no program of the system.

    Args:
        model: a built model.
        to_file: the path; its suffix says the format (.png, .svg, .pdf, .html, .dot, ...). None
            for no file.
        show_shapes: has no effect: shapes are shown.
        show_dtype: has no effect.
        show_layer_names: has no effect: names are shown.
        rankdir: "TB" for top down, "LR" for left to right.
        expand_nested: True opens the layers inside of layers.
        dpi: has no effect.
        show_layer_activations: has no effect.
        show_trainable: has no effect.
        **kwargs: further keywords of Keras, without effect.

    Returns:
        The drawing, which a notebook shows.
    """
    directions = {"TB": "down", "LR": "right"}
    if rankdir not in directions:
        raise ValueError(f"rankdir is 'TB' or 'LR', got {rankdir!r}")
    options: dict[str, Any] = {"direction": directions[rankdir]}
    if expand_nested:
        options["depth"] = 99
    return model.plot(to_file, **options)


def model_to_dot(model: Any, **kwargs: Any) -> str:
    """Return the source for Graphviz of the drawing of a model; arguments as in `plot_model`."""
    source: str = plot_model(model, to_file=None, **kwargs).dot
    return source
