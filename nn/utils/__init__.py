"""Helpers around training, under the names of `keras.utils`.

===================  ==========================================================================
``labels``           to_categorical, normalize
``pad_sequences``    sequences of different lengths, as one array
``py_dataset``       PyDataset (Sequence); Batches, which the next three return
``timeseries``       windows of a time series
``directories``      images and texts in folders
``images``           images of Pillow and arrays
``split_dataset``    a data set cut into two
get_file             downloads (in `nn.datasets`)
``progbar``          a progress bar for loops of one's own
``plot_model``       pictures of models
===================  ==========================================================================
"""

from __future__ import annotations

from typing import Any

from nn._core.missing_names import missing_name
from nn.backend import clear_session, is_keras_tensor, standardize_dtype
from nn.data.batches import unpack_batch
from nn.datasets.get_file import get_file
from nn.random import set_random_seed
from nn.utils.directories import image_dataset_from_directory, text_dataset_from_directory
from nn.utils.images import array_to_img, img_to_array, load_img, save_img, smart_resize
from nn.utils.labels import normalize, to_categorical
from nn.utils.pad_sequences import pad_sequences
from nn.utils.plot_model import model_to_dot, plot_model
from nn.utils.progbar import Progbar
from nn.utils.py_dataset import Batches, PyDataset, Sequence
from nn.utils.split_dataset import split_dataset
from nn.utils.timeseries import timeseries_dataset_from_array

__all__ = [
    "Batches",
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
    "clear_session",
    "get_file",
    "image_dataset_from_directory",
    "img_to_array",
    "is_keras_tensor",
    "load_img",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "save_img",
    "set_random_seed",
    "smart_resize",
    "split_dataset",
    "standardize_dtype",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

_OF_SAVING = (
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register_keras_serializable",
    "serialize_keras_object",
)


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Return a batch: x, (x, y) or (x, y, sample_weight)."""
    if y is None:
        return x if not isinstance(x, (tuple, list)) else (x,)
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Return (x, y, sample_weight) of a batch; None for what it lacks."""
    return unpack_batch(data)


def __getattr__(name: str) -> Any:
    """Names that `nn.saving` has too, which is imported when they are first asked for."""
    if name in _OF_SAVING:
        from nn import saving

        return getattr(saving, name)
    raise missing_name("nn.utils", name, [*__all__, *_OF_SAVING])
