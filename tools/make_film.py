"""Film the replay for the top of README.md: `python -m tools.make_film`, or `make pictures`.

Chromium shows the page, Selenium steps through it, and the screenshots become one small animated
PNG, docs/pictures/replay.png: forward, backward and update of README.md's first loss, the training
of a small network with its decision boundary, then the playground.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import autograd_lite as ag
import nn

FILM = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "replay.png"
SIZE = (1180, 620)
SHOWN = 800  # pixels across
COLOURS = 48
STEP_TIME, FRAME_TIME, LAST_TIME = 900, 450, 2500  # milliseconds
PLAYED = (1, 2, 4, 8, 12, 18, 26, 36, 50)  # epochs of the playground that are shown
PLAYGROUND = "layers=6%20tanh,4%20tanh&learning_rate=0.03&optimizer=adam"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")


def first_loss() -> str:
    """README.md's first computation."""
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    w = ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")
    J = np.mean(np.log1p(np.exp(-(x @ w))))
    return ag.draw(J, learning_rate=0.1, theme="light").html


def training(folder: Path) -> str:
    """A ring around a disc, learned by eight units."""
    nn.set_random_seed(4)
    X = np.random.default_rng(0).uniform(-1, 1, size=(32, 2))
    y = (np.sum(X**2, axis=1) < 0.45).astype(float)[:, None]
    model = nn.Sequential([nn.Dense(8, activation="tanh"), nn.Dense(1)], name="ring")
    model.compile(nn.Adam(0.05), nn.BinaryCrossentropy(from_logits=True))
    replay = nn.callbacks.Replay(folder / "film.html", (X, y), every=15)
    model.fit(X, y, epochs=120, verbose=0, callbacks=[replay])
    return replay.path.read_text(encoding="utf-8")


def browser(folder: Path) -> Any:
    """Start Chromium without a window."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    width, height = SIZE
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [
        {"name": "prefers-color-scheme", "value": "light"},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    return driver


def frames(driver: Any, folder: Path) -> list[tuple[bytes, int]]:
    """The screenshots, each with its time."""
    found = []
    page = folder / "first.html"
    page.write_text(first_loss(), encoding="utf-8")
    driver.get(page.as_uri())
    while True:
        found.append((driver.get_screenshot_as_png(), STEP_TIME))
        forward = driver.find_element("css selector", "button.forward")
        if not forward.is_enabled():
            break
        forward.click()
    found[-1] = (found[-1][0], LAST_TIME)
    page.write_text(training(folder), encoding="utf-8")
    driver.get(page.as_uri())
    slider = driver.find_element("css selector", ".moment-slider")
    for moment in range(int(slider.get_attribute("max")) + 1):
        move = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))"
        driver.execute_script(move, slider, moment)
        found.append((driver.get_screenshot_as_png(), FRAME_TIME))
    found[-1] = (found[-1][0], LAST_TIME)
    return found


def playground(driver: Any) -> list[tuple[bytes, int]]:
    """Screenshots of a training in the playground, epoch by epoch."""
    command = [sys.executable, "-m", "nn.playground", "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = re.search(r"http://\S+", server.stdout.readline())
        assert address is not None
        try:
            driver.get(f"{address.group()}#{PLAYGROUND}")
            _wait(driver, "return document.getElementById('test-accuracy').textContent !== '–'")
            found = [(driver.get_screenshot_as_png(), STEP_TIME)]
            for epoch in range(1, PLAYED[-1] + 1):
                driver.execute_script("document.getElementById('epoch').click()")
                count = "document.getElementById('epoch-count').textContent.replace(/\\D/g, '')"
                _wait(driver, f"return {count} === '{epoch}'")
                if epoch in PLAYED:
                    time.sleep(0.3)  # until the last frame is drawn
                    found.append((driver.get_screenshot_as_png(), FRAME_TIME))
        finally:
            server.terminate()
    found[-1] = (found[-1][0], LAST_TIME)
    return found


def _wait(driver: Any, script: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 20, 0.05).until(lambda _: driver.execute_script(script))


def write(shots: list[tuple[bytes, int]], path: Path) -> None:
    """Write an animated PNG in one palette."""
    from PIL import Image

    height = SIZE[1] * SHOWN // SIZE[0]
    images = [
        Image.open(io.BytesIO(shot))
        .convert("RGB")
        .resize((SHOWN, height), Image.Resampling.LANCZOS)
        for shot, _ in shots
    ]
    shown = images[:: len(images) // 5]  # of replay, training and playground
    row = Image.new("RGB", (SHOWN, height * len(shown)))
    for i, image in enumerate(shown):
        row.paste(image, (0, i * height))
    palette = row.quantize(COLOURS)
    reduced = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    first, *others = reduced
    times = [time for _, time in shots]
    first.save(path, save_all=True, append_images=others, duration=times, loop=0, optimize=True)


def main() -> None:
    """Film, where Chromium and Selenium are installed."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        print("no film: it needs chromium and chromedriver")
        return
    with tempfile.TemporaryDirectory() as folder:
        driver = browser(Path(folder))
        try:
            write(frames(driver, Path(folder)) + playground(driver), FILM)
        finally:
            driver.quit()
    print(f"docs/pictures/{FILM.name}: {FILM.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
