"""The data sets that ship with the package, read from ``data/*.npz`` when asked for.

Origins, citations, licences and how the files were made: ``data/README.md``. The samples are in
scikit-learn's order, so that results can be compared with published ones sample by sample.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nn.datasets.dataset import Dataset

_FOLDER = Path(__file__).parent / "data"
_MEMBERS = ("data", "target", "feature_names", "target_names")


def load_digits() -> Dataset:
    """Load 1,797 handwritten digits, as 8x8 grey images, one a row.

    Returns:
        X: float32 (1797, 64), ink in each pixel, 0 (none) to 16 (full), row by row.
        y: int64 (1797,), the digit, 0 to 9.

    Source: E. Alpaydin and C. Kaynak, UCI, 1998 (the test part: 13 writers).

    >>> X, y = load_digits()
    >>> X.shape, y[:5].tolist()
    ((1797, 64), [0, 1, 2, 3, 4])
    >>> X[0].reshape(8, 8).astype(int).tolist()[0]
    [0, 0, 5, 13, 9, 1, 0, 0]
    """
    return _load("digits", np.int64)


def load_iris() -> Dataset:
    """Load Fisher's iris flowers: 50 each of setosa, versicolor, virginica.

    Returns:
        X: float32 (150, 4), lengths and widths of sepal and petal, in cm.
        y: int64 (150,), 0 setosa, 1 versicolor, 2 virginica, sorted.

    Source: R. A. Fisher, 1936; values as in the paper (two samples differ from UCI's file).

    >>> iris = load_iris()
    >>> iris.feature_names[2], iris.target_names
    ('petal length (cm)', ('setosa', 'versicolor', 'virginica'))
    """
    return _load("iris", np.int64)


def load_breast_cancer() -> Dataset:
    """Load the Wisconsin diagnostic set: 212 malignant and 357 benign breast masses.

    Returns:
        X: float32 (569, 30), ten measures of the cell nuclei in an image: the means, then their
            standard errors, then the worst. Their sizes differ 10,000-fold: standardize them.
        y: int64 (569,), 0 malignant, 1 benign. The more worrying class is 0.

    Source: W. Wolberg, O. Mangasarian, N. Street and W. Street, UCI, 1995.

    >>> cancer = load_breast_cancer()
    >>> cancer
    Dataset(X: (569, 30) float32, y: (569,) int64, classes: malignant, benign)
    """
    return _load("breast_cancer", np.int64)


def load_wine() -> Dataset:
    """Load the chemical analysis of 178 wines of one region, from three growers.

    Returns:
        X: float32 (178, 13), alcohol, malic acid, ash and so on, each in its own unit.
        y: int64 (178,), the grower: 59 of class 0, 71 of class 1, 48 of class 2, sorted.

    Source: M. Forina et al., PARVUS, 1988; S. Aeberhard and M. Forina, UCI, 1992.

    >>> X, y = load_wine()
    >>> np.bincount(y).tolist()
    [59, 71, 48]
    """
    return _load("wine", np.int64)


def load_diabetes() -> Dataset:
    """Load 442 diabetes patients: a regression. The values are raw, in their own units.

    Returns:
        X: float32 (442, 10), age in years, sex (1 or 2), body mass index, average blood
            pressure, and six blood serum measurements.
        y: float32 (442,), disease progression one year later, 25 to 346; mean 152.13.

    scikit-learn's ``load_diabetes()`` gives scaled columns unless told ``scaled=False``. To get
    them: ``(X - X.mean(axis=0)) / (X.std(axis=0) * np.sqrt(len(X)))``.

    Source: B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least Angle Regression, 2004.

    >>> X, y = load_diabetes()
    >>> X[:2, 0].tolist(), y[:2].tolist()  # two patients, aged 59 and 48
    ([59.0, 48.0], [151.0, 75.0])
    """
    return _load("diabetes", np.float32)


def _load(name: str, target_dtype: DTypeLike) -> Dataset:
    """Give fresh, writable arrays on every call: nothing is cached, a file takes milliseconds."""
    arrays = _parse(name, _read(name))
    return Dataset(
        (arrays["data"].astype(np.float32, order="C"), arrays["target"].astype(target_dtype)),
        feature_names=tuple(arrays["feature_names"].tolist()),
        target_names=tuple(arrays["target_names"].tolist()),
    )


def _read(name: str) -> bytes:
    path = _FOLDER / f"{name}.npz"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"load_{name}() reads {path}, and that file is missing. It is part of the package: "
            "reinstall the package, or restore the file from the repository."
        ) from None


def _parse(name: str, content: bytes) -> dict[str, NDArray[Any]]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {member: archive[member] for member in _MEMBERS}
    except Exception as error:  # a damaged zip fails in a dozen ways: BadZipFile, zlib.error, ...
        raise OSError(
            f"load_{name}() cannot read {_FOLDER / f'{name}.npz'}: the file is damaged "
            f"({type(error).__name__}: {error}). Reinstall the package, or restore the file "
            "from the repository."
        ) from error
