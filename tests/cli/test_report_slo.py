"""``warroom slo report`` and its sister over HTTP: the same month, however it is written."""

import contextlib
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from api.conftest import caller
from world import World

from bot import cli
from bot.cli import common
from incidents.actions.samples import Reading, ingest
from incidents.model.objective import SLOName

ROOT = Path(__file__).parents[2]
SLO = SLOName("checkout/availability")


def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *words: str,
    verb: str = "report",
) -> str:
    monkeypatch.setattr(sys, "argv", ["warroom", "slo", verb, *words])
    with contextlib.suppress(SystemExit):
        cli.main()
    return capsys.readouterr().out


def test_a_month_is_a_table_a_document_and_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sqlite_url: str
) -> None:
    monkeypatch.setenv("WARROOM_CONFIG_DIR", str(ROOT / "templates" / "init"))
    monkeypatch.setenv("WARROOM_DATABASE_URL", sqlite_url)
    desk = common.desk()
    now = common.now(desk)
    at = now - timedelta(minutes=5)
    ingest(desk, [Reading(SLO, at, 999_500, 500, "edge", 1)], now)
    month = f"{at:%Y-%m}"

    table = run(monkeypatch, capsys, "--month", month).splitlines()
    value = json.loads(run(monkeypatch, capsys, "--month", month, "--json"))
    document = run(monkeypatch, capsys, "--month", month, "--format", "markdown")
    capacity = run(monkeypatch, capsys, "checkout", verb="capacity")
    forecast = json.loads(run(monkeypatch, capsys, "--json", verb="forecast"))

    assert table[0].split() == [
        *("SLO", "PROMISED", "ATTAINED", "VERDICT", "BAD", "BUDGET", "TAKEN", "BY")
    ]
    line = next(one for one in table if one.startswith(SLO))
    taken = line.split()[1:]
    assert taken == ["99.9", "%", "99.95", "%", "met", "500", "50", "%", "no", "incident"]
    found = next(one for one in value["slos"] if one["slo"] == SLO)
    assert (found["bad"], found["allowed"], found["spent"]) == (500, 1000.0, 0.5)
    assert found["unattributed"] == {"bad": 500, "spent": 0.5}
    assert f"| {SLO} | no incident | 500 | 50 % |" in document
    unknown = "unknown: 0 days of history, and it takes 4 weeks"
    assert f"- {SLO}: {unknown}" in document
    assert f"{SLO}  {unknown}" in capacity
    usual = next(one["seasonal"] for one in forecast["slos"] if one["slo"] == SLO)
    assert usual["says"].startswith("no usual week yet: ")


def test_a_program_reads_costs_and_the_month(light_world: World) -> None:
    world, call = light_world, caller(light_world)
    call("POST", "/incidents", json={"title": "checkout 5xx", "services": ["checkout"]})
    sent = Reading(SLO, world.clock(), 9_990, 10, "edge", 1)
    ingest(world.app.desk, [sent], world.clock())
    world.clock.pass_(timedelta(minutes=1))

    costs = call("GET", "/incidents/INC-1/costs").json()
    month = call("GET", f"/budget-reports/{world.clock():%Y-%m}").json()
    table = call("GET", f"/budget-reports/{world.clock():%Y-%m}?format=csv")

    assert (costs["key"], costs["so_far"]) == ("INC-1", True)
    assert costs["costs"] == [{"slo": SLO, "bad": 10, "spent": 1.0, "over": "28 d"}]
    (line,) = [one for one in month["slos"] if one["slo"] == SLO]
    assert line["incidents"] == [{"key": "INC-1", "title": "checkout 5xx", "bad": 10, "spent": 1.0}]
    assert table.headers["content-type"].startswith("text/csv")
    assert '"INC-1","checkout 5xx",1.000000000' in table.text
    assert call("GET", "/budget-reports/2126-01").status_code == 409
    forecast = call("GET", f"/slos/{SLO}/forecast").json()
    assert (forecast["slo"], forecast["runs_out_in_seconds"]) == (SLO, 0)
    capacity = call("GET", "/capacity/checkout").json()["slos"][0]
    assert (capacity["slo"], capacity["headroom"]) == (SLO, None)


def test_the_card_says_what_it_costs_and_so_does_the_list_in_its_room(light_world: World) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.settle()
    ingest(world.app.desk, [Reading(SLO, world.clock(), 9_990, 10, "edge", 1)], world.clock())
    world.clock.pass_(timedelta(minutes=1))

    world.ana.types("/incident slo", where=world.room("inc-1"))

    assert "INC-1 has cost *100 % of the 28 d budget*" in world.reads(world.ana.id)
