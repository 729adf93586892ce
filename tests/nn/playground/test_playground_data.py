"""The points that the page shows are those that the network learns from."""

import numpy as np
import pytest

from nn import datasets
from nn.playground.data import features, load, previews
from nn.playground.settings import SettingError, Settings
from nn.playground.table import read_table


@pytest.mark.parametrize("name", ["circles", "moons", "xor", "spiral", "blobs"])
def test_drawn_from_a_seed_and_standardized(name):
    data = load(Settings(data=name, classes=4), None)
    again = load(Settings(data=name, classes=4), None)
    X = np.concatenate([data.X_train, data.X_test])
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(X.std(axis=0), 1, rtol=1e-5)
    assert np.abs(X).max() <= data.reach
    assert len(data.classes) == (4 if name in ("spiral", "blobs") else 2)
    assert (len(data.X_train), len(data.X_test)) == (140, 60)
    np.testing.assert_array_equal(data.X_train, again.X_train)


def test_moons_are_those_of_nn():
    data = load(Settings(data="moons", noise=0.2, seed=7), None)
    X, y = datasets.make_moons(200, noise=0.2, seed=7)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    parts = datasets.train_test_split(X, y, test_size=0.3, seed=7, stratify=True)
    np.testing.assert_array_equal(data.X_train, parts[0])
    np.testing.assert_array_equal(data.y_test, parts[3])


def test_features():
    X = np.array([[2.0, 3.0]])
    names = ("x1", "x2", "x1²", "x2²", "x1·x2", "sin 2x1", "sin 2x2")
    np.testing.assert_allclose(features(X, names), [[2, 3, 4, 9, 6, np.sin(4), np.sin(6)]])


def test_points_of_the_mouse_stay_where_they_are_and_classes_close_ranks():
    points = ((0.0, 1.0, 1), (1.0, 1.0, 1), (-2.0, 0.5, 3), (0.0, -1.0, 3))
    data = load(Settings(data="points", points=points, test_share=0.5), None)
    X = np.concatenate([data.X_train, data.X_test])
    assert sorted(map(tuple, X)) == sorted((x1, x2) for x1, x2, _ in points)
    assert sorted([*data.y_train, *data.y_test]) == [0, 0, 1, 1]
    assert data.classes == ["1", "3"]
    assert data.reach == 3


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ((), "click into the output"),
        (((0.0, 0.0, 0), (1.0, 0.0, 0)), "all points are of one class"),
        (((0.0, 0.0, 0), (1.0, 0.0, 0), (1.0, 1.0, 1)), "class '1' has a single point"),
    ],
)
def test_too_few_points(points, said):
    with pytest.raises(SettingError, match=said):
        load(Settings(data="points", points=points), None)


def test_a_csv_file_gives_names_to_axes_and_classes():
    table = read_table("u,v,w,kind\n" + "1,2,3,a\n2,5,4,b\n" * 5, "p.csv")
    data = load(Settings(data="csv", columns=(2, 0, 3)), table)
    assert (data.axes, data.classes) == (["w", "u"], ["a", "b"])
    with pytest.raises(SettingError, match="choose a CSV file"):
        load(Settings(data="csv"), None)


def test_previews_fit_into_their_square():
    for points in previews().values():
        assert np.abs(np.array(points)[:, :2]).max() <= 1
