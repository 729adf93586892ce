"""axe-core, the checker of accessibility, finds nothing on any page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.extend import Boundary
from autograd_lite.graphs.update import descended
from autograd_lite.visualize.replay import replay

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SIZES = [(390, 844), (1280, 720), (1920, 1080)]

pytestmark = pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not installed (npm install --no-save axe-core@4.10)"
)


def violations(browser):
    """What axe-core finds on the page, as "rule: how many elements, the first of them"."""
    browser.run(AXE.read_text(encoding="utf-8"))
    found = browser.driver.execute_async_script(
        "const done = arguments[0]; axe.run(document).then((r) => done(r.violations));"
    )
    return [
        f"{rule['id']}: {len(rule['nodes'])}, {rule['nodes'][0]['html'][:160]} "
        f"{rule['nodes'][0]['failureSummary'][:300]}"
        for rule in found
    ]


@pytest.fixture(scope="module")
def served():
    """The address of a playground."""
    pytest.importorskip("websockets", reason="websockets is not installed")
    from tests.browser.test_playground import end, serve

    process, address = serve()
    yield address
    end(process)


def network_loss():
    X = np.random.default_rng(0).normal(size=(8, 3))
    y = np.array([0, 1, 2, 1, 0, 2, 1, 0])
    model = nn.Sequential([nn.Dense(4, activation="relu"), nn.Dropout(0.2), nn.Dense(3)])
    return nn.SparseCategoricalCrossentropy(from_logits=True)(y, model(X, training=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["phone", "laptop", "desktop"])
def test_the_replay(browser, size, scheme):
    browser.resize(*size)
    browser.prefer(scheme=scheme)
    loss = network_loss()
    graphs = [descended(ag.graph(loss), loss, 0.1)] * 2
    frames = [np.zeros((4, 4)), np.full((4, 4), 0.9)]
    boundary = Boundary((0.0, 1.0, 0.0, 1.0), frames, [[0.2, 0.3]], [1.0])
    browser.show(replay(graphs, title="A net", curves={"loss": [1.0, 0.5]}, boundary=boundary))
    assert violations(browser) == []
    for _ in range(7):
        browser.one(".transport .forward").click()
    assert violations(browser) == []
    browser.one(".transport .last").click()
    assert violations(browser) == []
    for tab in ("node", "sums", "layers", "quiz"):
        browser.one(f"[data-tab={tab}]").click()
        if tab == "node":
            browser.run("document.querySelector('.card .face').click()")
        assert violations(browser) == []


def digit_classifier():
    layers = nn.layers
    model = nn.Sequential(
        [
            layers.Conv2D(8, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, activation="relu"),
            nn.Flatten(),
            nn.Dense(10),
        ]
    )
    X, y = nn.datasets.load_digits()
    logits = model(X[:8].reshape(8, 8, 8, 1) / 16, training=True)
    return nn.SparseCategoricalCrossentropy(from_logits=True)(y[:8], logits)


def transformer():
    ids = nn.Input((12,), dtype="int32")
    x = nn.Embedding(30, 16)(ids)
    for _ in range(2):
        attended = nn.layers.MultiHeadAttention(2, 8)(x, x, use_causal_mask=True)
        x = nn.LayerNormalization()(x + attended)
        x = nn.LayerNormalization()(x + nn.Dense(16)(nn.Dense(32, activation="gelu")(x)))
    model = nn.Model(ids, nn.Dense(30)(x), name="transformer")
    given = np.random.default_rng(0).integers(0, 30, (4, 12))
    logits = model(given, training=True)
    return nn.SparseCategoricalCrossentropy(from_logits=True)(np.roll(given, -1, axis=1), logits)


def forecast():
    model = nn.Sequential([nn.layers.LSTM(16), nn.Dense(1)], name="forecast")
    x = np.random.default_rng(0).normal(size=(8, 20, 3))
    return nn.MeanSquaredError()(x[:, 0, :1], model(x, training=True))


@pytest.mark.parametrize("network", [digit_classifier, transformer, forecast])
def test_the_replay_of_a_network_is_small_readable_and_stays_at_home(browser, network):
    """Below 500 kB, opened at 1280 x 720: whole names of layers, in letters of 11 px or more."""
    browser.resize(1280, 720)
    browser.prefer(scheme="light")
    page = ag.draw(network(), learning_rate=0.1).html
    assert len(page.encode()) < 500_000
    browser.show(page)
    browser.wait("return document.querySelectorAll('.card').length > 5")
    letters = browser.run(
        """
        return [...document.querySelectorAll(".card .name, .frame-title")].map((name) => {
          const style = getComputedStyle(name);
          const drawn = name.getBoundingClientRect().height / Math.max(name.offsetHeight, 1);
          return parseFloat(style.fontSize) * drawn;
        });
        """
    )
    assert min(letters) >= 10.5  # offsets are whole pixels
    assert browser.run("return document.documentElement.scrollWidth") <= 1280
    stage = "const stage = document.querySelector('.stage');"
    assert browser.run(f"{stage} return stage.scrollWidth <= stage.clientWidth")
    clipped = browser.run(
        """
        return [...document.querySelectorAll(".card .name")]
          .filter((name) => name.scrollHeight > name.clientHeight + 1)
          .map((name) => name.textContent);
        """
    )
    assert clipped == []
    assert violations(browser) == []
    browser.one(".transport .forward").click()
    assert "step 1 of" in browser.text(".position")
    assert len(browser.requests()) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_explanation(browser, scheme, tmp_path):
    browser.prefer(scheme=scheme)
    w = ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")
    J = np.mean(np.log1p(np.exp(-(np.eye(2) @ w))))
    ag.explain(J, w, numbers=True).save(tmp_path / "j.html")
    browser.show((tmp_path / "j.html").read_text(encoding="utf-8"))
    assert violations(browser) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["phone", "laptop", "desktop"])
def test_the_playground(browser, served, size, scheme):
    browser.resize(*size)
    browser.prefer(scheme=scheme)
    browser.open(f"{served}#layers=3%20relu,2%20relu&learning_rate=10&optimizer=sgd")
    browser.wait("return document.getElementById('test-accuracy').textContent !== '–'")
    browser.run("document.getElementById('epoch').click()")
    browser.wait("return document.getElementById('epoch-count').textContent === '1'")
    browser.run("document.querySelector('.neuron[tabindex=\"0\"]').focus()")
    assert violations(browser) == []
