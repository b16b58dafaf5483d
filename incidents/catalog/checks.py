"""What only shows when all files are read together: names nobody has, cycles, gaps, no owner."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from itertools import chain
from typing import TypeVar
from zoneinfo import ZoneInfo

from incidents.catalog import oncall as oncall_files
from incidents.catalog import services as services_files
from incidents.catalog.files import Document, problem_at
from incidents.catalog.settings import Settings
from incidents.catalog.values import Found
from incidents.catalog.vendors import Listed
from incidents.errors import Problem
from incidents.model.oncall import Rotation, gaps
from incidents.model.services import Service, Team, hard_cycles
from incidents.model.windows import Window
from incidents.model.workdays import say_moment

_NEEDS_OWNER = 1  # services up to this tier must have one
_NEEDS_ON_CALL = 2  # services up to this tier must reach somebody at any hour
_A_YEAR = timedelta(days=365)
_FEW_NAMES = 300  # more are not all compared with a name that is written wrong
_UTC = ZoneInfo("UTC")

NamedT = TypeVar("NamedT", Service, Team, Rotation, Listed, Window)


def problems_of(services: services_files.Read, oncall: oncall_files.Read) -> tuple[Problem, ...]:
    """Every problem that takes more than one file, or more than one entry, to see."""
    known = _Known(services, oncall)
    return tuple(
        chain(
            twice(services.services, "service"),
            twice(services.teams, "team"),
            twice(oncall.rotations, "rotation"),
            _aliases(services.services),
            chain.from_iterable(known.in_service(found) for found in services.services),
            chain.from_iterable(known.in_team(found) for found in services.teams),
            chain.from_iterable(known.in_rotation(found) for found in oncall.rotations),
            _cycles(services.services),
            _gaps(services, oncall),
        )
    )


def settings_problems(
    settings: Settings, document: Document, file: str, services: services_files.Read
) -> Iterator[Problem]:
    """Names in the settings that nobody has, so that nobody would be asked or have rights."""
    yield from _access_problems(settings, document, file, services)
    teams = {str(found.value.name) for found in services.teams} | services.unread
    for role, name in settings.role_teams.items():
        if name not in teams:
            yield problem_at(document, file, ("role_teams", role), *unknown("team", name, teams))
    known = {str(found.value.name) for found in services.services} | services.unread
    for gated in settings.gate.services:
        if gated not in known:
            place = ("gate", "services", gated)
            yield problem_at(document, file, place, *unknown("service", gated, known))


def _access_problems(
    settings: Settings, document: Document, file: str, services: services_files.Read
) -> Iterator[Problem]:
    """Names under ``access`` that are neither a person's nor a team's: nobody would have rights."""
    people = {str(found.value.handle) for found in services.people}
    people |= {str(handle) for found in services.teams for handle in found.value.members}
    known = people | {str(found.value.name) for found in services.teams} | services.unread
    listed = {"security": settings.access.security, "admins": settings.access.admins}
    for key, names in listed.items():
        for number, name in enumerate(names):
            if name not in known and "@" not in name:  # an address is known to Slack alone
                what, expected = unknown("person or team", name, known)
                yield problem_at(document, file, ("access", key, number), what, expected)


class _Known:
    """The names there are, and complaints about names there are not."""

    def __init__(self, services: services_files.Read, oncall: oncall_files.Read) -> None:
        unread = services.unread | oncall.unread
        self.services = {found.value.name for found in services.services} | unread
        self.teams = {found.value.name for found in services.teams} | unread
        self.rotations = {found.value.name for found in oncall.rotations} | unread
        listed = {found.value.handle for found in services.people}
        members = {handle for found in services.teams for handle in found.value.members}
        self.people = (listed or members) | unread
        self.anybody = listed | members | unread

    def in_service(self, found: Found[Service]) -> Iterator[Problem]:
        service = found.value
        team = (service.team,) if service.team else ()
        yield from _missing(found, "team", team, self.teams, "team")
        if service.team is None and service.tier <= _NEEDS_OWNER:
            what = f"{service.name} is tier {service.tier} and nobody owns it"
            yield found.problem(what, "a team")
        for number, need in enumerate(service.depends_on):
            place = ("depends_on", number)
            if need.on == service.name:
                yield found.problem(f"{service.name} depends on itself", "another service", *place)
            elif need.on not in self.services:
                yield found.problem(*unknown("service", need.on, self.services), *place)

    def in_team(self, found: Found[Team]) -> Iterator[Problem]:
        team = found.value
        lead = (team.lead,) if team.lead else ()
        yield from _missing(found, "person", team.members, self.people, "members")
        yield from _missing(found, "person", lead, self.anybody, "lead")
        yield from _missing(found, "rotation", team.on_call, self.rotations, "on_call")
        yield from _missing(found, "person", team.trained, self.anybody, "trained")
        yield from _missing(found, "person", team.in_training, self.anybody, "in_training")
        for number, handle in enumerate(team.in_training):
            if handle in team.trained:
                what = f"{handle} is both trained and in training"
                yield found.problem(what, "one of the two", "in_training", number)
        for number, hop in enumerate(team.escalation):
            place = ("escalation", number)
            if not hop.people and not hop.rotations:
                yield found.problem("this step asks nobody", "people or rotations", *place)
            yield from _missing(found, "person", hop.people, self.anybody, *place, "people")
            where = (*place, "rotations")
            yield from _missing(found, "rotation", hop.rotations, self.rotations, *where)

    def in_rotation(self, found: Found[Rotation]) -> Iterator[Problem]:
        yield from _missing(found, "person", found.value.people, self.anybody, "people")
        for number, layer in enumerate(found.value.layers):
            place = ("layers", number, "people")
            yield from _missing(found, "person", layer.people, self.anybody, *place)
        for number, override in enumerate(found.value.overrides):
            stand_in = (override.person,)
            yield from _missing(found, "person", stand_in, self.anybody, "overrides", number)


def _missing(
    found: Found[Service] | Found[Team] | Found[Rotation],
    kind: str,
    names: Iterable[str],
    known: Collection[str],
    *place: str | int,
) -> Iterator[Problem]:
    """A problem for each of ``names`` that nothing is called, at its place in the list there."""
    for number, name in enumerate(names):
        if name not in known:
            yield found.problem(*unknown(kind, name, known), *place, number)


def unknown(kind: str, name: str, known: Collection[str]) -> tuple[str, str]:
    """What is said of a name that nothing is called, and the nearest one that something is."""
    near = get_close_matches(name, sorted(_alike(name, known)), n=1)
    return f"there is no {kind} called {name}", f"{near[0]}, perhaps" if near else f"a known {kind}"


def _alike(name: str, known: Collection[str]) -> Collection[str]:
    """Of very many names those that are worth a close look, which takes its time.

    A slip of the finger leaves one half of a name as it is.
    """
    if len(known) <= _FEW_NAMES:
        return known
    half = len(name) // 2
    first, last = name[:half], name[half + 1 :]
    return [one for one in known if one.startswith(first) or one.endswith(last)]


def twice(all_found: Sequence[Found[NamedT]], kind: str) -> Iterator[Problem]:
    """A problem for each that is called like one before it."""
    first: dict[str, Found[NamedT]] = {}
    for found in all_found:
        earlier = first.setdefault(found.value.name, found)
        if earlier is not found:
            what = f"there is another {kind} called {found.value.name}, in {earlier.file}"
            yield found.problem(what, "a name of its own", "name")


def _aliases(all_found: Sequence[Found[Service]]) -> Iterator[Problem]:
    names: dict[str, str] = {found.value.name: found.value.name for found in all_found}
    for found in all_found:
        for number, alias in enumerate(found.value.aliases):
            owner = names.setdefault(alias, found.value.name)
            if owner != found.value.name:
                what = f"{alias} already means {owner}"
                yield found.problem(what, "an alias of its own", "aliases", number)


def _cycles(all_found: Sequence[Found[Service]]) -> Iterator[Problem]:
    places = {found.value.name: found for found in all_found}
    for cycle in hard_cycles(found.value for found in all_found):
        found = places[cycle[0]]
        if len(set(cycle)) == 1:  # reported as a dependency on itself
            continue
        needs = [need.on for need in found.value.depends_on]
        what = f"these need each other: {' → '.join(cycle)}"
        place = ("depends_on", needs.index(cycle[1]))
        yield found.problem(what, "a chain that ends; one of them may be soft", *place)


def _gaps(services: services_files.Read, oncall: oncall_files.Read) -> Iterator[Problem]:
    """Teams with important services that at some hour reach nobody on call."""
    rotations = {found.value.name: found.value for found in oncall.rotations}
    important: dict[str, Service] = {}
    for each in services.services:
        if each.value.team and each.value.tier <= _NEEDS_ON_CALL:
            important.setdefault(each.value.team, each.value)
    for found in services.teams:
        service = important.get(found.value.name)
        if service is None:
            continue
        why = f"owns {service.name} (tier {service.tier})"
        if not found.value.on_call:
            yield found.problem(f"{found.value.name} {why} and has no on-call", "on_call")
            continue
        own = [rotations[name] for name in found.value.on_call if name in rotations]
        if len(own) == len(found.value.on_call) and (hole := _first_gap(own)):
            start, end, more = hole
            span = f"from {_say(start)} to {_say(end)}" if end else f"from {_say(start)} on"
            again = f", and {more} more times within a year" if more else ""
            what = f"{found.value.name} {why}, but nobody is on call {span}{again}"
            yield found.problem(what, "somebody at any hour", "on_call")


def _first_gap(own: Sequence[Rotation]) -> tuple[datetime, datetime | None, int] | None:
    """The first hole in the year after all have begun, and how many follow.

    The end of a hole is None if it lasts to the end of that year.
    """
    layers = [layer for one in own for layer in one.layers or (one,)]
    if any(one.feed or (one.coverage.is_always and one.until is None) for one in layers):
        return None  # what a feed plans is not in the files: warroom oncall gaps
    start = datetime.combine(max(one.start for one in layers), time(12), UTC) + timedelta(days=1)
    end = start + _A_YEAR
    holes = gaps(own, start, end)
    if not holes:
        return None
    first = holes[0]
    return first[0], None if first[1] >= end else first[1], len(holes) - 1


def _say(at: datetime) -> str:
    return say_moment(at, _UTC)
