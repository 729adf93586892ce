"""Archives unpacked, inside of one folder."""

from __future__ import annotations

import os
from typing import Any


def unpacked(path: str, archive_format: Any = "auto") -> str:
    """Return the folder that an archive was unpacked into: its path without the suffixes.

    Args:
        path: of a tar file, compressed or not, or a zip file.
        archive_format: "tar", "zip", or "auto" for whichever it is.

    Raises:
        ValueError: for another kind of file, and for an archive that would write elsewhere.
    """
    import tarfile
    import zipfile

    folder = path
    for suffix in (".gz", ".bz2", ".xz", ".tgz", ".tar", ".zip"):
        folder = folder.removesuffix(suffix)
    folder = folder if folder != path else f"{path}_extracted"
    if archive_format in ("auto", "zip") and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            _require_inside(folder, archive.namelist())
            archive.extractall(folder)
    elif archive_format in ("auto", "tar") and tarfile.is_tarfile(path):
        with tarfile.open(path) as tar:
            tar.extractall(folder, filter="data")
    else:
        raise ValueError(f"{path!r} is no archive: leave out extract=True")
    return folder


def _require_inside(folder: str, names: list[str]) -> None:
    whole = os.path.realpath(folder)
    for name in names:
        place = os.path.realpath(os.path.join(whole, name))
        if os.path.commonpath([whole, place]) != whole:
            raise ValueError(f"the archive would write to {name!r}, outside of {folder!r}")
