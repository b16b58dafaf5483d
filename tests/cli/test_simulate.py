"""``warroom incident simulate``: what would happen, without anything happening."""

import json
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from world import World

from bot import cli
from incidents import assets
from incidents.model.severity import Severity
from incidents.queries.simulating import Case, foresee

AT = ("--at", "2026-11-21T03:00Z")
SHOP = assets.folder("templates") / "init"


@dataclass
class Terminal:
    """Runs the command in this process."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "argv", ["warroom", "incident", *words])
        try:
            cli.main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = self.capsys.readouterr()
        return code, printed.out, printed.err


@pytest.fixture
def warroom(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Terminal:
    monkeypatch.setenv("WARROOM_CONFIG_DIR", str(SHOP))
    monkeypatch.setenv("WARROOM_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    return Terminal(monkeypatch, capsys)


def test_it_says_who_would_be_asked_why_why_not_the_others_and_who_next(
    warroom: Terminal, tmp_path: Path
) -> None:
    code, out, err = warroom("simulate", "checkout", *AT)

    assert code == 0
    assert out == (
        "Services    checkout\n"
        "Severity    sev2 (checkout is tier 1)\n"
        "Asked       Bo Lindqvist\n"
        "Why         Bo Lindqvist is on call for payments, which owns checkout (tier 1); "
        "commands nothing else, not paged lately.\n"
        "Not         Dana Weiss is on the escalation path, which comes after the on-call\n"
        "Not         Goran Petrov is on the escalation path, which comes after the on-call\n"
        "Not         Chen Wei is in the team, but neither on call nor on the path\n"
        "Then        Dana Weiss at 03:05 UTC\n"
        "Then        Goran Petrov at 03:10 UTC\n"
        "Then        Chen Wei at 03:15 UTC\n"
        "Comms lead  Dana Weiss\n"
        "Why         Dana Weiss is in the room already, and on the escalation path of payments; "
        "commands nothing else, not paged lately.\n"
    )
    assert err == "Load, rest and turn are not counted: there is no database.\n"
    assert not (tmp_path / "none.db").exists()


def test_it_counts_what_the_record_says_and_adds_nothing_to_it(
    warroom: Terminal, sqlite_url: str
) -> None:
    warroom.monkeypatch.setenv("WARROOM_DATABASE_URL", sqlite_url)
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    before = file.read_bytes()

    code, out, err = warroom("simulate", "checkout", *AT)

    assert code == 1
    assert "payments, which owns checkout, has nobody we can reach." in out
    assert (err, file.read_bytes()) == ("", before)


def test_as_json_it_has_all_that_went_into_it(warroom: Terminal) -> None:
    code, out, _ = warroom("simulate", "search", "orders-db", "--severity", "1", *AT, "--json")

    found = json.loads(out)["outages"][0]
    assert code == 0
    assert (found["asked"], found["severity"]) == ("goran", "sev1")
    assert found["inputs"]["impact"][0] == {
        "service": "orders-db",
        "tier": 1,
        "burn": None,
        "dependents": 6,
        "weight": 56,
    }


def test_the_moment_may_be_said_in_words(warroom: Terminal) -> None:
    _, out, _ = warroom("simulate", "checkout", "--at", "friday 9:40", "--json")

    at = datetime.fromisoformat(json.loads(out)["at"])
    assert f"{at:%a %H:%M %z}" == "Fri 09:40 +0000"


def test_without_a_service_it_goes_through_all_of_them(warroom: Terminal) -> None:
    _, out, _ = warroom("simulate", *AT)

    assert [line.split()[0] for line in out.splitlines()][:3] == [
        "SERVICES",
        "checkout",
        "payments",
    ]


def test_an_alert_is_understood_as_at_the_door(warroom: Terminal, tmp_path: Path) -> None:
    firing = {"status": "firing", "startsAt": "2026-11-21T02:59:00Z"}
    labels = {"alertname": "HighErrors", "service": "checkout"}
    alerts = [
        {**firing, "labels": {**labels, "severity": "critical"}},
        {**firing, "labels": {**labels, "severity": "info"}},
        {**firing, "labels": labels, "status": "resolved"},
    ]
    file = tmp_path / "alert.json"
    file.write_text(json.dumps({"alerts": alerts}))

    code, out, _ = warroom("simulate", "--alert", str(file), *AT, "--json")

    loud, quiet = json.loads(out)["outages"]
    assert (code, loud["asked"], loud["severity"]) == (0, "bo", "sev1")
    assert quiet["opens_no_room"] == "opens no room: severity is info, which wakes nobody"


def test_two_configurations_are_compared(warroom: Terminal, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(SHOP, other)
    file = other / "oncall" / "rotations.yaml"
    file.write_text(file.read_text().replace("[bo, chen, dana]", "[chen, bo, dana]"))

    same = warroom("simulate", "--against", str(SHOP), *AT)
    differs = warroom("simulate", "--against", str(other), *AT)

    assert same[:2] == (0, "The same people are asked in all 10 cases.\n")
    assert differs[0] == 1
    assert differs[1].splitlines()[:2] == [
        "SERVICES       THIS                AGAINST",
        "checkout       sev2: Bo Lindqvist  sev2: Chen Wei",
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nonsense",), "There is no service called nonsense."),
        (("checkout", "--severity", "9"), "9 is no severity."),
        (("checkout", "--at", "whenever"), "whenever"),
        (("checkout", "--at", "2026-11-21T03:00"), "has no time zone."),
        (("--alert", "/nowhere.json"), "/nowhere.json cannot be read"),
        (("--alert", __file__), "is not what alertmanager sends"),
        (("--alert", __file__, "--source", "pager"), "pager sends no alerts."),
    ],
)
def test_what_it_does_not_understand_it_refuses(
    warroom: Terminal, words: tuple[str, ...], says: str
) -> None:
    code, _, err = warroom("simulate", *words)

    assert code == 2
    assert says in err


def test_the_roles_beside_the_commander_are_foreseen_as_they_are_asked_for(world: World) -> None:
    with world.app.desk.look() as connection:
        case = Case(("checkout",), Severity.SEV1)
        foreseen = foresee(world.app.desk, connection, case, world.clock())
    world.ana.types("/incident checkout 5xx sev1 @checkout")
    world.bo.presses("Accept", where=world.room("inc-1"))
    asked = [one.body for one in world.record(1) if one.kind in {"role_offered", "role_unassigned"}]

    told = [(one.role.value, one.person, one.because) for one in foreseen.support]
    assert told == [(one["role"], one.get("person"), one["because"]) for one in asked[1:]]
    assert [one[1] for one in told] == ["U0DANA", "U0GORAN", None]


def test_a_role_that_another_team_fills_is_asked_of_that_team(
    warroom: Terminal, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    shutil.copytree(SHOP, config)
    with (config / "warroom.yaml").open("a") as file:
        file.write("\nrole_teams: {comms: storefront}\n")

    _, out, _ = warroom("simulate", "checkout", *AT, "--config", str(config), "--json")
    changed, _, _ = warroom("simulate", "checkout", *AT, "--against", str(config))

    comms = json.loads(out)["outages"][0]["support"][0]
    assert comms["role"] == "comms"
    assert "storefront" in comms["because"]
    assert changed == 1
