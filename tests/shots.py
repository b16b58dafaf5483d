"""Takes the README's pictures: run it by hand, look at what it wrote. ``python tests/shots.py``."""

import sys
import tempfile
import time
from pathlib import Path

from selenium import webdriver

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from bot import logs  # noqa: E402
from bot.clock import utc_now  # noqa: E402
from bot.demo.host import prepare, running  # noqa: E402
from bot.demo.player import Player, wait_until  # noqa: E402


def main() -> None:
    import httpx

    logs.configure("text", level="WARNING")
    folder = Path(tempfile.mkdtemp())
    host = prepare(folder, 8123, utc_now)
    with running(host), httpx.Client(timeout=20) as http:
        player = Player(host.url, host.workspace.identity.bot_token, http)
        wait_until(host.app.knows_slack, "slack")
        time.sleep(1)
        general = player.channel("general")
        player.types("ana", general, "/incident Checkout returns 5xx in Europe sev2 @checkout")
        wait_until(lambda: player.channel("inc-1") is not None, "room")
        time.sleep(2)
        room = player.channel("inc-1")
        player.presses("bo", room, "Accept")
        player.types("ana", room, "Half of the payments time out, all in eu-west")
        player.types(
            "bo",
            room,
            "/incident update Payments time out for half of Europe. We are rolling back.",
        )
        time.sleep(2)
        player.types("bo", room, "/incident tree http-5xx")
        time.sleep(2)
        player.presses("bo", room, "Back")
        time.sleep(2)
        player.presses("bo", room, "Yes")
        time.sleep(4)
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-sync",
            "--hide-scrollbars",
        ):
            options.add_argument(flag)
        browser = webdriver.Chrome(
            options=options, service=webdriver.ChromeService("/usr/bin/chromedriver")
        )
        for name, width, height in (("room", 1360, 1180), ("room-phone", 430, 932)):
            browser.set_window_size(width, height)
            browser.get("about:blank")
            browser.get(f"{host.url}/workspace#/U0BO/inc-1-checkout-returns-5xx-in-europe")
            time.sleep(2.5)
            browser.save_screenshot(str(ROOT / ".github" / f"{name}.png"))
        browser.quit()


if __name__ == "__main__":
    main()
