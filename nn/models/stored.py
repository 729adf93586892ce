"""Stored: a network that is written to files, and reads weights from them."""

from __future__ import annotations

import os
from typing import Any

from nn.training.trainer import Trainer


class Stored(Trainer):
    """A network with methods for files; what reads and writes them is imported when it is used.

    Args:
        activity_regularizer, trainable, dtype, name: as in `Layer`.
    """

    def save(self, path: Any, overwrite: bool = True) -> None:
        """Save the whole model to one ".safetensors" file; `nn.load_model` reads it. One that ends
        with ".keras" is for Keras 3 too.

        The file holds weights, architecture, compile arguments and the optimizer's state: a loaded
        model predicts and continues training exactly as this one would. Arguments and errors are
        those of `nn.saving.save`.
        """
        from nn.saving import save

        save(self, path, overwrite)

    def save_weights(self, path: Any, overwrite: bool = True) -> None:
        """Save only the weights, to a ".safetensors" file, or a ".weights.h5" file for Keras 3 too;
        see `nn.saving.save_weights`.
        """
        from nn.saving import save_weights

        save_weights(self, path, overwrite)

    def load_weights(self, path: Any, skip_mismatch: bool = False) -> None:
        """Load all weights of a file or none; with skip_mismatch=True those of layers that fit.

        Arguments and errors are those of `nn.saving.load_weights`.
        """
        from nn.saving import load_weights

        load_weights(self, path, skip_mismatch)

    def export(self, path: Any, x: Any = None) -> None:
        """Write the model's prediction for other programs, for any number of rows.

        A ".py" file is readable Python that needs only NumPy: a function ``predict(x)``, with the
        current weights in the ".npz" file of the same name. An ".onnx" file (extra ``onnx``) is for
        the runtimes and tools that read ONNX, of opset 18.

        Args:
            path: ends with ".py" or ".onnx".
            x: a batch of inputs, for their shapes and dtypes: needed for a model that is not built,
                and for integers among several inputs. The values do not matter.

        Raises:
            RuntimeError: if the model has no weights yet, and no inputs were given.
            TracingError: if the computation depends on values in a way that a file cannot repeat.
            ValueError: for another path, if the model computes differently for another number of
                rows, or if it calls a function of your own; for ONNX, for an operation that it does
                not have: operation and layer are named.
            ImportError: for ONNX, without the package onnx.

        Example:
            >>> import pathlib, tempfile, nn
            >>> model = nn.Sequential([nn.Input((4,)), nn.Dense(3, activation="relu")])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.export(f"{folder}/small.py")
            ...     lines = pathlib.Path(f"{folder}/small.py").read_text().splitlines()
            >>> [line.strip() for line in lines if "@" in line]
            ['dense = np.maximum(x @ dense_kernel + dense_bias, 0)']
        """
        if os.fspath(path).endswith(".onnx"):
            from nn.models.onnx_export import export_onnx as export
        else:
            from nn.models.export import export
        batch = None if x is None else self.to_batch(x, None, None)[0]
        if batch is not None:
            self.predict_on_batch(batch)  # builds it, and refuses inputs that do not fit
        export(self, path, batch)

    def to_json(self, **kwargs: Any) -> str:
        """Return the architecture, without weights, as JSON; `nn.models.model_from_json` reads it.

        Args:
            **kwargs: of `json.dumps`.
        """
        from nn.saving import model_to_json

        return model_to_json(self, **kwargs)
