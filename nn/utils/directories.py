"""Data sets of files in folders, a folder a class: images and texts."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from nn._core.images import INTERPOLATIONS, crop_box, resize
from nn._core.validation import require_count, require_fraction
from nn.utils.images import img_to_array, load_img
from nn.utils.labels import to_categorical
from nn.utils.py_dataset import Batches

__all__ = ["image_dataset_from_directory", "text_dataset_from_directory"]

IMAGES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}


class _Found(NamedTuple):
    """Files with their labels."""

    paths: list[str]
    labels: Any
    class_names: list[str] | None


def image_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    verbose: bool = True,
) -> Batches:
    """Return a data set of the images below a folder, read when they are needed.

    Args:
        directory: the folder; with ``labels="inferred"`` it has a folder for each class.
        labels: "inferred", None for images alone, or a list with one for each file, in the order
            of their paths.
        label_mode: "int", "binary" (float32, one column), "categorical" (one-hot), or None.
        class_names: the folders, where their order is to be another than that of the alphabet.
        color_mode: "grayscale", "rgb" or "rgba".
        batch_size: images in a batch; None for one at a time.
        image_size: (height, width) that they are resized to.
        shuffle: False keeps the order of their paths.
        seed: of the order.
        validation_split: the fraction of the files that is held out.
        subset: "training" or "validation": the part that is wanted.
        interpolation: "bilinear", "nearest", ..., as in the layer `Resizing`: of floating numbers
            and without smoothing, as in Keras. (`load_img` has Pillow's.)
        follow_links: True enters folders that are links.
        crop_to_aspect_ratio: True crops the middle before resizing, so that nothing is distorted.
        data_format: "channels_last".
        verbose: False prints nothing.

    Returns:
        Batches of x float32 (samples, height, width, channels), 0 to 255, and y.

    Raises:
        ValueError: for other words, where there are no such files, and, when its batch is read, for
            a damaged file.
        ImportError: without Pillow, when the first batch is read.
    """
    if color_mode not in _CHANNELS:
        raise ValueError(f"color_mode is one of {', '.join(_CHANNELS)}; got {color_mode!r}")
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"interpolation is one of {', '.join(INTERPOLATIONS)}; got {interpolation!r}"
        )

    height, width = _size(image_size)

    def read(path: str) -> Any:
        try:
            image = img_to_array(load_img(path, color_mode), data_format)
        except (OSError, SyntaxError) as error:  # what Pillow raises for damaged files
            raise ValueError(f"{path!r} is not an image that can be read: {error}") from error
        if crop_to_aspect_ratio:
            image = image[crop_box(image.shape[:2], (height, width))]
        return resize(image[None], (height, width), interpolation)[0]

    found = _found(directory, labels, IMAGES, class_names, follow_links)
    chosen = _chosen(found, shuffle, seed, validation_split, subset, verbose)
    return _batches(found, chosen, read, label_mode, batch_size, shuffle, seed)


def _size(given: Any) -> tuple[int, int]:
    """Return height and width.

    Raises:
        TypeError, ValueError: for anything but two whole numbers from 1 up.
    """
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise TypeError(f"image_size is (height, width), got {given!r}")
    for length in given:
        require_count("a length of image_size", length)
    return given[0], given[1]


def text_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Batches:
    """Return a data set of the texts (.txt) below a folder, read when they are needed.

    Args:
        directory: as in `image_dataset_from_directory`.
        labels: likewise.
        label_mode: likewise.
        class_names: likewise.
        batch_size: likewise.
        max_length: the letters that are kept of a text; None for all.
        shuffle: as in `image_dataset_from_directory`.
        seed: likewise.
        validation_split: likewise.
        subset: likewise.
        follow_links: likewise.
        verbose: likewise.

    Returns:
        Batches of arrays of strings, and y.

    Raises:
        ValueError: as there.
    """

    def read(path: str) -> Any:
        with open(path, encoding="utf-8") as file:
            return file.read()[:max_length]

    found = _found(directory, labels, (".txt",), class_names, follow_links)
    chosen = _chosen(found, shuffle, seed, validation_split, subset, verbose)
    return _batches(found, chosen, read, label_mode, batch_size, shuffle, seed)


def _found(
    directory: Any, labels: Any, suffixes: tuple[str, ...], class_names: Any, follow_links: bool
) -> _Found:
    """Return the files below a folder, in the order of their paths, and their labels."""
    root = os.fspath(directory)
    if labels != "inferred" or not isinstance(labels, str):
        paths = _files(root, suffixes, follow_links)
        if labels is not None and len(labels) != len(paths):
            raise ValueError(f"{len(labels)} labels for {len(paths)} files below {root!r}")
        names = None if labels is None else [str(label) for label in sorted(set(labels))]
        return _Found(paths, None if labels is None else np.asarray(labels), names)
    folders = sorted(
        entry.name for entry in os.scandir(root) if entry.is_dir() and entry.name[0] != "."
    )
    if class_names is not None and not set(class_names) <= set(folders):
        raise ValueError(f"class_names={list(class_names)}, but {root!r} has folders {folders}")
    names = list(class_names or folders)
    groups = [_files(os.path.join(root, name), suffixes, follow_links) for name in names]
    numbers = [i for i, group in enumerate(groups) for _ in group]
    paths = [path for group in groups for path in group]
    if not paths:
        raise ValueError(f"{root!r} has no files {', '.join(suffixes)} in a folder for each class")
    return _Found(paths, np.asarray(numbers, np.int32), names)


def _files(root: str, suffixes: tuple[str, ...], follow_links: bool) -> list[str]:
    walk = sorted(os.walk(root, followlinks=follow_links))
    names = [os.path.join(folder, name) for folder, _, files in walk for name in sorted(files)]
    return [name for name in names if name.lower().endswith(suffixes)]


def _chosen(
    found: _Found,
    shuffle: bool,
    seed: int | None,
    validation_split: float | None,
    subset: str | None,
    verbose: bool,
) -> Any:
    """Return the numbers of the files that are wanted, in their order."""
    order = np.arange(len(found.paths))
    if (validation_split is None) != (subset is None):
        raise ValueError('validation_split=0.2 goes with subset="training" or "validation"')
    if subset is not None and subset not in ("training", "validation"):
        raise ValueError(f"subset is 'training' or 'validation', got {subset!r}")
    if shuffle:
        if subset is not None and seed is None:
            raise ValueError("the two subsets need one seed=, so that no file is in both")
        order = np.random.default_rng(seed).permutation(order)
    if verbose:
        classes = f" of {len(found.class_names)} classes" if found.class_names else ""
        print(f"Found {len(order)} files{classes}.")
    if validation_split is None:
        return order
    require_fraction("validation_split", validation_split)
    held_out = int(validation_split * len(order))
    return order[len(order) - held_out :] if subset == "validation" else order[: -held_out or None]


def _batches(
    found: _Found,
    chosen: Any,
    read: Callable[[str], Any],
    label_mode: str | None,
    batch_size: int | None,
    shuffle: bool,
    seed: int | None,
) -> Batches:
    if label_mode not in ("int", "binary", "categorical", None):
        raise ValueError(f"label_mode is int, binary, categorical or None; got {label_mode!r}")
    labels = found.labels if label_mode is not None else None
    if labels is not None and label_mode == "binary":
        if len(found.class_names or ()) != 2:
            raise ValueError(f'label_mode="binary" takes two classes, got {found.class_names}')
        labels = labels.astype(np.float32)[:, None]
    elif labels is not None and label_mode == "categorical":
        labels = to_categorical(labels, len(found.class_names or ())).astype(np.float32)

    def load(numbers: Any) -> Any:
        if np.ndim(numbers) == 0:
            x = read(found.paths[int(numbers)])
        else:
            parts = [read(found.paths[i]) for i in numbers]
            x = np.stack(parts) if not isinstance(parts[0], str) else np.array(parts, object)
        return x if labels is None else (x, labels[numbers])

    return Batches(load, chosen, batch_size, shuffle, seed, found.class_names)
