"""The replay in a real browser: what the page shows is what was computed."""

import html
import re

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.ancestors import ancestors
from autograd_lite.extend import Boundary
from autograd_lite.rules.windows import windows
from autograd_lite.visualize.replay import replay

Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys

X = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, -3.0], [2.0, 1.0]])
Y = np.array([[1.0], [0.0], [0.0], [1.0]])


def logistic_regression():
    w = ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")
    b = ag.Tensor([0.1], requires_grad=True, name="b")
    x = ag.Tensor(X, name="X")
    z = x @ w + b
    a = 1 / (1 + np.exp(-z))
    J = -np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a))
    return J, w, b


def dense(x, units, name, rng, activation=np.tanh):
    with ag.scope(name):
        W = ag.Tensor(
            rng.normal(size=(x.shape[1], units)) / 2, requires_grad=True, name=f"{name}/kernel"
        )
        b = ag.Tensor(np.zeros(units), requires_grad=True, name=f"{name}/bias")
        return activation(x @ W + b)


def layers(count, width=4, activation=np.tanh):
    rng = np.random.default_rng(0)
    h = ag.Tensor(rng.normal(size=(8, 3)), name="x")
    with ag.scope("model"):
        for i in range(count):
            h = dense(h, width, f"layer_{i}", rng, activation)
    with ag.scope("loss"):
        return np.mean(h**2)


def numbers(browser, figure):
    """The numbers of the heatmap with that caption, at full precision from their hints."""
    cells = browser.run(
        """
        const figures = [...document.querySelectorAll(".views > :not([hidden]) .heatmap")];
        const captionOf = (figure) => figure.querySelector(".caption").textContent;
        const titles = (row) => [...row.querySelectorAll(".cell")].map((cell) => cell.title);
        return figures.filter((figure) => captionOf(figure) === arguments[0]).map((figure) =>
          [...figure.querySelectorAll("tbody tr")].map(titles).filter((row) => row.length));
        """,
        figure,
    )
    assert len(cells) == 1, f"{len(cells)} heatmaps are called {figure!r}"
    return np.array([[number(title.split("] ")[-1]) for title in row] for row in cells[0]])


def number(text):
    return float(text.replace("−", "-").replace("∞", "inf"))


def headline(browser):
    return browser.text(".views > :not([hidden]) .headline")


def cards(browser):
    return browser.run(
        """
        const nameOf = (card) => card.querySelector(".name").textContent;
        return [...document.querySelectorAll(".card")].map((c) => [c.dataset.key, nameOf(c)]);
        """
    )


def slide(browser, selector, value):
    browser.run(
        """
        const slider = document.querySelector(arguments[0]);
        slider.value = arguments[1];
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        """,
        selector,
        value,
    )


def press(browser, key, times=1):
    for _ in range(times):
        browser.press(key)


# -- stepping --------------------------------------------------------------------------------------


def test_stepping_to_the_end_by_keyboard_shows_the_gradients_that_backward_computes(browser):
    J, w, b = logistic_regression()
    g = ag.graph(J)
    J.backward()
    browser.show(replay(g))
    seen = {}
    for _ in range(200):
        if browser.one(".forward").get_property("disabled"):
            break
        browser.press(Keys.ARROW_RIGHT)
        title = headline(browser)
        position = browser.text(".position")
        if title.endswith(" back to w"):
            seen["w"] = numbers(browser, "∂J∂w")
        if title.endswith(" back to b") and browser.all(".phases .now"):
            phase = browser.text(".phases .now")
            seen[f"b, {phase}"] = numbers(
                browser, "∂J∂b" if phase != "multiply" else "product, still of the shape ofz"
            )
    assert re.fullmatch(r"Backward, step (\d+) of \1", position)
    np.testing.assert_allclose(seen["w"], w.grad, rtol=1e-5)
    assert seen["b, multiply"].shape == (4, 1)
    np.testing.assert_allclose(seen["b, multiply"].sum(), b.grad.item(), rtol=1e-4)
    np.testing.assert_allclose(seen["b, undo broadcasting"], [b.grad], rtol=1e-5)
    # by hand: dJ/dw = X'(a - y)/m
    a = 1 / (1 + np.exp(-(X @ w.data + b.data)))
    np.testing.assert_allclose(seen["w"], X.T @ (a - Y) / 4, rtol=1e-5)


def test_forward_and_back_again(browser):
    J, _, _ = logistic_regression()
    browser.show(replay(ag.graph(J)))
    assert headline(browser) == "Start"
    press(browser, Keys.ARROW_RIGHT)
    assert headline(browser) == "v₁ = X @ w"
    np.testing.assert_allclose(numbers(browser, "v₁"), X @ [[0.5], [-1.0]], rtol=1e-5)
    press(browser, Keys.END)
    assert headline(browser) == "From v₁ = X @ w back to w"
    press(browser, Keys.ARROW_LEFT)
    press(browser, Keys.HOME)
    assert headline(browser) == "Start"
    press(browser, Keys.ARROW_LEFT)
    assert browser.text(".position") == f"Step 0 of {browser.one('.slider').get_attribute('max')}"


def test_values_and_gradients_appear_at_their_step(browser):
    x = ag.Tensor(2.0, requires_grad=True, name="x")
    browser.show(replay(ag.graph(x**2 * 3)))
    slots = """
        const shown = (slot) => slot.textContent || slot.className.split(" ").at(-1);
        const slotsOf = (card) => [...card.querySelectorAll(".slot")].map(shown);
        return [...document.querySelectorAll(".card")].map(slotsOf);
    """
    assert browser.run(slots) == [["2", "pending"], ["pending", "pending"], ["pending", "pending"]]
    press(browser, Keys.ARROW_RIGHT, 2)
    assert browser.run(slots) == [["2", "pending"], ["4", "pending"], ["12", "pending"]]
    press(browser, Keys.ARROW_RIGHT, 2)
    assert browser.run(slots) == [["2", "pending"], ["4", "3"], ["12", "1"]]
    press(browser, Keys.ARROW_RIGHT)
    assert browser.run(slots) == [["2", "12"], ["4", "3"], ["12", "1"]]


def test_a_weight_used_twice_shows_the_sum_before_and_after(browser):
    w = ag.Tensor([[0.5, -1.0], [2.0, 0.3]], requires_grad=True, name="w")
    J = np.sum((np.tanh(np.array([1.0, -2.0]) @ w) @ w) ** 2)
    g = ag.graph(J)
    J.backward()
    browser.show(replay(g))
    press(browser, Keys.END)
    assert browser.text(".phases .now") == "add"
    before, part, after = (numbers(browser, c) for c in ("∂J∂wbefore", "contribution", "∂J∂wafter"))
    np.testing.assert_allclose(before + part, after, rtol=1e-4)
    np.testing.assert_allclose(after, w.grad, rtol=1e-5)
    browser.one("[data-tab=sums]").click()
    assert "w is used 2 times" in browser.text(".sums-view")


def test_an_entry_is_worked_out_in_numbers(browser):
    J, _, _ = logistic_regression()
    browser.show(replay(ag.graph(J)))
    press(browser, Keys.END)
    terms, result = browser.text(".worked").rsplit("=", 1)
    numbers_in_it = terms.split("]")[-1].replace("−", "-").replace("×", "*")
    assert eval(numbers_in_it) == pytest.approx(number(result.strip()), rel=0.01)
    before = browser.text(".worked .index")
    table = browser.all(".step-view .cells[tabindex]")[-1]
    browser.run("arguments[0].focus()", table)
    press(browser, Keys.ARROW_UP)
    press(browser, Keys.ARROW_DOWN)
    press(browser, Keys.ARROW_UP)
    assert browser.text(".worked .index") != before
    assert headline(browser) == "From v₁ = X @ w back to w"  # the arrows did not step


def test_the_slider_and_play(browser):
    J, _, _ = logistic_regression()
    browser.show(replay(ag.graph(J)))
    slide(browser, ".slider", 5)
    assert browser.text(".position").endswith(
        "step 5 of " + browser.one(".slider").get_attribute("max")
    )
    browser.run("document.querySelector('.speed').value = '4'")
    press(browser, Keys.SPACE)
    browser.wait("return Number(document.querySelector('.slider').value) > 6")
    press(browser, Keys.SPACE)
    assert browser.one(".play").get_attribute("aria-label") == "Play"
    assert "step" in browser.text(".live")


def test_play_begins_anew_at_the_end_and_stops_there(browser):
    x = ag.Tensor(2.0, requires_grad=True, name="x")
    browser.show(replay(ag.graph(np.exp(x))))
    browser.run("document.querySelector('.speed').value = '4'")
    press(browser, Keys.END)
    press(browser, Keys.SPACE)
    browser.wait("return document.querySelector('.play').getAttribute('aria-label') === 'Play'")
    assert headline(browser) == "From J = exp(x) back to x"


# -- layers ----------------------------------------------------------------------------------------


def test_layers_start_closed_and_open_and_close(browser):
    browser.show(replay(ag.graph(layers(3))))
    assert [name for _, name in cards(browser)] == ["x", "layer_0", "layer_1", "layer_2", "loss"]
    assert "inside 4 closed boxes" in browser.text(".hidden-note")
    browser.one("[aria-label='Open layer_1']").click()
    names = [name for _, name in cards(browser)]
    assert names.count("v₂ = a₁ @ W₂") == 1
    assert {"W₂: kernel", "b₂", "layer_0", "layer_2"} <= set(names)
    assert "layer_1" not in names
    browser.one("[aria-label='Close layer_1']").click()
    assert len(cards(browser)) == 5
    browser.one(".expand").click()
    assert len(cards(browser)) == len(ag.graph(layers(3)).nodes)
    assert browser.text(".hidden-note") == f"all {len(cards(browser))} nodes are shown"
    browser.one(".collapse").click()
    assert [name for _, name in cards(browser)] == ["x", "model", "loss"]


def test_a_closed_layer_is_one_step_and_can_be_opened_there(browser):
    browser.show(replay(ag.graph(layers(3))))
    press(browser, Keys.ARROW_RIGHT, 2)
    assert headline(browser) == "layer_1: 3 steps inside"
    browser.all(".inner-steps button")[1].click()
    assert headline(browser) == "z₂ = v₂ + b₂"
    assert "v₂ = a₁ @ W₂" in [name for _, name in cards(browser)]
    browser.press("e")
    assert headline(browser) == "layer_1: 3 steps inside"


def test_ten_layers_are_in_sight_and_readable_on_opening(browser):
    browser.show(replay(ag.graph(layers(10))))
    boxes = browser.run(
        """
        const stage = document.querySelector(".stage").getBoundingClientRect();
        return [...document.querySelectorAll(".card")].map((card) => {
          const { left, right, top, bottom } = card.getBoundingClientRect();
          const size = parseFloat(getComputedStyle(card.querySelector(".name")).fontSize);
          const isAcross = left >= stage.left && right <= stage.right;
          const isDown = top >= stage.top && bottom <= stage.bottom;
          return [isAcross && isDown, (size * (right - left)) / card.offsetWidth];
        });
        """
    )
    assert len(boxes) == 12
    assert all(is_in for is_in, _ in boxes)
    assert min(size for _, size in boxes) >= 9


def test_boxes_do_not_overlap_and_wires_lead_to_them(browser):
    browser.show(replay(ag.graph(layers(4))))
    browser.one(".expand").click()
    boxes = browser.run(
        """
        const boxes = [...document.querySelectorAll(".card")].map((c) => c.getBoundingClientRect());
        return boxes.map(({ left, top, right, bottom }) => [left, top, right, bottom]);
        """
    )
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    assert len(browser.all(".wire")) == len(ag.graph(layers(4)).edges)


def blocks_with_skips():
    rng = np.random.default_rng(0)
    h = ag.Tensor(rng.normal(size=(8, 4)), name="x")
    for i in range(2):
        with ag.scope(f"block_{i}"):
            h = h + dense(dense(h, 4, "first", rng), 4, "second", rng)
    sides = [dense(h, 4, side, rng) for side in ("left", "right")]
    return np.mean(np.concatenate(sides, axis=1) ** 2)


# Whether no card or frame overlaps another that it is not in, and whether every wire leads from the
# right edge of its source to the left edge of its target.
GEOMETRY = """
    const placeOf = ({ style }) => {
      const [x, y] = style.transform.match(/-?[0-9.]+/g).map(Number);
      return { x, y, right: x + parseFloat(style.width), bottom: y + parseFloat(style.height) };
    };
    const isBeside = (a, b) => a.right <= b.x || b.right <= a.x;
    const isApart = (a, b) => isBeside(a, b) || a.bottom <= b.y || b.bottom <= a.y;
    const isAcross = (a, b) => a.x >= b.x && a.right <= b.right;
    const isIn = (a, b) => isAcross(a, b) && a.y >= b.y && a.bottom <= b.bottom;
    const places = (selector) => [...document.querySelectorAll(selector)].map(placeOf);
    const [cards, frames] = [places(".card"), places(".frame")];
    const everyPair = (items, holds) =>
      items.every((a, i) => items.slice(i + 1).every((b) => holds(a, b)));
    const apart = everyPair(cards, isApart)
      && frames.every((frame) => cards.every((card) => isApart(card, frame) || isIn(card, frame)))
      && everyPair(frames, (a, b) => isApart(a, b) || isIn(a, b) || isIn(b, a));
    const cardOf = (key) => placeOf(document.querySelector(`.card[data-key=${key}]`));
    const isEnd = (x, y, edge, card) => Math.abs(x - edge) < 0.2 && y > card.y && y < card.bottom;
    const ends = [...document.querySelectorAll(".wire")].every((wire) => {
      const path = wire.querySelector(".line").getAttribute("d");
      const numbers = path.match(/-?[0-9.]+/g).map(Number);
      const [source, target] = wire.dataset.key.split(">").map(cardOf);
      return isEnd(...numbers.slice(0, 2), source.right, source)
        && isEnd(...numbers.slice(-2), target.x, target);
    });
    return [apart, ends];
"""


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_open_boxes_stay_apart_and_wires_end_at_them(browser, seed):
    browser.show(replay(ag.graph(blocks_with_skips())))
    browser.one(".collapse").click()
    rng = np.random.default_rng(seed)
    for _ in range(6):
        toggles = browser.all(".toggle")
        browser.run("arguments[0].click()", toggles[rng.integers(len(toggles))])
        apart, ends = browser.run(GEOMETRY)
        assert (apart, ends) == (True, True)


def test_repeated_blocks_are_one_box(browser):
    browser.show(replay(ag.graph(layers(30))))
    repeats = browser.all(".repeats")
    assert [r.get_property("textContent") for r in repeats] == ["×29"]  # the first one is wider
    assert len(cards(browser)) == 4


def test_a_chain_of_2000_opens_closed_and_quickly_shows_what_it_holds(browser):
    y = ag.Tensor(np.linspace(-1, 1, 4), requires_grad=True, name="x")
    for _ in range(2_000):
        y = np.tanh(y)
    browser.show(replay(ag.graph(np.sum(y))))
    assert [name for _, name in cards(browser)] == ["x", "tanh", "J = sum(a₂₀₀₀)"]
    assert browser.text(".repeats") == "×2000"
    assert "2,000 of 2,002 nodes are inside 1 closed box" in browser.text(".hidden-note")
    browser.one(".expand").click()
    assert len(cards(browser)) <= 400
    assert "at most 400 boxes" in browser.text(".hidden-note")
    press(browser, Keys.END)
    assert "back" in headline(browser) or "inside" in headline(browser)


# -- boxes, search, layers, quiz -------------------------------------------------------------------


def test_a_click_on_a_parameter_lights_every_path_to_it(browser):
    w = ag.Tensor([2.0], requires_grad=True, name="w")
    other = ag.Tensor([3.0], requires_grad=True, name="other")
    browser.show(replay(ag.graph(np.sum(np.sin(w) * np.cos(w) + other))))
    browser.one("[data-key=n0] .face").click()
    lit = {name for key, name in cards(browser) if browser.all(f".card.lit[data-key={key}]")}
    assert lit == {
        *("w", "v₁ = sin(w)", "v₂ = cos(w)", "v₃ = v₁ × v₂", "v₄ = v₃ + other", "J = sum(v₄)")
    }
    assert browser.one("[data-key=n0] .face").get_attribute("aria-pressed") == "true"
    assert "2 paths lead from the result to it" in browser.text(".node-view")
    np.testing.assert_allclose(
        numbers(browser, "∂J∂w"), [[np.cos(4.0)]], rtol=1e-5
    )  # (sin cos)' = cos 2w
    browser.press(Keys.ESCAPE)
    assert browser.all(".lit") == []


def test_search_finds_a_parameter_in_a_closed_layer_and_opens_it(browser):
    browser.show(replay(ag.graph(layers(3))))
    browser.press("/")
    browser.press("layer_1/KER")
    assert browser.text(".matches") == "1 match"
    assert [
        name for key, name in cards(browser) if browser.all(f".card.found[data-key={key}]")
    ] == ["layer_1"]
    browser.press(Keys.ENTER)
    assert headline(browser) == "W₂: kernel"
    assert "W₂: kernel" in [name for _, name in cards(browser)]
    browser.press(Keys.ESCAPE)
    assert browser.all(".card.found") == []
    browser.press("/")
    browser.press("nothing of that name")
    assert browser.text(".matches") == "0 matches"


def test_dead_units_and_vanishing_gradients_are_flagged(browser):
    rng = np.random.default_rng(0)
    x = ag.Tensor(np.abs(rng.normal(size=(8, 3))), name="x")
    with ag.scope("dead"):
        W = ag.Tensor(-np.eye(3), requires_grad=True, name="W")
        h = np.maximum(x @ W, 0)
    h = h + x
    with ag.scope("far"):
        V = ag.Tensor(np.eye(3), requires_grad=True, name="V")
        h = h @ V
    with ag.scope("near"):
        U = ag.Tensor(np.eye(3) * 1e-6, requires_grad=True, name="U")
        h = h @ U
    browser.show(replay(ag.graph(np.sum(h))))
    browser.one("[data-tab=layers]").click()
    rows = {row.text.split()[0]: row.text for row in browser.all(".layers tbody tr")}
    assert "100% of the units are dead" in rows["dead"]
    assert "vanishing gradient" in rows["far"]
    assert "gradient" not in rows["near"]
    flagged = browser.run(
        "return [...document.querySelectorAll('.flag:not([hidden])')].map((f) => f.title)"
    )
    assert len(flagged) == 2


def test_the_quiz_refuses_a_wrong_answer_and_accepts_a_right_one(browser):
    x = ag.Tensor([[0.5, -1.0]], requires_grad=True, name="x")
    browser.show(replay(ag.graph(np.sum(np.exp(x) * 3))))
    browser.one("[data-tab=quiz]").click()
    browser.one(".following").click()  # the first asks for the sum's ones
    assert len(browser.all(".asked")) == 1
    question = browser.text(".question")
    entry = int(re.search(r"entry \[0, (\d)\] of the product", question)[1])
    assert headline(browser) == "From v₂ = v₁ × 3 back to v₁"
    answer = browser.one(".answer")
    answer.send_keys("3.5", Keys.ENTER)
    assert "wrong" in browser.one(".verdict").get_attribute("class")
    assert len(browser.all(".asked")) == 1
    answer.clear()
    answer.send_keys("what?", Keys.ENTER)
    assert "Not a number" in browser.text(".verdict")
    answer.clear()
    answer.send_keys("3", Keys.ENTER)
    assert browser.text(".verdict").startswith("Right: 1 × 3 = 3")
    assert browser.all(".asked") == []
    assert browser.text(".worked .index") == f"entry [0, {entry}]"  # the one that was asked for
    assert "1 of 2 right" in browser.text(".score")
    browser.one(".following").click()
    entry = int(re.search(r"entry \[0, (\d)\] of the product", browser.text(".question"))[1])
    value = 3 * np.exp([0.5, -1.0][entry])
    browser.one(".answer").send_keys(f"{value * 1.01:.6f}", Keys.ENTER)  # 1% off
    assert "right" in browser.one(".verdict").get_attribute("class")


def test_the_quiz_takes_a_sign(browser):
    x = ag.Tensor([2.0], requires_grad=True, name="x")
    browser.show(replay(ag.graph(-np.sum(x))))
    browser.one("[data-tab=quiz]").click()
    browser.one(".answer").send_keys("+", Keys.ENTER)
    assert "wrong" in browser.one(".verdict").get_attribute("class")
    browser.one(".answer").clear()
    browser.one(".answer").send_keys("-", Keys.ENTER)
    assert browser.text(".verdict").startswith("The sign is right")


def test_the_hidden_gradient_is_hidden_in_the_drawing_too(browser):
    x = ag.Tensor(2.0, requires_grad=True, name="x")
    browser.show(replay(ag.graph(x**3 * 2)))
    press(browser, Keys.END)
    assert "24" in browser.text("[data-key=n0]")
    press(browser, Keys.ARROW_LEFT)
    browser.one("[data-tab=quiz]").click()
    assert headline(browser).endswith("back to x")
    for part in ("[data-key=n0]", ".quiz-view"):
        assert "24" not in browser.text(part)
    browser.one(".give-up").click()
    for part in ("[data-key=n0]", ".verdict"):
        assert "24" in browser.text(part)


# -- moments ---------------------------------------------------------------------------------------


def test_a_slider_through_training_changes_values_and_curves(browser):
    graphs = [ag.graph(ag.Tensor(v, requires_grad=True, name="w") ** 2) for v in (3.0, 2.0, 1.0)]
    page = replay(graphs, moments=["start", "middle", "end"], curves={"loss": [9.0, 4.0, 1.0]})
    browser.show(page)
    press(browser, Keys.END)
    assert browser.text(".moment-name") == "end"
    assert numbers(browser, "∂J∂w") == 2
    slide(browser, ".moment-slider", 0)
    assert browser.text(".moment-name") == "start"
    assert browser.text(".reading") == "loss 9"
    assert numbers(browser, "∂J∂w") == 6
    assert browser.text("[data-key=n0] .value") == "3"


# -- hostile, strange and large input --------------------------------------------------------------

HOSTILE = (
    '<img src=x onerror="document.title=1"></script><b>bold</b> "\'&lt; javascript:alert(1)\n'
    "\u202e\U0001f600"
)


def test_names_made_of_markup_are_shown_as_text(browser):
    x = ag.Tensor([[1.0, 2.0]], requires_grad=True, name=HOSTILE)
    with ag.scope(HOSTILE), ag.scope("A" * 10_000):
        y = x * 2
    browser.show(
        replay(ag.graph(np.sum(y)), title=HOSTILE, moments=[HOSTILE], curves={HOSTILE: [1.0]})
    )
    assert browser.text(".title") == HOSTILE
    browser.one(".expand").click()
    browser.press(Keys.END)
    for tab in ("node", "sums", "layers", "quiz", "step"):
        browser.one(f"[data-tab={tab}]").click()
    browser.one("[data-key=n0] .face").click()
    assert browser.text(".full-name") == HOSTILE
    assert browser.all("img, b, .replay script") == []
    assert browser.run("return document.title").startswith("<img")
    assert browser.requests()[1:] == []


def test_nan_and_infinity_are_shown_as_such(browser):
    x = ag.Tensor([[1.0, np.nan], [np.inf, -np.inf]], requires_grad=True, name="x")
    browser.show(replay(ag.graph(np.sum(x * 1.0))))
    browser.press(Keys.ARROW_RIGHT)
    found = numbers(browser, "x")
    np.testing.assert_array_equal(found, x.data)
    assert len(browser.all(".step-view .not-finite")) == 6


def test_not_computed_looks_different_from_zero(browser):
    x = ag.Tensor([-1.0, -2.0], requires_grad=True, name="x")
    y = ag.Tensor([1.0, 2.0], requires_grad=True, name="y")
    browser.show(replay(ag.graph(np.sum(np.maximum(x, 0)) + np.argmax(y))))
    browser.press(Keys.END)
    keys = {name: key for key, name in cards(browser)}
    assert browser.all(f"[data-key={keys['x']}] .gradient :is(canvas, .digits)")
    assert browser.all(f"[data-key={keys['y']}] .gradient.never")
    browser.one(f"[data-key={keys['y']}] .face").click()
    assert browser.text(".node-view .absent") == "not computed"
    assert "gradient not computed" in browser.one(f"[data-key={keys['y']}] .face").get_attribute(
        "aria-label"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: ag.Tensor(3.0, name="alone"),
        lambda: ag.Tensor(np.zeros((0, 3)), requires_grad=True),
        lambda: np.sum(ag.Tensor(np.zeros((0, 3)), requires_grad=True)),
        lambda: ag.Tensor([1.0, 2.0], requires_grad=True) * 2,
        lambda: np.sum(np.linalg.eigh(ag.Tensor(np.eye(3), requires_grad=True))[0]),
        lambda: [x := ag.Tensor(2.0, requires_grad=True), x * 3],
        lambda: np.sum(ag.Tensor(np.zeros((2, 3, 4, 5)), requires_grad=True) ** 2),
        lambda: np.sum(ag.Tensor([True, False]) * ag.Tensor([1, 2])),
    ],
)
def test_every_panel_of_strange_graphs(browser, make):
    browser.show(replay(ag.graph(make())))
    browser.one(".expand").click()
    for _ in range(int(browser.one(".slider").get_attribute("max"))):
        browser.press(Keys.ARROW_RIGHT)
    for card in browser.all(".card .face"):
        card.click()
    for tab in ("node", "sums", "layers", "quiz", "step"):
        browser.one(f"[data-tab={tab}]").click()
    assert browser.requests()[1:] == []


def test_a_graph_too_large_for_samples(browser):
    y = ag.Tensor([1.0, 2.0], requires_grad=True, name="x")
    for _ in range(5_001):
        y = -y
    browser.show(replay(ag.graph(np.sum(y))))
    assert "5,001 of 5,003 nodes are inside 1 closed box" in browser.text(".hidden-note")
    browser.press(Keys.END)
    assert "only statistics kept" in browser.text(".step-view")


# -- themes, reading aloud, sandbox ----------------------------------------------------------------


def test_the_theme_follows_the_reader_until_the_button_is_pressed(browser):
    J, _, _ = logistic_regression()
    browser.prefer(scheme="dark")
    browser.show(replay(ag.graph(J)))
    theme = "return document.documentElement.dataset.theme"
    assert browser.run(theme) == "dark"
    browser.prefer(scheme="light")
    browser.wait(f"{theme} === 'light'")
    browser.one("button.theme").click()
    assert browser.run(theme) == "dark"
    browser.show(replay(ag.graph(J), theme="dark"))
    assert browser.run(theme) == "dark"


def test_nothing_moves_for_those_who_ask_for_that(browser):
    J, _, _ = logistic_regression()
    browser.prefer(reduced_motion=True)
    browser.show(replay(ag.graph(J)))
    browser.press(Keys.END)
    assert browser.run("return document.getAnimations().length") == 0
    browser.prefer()
    browser.show(replay(ag.graph(J)))
    browser.press(Keys.END)
    assert browser.run("return document.getAnimations().length") > 0


def test_it_works_by_keyboard_alone_and_says_what_it_shows(browser):
    browser.show(replay(ag.graph(layers(2))))
    browser.press(Keys.ARROW_RIGHT)
    assert browser.text(".live").startswith("forward, step 1 of")
    browser.run("document.querySelector('[data-key=n0], .card .face').focus()")
    unnamed = browser.run(
        """
        const label = (e) => e.getAttribute("aria-label") || e.textContent.trim();
        const isNamed = (e) => label(e) || e.labels?.length;
        const controls = [...document.querySelectorAll("button, input, select")];
        return controls.filter((e) => !isNamed(e)).length;
        """
    )
    assert unnamed == 0
    ids = browser.run("return [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    reached = set()
    browser.run("document.activeElement.blur()")
    for _ in range(60):
        browser.press(Keys.TAB)
        reached.add(browser.run("return document.activeElement.className"))
    assert {"face", "toggle", "slider", "tab", "query", "play"} <= {
        c.split()[0] for c in reached if c
    }


def test_it_works_in_a_sandboxed_frame_of_a_notebook(browser):
    J, _, _ = logistic_regression()
    inner = html.escape(replay(ag.graph(J)), quote=True)
    frame = f'<iframe sandbox="allow-scripts" width=900 height=600 srcdoc="{inner}"></iframe>'
    browser.show(f"<!doctype html>{frame}")
    browser.driver.switch_to.frame(0)
    try:
        browser.wait("return document.querySelectorAll('.card').length > 5")
        assert headline(browser) == "Start"
    finally:
        browser.driver.switch_to.default_content()


@pytest.mark.parametrize("size", [(1280, 720), (800, 600), (420, 800)])
def test_nothing_is_wider_than_the_window(browser, size):
    browser.resize(*size)
    browser.show(replay(ag.graph(layers(3))))
    browser.press(Keys.END)
    assert browser.run("return document.documentElement.scrollWidth") <= size[0]
    browser.one("[data-tab=layers]").click()
    assert browser.run("return document.documentElement.scrollWidth") <= size[0]


def test_what_the_pointer_shows_the_focus_shows_too(browser):
    J, _, _ = logistic_regression()
    browser.show(replay(ag.graph(J)))
    browser.press(Keys.END)
    assert browser.run("return document.querySelector('.tip').hidden")
    browser.run("document.querySelector('[data-key=n0] .face').focus()")
    assert browser.text(".tip").startswith("w, parameter, (2, 1), mean absolute gradient")
    assert len(browser.all(".wire.near")) == 1


def test_the_drawing_stays_in_sight_until_the_reader_zooms(browser):
    browser.show(replay(ag.graph(layers(2))))
    height = "return document.querySelector('.canvas').offsetHeight"
    room = browser.run("return document.querySelector('.stage').clientHeight")
    browser.one("[aria-label='Open layer_0']").click()
    assert browser.run(height) <= room
    browser.one(".zoom-in").click()
    browser.one(".zoom-in").click()
    zoomed = browser.run(height)
    browser.one("[aria-label='Close layer_0']").click()
    browser.one("[aria-label='Open layer_0']").click()
    assert browser.run(height) == pytest.approx(zoomed, abs=2)
    browser.one(".fit").click()
    assert browser.run(height) <= room


# -- one notation ----------------------------------------------------------------------------------


def formulas(browser):
    return browser.run(
        "return [...document.querySelectorAll('.step-view .formula')].map((f) => f.textContent)"
    )


def test_formulas_are_in_the_symbols_of_explain(browser):
    J, w, _ = logistic_regression()
    browser.show(replay(ag.graph(J)))
    press(browser, Keys.END)
    assert formulas(browser) == ["∂J∂w = X⊤\u2062∂J∂v1", "v1=X\u2062w"]
    assert "∂J/∂w = Xᵀ ∂J/∂v₁" in ag.explain(J, w).text
    assert not re.search("[\u00af\u0304]", browser.text(".panel"))  # no rule's own ȳ


def test_the_result_has_its_own_name_everywhere(browser):
    J, _, _ = logistic_regression()
    J.name = "loss"
    browser.show(replay(ag.graph(J)))
    press(browser, Keys.END)
    assert formulas(browser)[0] == "∂loss∂w = X⊤\u2062∂loss∂v1"
    assert "∂loss/∂w" in ag.explain(J, logistic_regression_weight(J)).text
    assert not re.search(r"\bJ\b", browser.text(".replay"))


def logistic_regression_weight(J):
    return next(x for x in ancestors([J]) if x.name == "w")


def test_a_matrix_times_a_vector_is_worked_out(browser):
    A = ag.Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True, name="A")
    v = ag.Tensor([0.5, -1.0], requires_grad=True, name="v")
    browser.show(replay(ag.graph(np.sum((A @ v) * np.array([1.0, 2.0, 3.0])))))
    worked = {}
    for _ in range(12):
        press(browser, Keys.ARROW_RIGHT)
        worked[headline(browser)] = browser.text(".worked") if browser.all(".worked") else ""
    assert "5 × 0.5 + 6 × (−1) = −3.5" in worked["v₁ = A @ v"]
    assert "2 × 1 + 4 × 2 + 6 × 3 = 28" in worked["From v₁ = A @ v back to v"]
    assert "3 × (−1) = −3" in worked["From v₁ = A @ v back to A"]


def test_pointing_at_an_entry_of_a_product_marks_its_row_and_its_column(browser):
    a = ag.Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="A")
    b = ag.Tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True, name="B")
    browser.show(replay(ag.graph(np.sum(a @ b))))
    press(browser, Keys.ARROW_RIGHT)
    assert "3 × 6 + 4 × 8 = 50" in browser.text(".worked")
    used = "return [...document.querySelectorAll('.used')].map((c) => c.textContent)"
    assert browser.run(used) == ["3", "4", "6", "8"]
    assert browser.text(".marked") == "50"
    press(browser, Keys.ARROW_RIGHT)
    assert "19 + 22 + 43 + 50 = 134" in browser.text(".worked")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda x: np.mean(x, axis=0), "(4 + (−2)) ÷ 2 = 1"),
        (lambda x: np.max(x, axis=1), "max(4, 0.5) = 4"),
        (lambda x: x * np.array([2.0, 10.0]), "4 × 2 = 8"),
        (lambda x: np.tanh(x), "tanh(4) = 0.9993"),
        (lambda x: 1 / x, "1 ÷ 0.1 = 10"),
        (lambda x: nn.activations.softmax(x), "e^4 ÷ (e^4 + e^0.5) = 0.9707"),
        (lambda x: x.T, "entry [0, 0] of x = 4"),
        (lambda x: np.reshape(x, (4,)), "entry [0, 0] of x = 4"),
        (
            lambda x: windows(x, size=(1,), strides=(1,), dilation=(1,)),
            "entry [0, 0] of x = 4",
        ),
    ],
)
def test_an_entry_of_a_value_is_worked_out(browser, make, expected):
    x = ag.Tensor([[4.0, 0.5], [-2.0, 0.1]], requires_grad=True, name="x")
    browser.show(replay(ag.graph(np.sum(make(x) * 1.0))))
    press(browser, Keys.ARROW_RIGHT)
    assert browser.text(".worked").endswith(expected)


def test_a_sum_that_would_not_come_out_is_not_written(browser):
    x = ag.Tensor([4.0, 0.5], requires_grad=True, name="x")
    browser.show(replay(ag.graph(np.sum(x, where=np.array([True, False])) * 1.0)))
    press(browser, Keys.ARROW_RIGHT)
    assert "+" not in browser.text(".worked")


# -- layout ----------------------------------------------------------------------------------------

TEXT_SIZES = """
const sizes = [];
const zoomOf = (element) => {
  const world = element.closest(".world");
  return world ? Number(world.style.getPropertyValue("--zoom")) : 1;
};
const walker = document.createTreeWalker(document.querySelector(".replay"), NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
  if (element.closest("math, .live, .skip, noscript")) continue;
  sizes.push([parseFloat(getComputedStyle(element).fontSize) * zoomOf(element), element.className]);
}
return sizes;
"""


@pytest.mark.parametrize("size", [(390, 844), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("make", [lambda: logistic_regression()[0], lambda: layers(10)])
def test_no_text_is_smaller_than_11_pixels(browser, size, make):
    browser.resize(*size)
    browser.show(replay(ag.graph(make())))
    press(browser, Keys.END)
    small = [found for found in browser.run(TEXT_SIZES) if found[0] < 10.99]
    assert small == []


@pytest.mark.parametrize("size", [(1100, 700), (1280, 720), (1920, 1080)])
def test_a_wide_window_has_the_graph_on_the_left_and_the_step_on_the_right(browser, size):
    browser.resize(*size)
    browser.show(replay(ag.graph(logistic_regression()[0])))
    stage, panel = (
        browser.run(
            "const r = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [r.left, r.top, r.right, r.bottom]",
            name,
        )
        for name in (".stage", ".panel")
    )
    assert stage[2] <= panel[0] + 1
    assert panel[3] == size[1]
    assert panel[1] == stage[1]
    across = browser.run(
        "const s = document.querySelector('.stage'); return [s.scrollWidth, s.clientWidth]"
    )
    assert across[0] <= across[1]  # all of the graph is in sight
    press(browser, Keys.ARROW_RIGHT, 2)
    assert browser.text(".line-item.now") == "z = v₁ + b"
    browser.all(".lines-backward button")[0].click()
    assert headline(browser) == "Backward begins"


def test_on_a_phone_the_name_of_the_step_stays_in_sight(browser):
    browser.resize(390, 700)
    browser.show(replay(ag.graph(logistic_regression()[0])))
    press(browser, Keys.ARROW_RIGHT, 2)
    browser.run("scrollTo(0, 400)")
    name = browser.one(".step-name")
    assert name.text == "z = v₁ + b"
    assert 0 <= name.rect["y"] - browser.run("return scrollY") < 700
    sizes = browser.run(
        "return [...document.querySelectorAll('.transport button, .toggle')].map((b) =>"
        " Math.min(b.getBoundingClientRect().width, b.getBoundingClientRect().height))"
    )
    assert min(sizes) >= 24


def test_small_arrays_stand_in_their_boxes_as_numbers_where_there_is_room(browser):
    browser.show(replay(ag.graph(logistic_regression()[0])))
    assert browser.all(".digits") == []
    for _ in range(4):
        browser.one(".zoom-in").click()
    assert browser.text("[data-key=n0] .value .digits") == "0.5−1"
    assert "value" in browser.text(".card.names-slots .slot-names")


# -- the film ----------------------------------------------------------------------------------


def film(dead=(0.0, 0.0, 0.5)):
    graphs, losses = [], []
    for share in dead:
        w = ag.Tensor([[1.0, 1.0 - 4 * share]], requires_grad=True, name="w")
        with ag.scope("dense"):
            J = np.sum(nn.activations.relu(np.array([[1.0], [2.0]]) @ w))
        graphs.append(ag.graph(J))
        losses.append(float(J))
    frames = [np.full((4, 4), share) for share in dead]
    boundary = Boundary((-1.0, 1.0, -2.0, 2.0), frames, [[0.0, 0.0], [0.5, 1.0]], [0, 1])
    return replay(graphs, curves={"loss": losses}, boundary=boundary, moments=["a", "b", "c"])


def test_the_slider_of_moments_plays(browser):
    browser.show(film())
    browser.run("document.querySelector('.speed').value = '4'")
    assert browser.text(".moment-name") == "c"
    browser.one(".play-moments").click()
    browser.wait("return document.querySelector('.moment-name').textContent === 'b'")
    browser.wait("return document.querySelector('.moment-name').textContent === 'c'")
    browser.wait("return document.querySelector('.play-moments').title === 'Play the training'")


def test_the_axis_has_numbers_and_the_moment_a_unit_died_a_mark(browser):
    browser.show(film())
    assert [span.text for span in browser.all(".curve-ends span")] == ["6", "3"]
    assert [span.text for span in browser.all(".moment-axis span")] == ["a", "c"]
    (mark,) = browser.all(".death")
    assert mark.get_attribute("title") == "c: 50% of the units of a are dead"
    slide(browser, ".moment-slider", 0)
    mark.click()
    assert browser.text(".moment-name") == "c"


def test_the_decision_boundary_stands_beside_the_graph(browser):
    browser.show(film())
    says = browser.one(".boundary-plot").get_attribute("aria-label")
    assert says == "Decision boundary, c: 1 of 2 samples are on the right side"
    pixel = """
        const context = document.querySelector('.boundary-plot').getContext('2d');
        return [...context.getImageData(5, 5, 1, 1).data];
    """
    last = browser.run(pixel)
    slide(browser, ".moment-slider", 0)
    assert browser.run(pixel) != last
    graph, plot = (
        browser.run(f"return document.querySelector('{name}').getBoundingClientRect().right")
        for name in (".stage", ".boundary")
    )
    assert graph < plot


def test_the_update_closes_the_walk(browser):
    w = ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")
    J = np.mean(np.log1p(np.exp(-(X @ w))))
    drawing = ag.draw(J, learning_rate=0.5)
    browser.show(drawing.html)
    press(browser, Keys.END)
    after = drawing.graph.update.result
    assert headline(browser) == "J with the new parameters"
    assert f"{float(J):.4g} → {after:.4g}" in browser.text(".outcome")
    assert "J falls by" in browser.text(".step-view")
    assert browser.text(".position").startswith("Update, step")
    press(browser, Keys.ARROW_LEFT)
    assert formulas(browser) == ["w := w − α ∂J∂w"]
    np.testing.assert_allclose(
        numbers(browser, "neww"), drawing.graph.update.after[0][1].sample.values, rtol=1e-5
    )
    assert browser.text(".worked").startswith("entry [1, 0]−1 − 0.5 × (−0.")


def test_the_result_of_an_update_is_not_hidden_in_a_closed_loss(browser):
    w = ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")
    with ag.scope("loss"):
        J = np.mean(np.log1p(np.exp(-(X @ w))))
    drawing = ag.draw(J, learning_rate=0.5)
    browser.show(drawing.html)
    press(browser, Keys.END)
    assert f"{float(J):.4g} → {drawing.graph.update.result:.4g}" in browser.text(".outcome")
