"""The examples as notebooks: from the scripts, executed, and true where HTML is cleaned."""

import html
import json
import re

import numpy as np
import pytest

import autograd_lite as ag
from tools.make_notebooks import EXAMPLES, NOTEBOOKS, ROOT, cells

WITH_REPLAY = ("00", "03", "04", "05", "06", "08", "09", "10", "11", "12")
# What a notebook that is not trusted loses with its content; of other tags the content stays.
LOST = r"(?is)<(style|script|iframe|svg)\b.*?</\1>"


def stripped(page):
    """The text of HTML as a notebook shows it that is not trusted."""
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(LOST, "", page)))


def outputs(book):
    """The data of every output of a notebook, by MIME type."""
    for cell in book["cells"]:
        for output in cell.get("outputs", []):
            for kind, data in output.get("data", {}).items():
                yield kind, data if isinstance(data, str) else "".join(data)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_notebook_is_its_script_executed(path):
    """`make notebooks` writes them."""
    book = json.loads((NOTEBOOKS / f"{path.stem}.ipynb").read_text("utf-8"))
    found = [(cell["cell_type"], "".join(cell["source"])) for cell in book["cells"]]
    assert found == cells(path.read_text("utf-8"))
    for cell in book["cells"]:
        assert cell["cell_type"] == "markdown" or cell["execution_count"]
        assert not [x for x in cell.get("outputs", []) if x["output_type"] == "error"]
    text = json.dumps(book)
    assert str(ROOT) not in text
    assert len(text) < 1_500_000


@pytest.mark.parametrize("number", WITH_REPLAY)
def test_a_replay_is_in_its_cell_with_a_picture_below(number):
    (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    pages = [data for kind, data in outputs(json.loads(path.read_text("utf-8"))) if "html" in kind]
    (page,) = [page for page in pages if "<iframe" in page]
    assert 'sandbox="allow-scripts"' in page
    assert "data:image/svg+xml;base64," in re.sub(LOST, "", page)


def test_formulas_of_an_exported_notebook_stay_true_where_mathml_is_stripped():
    nbconvert = pytest.importorskip("nbconvert", reason="nbconvert is not installed")
    import nbformat

    w = ag.Tensor([[1.0], [2.0]], requires_grad=True, name="w")
    J = np.mean(1 / (1 + np.exp(-(np.eye(2) @ w))))
    shown = ag.explain(J, w)._repr_mimebundle_()
    result = nbformat.v4.new_output("execute_result", shown, execution_count=1)
    cell = nbformat.v4.new_code_cell("ag.explain(J, w)", outputs=[result], execution_count=1)
    book = nbformat.v4.new_notebook(cells=[cell])
    assert "<msup>" in shown["text/html"]  # where it is trusted, formulas are drawn
    page, _ = nbconvert.HTMLExporter().from_notebook_node(book)
    # nbconvert's own sanitizer shows tags as text, its paragraphs' too; formulas stay true.
    cleaned, _ = nbconvert.HTMLExporter(sanitize_html=True).from_notebook_node(book)
    pages = [x.partition("<main>")[2] for x in (page, html.unescape(cleaned))]
    for part in (shown["text/html"], *pages):
        said = stripped(part)
        assert "e^(v_2)" in said
        assert "(1/m)" in said
        assert not false_without_marks(said)


def false_without_marks(said):
    """Powers and fractions that have lost their places: "ev2" for e to the power of v₂."""
    return re.findall(r"ev_?\d|ev[₀-₉]|=1m|[Xx]⊤", said)


def test_the_explanation_that_ships_stays_true_without_mathml():
    (path,) = NOTEBOOKS.glob("13_*.ipynb")
    pages = [data for kind, data in outputs(json.loads(path.read_text("utf-8"))) if "html" in kind]
    said = stripped(pages[0])
    assert "∂J/∂w=(1/m)" in said
    assert not false_without_marks(said)
