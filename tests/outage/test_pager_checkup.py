"""What the doctor finds out about pagers, and that it wakes nobody."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from outage.pagers import GOALERT_KEY, PAGER_SECRET, PAGERDUTY_KEY, Pagers

from bot.cli.pager_checkup import pagers as examine
from incidents import assets

TEAM = "    lead: dana\n    members: [bo, chen, dana]\n"
PAGED = f"{TEAM}    paging: [{{pagerduty: payments}}, {{goalert: payments}}]\n"
NOT_HEARD = (
    "note: WARROOM_PAGERDUTY_WEBHOOK_SECRET is not set: we do not hear who acknowledges there"
)
OWN = "ok: it answers; its secret can sign; whether it is the right one, only a real page shows"


@pytest.fixture
def pagers() -> Iterator[Pagers]:
    made = Pagers()
    yield made
    made.stop()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Payments is paged by PagerDuty and GoAlert; Dana by a webhook of her own."""
    folder = tmp_path / "config"
    shutil.copytree(assets.folder("templates") / "init", folder)
    file = folder / "services" / "teams.yaml"
    text = file.read_text().replace(TEAM, PAGED)
    file.write_text(text.replace("{handle: dana,", "{handle: dana, paging: [webhook],"))
    monkeypatch.setenv("WARROOM_CONFIG_DIR", str(folder))
    return folder


def found() -> dict[str, list[str]]:
    checks: dict[str, list[str]] = {}
    for one in examine():
        checks.setdefault(one.what, []).append(f"{one.state}: {one.say}")
    return checks


@pytest.mark.usefixtures("config")
def test_what_can_be_known_is_known_and_the_rest_is_said(
    pagers: Pagers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARROOM_PAGERDUTY_URL", pagers.url)
    monkeypatch.setenv("WARROOM_PAGERDUTY_KEYS", f"payments={PAGERDUTY_KEY}")
    monkeypatch.setenv("WARROOM_GOALERT_URL", pagers.url)
    monkeypatch.setenv("WARROOM_GOALERT_KEYS", f"payments={GOALERT_KEY}")
    monkeypatch.setenv("WARROOM_PAGER_WEBHOOK_URL", f"{pagers.url}/own")
    monkeypatch.setenv("WARROOM_PAGER_WEBHOOK_SECRET", PAGER_SECRET)
    monkeypatch.setenv("WARROOM_ALLOW_PRIVATE_HOSTS", "127.0.0.1")

    checks = found()

    proven = "whether the keys are right, only a real page shows"
    assert checks == {
        "PagerDuty": [
            f"ok: it answers; {proven}: its Events API has no dry run",
            NOT_HEARD,
        ],
        "GoAlert": [f"ok: it answers; {proven}: it takes a token only with an alert"],
        "pager webhook": [
            OWN,
        ],
    }
    assert {name for name, _ in pagers.calls} == {"asked"}
    assert not (pagers.pagerduty or pagers.goalert or pagers.own)


@pytest.mark.usefixtures("config")
def test_keys_that_are_missing_odd_or_for_nobody_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WARROOM_PAGERDUTY_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WARROOM_PAGERDUTY_KEYS", "storefront=short")
    monkeypatch.setenv("WARROOM_GOALERT_KEYS", f"payments={GOALERT_KEY}")

    checks = found()

    missing = "wrong: there is no key called payments in WARROOM_PAGERDUTY_KEYS, and payments is"
    assert checks["PagerDuty key payments"] == [f"{missing} paged by it"]
    assert checks["PagerDuty key storefront"] == [
        "note: set in WARROOM_PAGERDUTY_KEYS, and nobody is paged by it",
        "wrong: no integration key of the Events API v2: those have 32 letters and digits",
    ]
    assert checks["PagerDuty"][0].startswith("wrong: 127.0.0.1 is only called with https")
    assert checks["GoAlert"] == ["wrong: WARROOM_GOALERT_URL is not set, and there are keys for it"]
    assert checks["pager webhook"] == [
        "wrong: WARROOM_PAGER_WEBHOOK_URL is not set, and @dana is paged by it"
    ]
    assert "short" not in str(checks)


@pytest.mark.usefixtures("config")
def test_a_pager_that_does_not_answer_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = Pagers()
    monkeypatch.setenv("WARROOM_PAGERDUTY_URL", gone.url)
    monkeypatch.setenv("WARROOM_PAGERDUTY_KEYS", f"payments={PAGERDUTY_KEY}")
    monkeypatch.setenv("WARROOM_ALLOW_PRIVATE_HOSTS", "127.0.0.1")
    gone.stop()

    assert found()["PagerDuty"][0].startswith("unreachable: 127.0.0.1 cannot be reached")


def test_without_any_pager_there_is_a_word_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARROOM_CONFIG_DIR", str(assets.folder("templates") / "init"))

    assert found() == {
        "pagers": ["note: nobody is paged outside of Slack: see paging: of teams and people"]
    }
