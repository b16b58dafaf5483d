"""``warroom slo history``: the target of a day, at the terminal."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from cli.test_simulate_slo import ROOT, SLO, Terminal

from bot.cli import common
from incidents.actions.promises import remember


@pytest.fixture
def asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sqlite_url: str
) -> Terminal:
    """The target was lower until 1 November."""
    monkeypatch.setenv("WARROOM_CONFIG_DIR", str(ROOT / "templates" / "init"))
    monkeypatch.setenv("WARROOM_DATABASE_URL", sqlite_url)
    desk = common.desk()
    (one,) = [one for one in desk.objectives if one.slo == SLO]
    earlier = replace(desk, objectives=(replace(one, target=Fraction(1, 2)),))
    changed = common.moment("2026-11-01T12:00:00Z", common.now(desk))
    remember(earlier, changed - timedelta(days=30))
    remember(desk, changed)
    return Terminal(monkeypatch, capsys)


def test_every_definition_is_listed_and_one_of_a_day_is_told(asks: Terminal) -> None:
    _, every, _ = asks(SLO, verb="history")
    _, before, _ = asks(SLO, "--on", "2026-10-31", verb="history")
    _, after, _ = asks(SLO, "--on", "2026-11-01", verb="history")
    _, exact, _ = asks(SLO, "--on", "2026-11-01T11:00:00Z", verb="history")

    assert [line.split("  ")[0] for line in every.splitlines()[1:]] == [
        "2026-10-02 12:00 UTC",
        "2026-11-01 12:00 UTC",
    ]
    assert " 50 % " in before
    assert " 50 % " not in after
    assert exact == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("checkout/none",), "No SLO called checkout/none was ever promised."),
        ((SLO, "--on", "yesterday"), "yesterday is no day."),
        ((SLO, "--on", "2020-01-01"), f"{SLO} was not promised yet on 2020-01-01."),
    ],
)
def test_what_is_not_known_says_so(asks: Terminal, words: tuple[str, ...], says: str) -> None:
    code, _, said = asks(*words, verb="history")

    assert code != 0
    assert says in said
