"""Saving and loading: one safetensors file, without pickle; no code runs when it is loaded.

===================  ===========================================================================
``files``            safetensors files, replaced in one step, read with distrust
``paths``            what a file calls the layers and the weights
``registry``         which classes and functions a file may name; `register`
``encoding``         configs as JSON
``decoding``         and back
``record``           what a layer has besides its config and its weights
``weights``          `save_weights`, `load_weights`
``optimizer_state``  what an optimizer remembers
``describing``       `save`
``restoring``        `load_model`
===================  ===========================================================================
"""

from nn.saving.describing import save
from nn.saving.files import ModelFileError
from nn.saving.registry import register
from nn.saving.restoring import load_model
from nn.saving.weights import load_weights, save_weights

__all__ = ["ModelFileError", "load_model", "load_weights", "register", "save", "save_weights"]
