import pytest

from benchmarks import charts, results
from benchmarks.asked import rows_of_imports, rows_of_timings, table
from benchmarks.document import replaced
from benchmarks.growth import Point
from benchmarks.report import ratio, ratios_table, skipped_list, times_table
from benchmarks.rounds import Skipped, Timing
from benchmarks.workloads import WORKLOADS

PAGE = "words\n<!-- a -->\nold\n<!-- /a -->\nmore\n<!-- b -->\n<!-- /b -->\n"


def timing(name, role, *rounds, workload="tiny"):
    return Timing(workload, name, name, "1.0", role, [1e-6 * micro for micro in rounds])


OURS = timing("ours_compiled_numba", "ours", 10, 20, 10)
JAX = timing("jax_jit", "peer", 40, 90, 50)
TORCH = timing("torch_eager", "peer", 290, 610, 310)


def test_only_the_section_is_replaced():
    page = replaced(PAGE, "a", r"new \1 text")
    assert page == PAGE.replace("old", r"new \1 text")
    assert replaced(page, "a", "old") == PAGE


def test_an_unknown_section_is_an_error():
    with pytest.raises(KeyError, match="<!-- c -->"):
        replaced(PAGE, "c", "text")


def test_a_ratio_is_taken_round_by_round():
    assert ratio(JAX, OURS) == pytest.approx(4.5)  # of 4, 4.5 and 5


def test_tables():
    assert times_table([OURS, JAX]).splitlines() == [
        "|                     | tiny |",
        "| ------------------- | ---: |",
        "| ours_compiled_numba |   10 |",
        "| jax_jit             |   50 |",
    ]
    elsewhere = timing("jax_jit", "peer", 1, 2, 3, workload="digits")
    assert ratios_table([OURS, JAX, elsewhere], OURS.name).splitlines()[2:] == [
        "| ours_compiled_numba | 1.00 |",
        "| jax_jit             | 4.50 |",
    ]


def test_reasons_are_gathered():
    entries = [Skipped(workload, "dezero", "broken") for workload in ("tiny", "wide")]
    assert skipped_list(entries) == "- `dezero` (tiny, wide): broken"


def test_what_was_asked():
    rows = list(rows_of_timings([OURS, JAX, TORCH], WORKLOADS))
    assert [(row[2], row[3], row[4]) for row in rows] == [
        ("jax_jit / ours ≥ 4", "4.50", "yes"),
        ("torch_eager / ours ≥ 30", "30.5", "yes"),
    ]
    slow = timing("ours_compiled_numba", "ours", 100, 100, 100)
    assert "**missed**" in table(rows_of_timings([slow, JAX], WORKLOADS))


def test_imports_are_counted_beyond_numpy():
    seconds = {"numpy": [0.1, 0.2], "nn": [0.15, 0.26], "autograd_lite": [0.3, 0.4]}
    measured = {row[0]: row[3:] for row in rows_of_imports(seconds)}
    assert measured == {
        "import autograd_lite": ["200 ms", "**missed**"],
        "import nn": ["55 ms", "yes"],
    }


def test_results_come_back(tmp_path):
    path = tmp_path / "deep" / "steps.json"
    assert results.load(path) is None
    results.save(path, "a machine", timings=[OURS])
    (entry,) = results.load(path)["timings"]
    assert Timing(**entry) == OURS


def test_charts_are_svg_and_alike_every_time(tmp_path):
    points = [
        Point("batch", size, name, name, role, size * 1e-6)
        for name, role in (("ours", "ours"), ("torch_eager", "peer"), ("unknown", "peer"))
        for size in (1, 10)
    ]
    drawn = []
    for folder in (tmp_path / "1", tmp_path / "2"):
        folder.mkdir()
        charts.steps_chart([OURS, JAX, TORCH], folder / "steps.svg")
        charts.growth_chart(points, {"batch": "batch size"}, folder / "growth.svg")
        drawn.append([(folder / f"{name}.svg").read_text() for name in ("steps", "growth")])
    assert drawn[0] == drawn[1]
    assert all("torch_eager" in svg for svg in drawn[0])


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ([0.0, 5.0, 9.0], [0.0, 5.0, 9.0]),
        ([0.0, 0.1, 0.2], [0.0, 1.0, 2.0]),
        ([9.8, 9.9, 10.0], [8.0, 9.0, 10.0]),
        ([], []),
    ],
)
def test_labels_are_pushed_apart(heights, expected):
    assert charts.spread(heights, gap=1.0, top=10.0) == pytest.approx(expected)
