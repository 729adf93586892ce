"""``python -m autograd_lite``: versions, engines, BLAS and threads, as a bug report needs them."""

from __future__ import annotations

import ctypes
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

import autograd_lite
from autograd_lite.openblas import blas_threads, loaded_openblas, usable_cores
from autograd_lite.threads import num_threads

# What an extra installs, under the name of its distribution.
OPTIONAL = (
    "rich",
    "safetensors",
    "graphviz",
    "llvmlite",
    "matplotlib",
    "resvg-py",
    "websockets",
    "scikit-learn",
    "tensorboardX",
    "scipy",
    "pandas",
)

# What changes the numbers, the speed or the files of a program that uses the packages.
VARIABLES = (
    "AUTOGRAD_LITE_CACHE",
    "AUTOGRAD_LITE_NUM_THREADS",
    "XDG_CACHE_HOME",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OPENBLAS_CORETYPE",
)


def facts() -> dict[str, str]:
    """Return what a bug report needs, a line of text for each subject.

    Example:
        >>> facts()["NumPy"] == np.__version__
        True
    """
    package = Path(autograd_lite.__file__).parent
    return {
        "autograd_lite": f"{autograd_lite.__version__} in {package}",
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "cores": f"{usable_cores()} usable of {os.cpu_count()}",
        "threads of programs": str(num_threads()),
        "NumPy": np.__version__,
        "BLAS": blas(),
        "engines": ", ".join(engines()),
        "packages": ", ".join(f"{name} {_version(name)}" for name in OPTIONAL),
        "environment": ", ".join(f"{v}={os.environ[v]}" for v in VARIABLES if v in os.environ)
        or "none of the variables that matter is set",
    }


def engines() -> list[str]:
    """Return the engines that ``ag.compile(engine=...)`` can use here.

    Example:
        >>> engines()[0]
        'numpy'
    """
    return ["numpy"] if _version("llvmlite") == _ABSENT else ["numpy", "native"]


def blas() -> str:
    """Return the BLAS of NumPy, its version and, of an OpenBLAS, its kernels and threads."""
    config: dict[str, Any] = np.show_config(mode="dicts")  # type: ignore[assignment]
    built = config.get("Build Dependencies", {}).get("blas", {})
    text = f"{built.get('name', 'unknown')} {built.get('version', '')}".strip()
    library = loaded_openblas()
    if library is None:
        return text
    kernels = library.scipy_openblas_get_corename64_
    kernels.restype = ctypes.c_char_p
    return f"{text}, {kernels().decode()} kernels, {blas_threads()} threads"


_ABSENT = "(not installed)"


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return _ABSENT


def main() -> None:
    """Print the facts, one subject a line."""
    for subject, text in facts().items():
        print(f"{subject + ':':15}{text}")


if __name__ == "__main__":
    main()
