"""What an import would do: one file of its own, written anew; everything else is left alone.

The file carries a seal, so that a change by hand in it is seen and not lost. What people wrote in
files of their own always wins, and where the source says something else, the plan says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from incidents.catalog import nodes
from incidents.catalog import services as services_files
from incidents.catalog.catalog import problems_with, services_without
from incidents.catalog.imports import sealed
from incidents.catalog.imports.entries import Entry, Imported
from incidents.catalog.values import Found
from incidents.errors import Problem
from incidents.model.ids import ServiceName
from incidents.model.services import Dependency, Service, hard_cycles

_ORDER = (
    "handle", "name", "title", "tier", "team", "lifecycle", "description", "email", "members",
    "aliases", "tags", "depends_on", "channel", "runbooks", "dashboards",
)  # fmt: skip
_TOLD = ("tier", "team", "lifecycle")


@dataclass(frozen=True, slots=True)
class Plan:
    """``file`` would change from ``before`` to ``after``; both are empty where it is not there.

    ``left_alone`` says of services that stand in files of people's own what the source says
    otherwise. ``problems`` are what `warroom check` would find. ``is_changed`` is a file that
    somebody changed by hand since the last import, or wrote. ``lost`` is what stands in the source
    and could not be carried over: whole SLOs, or with a warning only parts of them.
    """

    file: str
    before: str
    after: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    left_alone: tuple[str, ...]
    remarks: tuple[str, ...]
    problems: tuple[Problem, ...]
    is_changed: bool
    lost: tuple[Problem, ...] = ()

    @property
    def diff(self) -> str:
        """The change as a unified diff; empty if there is none."""
        return sealed.diff(self.before, self.after, self.file)


def plan(source: str, imported: Imported, folder: Path, *, tier: int) -> Plan:
    """What importing from ``source`` into the configuration in ``folder`` would do.

    ``tier`` is that of services for which the source has none. Raises `Misconfigured` if a file
    about services cannot be read: nobody knows what stands in it.
    """
    file = f"services/imported-{source}.yaml"
    path = folder / file
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    own = services_without(folder, file)
    remarks = list(imported.remarks)
    left_alone = _left_alone(source, imported, own)
    wanted = _settled(imported, own, tier, remarks)
    after = _text(source, wanted)
    old, new = _by_name(before), _by_name(after)
    return Plan(
        file=file,
        before=before,
        after=after,
        added=tuple(name for name in new if name not in old),
        changed=tuple(name for name in new if name in old and new[name] != old[name]),
        removed=tuple(name for name in old if name not in new),
        left_alone=left_alone,
        remarks=tuple(dict.fromkeys(remarks)),
        problems=problems_with(folder, {file: after.encode()} if after else {}),
        is_changed=bool(before) and not sealed.is_sealed(before),
    )


def write(planned: Plan, folder: Path) -> None:
    """Do what was planned: the file is whole or as it was."""
    sealed.write(folder / planned.file, planned.after)


def _left_alone(source: str, imported: Imported, own: services_files.Read) -> tuple[str, ...]:
    """Services in files of people's own, with what is said otherwise of them."""
    known = _owners(own)
    told: list[str] = []
    for name, entry in sorted(imported.services.items()):
        found = known.get(name)
        if found is None:
            continue
        at = found.problem("")
        other = [f"{key} {entry[key]}" for key in _TOLD if _differs(found.value, entry, key)]
        needs = {str(need.on) for need in found.value.depends_on}
        more = [one for one in entry.get("depends_on", ()) if one not in needs]
        other += [f"that it depends on {', '.join(more)}"] if more else []
        says = f"; {source} says {', '.join(other)}" if other else ""
        told.append(f"{name} stands in {at.file}:{at.line}{says}")
    return tuple(told)


def _differs(service: Service, entry: Entry, key: str) -> bool:
    said = entry.get(key)
    return said is not None and str(said) != str(getattr(service, key))


def _owners(own: services_files.Read) -> dict[str, Found[Service]]:
    """Who goes by a name or an alias already."""
    found: dict[str, Found[Service]] = {}
    for one in own.services:
        for alias in one.value.aliases:
            found.setdefault(alias, one)
    return found | {str(one.value.name): one for one in own.services}


def _settled(
    imported: Imported, own: services_files.Read, tier: int, remarks: list[str]
) -> Mapping[str, list[Entry]]:
    """The entries that are written, with nothing in them that leads nowhere."""
    known = _owners(own)
    services = {
        name: dict(one) for name, one in sorted(imported.services.items()) if name not in known
    }
    untold = [one for one in services.values() if "tier" not in one]
    for one in untold:
        one["tier"] = tier
    if untold:
        remarks.append(f"{_count(len(untold))} without a tier: tier {tier} until you know better")
    _name_apart(services, known, remarks)
    _lead_somewhere(services, known, remarks)
    _break_circles(services, own, remarks)
    teams = _teams(imported, services, own)
    people = _people(imported, teams, own, remarks)
    for one in services.values():
        if one.get("lifecycle") == "production":
            del one["lifecycle"]
        if one.get("title") == one["name"]:
            del one["title"]
    return {"people": people, "teams": teams, "services": list(services.values())}


def _name_apart(
    services: dict[str, Entry], known: Mapping[str, object], remarks: list[str]
) -> None:
    """Aliases that mean something else already are left out."""
    taken = {*services, *known}
    for name, one in services.items():
        wanted = one.pop("aliases", ())
        aliases = [alias for alias in wanted if alias not in taken]
        taken.update(aliases)
        if aliases:
            one["aliases"] = aliases
        lost = (alias for alias in wanted if alias not in aliases)
        remarks += [f"{name}: {alias} means something else already, left out" for alias in lost]


def _lead_somewhere(
    services: dict[str, Entry], known: Mapping[str, Found[Service]], remarks: list[str]
) -> None:
    """Dependencies by the names that services have here; those on nothing are left out."""
    aliases = {alias: name for name, one in services.items() for alias in one.get("aliases", ())}
    for name, one in services.items():
        needs: list[Any] = []
        for written in one.pop("depends_on", ()):
            own = known.get(written)
            there = str(own.value.name) if own else aliases.get(written, written)
            if own is None and there not in services:
                remarks.append(f"{name} depends on {written}, which is nowhere: left out")
            elif there not in needs and there != name:
                needs.append(there)
        if needs:
            one["depends_on"] = needs


def _break_circles(
    services: dict[str, Entry], own: services_files.Read, remarks: list[str]
) -> None:
    """Somewhere in a circle a dependency must be soft; which one, only people know."""
    while True:
        graph = [*(one.value for one in own.services), *map(_service, services.values())]
        chains = hard_cycles(graph)
        broken = False
        for chain in chains:
            for one, needed in pairwise(chain):
                if one in services and needed in services[one].get("depends_on", ()):
                    needs = services[one]["depends_on"]
                    needs[needs.index(needed)] = {str(needed): "soft"}
                    circle = " → ".join(chain)
                    remarks.append(f"{circle} is a circle: {one} needs {needed} only softly now")
                    broken = True
                    break
        if not broken:
            return


def _service(entry: Entry) -> Service:
    needs = (one for one in entry.get("depends_on", ()) if isinstance(one, str))
    depends = tuple(Dependency(ServiceName(one)) for one in needs)
    name = ServiceName(entry["name"])
    return Service(name, name, entry["tier"], depends_on=depends)


def _teams(
    imported: Imported, services: Mapping[str, Entry], own: services_files.Read
) -> list[Entry]:
    """Those of the source, and those that it only names as owners."""
    known = {str(found.value.name) for found in own.teams}
    owners = {one["team"] for one in services.values() if "team" in one}
    teams = {name: {"name": name} for name in owners} | imported.teams
    return [dict(teams[name]) for name in sorted(teams) if name not in known]


def _people(
    imported: Imported, teams: Iterable[Entry], own: services_files.Read, remarks: list[str]
) -> list[Entry]:
    """Whoever is in the teams. With one person listed all must be, so it is all or none."""
    known = {str(found.value.handle) for found in own.people}
    own_members = {str(one) for found in own.teams for one in found.value.members}
    if own_members - known:
        if imported.people:
            remarks.append("your own teams have members who are not under people: no people taken")
        return []
    members = {one for team in teams for one in team.get("members", ())}
    if not imported.people and not known:
        return []
    people = {one: {"handle": one} for one in members} | imported.people
    return [dict(people[one]) for one in sorted(people) if one not in known]


def _text(source: str, wanted: Mapping[str, list[Entry]]) -> str:
    """The file; empty if there is nothing to be written."""
    filled = {key: [_in_order(one) for one in many] for key, many in wanted.items() if many}
    if not filled:
        return ""
    heading = (
        f"# Written by `warroom catalog import {source}`, and written anew by the next import.\n"
        "# To have the last word about a service, move it into a file of your own: what stands\n"
        "# there is left alone.\n"
    )
    return sealed.sealed(heading, sealed.dumped(filled, flow=None))


def _in_order(entry: Entry) -> Entry:
    return {key: entry[key] for key in _ORDER if key in entry}


def _by_name(text: str) -> dict[str, Any]:
    """Services and teams in a file; nothing if somebody broke it."""
    try:
        read = nodes.read(text)
    except (ValueError, yaml.YAMLError, nodes.YAMLError):
        return {}
    found: dict[str, Any] = {}
    for document in read:
        for kind in ("services", "teams"):
            listed = document.get(kind) if isinstance(document, dict) else None
            for one in listed if isinstance(listed, list) else ():
                if isinstance(one, dict) and "name" in one:
                    found[f"{kind.removesuffix('s')} {one['name']}"] = one
    return found


def _count(number: int) -> str:
    return f"{number} service" if number == 1 else f"{number} services"
