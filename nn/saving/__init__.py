"""Saving and loading: one safetensors file, without pickle; no code runs when it is loaded.

Files of Keras are read and written by `nn.saving.keras`.

===================  ===========================================================================
``files``            safetensors files, replaced in one step, read with distrust
``paths``            what a file calls the layers and the weights
``architecture``     a model as JSON
``custom_objects``   Keras's names for these
``registry``         which classes and functions a file may name; `register`
``encoding``         configs as JSON
``decoding``         and back
``record``           what a layer has besides its config and its weights
``weights``          `save_weights`, `load_weights`
``torch_weights``    `load_torch_weights`, `save_torch_weights`
``torch_layers``     the weights of each layer from PyTorch's tensors; ``torch_tensors``: and back
``optimizer_state``  what an optimizer remembers
``allowance``        the memory that a file may make a model take
``describing``       `save`
``restoring``        `load_model`
===================  ===========================================================================
"""

from nn.saving.architecture import model_from_json, model_to_json
from nn.saving.custom_objects import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from nn.saving.describing import save
from nn.saving.files import ModelFileError
from nn.saving.registry import register
from nn.saving.restoring import load_model
from nn.saving.torch_weights import load_torch_weights, save_torch_weights
from nn.saving.weights import load_weights, save_weights

__all__ = [
    "CustomObjectScope",
    "ModelFileError",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_torch_weights",
    "load_weights",
    "model_from_json",
    "model_to_json",
    "register",
    "register_keras_serializable",
    "save",
    "save_model",
    "save_torch_weights",
    "save_weights",
    "serialize_keras_object",
]

save_model = save
