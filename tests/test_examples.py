"""Every example runs as a script, keeps what it promises, and draws the pictures it names."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("[0-9][0-9]_*.py"))

# The course's own lines, as it writes them for Keras; only the imports name `nn`.
COURSE_IMPORTS = """
from nn import Sequential
from nn.layers import Dense
from nn.losses import BinaryCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
"""
COURSE_SNIPPETS = {
    "binary classification": """
model = Sequential([
    Dense(units=25, activation='sigmoid'),
    Dense(units=15, activation='sigmoid'),
    Dense(units=1, activation='sigmoid'),
])
model.compile(loss=BinaryCrossentropy())
model.fit(X, y, epochs=100)
""",
    "regression": """
model = Sequential([
    Dense(units=25, activation='relu'),
    Dense(units=15, activation='relu'),
    Dense(units=1, activation='linear'),
])
model.compile(loss=MeanSquaredError())
model.fit(X, y, epochs=100)
""",
    "softmax": """
model = Sequential([
    Dense(units=25, activation='relu'),
    Dense(units=15, activation='relu'),
    Dense(units=10, activation='softmax'),
])
model.compile(loss=SparseCategoricalCrossentropy())
model.fit(X, y, epochs=100)
""",
    "softmax from logits": """
model = Sequential([
    Dense(units=25, activation='relu'),
    Dense(units=15, activation='relu'),
    Dense(units=10, activation='linear'),
])
model.compile(loss=SparseCategoricalCrossentropy(from_logits=True))
model.fit(X, y, epochs=100)
""",
    "logistic regression from logits": """
model = Sequential([
    Dense(units=25, activation='sigmoid'),
    Dense(units=15, activation='sigmoid'),
    Dense(units=1, activation='linear'),
])
model.compile(loss=BinaryCrossentropy(from_logits=True))
model.fit(X, y, epochs=100)
""",
}


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda path: path.stem)
def example(request, tmp_path_factory):
    """The example's text, and the folder in which it has run."""
    folder = tmp_path_factory.mktemp(request.param.stem)
    environment = os.environ | {
        "AUTOGRAD_LITE_FAST": "1",
        "MPLBACKEND": "Agg",
        "OPENBLAS_NUM_THREADS": "1",  # its threads would wait for the tests that run beside
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
    }
    command = [sys.executable, "-W", "error", str(request.param)]
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120
    )
    assert run.returncode == 0, f"{run.stdout[-2000:]}\n{run.stderr}"
    return request.param.read_text(encoding="utf-8"), folder


def test_the_ten_lessons_are_there():
    assert [path.name[:2] for path in EXAMPLES][:11] == [f"{number:02}" for number in range(11)]


def test_runs_and_draws_what_it_names(example):
    text, folder = example
    names = re.findall(r'output / "([^"]+\.(?:png|svg))"', text)
    assert names
    for name in names:
        path = folder / "demo_output" / name
        if path.suffix == ".png":
            require_picture(path)
        else:
            assert ET.fromstring(path.read_text("utf-8"))[0].text  # its title


def test_writes_only_into_its_output_folder(example):
    _, folder = example
    assert [path.name for path in folder.iterdir()] == ["demo_output"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_opens_as_a_notebook(path):
    cells = re.split(r"^# %%", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert cells[0] == ""
    texts = [cell.splitlines()[1:] for cell in cells if cell.startswith(" [markdown]\n")]
    assert texts[0][0].startswith("# # ")
    for line in (line for text in texts for line in text if line):
        assert line == "#" or line.startswith("# "), line


def test_the_table_of_contents_names_every_example():
    contents = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\d\d_\w+\.py)\)", contents) == [path.name for path in EXAMPLES]


@pytest.mark.parametrize("name", COURSE_SNIPPETS)
def test_the_lines_of_the_course_run_as_they_are(name):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    names = {"X": X, "y": (X[:, 0] > 0).astype(int)}
    exec(COURSE_IMPORTS + COURSE_SNIPPETS[name], names)
    history = names["model"].history.history["loss"]
    assert len(history) == 100
    assert history[-1] < history[0]


def require_picture(path):
    """A PNG that is wide enough to read, and not blank."""
    pixels = plt.imread(path)
    height, width = pixels.shape[:2]
    assert width >= 900, f"{path.name} is only {width} pixels wide"
    assert height >= 300
    assert len(np.unique(pixels[::3, ::3, :3].reshape(-1, 3), axis=0)) > 20
