"""Backstage: ``catalog-info.yaml``, several entities in a file, each naming others by reference.

References are ``[kind:][namespace/]name`` (backstage.io, "Entity References"). Components and
resources become services, groups become teams, users people; an API joins whoever consumes it to
whoever provides it. Libraries and documentation cannot fail at night and are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from incidents.catalog.imports.entries import (
    Entry,
    Imported,
    documents,
    lifecycle_of,
    line,
    links_of,
    mapping,
    mappings,
    put,
    slug,
    tier_of,
    words,
)

FILES = ("catalog-info*.yaml", "catalog-info*.yml", "*.backstage.yaml")
_NOT_RUNNING = {"library", "documentation", "package", "template"}
_GROUPS = {"group", "user"}
_THINGS = {"component", "resource"}

Reference = tuple[str, str, str]
"""Kind, namespace and name, in lower case, for they are compared without regard to it."""


@dataclass(slots=True)
class _Reading:
    """What has been read, and the references that wait for the rest."""

    imported: Imported = field(default_factory=Imported)
    names: dict[Reference, str] = field(default_factory=dict)  # of services, as we call them
    needs: list[tuple[str, Reference, str]] = field(default_factory=list)  # who, what, how it says
    providers: dict[Reference, list[str]] = field(default_factory=dict)
    consumers: list[tuple[str, Reference]] = field(default_factory=list)
    needed_by: list[tuple[str, Reference]] = field(default_factory=list)
    members: list[tuple[str, str]] = field(default_factory=list)  # team, person


def read_backstage(root: Path) -> Imported:
    """Everything below ``root``, or in that file. Raises `Refused` if there is nothing."""
    reading = _Reading()
    for where, document in documents(root, FILES, reading.imported):
        kind = str(document.get("kind") or "").lower()
        if kind in _READERS and isinstance(document.get("metadata"), dict):
            _READERS[kind](reading, document, where)
        elif kind not in {"api", "system", "domain", "location", "template"}:
            reading.imported.remarks.append(f"{where}: no entity of Backstage, left out")
    _join(reading)
    return reading.imported


def reference(written: str, kind: str, namespace: str = "default") -> Reference:
    """``component:default/pay``, ``default/pay`` or ``pay``; what is not written is given."""
    before, colon, rest = written.strip().lower().rpartition(":")
    place, slash, name = rest.rpartition("/")
    return (before if colon else kind), (place if slash else namespace), name


def _own(document: Mapping[str, Any], kind: str) -> Reference:
    metadata = mapping(document["metadata"])
    namespace = str(metadata.get("namespace") or "default").lower()
    return kind, namespace, str(metadata.get("name") or "").lower()


def _thing(reading: _Reading, document: Mapping[str, Any], where: str) -> None:
    """A component or a resource."""
    metadata, spec = mapping(document["metadata"]), mapping(document.get("spec"))
    kind = str(document["kind"]).lower()
    own = _own(document, kind)
    if str(spec.get("type") or "").lower() in _NOT_RUNNING:
        reading.imported.remarks.append(f"{where}: {own[2]} is a {spec['type']}, left out")
        return
    name = slug(own[2])
    if name in reading.imported.services and own[1] != "default":
        name = slug(f"{own[1]}-{own[2]}")
    if not reading.imported.add(_entry(name, metadata, spec, kind), where):
        return
    reading.names[own] = name
    namespace = own[1]
    for written in words(spec.get("dependsOn")):
        reading.needs.append((name, reference(written, "component", namespace), written))
    for written in words(spec.get("dependencyOf")):
        reading.needed_by.append((name, reference(written, "component", namespace)))
    for written in words(spec.get("providesApis")):
        reading.providers.setdefault(reference(written, "api", namespace), []).append(name)
    for written in words(spec.get("consumesApis")):
        reading.consumers.append((name, reference(written, "api", namespace)))


def _entry(name: str, metadata: Mapping[str, Any], spec: Mapping[str, Any], kind: str) -> Entry:
    owner = reference(str(spec.get("owner") or ""), "group")
    told = [*_labelled(metadata), spec.get("tier")]
    told += [one for one in words(metadata.get("tags")) if "tier" in one.lower()]
    links = links_of(mappings(metadata.get("links")), name="title", kind="type")
    tags = [*words(metadata.get("tags")), *([kind] if kind == "resource" else [])]
    tags += words(spec.get("system"))
    return put(
        {"name": name},
        title=line(metadata.get("title")),
        tier=next((tier for word in told if (tier := tier_of(word)) is not None), None),
        team=slug(owner[2]) if owner[0] == "group" else "",
        lifecycle=lifecycle_of(spec.get("lifecycle")),
        tags=sorted({slug(one) for one in tags} - {""}),
        description=str(metadata.get("description") or "").strip(),
        **links,
    )


def _labelled(metadata: Mapping[str, Any]) -> Iterator[object]:
    """Values of labels and annotations whose name says that they are a tier."""
    for key in ("labels", "annotations"):
        for name, value in mapping(metadata.get(key)).items():
            if str(name).lower().rpartition("/")[2] in {"tier", "service-tier", "criticality"}:
                yield value


def _group(reading: _Reading, document: Mapping[str, Any], where: str) -> None:
    metadata, spec = mapping(document["metadata"]), mapping(document.get("spec"))
    name = slug(_own(document, "group")[2])
    if not name or name in reading.imported.teams:
        reading.imported.remarks.append(f"{where}: there is another team {name}, left out")
        return
    title = line(mapping(spec.get("profile")).get("displayName") or metadata.get("title"))
    reading.imported.teams[name] = put({"name": name}, title=title)
    for written in words(spec.get("members")):
        reading.members.append((name, slug(reference(written, "user")[2])))


def _user(reading: _Reading, document: Mapping[str, Any], where: str) -> None:
    del where
    spec = mapping(document.get("spec"))
    profile = mapping(spec.get("profile"))
    handle = slug(_own(document, "user")[2])
    if handle:
        email, name = line(profile.get("email")), line(profile.get("displayName"))
        reading.imported.people[handle] = put({"handle": handle}, name=name, email=email)
    for written in words(spec.get("memberOf")):
        reading.members.append((slug(reference(written, "group")[2]), handle))


_READERS = {"component": _thing, "resource": _thing, "group": _group, "user": _user}


def _join(reading: _Reading) -> None:
    """References to names, now that all names are known."""
    for name, target in _dependencies(reading):
        needs = reading.imported.services[name].setdefault("depends_on", [])
        if target != name and target not in needs:
            needs.append(target)
    for team, person in reading.members:
        entry = reading.imported.teams.setdefault(team, {"name": team}) if team else {}
        members = entry.setdefault("members", [])
        if person and person not in members:
            members.append(person)


def _dependencies(reading: _Reading) -> Iterator[tuple[str, str]]:
    """Who depends on whom, by name: what nobody here is called may be a service of people's own."""
    for name, wanted, written in reading.needs:
        if wanted in reading.names:
            yield name, reading.names[wanted]
        elif wanted[0] == "api":
            yield from ((name, one) for one in reading.providers.get(wanted, ()))
        elif wanted[0] in _THINGS:
            yield name, slug(wanted[2])
        else:
            remark = f"{name} depends on {written}, which is not a service: left out"
            reading.imported.remarks.append(remark)
    for name, wanted in reading.needed_by:
        if wanted in reading.names:
            yield reading.names[wanted], name
    for name, wanted in reading.consumers:
        yield from ((name, provider) for provider in reading.providers.get(wanted, ()))
