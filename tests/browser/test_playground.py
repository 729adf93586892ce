"""The playground in a real browser, served by a real process."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

pytest.importorskip("websockets", reason="websockets is not installed")
wait = pytest.importorskip("selenium.webdriver.support.wait", reason="selenium is not installed")

ROOT = Path(__file__).parents[2]

EVIL_CSV = '"<img src=x onerror=alert(1)>",b,"<script>alert(2)</script>"\n' + "".join(
    f"{i % 7},{(i * i) % 11},{['<b>red</b>', 'javascript:alert(3)'][i % 2]}\n" for i in range(60)
)

BAD_CSV = [
    ("a,b\n1,2\n", "has 2 columns"),
    ("1,x,a\n2,3,b\n", "is no number"),
    ("1,nan,a\n2,3,b\n", "is nan"),
    ("1,2,a\n2,3,a\n", "one class"),
    ("", "is empty"),
    ("1,2,a\n" * 400_000, "has 2 MB"),
]


def serve(port="0"):
    """A server's process, and the address that it says."""
    command = [sys.executable, "-m", "nn.playground", "--no-open", "--port", port]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    return process, re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline()).group()


def end(process):
    process.terminate()
    _, errors = process.communicate(timeout=10)
    assert errors == ""


@pytest.fixture(scope="module")
def address():
    process, where = serve()
    yield where
    end(process)


@pytest.fixture
def page(browser, address):
    """The page, opened and showing its first network."""
    open_page(browser, address)
    yield browser
    assert [url for url in browser.requests() if not url.startswith(address)] == []


def open_page(browser, address):
    browser.open(address)
    browser.wait("return document.getElementById('test-accuracy').textContent !== '–'")


def click(browser, selector):
    browser.run("arguments[0].click()", browser.one(selector))


def choose(browser, selector, value):
    """Set a control as a user does, events and all."""
    browser.run(
        """
        arguments[0].value = arguments[1];
        for (const type of ["input", "change"])
          arguments[0].dispatchEvent(new Event(type, {bubbles: true}));
        """,
        browser.one(selector),
        value,
    )


def epoch(browser):
    return int(browser.text("#epoch-count").replace(",", ""))


def is_playing(browser):
    return browser.text("#train-label") == "Pause"


def test_it_learns_circles_and_pauses(page):
    choose(page, "#pace", "fast")
    click(page, "#train")
    page.wait("return parseFloat(document.getElementById('test-accuracy').textContent) > 95", 30)
    click(page, "#train")
    page.wait("return document.getElementById('train-label').textContent === 'Train'")
    page.wait("return document.getElementById('code').textContent.includes('epochs=')")
    stopped = epoch(page)
    assert stopped > 10
    assert f"epochs={stopped}," in page.text("#code")
    page.run("return new Promise((done) => setTimeout(done, 200))")
    assert epoch(page) == stopped
    inside, outside = page.run(
        """
        const canvas = document.getElementById("surface");
        const at = (x, y) => [...canvas.getContext("2d").getImageData(x, y, 1, 1).data];
        return [at(canvas.width / 2, canvas.height / 2), at(4, 4)];
        """
    )
    assert inside[0] > inside[2]  # orange: class 1
    assert outside[2] > outside[0]  # blue: class 0


def test_a_layer_is_changed_while_it_trains(page):
    click(page, "#train")
    page.wait("return Number(document.getElementById('epoch-count').textContent) > 1")
    click(page, "[data-key=more-0]")
    page.wait("return document.querySelectorAll('[data-layer=\"0\"] .neuron').length === 5")
    choose(page, "[data-key=activation-0]", "relu")
    page.wait("return document.getElementById('code').textContent.includes('5, activation=\"relu')")
    click(page, "#more-layers")
    page.wait("return document.querySelectorAll('[data-layer]').length === 4")
    click(page, "[data-key='feature-x1²']")
    page.wait("return document.querySelectorAll('.unused').length === 4")
    page.wait("return Number(document.getElementById('epoch-count').textContent) > 1")
    assert is_playing(page)
    assert "nn.Input((3,))" in page.text("#code")


def test_two_tabs_are_apart_and_a_closed_one_does_no_harm(page, address):
    driver = page.driver
    first = driver.current_window_handle
    driver.switch_to.new_window("tab")
    driver.get(address)
    page.wait("return document.getElementById('test-accuracy').textContent !== '–'")
    click(page, "#train")
    page.wait("return Number(document.getElementById('epoch-count').textContent) > 2")
    driver.switch_to.window(first)
    assert (epoch(page), is_playing(page)) == (0, False)
    second = next(handle for handle in driver.window_handles if handle != first)
    driver.switch_to.window(second)
    driver.close()
    driver.switch_to.window(first)
    click(page, "#epoch")
    page.wait("return document.getElementById('epoch-count').textContent === '1'")


def test_neurons_weights_and_points_say_their_numbers(page):
    from selenium.webdriver import ActionChains

    ActionChains(page.driver).move_to_element(page.one("[data-key=neuron-0-1]")).perform()
    page.wait("return document.getElementById('inspector').textContent.includes('neuron 2')")
    assert re.search(r"a = tanh\(−?[\d.]+ x₁ [+−] [\d.]+ x₂ [+−] [\d.]+\)", page.text("#inspector"))
    assert page.text("#output-title") == "Layer 1, neuron 2"
    page.run(
        "document.querySelector('.link-target').dispatchEvent(new PointerEvent('pointerenter'))"
    )
    assert re.search(r"w = −?[\d.]+\s+∂J/∂w = −?[\d.]+", page.text("#inspector"))
    ActionChains(page.driver).move_to_element(page.one("#plane")).perform()
    page.wait("return document.querySelector('[data-layer=\"2\"] .value').textContent !== ''")


def test_the_keyboard_is_enough(page):
    from selenium.webdriver.common.keys import Keys

    page.press(" ")
    page.wait("return document.getElementById('train-label').textContent === 'Pause'")
    page.press(" ")
    page.wait("return document.getElementById('train-label').textContent === 'Train'")
    page.press("r")
    page.wait("return document.getElementById('epoch-count').textContent === '0'")
    page.press("s")
    page.wait("return document.getElementById('step-count').textContent === '1'")
    page.press("e")
    page.wait("return document.getElementById('step-count').textContent === '9'")
    page.run("document.querySelector('.neuron[tabindex=\"0\"]').focus()")
    page.press(Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    assert page.run("return document.activeElement.dataset.key") == "neuron-0-1"
    page.run("document.getElementById('plane').focus()")
    page.press(Keys.ARROW_UP)
    page.wait("return document.getElementById('inspector').textContent.includes('x₂ = 0.0')")
    unlabelled = page.run(
        """
        return [...document.querySelectorAll("button, select, input, canvas[role], [tabindex]")]
          .filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.length
                           || e.closest("label") || e.getAttribute("aria-label")))
          .map((e) => e.outerHTML);
        """
    )
    assert unlabelled == []


def test_points_are_drawn_with_the_mouse(page):
    from selenium.webdriver import ActionChains

    click(page, "[name=data][value=points]")
    page.wait("return !document.getElementById('plane-hint').hidden")
    plane = page.one("#plane")
    for x, y in [(-60, -60), (-40, -70), (-70, -30)]:
        ActionChains(page.driver).move_to_element_with_offset(plane, x, y).click().perform()
    page.wait("return document.getElementById('plane-hint').textContent.includes('one class')")
    page.run("document.querySelectorAll('[name=brush]')[1].click()")
    for x, y in [(60, 60), (40, 70), (70, 30)]:
        ActionChains(page.driver).move_to_element_with_offset(plane, x, y).click().perform()
    page.wait("return document.getElementById('plane-hint').hidden")
    click(page, "#epoch")
    page.wait("return document.getElementById('epoch-count').textContent === '1'")
    assert page.text("#code").count("\n    [") == 6


def test_a_hostile_csv_file_is_text(page, tmp_path):
    file = tmp_path / "<svg onload=alert(4)>.csv"
    file.write_text(EVIL_CSV)
    click(page, "[name=data][value=csv]")
    page.one("#csv-file").send_keys(str(file))
    page.wait("return document.getElementById('legend').textContent.includes('<b>red</b>')")
    assert page.text("#axis-x1") == "<img src=x onerror=alert(1)>"
    assert page.text("#csv-name") == file.name
    assert page.run("return document.querySelectorAll('main img, main b, script').length") == 1
    assert "<svg onload=alert(4)>.csv" in page.text("#code")


def test_a_bad_csv_file_is_explained_and_the_page_goes_on(page, tmp_path):
    click(page, "[name=data][value=csv]")
    for i, (content, said) in enumerate(BAD_CSV):
        file = tmp_path / f"bad{i}.csv"
        file.write_text(content)
        page.one("#csv-file").send_keys(str(file))
        page.wait(f"return document.getElementById('alert-text').textContent.includes('{said}')")
    click(page, "[name=data][value=moons]")
    page.wait("return document.getElementById('alert').hidden")


def test_wrong_numbers_are_refused_beside_their_control(page):
    for name, value, said in [
        ("learning_rate", "-1", "learning_rate is above 0 and at most 1000 here, got -1"),
        ("learning_rate", "fast", "is a number, got 'fast'"),
        ("batch_size", "0", "1 to 1000 here, got 0"),
        ("dropout", "", "is a number, got ''"),
    ]:
        choose(page, f"[name={name}]", value)
        page.wait(f"return document.querySelector('[name={name}]').ariaInvalid === 'true'")
        assert said in page.text("#alert-text")
        choose(page, f"[name={name}]", "0.5" if name != "batch_size" else "8")
        page.wait("return !document.querySelector('[aria-invalid]')")


def test_the_learning_rate_changes_without_a_new_network(page):
    click(page, "#epoch")
    page.wait("return document.getElementById('epoch-count').textContent === '1'")
    choose(page, "[name=learning_rate]", "0.5")
    page.wait("return document.getElementById('code').textContent.includes('nn.Adam(0.5)')")
    assert epoch(page) == 1


def test_the_replay_of_the_step_opens(page):
    click(page, "#epoch")
    page.wait("return document.getElementById('epoch-count').textContent === '1'")
    driver = page.driver
    first = driver.current_window_handle
    click(page, "#replay")
    wait.WebDriverWait(driver, 10).until(lambda _: len(driver.window_handles) == 2)
    second = next(handle for handle in driver.window_handles if handle != first)
    driver.switch_to.window(second)
    page.wait("return document.readyState === 'complete'")
    title = driver.title
    driver.close()
    driver.switch_to.window(first)
    assert title == "Epoch 1, step 9: 4 training points"


def test_a_lost_connection_is_said_and_made_again(browser):
    process, where = serve()
    open_page(browser, where)
    choose(browser, "[name=seed]", "7")
    end(process)
    browser.wait("return document.getElementById('alert-text').textContent.includes('ended')")
    process, _ = serve(where.rpartition(":")[2].strip("/"))
    click(browser, "#alert-text button")
    browser.wait("return document.getElementById('alert').hidden")
    browser.wait("return document.getElementById('code').textContent.includes('seed=7')")
    browser.open("about:blank")
    end(process)


def test_nothing_sticks_out_at_any_size_or_in_any_colours(page):
    for width, height, scheme in product((1440, 1024, 420), (900, 700), ("light", "dark")):
        page.resize(width, height)
        page.prefer(scheme=scheme)
        page.run("return new Promise(requestAnimationFrame)")
        assert page.run("return document.documentElement.scrollWidth") <= width
        assert page.run("return document.querySelector('.neuron').offsetWidth") >= 22


def test_settings_are_in_the_address_and_are_taken_from_it(browser, address):
    wanted = "data=moons&noise=0.2&layers=3 relu,2 silu&features=x1,x2²&learning_rate=0.1&seed=5"
    browser.open(f"{address}#{wanted.replace(' ', '%20')}")
    browser.wait("return document.getElementById('code').textContent.includes('moons')")
    code = browser.text("#code")
    for part in (
        "noise=0.2",
        'nn.Dense(3, activation="relu"',
        '2, activation="silu"',
        "nn.Adam(0.1)",
    ):
        assert part in code
    assert browser.one("[name=noise]").get_property("value") == "0.2"
    choose(browser, "[name=seed]", "6")
    browser.wait("return location.hash.includes('seed=6')")
    assert "layers=3%20relu%2C2%20silu" in browser.run("return location.hash")
    again = browser.run("return location.href")
    browser.open(again)
    browser.wait("return document.getElementById('code').textContent.includes('seed=6')")
    browser.open(address)
    browser.wait("return document.getElementById('code').textContent.includes('circles')")
    assert browser.run("return location.hash") == ""
    browser.open(f"{address}#layers=99%20tanh")
    browser.wait(
        "return document.getElementById('alert-text').textContent.includes('1 to 10 here')"
    )


def test_drawn_points_obey_the_share_that_is_held_back(browser, address):
    points = ";".join(f"{x},{y / 4},{int(x > 0)}" for x in (-1, 1) for y in range(5))
    browser.open(f"{address}#data=points&test_share=0.4&points={points}")
    browser.wait("return document.getElementById('code').textContent.includes('test_size=0.4')")
    seen = "const c=document.getElementById('points').getContext('2d'); return [...c.getImageData("
    seen += "0,0,c.canvas.width,c.canvas.height).data].some((x) => x)"
    browser.wait(seen)
    browser.run("document.getElementById('show-test').click()")
    hidden = browser.run("return document.getElementById('points').toDataURL()")
    browser.run("document.getElementById('show-test').click()")
    assert browser.run("return document.getElementById('points').toDataURL()") != hidden


def test_the_coach_says_what_is_wrong_and_the_curve_stays_in_sight(browser, address):
    browser.resize(1280, 720)
    browser.open(f"{address}#layers=4%20relu,2%20relu&learning_rate=10&optimizer=sgd")
    browser.wait("return document.getElementById('test-accuracy').textContent !== '–'")
    choose(browser, "#pace", "fast")
    click(browser, "#train")
    browser.wait("return document.getElementById('coach').textContent.startsWith('ReLU units')", 20)
    assert "Try: a lower learning rate" in browser.text("#coach")
    curve, neurons = browser.run(
        """
        const bottom = (name) => document.querySelector(name).getBoundingClientRect().bottom;
        return [bottom("#curves"), bottom(".inputs .cell:last-child")];
        """
    )
    assert curve <= 720
    assert neurons <= 720
    choose(browser, "[name=learning_rate]", "0.03")
    click(browser, "#reset")
    browser.wait("return document.getElementById('coach').hidden")


def test_every_symbol_and_setting_has_a_tooltip(page):
    untold = page.run(
        """
        const wanted = "#settings label.field, #settings .fields.two label, .axis, .scale, dd";
        const all = [...document.querySelectorAll(wanted)];
        return all.filter((e) => !e.title).map((e) => e.outerHTML);
        """
    )
    assert untold == []
    page.run("document.querySelector('[data-key=neuron-0-1]').focus()")
    page.wait("return document.querySelectorAll('#inspector abbr').length === 3")
    assert all(e.get_property("title") for e in page.all("#inspector abbr"))
