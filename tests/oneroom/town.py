"""An organisation in which one database takes twenty services of seven teams down with it."""

from pathlib import Path
from random import Random

from incidents.model.alerts import Alert

TEAMS = 7
SERVICES = 20
DATABASE = "ledger-db"
PEOPLE = ("ana", "bo", "chen", "dana", "eli", "farah", "goran", "hana")


def team_of(number: int) -> str:
    """Who owns a service of the cascade; the database is number -1."""
    return f"team-{number % TEAMS}" if number >= 0 else "storage"


def built(folder: Path) -> Path:
    """A configuration folder. Each service needs the database, directly or through an earlier one.

    Beside them a service that has nothing to do with it.
    """
    (folder / "services").mkdir(parents=True)
    (folder / "oncall").mkdir()
    (folder / "warroom.yaml").write_text("name: Town\n")
    (folder / "services" / "all.yaml").write_text("\n".join(_services()))
    (folder / "oncall" / "all.yaml").write_text("\n".join(_rotations()))
    return folder


def cascade() -> list[Alert]:
    """What fires when the database fails: one alert of each service, and its own."""
    return [alert(DATABASE), *(alert(f"svc-{number}") for number in range(SERVICES))]


def alert(service: str) -> Alert:
    """A page about a service."""
    labels = {"alertname": "Down", "service": service, "severity": "critical"}
    return Alert("generic", f"down/{service}", "Down", True, None, labels=labels)  # noqa: FBT003 (positions of a dataclass)


def _services() -> list[str]:
    random = Random(4)
    lines = ["people:"]
    lines += [f"  - {{handle: {one}, name: {one.title()}}}" for one in PEOPLE]
    lines.append("teams:")
    for place, team in enumerate(_teams()):
        who = PEOPLE[place % len(PEOPLE)]
        lines.append(f"  - {{name: {team}, members: [{who}], on_call: {team}}}")
    lines += ["services:", f"  - {{name: {DATABASE}, tier: 1, team: storage}}"]
    lines.append("  - {name: island, tier: 1, team: storage}")
    for number in range(SERVICES):
        above = DATABASE if number < TEAMS else f"svc-{random.randrange(number)}"
        name, team = f"svc-{number}", team_of(number)
        lines.append(f"  - {{name: {name}, tier: 2, team: {team}, depends_on: [{above}]}}")
    return lines


def _rotations() -> list[str]:
    lines = ["rotations:"]
    for place, team in enumerate(_teams()):
        who = PEOPLE[place % len(PEOPLE)]
        lines.append(f"  - {{name: {team}, people: [{who}], start: 2026-01-05}}")
    return lines


def _teams() -> list[str]:
    return ["storage", *(f"team-{number}" for number in range(TEAMS))]
