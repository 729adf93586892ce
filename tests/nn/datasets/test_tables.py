"""CSV files: what becomes of them, and what is refused."""

import csv
import gzip

import numpy as np
import pytest

from nn.datasets import DataFileError, load_csv


@pytest.fixture
def load(tmp_path):
    def attempt(text, *arguments, **options):
        path = tmp_path / "t.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_csv(path, *arguments, **options)

    return attempt


def test_a_table(load):
    houses = load("area,rooms,price\n100,3,250.5\n55.5,2,1e3\n")
    np.testing.assert_array_equal(
        houses.X, np.array([[100, 3], [55.5, 2]], np.float32), strict=True
    )
    np.testing.assert_array_equal(houses.y, np.array([250.5, 1000], np.float32), strict=True)
    assert houses.feature_names == ("area", "rooms")
    assert houses.target_names == ()


@pytest.mark.parametrize("target", ["kind", 0, -3])
def test_the_target_by_name_or_position(load, target):
    data = load("kind,a,b\nx,1,2\ny,3,4\nx,5,6\n", target)
    assert data.y.tolist() == [0, 1, 0]
    assert data.y.dtype == np.int64
    assert data.target_names == ("x", "y")
    assert data.feature_names == ("a", "b")


def test_whole_numbers_are_labels(load):
    data = load("a,label\n1,2\n2,0\n3,7.0\n")
    assert data.y.tolist() == [2, 0, 7]
    assert data.y.dtype == np.int64
    assert data.target_names == ()


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_what_programs_write(load, tmp_path, compress):
    """A byte order mark, Windows' ends of lines, quotes, blanks, empty lines."""
    text = '\ufeff"a ""b"", c",d\r\n" 1.5 ",2\r\n\r\n-3e2, 4\r\n'.encode()
    data = load(compress(text))
    assert data.feature_names == ('a "b", c',)
    assert data.X.tolist() == [[1.5], [-300.0]]
    assert data.y.tolist() == [2, 4]


def test_another_separator(load):
    assert load("a;b\n1;2\n", separator=";").X.tolist() == [[1.0]]
    assert load("a\tb\n1\t2\n", separator="\t").X.tolist() == [[1.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the first line names two columns or more"),
        ("a\n1\n", "the first line names two columns or more"),
        ("a,b\n", "no line below the names"),
        ("1,2\n3,4\n", "the first line holds numbers, 1, 2: write a line of names"),
        ("a,a,b\n1,2,3\n", "two columns have one name, 'a'"),
        ("a,b\n1,2\n3\n", "line 3 has 1 cells, and there are 2 columns"),
        ("a,b\n1,2,3\n", "line 2 has 3 cells"),
        ("a,b,c\n1,,3\n", "line 2, column 'b': '' is no finite number"),
        ("a,b\nx,3\n", "line 2, column 'a': 'x' is no finite number"),
        ("a,b\nnan,3\n", "'nan' is no finite number"),
        ("a,b\ninf,3\n", "'inf' is no finite number"),
        ("a,b\n1_000,3\n", "'1_000' is no finite number"),
        ("a,b\n1,\n", "line 2 has no target"),
        ("a,b\n1,2\n2,x\n", "the targets are numbers, but sample 1 has 'x'"),
        ("a,b\n1e39,2\n", "sample 0: 1e\\+39 is too large for float32"),
        ("a,b\n1,1.5e39\n", "a target is too large for float32"),
        ('a,b\n1,"2\n', "line 2 is no line of a table"),
        ('a,b\n1,"2"x\n', "line 2 is no line of a table"),
        (b"a,b\n\xff,2\n", "no text in UTF-8: invalid start byte at byte 4"),
        ("a,b\n1," + "x" * 2000, "a target, or one that is too long|no target"),
        ("a,b\n1," + "x" * 200_000, "no line of a table: field larger"),
        (",".join(f"c{i}" for i in range(10_001)), "more than 10000 columns"),
        ("a,b\n" + "1" * 5000 + ",2", "is no finite number"),
    ],
    ids=range(23),
)
def test_what_is_no_table(load, text, message):
    with pytest.raises(DataFileError, match=message) as raised:
        load(text)
    assert len(str(raised.value)) < 400


def test_arguments(load):
    table = "area,price\n1,2\n"
    with pytest.raises(ValueError, match="Did you mean 'price'"):
        load(table, "prize")
    with pytest.raises(ValueError, match="the table has 2 columns"):
        load(table, 2)
    with pytest.raises(TypeError, match="the name of a column, or its position"):
        load(table, None)
    for separator in ("", ",,", "\n", '"', None):
        with pytest.raises(ValueError, match="separator is one character"):
            load(table, separator=separator)
    with pytest.raises(DataFileError, match="more than the 10 bytes that are allowed"):
        load(table, most_bytes=10)


def test_what_a_csv_logger_writes(tmp_path):
    path = tmp_path / "log.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["epoch", "loss"], [0, 0.5], [1, 0.25]])
    assert load_csv(path, "loss").y.tolist() == [0.5, 0.25]
