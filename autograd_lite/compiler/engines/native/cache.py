"""Native functions, compiled once and kept on disk for the processes that follow.

A source is written to a file of the user's cache folder that is named after its content, and numba
keeps the machine code beside it. What the code depends on besides the source is in that name too:
the version of numba, and the text of this package. Files are written whole or not at all, so that
several processes can do it at once.
"""

from __future__ import annotations

import functools
import hashlib
import linecache
import os
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

# Stands for a signature: of a function of three whole numbers that is called by its `address`.
BLOCK = "block"

_known: dict[str, list[Any]] = {}


def cache_folder() -> Path:
    """Where native code is kept: AUTOGRAD_LITE_CACHE, or the user's cache folder."""
    given = os.environ.get("AUTOGRAD_LITE_CACHE")
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    if os.name == "nt":
        base = base or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "autograd_lite" / "native"


def compiled(source: str, names: Sequence[str], signatures: Sequence[Any]) -> list[Any]:
    """The functions of a source, compiled for these types.

    Args:
        source: a module.
        names: of its functions.
        signatures: numba's, or BLOCK, for each.
    """
    import numba

    key = hashlib.sha256(f"{_versions()}\n{signatures}\n{source}".encode()).hexdigest()[:24]
    known = _known.get(key)
    if known is not None:
        return known
    path = _written(key, source)
    # numba finds a cached function again by the module that it is in.
    module = ModuleType(f"autograd_lite_native_{key}")
    sys.modules[module.__name__] = module
    namespace = vars(module)
    file = f"<native {key}>" if path is None else str(path)
    if path is None:
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    else:
        namespace["__file__"] = file
    exec(compile(source, file, "exec"), namespace)
    functions = []
    for name, signature in zip(names, signatures, strict=True):
        options: dict[str, Any] = {
            "error_model": "numpy",
            "nogil": True,
            "cache": path is not None,
        }
        functions.append(_jitted(numba, namespace[name], signature, options))
        namespace[name] = functions[-1]  # those that follow can call it
    _known[key] = functions
    return functions


def _jitted(numba: Any, function: Any, signature: Any, options: dict[str, Any]) -> Any:
    """One function; compiled anew, without the cache, if what the cache holds is damaged."""
    try:
        return _machine_code(numba, function, signature, options)
    except numba.core.errors.NumbaError:  # the source is at fault, not the cache
        raise
    except Exception as error:
        if not options["cache"]:
            raise
        warnings.warn(
            f"the cache of native code in {cache_folder()} cannot be used ({type(error).__name__}: "
            f"{error}); compiled without it. Remove the folder to start it anew",
            stacklevel=4,
        )
        return _machine_code(numba, function, signature, options | {"cache": False})


def _machine_code(numba: Any, function: Any, signature: Any, options: dict[str, Any]) -> Any:
    if signature == BLOCK:
        return numba.cfunc(numba.types.void(*(numba.types.int64,) * 3), **options)(function)
    return numba.njit(signature, **options)(function)


@functools.cache
def _versions() -> str:
    """The versions that compiled code depends on besides its own source."""
    import numba

    ours = sorted(Path(__file__).parent.glob("*.py"))
    text = hashlib.sha256(b"".join(path.read_bytes() for path in ours)).hexdigest()
    return f"{text} numba {numba.__version__}"


def _written(key: str, source: str) -> Path | None:
    """The file that holds a source; None, with a warning, where none can be written."""
    folder = cache_folder()
    path = folder / f"native_{key}.py"
    try:
        if path.is_file() and path.read_text(encoding="utf-8") == source:
            return path
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(source)
        os.replace(temporary, path)
    except OSError as error:
        warnings.warn(
            f"native code cannot be kept in {folder} ({error}), and is compiled anew by each "
            "process. Set AUTOGRAD_LITE_CACHE to a folder that can be written to",
            stacklevel=5,
        )
        return None
    return path
