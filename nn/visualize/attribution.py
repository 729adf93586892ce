"""The parts of an input that a prediction depends on: saliency and Grad-CAM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.extend import LIGHT, charts
from nn.layers.base import Layer
from nn.visualize.arguments import names_of, shortened
from nn.visualize.images import as_image, image_panel, image_shape_of
from nn.visualize.recorded import Recorded

Array = np.ndarray[Any, Any]

STRONGEST = 0.75  # opacity of the map over the image
HOT, DARK_HOT = LIGHT.heat[-2], LIGHT.heat[-1]  # over an image, and on white


def saliency(
    model: Layer,
    x: Any,
    target: int | None = None,
    *,
    tokens: Sequence[str] | None = None,
    image_shape: Any = None,
) -> charts.Chart:
    """Draw how strongly each pixel, feature or token changes the score of a class.

    The map is the absolute value of the gradient of the score (before a softmax) by the input, of
    several channels the largest; of tokens the length of the gradient by their embedding. Source:
    Simonyan et al., 2013, "Deep inside convolutional networks".

    Args:
        model: the model.
        x: a batch, of which the first sample is drawn.
        target: the class; None for the most probable one.
        tokens: the words of the sample, for a text.
        image_shape: of a sample, where it is flat and an image.

    Returns:
        The chart; ``numbers["saliency"]``, and ``numbers["target"]``.

    Raises:
        ValueError: if the score depends on the input in no differentiable way.

    Example:
        >>> import numpy as np, nn
        >>> model = nn.Sequential([nn.Input((4,)), nn.Dense(2)])
        >>> chart = saliency(model, np.ones((1, 4)), target=1)
        >>> bool((chart.numbers["saliency"] == np.abs(model.layers[0].kernel.data[:, 1])).all())
        True
    """
    recorded = Recorded(model, x)
    score, target = recorded.score(target)
    text = not recorded.x.requires_grad
    node = _first_differentiable(recorded) if text else recorded.x
    gradient = recorded.gradient(score, node)[0]
    sample = recorded.x.data[0]
    if text:
        strength = np.sqrt(np.sum(gradient * gradient, axis=-1))
    else:
        strength = np.abs(gradient)
        strength = strength.max(axis=-1) if gradient.ndim == 3 else strength
    title = f"Saliency of class {target}"
    numbers = {"saliency": strength, "target": target}
    if image_shape is None and strength.ndim == 1:
        names = names_of(sample if text and tokens is None else tokens, len(strength))
        said = _strongest(target, strength, names[int(strength.argmax())])
        return charts.Chart(title, [_row(strength, tuple(names))], said, numbers)
    largest = np.unravel_index(int(strength.argmax()), strength.shape)
    said = _strongest(target, strength, str(tuple(map(int, largest))))
    shape = image_shape_of(sample.shape, image_shape)
    strength = strength.reshape(shape[:2])
    return _over(title, sample.reshape(shape), strength, said, numbers | {"saliency": strength})


def _first_differentiable(recorded: Recorded) -> Any:
    for node in recorded.layers.values():
        if node.requires_grad and node.ndim == 3:
            return node
    raise ValueError(
        "whole numbers have no gradient, and no layer embeds them. For features write "
        "x.astype(np.float32)"
    )


def _strongest(target: int, strength: Array, entry: str) -> str:
    if not strength.any():
        return f"The score of class {target} changes with no entry of the input: all slopes are 0."
    said = f"The score of class {target} changes most with entry {entry} of the input, |gradient| "
    return f"{said}{strength.max():.3g}; the mean is {strength.mean():.3g}."


def _row(strength: Array, names: tuple[str, ...]) -> charts.Panel:
    """Cells in a row, one for each feature or token; with numbers where there is room."""
    cell = min(
        max(44.0, *(charts.text_width(name, "muted") + 8 for name in names)), 900 / len(names)
    )
    texts = [[f"{value:.2g}" for value in strength]] if cell >= 44 else None
    x = charts.Axis(names=tuple(shortened(name, 24) for name in names))
    size = (cell * len(names), 34.0)
    return charts.Panel("", [charts.Cells(strength[None], texts)], x, size=size)


def grad_cam(model: Layer, x: Any, target: int | None = None, layer: Any = None) -> charts.Chart:
    """Draw where in an image a convolutional network sees a class.

    The map is the sum of a layer's feature maps A, each weighted by the mean gradient of the score
    by it, where that is positive: ``relu(Σ mean(∂score/∂A) A)``. Source: Selvaraju et al., 2017,
    "Grad-CAM: visual explanations from deep networks via gradient-based localization".

    Args:
        model: the model.
        x: a batch, of which the first sample is drawn.
        target: the class; None for the most probable one.
        layer: the layer or its name; None for the last one whose outputs are images.

    Returns:
        The chart; ``numbers["map"]`` of the layer's height and width, and ``numbers["target"]``.

    Raises:
        ValueError: if no layer gives images.

    Example:
        >>> import numpy as np, nn
        >>> model = nn.Sequential([nn.layers.Conv2D(2, 3), nn.Flatten(), nn.Dense(2)])
        >>> grad_cam(model, np.ones((1, 6, 6, 1), np.float32)).numbers["map"].shape
        (4, 4)
    """
    recorded = Recorded(model, x)
    score, target = recorded.score(target)
    if recorded.x.ndim != 4:
        raise ValueError(
            f"Grad-CAM draws images (samples, height, width, channels), got {recorded.x.shape}"
        )
    maps = {path: node for path, node in recorded.layers.items() if node.ndim == 4}
    if not maps:
        raise ValueError(f"Grad-CAM needs a layer of maps, and {model.name} has none")
    name = list(maps)[-1] if layer is None else getattr(layer, "name", layer)
    node = recorded.layer(name)
    if node.ndim != 4:
        raise ValueError(f"{name} gives {node.shape}, no maps (samples, height, width, units)")
    weights = recorded.gradient(score, node)[0].mean(axis=(0, 1))
    strength = np.maximum(node.data[0] @ weights, 0)
    sample = recorded.x.data[0]
    image = np.squeeze(sample, axis=2) if sample.shape[2] == 1 else sample[..., :3]
    row, column = np.unravel_index(int(strength.argmax()), strength.shape)
    said = f"The maps of {name} that speak for class {target} are strongest in row {row}, column "
    said += f"{column} of {strength.shape[0]} × {strength.shape[1]}."
    if not strength.any():
        said = f"No map of {name} speaks for class {target}: the map is 0 everywhere."
    numbers = {"map": strength, "target": target}
    return _over(f"Grad-CAM of class {target}, {name}", image, strength, said, numbers)


def _over(title: str, image: Array, strength: Array, said: str, numbers: Any) -> charts.Chart:
    """The image, the map, and the map over the image."""
    picture = as_image(image)
    share = strength / (float(strength.max()) or 1.0)
    rows, columns = (
        np.arange(n) * have // n for n, have in zip(image.shape[:2], share.shape, strict=True)
    )
    stretched = share[rows][:, columns]
    plain = charts.blended(np.ones((*share.shape, 3)), DARK_HOT, share)
    both = charts.blended(picture, HOT, STRONGEST * stretched)
    panels = [
        image_panel("input", picture, "the input"),
        image_panel("map", plain, said),
        image_panel("both", both, "the map over the input"),
    ]
    return charts.Chart(title, panels, said, numbers)
