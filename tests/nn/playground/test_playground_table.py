"""CSV files of users: those that are read, and what is said of those that are not."""

import re

import numpy as np
import pytest

from nn.playground.settings import SettingError
from nn.playground.table import read_table

ROWS = "1,2,a\n3,4,b\n5,7,a\n6,1,b\n"


def test_two_columns_of_numbers_and_one_of_classes():
    X, y, names = read_table("x,y,kind\n" + ROWS, "p.csv").points(())
    np.testing.assert_array_equal(X, [[1, 2], [3, 4], [5, 7], [6, 1]])
    assert y.tolist() == [0, 1, 0, 1]
    assert names == ["a", "b"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_separators(delimiter):
    table = read_table(ROWS.replace(",", delimiter), "p.csv")
    assert (table.width, table.header) == (3, None)


def test_blank_lines_byte_order_mark_and_other_line_ends():
    table = read_table("\ufeff\r\nx,y,kind\r\n\r\n1, 2 ,a\r\n,,\r\n3,4, b\r\n", "p.csv")
    X, _, names = table.points(())
    assert X.tolist() == [[1, 2], [3, 4]]
    assert names == ["a", "b"]


def test_columns_are_chosen():
    table = read_table("id,label,u,v\n1,red,0.5,2\n2,blue,0.7,3\n", "p.csv")
    X, y, names = table.points((2, 3, 1))
    assert X.tolist() == [[0.5, 2], [0.7, 3]]
    assert [names[label] for label in y] == ["red", "blue"]


def test_hostile_text_is_text():
    evil = '"<img src=x onerror=alert(1)>",b,"a\nb"\n1,2,<script>\n2,3,"javascript:"\n'
    table = read_table(evil, "<b>.csv")
    assert table.column_name(0) == "<img src=x onerror=alert(1)>"
    assert table.points(())[2] == ["<script>", "javascript:"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n \n,,\n", "is empty"),
        ("x,y,kind\n", "no rows below it"),
        ("1,2\n3,4\n", "has 2 columns; the playground needs three"),
        ("just text\nmore text\n", "has 1 column; the playground needs three"),
        ("1,2,a\n3,4\n", "line 2 of 'p.csv' has 2 columns, the first row has 3"),
        ("x,y,k\n1,two,a\n3,4,b\n", "row 1, 'y': 'two' is no number"),
        ("x,y,k\n1,2,a\n3,,b\n", "row 2, 'y' is empty"),
        ("1,nan,a\n3,4,b\n", "row 1, 'column 2' is nan"),
        ("1,inf,a\n3,4,b\n", "row 1, 'column 2' is inf"),
        ("1,1e300,a\n3,4,b\n", "row 1, 'column 2' is 1e300"),
        ("1,2,a\n3,4,a\n", "all rows are of one class: 'column 3' is always 'a'"),
        ("1,2,a\n3,4,\n", "row 2, 'column 3' is empty: it has no class"),
        ("1,2,a\n1,4,b\n", "'column 1' is 1 in all rows"),
        ("\n".join(f"{i},{i % 3},{i}" for i in range(9)), "9 different values"),
        ("1,2,a\n" * 5002, "more than 5000 rows"),
        ("1,2,a\0\n", "no text in UTF-8"),
        ("1,2,\ufffd\n", "no text in UTF-8"),
        ("x" * 2_000_001, "has 2 MB; the playground takes 2 MB"),
        (f"1,2,{'x' * 200_000}\n", "is not CSV: field larger than field limit"),
    ],
)
def test_what_is_refused(text, said):
    with pytest.raises(SettingError, match=re.escape(said)) as caught:
        read_table(text, "p.csv").points(())
    assert caught.value.field == "csv"
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ((0, 1, 3), "three columns, 0 to 2"),
        ((0, 0, 2), "three different"),
        ((0, 1), "three columns"),
    ],
)
def test_columns_that_cannot_be(columns, said):
    with pytest.raises(SettingError, match=said):
        read_table(ROWS, "p.csv").points(columns)
