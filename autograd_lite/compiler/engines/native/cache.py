"""Native functions, compiled once and kept on disk for the processes that follow.

The machine code of a source is a file of the user's cache folder. Its name is made of the source
and of all that the code depends on besides: the processor, the version of LLVM, the text of this
package. A file begins with a checksum of its content, and is written whole or not at all, so that
several processes can do it at once; one that is damaged counts as none.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path

from autograd_lite.compiler.engines.native import machine

_known: dict[str, list[int]] = {}
_lock = threading.RLock()


def cache_folder() -> Path:
    """Where native code is kept: AUTOGRAD_LITE_CACHE, or the user's cache folder."""
    given = os.environ.get("AUTOGRAD_LITE_CACHE")
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    if os.name == "nt":
        base = base or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "autograd_lite" / "native"


def compiled(source: str, names: Sequence[str]) -> list[int]:
    """The addresses of functions of a source, as machine code.

    Args:
        source: a module.
        names: of its functions.
    """
    key = hashlib.sha256(f"{_versions()}\n{names}\n{source}".encode()).hexdigest()[:24]
    with _lock:
        if key not in _known:
            code = _kept(key)
            if code is None:
                code = machine.code_of(source, {name: f"{name}_{key}" for name in names})
                _keep(key, code)
            _known[key] = machine.load(code, [f"{name}_{key}" for name in names])
        return _known[key]


@functools.cache
def _versions() -> str:
    """All that compiled code depends on besides its own source."""
    ours = sorted(Path(__file__).parent.glob("*.py"))
    text = hashlib.sha256(b"".join(path.read_bytes() for path in ours)).hexdigest()
    return f"{text} {machine.description()} {object.__basicsize__}"


def _checksum(key: str, code: bytes) -> bytes:
    return hashlib.sha256(key.encode() + code).digest()


def _kept(key: str) -> bytes | None:
    """The machine code of a file; None where there is none, or another."""
    try:
        content = (cache_folder() / key).read_bytes()
    except OSError:
        return None
    size = hashlib.sha256().digest_size
    checksum, code = content[:size], content[size:]
    return code if code and checksum == _checksum(key, code) else None


def _keep(key: str, code: bytes) -> None:
    """Write the file, or warn that none can be written."""
    folder = cache_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(_checksum(key, code) + code)
        os.replace(temporary, folder / key)
    except OSError as error:
        warnings.warn(
            f"native code cannot be kept in {folder} ({error}), and is compiled anew by each "
            "process. Set AUTOGRAD_LITE_CACHE to a folder that can be written to",
            stacklevel=4,
        )
