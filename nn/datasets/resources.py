"""Known files to download, and the download folder."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass


class DownloadError(OSError):
    """A file could not be downloaded."""


@dataclass(frozen=True)
class Resource:
    """A file in the network.

    Attributes:
        url: where it is; https, except for this machine itself.
        size: its bytes.
        sha256: of its bytes, 64 hexadecimal digits.
    """

    url: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.url.rpartition("/")[2]


def cache_folder() -> str:
    """Return the user's download folder: ``~/.cache/autograd_lite/datasets`` on Linux."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(base, "autograd_lite", "datasets")
