"""Data sets: bundled ones, generated ones, and downloads.

=====================  ==================  ==============================================
``load_digits``        (1797, 64) -> 10    8x8 images of handwritten digits
``load_iris``          (150, 4) -> 3       flower measurements, the first data set of many
``load_breast_cancer`` (569, 30) -> 2      cell nuclei: malignant or benign
``load_wine``          (178, 13) -> 3      chemistry of wines from three growers
``load_diabetes``      (442, 10) -> real   regression: disease progression after one year
``make_circles`` ...   (n, 2) -> classes   circles, moons, blobs, xor, spirals, from a seed
``load_mnist``         (n, 28, 28) -> 10   70,000 handwritten digits; 11 MB
``load_fashion_mnist`` (n, 28, 28) -> 10   70,000 pieces of clothing; 31 MB
``load_cifar10``       (n, 32, 32, 3) -> 10  60,000 photographs; 170 MB
``load_csv``           (n, d)              a table of your own
``load_idx``                               an array in an IDX file
``mnist.load_data()``                      Keras's calls, for ``fashion_mnist``, ``cifar10``,
                                           ``cifar100``, ``imdb``, ``reuters``,
                                           ``boston_housing``, ``california_housing`` too
``train_test_split``                       part of the samples held back for an honest test
=====================  ==================  ==============================================

>>> from nn.datasets import load_iris, train_test_split
>>> X, y = load_iris()
>>> X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=True)
>>> X_train.shape, X_test.shape
((120, 4), (30, 4))

Nothing is downloaded but by `load_mnist`, `load_fashion_mnist`, `load_cifar10` and Keras's calls,
when they are called, and once. Where the data that ships with the package comes from, and its
licences: ``data/README.md`` beside this file.
"""

from nn.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)
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
from nn.datasets.idx import load_idx
from nn.datasets.images import load_cifar10, load_fashion_mnist, load_mnist
from nn.datasets.reading import DataFileError
from nn.datasets.resources import DownloadError
from nn.datasets.splitting import train_test_split
from nn.datasets.tables import load_csv

__all__ = [
    "DataFileError",
    "Dataset",
    "DownloadError",
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "load_breast_cancer",
    "load_cifar10",
    "load_csv",
    "load_diabetes",
    "load_digits",
    "load_fashion_mnist",
    "load_idx",
    "load_iris",
    "load_mnist",
    "load_wine",
    "make_blobs",
    "make_circles",
    "make_moons",
    "make_spirals",
    "make_xor",
    "mnist",
    "reuters",
    "train_test_split",
]
