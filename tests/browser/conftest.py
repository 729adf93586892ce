"""A real browser for tests of pages: headless Chromium, driven through chromedriver.

Where the browser or Selenium is missing, the tests that ask for `browser` are skipped with the
reason. Every test that used it fails in the end if the page wrote an error to the console.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
]


class Browser:
    """One browser window.

    Attributes:
        driver: Selenium's WebDriver, for all that has no shorthand here.
    """

    def __init__(self, driver, folder: Path):
        self.driver = driver
        self._folder = folder
        self._shown = 0

    # -- opening ---------------------------------------------------------------------------------

    def open(self, url: str) -> None:
        """Go to a page, and forget what earlier ones logged."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self._errors: list[str] = []
        self._requests: list[str] = []
        self.driver.get(url)

    def show(self, html: str) -> None:
        """Open a page from a file, as a user would."""
        self._shown += 1
        path = self._folder / f"page{self._shown}.html"
        path.write_text(html, encoding="utf-8")
        self.open(path.as_uri())

    # -- looking and acting ----------------------------------------------------------------------

    def run(self, script: str, *arguments):
        """Run JavaScript in the page; `return` gives a value back."""
        return self.driver.execute_script(script, *arguments)

    def one(self, selector: str):
        """The one element that a CSS selector matches."""
        found = self.all(selector)
        assert len(found) == 1, f"{selector!r} matches {len(found)} elements"
        return found[0]

    def all(self, selector: str) -> list:
        return self.driver.find_elements("css selector", selector)

    def text(self, selector: str) -> str:
        """The text of an element, whether it is scrolled into view or not."""
        return self.run("return arguments[0].textContent", self.one(selector))

    def press(self, *keys: str) -> None:
        """Press keys of selenium.webdriver.common.keys.Keys, or letters, where the focus is."""
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def wait(self, script: str, seconds: float = 10):
        """Wait until JavaScript returns something true, and return that."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, seconds, 0.05).until(lambda _: self.run(script))

    def resize(self, width: int, height: int) -> None:
        """Give the page exactly this many pixels."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def prefer(self, *, scheme: str = "light", reduced_motion: bool = False) -> None:
        """Set what the user prefers: "light" or "dark", and whether without animation."""
        motion = "reduce" if reduced_motion else "no-preference"
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def screenshot(self, path: Path | str) -> None:
        assert self.driver.save_screenshot(str(path))

    # -- what the page did -----------------------------------------------------------------------

    def console_errors(self) -> list[str]:
        """What the page wrote to the console as an error since it was opened."""
        self._errors += [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] in ("SEVERE", "ERROR")
        ]
        return self._errors

    def requests(self) -> list[str]:
        """The addresses of all that was requested since the page was opened, itself the first."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self._requests.append(message["params"]["request"]["url"])
        return self._requests


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """The running browser; started once, since starting takes a second."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    binary = next(filter(None, map(shutil.which, CHROMIUM)), None)
    chromedriver = shutil.which("chromedriver")
    if binary is None or chromedriver is None:
        missing = "chromium" if binary is None else "chromedriver"
        pytest.skip(f"{missing} is not installed (apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=chromedriver)
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium, tmp_path):
    """A `Browser` of 1280 x 720 in light mode. No page may log an error."""
    browser = Browser(chromium, tmp_path)
    browser.resize(1280, 720)
    browser.prefer()
    browser.open("about:blank")
    yield browser
    errors = browser.console_errors()
    browser.open("about:blank")
    assert errors == []
