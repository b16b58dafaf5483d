"""An organisation of any size, the same one for the same seed: what large tests are played in.

`organisation()` has 5 000 services and 300 teams with some 1 700 people: a few foundations that
everybody needs, domains of services that need each other, rotations on many clocks (weekly,
two-tiered, follow-the-sun, office hours only, none at all) and stand-ins around `AROUND`. It passes
``warroom check``: important services have owners who can be reached at any hour.

`Organisation.catalog` is the configuration as the bot has it, without a detour through files;
`Organisation.write` leaves the same as YAML files in a folder, as people would write them.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from incidents.catalog.catalog import Catalog
from incidents.catalog.checks import problems_of
from incidents.catalog.files import Document
from incidents.catalog.oncall import read_oncall
from incidents.catalog.services import read_services
from incidents.catalog.settings import read_settings
from incidents.errors import Problem
from incidents.model.services import Services

AROUND = datetime(2026, 11, 18, 9, tzinfo=UTC)
"""The instant around which people stand in for each other: where `world.START` is."""

_GIVEN = "ana bo chen dana eli farah goran hana ivo jo kei lin mia noor omar pia qi rui sara tomo uma vik wen xia yara zoe"  # noqa: E501
_FAMILY = (
    "Duarte Lindqvist Wei Weiss Morgan Rahman Petrov Sato Novak Reyes Haddad Silva Okafor Jensen"
)
_ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata",
    "Asia/Tokyo", "Australia/Sydney", "America/Sao_Paulo", "Pacific/Auckland", "UTC",
)  # fmt: skip
_TEAMS = "otter heron badger lynx falcon marten osprey bison ibex puffin"
_SERVICES = "cart search ledger pricing stock session profile catalog invoice shipping media feed quota report vault"  # noqa: E501
_PARTS = "api worker store gateway index cache stream sync"
# Together they cover the day, and none of these clocks ever changes.
_SUN = (("Asia/Singapore", "08:00-16:00"), ("Africa/Lagos", "09:00-17:00"),
        ("America/Bogota", "11:00-19:00"))  # fmt: skip
_DOMAIN = 40  # services that need each other, and one another's foundations


@dataclass(frozen=True)
class Organisation:
    """Files by their path, each as what its YAML says."""

    files: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def catalog(self) -> Catalog:
        """All of it as one value."""
        services, oncall = (
            read(list(self._in(folder)))
            for read, folder in ((read_services, "services/"), (read_oncall, "oncall/"))
        )
        assert not services.problems, services.problems[:3]
        assert not oncall.problems, oncall.problems[:3]
        return Catalog(
            Services({found.value.name: found.value for found in services.services}),
            {found.value.name: found.value for found in services.teams},
            {found.value.name: found.value for found in oncall.rotations},
            {found.value.handle: found.value for found in services.people},
            read_settings(Document(self.files["warroom.yaml"]), "warroom.yaml"),
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What ``warroom check`` would find; not quick."""
        services = read_services(list(self._in("services/")))
        return problems_of(services, read_oncall(list(self._in("oncall/"))))

    def write(self, folder: Path) -> Path:
        """The same in files. ``folder``, to be read with `load_catalog`."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(_yaml(content)) + "\n", encoding="utf-8")
        return folder

    def _in(self, folder: str) -> Iterator[tuple[str, Document]]:
        for name, content in self.files.items():
            if name.startswith(folder):
                yield name, Document(content)


def organisation(
    services: int = 5_000, teams: int = 300, *, seed: int = 4, around: datetime = AROUND
) -> Organisation:
    """So many services and teams; ``around`` is when stand-ins are on call."""
    chance = random.Random(seed)
    made = [_Made(number, chance, around) for number in range(teams)]
    by_team: dict[str, list[dict[str, Any]]] = {team.name: [] for team in made}
    nobodys: list[dict[str, Any]] = []
    watchful = [team for team in made if team.is_watchful]
    for service in _services(services, chance):
        if service["tier"] == 4 and chance.random() < 0.02:
            nobodys.append(service)
            continue
        owner = chance.choice(watchful if service["tier"] <= 2 else made)
        by_team[owner.name].append({**service, "team": owner.name})
    files: dict[str, dict[str, Any]] = {"warroom.yaml": _settings()}
    for team in made:
        files[f"services/{team.name}.yaml"] = {
            "people": team.people,
            "teams": [team.team(chance.choice(made))],
            "services": by_team[team.name],
        }
        if team.rotations:
            files[f"oncall/{team.name}.yaml"] = {"rotations": team.rotations}
    if nobodys:
        files["services/nobodys.yaml"] = {"services": nobodys}
    return Organisation(files)


class _Made:
    """A team, its people and its rotations."""

    def __init__(self, number: int, chance: random.Random, around: datetime) -> None:
        self.number, self.chance, self.around = number, chance, around
        self.name = f"{_pick(_TEAMS, number)}-{number:03d}"
        self.zone = _ZONES[number % len(_ZONES)]
        given, family = _GIVEN.split(), _FAMILY.split()
        self.people = [
            {
                "handle": f"{(first := chance.choice(given))}{number * 10 + at}",
                "name": f"{first.capitalize()} {chance.choice(family)}",
                "email": f"{first}{number * 10 + at}@example.com",
                "zone": self.zone,
            }
            for at in range(chance.randint(4, 8))
        ]
        self.handles = [person["handle"] for person in self.people]
        kinds = ("weekly", "two", "sun", "office", "none")
        kind = "weekly" if number == 0 else chance.choices(kinds, (60, 15, 15, 6, 4))[0]
        self.is_watchful = kind in {"weekly", "two", "sun"}
        self.rotations: list[dict[str, Any]] = list(getattr(self, f"_{kind}")())

    def team(self, neighbour: "_Made") -> dict[str, Any]:
        """As it stands in a file; the last to be asked is the on-call of a ``neighbour``."""
        path: list[dict[str, Any]] = [{"after": "10m", "people": [self.handles[0]]}]
        if neighbour.rotations and neighbour is not self:
            path.append({"after": "20m", "rotations": [neighbour.rotations[0]["name"]]})
        return {
            "name": self.name,
            "title": self.name.replace("-", " ").title(),
            "lead": self.handles[0],
            "members": self.handles,
            "zone": self.zone,
            "channel": f"team-{self.name}",
            "on_call": [rotation["name"] for rotation in self.rotations],
            "trained": self.handles[1:3] if self.number % 3 == 0 else [],
            "in_training": self.handles[-1:] if self.number % 2 == 0 else [],
            "escalation": path if self.rotations or self.chance.random() < 0.5 else [],
        }

    def _weekly(self) -> Iterator[dict[str, Any]]:
        yield self._rotation(self.name, self.handles[1:])

    def _two(self) -> Iterator[dict[str, Any]]:
        half = len(self.handles) // 2
        yield self._rotation(self.name, self.handles[:half])
        yield self._rotation(f"{self.name}-second", self.handles[half:], length="2w")

    def _sun(self) -> Iterator[dict[str, Any]]:
        for at, (zone, hours) in enumerate(_SUN):
            people = self.handles[at::3]
            yield self._rotation(f"{self.name}-{at}", people, zone=zone, hours=hours)

    def _office(self) -> Iterator[dict[str, Any]]:
        yield self._rotation(self.name, self.handles, hours="09:00-17:00", days="mon-fri")

    def _none(self) -> Iterator[dict[str, Any]]:
        yield from ()

    def _rotation(self, name: str, people: list[str], **more: str) -> dict[str, Any]:
        """Takes turns from a Monday in January on; a third has a stand-in about now."""
        made: dict[str, Any] = {
            "name": name, "people": people, "start": "2026-01-05", "length": "weekly",
            "hand_over": f"monday {self.chance.choice((8, 9, 10)):02d}:00", "zone": self.zone,
        } | more  # fmt: skip
        if self.chance.random() < 0.33:
            start = self.around - timedelta(hours=self.chance.randint(0, 48))
            end = start + timedelta(hours=self.chance.randint(4, 96))
            made["overrides"] = [{
                "from": f"{start:%Y-%m-%dT%H:%M}Z", "to": f"{end:%Y-%m-%dT%H:%M}Z",
                "person": self.chance.choice(self.handles), "because": "swapped",
            }]  # fmt: skip
        return made


def _services(count: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """Each needs only what comes before it, so that nothing goes round in circles."""
    names = [f"{_pick(_SERVICES, at)}-{_pick(_PARTS, at // 7)}-{at:04d}" for at in range(count)]
    foundations = max(count // 100, 1)
    for at, name in enumerate(names):
        start = max(at - at % _DOMAIN, foundations)
        near, base = range(start, at), range(min(foundations, at))
        needs = {chance.choice(near) for _ in range(chance.randint(0, 3)) if near}
        needs |= {chance.choice(base) for _ in range(chance.randint(0, 1)) if base}
        tier = 1 if at < foundations else chance.choices((1, 2, 3, 4), (5, 15, 40, 40))[0]
        yield {
            "name": name,
            "title": name.replace("-", " ").title(),
            "tier": tier,
            "tags": ["http"] if chance.random() < 0.7 else ["batch"],
            "depends_on": [
                names[need] if chance.random() < 0.7 else {names[need]: "soft"}
                for need in sorted(needs)
            ],
            "runbooks": [{"name": "Runbook", "url": f"https://runbooks.example.com/{name}"}],
        }


def _settings() -> dict[str, Any]:
    return {
        "name": "Example Group",
        "severities": {
            "sev1": {"roles": ["commander", "deputy", "comms", "scribe"]},
            "sev2": {"roles": ["commander", "comms"]},
        },
    }


def _pick(words: str, at: int) -> str:
    found = words.split()
    return found[at % len(found)]


_PLAIN = re.compile(r"[A-Za-z@/+][A-Za-z0-9 @/.+_-]*|[0-9][0-9-]*[a-zA-Z][a-zA-Z0-9]*|[0-9]+")


def _yaml(value: Any, indent: str = "") -> Iterator[str]:
    """In blocks, the way people write it: mappings and lists of mappings, one key a line."""
    for key, inside in value.items():
        if isinstance(inside, list) and any(isinstance(one, dict) for one in inside):
            yield f"{indent}{key}:"
            for one in inside:
                if not isinstance(one, dict):
                    yield f"{indent}  - {_scalar(one)}"
                    continue
                first, *rest = _yaml(one, f"{indent}    ")
                yield f"{indent}  - {first.lstrip()}"
                yield from rest
        elif isinstance(inside, list):
            yield f"{indent}{key}: [{', '.join(_scalar(one) for one in inside)}]"
        elif isinstance(inside, dict):
            yield f"{indent}{key}:"
            yield from _yaml(inside, f"{indent}  ")
        else:
            yield f"{indent}{key}: {_scalar(inside)}"


def _scalar(value: Any) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) or isinstance(value, int) else f'"{text}"'
