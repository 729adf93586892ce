"""`.keras` files: a zip archive of the model's config, its weights, and vocabularies."""

from __future__ import annotations

import io
import json
import stat
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import autograd_lite
from nn.saving.files import LONGEST, ModelFileError

SIGNATURES = b"PK\x03\x04", b"PK\x05\x06"
METADATA, CONFIG, WEIGHTS, ASSETS = "metadata.json", "config.json", "model.weights.h5", "assets/"
# Keras stores members as they are. What was compressed since is read too, up to this factor.
MOST_EXPANSION = 100
MOST_MEMBERS = 10_000


@dataclass
class Archive:
    """The contents of a `.keras` file.

    Attributes:
        config: the model.
        weights: the HDF5 file, as bytes.
        assets: the texts of vocabularies, by the path of their layer.
    """

    config: Any
    weights: bytes
    assets: dict[str, str] = field(default_factory=dict)


def has_signature(path: str) -> bool:
    """Return if a file begins as zip archives do."""
    with open(path, "rb") as file:
        return file.read(4) in SIGNATURES


# -- reading ---------------------------------------------------------------------------------------


def read_archive(path: str) -> Archive:
    """Read a file. Nothing of it is unpacked to disk.

    Raises:
        ModelFileError: for a file that is damaged, lacks a member or has one that Keras does not
            write, for members that expand to far more than they are, and for a config that is no
            JSON object or too long.
        OSError: if the file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            for name in (CONFIG, WEIGHTS):
                if name not in members:
                    raise ModelFileError(
                        f"the archive has no {name}: it is not a .keras file as Keras 3 writes "
                        f"it; it holds {sorted(members)!r:.200}"
                    )
            config = _json(_content(archive, members[CONFIG], LONGEST), CONFIG)
            weights = _content(archive, members[WEIGHTS])
            assets = {
                name: _text(_content(archive, info, LONGEST), name)
                for name, info in members.items()
                if name.startswith(ASSETS)
            }
    except ModelFileError:
        raise
    except Exception as error:  # zipfile raises BadZipFile, IndexError, OSError, ValueError, ...
        raise ModelFileError(f"the archive is damaged ({error})") from None
    return Archive(config, weights, assets)


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members by name, without folders."""
    infos = archive.infolist()
    if len(infos) > MOST_MEMBERS:
        raise ModelFileError(f"the archive has more than {MOST_MEMBERS} members")
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.filename
        if info.is_dir():
            continue
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
            raise ModelFileError(f"the archive has a member outside of itself: {name!r:.80}")
        if name in found:
            raise ModelFileError(f"the archive has two members {name!r:.80}")
        if not (name in (METADATA, CONFIG, WEIGHTS) or name.startswith(ASSETS)):
            raise ModelFileError(
                f"the archive has a member that Keras does not write: {name!r:.80}"
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise ModelFileError(f"the archive has a link: {name!r:.80}")
        found[name] = info
    return found


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int | None = None) -> bytes:
    if info.file_size > MOST_EXPANSION * max(info.compress_size, 1) or (
        most is not None and info.file_size > most
    ):
        raise ModelFileError(
            f"{info.filename!r:.80} expands to {info.file_size} bytes, from {info.compress_size}"
        )
    with archive.open(info) as file:
        return file.read()


def _json(content: bytes, name: str) -> Any:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{name} is no JSON ({error})") from None
    if not isinstance(found, dict):
        raise ModelFileError(f"{name} is no JSON object")
    return found


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ModelFileError(f"{name!r:.80} is no text ({error})") from None


# -- writing ---------------------------------------------------------------------------------------


def written_archive(config: Mapping[str, Any], weights: bytes, assets: Mapping[str, str]) -> bytes:
    """Return the bytes of a file."""
    metadata = {
        "keras_version": "3.15.1",  # whose format it is
        "date_saved": time.strftime("%Y-%m-%d@%H:%M:%S"),
        "written_by": f"autograd_lite {autograd_lite.__version__}",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(METADATA, json.dumps(metadata))
        archive.writestr(CONFIG, json.dumps(config, allow_nan=False))
        archive.writestr(WEIGHTS, weights)
        for path, text in assets.items():
            archive.writestr(path, text)
    return buffer.getvalue()
