import re
from dataclasses import asdict

import pytest

from benchmarks import charts, document, results
from benchmarks.document import replaced
from benchmarks.growth import CURVES, Point
from benchmarks.report import ratio, ratios_table, skipped_list, times_table
from benchmarks.rounds import Skipped, Timing

PAGE = "words\n<!-- a -->\nold\n<!-- /a -->\nmore\n<!-- b -->\n<!-- /b -->\n"


def timing(name, role, *rounds, workload="tiny"):
    return Timing(workload, name, name, "1.0", role, [1e-6 * micro for micro in rounds])


OURS = timing("ours_native", "ours", 10, 20, 10)
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
        "|             | tiny |",
        "| ----------- | ---: |",
        "| ours_native |   10 |",
        "| jax_jit     |   50 |",
    ]
    elsewhere = timing("jax_jit", "peer", 1, 2, 3, workload="digits")
    assert ratios_table([OURS, JAX, elsewhere], OURS.name).splitlines()[2:] == [
        "| ours_native | 1.00 |",
        "| jax_jit     | 4.50 |",
    ]


def test_reasons_are_gathered():
    entries = [Skipped(workload, "dezero", "broken") for workload in ("tiny", "wide")]
    assert skipped_list(entries) == "- `dezero` (tiny, wide): broken"


def test_a_chapter_without_numbers_is_left_out(tmp_path):
    numbers = {"machine": "a machine.", "date": "today", "rounds": 3, "skipped": []}
    numbers["timings"] = [asdict(OURS), asdict(JAX)]
    assert document.steps(numbers, tmp_path)["skipped"] == ""
    numbers["skipped"] = [asdict(Skipped("tiny", "dezero", "broken"))]
    written = document.steps(numbers, tmp_path)
    assert written["skipped"] == "## Not measured\n\n- `dezero` (tiny): broken"


def test_what_was_not_measured_stays_as_it_was_on_the_page(tmp_path):
    numbers = {"machine": "a machine.", "date": "today", "rounds": 3, "skipped": []}
    numbers["timings"] = [asdict(timing("ours", "ours", 10, workload="cnn"))]
    assert set(document.steps(numbers, tmp_path)) == {"architectures"}
    numbers["timings"] = [asdict(timing("ours", "ours", 10, workload="predict_1"))]
    assert set(document.steps(numbers, tmp_path)) == {
        "machine", "workloads", "predictions", "skipped"
    }  # fmt: skip
    assert document.growth_curves({"points": []}, tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_curves_that_were_not_measured_are_named(tmp_path):
    points = [Point(name, 1, "ours", "ours", "ours", 1e-6) for name in CURVES]
    told = "Not measured: hidden layers, operations."
    some = [asdict(point) for point in points if point.curve in ("batch", "width")]
    assert told in document.growth_curves({"points": some}, tmp_path)["growth"]
    whole = document.growth_curves({"points": [asdict(x) for x in points]}, tmp_path)["growth"]
    assert "Not measured" not in whole
    assert "more than 20 s to compile, or takes more than 0.3 s for a step" in whole


def test_times_beside_busy_programs_are_means(tmp_path):
    numbers = {"machine": "a machine.", "date": "today", "rounds": 3}
    numbers["busy"] = [
        {"load": 0, "timings": [asdict(OURS), asdict(JAX)]},
        {"load": 2, "timings": [asdict(JAX)]},
    ]
    written = document.beside_others(numbers, tmp_path)["busy"].splitlines()
    assert [cell.strip() for cell in written[-4].split("|")[3:5]] == [
        "alone",
        "beside 2 busy loops",
    ]
    assert [cell.strip() for cell in written[-2].split("|")[2:5]] == [
        "ours_native",
        "13",
        "",
    ]
    assert [cell.strip() for cell in written[-1].split("|")[2:5]] == ["jax_jit", "60", "60"]


def test_the_page_has_a_place_for_every_section_and_no_empty_chapter():
    page = document.PAGE.read_text()
    for (
        name
    ) in "machine workloads steps predictions epochs busy memory growth imports chain".split():
        assert replaced(page, name, "text") != page
    visible = re.sub(r"<!--.*?-->", "", page)
    for title, text in re.findall(
        r"^#+ ([^\n]+)\n(.*?)(?=^#|\Z)", visible, re.DOTALL | re.MULTILINE
    ):
        assert text.strip(), title


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
    for svg in drawn[0]:
        assert "torch_eager" in svg
        style, drawing = svg.split("</style>", 1)
        assert "@media (prefers-color-scheme: dark)" in style
        assert f"--c{charts.INK[1:]}:{charts.IN_THE_DARK[charts.INK]};" in style
        assert f"fill: var(--c{charts.PAPER[1:]}, {charts.PAPER})" in drawing
        assert not re.search(f"[^,] (?:{'|'.join(charts.IN_THE_DARK)})", drawing)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (9, 1100, ["10", "100", "1k"]),
        (900, 40_000, ["1k", "3k", "10k", "30k"]),
        (70_000, 260_000, ["100k", "200k"]),
    ],
)
def test_ticks_are_at_round_numbers(low, high, labels):
    pyplot = charts.start()
    figure, axis = pyplot.subplots()
    axis.set_xscale("log")
    axis.set_xlim(low, high)
    charts.plain_ticks(axis.xaxis, low, high)
    figure.canvas.draw()
    assert [label.get_text() for label in axis.get_xticklabels()] == labels
    pyplot.close(figure)


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
