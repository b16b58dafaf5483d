"""A person at the page: declares, takes command, walks a tree, resolves, reads the postmortem."""

import shutil
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from bot.clock import utc_now
from bot.demo.host import Host, prepare, running
from bot.slack import native

pytestmark = pytest.mark.browser

_PATIENCE = 30.0
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--force-color-profile=srgb", "--hide-scrollbars",
)  # fmt: skip
_PASSING = (
    NoSuchElementException,
    StaleElementReferenceException,
    ElementClickInterceptedException,
)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The demo, in this process, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running(prepare(tmp_path_factory.mktemp("demo"), port, utc_now)) as made:
        until(made.app.knows_slack)
        yield made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Headless Chromium, desktop size."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        message = "CHROMIUM IS MISSING: the page was not tested. apt-get install chromium-driver"
        warnings.warn(pytest.PytestWarning(message), stacklevel=1)
        pytest.skip(message)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    made.set_window_size(1280, 900)
    yield made
    made.quit()


def until(holds: Callable[[], object], what: str = "") -> object:
    """The first true answer. Pages render again and again, so elements may go stale on the way."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            found = holds()
        except _PASSING:
            found = None
        if found:
            return found
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)


class Page:
    """The embedded workspace's page, as somebody sees it."""

    def __init__(self, browser: webdriver.Chrome, url: str) -> None:
        self.browser = browser
        self.url = url

    def opens(self, who: str, channel: str) -> None:
        self.browser.get("about:blank")
        self.browser.get(f"{self.url}/workspace#/{who}/{channel}")
        until(lambda: self.find('[data-testid="composer"]').is_displayed(), channel)

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def types(self, text: str) -> None:
        def typed() -> bool:
            composer = self.find('[data-testid="composer"]')
            composer.click()
            composer.send_keys(text)
            composer.send_keys(Keys.ESCAPE)
            return True

        until(typed, text)
        until(lambda: self.find('[data-testid="composer-send"]').click() is None, "send")

    def shows(self, words: str) -> None:
        until(lambda: words in self.find("body").text, words)

    def presses(self, label: str, action: str = "") -> None:
        """The newest button with that label."""
        wanted = f'[data-action-id^="{action}"]' if action else "[data-action-id]"

        def pressed() -> bool:
            buttons = self.browser.find_elements(By.CSS_SELECTOR, f"button{wanted}")
            matching = [one for one in buttons if one.text.strip() == label and one.is_displayed()]
            if not matching:
                return False
            self.browser.execute_script(
                "arguments[0].scrollIntoView({block:'center'})", matching[-1]
            )
            matching[-1].click()
            return True

        until(pressed, f"button {label}")


def test_an_incident_from_the_first_word_to_the_postmortem(
    host: Host, browser: webdriver.Chrome, tmp_path: Path
) -> None:
    page = Page(browser, host.url)

    page.opens("U0ANA", "general")
    page.types("/incident checkout 5xx sev2 @checkout")
    key = str(until(lambda: _key_of(host, "checkout 5xx"), "the incident"))
    room = f"{key.lower()}-checkout-5xx"
    page.shows(key)
    until(lambda: page.find(f'[data-testid="channel-{room}"]'), "the room is in the rail")

    page.opens(str(until(lambda: _asked_to_command(host, key), "somebody is asked")), room)
    page.presses("Accept", "roles.accept")
    page.shows(f"commands {key}")

    page.types("/incident tree http-5xx")
    page.shows(
        "The errors have stopped by themselves"
    )  # what the check found; a person knows better
    page.presses("Back", "triage.back")
    page.presses("Yes", "triage.answer")
    page.shows("Did the errors begin within minutes of a change")
    page.presses("Yes", "triage.answer")
    page.shows("Undo that change")
    page.presses("Yes", "triage.answer")
    page.shows("The errors have stopped")
    browser.save_screenshot(str(tmp_path / "room-desktop.png"))

    page.types("/incident resolve")
    field = '[data-testid="modal"] textarea[data-block-id="fix"]'
    fix = until(lambda: page.find(field), "the form")
    fix.send_keys("Rolled back payments-client 4.2")
    page.find('[data-testid="modal-submit"]').click()
    page.shows("resolved")

    page.types("/incident postmortem export")
    page.shows(f"{key}-checkout-5xx.md")
    browser.get(f"{host.url}/incidents/{key}/postmortem")
    until(lambda: "Rolled back payments-client 4.2" in page.find("main").text, "the postmortem")
    assert "Contributing factors" in page.find("main").text

    browser.set_window_size(390, 844)
    page.opens("U0ANA", room)
    page.shows(f"{key}-checkout-5xx.md")
    browser.save_screenshot(str(tmp_path / "room-phone.png"))
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= 390 * 1.02
    browser.set_window_size(1280, 900)


def test_the_room_moves_without_a_reload(host: Host, browser: webdriver.Chrome) -> None:
    page = Page(browser, host.url)
    page.opens("U0BO", "general")

    host.workspace.act.message("U0ANA", _channel(host, "general"), "is anybody else seeing this?")

    page.shows("is anybody else seeing this?")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_table_sorts_and_a_chart_is_drawn_and_read_out(
    host: Host, browser: webdriver.Chrome, width: int
) -> None:
    page = Page(browser, host.url)
    browser.set_window_size(width, 900)
    said = host.workspace.web_api("chat.postMessage", {
        "channel": _channel(host, "incidents"), "text": "Budgets", "blocks": [
            native.table("Open", ["Key", "Who"], [
                [native.words(f"INC-{at}"), native.person("U0BO")] for at in range(1, 13)]),
            native.lines("Left", ["09:00", "09:30"], {"availability": [100, -20.5]}, y_label="%"),
        ]}, host.workspace.identity.bot_token)  # fmt: skip
    assert said.body["ok"], said.body
    page.opens("U0BO", "incidents")

    def keys() -> list[str]:
        newest = browser.find_elements(By.CSS_SELECTOR, '[data-testid="data-table"]')[-1]
        return [one.text for one in newest.find_elements(By.CSS_SELECTOR, "tbody th")]

    until(lambda: keys() == [f"INC-{at}" for at in range(1, 11)], "ten rows")
    table = browser.find_elements(By.CSS_SELECTOR, '[data-testid="data-table"]')[-1]
    sort = table.find_element(By.CSS_SELECTOR, ".table-sort")
    for _ in range(2):
        browser.execute_script("arguments[0].click()", sort)
    assert keys()[:2] == ["INC-12", "INC-11"]
    browser.execute_script("arguments[0].click()", table.find_elements(By.TAG_NAME, "button")[-1])
    assert keys() == ["INC-2", "INC-1"]
    chart = browser.find_elements(By.CSS_SELECTOR, '[data-testid="chart"]')[-1]
    assert len(chart.find_elements(By.CSS_SELECTOR, "polyline")) == 1
    read = chart.find_element(By.CSS_SELECTOR, "table").get_attribute("textContent")
    assert "availability100-20.5" in str(read)
    wide = "return document.documentElement.scrollWidth <= window.innerWidth"
    assert browser.execute_script(wide)
    browser.set_window_size(1280, 900)


def test_the_console_shows_what_happens_without_a_reload(
    host: Host, browser: webdriver.Chrome
) -> None:
    page = Page(browser, host.url)
    key = _declare(host, "certificates run out")
    browser.get(f"{host.url}/incidents/{key}")
    page.shows("live")

    general = _channel(host, "general")
    host.workspace.act.command("U0BO", general, f"note {key} renewed by hand", "/incident")

    page.shows("renewed by hand")
    assert _complaints(browser) == []


@pytest.mark.parametrize(
    ("width", "title"), [(1280, "mails stand in the queue"), (390, "invoices print blank")]
)
def test_the_console_fits_its_screen_and_breaks_no_policy_of_its_own(
    host: Host, browser: webdriver.Chrome, width: int, title: str
) -> None:
    key = _declare(host, title)
    browser.set_window_size(width, 844)

    of_it = (f"/incidents/{key}", f"/incidents/{key}/postmortem")
    for path in ("/", "/slos", "/actions", "/status", "/help/http", *of_it):
        browser.get(f"{host.url}{path}")
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        room = browser.execute_script("return innerWidth")
        assert wide <= room, path
    browser.set_window_size(1280, 900)
    assert _complaints(browser) == []


def _complaints(browser: webdriver.Chrome) -> list[str]:
    """What the browser's console holds against the page."""
    return [
        one["message"] for one in browser.get_log("browser") if "/workspace" not in one["message"]
    ]


def _declare(host: Host, title: str) -> str:
    """The key of an incident that somebody declared with that title."""
    command = f"{title} sev4"
    host.workspace.act.command("U0ANA", _channel(host, "general"), command, "/incident")
    return str(until(lambda: _key_of(host, title), title))


def _asked_to_command(host: Host, key: str) -> str | None:
    from incidents.model.ids import parse_key
    from incidents.store import roles

    number = parse_key(key)
    assert number is not None
    with host.app.desk.look() as connection:
        offer = roles.offered(connection, number, "commander")
    return offer.person if offer else None


def _key_of(host: Host, title: str) -> str | None:
    from incidents.store import incidents

    with host.app.desk.look() as connection:
        found = [one for one in incidents.open_ones(connection) if one.title.raw == title]
    return found[0].key if found else None


def _channel(host: Host, name: str) -> str:
    token = host.workspace.identity.bot_token
    listed = host.workspace.web_api("conversations.list", {"limit": 1000}, token)
    return next(one["id"] for one in listed.body["channels"] if one["name"] == name)
