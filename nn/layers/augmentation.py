"""Augmentation: images changed at random, in training only, each on its own."""

from __future__ import annotations

import math
from typing import Any, Unpack

import numpy as np

import autograd_lite as ag
from autograd_lite import Tensor, sample
from nn._core.images import FILL_MODES, affine_transform
from nn._core.validation import require_finite
from nn.distribution.share import sample_rows
from nn.layers.images import Images, Sized, one_or_more
from nn.layers.options import LayerOptions
from nn.layers.spatial import in_either_order
from nn.random import Seed, from_seed

Range = tuple[float, float]


class _Random(Images):
    """The base of layers that change images at random in training, each image on its own.

    Called by itself, such a layer changes them unless `training` is False, as in Keras.
    """

    _trains_by_default = True

    def __init__(
        self, seed: Seed, data_format: str | None = None, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(data_format, **options)
        self.seed = seed
        self._generator = from_seed(seed)

    @one_or_more
    @in_either_order
    def call(self, x: Tensor, training: bool = False) -> Any:
        self._check(x.shape)
        return self._changed(x) if training else self._unchanged(x)

    def _unchanged(self, x: Any) -> Any:
        return x

    def _uniform(self, x: Any, low: float, high: float) -> Any:
        """Draw a number for each image."""
        return sample_rows(self._generator, "uniform", low, high, shape=(x.shape[0],))

    def _factor(self, argument: str, factor: Any, least: float = -1) -> Any:
        """Check a number from `least` to 1, or a pair of them, the lower one first.

        Raises:
            TypeError, ValueError: for anything else.
        """
        several = isinstance(factor, (list, tuple))
        numbers = tuple(factor) if several else (factor,)
        for number in numbers:
            require_finite(f"{argument} of {self.name}", number)
        ordered = list(numbers) == sorted(numbers) and len(numbers) == 1 + several
        if not ordered or numbers[0] < least or numbers[-1] > 1:
            raise ValueError(
                f"{argument} of {self.name} is a number from {least} to 1, or two of them, the "
                f"lower one first; got {factor!r}"
            )
        return numbers if several else factor

    def _between(self, x: Any, factor: Any) -> Any:
        """Draw a number for each image, from a range that `_factor` has checked."""
        lower, upper = factor if isinstance(factor, tuple) else (-abs(factor), abs(factor))
        return self._uniform(x, lower, upper)

    def _values(self, value_range: Any) -> Range:
        """Check the range of values of images.

        Raises:
            TypeError, ValueError: for anything but two numbers, the lower one first.
        """
        if not isinstance(value_range, (list, tuple)) or len(value_range) != 2:
            raise ValueError(
                f"value_range of {self.name} is (lowest, highest), got {value_range!r}"
            )
        for number in value_range:
            require_finite(f"value_range of {self.name}", number)
        lowest, highest = value_range
        if lowest >= highest:
            raise ValueError(
                f"value_range of {self.name} starts with the lower, got {value_range!r}"
            )
        return lowest, highest


class RandomFlip(_Random):
    """Flips images at random: each with probability 1/2, left to right and upside down.

    Args:
        mode: "horizontal", "vertical", or "horizontal_and_vertical": each of them by itself.
        seed: an integer, for the same changes in every run; None for the global generator.
        data_format: as in `Conv2D`.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> images = np.arange(6.0).reshape(3, 1, 2, 1)
        >>> RandomFlip("horizontal", seed=0)(images, training=True).data.reshape(3, 2)
        array([[0., 1.],
               [3., 2.],
               [5., 4.]], dtype=float32)
    """

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: Seed = None,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self._require_one_of("mode", mode, ["horizontal", "vertical", "horizontal_and_vertical"])
        self.mode = mode

    def _changed(self, x: Any) -> Any:
        if "horizontal" in self.mode:
            x = np.where(self._flipped(x), x[:, :, ::-1], x)
        if "vertical" in self.mode:
            x = np.where(self._flipped(x), x[:, ::-1], x)
        return x

    def _flipped(self, x: Any) -> Any:
        return (self._uniform(x, 0.0, 1.0) <= 0.5)[:, None, None, None]


class RandomCrop(_Random, Sized):
    """A part of the images, in training at a random place: one for all images of a batch.

    Outside of training, and of smaller images, it is the largest part of these proportions in the
    middle, resized.

    Args:
        height, width: the size of the part.
        seed, data_format: as in `RandomFlip`.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> RandomCrop(2, 2, seed=0)(np.zeros((5, 8, 8, 1)), training=True).shape
        (5, 2, 2, 1)
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: Seed = None,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.set_size(height, width)

    def _changed(self, x: Any) -> Any:
        if x.shape[1] < self.height or x.shape[2] < self.width:
            return self._unchanged(x)
        for axis, length in zip((1, 2), self._size, strict=True):
            choices = x.shape[axis] - length + 1
            start = sample(self._generator, "integers", 0, choices, shape=(1,))
            x = ag.take(x, (slice(None),) * axis + (start + np.arange(length),))
        return x

    def _unchanged(self, x: Any) -> Any:
        return self._cropped_and_resized(x)


class RandomContrast(_Random):
    """Changes the contrast of images at random: ``(x - mean) * factor + mean`` of each channel.

    Args:
        factor: (lower, upper), for factors between ``1 - lower`` and ``1 + upper``, or one number
            for both; from 0 to 1.
        value_range: (lowest, highest) value of an image, at which results are cut off.
        seed: as in `RandomFlip`.
        trainable, dtype, name: as in `Layer`.
    """

    def __init__(
        self,
        factor: float | Range,
        value_range: Range = (0, 255),
        seed: Seed = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, **options)
        self.factor = self._factor("factor", factor, least=0)
        self.value_range = self._values(value_range)

    def _changed(self, x: Any) -> Any:
        lower, upper = self.factor if isinstance(self.factor, tuple) else (self.factor,) * 2
        factor = self._uniform(x, 1 - lower, 1 + upper).astype(x.dtype)[:, None, None, None]
        mean = np.mean(x, axis=(1, 2), keepdims=True)
        return np.clip((x - mean) * factor + mean, *self.value_range)


class RandomBrightness(_Random):
    """Makes images brighter or darker at random, by a part of the range of values.

    Args:
        factor: (lower, upper), from -1 to 1, or one number for (-factor, factor).
        value_range, seed: as in `RandomContrast`.
        trainable, dtype, name: as in `Layer`.
    """

    def __init__(
        self,
        factor: float | Range,
        value_range: Range = (0, 255),
        seed: Seed = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, **options)
        self.factor = self._factor("factor", factor)
        self.value_range = self._values(value_range)

    def _changed(self, x: Any) -> Any:
        lowest, highest = self.value_range
        part = self._between(x, self.factor) * (highest - lowest)
        return np.clip(x + part.astype(x.dtype)[:, None, None, None], lowest, highest)


class _Moved(_Random):
    """The base of layers that move the elements of images by an affine transform."""

    def _set_filling(self, fill_mode: str, interpolation: str, fill_value: float) -> None:
        self._require_one_of("fill_mode", fill_mode, [m for m in FILL_MODES if m != "mirror"])
        self._require_one_of("interpolation", interpolation, ["nearest", "bilinear"])
        require_finite("fill_value", fill_value)
        self.fill_mode = fill_mode
        self.interpolation = interpolation
        self.fill_value = fill_value

    def _changed(self, x: Any) -> Any:
        transform = np.stack(self._transform(x), axis=1)
        filling = self.interpolation, self.fill_mode, self.fill_value
        return affine_transform(x, transform, *filling)

    def _transform(self, x: Any) -> list[Any]:
        """The six numbers of `affine_transform`, one of each for each image."""
        raise NotImplementedError


class RandomRotation(_Moved):
    """Rotates images at random around their middle.

    Args:
        factor: (lower, upper), parts of a full turn, from -1 to 1, counterclockwise if positive; or
            one number for (-factor, factor).
        fill_mode: for places outside of the image: "constant", "nearest" (the border continued),
            "reflect" (the image mirrored at its border) or "wrap" (the image again).
        interpolation: "bilinear" or "nearest".
        seed: as in `RandomFlip`.
        fill_value: the value outside in mode "constant".
        data_format: as in `Conv2D`.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: for factors outside of that range, or the larger one first.

    Example:
        >>> image = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1)
        >>> RandomRotation((0.25, 0.25))(image, training=True).data.reshape(2, 2).round(3)
        array([[2., 4.],
               [1., 3.]], dtype=float32)
    """

    def __init__(
        self,
        factor: float | Range,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: Seed = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = self._factor("factor", factor)
        self._set_filling(fill_mode, interpolation, fill_value)

    def _transform(self, x: Any) -> list[Any]:
        turns = self._between(x, self.factor)
        cos, sin = np.cos(2 * math.pi * turns), np.sin(2 * math.pi * turns)
        cx, cy = (x.shape[2] - 1) / 2, (x.shape[1] - 1) / 2
        return [cos, -sin, cx - cx * cos + cy * sin, sin, cos, cy - cx * sin - cy * cos]


class RandomTranslation(_Moved):
    """Moves images at random.

    Args:
        height_factor: (lower, upper), parts of the height, from -1 to 1, downwards if positive; or
            one number for (-height_factor, height_factor).
        width_factor: likewise, parts of the width, to the right if positive.
        fill_mode, interpolation, seed, fill_value, data_format: as in `RandomRotation`.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: for factors outside of that range, or the larger one first.

    Example:
        >>> image = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1)
        >>> down = RandomTranslation((0.5, 0.5), 0.0, "constant")
        >>> down(image, training=True).data.reshape(2, 2)
        array([[0., 0.],
               [1., 2.]], dtype=float32)
    """

    def __init__(
        self,
        height_factor: float | Range,
        width_factor: float | Range,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: Seed = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.height_factor = self._factor("height_factor", height_factor)
        self.width_factor = self._factor("width_factor", width_factor)
        self._set_filling(fill_mode, interpolation, fill_value)

    def _transform(self, x: Any) -> list[Any]:
        down = self._between(x, self.height_factor)
        right = self._between(x, self.width_factor)
        one, zero = np.ones(x.shape[0]), np.zeros(x.shape[0])
        return [one, zero, -right * x.shape[2], zero, one, -down * x.shape[1]]


class RandomZoom(_Moved):
    """Zooms into images, or out of them, at random, around their middle.

    Args:
        height_factor: (lower, upper), from -1 to 1: 0.2 shows 20 % more than the height of the
            image, -0.2 shows 20 % less; or one number for (-height_factor, height_factor).
        width_factor: likewise for the width; None for the factor of the height.
        fill_mode, interpolation, seed, fill_value, data_format: as in `RandomRotation`.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: for factors outside of that range, or the larger one first.
    """

    def __init__(
        self,
        height_factor: float | Range,
        width_factor: float | Range | None = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: Seed = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.height_factor = self._factor("height_factor", height_factor)
        self.width_factor = width_factor
        if width_factor is not None:
            self.width_factor = self._factor("width_factor", width_factor)
        self._set_filling(fill_mode, interpolation, fill_value)

    def _transform(self, x: Any) -> list[Any]:
        high = 1 + self._between(x, self.height_factor)
        wide = high
        if self.width_factor is not None:
            wide = 1 + self._between(x, self.width_factor)
        zero = np.zeros(x.shape[0])
        cx, cy = (x.shape[2] - 1) / 2, (x.shape[1] - 1) / 2
        return [wide, zero, cx - cx * wide, zero, high, cy - cy * high]
