"""Small data to learn on: five real sets that ship with the package, five that are drawn.

=====================  ==================  ==============================================
``load_digits``        (1797, 64) -> 10    8x8 images of handwritten digits
``load_iris``          (150, 4) -> 3       flower measurements, the first data set of many
``load_breast_cancer`` (569, 30) -> 2      cell nuclei: malignant or benign
``load_wine``          (178, 13) -> 3      chemistry of wines from three growers
``load_diabetes``      (442, 10) -> real   regression: disease progression after one year
``make_circles`` ...   (n, 2) -> classes   circles, moons, blobs, xor, spirals, from a seed
``train_test_split``                       part of the samples held back for an honest test
=====================  ==================  ==============================================

>>> from nn.datasets import load_iris, train_test_split
>>> X, y = load_iris()
>>> X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=True)
>>> X_train.shape, X_test.shape
((120, 4), (30, 4))

Nothing is downloaded. Where the data comes from, and its licences: ``data/README.md`` beside
this file.
"""

from nn.datasets.bundled import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
)
from nn.datasets.dataset import Dataset
from nn.datasets.generators import (
    make_blobs,
    make_circles,
    make_moons,
    make_spirals,
    make_xor,
)
from nn.datasets.splitting import train_test_split

__all__ = [
    "Dataset",
    "load_breast_cancer",
    "load_diabetes",
    "load_digits",
    "load_iris",
    "load_wine",
    "make_blobs",
    "make_circles",
    "make_moons",
    "make_spirals",
    "make_xor",
    "train_test_split",
]
