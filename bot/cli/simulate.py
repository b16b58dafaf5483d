"""``warroom incident simulate``: who would be asked, before anything happens. Writes nothing."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import common
from bot.cli.common import AsJson
from incidents.errors import Refused

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from incidents.actions.desk import Desk
    from incidents.queries.simulating import Case, Foreseen


def simulate(  # noqa: PLR0913, PLR0917 (one for each option)
    services: Annotated[
        list[str] | None, typer.Argument(help="What fails; none: each by itself.")
    ] = None,
    severity: Annotated[
        str, typer.Option(help="sev1 to sev4; without it, what the tier asks for.")
    ] = "",
    alert: Annotated[
        Path | None, typer.Option(help="A webhook's body: each alert that fires.")
    ] = None,
    source: Annotated[
        str, typer.Option(help="Whose webhook: alertmanager, grafana, generic.")
    ] = "alertmanager",
    at: Annotated[
        str, typer.Option(help="2026-11-21T03:00Z, or friday 9:00 (UTC); without it, now.")
    ] = "",
    config: Annotated[Path | None, typer.Option(help="Instead of WARROOM_CONFIG_DIR.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="Another configuration: show what differs.")
    ] = None,
    record: Annotated[
        bool, typer.Option(help="Count load, rest and turn, from the database.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Who would be asked to command, why, why not the others, and who next; who would support.

    Writes nothing.

    Exit 1 if nobody would be asked, or with --against if the two configurations differ.
    Example: warroom incident simulate checkout payments --severity sev1 --at 2026-12-25T03:00Z
    """
    moment = common.moment(at, common.now()) if at else common.now()
    with _desk(config, record=record) as (desk, connection, note):
        cases = _cases(desk, services or [], severity, alert, source)
        found = _foresee(desk, connection, cases, moment)
        if against is not None:
            with _desk(against, record=record) as (other, others, _):
                theirs = _foresee(other, others, _known_in(other, cases), moment)
            sys.exit(_show_differences(found, theirs, as_json=as_json))
    _show(found, moment, note, as_json=as_json)
    if any(not one.turns and not one.case.quiet for one in found):
        sys.exit(1)


@contextmanager
def _desk(config: Path | None, *, record: bool) -> "Iterator[tuple[Desk, Connection | None, str]]":
    """A configuration, and the record if it is there as it is: no database is made or changed."""
    from bot.app import read_configuration
    from incidents.actions.desk import Desk
    from incidents.store import host, migrate
    from incidents.store.engine import Store

    settings = common.settings()
    read = read_configuration(config or settings.warroom_config_dir)
    store = Store(settings.warroom_database_url)
    desk = Desk(store, read.catalog, read.trees, read.objectives)
    file = host.file_of(store)
    missing = "there is no database" if file is not None and not file.exists() else ""
    try:
        trouble = (missing or migrate.unfit(store)) if record else "not asked for"
        if trouble:
            yield desk, None, f"Load, rest and turn are not counted: {trouble}."
            return
        with desk.look() as connection:
            yield desk, connection, ""
    finally:
        store.close()


def _cases(
    desk: "Desk", services: list[str], severity: str, alert: Path | None, source: str
) -> "list[Case]":
    from incidents.model.severity import parse_severity
    from incidents.queries.simulating import Case

    wanted = parse_severity(severity) if severity else None
    if severity and wanted is None:
        raise Refused(f"{severity} is no severity.", instead="Say sev1, sev2, sev3 or sev4.")
    if alert is not None:
        return _alerts(desk, alert, source)
    if services:
        return [Case(tuple(services), wanted)]
    return [Case((service.name,), wanted) for service in desk.catalog.services]


def _alerts(desk: "Desk", file: Path, source: str) -> "list[Case]":
    """Each alert of the file that fires, as the door would understand it."""
    from starlette.responses import Response

    from bot.intake.readers import READERS, read
    from incidents.model.alerts import service_of, urgency_of
    from incidents.model.burn import Loudness
    from incidents.queries.simulating import Case

    if source not in READERS:
        raise Refused(f"{source} sends no alerts.", instead=f"It is one of {', '.join(READERS)}.")
    try:
        body = file.read_bytes()
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror}).") from None
    news = read(source, {}, body)
    if isinstance(news, Response):
        raise Refused(f"{file} is not what {source} sends: {bytes(news.body).decode()[:300]}")
    cases = []
    for one in news.alerts:
        if not one.is_firing:
            continue
        meant = service_of(one.labels, desk.catalog.canonical)
        service = desk.catalog.service(meant.service) if meant.service else None
        urgency = urgency_of(one.labels, service.tier if service else None)
        quiet = "" if urgency.loudness is Loudness.PAGE else f"opens no room: {urgency.because}"
        names = (service.name,) if service else ()
        cases.append(Case(names, urgency.severity, f"{one.name}, {urgency.because}", quiet))
    return cases


def _known_in(other: "Desk", cases: "list[Case]") -> "list[Case]":
    """The cases with the services that the other configuration has too."""
    from dataclasses import replace

    return [
        replace(one, services=tuple(n for n in one.services if other.catalog.service(n)))
        for one in cases
    ]


def _foresee(
    desk: "Desk", connection: "Connection | None", cases: "list[Case]", at: datetime
) -> "list[Foreseen]":
    from incidents.queries.simulating import foresee

    return [foresee(desk, connection, one, at) for one in cases]


def _asked(one: "Foreseen") -> str:
    if one.case.quiet:
        return f"nobody: {one.case.quiet}"
    return one.turns[0].name if one.turns else "nobody"


def _show(found: "list[Foreseen]", at: datetime, note: str, *, as_json: bool) -> None:
    value = {"at": at, "note": note, "outages": [_json(one) for one in found]}
    if as_json:
        common.show(value, [], as_json=True)
        return
    if len(found) == 1:
        _show_one(found[0])
    else:
        rows = [["SERVICES", "SEVERITY", "ASKED", "WHY"]]
        rows += [
            [_services(one), one.severity, _asked(one), one.reckoned.choice.because]
            for one in found
        ]
        common.show(value, rows, as_json=False)
    if note:
        print(note, file=sys.stderr)


def _show_one(one: "Foreseen") -> None:
    choice = one.reckoned.choice
    rows = [
        ["Services", _services(one)],
        ["Severity", f"{one.severity} ({one.severity_because})"],
        ["Asked", _asked(one)],
    ]
    if not one.case.quiet:
        rows += [["Why", choice.because]]
        rows += [["Not", why] for _, why in choice.alternatives]
        rows += [["Then", f"{turn.name} at {turn.at:%H:%M} UTC"] for turn in one.turns[1:]]
        for each in one.support:
            rows += [[each.role.title.capitalize(), each.name or "nobody"], ["Why", each.because]]
    common.show({}, rows, as_json=False)


def _show_differences(ours: "list[Foreseen]", theirs: "list[Foreseen]", *, as_json: bool) -> int:
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if _outcome(a) != _outcome(b)]
    value = {"differences": [{"this": _json(a), "against": _json(b)} for a, b in pairs]}
    rows = [["SERVICES", "THIS", "AGAINST"]]
    rows += [
        [_services(a), f"{a.severity}: {_asked(a)}", f"{b.severity}: {_asked(b)}"] for a, b in pairs
    ]
    same = [[f"The same people are asked in all {len(ours)} cases."]]
    common.show(value, rows if pairs else same, as_json=as_json)
    return 1 if pairs else 0


def _outcome(one: "Foreseen") -> tuple[object, ...]:
    """What counts as a difference: how bad it is, and who is asked in which order and when."""
    support = [(each.role, each.person) for each in one.support]
    return one.severity, one.case.quiet, one.within, [turn.person for turn in one.turns], support


def _services(one: "Foreseen") -> str:
    return ", ".join(one.case.services) or "none we know"


def _json(one: "Foreseen") -> dict[str, Any]:
    choice = one.reckoned.choice
    return {
        "services": list(one.case.services),
        "severity": one.severity,
        "severity_because": one.severity_because,
        "opens_no_room": one.case.quiet or None,
        "asked": choice.person,
        "because": choice.because,
        "accept_within_seconds": int(one.within.total_seconds()),
        "turns": [{"person": turn.person, "name": turn.name, "at": turn.at} for turn in one.turns],
        "support": [
            {
                "role": each.role,
                "asked": each.person,
                "because": each.because,
                "alternatives": [{"person": who, "because": why} for who, why in each.alternatives],
            }
            for each in one.support
        ],
        **one.reckoned.facts(),
    }
