"""The shipped data sets against facts published by others, and what loading promises."""

from __future__ import annotations

import copy
import hashlib
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nn import datasets
from nn.datasets import Dataset, bundled

Loader = Callable[[], Dataset]

LOADERS = {
    "digits": datasets.load_digits,
    "iris": datasets.load_iris,
    "breast_cancer": datasets.load_breast_cancer,
    "wine": datasets.load_wine,
    "diabetes": datasets.load_diabetes,
}
every_dataset = pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS.keys())

# sha256 of X as little-endian float32, then y as little-endian float64, written down when the
# files were made; scikit-learn 1.9.1's own arrays give the same.
CHECKSUMS = {
    "digits": "b7203a6b2f263103f0121cf43e4e765e8013a3bf2b8c6b0b4cead33341c4416d",
    "iris": "7ff40cddc47264151dc3085c7e229712ac66febb412062cea4b6a1d712319071",
    "breast_cancer": "9331b71bd5bbc7f09ba0c958e9453e07f041dfbc28511f48ef3d4246571940fa",
    "wine": "434f42b74640caad0d32e6ce7329b2a0423f1796139debce2a547c7a65e7efb6",
    "diabetes": "a1218e9084a3c28c7433cbf2995c738a58f4868c9cff11e7b7b1e0d7f9fa78b0",
}


def checksum(X: np.ndarray, y: np.ndarray) -> str:
    return hashlib.sha256(X.astype("<f4").tobytes() + y.astype("<f8").tobytes()).hexdigest()


# ---------------------------------------------------------------- facts published elsewhere


def test_digits_are_the_test_part_of_optdigits() -> None:
    X, y = datasets.load_digits()
    # optdigits.names (UCI): 1797 samples, 64 attributes in 0..16, and this count of each digit.
    assert X.shape == (1797, 64)
    assert (X.min(), X.max()) == (0, 16)
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    # The first line of optdigits.tes (UCI), a zero.
    first = "0 0 5 13 9 1 0 0 0 0 13 15 10 15 5 0 0 3 15 2 0 11 8 0 0 4 12 0 0 8 8 0 "
    first += "0 5 8 0 0 9 8 0 0 4 11 0 1 12 7 0 0 2 14 5 10 12 0 0 0 0 6 13 10 0 0 0"
    assert X[0].astype(int).tolist() == [int(pixel) for pixel in first.split()]
    assert y[0] == 0


def test_iris_has_the_means_that_fisher_printed() -> None:
    X, y = datasets.load_iris()
    assert X.shape == (150, 4)
    assert np.bincount(y).tolist() == [50, 50, 50]
    # Fisher (1936), table II: observed means of the three species.
    fisher = [
        [5.006, 3.428, 1.462, 0.246],
        [5.936, 2.770, 4.260, 1.326],
        [6.588, 2.974, 5.552, 2.026],
    ]
    means = [X[y == species].mean(axis=0) for species in range(3)]
    np.testing.assert_allclose(means, fisher, atol=1e-5)


def test_iris_samples_35_and_38_are_fishers_not_ucis() -> None:
    # iris.names (UCI) says of its own file: sample 35 should be 4.9,3.1,1.5,0.2 (fourth feature
    # wrong there) and sample 38 should be 4.9,3.6,1.4,0.1 (second and third wrong).
    X, _ = datasets.load_iris()
    np.testing.assert_allclose(X[34], [4.9, 3.1, 1.5, 0.2], rtol=1e-6)
    np.testing.assert_allclose(X[37], [4.9, 3.6, 1.4, 0.1], rtol=1e-6)


def test_breast_cancer_is_wdbc() -> None:
    cancer = datasets.load_breast_cancer()
    X, y = cancer
    # wdbc.names (UCI): 569 samples, 30 features, 357 benign, 212 malignant.
    assert X.shape == (569, 30)
    assert np.bincount(y).tolist() == [212, 357]
    assert cancer.target_names == ("malignant", "benign")
    # wdbc.data (UCI), first line: 842302,M,17.99,10.38,122.8,1001,0.1184,...
    np.testing.assert_allclose(X[0, :5], [17.99, 10.38, 122.8, 1001.0, 0.1184], rtol=1e-6)
    assert y[0] == 0
    # scikit-learn's user guide, summary statistics: radius (mean), area (worst).
    ranges = {"mean radius": (6.981, 28.11), "worst area": (185.2, 4254.0)}
    for name, expected in ranges.items():
        column = X[:, cancer.feature_names.index(name)]
        np.testing.assert_allclose((column.min(), column.max()), expected, rtol=1e-6)


def test_wine_is_ucis_wine() -> None:
    wine = datasets.load_wine()
    X, y = wine
    # wine.names (UCI): 13 attributes, class counts 59, 71, 48.
    assert X.shape == (178, 13)
    assert np.bincount(y).tolist() == [59, 71, 48]
    # wine.data (UCI), first line, after its class 1.
    first = [14.23, 1.71, 2.43, 15.6, 127, 2.8, 3.06, 0.28, 2.29, 5.64, 1.04, 3.92, 1065]
    np.testing.assert_allclose(X[0], first, rtol=1e-6)
    # scikit-learn's user guide, summary statistics: means of alcohol, malic acid, ash.
    means = X[:, :3].mean(axis=0, dtype=np.float64)
    np.testing.assert_allclose(means, [13.0, 2.34, 2.36], atol=0.01)


def test_diabetes_is_table_1_of_least_angle_regression() -> None:
    X, y = datasets.load_diabetes()
    assert X.shape == (442, 10)
    # Efron et al. (2004), table 1: patients 1, 2 and 442 (ltg rounded to one decimal there).
    table = [
        [59, 2, 32.1, 101, 157, 93.2, 38, 4.0, 4.9, 87],
        [48, 1, 21.6, 87, 183, 103.2, 70, 3.0, 3.9, 69],
        [36, 1, 19.6, 71, 250, 133.2, 97, 3.0, 4.6, 92],
    ]
    np.testing.assert_allclose(X[[0, 1, 441]], table, atol=0.051)
    assert y[[0, 1, 441]].tolist() == [151, 75, 57]
    # The intercept of a linear fit on centered columns, as printed in scikit-learn's examples.
    assert y.astype(np.float64).mean() == pytest.approx(152.13348416)


def test_diabetes_scaled_as_documented_gives_the_known_regression() -> None:
    X, y = datasets.load_diabetes()
    scaled = (X - X.mean(axis=0)) / (X.std(axis=0) * np.sqrt(len(X)))
    coefficients, *_ = np.linalg.lstsq(scaled, y - y.mean())
    # R's lars package, solve(t(x) %*% x) %*% t(x) %*% y on its diabetes data.
    expected = [-10.012, -239.819, 519.840, 324.390, -792.184]
    expected += [476.746, 101.045, 177.064, 751.279, 67.625]
    np.testing.assert_allclose(coefficients, expected, atol=0.02)


@pytest.mark.parametrize("name", LOADERS)
def test_the_real_scikit_learn_agrees(name: str) -> None:
    real = pytest.importorskip("sklearn.datasets", reason="compares with scikit-learn itself")
    options = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(real, f"load_{name}")(**options)
    ours = LOADERS[name]()
    assert checksum(bunch.data, bunch.target) == checksum(ours.X, ours.y)
    assert ours.feature_names == tuple(bunch.feature_names)
    assert ours.target_names == tuple(str(target) for target in bunch.get("target_names", []))


# ---------------------------------------------------------------- what loading promises


@pytest.mark.parametrize("name", LOADERS)
def test_every_value_is_as_it_was_when_bundled(name: str) -> None:
    assert checksum(*LOADERS[name]()) == CHECKSUMS[name]


@every_dataset
def test_arrays_have_the_promised_layout(load: Loader) -> None:
    X, y = load()
    assert type(X) is type(y) is np.ndarray
    assert X.dtype == np.float32
    assert y.dtype == (np.float32 if load is datasets.load_diabetes else np.int64)
    assert y.shape == (len(X),)
    assert X.flags.c_contiguous
    assert X.flags.writeable
    assert y.flags.writeable
    assert np.isfinite(X).all()
    assert np.isfinite(y).all()


@every_dataset
def test_spoiling_one_result_leaves_the_next_call_intact(load: Loader) -> None:
    X, y = load()
    kept_X, kept_y = X.copy(), y.copy()
    X[:], y[:] = -1, -1
    X_again, y_again = load()
    np.testing.assert_array_equal(X_again, kept_X)
    np.testing.assert_array_equal(y_again, kept_y)


@every_dataset
def test_names_fit_the_arrays(load: Loader) -> None:
    data = load()
    assert len(data.feature_names) == data.X.shape[1]
    assert len(set(data.feature_names)) == len(data.feature_names)
    if data.y.dtype == np.int64:
        assert len(data.target_names) == data.y.max() + 1
    else:
        assert data.target_names == ()
    assert all(type(name) is str for name in data.feature_names + data.target_names)


def test_a_dataset_is_a_pair() -> None:
    iris = datasets.load_iris()
    assert isinstance(iris, tuple)
    assert len(iris) == 2
    assert iris[0] is iris.X
    assert iris[1] is iris.y
    assert repr(iris) == (
        "Dataset(X: (150, 4) float32, y: (150,) int64, classes: setosa, versicolor, virginica)"
    )
    assert repr(datasets.load_diabetes()) == "Dataset(X: (442, 10) float32, y: (442,) float32)"


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))])
def test_a_dataset_survives_copying(duplicate: Callable[[Dataset], Dataset]) -> None:
    iris = datasets.load_iris()
    again = duplicate(iris)
    assert type(again) is Dataset
    np.testing.assert_array_equal(again.X, iris.X)
    assert again.target_names == iris.target_names


def test_loading_never_imports_scikit_learn() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"  # an import of it would raise
        "import nn.datasets as d\n"
        f"for name in {[load.__name__ for load in LOADERS.values()]}: getattr(d, name)()\n"
    )
    root = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


def test_the_files_are_small() -> None:
    sizes = [path.stat().st_size for path in bundled._FOLDER.glob("*.npz")]
    assert len(sizes) == len(LOADERS)
    assert sum(sizes) < 150_000


# ---------------------------------------------------------------- damaged files


@pytest.fixture
def broken_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bundled, "_FOLDER", tmp_path)
    return tmp_path


def test_a_missing_file_says_which_and_what_to_do(broken_folder: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"load_iris\(\) reads .*iris\.npz, and .*: reinstall"
    ):
        datasets.load_iris()


GOOD = (bundled._FOLDER / "iris.npz").read_bytes()


@pytest.mark.parametrize(
    "content",
    [b"", b"version https://git-lfs.github.com/spec/v1\n", GOOD[:900], GOOD[:-30]],
    ids=["empty", "a git-lfs pointer", "half", "tail cut off"],
)
def test_a_damaged_file_says_so(broken_folder: Path, content: bytes) -> None:
    (broken_folder / "iris.npz").write_bytes(content)
    with pytest.raises(
        OSError, match=r"load_iris\(\) cannot read .*iris\.npz: the file is damaged"
    ):
        datasets.load_iris()


def test_a_flipped_bit_never_changes_a_value_silently(broken_folder: Path) -> None:
    for position in range(0, len(GOOD), 11):
        content = bytearray(GOOD)
        content[position] ^= 1
        (broken_folder / "iris.npz").write_bytes(content)
        try:
            X, y = datasets.load_iris()
        except OSError:
            continue
        assert checksum(X, y) == CHECKSUMS["iris"]  # the bit was in a date, say


def test_a_pickle_in_the_file_is_never_run(broken_folder: Path) -> None:
    pickled = np.array([print, "boom"], dtype=object)
    np.savez(broken_folder / "iris.npz", data=pickled, target=pickled)
    with pytest.raises(OSError, match="allow_pickle=False"):
        datasets.load_iris()
