"""``services/*.yaml``: services, the teams that own them, and the people in the teams.

A file may hold one service, or lists under ``services:``, ``teams:`` and ``people:``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from incidents.catalog.files import Document, Strict, read_as
from incidents.catalog.paging import WayText
from incidents.catalog.values import (
    Duration,
    Found,
    HandleText,
    Line,
    LinkText,
    Weekdays,
    Word,
    WorkingSpan,
    Zone,
    fault,
    words,
)
from incidents.errors import Misconfigured, Problem
from incidents.model.escalation import Hop
from incidents.model.ids import ServiceName, TeamName
from incidents.model.oncall import Handle, RotationName
from incidents.model.paging import Way
from incidents.model.services import Dependency, Lifecycle, Link, Service, Team
from incidents.model.strength import Strength
from incidents.model.vendors import Reliance, VendorName
from incidents.model.workdays import OFFICE, WorkingHours


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the configuration knows them; Slack knows the rest."""

    handle: Handle
    name: str = ""
    email: str = ""
    zone: str = "UTC"
    phone: str = ""
    paging: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """Everything the files say, each thing with its place, and what is wrong with them."""

    services: tuple[Found[Service], ...] = ()
    teams: tuple[Found[Team], ...] = ()
    people: tuple[Found[Member], ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: frozenset[str] = frozenset()  # words in what could not be read: not to be missed


def read_need(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    """``payments`` needs it, ``search: soft`` can do without."""
    if isinstance(written, str):
        return {"on": written, "strength": "hard"}
    if isinstance(written, dict) and len(written) == 1:
        ((name, strength),) = written.items()
        if strength in list(Strength):
            return {"on": name, "strength": strength}
    raise fault("this is not a dependency", "a name, or one with a strength: “search: soft”")


def _one_or_many(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    return [written] if isinstance(written, str) else written


class _LinkFile(Strict):
    name: Line
    url: LinkText
    reviewed: date | None = None


class NeedFile(Strict):
    """Something that is needed, and how much."""

    on: Word
    strength: Literal["hard", "soft"]


Need = Annotated[NeedFile, BeforeValidator(read_need)]


class _ServiceFile(Strict):
    name: Word
    title: Line | None = None
    tier: Annotated[int, Field(ge=1, le=4)]
    team: Word | None = None
    lifecycle: Lifecycle = Lifecycle.PRODUCTION
    depends_on: tuple[Need, ...] = ()
    vendors: tuple[Need, ...] = ()
    customers: Annotated[tuple[Line, ...], BeforeValidator(_one_or_many)] = ()
    redundancy: str = ""
    tags: tuple[Word, ...] = ()
    runbooks: tuple[_LinkFile, ...] = ()
    dashboards: tuple[_LinkFile, ...] = ()
    channel: str = ""
    description: str = ""
    aliases: tuple[Word, ...] = ()


class _HopFile(Strict):
    after: Duration
    people: tuple[HandleText, ...] = ()
    rotations: tuple[Word, ...] = ()
    up_to_tier: Annotated[int, Field(ge=1, le=4)] = 4


class _TeamFile(Strict):
    name: Word
    title: Line | None = None
    members: tuple[HandleText, ...] = ()
    lead: HandleText | None = None
    on_call: Annotated[tuple[Word, ...], BeforeValidator(_one_or_many)] = ()
    escalation: tuple[_HopFile, ...] = ()
    paging: tuple[WayText, ...] = ()
    working_hours: WorkingSpan = (OFFICE.start, OFFICE.end)
    working_days: Weekdays = OFFICE.days
    zone: Zone = "UTC"
    channel: str = ""
    trained: tuple[HandleText, ...] = ()
    in_training: tuple[HandleText, ...] = ()


class _PersonFile(Strict):
    handle: HandleText
    name: Line | None = None
    email: str = ""
    phone: Annotated[str, Field(pattern=r"^\+?[0-9 ()./-]{3,40}$")] | Literal[""] = ""
    zone: Zone = "UTC"
    paging: tuple[WayText, ...] = ()


class _Lists(Strict):
    services: tuple[_ServiceFile, ...] = ()
    teams: tuple[_TeamFile, ...] = ()
    people: tuple[_PersonFile, ...] = ()


def read_services(documents: Sequence[tuple[str, Document]]) -> Read:
    """What ``documents``, each with its file's name, say. Nothing is looked up across files yet."""
    whole = Read()
    for file, document in documents:
        try:
            part = _read(file, document)
        except Misconfigured as error:
            part = Read(problems=error.problems, unread=words(document))
        whole = Read(
            whole.services + part.services,
            whole.teams + part.teams,
            whole.people + part.people,
            whole.problems + part.problems,
            whole.unread | part.unread,
        )
    return whole


def _read(file: str, document: Document) -> Read:
    if not {"services", "teams", "people"} & document.keys():
        alone = read_as(document, file, _ServiceFile)
        return Read(services=(Found(_service(alone), document, file, ()),))
    lists = read_as(document, file, _Lists)

    def at(section: str, number: int) -> tuple[Document, str, tuple[str | int, ...]]:
        return document, file, (section, number)

    return Read(
        tuple(Found(_service(one), *at("services", n)) for n, one in enumerate(lists.services)),
        tuple(Found(_team(one), *at("teams", n)) for n, one in enumerate(lists.teams)),
        tuple(Found(_member(one), *at("people", n)) for n, one in enumerate(lists.people)),
    )


def _service(written: _ServiceFile) -> Service:
    return Service(
        name=ServiceName(written.name),
        title=written.title or written.name,
        tier=written.tier,
        team=TeamName(written.team) if written.team else None,
        depends_on=tuple(
            Dependency(ServiceName(each.on), Strength(each.strength)) for each in written.depends_on
        ),
        tags=written.tags,
        runbooks=_links(written.runbooks),
        dashboards=_links(written.dashboards),
        channel=written.channel.removeprefix("#"),
        description=written.description.strip(),
        aliases=written.aliases,
        lifecycle=written.lifecycle,
        vendors=tuple(
            Reliance(VendorName(each.on), Strength(each.strength)) for each in written.vendors
        ),
        customers=written.customers,
        redundancy=written.redundancy.strip(),
    )


def _links(written: tuple[_LinkFile, ...]) -> tuple[Link, ...]:
    return tuple(Link(each.name, each.url, each.reviewed) for each in written)


def _team(written: _TeamFile) -> Team:
    start, end = written.working_hours
    return Team(
        name=TeamName(written.name),
        title=written.title or written.name,
        members=tuple(Handle(each) for each in written.members),
        lead=Handle(written.lead) if written.lead else None,
        on_call=tuple(RotationName(each) for each in written.on_call),
        escalation=tuple(_hop(each) for each in written.escalation),
        paging=written.paging,
        hours=WorkingHours(start, end, written.working_days),
        zone=written.zone,
        channel=written.channel.removeprefix("#"),
        trained=tuple(Handle(each) for each in written.trained),
        in_training=tuple(Handle(each) for each in written.in_training),
    )


def _hop(written: _HopFile) -> Hop:
    people = tuple(Handle(each) for each in written.people)
    rotations = tuple(RotationName(each) for each in written.rotations)
    return Hop(written.after, people, rotations, written.up_to_tier)


def _member(written: _PersonFile) -> Member:
    handle = Handle(written.handle)
    name = written.name or written.handle
    return Member(handle, name, written.email, written.zone, written.phone, paging=written.paging)
