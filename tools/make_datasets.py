"""Write ``nn/datasets/data/*.npz`` from the data sets that scikit-learn's wheel ships.

Run once, by a maintainer, with scikit-learn installed (the package itself never imports it)::

    python tools/make_datasets.py

The same NumPy, zlib and scikit-learn give the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import sklearn  # type: ignore[import-untyped, import-not-found, unused-ignore]
from sklearn import datasets  # type: ignore[import-untyped, import-not-found, unused-ignore]

FOLDER = Path(__file__).resolve().parents[1] / "nn" / "datasets" / "data"


def write(name: str, bunch: Any, data_dtype: type, target_dtype: type) -> None:
    """Write one data set; a value that the smaller dtype would change by more is refused."""
    data = bunch.data.astype(data_dtype)
    target = bunch.target.astype(target_dtype)
    # float32 keeps 7 digits: every published decimal comes back when printed.
    np.testing.assert_allclose(data, bunch.data, rtol=1e-7, atol=0)
    np.testing.assert_array_equal(target, bunch.target)
    np.savez_compressed(
        FOLDER / f"{name}.npz",
        data=np.ascontiguousarray(data),
        target=target,
        feature_names=np.array(list(bunch.feature_names), dtype=np.str_),
        target_names=np.array([str(n) for n in bunch.get("target_names", [])], dtype=np.str_),
    )


def main() -> None:
    """Write all five, and say how large each became."""
    write("digits", datasets.load_digits(), np.uint8, np.uint8)
    write("iris", datasets.load_iris(), np.float32, np.uint8)
    write("breast_cancer", datasets.load_breast_cancer(), np.float32, np.uint8)
    write("wine", datasets.load_wine(), np.float32, np.uint8)
    write("diabetes", datasets.load_diabetes(scaled=False), np.float32, np.uint16)
    print(f"from scikit-learn {sklearn.__version__}, NumPy {np.__version__}:")
    for path in sorted(FOLDER.glob("*.npz")):
        print(f"{path.stat().st_size:8,d} bytes  {path.name}")


if __name__ == "__main__":
    main()
