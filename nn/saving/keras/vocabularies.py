"""State that layers need before they are called: vocabularies, and statistics of features.

A vocabulary is a text beside the weights, with a token on each line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nn.layers import IntegerLookup, Layer, Normalization
from nn.saving.allowance import blamed_on_file
from nn.saving.files import ModelFileError
from nn.saving.keras.hdf5 import Saved

IDF = "idf_weights"  # the array of a lookup layer


class Adapter:
    """Gives layers what `adapt` has once found, from a file.

    Args:
        assets: the texts by the path of their member, "assets/layers/.../vocabulary.txt".
        saved: the arrays of layers; weights of vocabularies are taken out of it.
    """

    def __init__(self, assets: Mapping[str, str], saved: dict[str, Saved]) -> None:
        self._texts, self._saved = dict(assets), saved

    def __call__(self, path: str, layer: Layer) -> None:
        """Give a layer at a path its state.

        Raises:
            ModelFileError: for what is no vocabulary.
        """
        if isinstance(layer, IntegerLookup):
            idf = self._saved.pop(path, Saved()).arrays.get(IDF)
            text = self._texts.pop(f"assets/{path}/vocabulary.txt", None)
            if text is not None:
                with blamed_on_file(f"the vocabulary of {layer.name!r:.80}"):
                    _set_vocabulary(layer, text, idf)
        elif isinstance(layer, Normalization) and layer.mean is None:
            arrays = self._saved.get(path, Saved()).arrays
            if len(arrays) == 3:
                with blamed_on_file(f"the statistics of {layer.name!r:.80}"):
                    layer.set_weights([arrays[str(i)] for i in range(3)])

    def require_all_taken(self) -> None:
        """Raise ModelFileError for texts that no layer has taken."""
        if self._texts:
            raise ModelFileError(f"it has texts that no layer takes: {list(self._texts)!r:.200}")


def _set_vocabulary(layer: Any, text: str, idf: Any) -> None:
    lines = text.splitlines()
    special = len(layer._special)
    tokens = [int(line) for line in lines if line][special:]
    weights = None if idf is None else idf[special:] if len(idf) == len(lines) else idf
    layer.set_vocabulary(tokens, weights if layer.output_mode == "tf_idf" else None)
