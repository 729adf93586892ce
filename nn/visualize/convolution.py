"""The kernels of a convolution, and its maps of an input as images."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_lite.extend import charts
from nn._core.validation import require_count
from nn.layers.base import Layer
from nn.visualize.arguments import require_layer
from nn.visualize.images import (
    SIGNED,
    as_image,
    image_panel,
    image_shape_of,
    mosaic_panel,
    not_finite,
)
from nn.visualize.recorded import Recorded


def kernels(layer: Layer, *, image_shape: Any = None, units: int = 64) -> charts.Chart:
    """Draw the kernels of a layer as images, all on one scale.

    Args:
        layer: a convolution of images, built; or a Dense layer on images.
        image_shape: of a Dense layer, what its inputs are: (height, width).
        units: how many at most are drawn.

    Returns:
        The chart; ``numbers["kernels"]`` of shape (units, height, width): of a convolution of
        several channels their mean.

    Raises:
        ValueError: for a layer without a kernel, or one that is no image.

    Example:
        >>> import nn
        >>> layer = nn.layers.Conv2D(4, 3)
        >>> layer.build((None, 8, 8, 1))
        >>> kernels(layer).numbers["kernels"].shape
        (4, 3, 3)
    """
    require_layer(layer)
    require_count("units", units)
    kernel = getattr(layer, "kernel", None)
    if kernel is None or kernel.ndim not in (2, 4):
        raise ValueError(
            f"{layer.name} ({type(layer).__name__}) has no kernel that is an image: give a "
            "convolution of images or a Dense layer, after it was built"
        )
    values = np.moveaxis(kernel.data, -1, 0)[:units]
    if kernel.ndim == 4:
        values = values.mean(axis=3)
    else:
        values = values.reshape(len(values), *image_shape_of(kernel.shape[:1], image_shape)[:2])
    images = charts.diverging(values)
    shape = " × ".join(map(str, values.shape[1:]))
    mean = f", mean over {kernel.shape[2]} channels" if kernel.ndim == 4 else ""
    mean = "" if kernel.ndim == 4 and kernel.shape[2] == 1 else mean
    largest = float(np.max(np.abs(values), where=np.isfinite(values), initial=0.0))
    said = f"{len(values)} of {kernel.shape[-1]} kernels, {shape}{mean}. {SIGNED} Largest absolute "
    said += f"value {largest:.3g}.{not_finite(values)}"
    panel = mosaic_panel(f"{shape}{mean}", images, said)
    return charts.Chart(f"Kernels of {layer.name}", [panel], said, {"kernels": values})


def feature_maps(
    model: Layer, x: Any, layers: Iterable[Any] | str | Layer | None = None, *, units: int = 16
) -> charts.Chart:
    """Draw what the layers of a model make of an image: a map for each unit.

    Args:
        model: the model.
        x: a batch, of which the first sample is drawn.
        layers: the layers or their names, or one of them; None for all whose outputs are images.
        units: how many maps of each layer at most.

    Returns:
        The chart; ``numbers`` has the maps of each layer by its name, (height, width, units).

    Raises:
        ValueError: for a layer whose output is no image, and if there is none.

    Example:
        >>> import numpy as np, nn
        >>> model = nn.Sequential([nn.layers.Conv2D(4, 3, activation="relu"), nn.Flatten()])
        >>> chart = feature_maps(model, np.ones((1, 8, 8, 1), np.float32))
        >>> {name: maps.shape for name, maps in chart.numbers.items()}
        {'conv2d': (6, 6, 4)}
    """
    require_count("units", units)
    recorded = Recorded(model, x)
    if layers is None:
        found = {path: node for path, node in recorded.layers.items() if node.ndim == 4}
        found = {path: node for path, node in found.items() if node.shape[1] * node.shape[2] > 1}
    else:
        several: Any = [layers] if isinstance(layers, (str, Layer)) else layers
        found = {getattr(each, "name", each): recorded.layer(each) for each in several}
    for path, node in found.items():
        if node.ndim != 4:
            raise ValueError(f"{path} gives {node.shape}, no maps (samples, height, width, units)")
    if not found:
        raise ValueError(f"no layer of {model.name} gives maps (samples, height, width, units)")
    numbers = {path: node.data[0] for path, node in found.items()}
    panels = []
    sample = recorded.x.data[0]
    if sample.ndim == 3 and sample.shape[2] in (1, 3):
        panels.append(image_panel("input", as_image(np.squeeze(sample)), "the input"))
    for path, maps in numbers.items():
        shown = np.moveaxis(maps, -1, 0)[:units]
        signed = shown.min() < 0
        images = charts.diverging(shown) if signed else charts.grey(shown, 0.0)
        height, width, count = maps.shape
        title = f"{path}: {height} × {width} × {count}"
        panels.append(mosaic_panel(title, images, f"{len(shown)} maps of {path}"))
    listed = "; ".join(f"{path} {maps.shape}" for path, maps in numbers.items())
    said = f"Outputs of layers for one sample: {listed}. Black is 0 and white the largest value; "
    said += "where values are negative, blue is negative and orange positive."
    missing = ((path, not_finite(maps)) for path, maps in numbers.items())
    said += "".join(f" {path}:{sentence}" for path, sentence in missing if sentence)
    return charts.Chart(f"Feature maps of {model.name}", panels, said, numbers)
