"""Files from the network, once, into the user's cache."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from nn.datasets.resources import cache_folder


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: Any = None,
    force_download: bool = False,
) -> str:
    """Return the path of a file, which is downloaded unless it is there already.

    Args:
        fname: its name in the cache, or the whole path of a file at hand; the last part of the
            address unless given.
        origin: the address, https.
        untar: as extract.
        md5_hash: as file_hash.
        file_hash: of the file, hexadecimal digits; a file with another one is refused. Without any,
            whatever the server sends is taken.
        cache_subdir: the folder inside of the cache.
        hash_algorithm: "md5", "sha256" or "auto", by the number of digits.
        extract: True unpacks an archive, tar or zip, beside it; then the path is the folder's.
        archive_format: "auto", "tar", "zip", or None for none.
        cache_dir: the cache; the user's cache of `nn.datasets` unless given.
        force_download: True downloads it again.

    Raises:
        ValueError: without an address, for an unknown algorithm, a file with another hash, and
            archives that would write outside of their folder.
        DownloadError: if the file cannot be had; an OSError.
    """
    from nn.datasets.unpacking import unpacked

    if origin is None:
        raise ValueError("get_file needs origin=, the address of the file, https://...")
    name = os.fspath(fname) if fname else os.path.basename(urlsplit(origin).path)
    folder = cache_folder() if cache_dir is None else os.path.join(cache_dir, cache_subdir)
    path = os.path.join(folder, name)  # of a whole path: itself
    digest = file_hash or md5_hash
    if force_download or not os.path.exists(path):
        _download(origin, path)
    if digest:
        _require_hash(path, digest, hash_algorithm)
    return unpacked(path, archive_format) if (untar or extract) and archive_format else path


def _download(origin: str, path: str) -> None:
    from nn.datasets.download import fetched_unknown

    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    fetched_unknown(origin, path)


def _require_hash(path: str, digest: str, algorithm: str) -> None:
    import hashlib

    chosen = {32: "md5", 64: "sha256"}.get(len(digest)) if algorithm == "auto" else algorithm
    if chosen not in ("md5", "sha256"):
        raise ValueError(
            f"a hash has 32 digits (md5) or 64 (sha256), got {len(digest)} for {algorithm!r}"
        )
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, chosen).hexdigest()
    if found != digest.lower():
        raise ValueError(f"{path!r} has {chosen} {found}, expected is {digest}: remove it")
