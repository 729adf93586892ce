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
