"""What commands share: the desk they work at, who they work as, and how they print."""

import getpass
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from incidents.errors import NotFound
from incidents.model import ids
from incidents.model.ids import IncidentNumber, PersonId

if TYPE_CHECKING:
    from incidents.actions.desk import Desk, Origin
    from incidents.model.incident import Incident

_UTC = ZoneInfo("UTC")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def settings() -> Any:  # noqa: ANN401 (bot.settings is imported late)
    """The settings of this process."""
    from bot.settings import read_settings

    return read_settings()


def desk() -> "Desk":
    """The record and the rules, without Slack. Effects are carried by whoever serves."""
    from bot import logs
    from bot.app import build_desk

    found = settings()
    logs.configure("text", secrets=found.secrets, level="WARNING")
    return build_desk(found)


def me() -> "Origin":
    """Whoever sits at the terminal."""
    from incidents.actions.desk import Origin

    return Origin(PersonId(f"cli:{getpass.getuser()}"), "cli")


def now(desk: "Desk | None" = None) -> datetime:
    """The present instant: of everybody who shares the database, or else of this host."""
    from bot.clock import clock_of, utc_now

    if desk is None:
        return utc_now()
    clock = clock_of(desk.store)
    clock.sync()
    return clock()


def number(key: str) -> IncidentNumber:
    """``INC-42`` or ``42``. Raises `NotFound`."""
    found = ids.parse_key(key)
    if found is None:
        raise NotFound(f"{key} is not an incident's key.", instead="It looks like INC-42.")
    return found


def acting(key: str) -> "tuple[Desk, IncidentNumber, Origin, datetime]":
    """What somebody needs who acts on an incident: where, on which, as whom, and when."""
    at = desk()
    return at, number(key), me(), now(at)


def past(typed: str, now: datetime) -> datetime:
    """When something happened: an instant with its offset, or words for one, in UTC.

    Raises `Refused`.
    """
    from incidents.errors import Refused
    from incidents.model.past import INSTEAD, read_past

    exact = _instant(typed)
    if exact is not None and exact.tzinfo is not None:
        return exact.astimezone(UTC)
    found = read_past(typed, now, _UTC)
    if found is None or found.rest:
        raise Refused(f"“{typed}” is not a time I know.", instead=INSTEAD)
    return found.at


def moment(typed: str, now: datetime) -> datetime:
    """An instant with its offset, also a past one; or words for one to come, in UTC.

    Raises `Refused`.
    """
    from incidents.errors import Refused
    from incidents.model.dates import read_edge

    exact = _instant(typed)
    if exact is None:
        return read_edge(typed, now, _UTC, at_end=False)
    if exact.tzinfo is None:
        raise Refused(f"{typed} has no time zone.", instead="Add a Z for UTC.")
    return exact.astimezone(UTC)


def _instant(typed: str) -> datetime | None:
    try:
        return datetime.fromisoformat(typed)
    except ValueError:
        return None


def title(one: "Incident") -> str:
    """A title for whoever sits at the machine: they see private incidents, marked as such."""
    return f"[private] {one.title.raw}" if one.is_private else one.title.raw


def show(value: Any, rows: Iterable[Sequence[object]], *, as_json: bool) -> None:  # noqa: ANN401
    """``value`` as JSON, or ``rows`` in columns, the first of which is the heading."""
    if as_json:
        print(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))
        return
    lines = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in lines) for at in range(len(lines[0]))] if lines else []
    for row in lines:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())


def audited(desk: "Desk", action: str, thing: str, **detail: object) -> None:
    """Write down that somebody at a terminal did this: what leaves the record is on record."""
    from incidents.store import audit

    with desk.store.write() as connection:
        audit.append(
            connection, at=now(desk), actor=me().actor, action=action, thing=thing, detail=detail
        )


def write_new(path: Path, text: str) -> None:
    """A file that is either whole or not there."""
    draft = path.with_suffix(path.suffix + ".part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
