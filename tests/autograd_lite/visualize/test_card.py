"""What stands on a box."""

import pytest

from autograd_lite.visualize import card as module
from autograd_lite.visualize.heat import Heatmap
from autograd_lite.visualize.picture import Box

NUMBERS = Heatmap(((8, 0),), (("1.5", "-1.5"),), complete=True)
SHADES = Heatmap(((8,) * 6,) * 8, (), complete=False)


def card(box, narrowest=0.0):
    return module.card(box, narrowest)


def box(**fields):
    return Box("#0", "operation", "matmul", **fields)


def test_lines_follow_each_other_and_fit():
    found = card(box(shape="(2, 3)", gradient="mean |gradient| 0.5", remark="not trainable"))
    assert [line.text for line in found.lines] == [
        *("matmul", "(2, 3)", "mean |gradient| 0.5", "not trainable")
    ]
    heights = [line.y for line in found.lines]
    assert heights == sorted(heights)
    assert heights[-1] < found.height
    assert all(module.text_width(line.text, line.role) < found.width for line in found.lines)


def test_a_value_stands_behind_its_shape_or_alone():
    assert card(box(shape="scalar", value="2")).lines[1].text == "scalar = 2"
    assert card(box(value="2")).lines[1].text == "= 2"


def test_a_gradient_in_numbers_is_not_said_again_as_a_mean():
    texts = [
        line.text for line in card(box(gradient="mean |gradient| 1.5", gradients=NUMBERS)).lines
    ]
    assert texts == ["matmul"]
    texts = [
        line.text for line in card(box(gradient="mean |gradient| 1.5", gradients=SHADES)).lines
    ]
    assert texts == ["matmul", "mean |gradient| 1.5"]


@pytest.mark.parametrize("heatmap", [NUMBERS, SHADES])
def test_heatmaps_stand_side_by_side_on_the_card(heatmap):
    found = card(box(values=heatmap, gradients=heatmap))
    left, right = found.grids
    assert (left.caption, right.caption) == ("value", "gradient")
    assert left.x > 0
    assert left.x + left.width < right.x
    assert right.x + right.width < found.width
    assert left.y + left.height < found.height


def test_a_card_can_be_asked_to_be_wider():
    wide = card(box(values=SHADES), 500.0)
    assert wide.width == 500.0
    grid = wide.grids[0]
    assert grid.x + grid.width / 2 == 250.0


def test_long_numbers_widen_their_cells():
    long = Heatmap(((8, 0),), (("-1.234e-308", "1"),), complete=True)
    assert card(box(values=long)).grids[0].cell[0] > card(box(values=NUMBERS)).grids[0].cell[0]


def test_text_is_measured_with_room_for_wide_fonts():
    # Advance widths of DejaVu Sans, in ems: m 0.974, W 0.989, i 0.278.
    assert module.text_width("m" * 10, "muted") >= 10 * 0.974 * 11
    assert module.text_width("W" * 10, "muted") >= 10 * 0.989 * 11
    assert module.text_width("i" * 10, "muted") >= 10 * 0.278 * 11
    assert module.text_width("漢字", "muted") >= 2 * 11
    assert module.text_width("", "muted") == 0
