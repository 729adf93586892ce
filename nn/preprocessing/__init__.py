"""Helpers of `nn.utils` in the place where Keras has them too."""

from nn.preprocessing import image, sequence
from nn.utils.directories import image_dataset_from_directory, text_dataset_from_directory
from nn.utils.timeseries import timeseries_dataset_from_array

__all__ = [
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]
