"""Pictures in a real browser: every text fits its box in every font, and themes switch."""

import numpy as np
import pytest

import autograd_lite as ag

# The texts that reach over the edge of their box, or of the whole picture.
OVERFLOWING = """
    const whole = document.querySelector("svg").getBoundingClientRect();
    const found = [];
    for (const text of document.querySelectorAll("svg text")) {
        let outer = whole;
        for (let group = text.closest("g"); group; group = group.parentElement.closest("g")) {
            const box = group.querySelector(":scope > title ~ .box");
            if (box) outer = box.getBoundingClientRect();
        }
        const inner = text.getBoundingClientRect();
        if (inner.left < outer.left + 1 || inner.right > outer.right - 1
            || inner.top < outer.top || inner.bottom > outer.bottom)
            found.push(text.textContent);
    }
    return found;
"""
COVERS = """
    const at = arguments[0].getBoundingClientRect();
    return document.elementFromPoint(at.x + 50, at.y + 50) === arguments[0];
"""
BACKGROUND = "return getComputedStyle(document.querySelector('svg .background')).fill"


def page(body):
    return f'<!doctype html><meta charset="utf-8"><title>safe</title>{body}'


@pytest.fixture(scope="module")
def drawing():
    kernel = ag.Tensor(np.linspace(-1, 1, 12).reshape(3, 4), requires_grad=True, name="WWWWWWWWWW")
    with ag.scope("a layer with a long name: MMMMMMMMMMMMMMM"):
        h = np.tanh(np.array([[1e-300, -2.5, 1e30]]) @ kernel[:, :3])
    with ag.scope("iiii"):
        return ag.draw(np.mean(h**2), show=("shapes", "values", "gradients", "statistics"))


@pytest.mark.parametrize(
    "font", ["DejaVu Sans", "Liberation Sans", "DejaVu Serif", "Liberation Serif"]
)
def test_text_fits_in_every_font(browser, drawing, font):
    rule = f"<style>svg text{{font-family:'{font}' !important}}"
    browser.show(page(drawing.svg.replace("<style>", rule)))
    assert browser.run(OVERFLOWING) == []


def test_a_picture_as_an_image_follows_the_reader_s_theme(browser, drawing):
    browser.show(page(drawing.svg))
    browser.prefer(scheme="light")
    assert browser.run(BACKGROUND) == "rgb(255, 255, 255)"
    browser.prefer(scheme="dark")
    assert browser.run(BACKGROUND) == "rgb(20, 24, 29)"


def test_hostile_names_run_nothing(browser):
    name = (
        "</text><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    )
    with ag.scope(name):
        J = np.sum(ag.Tensor([1.0], requires_grad=True, name=name) * 2)
    browser.show(page(ag.draw(J).svg))
    assert browser.driver.title == "safe"
    assert len(browser.requests()) == 1


def test_what_a_notebook_shows(browser, drawing):
    shown = drawing._repr_mimebundle_()["text/html"]
    browser.show(page(shown))
    assert browser.wait("return document.querySelector('img').complete")
    assert browser.run("return document.querySelector('img').naturalWidth") > 300
    frame = browser.one("iframe")
    assert browser.run(COVERS, frame)
    browser.driver.switch_to.frame(frame)
    assert browser.run("return document.body.textContent.length") > 100
    browser.driver.switch_to.default_content()
