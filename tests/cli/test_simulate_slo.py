"""``warroom slo simulate``: what a person reads, and what a machine does."""

import json
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import cli
from bot.cli import common
from incidents.actions.samples import Reading, ingest
from incidents.model.objective import SLOName

ROOT = Path(__file__).parents[2]
SLO = "checkout/availability"


@dataclass
class Terminal:
    """Runs ``warroom slo simulate …`` in this process."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str, verb: str = "simulate") -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "argv", ["warroom", "slo", verb, *words])
        try:
            cli.main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = self.capsys.readouterr()
        return code, printed.out, printed.err


@pytest.fixture
def simulate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sqlite_url: str
) -> Terminal:
    """Six hours of a thousand good events each 10 seconds lie behind us."""
    monkeypatch.setenv("WARROOM_CONFIG_DIR", str(ROOT / "templates" / "init"))
    monkeypatch.setenv("WARROOM_DATABASE_URL", sqlite_url)
    desk = common.desk()
    now = common.now(desk)
    tick = timedelta(seconds=10)
    start = now - timedelta(seconds=now.second % 10, microseconds=now.microsecond)
    ingest(desk, [_reading(start - tick * back, back) for back in range(1, 2150)], now)
    return Terminal(monkeypatch, capsys)


def _reading(at: datetime, seq: int) -> Reading:
    return Reading(SLOName(SLO), at, 1000, 0, "edge", seq)


def test_a_total_outage_is_told_in_the_order_a_person_asks(simulate: Terminal) -> None:
    code, out, _ = simulate(SLO, "--error-rate", "100%", "--for", "30m")

    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "checkout/availability: target 99.9 % over 28 d, 100 % of the budget left"
    assert lines[1].startswith("Before   3")
    assert lines[1].endswith("events/h, 0 % bad (over the last 1 h)")
    assert lines[2].endswith("events/h, 100 % bad: burning 1000x for 30 min, then as before")
    assert "The budget runs out in " in out
    assert "25 % spent in " in out
    (page,) = [line for line in lines if line.startswith("Page in ") and "over 1 h" in line]
    assert "the limit is 13.44x; ends in 3" in page


def test_a_machine_reads_the_same(simulate: Terminal) -> None:
    code, out, _ = simulate(SLO, "--traffic", "3x", "--error-rate", "0.2%", "--for", "6h", "--json")

    found = json.loads(out)
    assert code == 0
    assert found["assumed"]["burn"] == 2
    assert found["assumed"]["for_seconds"] == 6 * 3600
    assert found["assumed"]["events_per_hour"] == 3 * found["before"]["events_per_hour"]
    assert found["assumed"]["error_rate"] == 0.002
    assert {one["in_seconds"] for one in found["left"]} == {3600, 21600, 86400, 604800, 2419200}
    assert found["runs_out_in_seconds"] > 0
    assert {one["loudness"] for one in found["alerts"]} == {"page", "ticket"}
    assert found["alerts"][0]["because"]


def test_a_calm_week_says_that_nothing_happens(simulate: Terminal) -> None:
    _, out, _ = simulate(SLO)

    assert "The budget does not run out." in out
    assert "No burn alert would fire." in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((SLO, "--traffic", "many"), "many is not an amount of traffic. Write it like 3x or 0.5x."),
        ((SLO, "--error-rate", "2"), "2 is not a share of events. Write it like 0.2% (or 0.002)"),
        ((SLO, "--error-rate", "101%"), "101% is not a share of events."),
        ((SLO, "--for", "soon"), "soon is not a length of time. Write it like 90m, 6h or 2d."),
        (("none/such",), "There is no SLO called none/such. See: warroom slo status"),
    ],
)
def test_what_makes_no_sense_is_refused_with_an_example(
    simulate: Terminal, words: tuple[str, ...], says: str
) -> None:
    code, _, err = simulate(*words)

    assert code == 2
    assert says in err


def test_a_forecast_tells_spent_from_never(simulate: Terminal) -> None:
    desk = common.desk()
    now = common.now(desk)
    spent = Reading(
        SLOName("payments/availability"), now - timedelta(minutes=1), 50, 50, "edge-2", 1
    )
    ingest(desk, [spent], now)

    _, out, _ = simulate(verb="forecast")
    _, listed, _ = simulate("--json", verb="forecast")

    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:]}
    assert rows["payments/availability"][:3] == ["-99900.0%", "spent", "never"]
    assert rows[SLO][:3] == ["100.0%", "never", "-"]
    found = {one["slo"]: one for one in json.loads(listed)["slos"]}
    assert found["payments/availability"]["runs_out_in_seconds"] == 0
    assert found["payments/availability"]["back_in_seconds"] is None
    assert (found[SLO]["runs_out_in_seconds"], found[SLO]["back_in_seconds"]) == (None, 0)
