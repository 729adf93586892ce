"""Keras's files of weights: HDF5, in which a group for each layer holds numbered arrays.

A layer's arrays are `PATH/vars/0`, `PATH/vars/1`, ...; `vars` has the layer's name as an attribute.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nn.saving.files import ModelFileError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
VARS = "vars"
MOST_GROUPS = 100_000
DEEPEST = 200


@dataclass
class Saved:
    """The arrays of one layer.

    Attributes:
        name: the layer's name; "" if the file does not say.
        arrays: by "0", "1", ...; few layers have names there.
    """

    name: str = ""
    arrays: dict[str, Any] = field(default_factory=dict)


def require_h5py() -> Any:
    """Return the module h5py.

    Raises:
        ImportError: says how to install it.
    """
    try:
        import h5py
    except ImportError:
        raise ImportError(
            "Keras keeps weights in HDF5 files, which h5py reads and writes: "
            "pip install 'autograd_lite[keras-files]'. Files that end with .safetensors need "
            "nothing more"
        ) from None
    return h5py


def has_signature(path: str) -> bool:
    """Return if a file begins as HDF5 files do."""
    with open(path, "rb") as file:
        return file.read(len(SIGNATURE)) == SIGNATURE


# -- reading ---------------------------------------------------------------------------------------


def read_weights(source: str | bytes) -> dict[str, Saved]:
    """Read the arrays of all layers, by path: "layers/dense", "optimizer", "" for the model's own.

    Args:
        source: the path of a file, or its bytes.

    Raises:
        ModelFileError: for a file that is damaged, or holds what Keras does not write: links,
            other files' data, compressed or larger arrays than the file, other dtypes.
        ImportError: without h5py.
    """
    h5py = require_h5py()
    try:
        with h5py.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r") as file:
            _require_no_other_kind(file)
            return _Reader(h5py, file).found
    except (ModelFileError, ImportError):
        raise
    except Exception as error:  # HDF5 raises KeyError, OSError, RuntimeError, ValueError, ...
        raise ModelFileError(
            f"not a whole HDF5 file; it is damaged, cut off, or of another kind ({error})"
        ) from None


def _require_no_other_kind(file: Any) -> None:
    if "model_config" in file.attrs or "layer_names" in file.attrs or "model_weights" in file:
        raise ModelFileError(
            "it is an HDF5 file in the format that came before Keras 3. In Keras write "
            'keras.models.load_model("old.h5").save("new.keras"), or, for weights alone, '
            'model.load_weights("old.h5") and model.save_weights("new.weights.h5"); that is read'
        )


class _Reader:
    """Reads all groups, each once, without following anything out of the file."""

    def __init__(self, h5py: Any, file: Any) -> None:
        self._h5py = h5py
        self._left = file.id.get_filesize()
        self._seen: set[Any] = set()
        self.found: dict[str, Saved] = {}
        waiting = [("", file)]
        while waiting:
            path, group = waiting.pop()
            self._require_new(path, group)
            for name, item in self._members(path, group):
                inner = f"{path}/{name}" if path else name
                if name == VARS:
                    self._require_new(inner, item)
                    self.found[path] = self._saved(inner, item)
                elif isinstance(item, h5py.Group):
                    waiting.append((inner, item))
                else:
                    raise ModelFileError(f"it has an array outside of any vars: {inner!r:.80}")

    def _require_new(self, path: str, group: Any) -> None:
        if not isinstance(group, self._h5py.Group):
            raise ModelFileError(f"{path!r:.80} is not a group")
        address = self._h5py.h5o.get_info(group.id).addr
        if address in self._seen:
            raise ModelFileError(f"{path!r:.80} is a group that is there twice")
        self._seen.add(address)
        if len(self._seen) > MOST_GROUPS or path.count("/") > DEEPEST:
            raise ModelFileError(f"it has more than {MOST_GROUPS} groups, or {DEEPEST} inside each")

    def _members(self, path: str, group: Any) -> Iterator[tuple[str, Any]]:
        for name in group:
            link = group.get(name, getlink=True)
            if not isinstance(link, self._h5py.HardLink):
                raise ModelFileError(f"{path!r:.80} has a link: {name!r:.80}. Keras writes none")
            yield name, group[name]

    def _saved(self, path: str, group: Any) -> Saved:
        name = group.attrs.get("name", "")
        arrays = {key: self._array(f"{path}/{key}", x) for key, x in self._members(path, group)}
        return Saved(name if isinstance(name, str) else "", arrays)

    def _array(self, path: str, dataset: Any) -> Any:
        if not isinstance(dataset, self._h5py.Dataset):
            raise ModelFileError(f"{path!r:.80} is not an array")
        if dataset.chunks is not None or dataset.external or dataset.is_virtual:
            raise ModelFileError(f"{path!r:.80} is compressed, or elsewhere. Keras does not do so")
        if dataset.shape is None or dataset.dtype.kind not in "fiub" or "dtype" in dataset.attrs:
            kind = dataset.attrs.get("dtype", dataset.dtype)
            raise ModelFileError(f"{path!r:.80} has the dtype {kind!r:.40}, which NumPy lacks")
        if dataset.nbytes > self._left:
            raise ModelFileError(f"{path!r:.80} of shape {dataset.shape} is larger than the file")
        self._left -= dataset.nbytes
        return dataset[()]


# -- writing ---------------------------------------------------------------------------------------


def written_weights(layers: Mapping[str, Saved]) -> bytes:
    """Return a file of the arrays of layers, by path.

    Raises:
        ImportError: without h5py.
    """
    h5py = require_h5py()
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for path, saved in layers.items():
            group = file.create_group(f"{path}/{VARS}" if path else VARS)
            group.attrs["name"] = saved.name
            for key, array in saved.arrays.items():
                group.create_dataset(key, data=np.asarray(array))
    return buffer.getvalue()
